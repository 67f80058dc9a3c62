"""PAN: a gate for every pixel of every map, in the blocks and in the upsampling.

H. Zhao, X. Kong, J. He, Y. Qiao, C. Dong, "Efficient image super-resolution using pixel attention", ECCVW 2020,
Figs 2 to 4. Parameters 261,403 (x2 and x3: one enlargement), 272,419 (x4: two of them). A trunk block (SCPA) is two
1x1 40->20, three 3x3 20->20, one 1x1 20->20 with bias and one 1x1 40->40: 14,420 parameters.
"""

import torch
from torch import nn
from torch.nn.functional import interpolate, leaky_relu

from srlib.models.blocks import conv

SLOPE = 0.2


class SCPA(nn.Module):
    """Self-calibrated block with pixel attention: half of the maps plain, half gated; (N, C, H, W) -> same."""

    def __init__(self, channels):
        super().__init__()
        half = channels // 2
        self.conv1_a = conv(channels, half, 1, bias=False)
        self.conv1_b = conv(channels, half, 1, bias=False)
        self.k1 = conv(half, half, bias=False)
        self.k2 = conv(half, half, 1)
        self.k3 = conv(half, half, bias=False)
        self.k4 = conv(half, half, bias=False)
        self.conv3 = conv(2 * half, channels, 1, bias=False)

    def forward(self, x):
        a, b = (leaky_relu(half(x), SLOPE) for half in (self.conv1_a, self.conv1_b))  # (N, C/2, H, W) each
        a = leaky_relu(self.k1(a), SLOPE)
        b = leaky_relu(self.k4(self.k3(b) * torch.sigmoid(self.k2(b))), SLOPE)
        return self.conv3(torch.cat([a, b], dim=1)) + x


class Enlarge(nn.Module):
    """Nearest neighbour, then a convolution, its pixel attention and a convolution: (N, I, H, W) -> (N, O, sH, sW)."""

    def __init__(self, inputs, outputs, scale):
        super().__init__()
        self.scale = scale
        self.upconv = conv(inputs, outputs)
        self.att = conv(outputs, outputs, 1)
        self.hrconv = conv(outputs, outputs)

    def forward(self, x):
        f = self.upconv(interpolate(x, scale_factor=self.scale, mode="nearest"))
        f = leaky_relu(f * torch.sigmoid(self.att(f)), SLOPE)
        return leaky_relu(self.hrconv(f), SLOPE)


class PAN(nn.Module):
    """LR colour image in, HR colour image out: (N, 3, H, W) -> (N, 3, scale H, scale W)."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, channels=40, hr_channels=24, blocks=16):
        super().__init__()
        self.scale = scale
        self.head = conv(3, channels)
        self.trunk = nn.Sequential(*(SCPA(channels) for _ in range(blocks)))
        self.tail = conv(channels, channels)
        steps = (2, 2) if scale == 4 else (scale,)
        widths = (channels, hr_channels)  # into the first step, and into a second one
        self.enlarge = nn.Sequential(*(Enlarge(n, hr_channels, s) for n, s in zip(widths, steps, strict=False)))
        self.last = conv(hr_channels, 3)

    def forward(self, x):
        shallow = self.head(x)
        deep = shallow + self.tail(self.trunk(shallow))  # (N, 40, H, W)
        base = interpolate(x, scale_factor=self.scale, mode="bilinear", align_corners=False)
        return self.last(self.enlarge(deep)) + base
