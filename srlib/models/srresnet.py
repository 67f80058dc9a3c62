"""SRResNet, the generator of SRGAN: sixteen residual blocks with batch normalisation, then sub-pixel enlargement.

C. Ledig et al., "Photo-realistic single image super-resolution using a generative adversarial network", CVPR 2017,
Fig. 4 (top). Parameters at x4, with one slope a PReLU: 1,549,462. Only x4 is in the paper.
The second convolution of a block has batch normalisation and no PReLU.
"""

from torch import nn

from srlib.models.blocks import conv, steps


class Block(nn.Module):
    """(N, C, H, W) -> the same shape: 18 C^2 + 6 C + 1 parameters."""

    def __init__(self, channels):
        super().__init__()
        self.body = nn.Sequential(
            conv(channels, channels),
            nn.BatchNorm2d(channels),
            nn.PReLU(),
            conv(channels, channels),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x):
        return x + self.body(x)


class SRResNet(nn.Module):
    """blocks, channels: 16 and 64 in the paper. RGB in, RGB out."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=16, channels=64):
        super().__init__()
        self.scale = scale
        self.first = nn.Sequential(conv(3, channels, 9), nn.PReLU())
        self.blocks = nn.Sequential(*(Block(channels) for _ in range(blocks)))
        self.middle = nn.Sequential(conv(channels, channels), nn.BatchNorm2d(channels))
        up = []
        for s in steps(scale):
            up += [conv(channels, s * s * channels), nn.PixelShuffle(s), nn.PReLU()]
        self.up = nn.Sequential(*up)
        self.last = conv(channels, 3, 9)

    def forward(self, x):
        h = self.first(x)  # (N, 64, H, W)
        h = h + self.middle(self.blocks(h))
        return self.last(self.up(h))  # (N, 3, s H, s W)
