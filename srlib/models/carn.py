"""CARN: residual blocks whose outputs cascade into 1x1 fusions, within a block of three and between three blocks.

N. Ahn, B. Kang, K.-A. Sohn, "Fast, accurate, and lightweight super-resolution with cascading residual network", ECCV
2018, Figs 2 and 3. Parameters with the upsamplers of all three scales 1,591,939; with one alone 964,163; 1,148,803;
1,111,875 (x2, x3, x4). The authors' two fixed colour shifts are 24 numbers more: their program says 1,591,963.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import MeanShift, conv, steps

SCALES = (2, 3, 4)


class Block(nn.Module):
    """Residual block with a ReLU after the sum: (N, C, H, W) -> the same shape."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(conv(channels, channels), nn.ReLU(), conv(channels, channels))

    def forward(self, x):
        return torch.relu(x + self.body(x))


class Cascade(nn.Module):
    """Three units, b1..b3 in the paper; after unit i a 1x1 fusion, c1..c3, of the input and all units so far."""

    def __init__(self, channels, units):
        super().__init__()
        self.b = nn.ModuleList(units)
        self.c = nn.ModuleList(
            nn.Sequential(conv(channels * (i + 2), channels, 1), nn.ReLU()) for i in range(len(units))
        )

    def forward(self, x):
        seen, out = [x], x
        for unit, fuse in zip(self.b, self.c, strict=True):
            seen.append(unit(out))
            out = fuse(torch.cat(seen, 1))  # (N, (i + 1) 64, H, W) -> (N, 64, H, W)
        return out


def upsampler(scale, channels):
    layers = []
    for s in steps(scale):
        layers += [conv(channels, s * s * channels), nn.ReLU(), nn.PixelShuffle(s)]
    return nn.Sequential(*layers)


class CARN(nn.Module):
    """multi_scale: with the upsamplers of x2, x3 and x4, as published, or of `scale` alone; channels: 64.

    `scale` says what `forward` does when it is not told.
    """

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, multi_scale=True, channels=64):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1), MeanShift(+1)
        self.entry = conv(3, channels)
        blocks = [Cascade(channels, [Block(channels) for _ in range(3)]) for _ in range(3)]
        self.body = Cascade(channels, blocks)
        scales = SCALES if multi_scale else (scale,)
        self.up = nn.ModuleDict({f"x{s}": upsampler(s, channels) for s in scales})
        self.exit = conv(channels, 3)

    def forward(self, x, scale=None):
        key = f"x{scale or self.scale}"
        if key not in self.up:
            raise SrlibError(f"this carn enlarges by {', '.join(self.up)}, not {key}")
        h = self.body(self.entry(self.sub_mean(x)))  # (N, 64, H, W)
        return self.add_mean(self.exit(self.up[key](h)))  # (N, 3, s H, s W)
