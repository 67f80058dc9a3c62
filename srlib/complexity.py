"""What a network costs: parameters, multiply-accumulate operations, and the "FLOPs" of the AIM challenges.

Both counters run the network once on zeros. Build it under `with torch.device("meta"):` and nothing is computed or
stored, only shapes are: EDSR on a large image is counted at once.
"""

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from srlib.models.blocks import MeanShift


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
    with counter:
        run_on_zeros(model, shape)
    return counter.get_total_flops() // 2


def aim_flops(model, shape):
    """Operations of one forward pass as the AIM 2020 challenge counts them, for an LR input of `shape` (N, C, H, W).

    Modules alone count: a convolution, transposed or not, k k C_in (C_out / groups) for every output position, without
    bias; ReLU, LeakyReLU and PReLU one an output element; batch normalisation two. A fixed colour shift counts as the
    1x1 convolution 3 -> 3 that it is in the authors' programs. Pooling, sigmoid, softmax, pixel shuffle, products of
    matrices and functions (such as `torch.relu`) cost nothing. The document `gidrn` prints this number in Table 5.
    """
    total = 0

    def add(module, _inputs, output):
        nonlocal total
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            total += module.weight.numel() * output.shape[0] * output.shape[2] * output.shape[3]
        elif isinstance(module, MeanShift):
            total += 3 * output.numel()
        else:
            total += output.numel() * (2 if isinstance(module, nn.BatchNorm2d) else 1)

    counted = (nn.Conv2d, nn.ConvTranspose2d, MeanShift, nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.BatchNorm2d)
    hooks = [module.register_forward_hook(add) for module in model.modules() if isinstance(module, counted)]
    try:
        run_on_zeros(model, shape)
    finally:
        for hook in hooks:
            hook.remove()
    return total


def run_on_zeros(model, shape):
    like = next(model.parameters(), torch.zeros(()))  # bicubic has no parameters
    with torch.no_grad():
        model(torch.zeros(shape, dtype=like.dtype, device=like.device))
