"""LatticeNet: two residual blocks woven like a lattice filter, with learned coefficients where their paths cross.

X. Luo et al., "LatticeNet: towards lightweight image super-resolution with lattice block", ECCV 2020, Section 3,
and the authors' code. Parameters x2, x3, x4: 756,172; 764,827; 776,944. The paper prints 756K, 765K and 777K.
"""

import torch
from torch import nn

from srlib.models.blocks import MeanShift, conv, mean, squeeze_and_excite


class CombinationCoefficient(nn.Module):
    """A number in 0..1 a map, from its mean and its standard deviation: (N, C, H, W) -> (N, C, 1, 1)."""

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.conv_mean, self.conv_std = (squeeze_and_excite(channels, reduction) for _ in range(2))

    def forward(self, x):
        deviation = (x.var((2, 3), keepdim=True) + 1e-12).sqrt()  # over n - 1, as the authors have it
        return (self.conv_mean(mean(x)) + self.conv_std(deviation)) / 2


def three_convs(channels, inside):
    widths = (channels, inside, inside, channels)
    layers = []
    for i in range(3):
        layers += [conv(widths[i], widths[i + 1]), nn.LeakyReLU(0.05)]
    return nn.Sequential(*layers)


class LatticeBlock(nn.Module):
    """(N, C, H, W) -> the same shape; `inside` maps between the convolutions."""

    def __init__(self, channels, inside):
        super().__init__()
        self.conv_block0 = three_convs(channels, inside)
        self.fea_ca1, self.x_ca1 = CombinationCoefficient(channels), CombinationCoefficient(channels)
        self.conv_block1 = three_convs(channels, inside)
        self.fea_ca2, self.x_ca2 = CombinationCoefficient(channels), CombinationCoefficient(channels)
        self.compress = conv(2 * channels, channels, 1)

    def forward(self, x):
        f = self.conv_block0(x)
        p, q = x + self.fea_ca1(f) * f, f + self.x_ca1(x) * x  # the first crossing
        g = self.conv_block1(p)
        p, q = g + self.fea_ca2(q) * q, q + self.x_ca2(g) * g  # the second
        return self.compress(torch.cat((p, q), 1))


def half(channels):
    return nn.Sequential(conv(channels, channels // 2, 1), nn.ReLU())


class LatticeNet(nn.Module):
    """blocks, channels, inside: 4, 64, 48 in the paper; rgb_range: see `blocks.MeanShift`."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=4, channels=64, inside=48, rgb_range=1.0):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1, rgb_range), MeanShift(+1, rgb_range)
        self.conv1, self.conv2 = conv(3, channels), conv(channels, channels)
        self.body = nn.ModuleList(LatticeBlock(channels, inside) for _ in range(blocks))
        self.T_tdm = nn.ModuleList(half(channels) for _ in range(blocks - 1))
        self.L_tdm = nn.ModuleList(half(channels) for _ in range(blocks - 1))
        self.tail = nn.Sequential(conv(channels, channels), conv(channels, 3 * scale**2), nn.PixelShuffle(scale))

    def forward(self, x):
        first = h = self.conv2(self.conv1(self.sub_mean(x)))  # (N, 64, H, W)
        maps = []
        for block in self.body:
            h = block(h)
            maps.append(h)
        h = maps.pop()
        for top, lower in zip(self.T_tdm, self.L_tdm, strict=True):  # backward fusion: from the last block to the first
            h = torch.cat((top(h), lower(maps.pop())), 1)  # (N, 32 + 32, H, W)
        return self.add_mean(self.tail(h + first))  # (N, 3, s H, s W)
