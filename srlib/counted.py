"""Printed counts of parameters and operations, counted again on our own networks: nothing is trained or measured.

`NETWORKS` says which network a document means by a method's name, and by which of three habits its parameters were
counted. Most tables copy the figures of the papers, and each paper has its own habit.
"""

import math
from dataclasses import dataclass, field
from decimal import ROUND_HALF_DOWN, Decimal
from functools import cache

from srlib import complexity, published
from srlib.studies.gidrn import TABLE_1, ablation_options

UNITS = {"K": 1e3, "M": 1e6, "G": 1e9}
METRICS = ("parameters", "FLOPs", "parameters gain", "parameters share", "FLOPs share", "input side")


@dataclass(frozen=True)
class Network:
    """A network of `models.create`, and the rule by which its parameters were counted: a key of RULES."""

    name: str
    options: dict = field(default_factory=dict)
    rule: str = "every parameter"


def without_masks(model):
    """Every parameter but the logits that choose SMSR's channels, which its authors do not count."""
    return sum(p.numel() for name, p in model.named_parameters() if not name.endswith("ch_mask"))


RULES = {"every parameter": complexity.parameters, "weights alone": complexity.weights, "without masks": without_masks}

# (document, method in print) -> the network meant. The SRCNN of `gidrn` is the one whose PSNR its row prints.
NETWORKS = {
    ("cm_dwsc", "CM-DWSC standard"): Network("cm_dwsc", {"separable": False}),
    ("cm_dwsc", "CM-DWSC separable"): Network("cm_dwsc"),
    ("multiscale", "SRResNet"): Network("multiscale", {"ways": 1}),
    ("multiscale", "SRResNet, n = 2"): Network("multiscale", {"ways": 2, "reading": "A"}),
    ("multiscale", "SRResNet, n = 3"): Network("multiscale", {"ways": 3, "reading": "A"}),
    ("gidrn", "SRCNN"): Network("srcnn", {"kernels": "9-5-5"}),
    ("gidrn", "DRCN"): Network("drcn", rule="weights alone"),
    ("gidrn", "LapSRN"): Network("lapsrn", {"family": "502K"}),
    ("gidrn", "DRRN"): Network("drrn", {"batch_norm": False}),
    ("gidrn", "MemNet"): Network("memnet", {"batch_norm": False}),
    ("gidrn", "IDN"): Network("idn"),
    ("gidrn", "SRMDNF"): Network("srmdnf"),
    ("gidrn", "CARN"): Network("carn"),
    ("gidrn", "SMSR"): Network("smsr", rule="without masks"),
    ("gidrn", "IMDN"): Network("imdn"),
    ("gidrn", "IMDN-JDSR"): Network("imdn_jdsr"),
    ("gidrn", "PAN"): Network("pan"),
    ("gidrn", "RFDN RFDB"): Network("rfdn"),
    ("gidrn", "RFDN-L"): Network("rfdn_l"),
    ("gidrn", "LatticeNet"): Network("latticenet"),
    ("gidrn", "EDSR"): Network("edsr"),
    ("gidrn", "RCAN"): Network("rcan"),
    ("gidrn", "G-IDRN"): Network("gidrn"),
    ("gidrn", "IDRN"): Network("idrn"),
}
NETWORKS |= {("gidrn", ("G-IDRN " if row[0] == "G" else "RFDN ") + row): Network("gidrn", ablation_options(row))
             for row in TABLE_1[1:]}  # fmt: skip
# {document: (operations of a network, shape of its input, how in words)}
FLOPS = {
    "cm_dwsc": (complexity.macs, (1, 1, 22, 22), "multiply-accumulates, input 22 x 22, the square that comes nearest"),
    "multiscale": (complexity.macs, (1, 3, 128, 128), "multiply-accumulates, LR input 128 x 128, x4"),
    "gidrn": (complexity.aim_flops, (1, 3, 256, 256), "operations as AIM 2020 counts them, input 256 x 256"),
}
WHOLE = {"multiscale": "SRResNet"}  # {document: the method whose count is 100 %}
SCALE = 4  # where a document prints none: the counts of `cm_dwsc` are the same at all, those of `multiscale` fit x4


def value(cell):
    """Our count for a published cell, in the cell's unit; None for another metric, or a network not built here.

    A share is in % of the document's network without the change. An input side is that of the square on which the
    printed operations come out.
    """
    document, method, metric = (cell[key] for key in ("document", "method", "metric"))
    if metric not in METRICS or (document, method) not in NETWORKS:
        return None
    if metric == "parameters gain":
        return _gain(cell)
    if metric == "input side":
        return _input_side(document, method)
    kind, share, _ = metric.partition(" share")
    counted = _count(document, method, cell["scale"], kind)
    if counted is None:
        return None
    if not share:
        return counted / UNITS[cell["unit"]]
    return 100 * counted / _count(document, WHOLE[document], cell["scale"], kind)


def _gain(cell):
    """Parameters of a row minus those of another, both rounded first: the document subtracts what it has printed.

    Half a unit is rounded down, as 500,550 is to 500.5 K.
    """
    base = cell["row"].split(" - ")[1]
    (other,) = (method for _, method in NETWORKS if method == "RFDN " + base)
    digit = Decimal(1).scaleb(Decimal(cell["value"]).as_tuple().exponent)
    ours, theirs = (
        (Decimal(_count(cell["document"], method, cell["scale"], "parameters")) / int(UNITS[cell["unit"]]))
        .quantize(digit, ROUND_HALF_DOWN)
        for method in (cell["method"], other)
    )  # fmt: skip
    return float(ours - theirs)


@cache
def _count(document, method, scale, metric):
    network = NETWORKS[document, method]
    if metric == "FLOPs" and document not in FLOPS:
        return None
    model = complexity.outline(network.name, scale or SCALE, **network.options)
    if metric == "parameters":
        return RULES[network.rule](model)
    operations, shape, _ = FLOPS[document]
    return operations(model, shape)


@cache
def _input_side(document, method):
    """The side at which a method's printed operations come out; they are in proportion to the pixels."""
    (printed,) = {
        float(cell["value"]) * UNITS[cell["unit"]]
        for cell in published.cells(document)
        if (cell["method"], cell["metric"]) == (method, "FLOPs")
    }
    _, (_, _, height, width), _ = FLOPS[document]
    return math.sqrt(printed * height * width / _count(document, method, None, "FLOPs"))


def rule(cell):
    """How a published cell was counted, in words, or None where `value` is None."""
    if value(cell) is None:
        return None
    network = NETWORKS[cell["document"], cell["method"]]
    if cell["metric"] == "input side":
        return "the square on which the printed operations come out"
    if cell["metric"].startswith("FLOPs"):
        return FLOPS[cell["document"]][2]
    if cell["metric"] == "parameters gain":
        return "every parameter; difference of two rounded counts"
    options = ", ".join(f"{key} {option}" for key, option in network.options.items())
    return network.rule + (f"; {options}" if options else "")
