"""DDSR with a reader's own settings: checked, made into a recipe, trained."""

import tempfile
from dataclasses import replace
from pathlib import Path

from srlib.errors import SrlibError
from srlib.recipe import Recipe
from srlib.studies.ddsr import OPTIMIZERS, PROFILES, SHORT
from srlib.training import train

# The document's choices, but for the depth: 18 layers take too long to learn anything.
REFERENCE = {"depth": 4, "kernel_size": 3, "optimizer": "adam", "residual": True, "seed": 0}
RANGES = {"depth": (2, 20), "kernel_size": (2, 9), "seed": (0, 2**31 - 1), "iterations": (0, 100_000)}
# Each optimizer with the rate that its study found (ddsr.RATES), Muon with the fast recipe's.
MUON = {key: getattr(SHORT, key) for key in ("optimizer", "rate", "adam_rate", "momentum", "betas")}
WAYS = {name: {"betas": (0.9, 0.999), **way} for name, way in (OPTIMIZERS | {"muon": MUON}).items()}
SECONDS = 40  # iterations of the quick profile: seconds


def recipe(profile="quick", *, depth, kernel_size, optimizer, residual, seed, iterations=0) -> Recipe:
    """The recipe of these settings; `iterations` 0 takes as many as the profile has.

    A network with the residual starts at nearest-neighbour interpolation, one without cannot and starts as Caffe does.
    Raises SrlibError, one line, for a value that cannot be.
    """
    given = {"depth": depth, "kernel_size": kernel_size, "seed": seed, "iterations": iterations}
    for name, value in given.items():
        low, high = RANGES[name]
        if type(value) is not int or not low <= value <= high:
            raise SrlibError(f"{name} is a whole number from {low} to {high:,}, not {value!r}")
    if optimizer not in WAYS:
        raise SrlibError(f"optimizer is one of {', '.join(WAYS)}, not {optimizer!r}")
    if type(residual) is not bool:
        raise SrlibError(f"residual is True or False, not {residual!r}")
    base = PROFILES[profile]
    count = iterations or (SECONDS if profile == "quick" else base.iterations)
    return replace(
        base,
        options=base.options | {"depth": depth, "kernel_size": kernel_size, "residual": residual},
        start="nearest" if residual else "msra",
        clip=1.0,
        seed=seed,
        iterations=count,
        drops=(count * 3 // 5, count * 9 // 10),  # where the document's rate falls, of its 100,000
        evaluate_every=max(1, count // 4),
        **WAYS[optimizer],
    )


def run(chosen):
    """Train by a recipe in a folder that nobody keeps; returns the finished records.Run."""
    return train(chosen, Path(tempfile.mkdtemp()) / "try_it")
