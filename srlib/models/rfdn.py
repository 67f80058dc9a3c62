"""RFDN: residual feature distillation; every step keeps a 1x1 view of its input and passes a residual 3x3 on.

J. Liu, J. Tang, G. Wu, "Residual feature distillation network for lightweight image super-resolution", ECCV Workshops
2020, Figs 2d and 3, and the authors' code. Parameters x2, x3, x4:
    rfdn     48 maps, CCA with reduction 4   534,036; 540,531; 549,624
    rfdn_l   52 maps, CCA with reduction 4   625,962; 632,997; 642,846
    the winner of AIM 2020: 50 maps, 4 blocks, ESA, x4: 433,448
The paper describes ESA; the figures that it prints (534K, 626K) are those of CCA.
"""

import torch
from torch import nn
from torch.nn import functional as F

from srlib.errors import SrlibError
from srlib.models.blocks import CCA, conv


class ESA(nn.Module):
    """Enhanced spatial attention (Liu et al., RFANet, CVPR 2020): every pixel gets a gate, made from a shrunk view.

    (N, C, H, W) -> the same shape, at least 3 x 3 pixels. The pooling window is 7 pixels, or what a smaller image has.
    """

    def __init__(self, channels):
        super().__init__()
        f = channels // 4
        self.conv1, self.conv_f = conv(channels, f, 1), conv(f, f, 1)
        self.conv2 = nn.Conv2d(f, f, 3, stride=2)
        self.conv_max, self.conv3, self.conv3_ = conv(f, f), conv(f, f), conv(f, f)
        self.conv4 = conv(f, channels, 1)
        self.relu = nn.ReLU()

    def forward(self, x):
        if min(x.shape[2:]) < 3:
            raise SrlibError("rfdn: with attention esa an image has 3 pixels a side or more")
        narrow = self.conv1(x)  # (N, C/4, H, W)
        seen = self.conv2(narrow)  # (N, C/4, H/2, W/2)
        seen = F.max_pool2d(seen, [min(7, side) for side in seen.shape[2:]], stride=3)  # (N, C/4, H/6, W/6)
        seen = self.conv3_(self.relu(self.conv3(self.relu(self.conv_max(seen)))))
        seen = F.interpolate(seen, x.shape[2:], mode="bilinear", align_corners=False)
        return x * torch.sigmoid(self.conv4(seen + self.conv_f(narrow)))


class RFDB(nn.Module):
    """Fig. 2d: (N, C, H, W) -> the same shape."""

    def __init__(self, channels, attention):
        super().__init__()
        half = channels // 2
        self.c1_d, self.c1_r = conv(channels, half, 1), conv(channels, channels)
        self.c2_d, self.c2_r = conv(channels, half, 1), conv(channels, channels)
        self.c3_d, self.c3_r = conv(channels, half, 1), conv(channels, channels)
        self.c4 = conv(channels, half)
        self.act = nn.LeakyReLU(0.05)
        self.c5 = conv(4 * half, channels, 1)
        self.attention = attention

    def forward(self, x):
        distilled = []
        for view, convolution in ((self.c1_d, self.c1_r), (self.c2_d, self.c2_r), (self.c3_d, self.c3_r)):
            distilled.append(self.act(view(x)))  # (N, C/2, H, W)
            x = self.act(x + convolution(x))  # (N, C, H, W)
        distilled.append(self.act(self.c4(x)))
        return self.attention(self.c5(torch.cat(distilled, 1)))


class RFDN(nn.Module):
    """channels, blocks: 48 and 6; attention: "cca" with `reduction`, or "esa" (which has none)."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, channels=48, blocks=6, attention="cca", reduction=4):
        super().__init__()
        if attention not in ("cca", "esa"):
            raise SrlibError(f"rfdn: attention is cca or esa, not {attention!r}")
        self.scale = scale
        self.fea_conv = conv(3, channels)
        self.B = nn.ModuleList(
            RFDB(channels, CCA(channels, reduction) if attention == "cca" else ESA(channels)) for _ in range(blocks)
        )
        self.c = nn.Sequential(conv(channels * blocks, channels, 1), nn.LeakyReLU(0.05))
        self.LR_conv = conv(channels, channels)
        self.upsampler = nn.Sequential(conv(channels, 3 * scale**2), nn.PixelShuffle(scale))

    def forward(self, x):
        first = h = self.fea_conv(x)  # (N, 48, H, W)
        maps = []
        for block in self.B:
            h = block(h)
            maps.append(h)
        h = self.LR_conv(self.c(torch.cat(maps, 1))) + first  # (N, 288, H, W) -> (N, 48, H, W)
        return self.upsampler(h)  # (N, 3, s H, s W)


def rfdn_l(scale, channels=52, blocks=6, attention="cca", reduction=4):
    """RFDN-L, the paper's larger network."""
    return RFDN(scale, channels, blocks, attention, reduction)
