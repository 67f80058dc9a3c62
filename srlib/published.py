"""What the documents print, what is wrong in print, and the rows that need no training.

data/published/<document>.csv   every printed number, its digits as text
data/errata.csv                 printed mistakes; `row`, `dataset`, `metric` are patterns of the cells meant
data/classical/<method>.csv     one row an image for a method before the networks, with <method>.json beside it
data/official/<weights>.csv     the same for a network with its authors' own weights (`srlib.pretrained`)
"""

import csv
import json
import math
import os
import platform
import time
from dataclasses import asdict
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.metadata import version
from types import MappingProxyType

import pandas as pd

from srlib import paths
from srlib.errors import SrlibError

DDSR_SETS = ("Set5", "Set14", "BSD200", "BSDS300_train")  # the last one holds Fig 7's 12003
BICUBIC_SETS = (*DDSR_SETS, "B100", "Urban100")
# Printed place of an image -> the set that holds it. Only one is printed in a set that does not hold it.
HOMES = {"BSD200/12003": "BSDS300_train/12003"}
# (document, method in print) -> the authors' weights that are meant, as a stem in data/official. "SRCNN" is the small
# network of 2014 in two documents and the large one of 2016 in `gidrn`: their PSNR says which. The FSRCNN of `cm_dwsc`
# is none of the authors' weights (data/errata.csv).
OFFICIAL = {
    ("cm_dwsc", "SRCNN"): "srcnn_9-1-5",
    ("cm_dwsc", "VDSR"): "vdsr",
    ("ddsr", "SRCNN"): "srcnn_9-1-5",
    ("ddsr", "FSRCNN"): "fsrcnn",
    ("gidrn", "SRCNN"): "srcnn_9-5-5",
    ("gidrn", "IMDN"): "imdn",
    ("gidrn", "PAN"): "pan",
}

# Method in print -> its file in data/classical, and what its numbers are to `srlib.verdicts`.
CLASSICAL = {"Bicubic": ("bicubic", "classical"), "A+": ("a_plus", "retrained"), "SRF": ("srf", "retrained")}


