"""Enlarge whole pictures: in tiles, so that memory stays bounded, and without seams.

A tile is run with a rim around it as wide as the network can see, and what the rim gives is dropped. A network that
also takes the mean or the contrast of the whole picture (channel attention) gets those of the whole picture in every
tile: `settle` measures them first, which takes a few passes more. Seams may remain in networks that see further than
RIM_LIMIT, from where little comes, and in those that use the whole picture otherwise than by `blocks.CCA` and
`blocks.ChannelAttention` (LatticeNet's coefficients, ESA's pooling, non-local blocks).
"""

import math
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.evaluation import self_ensemble, super_resolve
from srlib.models.blocks import CCA, ChannelAttention
from srlib.resize import imresize

TILE = 320  # LR pixels a side, at most; a smaller picture is not cut
RIM_LIMIT = 64
GRID = 8  # LR pixels: networks that halve their maps, once to three times, do so on a grid that begins at the corner
CUBIC = 3  # LR pixels a side that a bicubic enlargement reads
SETTLED = 3e-3  # change of a channel's gate, which lies between 0 and 1: a few hundredths of a grey level


@dataclass(frozen=True)
class Span:
    """One piece of an axis, in LR pixels: `keep` of the picture is kept, `read` of it is read (with the rims)."""

    keep: slice
    read: slice

    @property
    def inside(self):
        """Where `keep` lies in `read`."""
        return slice(self.keep.start - self.read.start, self.keep.stop - self.read.start)


