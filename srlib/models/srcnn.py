"""SRCNN: three convolutions on the bicubically enlarged image.

C. Dong, C. C. Loy, K. He, X. Tang, "Image super-resolution using deep convolutional networks", IEEE TPAMI 38(2),
2016, Fig. 2. Parameters with biases: 9-1-5 8,129; 9-3-5 24,513; 9-5-5 57,281.
"""

from torch import nn

from srlib.errors import SrlibError


class SRCNN(nn.Sequential):
    """f1-f2-f3 kernels, 64 and 32 maps: "9-1-5", "9-3-5" or "9-5-5".

    padding   "zeros" keeps the size as training frameworks do; the authors' weights want "replicate"
    """

    input = "y"
    upscaled_input = True

    def __init__(self, scale, kernels="9-1-5", padding="zeros"):
        if kernels not in ("9-1-5", "9-3-5", "9-5-5") or padding not in ("zeros", "replicate"):
            raise SrlibError(
                f"srcnn: kernels 9-1-5, 9-3-5 or 9-5-5 and padding zeros or replicate, not {kernels}, {padding}"
            )
        f1, f2, f3 = map(int, kernels.split("-"))
        options = {"padding": "same", "padding_mode": padding}
        super().__init__(
            nn.Conv2d(1, 64, f1, **options),  # (N, 64, H, W): patch extraction, H and W already enlarged
            nn.ReLU(),
            nn.Conv2d(64, 32, f2, **options),  # (N, 32, H, W): non-linear mapping
            nn.ReLU(),
            nn.Conv2d(32, 1, f3, **options),  # (N, 1, H, W): reconstruction
        )
        self.scale = scale
