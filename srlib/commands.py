"""The verbs about data, networks and pictures. Each takes the parsed arguments and returns True on failure.

Heavy modules are imported inside the functions: `data list` should not wait for torch.
"""

import json
import math
import sys
from pathlib import Path

from srlib.errors import SrlibError

OFFICIAL = "official"  # --weights official, or official:VARIANT
WEIGHTS = "weights"  # the name of the authors' weights for `data fetch` and `data verify`


def emit(args, value, lines):
    """Print `value` as JSON under --json, else the lines for people."""
    if args.json:
        print(json.dumps(finite(value), indent=2))
    else:
        for line in lines:
            print(line)


def finite(value):
    """The value with NaN and infinity as None: JSON has no such numbers."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def columns(rows):
    """Lines in which the cells of each column start below each other."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    padded = [[cell.ljust(width) for cell, width in zip(row, widths, strict=True)] for row in rows]
    return ["  ".join(row).rstrip() for row in padded]


def data_list(args):
    from srlib import datasets

    rows = []
    for name in datasets.names():
        files = datasets.sources(name)
        count = len(files) or len(datasets.load(name))
        rows.append({"name": name, "images": count, "bytes": sum(source.bytes for source in files),
                     "available": datasets.available(name)})
    table = [(row["name"], f"{row['images']} images", f"{row['bytes'] / 1e6:.1f} MB",
              "here" if row["available"] else "not here") for row in rows]
    emit(args, rows, [*columns(table), f"folder: {datasets.folder()}"])


def data_fetch(args):
    from srlib import datasets

    sets = [name for name in args.names if name != WEIGHTS]
    for name in sets:  # all names first: a typing error should not show after a long download
        datasets.sources(name)
    if WEIGHTS in args.names:
        from srlib import pretrained

        places = ", ".join(map(str, pretrained.fetch()))
        print(f"{WEIGHTS}: {len(pretrained.sources())} files, complete in {places}")
    for name in sets:
        folder = datasets.fetch(name)
        print(f"{name}: {len(datasets.sources(name)) or 'embedded'} images, complete in {folder}")


def _verify(name):
    from srlib import datasets, pretrained

    return pretrained.verify() if name == WEIGHTS else datasets.verify(name)


def data_verify(args):
    """Without names: every set of the table of which at least one file is here."""
    from srlib import datasets

    base = datasets.folder()
    here = {
        name for name in datasets.names()
        if name in datasets.EMBEDDED or any((base / file.path).exists() for file in datasets.sources(name))
    }
    names = args.names or [name for name in datasets.names() if name in here]
    found = {name: _verify(name) for name in names}
    emit(args, found, [f"{name}: {'good' if not bad else f'{len(bad)} bad'}" for name, bad in found.items()])
    for problem in (problem for bad in found.values() for problem in bad):
        print(problem, file=sys.stderr)
    return any(found.values())


def models_list(args):
    """Counts take some seconds. `parameters` of the JSON is at x3, as `models.create` builds it."""
    from srlib import catalogue, models

    every = [catalogue.facts(name) for name in models.names()]
    rows = []
    for facts in every:
        field = facts["receptive_field"]
        at = {f"{key}_at": {f"x{s}": count for s, count in facts[key].items()}
              for key in ("parameters", "weights", "gmacs")}  # fmt: skip
        keys = ("name", "input", "upscaled_input", "options", "official_weights")
        rows.append({**{key: facts[key] for key in keys}, "paper": facts["paper"]._asdict(),
                     "parameters": facts["parameters"][3], **at,
                     "receptive_field": field and field._asdict() | {"scale": catalogue.FIELD_SCALE}})
    frame = catalogue.table(every).drop(columns="note")
    table = [[cell(value) for value in row] for row in frame.itertuples(index=False)]
    emit(args, rows, [*columns([list(frame), *table]), *catalogue.NOTES])


def cell(value):
    """One value of a table as text: floats with one digit, what is missing as a dash."""
    import pandas as pd

    if pd.isna(value):
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)


