"""The authors' own weights, through one door: `load("imdn", scale=2)`.

data/weights.csv pins every file by address and SHA-256. A file is looked for in the folder SRLIB_WEIGHTS, then in a
per-user cache, which `python -m srlib data fetch weights` fills; `load` itself never downloads. Its bytes are hashed
before anything reads them, and nothing is ever unpickled: .pth by torch's weights-only reader, .mat by scipy.

How to add a file. Say that others_x2.pth holds a VDSR of 4 layers and 8 maps, whose authors called its tensors
net.conv.0.weight ... net.out.bias where ours are body.0.weight ... last.bias:
1. In data/weights.csv, with an address pinned to a commit: `vdsr,2,others_x2.pth,https://...,<SHA-256>,<bytes>`
2. In OFFICIAL, the model and a variant's name ("" when there is only one), the file, the options that make
   `models.create` build the authors' network, and their names where they are not ours:
       ("vdsr", "others"): Official("others_x{scale}.pth", {"depth": 4, "channels": 8},
                                    {"body.*": "conv.*", "last": "out"}, prefix="net."),
3. In tests/parity/test_pretrained.py, the figures that its authors print.
If a tensor is then missing, left over or of another shape, `load` says so by name.
"""

import csv
import hashlib
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import NamedTuple

from srlib import datasets, models, paths, weightfiles
from srlib.download import download
from srlib.errors import SrlibError


@dataclass(frozen=True)
class Official:
    """How a family of the authors' files, one a scale or one for all, becomes a network of ours.

    file     its name in data/weights.csv; {scale} stands for the scale
    options  of `models.create`; `at` holds further ones, {scale: options}
    names    our name -> the file's: of a parameter ("last.bias"), or of the first parts of parameters ("last" for
             last.weight and last.bias; the longest that fits counts). A * is one part of ours, put where the file's
             name has its own *. Parameters that it does not mention are called the same in the file.
    prefix   what stands before every name in the file
    layout   order of a kernel's sides: "torch", or in a .mat file "columns" (Cin, k k, Cout), each k x k counted down
             its columns, or "hwio" (k, k, Cin, Cout)
    """

    file: str
    options: dict = field(default_factory=dict)
    names: dict = field(default_factory=dict)
    prefix: str = ""
    layout: str = "torch"
    at: dict = field(default_factory=dict)


IMDN = {"head": "fea_conv", "fuse": "c.0", "tail": "LR_conv", "upsampler": "upsampler.0"}
IMDN |= {f"blocks.{i}": f"IMDB{i + 1}" for i in range(6)}

PAN = {"head": "conv_first", "trunk": "SCPA_trunk", "tail": "trunk_conv", "last": "conv_last"}
PAN |= {"trunk.*.k1": "SCPA_trunk.*.k1.0"} | {f"trunk.*.k{i}": f"SCPA_trunk.*.PAConv.k{i}" for i in (2, 3, 4)}
for i in (1, 2):
    step = f"enlarge.{i - 1}"
    PAN |= {f"{step}.upconv": f"upconv{i}", f"{step}.att": f"att{i}.conv", f"{step}.hrconv": f"HRconv{i}"}

SRCNN = {"weight": "weights_conv", "bias": "biases_conv"}
SRCNN = {f"{2 * i}.{ours}": f"{theirs}{i + 1}" for i in range(3) for ours, theirs in SRCNN.items()}

FSRCNN = {"deconvolution.weight": "weights_conv.7", "deconvolution.bias": "biases_conv.7"}
for i in range(7):
    FSRCNN |= {f"body.{2 * i}.weight": f"weights_conv.{i}", f"body.{2 * i}.bias": f"biases_conv.{i}"}
    FSRCNN |= {f"body.{2 * i + 1}.weight": f"prelu_conv.{i}"}

VDSR = {"body.*.weight": "model.weight.*", "body.*.bias": "model.bias.*"}
VDSR |= {"last.weight": "model.weight.19", "last.bias": "model.bias.19"}

# The first variant of a model is the one that `load` takes by itself.
OFFICIAL = {
    ("imdn", ""): Official("imdn_x{scale}.pth", {}, IMDN, prefix="module."),
    ("pan", ""): Official("pan_x{scale}.pth", {}, PAN),
    **{("srcnn", kernels): Official(f"srcnn_{kernels}_x{{scale}}.mat", {"kernels": kernels, "padding": "replicate"},
                                    SRCNN, layout="columns")
       for kernels in ("9-5-5", "9-1-5")},
    # At x3 the authors' network was trained with its output one pixel off the middle of the kernel.
    ("fsrcnn", ""): Official("fsrcnn_x{scale}.mat", {"padding": "replicate", "slopes": "layer"}, FSRCNN,
                             layout="columns", at={3: {"crop": 3}}),
    ("vdsr", ""): Official("vdsr.mat", {}, VDSR, layout="hwio"),
}  # fmt: skip


