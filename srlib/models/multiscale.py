"""The multi-scale layer: maps in n ways of falling resolution, one shared kernel inside the ways, kernels across them.

A patent, "An image super-resolution method" (document `multiscale`), claims 1 to 10 and paragraphs 0028 to 0039. Way i
holds a share of the maps at 1/2^i of the height and width. A layer C -> C costs, of a plain 3x3 one, for n = 2 ways
3/4 of the parameters and 7/16 of the multiply-accumulates, for n = 3 (adjacent ways) 5/9 and 31/144.

The patent leaves much open. Chosen here:
- down is the mean of 2x2 pixels, up repeats a pixel; between two layers a way stands at full size, repeated, in its
  share of the maps. The next layer's mean gives it back exactly, and sums and activations in between do not notice.
  So the layer takes and gives plain tensors, and any network can have it; an odd size is rounded up on the way down.
- shares that are not equal (64 maps in 3 ways: 22, 21, 21) use the first rows and columns of the shared kernel.
- each kernel has a bias of its own, if any.
"""

import copy

import torch
from torch import nn
from torch.nn import functional as F

from srlib.errors import SrlibError
from srlib.models.blocks import ResidualBlock, conv, steps
from srlib.models.separable import replace

CROSS = ("adjacent", "all")
# The two places where the patent's example may have the layer: (part of the network, "" for all of it; biases).
READINGS = {"A": ("", False), "B": ("trunk", True)}


