"""What the documents print, what is wrong in print, and the rows that need no training.

data/published/<document>.csv   every printed number, its digits as text
data/errata.csv                 printed mistakes; `row`, `dataset`, `metric` are patterns of the cells meant
data/classical/<method>.csv     one row an image for a method before the networks, with <method>.json beside it
data/official/<weights>.csv     the same for a network with its authors' own weights; `srlib.baselines` writes both
"""

import csv
import math
from fnmatch import fnmatchcase
from functools import lru_cache
from types import MappingProxyType

from srlib import paths
from srlib.errors import SrlibError

# Printed place of an image -> the set that holds it. Only one is printed in a set that does not hold it.
HOMES = {"BSD200/12003": "BSDS300_train/12003"}
# (document, method in print) -> the authors' weights that are meant, as a stem in data/official. "SRCNN" is the small
# network of 2014 in two documents and the large one of 2016 in `gidrn`: their PSNR says which. The FSRCNN of `cm_dwsc`
# is none that its authors gave away, and three of its cells are SRCNN's: its errata say so beside the measured values.
OFFICIAL = {
    ("cm_dwsc", "SRCNN"): "srcnn_9-1-5",
    ("cm_dwsc", "FSRCNN"): "fsrcnn",
    ("cm_dwsc", "VDSR"): "vdsr",
    ("ddsr", "SRCNN"): "srcnn_9-1-5",
    ("ddsr", "FSRCNN"): "fsrcnn",
    ("gidrn", "SRCNN"): "srcnn_9-5-5",
    ("gidrn", "IMDN"): "imdn",
    ("gidrn", "PAN"): "pan",
}

# Method in print -> its file in data/classical, and what its numbers are to `srlib.verdicts`.
CLASSICAL = {"Bicubic": ("bicubic", "classical"), "A+": ("a_plus", "retrained"), "SRF": ("srf", "retrained")}
# A document that measured a method otherwise: all 24 cells of `gidrn`'s bicubic rows on sets that are here come out
# under protocol y8_legal, and eleven of them do not under y8.
MEASURED_OTHERWISE = {("gidrn", "Bicubic"): "bicubic_legal"}


def _read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


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


def classical(method, document=None):
    """The measured rows of a method of CLASSICAL ("A+"), as a document measured it, one dict an image; () if none."""
    stem = classical_stem(method, document)
    return measured_rows(paths.DATA / "classical" / f"{stem}.csv") if stem else ()


def classical_stem(method, document=None):
    """The file of a method of CLASSICAL in data/classical, without its ending; "" for another method."""
    return MEASURED_OTHERWISE.get((document, method)) or CLASSICAL.get(method, ("", ""))[0]


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


def sizes(dataset):
    """[(width, height)] of the images of a set, from data/sources.csv: nobody needs the images for it."""
    rows = _read(paths.DATA / "sources.csv")
    return [(int(row["width"]), int(row["height"])) for row in rows if row["dataset"] == dataset]


def ddsr_counts():
    """What section 3 of `ddsr` counts, counted here from the sizes of its three training sets: {row: count}.

    An LR patch of 7x7 every 4 pixels at x3. Patches that fill no batch of 128, a number that the
    document never states, are left out.
    """
    found = [size for dataset in ("T91", "B100", "General100") for size in sizes(dataset)]
    patches = sum(((width // 3 - 7) // 4 + 1) * ((height // 3 - 7) // 4 + 1) for width, height in found)
    return {"training images": len(found), "training patches": patches - patches % 128}


def mean(rows, dataset, scale, protocol, column):
    """Mean over the images of a set, or the value of one image ("Set14/comic"); None when `rows` has none.

    `rows` are dicts with dataset, scale, protocol, name and the metric's column. A set of which one image lacks the
    metric has no mean: that of the other images would be another set's.
    """
    dataset, _, image = HOMES.get(dataset, dataset).partition("/")
    values = [
        row.get(column)
        for row in rows
        if row["dataset"] == dataset
        and row["protocol"] == protocol
        and int(row["scale"]) == scale
        and image in ("", row["name"])
    ]
    lacking = any(value in (None, "") or math.isnan(value) for value in values)
    return None if lacking or not values else sum(values) / len(values)
