"""Which readings of the multi-scale patent fit its example: 1.19 M and 28.98 G in 2 ways, 0.98 M and 25.53 G in 3.

A reading says for each group of layers of the base network whether it is replaced, and how a layer in n ways works.
All combinations are counted; a count is a sum over groups, so numpy adds them for all choices at once.
"""

from functools import reduce
from itertools import product

import numpy as np

from srlib.models.multiscale import shares

# (layers, inputs, outputs, pixels for one of the input); the 16 blocks' first and second convolutions apart.
GROUPS = {
    "first": (1, 3, 64, 1),
    "in front": (1, 64, 64, 1),
    "blocks, first": (16, 64, 64, 1),
    "blocks, second": (16, 64, 64, 1),
    "behind": (1, 64, 64, 1),
    "enlargement 1": (1, 64, 256, 1),
    "enlargement 2": (1, 64, 256, 4),
    "HR": (1, 64, 64, 16),
    "last": (1, 64, 3, 16),
}
FORMS = ("plain", "end", "ways")  # left alone; separating or fusing; from ways to ways
ENDS = ("first", "last")  # these read or write an image: never from ways to ways
SWITCHES = {
    "same-scale kernels": ("shared", "own"),
    "cross": ("none", "adjacent", "all"),
    "down": ("before the kernel", "behind it"),
    "up": ("behind the kernel", "before it"),
    "biases": ("none", "a map", "a kernel"),
}
WIDTHS = ("22, 21, 21", "21 each", "22 each", "64/3 each")  # 64 maps in three ways
PRINTED = {2: {"parameters": (1.185e6, 1.195e6), "MACs": (28.975e9, 28.985e9)},
           3: {"parameters": (0.975e6, 0.985e6), "MACs": (25.525e9, 25.535e9)}}  # fmt: skip
PIXELS = 128 * 128


def widths_of(channels, ways, rule):
    if channels < 64 or ways == 1 or rule == "22, 21, 21":
        return shares(channels, ways)
    third = {"21 each": 21, "22 each": 22, "64/3 each": 64 / 3}[rule]
    return [third * channels / 64] * ways


def layer(form, inputs, outputs, ways, rule, switches):
    """(parameters, multiply-accumulates for a pixel) of one 3x3 layer."""
    same, cross, down, up, biases = switches
    if form == "plain":
        return 9 * inputs * outputs + (outputs if biases != "none" else 0), 9 * inputs * outputs
    pixels = [4.0**-k for k in range(ways)]
    if form == "end":  # one side of the layer is in ways
        maps, other = (outputs, inputs) if inputs == 3 or outputs != 3 else (inputs, outputs)
        own = widths_of(maps, ways, rule)
        bias = 0 if biases == "none" else outputs
        return 9 * other * sum(own) + bias, 9 * other * float(np.dot(own, pixels))
    wi, wo = widths_of(inputs, ways, rule), widths_of(outputs, ways, rule)
    pairs = [
        (i, j)
        for i in range(ways)
        for j in range(ways)
        if i != j and (cross == "all" or (abs(i - j) == 1 and cross != "none"))
    ]
    inside = wi[0] * wo[0] if same == "shared" else sum(a * b for a, b in zip(wi, wo, strict=True))
    weights = 9 * (inside + sum(wi[i] * wo[j] for i, j in pairs))
    bias = {
        "none": 0,
        "a map": sum(wo),
        "a kernel": (wo[0] if same == "shared" else sum(wo)) + sum(wo[j] for _, j in pairs),
    }
    late = {
        True: down == "behind it",
        False: up == "before it",
    }  # going down; going up: then the larger map is worked on
    work = sum(a * b * p for a, b, p in zip(wi, wo, pixels, strict=True))
    work += sum(wi[i] * wo[j] * (max if late[i < j] else min)(pixels[i], pixels[j]) for i, j in pairs)
    return weights + bias[biases], 9 * work


def forms_of(group):
    return FORMS[:2] if group in ENDS else FORMS


def totals(ways, rule, switches):
    """(parameters, MACs) of the whole network for every choice of forms: two arrays with an axis for each group."""
    found = []
    for which in (0, 1):
        axes = [
            [
                n * (scale * PIXELS if which else 1) * layer(form, i, o, ways, rule, switches)[which]
                for form in forms_of(name)
            ]
            for name, (n, i, o, scale) in GROUPS.items()
        ]
        found.append(reduce(np.add.outer, axes))
    return found


def within(array, limits):
    return (array >= limits[0]) & (array < limits[1])


def search():
    """{(ways, "parameters" | "MACs" | "both"): readings that fit}, {"all four": ...}, and {ways: readings tried}.

    A reading in 2 ways is a choice of forms and switches; in 3 ways also of widths. Both n must be read alike.
    """
    names = [(n, what) for n in (2, 3) for what in ("parameters", "MACs", "both")]
    hits, tried = dict.fromkeys([*names, "all four"], 0), {2: 0, 3: 0}
    for switches in product(*SWITCHES.values()):
        fits = {}
        for ways, rules in ((2, WIDTHS[:1]), (3, WIDTHS)):
            for rule in rules:
                counts = dict(zip(("parameters", "MACs"), totals(ways, rule, switches), strict=True))
                ok = {what: within(array, PRINTED[ways][what]) for what, array in counts.items()}
                ok["both"] = ok["parameters"] & ok["MACs"]
                for what, array in ok.items():
                    hits[ways, what] += int(array.sum())
                tried[ways] += ok["both"].size
                fits[ways] = fits.get(ways, False) | ok["both"]
        hits["all four"] += int((fits[2] & fits[3]).sum())
    return hits, tried
