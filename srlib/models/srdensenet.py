"""SRDenseNet: dense blocks, and dense skips between the blocks.

T. Tong, G. Li, X. Liu, Q. Gao, "Image super-resolution using dense skip connections", ICCV 2017, Figs 2 and 3:
8 blocks of 8 convolutions with growth rate 16, deconvolutions with 256 maps, x4.
    variant "H"     the deconvolutions see the last block's 128 maps
    variant "HL"    ... and the low-level maps of the first convolution
    variant "All"   every block sees all blocks before it, and a 1x1 convolution brings all maps down to 256
The paper prints no count and leaves open what a layer inside a block sees; "All" at x4:
    reading "chained"   128 low-level maps; a block's first layer sees the block's input, its other layers only the
                        block's own maps, as most public implementations have it: 2,659,585
    reading "dense"     16 low-level maps; every layer sees the block's input too, as in DenseNet: 6,242,465
Only x4 is in the paper; x2 and x3 have one deconvolution of that stride.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv, steps

VARIANTS, READINGS = ("H", "HL", "All"), ("chained", "dense")


class DenseBlock(nn.Module):
    """(N, inputs, H, W) -> (N, layers * growth, H, W): the maps of all its layers."""

    def __init__(self, inputs, growth, layers, reading):
        super().__init__()
        self.sees_input = reading == "dense"
        seen = [inputs] + [growth * i + (inputs if self.sees_input else 0) for i in range(1, layers)]
        self.layers = nn.ModuleList(nn.Sequential(conv(n, growth), nn.ReLU()) for n in seen)

    def forward(self, x):
        maps = []
        for i, layer in enumerate(self.layers):
            seen = [x, *maps] if self.sees_input or i == 0 else maps
            maps.append(layer(torch.cat(seen, 1)))  # (N, 16, H, W)
        return torch.cat(maps, 1)  # (N, 128, H, W)


class SRDenseNet(nn.Module):
    """variant, reading: see above; blocks, layers, growth: 8, 8, 16 in the paper; channels of the deconvolutions."""

    input = "y"
    upscaled_input = False

    def __init__(self, scale, variant="All", reading="chained", blocks=8, layers=8, growth=16, channels=256):
        super().__init__()
        if variant not in VARIANTS or reading not in READINGS:
            raise SrlibError(f"srdensenet: variant in {VARIANTS}, reading in {READINGS}, not {variant!r}, {reading!r}")
        self.scale, self.variant = scale, variant
        width = layers * growth  # maps a block gives
        low = width if reading == "chained" else growth
        self.low = nn.Sequential(conv(1, low), nn.ReLU())
        every = variant == "All"
        inputs = [low + width * b if every else (width if b else low) for b in range(blocks)]
        self.blocks = nn.ModuleList(DenseBlock(n, growth, layers, reading) for n in inputs)
        joined = {"H": width, "HL": low + width, "All": low + width * blocks}[variant]
        self.bottleneck = nn.Sequential(conv(joined, channels, 1), nn.ReLU()) if every else nn.Identity()
        up, seen = [], channels if every else joined
        for s in steps(scale):
            up += [nn.ConvTranspose2d(seen, channels, 3, s, padding=1, output_padding=s - 1), nn.ReLU()]
            seen = channels
        self.up = nn.Sequential(*up)
        self.last = conv(channels, 1)

    def forward(self, x):
        maps = [self.low(x)]  # (N, 128, H, W)
        for block in self.blocks:
            maps.append(block(torch.cat(maps, 1) if self.variant == "All" else maps[-1]))
        joined = {"H": maps[-1:], "HL": [maps[0], maps[-1]], "All": maps}[self.variant]
        h = self.bottleneck(torch.cat(joined, 1))  # "All": (N, 1152, H, W) -> (N, 256, H, W)
        return self.last(self.up(h))  # (N, 1, s H, s W)
