"""DRRN: one residual unit of two convolutions, its weights used 25 times, every time added to the same first map.

Y. Tai, J. Yang, X. Liu, "Image super-resolution via deep recursive residual network", CVPR 2017, Fig. 2d: B1U25,
52 layers deep. Kernels alone 297,216 = 2 * 9 * 128 + 2 * 9 * 128^2; with biases and without batch
normalisation 297,601. Convolutions are shared between the units; each batch normalisation has statistics of its own,
as in the authors' network file. Receptive field 2 * 52 + 1 = 105 HR pixels.
"""

from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv, pre_activation


class RecursiveBlock(nn.Module):
    """(N, inputs, H, W) -> (N, channels, H, W): one convolution, then `units` times the same residual unit."""

    def __init__(self, inputs, channels, units, batch_norm):
        super().__init__()
        self.first = nn.Sequential(pre_activation(inputs, batch_norm), conv(inputs, channels))
        self.conv_a, self.conv_b = conv(channels, channels), conv(channels, channels)
        self.before_a = nn.ModuleList(pre_activation(channels, batch_norm) for _ in range(units))
        self.before_b = nn.ModuleList(pre_activation(channels, batch_norm) for _ in range(units))

    def forward(self, x):
        h0 = h = self.first(x)  # (N, 128, H, W)
        for before_a, before_b in zip(self.before_a, self.before_b, strict=True):
            h = h0 + self.conv_b(before_b(self.conv_a(before_a(h))))
        return h


class DRRN(nn.Module):
    """blocks, units: B and U of the paper; batch_norm: as published, or without."""

    input = "y"
    upscaled_input = True

    def __init__(self, scale, blocks=1, units=25, channels=128, batch_norm=True):
        super().__init__()
        if blocks < 1 or units < 1:
            raise SrlibError(f"drrn: at least one block and one unit, not {blocks} and {units}")
        self.scale = scale
        inputs = [1] + [channels] * (blocks - 1)
        self.body = nn.Sequential(*(RecursiveBlock(i, channels, units, batch_norm) for i in inputs))
        self.last = nn.Sequential(pre_activation(channels, batch_norm), conv(channels, 1))

    def forward(self, x):
        return x + self.last(self.body(x))  # (N, 1, H, W)
