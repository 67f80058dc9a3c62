"""G-IDRN: information distillation with grouped convolutions, weighted shortcuts and a cheap look at the whole image.

Y. Wang, L. Zhao, L. Liu, W. Tao, "G-IDRN: A group-information distillation residual network for lightweight image
super-resolution", Acta Automatica Sinica 50(10), 2024, Figs 3 to 5, Eqs 1 to 10. Every convolution has a bias.
Parameters x2, x3, x4, with 33 scalars:
    gidrn    72 maps in 9 groups      553,650;   564,525;   579,750
    idrn     the same, not grouped  2,046,642; 2,057,517; 2,072,742
A G-IDB has 60,283 of them. The options put together every network of Table 1 (`srlib.studies.gidrn`) and of Table 2.
"""

import os

import torch
from torch import nn
from torch.nn import functional as F

from srlib.errors import SrlibError
from srlib.models.blocks import CCA, conv
from srlib.models.rfdn import RFDB

SLOPE = 0.05
# Points that the two pooled branches of ANRB keep -> sides of the four poolings (section 3.3(3) and Table 2).
SAMPLINGS = {50: (1, 2, 3, 6), 110: (1, 3, 6, 8), 222: (1, 6, 8, 11)}


class LSRB(nn.Module):
    """Fig. 4b, one step: (N, C, H, W) -> the 1x1 convolution, which is kept, and what goes on; both of that shape."""

    def __init__(self, channels, groups):
        super().__init__()
        self.point, self.group = conv(channels, channels, 1), conv(channels, channels, groups=groups)
        self.act = nn.LeakyReLU(SLOPE)

    def forward(self, x):
        kept = self.point(x)
        return kept, self.act(self.group(kept) + x)


class Shortcuts(nn.Module):
    """h + w_1 x_1 + ... + w_n x_n with learned scalars, on maps of one shape. `start` is what they begin as."""

    def __init__(self, start):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(start))

    def forward(self, h, *inputs):
        for w, x in zip(self.w, inputs, strict=True):
            h = h + w * x
        return h


class GIDB(nn.Module):
    """Fig. 4b: three steps, one more grouped convolution, fusion and attention, and w x; (N, C, H, W) -> the same."""

    def __init__(self, channels, groups, reduction):
        super().__init__()
        self.steps = nn.ModuleList(LSRB(channels, groups) for _ in range(3))
        self.last = conv(channels, channels, groups=groups)
        self.fuse = conv(4 * channels, channels, 1)
        self.attention = CCA(channels, reduction)
        self.skip = Shortcuts([1.0])

    def forward(self, x):
        maps, h = [], x
        for step in self.steps:
            kept, h = step(h)
            maps.append(kept)
        maps.append(self.last(h))
        return self.skip(self.attention(self.fuse(torch.cat(maps, 1))), x)


class Chain(nn.Module):
    """Blocks one after the other, with or without dense shortcuts (Fig. 3); (N, C, H, W) -> the same.

    With them the input of block j + 1 is f_j(x_j) + sum over i <= j of w_i^j x_i, where x_i is the input of block i:
    n (n + 1) / 2 learned scalars for n blocks, 6 for a G-IDRG. They start at 0, which the document does not say: a
    G-IDB has a skip of its own, and with a second one of weight 1 around each the values would double from block to
    block.
    """

    def __init__(self, blocks, shortcuts=True):
        super().__init__()
        self.blocks = nn.ModuleList(blocks)
        self.shortcuts = nn.ModuleList(Shortcuts([0.0] * (j + 1)) for j in range(len(blocks) if shortcuts else 0))

    def forward(self, x):
        return self.every_output(x)[-1]

    def every_output(self, x):
        """What each block gives, shortcuts added: a list."""
        inputs = [x]
        for j, block in enumerate(self.blocks):
            h = block(inputs[-1])
            inputs.append(self.shortcuts[j](h, *inputs) if self.shortcuts else h)
        return inputs[1:]


class GIDRG(Chain):
    """Three blocks with dense shortcuts."""


class PyramidPooling(nn.Module):
    """Means over grids of 1, 3, 6 and 8 cells a side, say, in a row: (N, C, H, W) -> (N, C, S)."""

    def __init__(self, sides):
        super().__init__()
        self.sides = sides

    def forward(self, x):
        return torch.cat([F.adaptive_avg_pool2d(x, side).flatten(2) for side in self.sides], 2)


class AllPixels(nn.Module):
    """No pooling: (N, C, H, W) -> (N, C, H W). Raises SrlibError where the memory has no room for all pairs."""

    def forward(self, x):
        pixels = x.shape[2] * x.shape[3]
        needed, free = attention_bytes(pixels, pixels, x.shape[0]), free_bytes(x.device)
        if needed > free:
            raise SrlibError(
                f"all pairs of {x.shape[2]} x {x.shape[3]} pixels need {needed / 2**30:,.0f} GiB, "
                f"{free / 2**30:,.0f} GiB are free: pool (samples=110) or cut the image into tiles"
            )
        return x.flatten(2)


