"""Image sets by name.

The sets of `data/sources.csv` are read from the folder SRLIB_DATA when that variable is set, else from a
per-user cache; below it every file lies at its `path` of the table, such as Set5/baby.png. Nothing but
`fetch` downloads.

The `embedded` sets are images inside the scikit-image wheel: they are always there.
"""

import csv
import hashlib
import os
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from srlib import images, paths
from srlib.download import download
from srlib.errors import SrlibError

# Sharp pictures of the wheel that are PNGs: a JPEG's pixels depend on the decoder, and digests must not.
EMBEDDED_TRAIN = ("brick", "coins", "grass", "gravel", "ihc", "motorcycle_left", "page", "text")
# name -> top and left of a 240 x 240 window (a multiple of 2, 3 and 4): a quick evaluation takes seconds.
EMBEDDED_TEST = {"astronaut": (0, 100), "camera": (60, 130), "chelsea": (20, 60), "coffee": (80, 200)}
WINDOW = 240
EMBEDDED = ("embedded", "embedded_train", "embedded_test")

# Their small pictures, of a second lens or of MATLAB, are no originals to shrink.
NO_ORIGINALS = ("RealSR", "MATLAB_LR_symmetric", "MATLAB_LR_clamped")
UNIONS = {"ddsr291": ("T91", "B100", "General100"), "rgb380": ("T91", "General100", "BSDS300_train")}
SHRUNK_IN_SET5 = "BSDS300_train/302003"  # Set5's woman, whoever learns it has seen the test


@dataclass(frozen=True)
class NamedImage:
    """One image: its path without set folder and extension ("baby", "LR/cam1_01"), and its uint8 pixels."""

    name: str
    pixels: np.ndarray


@dataclass(frozen=True)
class Source:
    """One row of data/sources.csv: where a file lies, where it comes from, and what it must be."""

    dataset: str
    path: str
    url: str
    sha256: str
    bytes: int

    @property
    def name(self):
        return self.path.removeprefix(self.dataset + "/").rpartition(".")[0]


