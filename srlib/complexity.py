"""What a network costs: parameters and multiply-accumulate operations."""

import torch
from torch.utils.flop_counter import FlopCounterMode


def parameters(model):
    """Every learnable number: weights, biases, PReLU slopes, normalisation, scalars."""
    return sum(p.numel() for p in model.parameters())


def weights(model):
    """Kernels and matrices alone, without biases and slopes: what many tables call "parameters"."""
    return sum(p.numel() for p in model.parameters() if p.ndim > 1)


def macs(model, shape):
    """Multiply-accumulates of one forward pass on an input of `shape` (N, C, H, W).

    torch's counter knows convolutions and matrix products and counts two operations for each MAC. It multiplies what
    really is multiplied; counters that charge a transposed convolution by its output size say 6.5 times too much.
    """
    counter = FlopCounterMode(display=False)
    with counter, torch.no_grad():
        model(torch.zeros(shape))
    return counter.get_total_flops() // 2