class Source(NamedTuple):
    """One line of data/weights.csv: the file's name, where it comes from, and what it must be."""

    path: str
    url: str
    sha256: str
    bytes: int


@cache
def sources():
    """{file name: Source}, in the order of data/weights.csv."""
    with open(paths.DATA / "weights.csv", newline="", encoding="utf-8") as file:
        rows = [Source(r["path"], r["url"], r["sha256"], int(r["bytes"])) for r in csv.DictReader(file)]
    return {row.path: row for row in rows}


def variants(name):
    """The variants of a model of which there are authors' weights, the usual one first; [] when there are none."""
    return [variant for model, variant in OFFICIAL if model == name]


def folders():
    """Where files are looked for, in this order: SRLIB_WEIGHTS when set, the per-user cache, which `fetch` fills."""
    chosen = os.environ.get("SRLIB_WEIGHTS")
    return [*([Path(chosen).expanduser().absolute()] if chosen else []), datasets.cache_folder() / "weights"]


def find(file):
    """The path of a file of data/weights.csv on this machine, or None."""
    return next((folder / file for folder in folders() if (folder / file).is_file()), None)


def load(name, scale, variant=None):
    """A network with its authors' weights, in evaluation mode, on the CPU. Never downloads.

    variant   which of the authors' networks, such as "9-1-5" of srcnn; None takes the first of `variants(name)`

    Raises SrlibError when there are no such weights, when the file is not on this machine or has another SHA-256, and
    when its tensors are not those of the network.
    """
    entry = official(name, variant)
    model = models.create(name, scale, **entry.options | entry.at.get(scale, {}))
    file = entry.file.format(scale=scale)
    if file not in sources():
        raise SrlibError(f"there are no official weights of {name} for x{scale}")
    path = find(file)
    if path is None:
        raise SrlibError(f"{file} is not on this machine: run `python -m srlib data fetch weights`, "
                         "or set SRLIB_WEIGHTS")  # fmt: skip
    content = path.read_bytes()  # hashed and read from the same bytes
    if not _genuine(content, sources()[file]):
        raise SrlibError(f"{path}: wrong SHA-256, not the authors' file")
    tensors = weightfiles.read(content, path)
    state = weightfiles.arrange(tensors, model.state_dict(), entry.names, entry.prefix, entry.layout, path)
    model.load_state_dict(state)
    return model.eval()


def official(name, variant=None):
    """The Official of a model, or SrlibError when there is none, or none of this variant."""
    known = variants(name)
    if not known:
        names = ", ".join(dict.fromkeys(model for model, _ in OFFICIAL))
        raise SrlibError(f"there are no official weights of {name} here, only of {names}")
    if variant is not None and variant not in known:
        raise SrlibError(f"{name} has no official weights {variant!r}: it has {', '.join(known) or 'one set'}")
    return OFFICIAL[name, known[0] if variant is None else variant]


def _genuine(content, source):
    return hashlib.sha256(content).hexdigest() == source.sha256


def verify():
    """Read every file; one line for each that is not on this machine or is not the authors'."""
    problems = []
    for file, source in sources().items():
        path = find(file)
        if path is None:
            problems.append(f"{file}: missing")
        elif not _genuine(path.read_bytes(), source):
            problems.append(f"{path}: wrong SHA-256, not the authors' file")
    return problems


def fetch():
    """Download what is missing into the per-user cache; the folders that hold the files now, sorted.

    A wrong file is replaced in the cache, never in the folder of SRLIB_WEIGHTS.
    Raises SrlibError when a download fails or brings other bytes than the table says.
    """
    cache_folder, wanted = folders()[-1], []
    for file, source in sources().items():
        path = find(file)
        if path is None or not _genuine(path.read_bytes(), source):
            if path and path.parent != cache_folder:
                raise SrlibError(f"{path}: wrong SHA-256; move this file away and fetch again")
            wanted.append(source)
    if wanted:
        download(cache_folder, wanted, "weights")
    return sorted({path.parent for path in map(find, sources()) if path})