def _network(args):
    """The network that --model, --scale and --weights ask for, ready to be used.

    Without --weights it gets its authors' or the book's own, where there are some, and `args.weights` then says so.
    """
    from srlib import models, pretrained, records

    if args.weights is None:
        own = records.FLAGSHIPS.get((args.model, args.scale))
        args.weights = OFFICIAL if pretrained.variants(args.model) else own
    name, _, variant = (args.weights or "").partition(":")
    if name == OFFICIAL:
        return pretrained.load(args.model, args.scale, variant or None)
    if args.weights is None:
        model = models.create(args.model, args.scale)
        if list(model.parameters()):
            raise SrlibError(f"{args.model} must be trained first: give --weights (a run, or a file)")
        return model
    return _trained(args)


def _trained(args):
    """The network of a run or a weights file. A run, or a recipe.json beside the file, states the options."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from srlib import models, paths, recipe, records

    place, options = Path(args.weights), {}
    if not place.exists() and (paths.RECORDS / place).is_dir():
        place = paths.RECORDS / place
    file = place / "weights.safetensors" if place.is_dir() else place
    beside = file.parent / "recipe.json"
    if place.is_dir() or beside.is_file():
        made_by = records.load(place).recipe if place.is_dir() else recipe.from_json(beside.read_bytes())
        if made_by.model != args.model or args.scale not in (made_by.scales or (made_by.scale,)):
            made = f"{made_by.model} x{made_by.scale}"
            raise SrlibError(f"{place}: trained {made}, not {args.model} x{args.scale}")
        options = made_by.options
    if not file.is_file():
        raise SrlibError(f"{file}: no such weights")
    model = models.create(args.model, args.scale, **options)
    try:
        model.load_state_dict(load_file(file))
    except SafetensorError as error:
        raise SrlibError(f"{file}: not a safetensors file, or damaged ({error})") from None
    except RuntimeError:  # names or shapes differ; torch would list every one
        given = ", ".join(f"{key}={value}" for key, value in options.items()) or "its default options"
        raise SrlibError(f"{file}: not the weights of {args.model} with {given}") from None
    return model.eval()


def evaluate(args):
    from dataclasses import asdict

    from tqdm import tqdm

    from srlib import evaluation

    model = _network(args)
    protocol = evaluation.protocol_named(args.protocol or ("rgb" if model.input == "rgb" else "y8"))
    table = evaluation.evaluate(
        model, args.dataset, scale=args.scale, protocol=protocol, ifc=args.ifc,
        progress=lambda images: tqdm(images, desc=args.dataset, disable=None, leave=False),
    )
    images = table.to_dict("records")
    titles = {"psnr": "PSNR (dB)", "ssim": "SSIM"} | ({"ifc": "IFC"} if args.ifc else {})
    # One image too small for the IFC and the set has none: the mean of the others would pass for the set's.
    means = {metric: round(float(table[metric].mean(skipna=False)), 4) for metric in titles}
    result = {"model": args.model, "weights": args.weights, "dataset": args.dataset, "scale": args.scale,
              "protocol": asdict(protocol), **dict.fromkeys(("psnr", "ssim", "ifc")) | means, "images": images}
    rows = [*images, {"name": "mean"} | means]
    lines = columns([("image", *titles.values()),
                     *((row["name"], *(f"{row[metric]:.4f}" for metric in titles)) for row in rows)])
    emit(args, result, [*lines, protocol.describe()])


def upscale(args):
    """Pixels come out as a viewer shows them: turned as EXIF says, with the same colour profile."""
    from functools import partial

    from tqdm import tqdm

    from srlib import images, upscaling

    model = _network(args)
    out = Path(args.out)
    jobs = {}
    for given in map(Path, args.inputs):
        target = out / f"{given.stem}_x{args.scale}.png"
        if target in jobs:
            raise SrlibError(f"{given} and {jobs[target]} would both become {target}")
        if target.exists() and not args.force:
            raise SrlibError(f"{target}: is there already; --force replaces it")
        jobs[target] = given
    out.mkdir(parents=True, exist_ok=True)
    failed = False
    for target, given in jobs.items():
        try:
            bar = partial(tqdm, desc=given.name, unit="tile", disable=None, leave=False)
            large = upscaling.upscale_image(model, images.load(given), ensemble=args.ensemble, progress=bar)
            images.save(target, large, profile=images.colour_profile(given))
            print(target)
        except SrlibError as error:  # the other pictures can still be enlarged
            failed = True
            print(f"srlib: {error}", file=sys.stderr)
    return failed
