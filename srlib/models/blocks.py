"""Building blocks that several papers truly share; what one paper alone has stays in that paper's file.

`conv`, `ResidualBlock`, `Upsampler` and `MeanShift` come from EDSR (Lim et al., CVPRW 2017, Figs 2c and 3), `CCA` from
IMDN (Hui et al., ACM MM 2019, Fig. 4), `ChannelAttention` from RCAN (Zhang et al., ECCV 2018, Fig. 3).
"""

import torch
from torch import nn

from srlib.errors import SrlibError


def conv(inputs, outputs, kernel_size=3, **options):
    """A convolution that keeps the image's size: zero padding of half a (dilated) kernel."""
    padding = options.get("dilation", 1) * (kernel_size // 2)
    return nn.Conv2d(inputs, outputs, kernel_size, padding=padding, **options)


class CCA(nn.Module):
    """Contrast-aware channel attention: scales map c by a gate made of its contrast and mean, (N, C, H, W) -> same.

    Two 1x1 convolutions with biases and a ReLU between: 2 C^2/r + C/r + C parameters; C = 64, r = 16: 580.
    """

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1),
            nn.ReLU(),
            nn.Conv2d(channels // reduction, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.conv_du(contrast(x) + mean(x))  # gate: (N, C, 1, 1)


class ChannelAttention(nn.Module):
    """Squeeze and excite: scales map c by a gate made of its mean, (N, C, H, W) -> same. Counts as `CCA` does."""

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.conv_du = nn.Sequential(
            nn.Conv2d(channels, channels // reduction, 1),
            nn.ReLU(),
            nn.Conv2d(channels // reduction, channels, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.conv_du(mean(x))  # gate: (N, C, 1, 1)


def mean(x):
    """The mean of every map: (N, C, H, W) -> (N, C, 1, 1)."""
    return x.mean((2, 3), keepdim=True)


def contrast(x):
    """The standard deviation of every map (over all its pixels, not one less): (N, C, H, W) -> (N, C, 1, 1)."""
    variance = (x - mean(x)).square().mean((2, 3), keepdim=True)
    return (variance + 1e-12).sqrt()  # a flat map would otherwise have an infinite gradient
