"""RCAN: residual groups of residual blocks with channel attention.

Y. Zhang et al., "Image super-resolution using very deep residual channel attention networks", ECCV 2018, Figs 2-4:
10 groups of 20 blocks, 64 maps, attention with reduction 16. Parameters x2, x3, x4: 15,444,643; 15,629,283;
15,592,355.
"""

from torch import nn

from srlib.models.blocks import ChannelAttention, MeanShift, Upsampler, conv


class Residual(nn.Module):
    """x + body(x): of a block, of a group, and of all groups."""

    def __init__(self, *layers):
        super().__init__()
        self.body = nn.Sequential(*layers)

    def forward(self, x):
        return x + self.body(x)


def block(channels, reduction):
    """RCAB, Fig. 4: two convolutions, then attention."""
    return Residual(
        conv(channels, channels), nn.ReLU(), conv(channels, channels), ChannelAttention(channels, reduction)
    )


class RCAN(nn.Module):
    """groups, blocks, channels, reduction: 10, 20, 64, 16 in the paper; rgb_range: see `blocks.MeanShift`."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, groups=10, blocks=20, channels=64, reduction=16, rgb_range=1.0):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1, rgb_range), MeanShift(+1, rgb_range)
        self.head = conv(3, channels)
        self.body = Residual(
            *(
                Residual(*(block(channels, reduction) for _ in range(blocks)), conv(channels, channels))
                for _ in range(groups)
            ),
            conv(channels, channels),
        )
        self.tail = nn.Sequential(Upsampler(scale, channels), conv(channels, 3))

    def forward(self, x):
        h = self.body(self.head(self.sub_mean(x)))  # (N, 64, H, W)
        return self.add_mean(self.tail(h))  # (N, 3, s H, s W)
