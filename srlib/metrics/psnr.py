"""Peak signal-to-noise ratio."""

import math

import numpy as np

from srlib.metrics.check import pair


def psnr(a, b):
    """PSNR in dB between two images (H, W) in 0..255: 10 log10(255^2 / MSE); inf when they are equal.

    The papers average the PSNR of the images of a set, never their MSE. Raises SrlibError when shapes differ.
    """
    a, b = pair(a, b, "psnr")
    mse = np.mean((a - b) ** 2)
    return math.inf if mse == 0 else float(10 * np.log10(255**2 / mse))
