"""MATLAB's `imresize`, exactly: bicubic (Keys, a = -0.5), antialiased when shrinking.

Every published number of this field starts from images that MATLAB shrank. Other libraries' "bicubic" differ in
many of the bytes, so the function is written out here and tested byte for byte against MATLAB's own files
(`tests/exact/test_golden.py`).

Source: R. Keys, "Cubic convolution interpolation for digital image processing", IEEE TASSP 29(6), 1981, Eq. 15.
"""

import math

import numpy as np
from scipy import sparse

from srlib.errors import SrlibError

BORDERS = {"symmetric", "replicate"}
BETWEEN = {"float", "uint8"}


def cubic(x):
    """Keys' cubic kernel with a = -0.5, support [-2, 2]."""
    x = np.abs(x)
    near = 1.5 * x**3 - 2.5 * x**2 + 1
    far = -0.5 * x**3 + 2.5 * x**2 - 4 * x + 2
    return near * (x <= 1) + far * ((x > 1) & (x <= 2))


def resize_matrix(size, scale, border="symmetric"):
    """The (ceil(size * scale), size) sparse matrix that resizes one axis.

    `border` says what lies outside the image: its mirror, the edge pixel included ("symmetric", newer MATLAB),
    or the edge pixel repeated ("replicate", older MATLAB).
    """
    shrink = min(scale, 1.0)  # when shrinking, the kernel is stretched by 1/scale: that is the antialiasing
    width = 4 / shrink
    out_size = math.ceil(size * scale)
    centre = np.arange(1, out_size + 1) / scale + 0.5 * (1 - 1 / scale)  # in input pixels, counted from 1
    first = np.floor(centre - width / 2)
    taps = first[:, None] + np.arange(math.ceil(width) + 2)  # (out_size, taps)
    weights = shrink * cubic(shrink * (centre[:, None] - taps))
    weights /= weights.sum(axis=1, keepdims=True)
    taps = taps.astype(np.int64) - 1
    if border == "symmetric":
        taps = taps % (2 * size)
        taps = np.where(taps < size, taps, 2 * size - 1 - taps)
    else:
        taps = taps.clip(0, size - 1)
    rows = np.repeat(np.arange(out_size), taps.shape[1])
    return sparse.csr_array((weights.ravel(), (rows, taps.ravel())), shape=(out_size, size))


def imresize(image, scale, *, border="symmetric", between="float"):
    """Resize an image by `scale` as MATLAB's `imresize(image, scale)` does.

    image    uint8 or float array, (H, W) or (H, W, C)
    scale    > 0; the output has ceil(H * scale) x ceil(W * scale) pixels
    border   "symmetric" (newer MATLAB) or "replicate" (older)
    between  "float": nothing is rounded and the result is float64 in the units of the input;
             "uint8": the image is rounded to uint8 after each pass, as MATLAB does with a uint8 input

    Rows first, then columns. Raises SrlibError for another shape, scale, border or rounding.
    """
    if border not in BORDERS or between not in BETWEEN:
        raise SrlibError(f"imresize: border is one of {sorted(BORDERS)} and between one of {sorted(BETWEEN)}")
    if image.ndim not in (2, 3) or image.size == 0 or not 0 < scale < math.inf:
        raise SrlibError(f"imresize: cannot resize an array of shape {image.shape} by {scale}")
    out = image.astype(np.float64)
    for axis in (0, 1):
        matrix = resize_matrix(out.shape[axis], scale, border)
        moved = np.moveaxis(out, axis, 0)
        out = matrix @ moved.reshape(moved.shape[0], -1)
        out = np.moveaxis(out.reshape(-1, *moved.shape[1:]), 0, axis)
        if between == "uint8":
            out = np.floor(out + 0.5).clip(0, 255)
    return out.astype(np.uint8) if between == "uint8" else out
