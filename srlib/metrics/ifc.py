"""Information fidelity criterion.

H. R. Sheikh, A. C. Bovik, G. de Veciana, "An information fidelity criterion for image quality assessment using natural
scene statistics", IEEE TIP 14(12), 2005: how many bits about the original can still be read in an image. The bands of a
steerable pyramid are modelled as Gaussian scale mixtures, the image as the original's bands times a gain plus noise.
The steps and constants are those of the authors' MATLAB code, which papers on super-resolution report. By its own words
it differs slightly from the paper (more bands, other borders). Its values come out at every digit known.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.sparse import csr_array

from srlib.errors import SrlibError
from srlib.metrics import sp5
from srlib.metrics.check import pair

SMALLEST = 72  # pixels: below, no block is left at the coarsest level
BLOCK = 3  # coefficients a side: the vectors of the model have nine elements
# Finest level first: side of the window in which gain and noise are measured, blocks dropped at each border.
LEVELS = ((17, 3), (9, 2), (5, 1), (3, 1))
TOLERANCE = 1e-15
NOISE = 1e-10  # variance of the viewer's own noise; it keeps the logarithm finite


def ifc(reference, image):
    """IFC in bits a pixel of an image against its original, both (H, W) in 0..255; larger is better.

    It is not symmetric, and has no upper limit: an image against itself gives a large number. Another rounding or
    another border moves it, so no value means anything without its protocol. Raises SrlibError when the
    shapes differ, when a side is shorter than 72 pixels, and for float32 or float16 images: from pixels that were
    rounded so, another value comes out.
    """
    for array in (reference, image):
        dtype = np.asarray(array).dtype
        if dtype.kind == "f" and dtype.itemsize < 8:
            raise SrlibError(f"ifc: needs float64 or whole pixels, got {dtype}")
    reference, image = pair(reference, image, "ifc")
    if min(reference.shape) < SMALLEST:
        raise SrlibError(f"ifc: the image is {reference.shape}, and no side may be shorter than {SMALLEST} pixels")
    bits = 0.0
    (low,) = correlate(np.stack([reference, image]), sp5.LO0)
    for window, border in LEVELS:
        *bands, low = correlate(low, sp5.BAND_0, sp5.BAND_3, sp5.LO)
        bits += sum(information(*band, window, border) for band in bands)
        low = low[:, ::2, ::2]
    return float(bits / reference.size)


def correlate(images, *kernels):
    """Images (2, H, W) under each kernel, same size, mirrored at the edges; all of them by one Fourier transform."""
    rim = max(kernel.shape[0] // 2 for kernel in kernels)
    padded = np.pad(images, ((0, 0), (rim, rim), (rim, rim)), mode="reflect")
    size = [next_fast_len(side, real=True) for side in padded.shape[1:]]
    spectrum = rfft2(padded, size)
    height, width = images.shape[1:]
    results = []
    for kernel in kernels:
        at = rim - kernel.shape[0] // 2  # the wrap-around of the transform stays in the rim
        result = irfft2(spectrum * rfft2(kernel, size).conj(), size)
        results.append(result[:, at : at + height, at : at + width])
    return results


def information(reference, band, window, border):
    """Bits that a band of the image tells about the same band of the original, both (H, W), summed over its blocks."""
    height, width = (side - side % BLOCK for side in reference.shape)
    reference, band = reference[:height, :width], band[:height, :width]
    gain, noise = distortion(reference, band, window)
    mixture, variances = scale_mixture(reference)
    inner = (slice(border, -border), slice(border, -border))
    signal = (gain**2 * mixture / (noise + NOISE))[inner]
    return np.log2(1 + signal[..., None] * variances).sum()


def distortion(reference, band, window):
    """Gain and noise variance (h, w) of each block: the line through the two bands in a window around its centre."""
    rows, columns = (block_sums(side, window) for side in reference.shape)

    def total(values):
        return (columns @ (rows @ values).T).T

    n = window**2
    x, y = total(reference) / n, total(band) / n
    xy = total(reference * band) - n * x * y
    xx = (total(reference**2) - n * x**2).clip(0)
    yy = (total(band**2) - n * y**2).clip(0)
    gain = xy / (xx + TOLERANCE)
    noise = (yy - gain * xy) / n
    # The order matters: each line may overrule the one before it.
    flat = xx < TOLERANCE
    gain[flat], noise[flat] = 0, yy[flat]
    gone = yy < TOLERANCE
    gain[gone], noise[gone] = 0, 0
    inverted = gain < 0
    gain[inverted], noise[inverted] = 0, yy[inverted]
    return gain, noise.clip(TOLERANCE)


def block_sums(side, window):
    """The matrix (side / 3, side) that sums a window around the centre of each block of 3, mirrored at the edges."""
    centres = np.arange(1, side, BLOCK)
    at = np.abs(centres[:, None] + np.arange(window) - window // 2)
    at = side - 1 - np.abs(side - 1 - at)
    row = np.repeat(np.arange(len(centres)), window)
    return csr_array((np.ones(row.size), (row, at.ravel())), shape=(len(centres), side))


def scale_mixture(band):
    """What multiplies the variance in each block, (h, w), and the nine variances of the 3x3 blocks of a band.

    The variances are of all overlapping blocks, the multipliers of the blocks side by side.
    """
    height, width = band.shape
    vectors = sliding_window_view(band, (height - BLOCK + 1, width - BLOCK + 1)).reshape(BLOCK**2, -1)
    vectors = vectors - vectors.mean(axis=1, keepdims=True)
    variances, axes = np.linalg.eigh(vectors @ vectors.T / vectors.shape[1])
    # A direction without variance, as in a drawing of stripes, holds no information.
    used = variances > 1e-14 * variances[-1]
    own = sliding_window_view(band, (BLOCK, BLOCK))[::BLOCK, ::BLOCK].reshape(-1, BLOCK**2) @ axes[:, used]
    multipliers = (own**2 / variances[used]).sum(axis=1) / BLOCK**2
    return multipliers.reshape(height // BLOCK, width // BLOCK), variances[used]
