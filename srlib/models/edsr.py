"""EDSR: residual blocks without batch normalisation, many and wide.

B. Lim, S. Son, H. Kim, S. Nah, K. M. Lee, "Enhanced deep residual networks for single image super-resolution", CVPR
Workshops 2017, Figs 2c and 3, Table 1. Parameters x2, x3, x4:
    edsr            32 blocks, 256 maps   40,729,603; 43,680,003; 43,089,923
    edsr_baseline   16 blocks, 64 maps     1,369,859;  1,554,499;  1,517,571
"""

from torch import nn

from srlib.models.blocks import MeanShift, ResidualBlock, Upsampler, conv


class EDSR(nn.Module):
    """blocks, channels, residual_scaling: 32, 256, 0.1 in the paper; rgb_range: see `blocks.MeanShift`."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=32, channels=256, residual_scaling=0.1, rgb_range=1.0):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1, rgb_range), MeanShift(+1, rgb_range)
        self.head = conv(3, channels)
        self.body = nn.Sequential(
            *(ResidualBlock(channels, residual_scaling=residual_scaling) for _ in range(blocks)),
            conv(channels, channels),
        )
        self.tail = nn.Sequential(Upsampler(scale, channels), conv(channels, 3))

    def forward(self, x):
        h = self.head(self.sub_mean(x))  # (N, 256, H, W)
        return self.add_mean(self.tail(h + self.body(h)))  # (N, 3, s H, s W)


def edsr_baseline(scale, blocks=16, channels=64, residual_scaling=1.0, rgb_range=1.0):
    """The paper's small network, without residual scaling."""
    return EDSR(scale, blocks, channels, residual_scaling, rgb_range)