def shares(channels, ways):
    """The maps of each way, as equal as can be, the first not fewer than the others: 64 in 3 ways is [22, 21, 21]."""
    if not 1 <= ways <= channels:
        raise SrlibError(f"multiscale: {channels} maps cannot stand in {ways!r} ways")
    return [channels // ways + (i < channels % ways) for i in range(ways)]


def down(x, times=1):
    """Means of 2x2 pixels, `times` over; at an odd border, of what is there: (N, C, H, W) -> (N, C, ~H/2, ~W/2)."""
    for _ in range(times):
        x = F.avg_pool2d(x, 2, ceil_mode=True)
    return x


def up(x, times, like):
    """Every pixel 2^times times along each axis, cut to the height and width of `like`."""
    if not times:
        return x
    return F.interpolate(x, scale_factor=2**times, mode="nearest")[..., : like.shape[2], : like.shape[3]]


def split(x, widths):
    """Plain maps (N, C, H, W) -> the ways, a list of (N, width, H / 2^i, W / 2^i)."""
    ends = [sum(widths[: i + 1]) for i in range(len(widths))]
    return [down(x[:, end - width : end], i) for i, (width, end) in enumerate(zip(widths, ends, strict=True))]


def join(ways, like):
    """The ways -> plain maps of the height and width of `like`: what `split` takes apart again."""
    return torch.cat([up(way, i, like) for i, way in enumerate(ways)], 1)


class SharedConv2d(nn.Conv2d):
    """One kernel for ways of nearly equal width: a narrower way takes its first rows and columns."""

    def forward(self, x, outputs):
        bias = None if self.bias is None else self.bias[:outputs]
        return F.conv2d(x, self.weight[:outputs, : x.shape[1]], bias, padding=self.padding)


class MultiScaleConv2d(nn.Module):
    """In place of a convolution that keeps the size: (N, in_channels, H, W) -> (N, out_channels, H, W).

    ways         n of 1 or more; 1 is the plain convolution
    cross        "adjacent": 2n - 2 kernels between neighbouring ways; "all": n (n - 1), between all pairs
    bias         one a kernel
    kernel_size  odd

    Parameters without biases, for equal shares: (1 + number of cross kernels) k^2 in_channels out_channels / n^2.
    """

    def __init__(self, in_channels, out_channels, ways=2, cross="adjacent", bias=True, kernel_size=3):
        super().__init__()
        if cross not in CROSS:
            raise SrlibError(f"multiscale: cross is one of {', '.join(CROSS)}, not {cross!r}")
        self.inputs, self.outputs = shares(in_channels, ways), shares(out_channels, ways)
        self.same = SharedConv2d(self.inputs[0], self.outputs[0], kernel_size, padding=kernel_size // 2, bias=bias)
        self.cross = nn.ModuleDict({
            f"{i + 1}to{j + 1}": conv(self.inputs[i], self.outputs[j], kernel_size, bias=bias)
            for i in range(ways) for j in range(ways)
            if i != j and (cross == "all" or abs(i - j) == 1)
        })  # fmt: skip

    def forward(self, x):
        return join(self.between(split(x, self.inputs)), x)

    def between(self, ways):
        """The layer itself, where the ways are kept apart: a list of (N, C_i, H / 2^i, W / 2^i) -> the same."""
        given = []
        for j, width in enumerate(self.outputs):
            y = self.same(ways[j], width)
            for i, way in enumerate(ways):
                if f"{i + 1}to{j + 1}" in self.cross:
                    kernel = self.cross[f"{i + 1}to{j + 1}"]
                    # down before the kernel, up behind it: either way it works on the smaller maps
                    y = y + (kernel(down(way, j - i)) if i < j else up(kernel(way), i - j, ways[j]))
            given.append(y)
        return given


class SeparatingConv2d(nn.Module):
    """The first layer: the input, shrunk i times, gives way i. As many parameters as the plain convolution."""

    def __init__(self, in_channels, out_channels, ways=2, bias=True, kernel_size=3):
        super().__init__()
        self.ways = nn.ModuleList(
            conv(in_channels, width, kernel_size, bias=bias) for width in shares(out_channels, ways)
        )

    def forward(self, x):
        return join([kernel(down(x, i)) for i, kernel in enumerate(self.ways)], x)


class FusingConv2d(nn.Module):
    """The last layer: a convolution of each way to all maps, enlarged and summed. Parameters as the plain one."""

    def __init__(self, in_channels, out_channels, ways=2, bias=True, kernel_size=3):
        super().__init__()
        self.inputs = shares(in_channels, ways)
        self.ways = nn.ModuleList(
            conv(width, out_channels, kernel_size, bias=bias and i == 0) for i, width in enumerate(self.inputs)
        )

    def forward(self, x):
        ways = zip(self.ways, split(x, self.inputs), strict=True)
        return sum(up(kernel(way), i, x) for i, (kernel, way) in enumerate(ways))


def multiscale(model, ways, cross="adjacent", part="", bias=None):
    """A copy of a network whose convolutions are in `ways` ways, with fresh weights in them; [0027].

    part   name of the part of the network to work on, such as "body"; "" is all of it
    bias   False: none; True: in each; None: where the convolution had one

    In the order in which the network holds them, the part's first convolution separates the ways and its last one
    fuses them; all between map from ways to ways. Transposed, grouped and strided convolutions stay, and those with
    fewer maps than ways. Raises SrlibError for an unknown part, and for one with fewer than two convolutions.
    """
    if cross not in CROSS or not (isinstance(ways, int) and ways >= 1):
        raise SrlibError(f"multiscale: ways is 1 or more and cross one of {', '.join(CROSS)}, not {ways!r}, {cross!r}")
    model = copy.deepcopy(model)
    try:
        place = model.get_submodule(part)
    except AttributeError:
        raise SrlibError(f"multiscale: {type(model).__name__} has no part {part!r}") from None
    found = [m for m in place.modules() if type(m) is nn.Conv2d and keeps_size(m)]
    if len(found) < 2:
        raise SrlibError(f"multiscale: {part or type(model).__name__} has no two convolutions, to separate and to fuse")
    first, last = found[0], found[-1]
    shares(min(first.out_channels, last.in_channels), ways)

    def chosen(m):
        return m in found and (m is first or m.in_channels >= ways) and (m is last or m.out_channels >= ways)

    def make(m):
        with_bias = m.bias is not None if bias is None else bias
        options = {"ways": ways, "bias": with_bias, "kernel_size": m.kernel_size[0]}
        size = m.in_channels, m.out_channels
        if m is first:
            new = SeparatingConv2d(*size, **options)
        elif m is last:
            new = FusingConv2d(*size, **options)
        else:
            new = MultiScaleConv2d(*size, cross=cross, **options)
        return new.to(m.weight.device)

    replace(place, chosen, make)
    return model


def keeps_size(convolution):
    """An ungrouped convolution with a square odd kernel, zero padding and stride 1: what the layer can stand for."""
    k, _ = convolution.kernel_size
    plain = (convolution.stride, convolution.dilation, convolution.groups) == ((1, 1), (1, 1), 1)
    padded = convolution.padding in ("same", (k // 2, k // 2)) and convolution.padding_mode == "zeros"
    return plain and padded and convolution.kernel_size == (k, k) and k % 2 == 1


class ResNet(nn.Module):
    """The plain residual network of the patent's example, "SRResNet" in print: no normalisation, 3x3 throughout.

    What [0028] and [0030] print, 1.59 M and 42.76 G for a 128 x 128 input at x4, is exactly: one convolution 3 -> 64;
    34 of 64 -> 64, which are 16 residual blocks with one in front and one behind; two enlargements 64 -> 256; one
    64 -> 64 and one 64 -> 3 on the HR image. RGB in, RGB out. Parameters at x4: 1,591,427; MACs: 42,759,880,704.
    """

    input = "rgb"
    upscaled_input = False

    def __init__(self, scale, blocks=16, channels=64):
        super().__init__()
        self.scale = scale
        self.first = conv(3, channels)
        body = [ResidualBlock(channels) for _ in range(blocks)]
        self.trunk = nn.Sequential(conv(channels, channels), *body, conv(channels, channels))
        enlarge = []
        for s in steps(scale):
            enlarge += [conv(channels, s * s * channels), nn.PixelShuffle(s), nn.ReLU()]
        self.up = nn.Sequential(*enlarge)
        self.hr = nn.Sequential(conv(channels, channels), nn.ReLU())
        self.last = conv(channels, 3)

    def forward(self, x):
        h = F.relu(self.first(x))  # (N, 64, H, W)
        return self.last(self.hr(self.up(h + self.trunk(h))))  # (N, 3, s H, s W)


def multi_scale_resnet(scale, ways=2, cross="adjacent", reading="A", blocks=16, channels=64):
    """The patent's example in n ways; `ways` 1 is the plain network.

    reading  where the layer stands: "A", in the whole network, without biases; "B", in the trunk alone, with them.
             At x4 in 2 ways A has the printed 1.19 M parameters; neither has the printed 28.98 G.
    """
    if reading not in READINGS:
        raise SrlibError(f"multiscale: reading is one of {', '.join(READINGS)}, not {reading!r}")
    base = ResNet(scale, blocks, channels)
    part, bias = READINGS[reading]
    return base if ways == 1 else multiscale(base, ways, cross, part, bias)
