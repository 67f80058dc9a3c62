"""IMDN: each block splits off a quarter of its maps three times ("distils"), and fuses the four quarters.

Z. Hui, X. Gao, Y. Yang, X. Wang, "Lightweight image super-resolution with information multi-distillation network",
ACM MM 2019, Figs 2 to 4. Parameters 694,404 (x2), 703,059 (x3), 715,176 (x4). A block is
3x3 64->64, twice 3x3 48->64, 3x3 48->16, contrast-aware channel attention and 1x1 64->64: 104,020 parameters.

IMDN-JDSR, a row in the tables of document `gidrn`, is the same network trained otherwise.
"""

import torch
from torch import nn

from srlib.models.blocks import CCA, conv

SLOPE = 0.05


class IMDB(nn.Module):
    """Information multi-distillation block: (N, C, H, W) -> same."""

    def __init__(self, channels):
        super().__init__()
        self.keep = channels // 4  # maps that each step sets aside; the rest goes on
        self.c1 = conv(channels, channels)
        self.c2 = conv(channels - self.keep, channels)
        self.c3 = conv(channels - self.keep, channels)
        self.c4 = conv(channels - self.keep, self.keep)
        self.c5 = conv(channels, channels, 1)
        self.cca = CCA(channels)
        self.act = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        distilled, f = [], x
        for step in (self.c1, self.c2, self.c3):
            kept, f = self.act(step(f)).tensor_split((self.keep,), dim=1)
            distilled.append(kept)  # (N, C/4, H, W)
        fused = torch.cat([*distilled, self.c4(f)], dim=1)  # (N, C, H, W)
        return self.c5(self.cca(fused)) + x


class IMDN(nn.Module):
    """LR colour image in, HR colour image out: (N, 3, H, W) -> (N, 3, scale H, scale W)."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, channels=64, blocks=6):
        super().__init__()
        self.scale = scale
        self.head = conv(3, channels)
        self.blocks = nn.ModuleList(IMDB(channels) for _ in range(blocks))
        self.fuse = conv(blocks * channels, channels, 1)
        self.tail = conv(channels, channels)
        self.upsampler = conv(channels, 3 * scale**2)
        self.act = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        shallow = self.head(x)
        outputs, f = [], shallow
        for block in self.blocks:
            f = block(f)
            outputs.append(f)
        fused = self.act(self.fuse(torch.cat(outputs, dim=1)))
        deep = self.tail(fused) + shallow  # (N, 64, H, W)
        return nn.functional.pixel_shuffle(self.upsampler(deep), self.scale)
