"""ESPCN: three convolutions on the LR image; the last one makes the s^2 pixels of every HR block at once.

W. Shi et al., "Real-time single image and video super-resolution using an efficient sub-pixel convolutional neural
network", CVPR 2016, Fig. 1 and Eqs 1-4: 5x5 1 -> 64, 3x3 64 -> 32, 3x3 32 -> s^2, tanh between them.
Parameters x2, x3, x4: 21,284; 22,729; 24,752.
"""

from torch import nn

from srlib.models.blocks import conv


class ESPCN(nn.Sequential):
    """LR luma in, HR luma out."""

    input = "y"
    upscaled_input = False

    def __init__(self, scale):
        super().__init__(
            conv(1, 64, 5),  # (N, 64, H, W)
            nn.Tanh(),
            conv(64, 32),  # (N, 32, H, W)
            nn.Tanh(),
            conv(32, scale**2),  # (N, s^2, H, W)
            nn.PixelShuffle(scale),  # (N, 1, s H, s W)
        )
        self.scale = scale
