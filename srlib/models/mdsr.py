"""MDSR: one trunk for x2, x3 and x4, with blocks before it and an upsampler behind it for each scale.

B. Lim, S. Son, H. Kim, S. Nah, K. M. Lee, "Enhanced deep residual networks for single image super-resolution", CVPR
Workshops 2017, Fig. 5 and Table 1: 80 blocks 7,953,987 parameters, 16 blocks 3,227,203, all three scales in one.
What stands before the trunk are two residual blocks with 5x5 kernels a scale, trained with the rest.
"""

from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import MeanShift, ResidualBlock, Upsampler, conv

SCALES = (2, 3, 4)


class MDSR(nn.Module):
    """`scale` says what `forward` does when it is not told; blocks, channels: 80 and 64 in the paper."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=80, channels=64, rgb_range=1.0):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1, rgb_range), MeanShift(+1, rgb_range)
        self.head = conv(3, channels)
        self.pre_process = nn.ModuleList(
            nn.Sequential(ResidualBlock(channels, 5), ResidualBlock(channels, 5)) for _ in SCALES
        )
        self.body = nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks)), conv(channels, channels))
        self.upsample = nn.ModuleList(Upsampler(s, channels) for s in SCALES)
        self.tail = conv(channels, 3)

    def forward(self, x, scale=None):
        scale = scale or self.scale
        if scale not in SCALES:
            raise SrlibError(f"mdsr enlarges by one of {SCALES}, not {scale}")
        path = SCALES.index(scale)
        h = self.pre_process[path](self.head(self.sub_mean(x)))  # (N, 64, H, W)
        h = self.upsample[path](h + self.body(h))  # (N, 64, s H, s W)
        return self.add_mean(self.tail(h))  # (N, 3, s H, s W)
