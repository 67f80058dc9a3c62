"""Seconds and megabytes belong to a machine. What another machine can say is how a row stands to another row.

Each table has a base row (BASES), and the other rows are told in its printed unit: a time is the printed time of the
base row times our ratio to it, a memory is the printed memory of the base row and what we count on top.
data/timings.csv holds our seconds, a line a turn, data/memory.csv our bytes; a .json beside each names the machine.
"""

import csv
import json
import time
from functools import cache
from itertools import product

import torch

from srlib import counted, memory, models, paths, provenance, published
from srlib.models.gidrn import ANRB, SAMPLINGS, attention_bytes
from srlib.verdicts import parse

BASES = {("ddsr", "Table 1"): "3x3x64", ("ddsr", "Table 2"): "DDSR 6", ("gidrn", "Table 2"): "no ANRB",
         ("gidrn", "Table 6"): "G-IDRN"}  # fmt: skip
TIMES = ("time", "training time")  # the metrics in seconds; memories have a size in their name
NEAR = 0.05  # stated before the measurement: a twentieth of the printed time is within
KEYS = ("document", "item", "row", "dataset", "metric")
FILE = paths.DATA / "timings.csv"
COMMAND = "python -c 'from srlib import relative; relative.write()'"
BEST_OF = 3
MEMORY_FILE = paths.DATA / "memory.csv"
MEMORY_COMMAND = "MALLOC_MMAP_THRESHOLD_=65536 python -c 'from srlib import relative; relative.write_memory()'"
SIDES = (128, 180)  # of the LR images whose memory Table 2 of `gidrn` prints
PATCHES = (4, 3, 64, 64)  # a quarter of the 16 that Table 6 of `gidrn` trains on at a time

# (document, item, row) -> the arguments of models.create
NETWORKS = {
    **{("ddsr", "Table 1", f"{k}x{k}x64"): ("ddsr", 3, {"kernel_size": k}) for k in (3, 5, 7)},
    **{("ddsr", "Table 2", f"DDSR {d}"): ("ddsr", 3, {"kernel_size": 3, "depth": d}) for d in (6, 12, 18)},
    **{("gidrn", "Table 6", row): (counted.NETWORKS["gidrn", row].name, 4, {})
       for row in ("EDSR", "RCAN", "IMDN", "RFDN-L", "G-IDRN", "IDRN")},
}  # fmt: skip


def of_a_machine(metric):
    """Whether a printed metric belongs to the document's machine: a time, or a memory."""
    return metric in TIMES or metric.startswith("memory")


def base_row(cell):
    """The row that a cell's table is told relative to, None where it has none."""
    return BASES.get((cell["document"], cell["item"]))


def clocked():
    """The printed cells that `write` takes a time for."""
    return [cell for cell in published.cells() if cell["metric"] in TIMES
            and (cell["document"], cell["item"], cell["row"]) in NETWORKS]  # fmt: skip


def seconds(cell):
    """One measurement: an image of the size of the set's middle one enlarged, or one step of training.

    The network is fresh and the image is noise: neither changes the time. It is the processor's time, which another job
    on the machine changes less than the clock's, and the best of a few, since other jobs share its caches.
    """
    name, scale, options = NETWORKS[cell["document"], cell["item"], cell["row"]]
    model = models.create(name, scale, **options)
    training = cell["metric"] == "training time"
    if not training:
        by_pixels = sorted(published.sizes(cell["dataset"]), key=lambda size: (size[0] * size[1], size))
        width, height = by_pixels[len(by_pixels) // 2]
    channels = 3 if model.input == "rgb" else 1
    image = torch.rand(PATCHES if training else (1, channels, height // scale, width // scale))
    took = []
    for _ in range(BEST_OF):
        with torch.inference_mode(not training):
            begin = time.process_time()
            out = model(image)
            if training:
                out.square().mean().backward()
            took.append(time.process_time() - begin)
    return min(took)


def write(turns=5):
    """Measure all `clocked` cells in turn, on one thread, and keep them: data/timings.csv and timings.json."""
    torch.set_num_threads(1)
    lines = [",".join((*KEYS, "turn", "seconds"))]
    for turn in range(turns):
        lines += [",".join((*(cell[key] for key in KEYS), str(turn), f"{seconds(cell):.6g}")) for cell in clocked()]
    _keep(FILE, lines, {
        "command": COMMAND,
        "seconds": f"of the processor, best of {BEST_OF}",
        "training": f"one step, forward and back, on patches of {PATCHES}",
    })  # fmt: skip


def write_memory():
    """Measure what ANRB adds on the 72 maps of `gidrn`, and keep it: data/memory.csv and memory.json. Takes 8 GiB."""
    torch.set_num_threads(1)
    lines = ["side,samples,bytes"]
    for side, samples in product(SIDES, (*SAMPLINGS, "all")):
        grown = memory.grown_bytes(ANRB(72, samples), (1, 72, side, side))
        lines.append(f"{side},{samples},{grown}")
    _keep(MEMORY_FILE, lines, {"command": MEMORY_COMMAND, "bytes": "what the process grows by, at most"})


def _keep(file, lines, about):
    about |= {"processor": provenance.processor(), "threads": 1, "versions": provenance.versions()}
    paths.write_whole(file, "\n".join(lines) + "\n")
    paths.write_whole(file.with_suffix(".json"), json.dumps(about, indent=2) + "\n")


def memories():
    """{(side of the LR image, samples as text): bytes that ANRB adds}, measured."""
    with open(MEMORY_FILE, newline="", encoding="utf-8") as file:
        return {(int(line["side"]), line["samples"]): int(line["bytes"]) for line in csv.DictReader(file)}


@cache
def timings():
    """{values of KEYS: [seconds, one a turn]}"""
    found = {}
    if FILE.is_file():
        with open(FILE, newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                found.setdefault(tuple(line[key] for key in KEYS), []).append(float(line["seconds"]))
    return found


def ratios(document, item, dataset, metric):
    """{row: [its time over that of the base row, one a turn]} of a table, from data/timings.csv."""
    found = {key[2]: took for key, took in timings().items() if key == (document, item, key[2], dataset, metric)}
    base = found.get(BASES[document, item], [])
    return {row: [a / b for a, b in zip(took, base, strict=True)] for row, took in found.items()}


def values(cell, base):
    """What a cell comes to here in the unit of print, a number a turn; `base` is the cell of its base row."""
    printed = parse(base["value"])[0]
    if cell["metric"].startswith("memory"):
        pixels, samples = int(cell["metric"].rpartition("x")[2]) ** 2, cell["row"].removeprefix("S=")
        return [printed + attention_bytes(pixels, pixels if samples == "all" else int(samples)) / 2**20]
    place = (cell[key] for key in ("document", "item", "dataset", "metric"))
    return [printed * ratio for ratio in ratios(*place).get(cell["row"], [])]


def sentence(cell, base, mean):
    """How the row stands to its base row, here and in print."""
    printed, zero, row = parse(cell["value"])[0], parse(base["value"])[0], base["row"]
    if cell["metric"].startswith("memory"):
        return f"two matrices of {mean - zero:.1f} MiB on top of {row}, {printed - zero:g} MB in print"
    return f"{mean / zero:.2f} times {row} here, {printed / zero:.2f} times in print"