def spans(size, tile, rim):
    """Cut an axis of `size` pixels into equal pieces of at most `tile`; each reads `rim` more around it, on GRID."""
    count = math.ceil(size / tile)
    edges = [size * i // count for i in range(count + 1)]
    return [Span(slice(a, b), slice(max(0, a - rim) // GRID * GRID, min(size, b + rim))) for a, b in pairwise(edges)]


def upscale_image(model, pixels, *, tile=TILE, ensemble=False, progress=list):
    """Enlarge a uint8 picture, (H, W) or (H, W, 3), with a network; chroma of a luma network goes bicubic.

    tile       LR pixels a side that are run at once, without the rim: fewer need less memory and more time
    ensemble   average over the eight ways to turn and mirror the picture: eight times the work
    progress   wraps the list of tiles of each pass, e.g. in a tqdm bar

    Raises SrlibError when the network's output is not finite.
    """
    if pixels.ndim == 2 and model.input == "rgb":
        grey = np.stack([pixels] * 3, axis=-1)
        return upscale_image(model, grey, tile=tile, ensemble=ensemble, progress=progress)[..., 0]

    def run(picture):
        return enlarge(model, picture, tile, progress)

    return _finished(self_ensemble(run, pixels) if ensemble else run(pixels), pixels, model)


def enlarge(model, pixels, tile=TILE, progress=list):
    """The network's output for a uint8 picture as float32, (scale H, scale W[, 3]) in 0..1, made tile by tile."""
    reach, gates = survey(model)
    rows, columns = (spans(size, tile, min(reach, RIM_LIMIT)) for size in pixels.shape[:2])
    tiles = [(row, column) for row in rows for column in columns]
    out = None
    with ExitStack() as fixed:
        if gates and len(tiles) > 1:
            for gate, value in settle(model, gates, pixels, tiles, progress).items():
                fixed.enter_context(_fix(gate, value))
        for tile in progress(tiles):
            result = super_resolve(model, network_input(model, pixels, tile))
            if not np.isfinite(result).all():
                raise SrlibError("the network's output is not finite")
            if out is None:
                shape = [size * model.scale for size in pixels.shape[:2]]
                out = np.empty((*shape, *result.shape[2:]), np.float32)
            inside, keep = ([_scaled(getattr(s, part), model.scale) for s in tile] for part in ("inside", "keep"))
            out[*keep] = result[*inside]
    return out


def network_input(model, pixels, tile):
    """What the network sees of a tile: float64 in 0..1, luma alone when that is what it takes."""
    part = pixels[tile[0].read, tile[1].read]
    return (rgb_to_ycbcr(part)[..., 0] if part.ndim == 3 and model.input == "y" else part) / 255


def _scaled(part, scale):
    return slice(part.start * scale, part.stop * scale)


@torch.inference_mode()
def survey(model):
    """How far the network can see, in LR pixels, and its channel attentions in the order in which they run.

    Half of every kernel on the way is added up, whatever the resolution: never too little, but for strided layers.
    """
    reach, gates, hooks = 0, [], []

    def count(module, *_):
        nonlocal reach
        reach += max(k // 2 * d for k, d in zip(module.kernel_size, module.dilation, strict=True))

    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            hooks.append(module.register_forward_hook(count))
        elif isinstance(module, (CCA, ChannelAttention)):
            hooks.append(module.register_forward_hook(lambda gate, *_: gates.append(gate)))
    super_resolve(model, np.zeros((32, 32, 3) if model.input == "rgb" else (32, 32)))
    for hook in hooks:
        hook.remove()
    return math.ceil(reach / (model.scale if model.upscaled_input else 1)) + CUBIC, list(dict.fromkeys(gates))


def settle(model, gates, pixels, tiles, progress=list):
    """The statistics of the whole picture that each channel attention should see: {gate: (1, C, 1, 1)}.

    They depend on the gates before, so tiles are run, each with its own statistics at first, then with those of the
    pass before, until no gate changes by more than SETTLED. After n passes the first n gates are exact.
    """
    values = {}
    for _ in range(len(gates) + 1):
        totals = {gate: [0.0, 0.0, 0] for gate in gates}
        with ExitStack() as hooks:
            for gate, value in values.items():
                hooks.enter_context(_fix(gate, value))
            current = []  # the tile that is being run
            for gate in gates:
                hooks.enter_context(gate.register_forward_pre_hook(_adding(totals, current)))
            for tile in progress(tiles):
                current[:] = tile
                super_resolve(model, network_input(model, pixels, tile))
        before, values = values, {gate: _statistics(gate, *totals[gate]) for gate in gates}
        if before and max(_change(gate, before[gate], values[gate]) for gate in gates) < SETTLED:
            break
    return values


def _adding(totals, tile):
    """A hook that adds a tile's own part of a channel attention's input to its totals: sum, sum of squares, count."""

    def add(gate, inputs):
        x, total = inputs[0], totals[gate]
        finer = x.shape[2] // (tile[0].read.stop - tile[0].read.start)  # maps may be larger than the LR image
        x = x[..., _scaled(tile[0].inside, finer), _scaled(tile[1].inside, finer)].double()
        total[0] += x.sum((0, 2, 3))
        total[1] += x.square().sum((0, 2, 3))
        total[2] += x[0, 0].numel()

    return add


def _statistics(gate, first, second, count):
    mean = first / count
    value = mean + (second / count - mean**2).clamp(min=0).sqrt() if isinstance(gate, CCA) else mean
    return value.to(next(gate.parameters()))[None, :, None, None]


@torch.inference_mode()
def _change(gate, before, after):
    return (gate.conv_du(before) - gate.conv_du(after)).abs().max().item()


def _fix(gate, value):
    """Make a channel attention see `value` as its statistics, until the handle is closed."""
    return gate.conv_du.register_forward_pre_hook(lambda *_: (value,))


def _finished(out, pixels, model):
    """The uint8 picture of a network's output; for a luma network with the chroma of `pixels`, in strips of rows."""
    finished = np.empty((*out.shape[:2], *pixels.shape[2:]), np.uint8)
    for row in spans(len(pixels), 64, CUBIC):
        keep = _scaled(row.keep, model.scale)
        strip = out[keep] * 255.0
        if strip.ndim < pixels.ndim:
            chroma = imresize(rgb_to_ycbcr(pixels[row.read])[..., 1:], model.scale)[_scaled(row.inside, model.scale)]
            strip = ycbcr_to_rgb(np.concatenate([strip[..., None], chroma], axis=-1))
        finished[keep] = np.floor(strip + 0.5).clip(0, 255)
    return finished


# ITU-R BT.601, studio range, as MATLAB's rgb2ycbcr: rows Y, Cb, Cr of R, G, B in 0..255.
YCBCR = np.array([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]]) / 255
YCBCR_OFFSET = np.array([16.0, 128.0, 128.0])


def rgb_to_ycbcr(rgb):
    return rgb @ YCBCR.T + YCBCR_OFFSET


def ycbcr_to_rgb(ycbcr):
    return (ycbcr - YCBCR_OFFSET) @ np.linalg.inv(YCBCR).T