def attention_bytes(pixels, samples, images=1):
    """Memory of ANRB's two matrices, pixels x samples: the products and their softmax, four bytes a number."""
    return 2 * 4 * images * pixels * samples


def free_bytes(device):
    """Memory that a new tensor can have on a device; endless on the "meta" device, which stores nothing."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "cpu" and "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return float("inf")


class ANRB(nn.Module):
    """Fig. 5, Eqs 7 to 10: every pixel looks at S means of the image; (N, C, H, W) -> the same.

    Eq. 8 prints theta_P = P(X_phi); Fig. 5 pools X_theta, as here.
    """

    def __init__(self, channels, samples=110):
        super().__init__()
        self.phi, self.theta, self.gamma = (conv(channels, 1, 1) for _ in range(3))
        self.pool = AllPixels() if samples == "all" else PyramidPooling(SAMPLINGS[samples])
        self.out = conv(1, channels, 1)

    def forward(self, x):
        phi = self.phi(x)  # (N, 1, H, W)
        theta, gamma = self.pool(self.theta(x)), self.pool(self.gamma(x))  # (N, 1, S)
        pairs = torch.matmul(phi.flatten(2).transpose(1, 2), theta)  # (N, H W, S)
        seen = torch.matmul(torch.softmax(pairs, 2), gamma.transpose(1, 2))  # (N, H W, 1)
        return x + self.out(seen.view(phi.shape))


class GIDRN(nn.Module):
    """LR colour image in, HR colour image out: (N, 3, H, W) -> (N, 3, scale H, scale W).

    channels, groups   maps, and groups of the grouped convolutions: the document's g = C/m with m = 8
    block              "gidb" or "rfdb"; `stages` groups of three of them; `reduction` is that of their attention
    dense_shortcuts    weighted shortcuts between blocks and between groups (Eq. 2); without, RFDN's fusion of all maps
    dual_path          add a 5x5 convolution of the LR image, enlarged by itself (Eqs 3, 4); without, RFDN's last
                       convolution and long skip
    anrb, samples      ANRB before the enlargement; S points 50, 110 or 222, or "all" pixels
    group_fusion       a 1x1 convolution over what the groups give: 10,440 parameters that the last row of Table 1 has
                       and the text does not mention
    """

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, channels=72, groups=9, block="gidb", stages=3, reduction=4, dense_shortcuts=True,
                 dual_path=True, anrb=True, samples=110, group_fusion=False):  # fmt: skip
        super().__init__()
        if block not in ("gidb", "rfdb"):
            raise SrlibError(f"gidrn: block is gidb or rfdb, not {block!r}")
        if block == "gidb" and channels % groups:
            raise SrlibError(f"gidrn: {channels} maps do not make {groups} equal groups")
        if samples not in (*SAMPLINGS, "all"):
            raise SrlibError(f"gidrn: samples is one of {', '.join(map(str, SAMPLINGS))} or 'all', not {samples!r}")
        self.scale = scale

        def one():
            return GIDB(channels, groups, reduction) if block == "gidb" else RFDB(channels, CCA(channels, reduction))

        self.head = conv(3, channels)
        if dense_shortcuts:
            self.body = Chain([GIDRG([one() for _ in range(3)]) for _ in range(stages)])
        else:
            self.body = Chain([one() for _ in range(3 * stages)], shortcuts=False)
        fused = len(self.body.blocks) if group_fusion or not dense_shortcuts else 0
        self.fuse = conv(fused * channels, channels, 1) if fused else None
        self.act = None if dense_shortcuts else nn.LeakyReLU(SLOPE)
        self.last = None if dual_path else conv(channels, channels)
        self.anrb = ANRB(channels, samples) if anrb else None
        self.up = nn.Sequential(conv(channels, 3 * scale**2), nn.PixelShuffle(scale))
        self.coarse = nn.Sequential(conv(3, 3 * scale**2, 5), nn.PixelShuffle(scale)) if dual_path else None

    def forward(self, x):
        first = self.head(x)  # (N, C, H, W)
        outputs = self.body.every_output(first)
        h = self.fuse(torch.cat(outputs, 1)) if self.fuse else outputs[-1]
        h = self.act(h) if self.act else h
        h = self.last(h) + first if self.last else h
        h = self.anrb(h) if self.anrb else h
        return self.up(h) + self.coarse(x) if self.coarse else self.up(h)  # (N, 3, s H, s W)


def idrn(scale, channels=72, groups=1, stages=3, samples=110):
    """The document's network without groups: whole convolutions (Table 6)."""
    return GIDRN(scale, channels, groups, stages=stages, samples=samples)
