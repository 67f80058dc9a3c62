"""Building blocks that several papers truly share; what one paper alone has stays in that paper's file.

`ResidualBlock`, `Upsampler` and `MeanShift` come from EDSR (Lim et al., CVPRW 2017, Fig. 2c and Section 3), `CCA` from
IMDN (Hui et al., ACM MM 2019, Section 3), `ChannelAttention` from RCAN (Zhang et al., ECCV 2018, Fig. 3),
`pre_activation` from DRRN and MemNet (Tai et al., CVPR and ICCV 2017; after He et al., ECCV 2016).
"""

import torch
from torch import nn
from torch.nn import functional as F


def conv(inputs, outputs, kernel_size=3, **options):
    """A convolution with an odd kernel and zero padding that keeps the image's size."""
    return nn.Conv2d(inputs, outputs, kernel_size, padding=kernel_size // 2, **options)


def steps(scale):
    """The enlargements that most networks make one after the other: 2 -> (2,), 3 -> (3,), 4 -> (2, 2)."""
    return (2, 2) if scale == 4 else (scale,)


class MeanShift(nn.Module):
    """Takes the mean colour of DIV2K away (sign -1) or puts it back (+1); constants, not parameters.

    rgb_range   the authors' networks of this family work on 0..255: give 255 to run their weights on images in 0..1
    """

    def __init__(self, sign, rgb_range=1.0):
        super().__init__()
        self.sign, self.rgb_range = sign, rgb_range
        self.register_buffer("mean", torch.tensor([0.4488, 0.4371, 0.4040]).view(1, 3, 1, 1), persistent=False)

    def forward(self, x):
        return (x - self.mean) * self.rgb_range if self.sign < 0 else x / self.rgb_range + self.mean


class ResidualBlock(nn.Module):
    """x + residual_scaling * conv(ReLU(conv(x))), no batch normalisation: 18 C^2 + 2 C parameters at 3x3."""

    def __init__(self, channels, kernel_size=3, residual_scaling=1.0):
        super().__init__()
        self.residual_scaling = residual_scaling
        self.body = nn.Sequential(
            conv(channels, channels, kernel_size), nn.ReLU(), conv(channels, channels, kernel_size)
        )

    def forward(self, x):
        return x + self.residual_scaling * self.body(x)  # (N, C, H, W)


class Upsampler(nn.Sequential):
    """Sub-pixel enlargement: a 3x3 convolution C -> s^2 C and a pixel shuffle; x4 is x2 twice."""

    def __init__(self, scale, channels):
        layers = []
        for s in steps(scale):
            layers += [conv(channels, s * s * channels), nn.PixelShuffle(s)]  # (N, C, s H, s W)
        super().__init__(*layers)


def pre_activation(channels, batch_norm=True):
    """What stands before a convolution in a pre-activated network: batch normalisation (or not), then ReLU."""
    return nn.Sequential(nn.BatchNorm2d(channels), nn.ReLU()) if batch_norm else nn.Sequential(nn.ReLU())


def bicubic(x, factor):
    """MATLAB's bicubic imresize inside a network: (N, C, H, W) -> (N, C, factor H, factor W), with gradients.

    factor is 2, 3, 4 or 0.75. torch's own kernel with a = -0.5 stops at the border, where MATLAB mirrors the image:
    so four mirrored pixels are laid around it, and what they give is cut off.
    """
    for axis in (2, 3):
        size = x.shape[axis]
        around = torch.arange(-4, size + 4, device=x.device) % (2 * size)
        x = x.index_select(axis, torch.where(around < size, around, 2 * size - 1 - around))
    y = F.interpolate(x, scale_factor=factor, mode="bicubic", antialias=True, align_corners=False)
    cut = int(4 * factor)
    return y[..., cut:-cut, cut:-cut]


def squeeze_and_excite(channels, reduction):
    """From one number a map to a gate in 0..1 a map, through channels / reduction: (N, C, 1, 1) -> same."""
    return nn.Sequential(
        nn.Conv2d(channels, channels // reduction, 1),
        nn.ReLU(),
        nn.Conv2d(channels // reduction, channels, 1),
        nn.Sigmoid(),
    )


class CCA(nn.Module):
    """Contrast-aware channel attention: scales map c by a gate made of its contrast and mean, (N, C, H, W) -> same.

    Two 1x1 convolutions with biases and a ReLU between: 2 C^2/r + C/r + C parameters; C = 64, r = 16: 580.
    """

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.conv_du = squeeze_and_excite(channels, reduction)

    def forward(self, x):
        return x * self.conv_du(contrast(x) + mean(x))  # gate: (N, C, 1, 1)


class ChannelAttention(nn.Module):
    """Squeeze and excite: scales map c by a gate made of its mean, (N, C, H, W) -> same. Counts as `CCA` does."""

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.conv_du = squeeze_and_excite(channels, reduction)

    def forward(self, x):
        return x * self.conv_du(mean(x))  # gate: (N, C, 1, 1)


def mean(x):
    """The mean of every map: (N, C, H, W) -> (N, C, 1, 1)."""
    return x.mean((2, 3), keepdim=True)


def contrast(x):
    """The standard deviation of every map (over all its pixels, not one less): (N, C, H, W) -> (N, C, 1, 1)."""
    variance = (x - mean(x)).square().mean((2, 3), keepdim=True)
    return (variance + 1e-12).sqrt()  # a flat map would otherwise have an infinite gradient
