"""SMSR: learns where, and in which channels, an image needs work, and skips the rest.

L. Wang et al., "Exploring sparsity in image super-resolution for efficient inference", CVPR 2021, Section 4,
and the authors' code. Parameters x2, x3, x4 without the 2,560 channel-mask numbers: 984,746; 993,401; 1,005,518.

In training the masks are soft (Gumbel softmax), so that they can learn. Otherwise they are 0 or 1, and this file
multiplies by them: the same image as a program that leaves the masked pixels out, and no time saved.
"""

import torch
from torch import nn
from torch.nn import functional as F

from srlib.models.blocks import ChannelAttention, MeanShift, conv

CHANNELS, LAYERS = 64, 4


class SparseMaskModule(nn.Module):
    """(N, 64, H, W) -> the same shape, and the share of the work done, (N, 64, H, W, layers) in 0..1."""

    def __init__(self):
        super().__init__()
        self.temperature = 1.0  # of the soft masks; the authors lower it in the course of training
        self.spa_mask = nn.Sequential(
            conv(CHANNELS, CHANNELS // 4),
            nn.ReLU(),
            nn.AvgPool2d(2, ceil_mode=True),  # an odd side keeps its last pixel
            conv(CHANNELS // 4, CHANNELS // 4),
            nn.ReLU(),
            nn.ConvTranspose2d(CHANNELS // 4, 2, 3, 2, padding=1, output_padding=1),
        )
        self.ch_mask = nn.Parameter(torch.rand(1, CHANNELS, LAYERS, 2))  # logits: (dense, sparse)
        self.body = nn.ModuleList(conv(CHANNELS, CHANNELS, bias=False) for _ in range(LAYERS))
        self.collect = conv(CHANNELS * LAYERS, CHANNELS, 1)
        self.ca = ChannelAttention(CHANNELS)

    def masks(self, x):
        """Space (N, 1, H, W), 1 where there is work; channels dense and sparse, (1, 64, layers) each."""
        space = self.spa_mask(x)[..., : x.shape[2], : x.shape[3]]  # logits (N, 2, H, W): (skip, work)
        if self.training:
            space = F.gumbel_softmax(space, self.temperature, dim=1)[:, 1:]
            dense, sparse = F.gumbel_softmax(self.ch_mask, self.temperature, dim=3).unbind(3)
        else:
            space = (space[:, 1:] > space[:, :1]).to(x.dtype)
            sparse = (self.ch_mask[..., 1] > self.ch_mask[..., 0]).to(x.dtype)
            dense = 1 - sparse
        return space, dense, sparse

    def forward(self, x):
        space, dense, sparse = self.masks(x)
        h, maps, work = x, [], []
        for i, convolution in enumerate(self.body):
            d, s = dense[:, :, i, None, None], sparse[:, :, i, None, None]  # (1, 64, 1, 1)
            work.append(d + s * space)  # (N, 64, H, W): a dense channel everywhere, a sparse one where needed
            if i == 0:
                h = convolution(h) * work[0]
            else:  # what a sparse channel gives is used where there is work alone, also by a dense channel
                before_d, before_s = dense[:, :, i - 1, None, None], sparse[:, :, i - 1, None, None]
                h = convolution(h * before_d) * work[i] + convolution(h * before_s) * (d + s) * space
            h = torch.relu(h)
            maps.append(h)
        return x + self.ca(self.collect(torch.cat(maps, 1))), torch.stack(work, -1)


class SMSR(nn.Module):
    """modules: 5 in the paper; rgb_range: see `blocks.MeanShift`."""

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, modules=5, rgb_range=1.0):
        super().__init__()
        self.scale = scale
        self.sub_mean, self.add_mean = MeanShift(-1, rgb_range), MeanShift(+1, rgb_range)
        self.head = nn.Sequential(conv(3, CHANNELS), nn.ReLU(), conv(CHANNELS, CHANNELS))
        self.body = nn.ModuleList(SparseMaskModule() for _ in range(modules))
        self.collect = nn.Sequential(conv(CHANNELS * modules, CHANNELS, 1), nn.ReLU(), conv(CHANNELS, CHANNELS))
        self.tail = nn.Sequential(conv(CHANNELS, 3 * scale**2), nn.PixelShuffle(scale))

    def forward(self, x):
        return self.with_work(x)[0]  # (N, 3, s H, s W)

    def with_work(self, x):
        """The image, and the mean share of the work done, a scalar in 0..1 that the sparsity loss lowers."""
        x = self.sub_mean(x)
        start = h = self.head(x)  # (N, 64, H, W)
        maps, work = [], []
        for module in self.body:
            h, done = module(h)
            maps.append(h)
            work.append(done.mean())
        h = start + self.collect(torch.cat(maps, 1))
        base = F.interpolate(x, scale_factor=self.scale, mode="bicubic", align_corners=False)
        return self.add_mean(self.tail(h) + base), torch.stack(work).mean()
