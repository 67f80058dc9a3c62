"""The weights that a run left behind, and whether two runs ended with the same ones, bit for bit."""

import torch
from safetensors.torch import load_file


def weights(folder):
    return load_file(folder / "weights.safetensors")


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
