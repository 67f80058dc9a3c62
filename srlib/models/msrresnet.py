"""MSRResNet, the plain residual network that ESRGAN's authors start from: SRResNet without batch normalisation.

X. Wang et al., "ESRGAN: enhanced super-resolution generative adversarial networks", ECCV Workshops 2018; name and
layers are those of the authors' BasicSR code: 3x3 kernels, LeakyReLU 0.1 after every enlargement, one more convolution
on the HR image, and the bilinearly enlarged image added. Parameters x2, x3, x4: 1,369,859; 1,554,499; 1,517,571.
A 128 x 128 input costs 41.552 GMAC at x4.
"""

from torch import nn
from torch.nn import functional as F

from srlib.models.blocks import ResidualBlock, conv, steps


class MSRResNet(nn.Module):
    """blocks, channels: 16 and 64. RGB in, RGB out."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=16, channels=64):
        super().__init__()
        self.scale = scale
        self.conv_first = nn.Sequential(conv(3, channels), nn.LeakyReLU(0.1))
        self.body = nn.Sequential(*(ResidualBlock(channels) for _ in range(blocks)))
        up = []
        for s in steps(scale):
            up += [conv(channels, s * s * channels), nn.PixelShuffle(s), nn.LeakyReLU(0.1)]
        self.up = nn.Sequential(*up)
        self.conv_hr = nn.Sequential(conv(channels, channels), nn.LeakyReLU(0.1))
        self.conv_last = conv(channels, 3)

    def forward(self, x):
        h = self.up(self.body(self.conv_first(x)))  # (N, 64, s H, s W)
        base = F.interpolate(x, scale_factor=self.scale, mode="bilinear", align_corners=False)
        return base + self.conv_last(self.conv_hr(h))  # (N, 3, s H, s W)
