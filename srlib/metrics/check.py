"""The one check that every metric makes of its two images."""

import numpy as np

from srlib.errors import SrlibError


def pair(a, b, metric):
    """Return the two images as float64 (H, W), or raise SrlibError when they cannot be compared."""
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or a.size == 0:
        raise SrlibError(f"{metric}: needs two images of one shape (H, W), got {a.shape} and {b.shape}")
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        raise SrlibError(f"{metric}: an image holds NaN or infinite values")
    return a, b