@cache
def _table():
    """dataset -> its sources, sorted by path (as text: t1, t10, t11, ...)."""
    table = {}
    with open(paths.DATA / "sources.csv", newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            source = Source(row["dataset"], row["path"], row["url"], row["sha256"], int(row["bytes"]))
            table.setdefault(source.dataset, []).append(source)
    return {name: tuple(sorted(rows, key=lambda row: row.path)) for name, rows in table.items()}


def names():
    """All names that `load` knows."""
    return [*_table(), *UNIONS, "validation", *EMBEDDED]


def sources(name):
    """The files of a set in the order of `load`, none for an embedded set. Unknown name: SrlibError."""
    if name in EMBEDDED:
        return ()
    if name in UNIONS:
        found = tuple(source for part in UNIONS[name] for source in _table()[part])
        held_back = () if name == "ddsr291" else sources("validation")
        return tuple(s for s in found if s not in held_back and not s.path.startswith(SHRUNK_IN_SET5))
    if name == "validation":  # ten images spread over the set; neither 302003 (Set5's woman) nor 12003
        return _table()["BSDS300_train"][9::20]
    if name not in _table():
        raise SrlibError(f"no data set is called {name!r}; there are {', '.join(names())}")
    return _table()[name]


def folder():
    """Where the sets lie: SRLIB_DATA when set, else the per-user cache (it need not exist yet)."""
    if os.environ.get("SRLIB_DATA"):
        return Path(os.environ["SRLIB_DATA"]).expanduser().absolute()
    return cache_folder()


def cache_folder():
    """The per-user cache of this package (it need not exist yet)."""
    try:
        import pooch  # knows each system's cache folder; a machine that only trains may lack it
    except ImportError:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "srlib"
    return Path(pooch.os_cache("srlib"))


def _size(path):
    return path.stat().st_size if path.is_file() else None


def available(name):
    """Whether every file of the set is on this machine, by name and size (`verify` reads the bytes)."""
    base = folder()
    return all(_size(base / source.path) == source.bytes for source in sources(name))


def load(name):
    """The images of a set as a list of NamedImage, in a fixed order. Never downloads.

    Files are checked by name and size. Raises SrlibError for an unknown name and a missing or damaged file.
    """
    if name in EMBEDDED:
        return _embedded(name)
    return [NamedImage(source.name, images.load(folder() / source.path)) for source in require(name)]


def require(name):
    """The sources of a set, when all its files are here and of the right size. Raises SrlibError as `load` does."""
    files, base = sources(name), folder()
    sizes = [_size(base / source.path) for source in files]
    if None in sizes:
        part = "only in part" if any(sizes) else "not"
        raise SrlibError(f"{name} is {part} on this machine (looked in {base}): run "
                         f"`python -m srlib data fetch {name}`, or set SRLIB_DATA")
    for source, size in zip(files, sizes, strict=True):
        if size != source.bytes:
            raise SrlibError(f"{base / source.path}: {size} bytes instead of {source.bytes}; "
                             f"see `python -m srlib data verify {name}`")
    return files


def require_originals(name):
    """`require`, for a set to learn from or to measure on: also refuses the sets of NO_ORIGINALS."""
    if name in NO_ORIGINALS:
        raise SrlibError(f"{name} holds small pictures, too: they are no originals to shrink and measure")
    return require(name)


def _embedded(name):
    spec = find_spec("skimage")  # the package's folder, without importing it: its own loaders may download
    base = Path(spec.submodule_search_locations[0]) / "data"
    found = []
    if name != "embedded_test":
        found += [NamedImage(stem, images.load(base / f"{stem}.png")) for stem in EMBEDDED_TRAIN]
    if name != "embedded_train":
        for stem, (top, left) in EMBEDDED_TEST.items():
            pixels = images.load(base / f"{stem}.png")[top : top + WINDOW, left : left + WINDOW]
            found.append(NamedImage(stem, pixels.copy()))
    return found


def digest(name):
    """SHA-256 (hex) that names a set's content: over its sorted "path sha256" lines, or over embedded pixels.

    It says what the set should hold, so it needs no files; `verify` says whether they hold it.
    """
    lines = _pixel_digests(name) if name in EMBEDDED else [f"{s.path} {s.sha256}" for s in sources(name)]
    return hashlib.sha256("".join(line + "\n" for line in sorted(lines)).encode()).hexdigest()


@cache
def _pixel_digests(name):
    """A line for each image of an embedded set; kept, since every record that is read asks again."""
    return [f"{image.name} {image.pixels.shape} {hashlib.sha256(image.pixels.tobytes()).hexdigest()}"
            for image in _embedded(name)]


def _problem(source, base):
    """One line that says what is wrong with a file, or None."""
    path = base / source.path
    if not path.is_file():
        return f"{path}: missing"
    with open(path, "rb") as file:
        good = hashlib.file_digest(file, "sha256").hexdigest() == source.sha256
    return None if good else f"{path}: wrong SHA-256, not the file of {source.dataset}"


def verify(name):
    """Read every file of a set and compare its SHA-256; one line for each bad file, so empty means good."""
    if name in EMBEDDED:
        try:
            return [] if _embedded(name) else [f"{name}: empty"]
        except SrlibError as error:
            return [str(error)]
    base = folder()
    return [problem for source in sources(name) if (problem := _problem(source, base))]


def fetch(name):
    """Download what is missing of a set into `folder()`, and return that folder.

    Whole files are kept, so an interrupted fetch goes on where it stopped. A file with wrong content is
    replaced in the cache, never in a folder that the user chose with SRLIB_DATA.
    Raises SrlibError when a download fails or brings other bytes than the table says.
    """
    base = folder()
    wanted = [source for source in sources(name) if _problem(source, base)]
    for source in wanted:
        if os.environ.get("SRLIB_DATA") and (base / source.path).exists():
            raise SrlibError(f"{base / source.path}: wrong SHA-256; move this file away and fetch again")
    if wanted:
        download(base, wanted, name)
    return base
