"""A recipe of a second; the weights that a run left behind, and whether two runs ended with the same, bit for bit."""

import torch
from safetensors.torch import load_file

from srlib.plan import Plan
from srlib.recipe import Recipe

PLAIN = Plan(threads=1)
TINY = Recipe(
    profile="quick",
    options={"depth": 3, "channels": 8},
    train_set="embedded_train",
    validation_set="embedded_test",
    test_sets=("embedded_test",),
    stride=16,
    batch=8,
    augment=True,
)


def weights(folder):
    return load_file(folder / "weights.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
