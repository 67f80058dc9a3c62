"""Structural similarity."""

from skimage.metrics import structural_similarity

from srlib.errors import SrlibError
from srlib.metrics.check import pair


def ssim(a, b):
    """SSIM between two images (H, W) in 0..255; 1.0 when they are equal.

    Z. Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE TIP 13(4),
    2004: Gaussian window 11x11 with sigma 1.5, K1 = 0.01, K2 = 0.03, mean over the valid region. scikit-image's
    defaults are another window and mostly give more; these arguments agree with the authors' MATLAB code.
    Raises SrlibError when shapes differ or the image is smaller than the window.
    """
    a, b = pair(a, b, "ssim")
    if min(a.shape) < 11:
        raise SrlibError(f"ssim: the image is {a.shape}, smaller than the 11x11 window")
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}
    return float(structural_similarity(a, b, **options))
