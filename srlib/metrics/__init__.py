"""Image quality: PSNR, SSIM and IFC. All take float64 arrays (H, W) in 0..255, the units that papers print."""

from srlib.metrics.ifc import ifc
from srlib.metrics.psnr import psnr
from srlib.metrics.ssim import ssim

__all__ = ["ifc", "psnr", "ssim"]
