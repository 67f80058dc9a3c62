"""MemNet: recursive units and a gate that picks from everything remembered so far.

Y. Tai, J. Yang, X. Liu, C. Xu, "MemNet: a persistent memory network for image restoration", ICCV 2017, Figs 2 and 3:
M6R6, 80 layers deep. Kernels alone 676,992 = 2 * 576 + 6 * 2 * 36,864 + 57 * 4,096, where 57 = sum over
m = 1..6 of the 6 + m maps that gate m joins; with biases and without batch normalisation 678,209. The six weights of
the mean over blocks (`supervised`) come on top and are in neither figure.

The two convolutions of a memory block are used six times; that is what the published 677K says. The authors'
network file gives every recursion convolutions of its own, which would be 2.9M. Batch normalisation is not shared.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv, pre_activation


class MemoryBlock(nn.Module):
    """Block m: `recursions` uses of one residual unit, then a 1x1 gate over their outputs and the m memories."""

    def __init__(self, channels, recursions, memories, batch_norm):
        super().__init__()
        self.conv_a, self.conv_b = conv(channels, channels), conv(channels, channels)
        self.before_a = nn.ModuleList(pre_activation(channels, batch_norm) for _ in range(recursions))
        self.before_b = nn.ModuleList(pre_activation(channels, batch_norm) for _ in range(recursions))
        joined = (recursions + memories) * channels
        self.gate = nn.Sequential(pre_activation(joined, batch_norm), conv(joined, channels, 1))

    def forward(self, memories):
        h, short_term = memories[-1], []  # (N, 64, H, W)
        for before_a, before_b in zip(self.before_a, self.before_b, strict=True):
            h = h + self.conv_b(before_b(self.conv_a(before_a(h))))
            short_term.append(h)
        return self.gate(torch.cat(memories + short_term, 1))  # (N, (6 + m) 64, H, W) -> (N, 64, H, W)


class MemNet(nn.Module):
    """blocks, recursions: M and R of the paper; batch_norm: as published, or without.

    supervised   the output is the weighted mean of one image a memory block, each of them supervised in training;
                 otherwise it is the last block's image
    """

    input = "y"
    upscaled_input = True

    def __init__(self, scale, blocks=6, recursions=6, channels=64, batch_norm=True, supervised=False):
        super().__init__()
        if blocks < 1 or recursions < 1:
            raise SrlibError(f"memnet: at least one block and one recursion, not {blocks} and {recursions}")
        self.scale = scale
        self.features = nn.Sequential(pre_activation(1, batch_norm), conv(1, channels))
        self.memory = nn.ModuleList(MemoryBlock(channels, recursions, m, batch_norm) for m in range(1, blocks + 1))
        outputs = blocks if supervised else 1
        self.before_last = nn.ModuleList(pre_activation(channels, batch_norm) for _ in range(outputs))
        self.last = conv(channels, 1)  # one for all outputs
        self.output_weights = nn.Parameter(torch.full((blocks,), 1 / blocks)) if supervised else None

    def forward(self, x):
        outputs = self.every_output(x)
        if self.output_weights is None:
            return outputs[-1]  # (N, 1, H, W)
        return torch.einsum("m,mnchw->nchw", self.output_weights, torch.stack(outputs))

    def every_output(self, x):
        """The images to supervise, one a memory block or the last one alone: list of (N, 1, H, W)."""
        memories = [self.features(x)]
        for block in self.memory:
            memories.append(block(memories))
        read = memories[-len(self.before_last) :]
        return [x + self.last(before(h)) for before, h in zip(self.before_last, read, strict=True)]
