"""SRMDNF: a plain network that is told the blur of its input, as fifteen constant maps beside the colours.

K. Zhang, W. Zuo, L. Zhang, "Learning a single convolutional super-resolution network for multiple degradations",
CVPR 2018, Figs 1 and 2, noise-free variant: 12 convolutions of 128 maps, then a pixel shuffle.
Parameters x2, x3, x4: 1,510,540; 1,527,835; 1,552,048.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv


class SRMDNF(nn.Module):
    """depth, channels: 12 and 128 in the paper; codes: numbers that describe a blur kernel, 15 in the paper.

    The fifteen numbers are the kernel's coordinates along the principal components of many kernels. `forward` takes
    them as `code`, (codes,) or (N, codes). The buffer `code`, zero to begin with, is used when none is given: a
    network trained for one blur alone can keep it there.
    """

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, depth=12, channels=128, codes=15):
        super().__init__()
        if depth < 2:
            raise SrlibError(f"srmdnf: depth is at least 2, not {depth}")
        self.scale = scale
        self.register_buffer("code", torch.zeros(codes))
        layers = [conv(3 + codes, channels), nn.ReLU()]
        for _ in range(depth - 2):
            layers += [conv(channels, channels), nn.ReLU()]
        self.model = nn.Sequential(*layers, conv(channels, 3 * scale**2), nn.PixelShuffle(scale))

    def forward(self, x, code=None):
        n, _, h, w = x.shape
        code = (self.code if code is None else code).expand(n, -1)  # (N, 15)
        maps = code[:, :, None, None].expand(-1, -1, h, w)  # (N, 15, H, W)
        return self.model(torch.cat((x, maps), 1))  # (N, 3, s H, s W)