def _read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _write(path, text):
    """Write a text file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def cells(document=None):
    """The printed numbers of one document, or of all, as a list of dicts.

    Keys: document, item ("Table 1"), row, method, dataset ("Set5", or "Set14/comic" for one image), scale
    (int, or None when the number belongs to none), metric, value (the printed digits, a string), unit, note.
    Raises SrlibError for a document without a table.
    """
    folder = paths.DATA / "published"
    if document and not (folder / f"{document}.csv").is_file():
        raise SrlibError(f"no published table of {document!r} in data/published")
    files = [folder / f"{document}.csv"] if document else sorted(folder.glob("*.csv"))
    found = [row for file in files for row in _read(file)]
    return [row | {"scale": int(row["scale"]) if row["scale"] else None} for row in found]


def errata(document=None):
    """The printed mistakes as a list of dicts: the columns of data/errata.csv, all text."""
    return [row for row in _read(paths.DATA / "errata.csv") if document in (None, row["document"])]


def errata_of(cell, known):
    """Those of the `known` errata that are about this cell: same item, and row, dataset and metric match."""
    return [
        row
        for row in known
        if (row["document"], row["item"]) == (cell["document"], cell["item"])
        and all(row[key] and fnmatchcase(cell[key], row[key]) for key in ("row", "dataset", "metric"))
    ]


def classical(method):
    """The measured rows of a method of CLASSICAL ("A+"), one dict an image; () if there are none."""
    return measured_rows(paths.DATA / "classical" / f"{CLASSICAL[method][0]}.csv") if method in CLASSICAL else ()


def official(document, method):
    """The measured rows of the authors' weights that a document's method means, one dict an image; () if none."""
    stem = OFFICIAL.get((document, method))
    return measured_rows(paths.DATA / "official" / f"{stem}.csv") if stem else ()


def measured_rows(file):
    """The rows of a file in data/classical or data/official, dicts that nobody may change; () if there is no file."""
    return _measured_rows(file, file.stat().st_mtime_ns) if file.is_file() else ()


@lru_cache(maxsize=64)
def _measured_rows(file, _changed):
    """The scorecard asks for the same few files thousands of times; a file that was written again is read again."""
    numbers = {"scale": int, "psnr": float, "ssim": float, "ifc": float}  # not every file has an "ifc"
    made = (row | {key: make(row[key]) for key, make in numbers.items() if row.get(key)} for row in _read(file))
    return tuple(MappingProxyType(row) for row in made)


def ddsr_counts():
    """What section 3 of `ddsr` counts, counted here from the sizes in data/sources.csv: {row: count}.

    An LR patch of 7x7 every 4 pixels at x3. Patches that fill no batch of 128, a number that the
    document never states, are left out.
    """
    sets = ("T91", "B100", "General100")
    sizes = [row for row in _read(paths.DATA / "sources.csv") if row["dataset"] in sets]
    patches = 0
    for row in sizes:
        width, height = int(row["width"]) // 3, int(row["height"]) // 3
        patches += ((width - 7) // 4 + 1) * ((height - 7) // 4 + 1)
    return {"training images": len(sizes), "training patches": patches - patches % 128}


def mean(rows, dataset, scale, protocol, column):
    """Mean over the images of a set, or the value of one image ("Set14/comic"); None when `rows` has none.

    `rows` are dicts with dataset, scale, protocol, name and the metric's column. A set of which one image lacks the
    metric has no mean: that of the other images would be another set's.
    """
    dataset, _, image = HOMES.get(dataset, dataset).partition("/")
    values = [
        row.get(column)
        for row in rows
        if (row["dataset"], int(row["scale"]), row["protocol"]) == (dataset, scale, protocol)
        and image in ("", row["name"])
    ]
    lacking = any(value in (None, "") or math.isnan(value) for value in values)
    return None if lacking or not values else sum(values) / len(values)


def measure(make, sets, scales=(2, 3, 4), protocol="y8", ifc=False):
    """Evaluate the network `make(scale)` on image sets and return one row an image, a DataFrame.

    Columns dataset, scale, protocol, name, psnr (dB), ssim, and with `ifc` also ifc. Needs the image sets. Nothing is
    random: the same rows come out everywhere, up to the last bits of the arithmetic.
    """
    from srlib import evaluation

    tables, rules = [], evaluation.PROTOCOLS[protocol]
    for scale in scales:
        model = make(scale)
        for dataset in sets:
            table = evaluation.evaluate(model, dataset, scale=scale, protocol=rules, ifc=ifc)
            tables.append(table.assign(dataset=dataset, scale=scale, protocol=protocol))
    columns = ["dataset", "scale", "protocol", "name", "psnr", "ssim", *(["ifc"] if ifc else [])]
    return pd.concat(tables, ignore_index=True)[columns]


def measure_bicubic(sets=BICUBIC_SETS, scales=(2, 3, 4), protocol="y8"):
    """`measure` for bicubic interpolation, with the IFC."""
    from srlib import models

    return measure(lambda scale: models.create("bicubic", scale=scale), sets, scales, protocol, ifc=True)


def write_bicubic(sets=BICUBIC_SETS, scales=(2, 3, 4), protocol="y8"):
    """Measure bicubic and keep it: data/classical/bicubic.csv, and where it came from in bicubic.json.

    Rows of other sets and scales stay.
    """
    file = paths.DATA / "classical" / "bicubic.csv"
    table = _with_rows_of_other_sets(measure_bicubic(sets, scales, protocol), file)
    _keep(file, table, method="bicubic", command="python -c 'from srlib import published; published.write_bicubic()'")
    return table


def write_classical(name, scales=(2, 3, 4), sets=DDSR_SETS, protocol="y8", train_set="T91"):
    """Train "a_plus" or "srf" and measure it: data/classical/<name>.csv, and <name>.json beside it.

    The .json also says what was trained and its `cost` a scale: `seconds` by the clock, and `cpu_seconds` of this
    process, which another job on the machine changes less. Rows of other scales stay when they are of the same
    settings. The trained arrays are not kept: the same command makes them again. Raises SrlibError for another name.
    """
    from srlib import classical, datasets, provenance

    file, chosen = paths.DATA / "classical" / f"{name}.csv", asdict(classical.settings(name))
    table = pd.DataFrame(measured_rows(file))
    before = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))["training"] if len(table) else {}
    table, cost = (table, before["cost"]) if before.get("settings") == chosen else (table[:0], {})
    pictures = datasets.load(train_set)
    for scale in scales:
        clock, busy = time.perf_counter(), time.process_time()
        model = classical.train(name, pictures, scale)
        cost[str(scale)] = {
            "seconds": round(time.perf_counter() - clock, 1),
            "cpu_seconds": round(time.process_time() - busy, 1),
        }
        rows = measure(lambda _, model=model: model, sets, (scale,), protocol, ifc=True)
        others = table[table["scale"] != scale] if len(table) else table
        table = pd.concat([others, rows], ignore_index=True).sort_values("scale", kind="stable")
        training = {"set": train_set, "digest": datasets.digest(train_set), "images": len(pictures)}
        training |= {"settings": chosen, "cost": cost, "scikit-learn": version("scikit-learn")}
        training |= {"processor": provenance.processor()}
        command = f"python -c 'from srlib import published; published.write_classical(\"{name}\")'"
        _keep(file, table, method=name, command=command, training=training)
    return table


def write_official(name, variant="", sets=("Set5", "Set14", "B100"), ifc=False):
    """Measure the authors' weights and keep them: data/official/<name>_<variant>.csv, and a .json beside it.

    Rows of other sets stay when they are of the same weights.
    """
    from srlib import pretrained

    entry = pretrained.official(name, variant)
    file = paths.DATA / "official" / f"{name}{variant and '_' + variant}.csv"
    weights = {known: pretrained.sources()[known].sha256 for known in {entry.file.format(scale=s) for s in (2, 3, 4)}}
    protocol = "rgb" if pretrained.load(name, 2, variant).input == "rgb" else "y8"
    table = measure(lambda scale: pretrained.load(name, scale, variant), sets, protocol=protocol, ifc=ifc)
    table = _with_rows_of_other_sets(table, file, weights=weights)
    asked = f"{name!r}, {variant!r}, {tuple(table['dataset'].unique())!r}{', ifc=True' if ifc else ''}"
    call = f"published.write_official({asked})".replace("'", '"')
    command = f"python -c 'from srlib import published; {call}'"
    _keep(file, table, method=f"{name} {variant}".strip(), command=command, weights=weights)
    return table


def _with_rows_of_other_sets(table, file, **same):
    """`table` after those rows of `file` that it has no like of: same columns, and `same` is what its .json says."""
    before = pd.DataFrame(measured_rows(file))
    if before.empty or list(before) != list(table):
        return table
    about = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    if any(about.get(key) != value for key, value in same.items()):
        return table
    place = ["dataset", "scale", "protocol"]
    new = set(table[place].itertuples(index=False, name=None))
    stay = [row not in new for row in before[place].itertuples(index=False, name=None)]
    return pd.concat([before[stay], table], ignore_index=True).sort_values("scale", kind="stable", ignore_index=True)


def _keep(file, table, **about):
    """Write measured rows, and beside them in a .json what they are `about` and where they come from."""
    from srlib import datasets, evaluation

    provenance = about | {
        "protocol": asdict(evaluation.PROTOCOLS[table["protocol"].iloc[0]]),
        "data": {name: datasets.digest(name) for name in table["dataset"].unique()},
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-image", "torch")},
        "python": platform.python_version(),
    }
    _write(file, table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    _write(file.with_suffix(".json"), json.dumps(provenance, indent=2, sort_keys=True) + "\n")
