"""Why a deconvolution can leave a checkerboard: how many kernel taps reach each HR pixel.

A deconvolution with stride s lays a k x k kernel down every s pixels. Where k is no multiple of s, some HR pixels are
reached by more taps than others, and for k < s some by none.
"""

import numpy as np
import torch


def taps(kernel_size, scale):
    """Taps that reach each of the scale x scale HR pixels of an LR pixel, away from the border: int (scale, scale).

    Taps along one axis at phase p: how many of p, p + s, p + 2 s, ... are below k.
    """
    along = [len(range(phase, kernel_size, scale)) for phase in range(scale)]
    return np.outer(along, along)


def without_input(kernel_size, scale):
    """The share of HR pixels, 0..1, that no tap reaches."""
    return float((taps(kernel_size, scale) == 0).mean())


@torch.no_grad()
def checkerboard(network, scale, level=0.5, size=64):
    """The pattern that a network draws on a flat grey LR image: an array with a number a map, 0 is none.

    network   any function (1, 1, H, W) -> (1, C, scale H, scale W): a whole network, or its first layers alone

    For each map: standard deviation over the scale x scale pixels of one LR pixel in the middle, where no border
    reaches, divided by the root mean square of the same pixels.
    """
    maps = network(torch.full((1, 1, size, size), level))[0]
    middle = scale * (size // 2)
    cell = maps[:, middle : middle + scale, middle : middle + scale].flatten(1)
    return (cell.std(1, correction=0) / cell.square().mean(1).sqrt().clamp_min(1e-12)).numpy()
