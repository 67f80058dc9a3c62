"""RED30: fifteen convolutions, fifteen mirrored deconvolutions, and a skip between every second pair.

X.-J. Mao, C. Shen, Y.-B. Yang, "Image restoration using very deep convolutional encoder-decoder networks with
symmetric skip connections", NIPS 2016, Fig. 1 and Section 3. Kernels 3x3, stride 1, nothing is pooled or shrunk.
Kernels alone: 64 maps 1,033,344 = 2 * 576 + 28 * 36,864; 128 maps 4,131,072.

Layer j of the decoder mirrors layer 16 - j of the encoder, so its output is as deep as that layer's input. These inputs
are added for layers 15, 13, ... 1: the first of them is the image itself, so the network learns the difference. The
sum is rectified except in the image, which needs no rectifier.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv


class RED30(nn.Module):
    """channels: 64 or 128 in the paper; depth: convolutions, and as many deconvolutions (an odd number)."""

    input = "y"
    upscaled_input = True

    def __init__(self, scale, channels=64, depth=15):
        super().__init__()
        if depth < 3 or depth % 2 == 0:
            raise SrlibError(f"red30: depth is odd and at least 3, not {depth}")
        self.scale = scale
        widths = [1] + [channels] * depth
        self.encoder = nn.ModuleList(conv(widths[i], widths[i + 1]) for i in range(depth))
        self.decoder = nn.ModuleList(
            nn.ConvTranspose2d(widths[i + 1], widths[i], 3, padding=1) for i in reversed(range(depth))
        )

    def forward(self, x):
        skips, h = [], x
        for convolution in self.encoder:
            skips.append(h)  # input of this layer: (N, 1 or 64, H, W)
            h = torch.relu(convolution(h))  # (N, 64, H, W)
        for j, deconvolution in enumerate(self.decoder):
            h = deconvolution(h)
            skip = skips.pop()
            if j % 2 == 0:
                h = h + skip
            if skips:  # no rectifier on the image
                h = torch.relu(h)
        return h  # (N, 1, H, W)
