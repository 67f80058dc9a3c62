"""Measure what the studies do not train - bicubic, A+, SRF, the authors' weights - and keep it in data/.

data/classical/<method>.csv and data/official/<weights>.csv have one row an image; a .json beside each says where its
rows come from, with the command that makes them again. `srlib.published` reads them.
"""

import json
import platform
import time
from dataclasses import asdict
from functools import partial
from importlib.metadata import version

import pandas as pd

from srlib import classical, datasets, evaluation, models, paths, pretrained, provenance

DDSR_SETS = ("Set5", "Set14", "BSD200", "BSDS300_train")  # the last one holds Fig 7's 12003
# Protocol -> the sets on which some document prints bicubic interpolation under it.
BICUBIC_SETS = {"y8": (*DDSR_SETS, "B100", "Urban100"), "y8_legal": ("Set5", "Set14", "B100", "Urban100")}


def measure(make, sets, scales=(2, 3, 4), protocol="y8", ifc=False):
    """Evaluate the network `make(scale)` on image sets and return one row an image, a DataFrame.

    Columns dataset, scale, protocol, name, psnr (dB), ssim, and with `ifc` also ifc. Needs the image sets. Nothing is
    random: the same rows come out everywhere, up to the last bits of the arithmetic.
    """
    tables, rules = [], evaluation.PROTOCOLS[protocol]
    for scale in scales:
        model = make(scale)
        for dataset in sets:
            table = evaluation.evaluate(model, dataset, scale=scale, protocol=rules, ifc=ifc)
            tables.append(table.assign(dataset=dataset, scale=scale, protocol=protocol))
    columns = ["dataset", "scale", "protocol", "name", "psnr", "ssim", *(["ifc"] if ifc else [])]
    return pd.concat(tables, ignore_index=True)[columns]


def measure_bicubic(sets, scales=(2, 3, 4), protocol="y8"):
    """`measure` for bicubic interpolation; under y8 with the IFC, which no document prints under another protocol."""
    make = partial(models.create, "bicubic")
    return measure(make, sets, scales, protocol, ifc=protocol == "y8")


def write_bicubic(protocol="y8", sets=None, scales=(2, 3, 4)):
    """Measure bicubic and keep it: data/classical/bicubic.csv (bicubic_legal.csv), and in a .json where it came from.

    sets   None: BICUBIC_SETS of the protocol. Rows of other sets and scales stay.
    """
    name = "bicubic" + protocol.removeprefix("y8")
    file = paths.DATA / "classical" / f"{name}.csv"
    table = _with_other_rows(measure_bicubic(sets or BICUBIC_SETS[protocol], scales, protocol), file)
    call = f'baselines.write_bicubic("{protocol}")'
    _keep(file, table, method=name, command=f"python -c 'from srlib import baselines; {call}'")
    return table


def write_classical(name, scales=(2, 3, 4), sets=DDSR_SETS, protocol="y8", train_set="T91"):
    """Train "a_plus" or "srf" and measure it: data/classical/<name>.csv, and <name>.json beside it.

    The .json also says what was trained and its `cost` a scale: `seconds` by the clock, and `cpu_seconds` of this
    process, which another job on the machine changes less. Rows of other scales stay when they are of the same
    settings. The trained arrays are not kept: the same command makes them again. Raises SrlibError for another name.
    """
    file, chosen = paths.DATA / "classical" / f"{name}.csv", asdict(classical.settings(name))
    cost = _kept(file, settings=chosen)[1].get("cost", {})
    pictures = datasets.load(train_set)
    for scale in scales:
        clock, busy = time.perf_counter(), time.process_time()
        model = classical.train(name, pictures, scale)
        cost[str(scale)] = {
            "seconds": round(time.perf_counter() - clock, 1),
            "cpu_seconds": round(time.process_time() - busy, 1),
        }
        rows = measure(lambda _, model=model: model, sets, (scale,), protocol, ifc=True)
        table = _with_other_rows(rows, file, settings=chosen)
        training = {"set": train_set, "digest": datasets.digest(train_set), "images": len(pictures)}
        training |= {"settings": chosen, "cost": cost, "scikit-learn": version("scikit-learn")}
        training |= {"processor": provenance.processor()}
        command = f"python -c 'from srlib import baselines; baselines.write_classical(\"{name}\")'"
        _keep(file, table, method=name, command=command, training=training)
    return table


def write_official(name, variant="", sets=("Set5", "Set14", "B100"), ifc=False):
    """Measure the authors' weights and keep them: data/official/<name>_<variant>.csv, and a .json beside it.

    Rows of other sets stay when they are of the same weights, with their IFC if they have one.
    """
    entry = pretrained.official(name, variant)
    file = paths.DATA / "official" / f"{name}{variant and '_' + variant}.csv"
    weights = {known: pretrained.sources()[known].sha256 for known in {entry.file.format(scale=s) for s in (2, 3, 4)}}
    protocol = "rgb" if pretrained.load(name, 2, variant).input == "rgb" else "y8"
    table = measure(lambda scale: pretrained.load(name, scale, variant), sets, protocol=protocol, ifc=ifc)
    table = _with_other_rows(table, file, weights=weights)
    asked = f"{name!r}, {variant!r}, {tuple(table['dataset'].unique())!r}{', ifc=True' if 'ifc' in table else ''}"
    call = f"baselines.write_official({asked})".replace("'", '"')
    command = f"python -c 'from srlib import baselines; {call}'"
    _keep(file, table, method=f"{name} {variant}".strip(), command=command, weights=weights)
    return table


def _kept(file, **same):
    """(rows, about): what `file` holds and its .json tells; nothing of it where `same` tells something else."""
    if not file.is_file():
        return pd.DataFrame(), {}
    about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    about |= about.get("training", {})
    if any(about.get(key) != value for key, value in same.items()):
        return pd.DataFrame(), {}
    return pd.read_csv(file, dtype={"name": str}), about


def _with_other_rows(table, file, **same):
    """`table` after those rows that `file` has on other sets and scales, if `same` is what its .json says of them."""
    before, place = _kept(file, **same)[0], ["dataset", "scale", "protocol"]
    if before.empty:
        return table
    new = set(table[place].itertuples(index=False, name=None))
    stay = [row not in new for row in before[place].itertuples(index=False, name=None)]
    return pd.concat([before[stay], table], ignore_index=True).sort_values("scale", kind="stable", ignore_index=True)


def _keep(file, table, **about):
    """Write measured rows, and beside them in a .json what they are `about` and where they come from."""
    about |= {
        "protocol": asdict(evaluation.PROTOCOLS[table["protocol"].iloc[0]]),
        "data": {name: datasets.digest(name) for name in table["dataset"].unique()},
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-image", "torch")},
        "python": platform.python_version(),
    }
    paths.write_whole(file, table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    paths.write_whole(file.with_suffix(".json"), json.dumps(about, indent=2, sort_keys=True) + "\n")
