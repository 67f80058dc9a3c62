"""DRCN: one convolution applied sixteen times, an image read out after every time, and their weighted mean.

J. Kim, J. K. Lee, K. M. Lee, "Deeply-recursive convolutional network for image super-resolution", CVPR 2016, Figs 1
to 3. Kernels alone 1,774,080 = 2 * 9 * 256 + 3 * 9 * 256^2; with biases and the 16 output weights 1,775,121.
Receptive field 41 x 41 HR pixels.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv


class DRCN(nn.Module):
    """recursions: how often the shared convolution is applied; channels: maps of every layer."""

    input = "y"
    upscaled_input = True

    def __init__(self, scale, recursions=16, channels=256):
        super().__init__()
        if recursions < 1:
            raise SrlibError(f"drcn: at least one recursion, not {recursions}")
        self.scale, self.recursions = scale, recursions
        self.embedding = nn.Sequential(conv(1, channels), nn.ReLU(), conv(channels, channels), nn.ReLU())
        self.inference = nn.Sequential(conv(channels, channels), nn.ReLU())  # the same one every time
        self.reconstruction = nn.Sequential(conv(channels, channels), nn.ReLU(), conv(channels, 1))
        self.output_weights = nn.Parameter(torch.full((recursions,), 1 / recursions))

    def forward(self, x):
        outputs = torch.stack(self.every_output(x))  # (16, N, 1, H, W)
        return torch.einsum("r,rnchw->nchw", self.output_weights, outputs)  # (N, 1, H, W)

    def every_output(self, x):
        """The image after every recursion, for recursive supervision: list of (N, 1, H, W)."""
        h, outputs = self.embedding(x), []  # (N, 256, H, W)
        for _ in range(self.recursions):
            h = self.inference(h)
            outputs.append(x + self.reconstruction(h))  # the skip connection of Fig. 3(a)
        return outputs
