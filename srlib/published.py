"""What the documents print, what is wrong in print, and the rows that need no training.

data/published/<document>.csv   every printed number, its digits as text
data/errata.csv                 printed mistakes; `row`, `dataset`, `metric` are patterns of the cells meant
data/classical/<method>.csv     one row an image for a method without training, with <method>.json beside it
"""

import csv
import json
import os
import platform
from dataclasses import asdict
from fnmatch import fnmatchcase
from importlib.metadata import version

import pandas as pd

from srlib import paths
from srlib.errors import SrlibError

DDSR_SETS = ("Set5", "Set14", "BSD200", "BSDS300_train")  # the last one holds Fig 7's 12003
# Printed place of an image -> the set that holds it. Only one is printed in a set that does not hold it.
HOMES = {"BSD200/12003": "BSDS300_train/12003"}


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
    """The measured rows of a method without training ("Bicubic"), one dict an image; [] if there are none."""
    file = paths.DATA / "classical" / f"{method.lower()}.csv"
    if not file.is_file():
        return []
    return [
        row | {"scale": int(row["scale"]), "psnr": float(row["psnr"]), "ssim": float(row["ssim"])}
        for row in _read(file)
    ]


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

    `rows` are dicts with dataset, scale, protocol, name and the metric's column.
    """
    dataset, _, image = HOMES.get(dataset, dataset).partition("/")
    values = [
        row[column]
        for row in rows
        if (row["dataset"], int(row["scale"]), row["protocol"]) == (dataset, scale, protocol)
        and image in ("", row["name"])
        and row.get(column) not in (None, "")
    ]
    return sum(values) / len(values) if values else None


def measure_bicubic(sets=DDSR_SETS, scales=(2, 3, 4), protocol="y8"):
    """Evaluate bicubic interpolation and return one row an image, a DataFrame.

    Columns dataset, scale, protocol, name, psnr (dB), ssim. Needs the image sets. Nothing is random: the same
    rows come out everywhere, up to the last bits of float64.
    """
    from srlib import evaluation, models

    tables, rules = [], evaluation.PROTOCOLS[protocol]
    for scale in scales:
        model = models.create("bicubic", scale=scale)
        for dataset in sets:
            table = evaluation.evaluate(model, dataset, scale=scale, protocol=rules)
            tables.append(table.assign(dataset=dataset, scale=scale, protocol=protocol))
    return pd.concat(tables, ignore_index=True)[["dataset", "scale", "protocol", "name", "psnr", "ssim"]]


def write_bicubic(sets=DDSR_SETS, scales=(2, 3, 4), protocol="y8"):
    """Measure bicubic and keep it: data/classical/bicubic.csv, and where it came from in bicubic.json."""
    from srlib import datasets, evaluation

    folder = paths.DATA / "classical"
    table = measure_bicubic(sets, scales, protocol)
    provenance = {
        "method": "bicubic",
        "command": "python -c 'from srlib import published; published.write_bicubic()'",
        "protocol": asdict(evaluation.PROTOCOLS[protocol]),
        "data": {name: datasets.digest(name) for name in sets},
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-image", "torch")},
        "python": platform.python_version(),
    }
    _write(folder / "bicubic.csv", table.to_csv(index=False, float_format="%.6f", lineterminator="\n"))
    _write(folder / "bicubic.json", json.dumps(provenance, indent=2, sort_keys=True) + "\n")
    return table
