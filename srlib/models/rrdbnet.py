"""RRDBNet, the generator of ESRGAN: dense blocks inside residuals inside residuals.

X. Wang et al., "ESRGAN: enhanced super-resolution generative adversarial networks", ECCV Workshops 2018, Figs 3 and 4,
and the authors' BasicSR code. Parameters at x4: 23 blocks 16,697,987; 16 blocks 11,662,019. Only x4 is in the paper.
"""

import torch
from torch import nn
from torch.nn import functional as F

from srlib.models.blocks import conv, steps


class DenseBlock(nn.Module):
    """Five convolutions, each sees all before it; the result is added with weight 0.2: (N, C, H, W) -> the same."""

    def __init__(self, channels, growth):
        super().__init__()
        self.convs = nn.ModuleList(conv(channels + i * growth, growth) for i in range(4))
        self.conv5 = conv(channels + 4 * growth, channels)
        self.lrelu = nn.LeakyReLU(0.2)

    def forward(self, x):
        maps = [x]
        for convolution in self.convs:
            maps.append(self.lrelu(convolution(torch.cat(maps, 1))))  # (N, 32, H, W)
        return x + 0.2 * self.conv5(torch.cat(maps, 1))


class RRDB(nn.Module):
    """Three dense blocks, added with weight 0.2 once more."""

    def __init__(self, channels, growth):
        super().__init__()
        self.rdb = nn.Sequential(*(DenseBlock(channels, growth) for _ in range(3)))

    def forward(self, x):
        return x + 0.2 * self.rdb(x)


class RRDBNet(nn.Module):
    """blocks, channels, growth: 23, 64, 32 in the paper. RGB in, RGB out."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=23, channels=64, growth=32):
        super().__init__()
        self.scale = scale
        self.conv_first = conv(3, channels)
        self.body = nn.Sequential(*(RRDB(channels, growth) for _ in range(blocks)))
        self.conv_body = conv(channels, channels)
        self.conv_up = nn.ModuleList(conv(channels, channels) for _ in steps(scale))
        self.conv_hr = conv(channels, channels)
        self.conv_last = conv(channels, 3)
        self.lrelu = nn.LeakyReLU(0.2)

    def forward(self, x):
        h = self.conv_first(x)  # (N, 64, H, W)
        h = h + self.conv_body(self.body(h))
        for s, convolution in zip(steps(self.scale), self.conv_up, strict=True):
            h = self.lrelu(convolution(F.interpolate(h, scale_factor=s, mode="nearest")))
        return self.conv_last(self.lrelu(self.conv_hr(h)))  # (N, 3, s H, s W)
