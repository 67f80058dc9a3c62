"""Training patches as tensors: cut once, kept whole on the device, sampled by index.

No patch is ever copied out beforehand. The set is two long rows of pixels a channel (LR as float32, HR as uint8) and,
for each patch, where it begins; a batch is one gather.
"""

from functools import cached_property
from itertools import product

import numpy as np
import torch
from torch.nn.functional import interpolate

from srlib import datasets, images
from srlib.errors import SrlibError
from srlib.resize import imresize

# Of the eight symmetries that `gather` numbers, those that mirror nothing: 0, 1, 2, 3 quarter turns clockwise.
ROTATIONS = (0, 6, 3, 5)


class Patches:
    """All `patch` x `patch` LR patches of a data set, every `stride` LR pixels, with their HR counterparts.

    dataset   a name of srlib.datasets
    scale     enlargement, so an HR patch has scale * patch pixels a side
    device    where the tensors live
    colour    "y": luma, LR not rounded (protocol y8); "rgb": LR rounded to uint8 (protocol rgb)
    enlarged  what goes in is the LR image enlarged by bicubic interpolation, as some networks want it
    shrunk    every picture enters shrunk by each of these factors in (0, 1], as an HR image of its own
    scales    the pictures are degraded at each of these scales, and all patches have the size of those at `scale`

    The LR image is the HR image shrunk by MATLAB's imresize. Raises SrlibError when a shrunk picture is smaller than a
    patch, when no picture holds one, and for `scales` without `enlarged`: LR patches of one HR size would differ.
    """

    def __init__(
        self, dataset, scale, patch, stride, device="cpu", *, colour="y", enlarged=False, shrunk=(1.0,), scales=()
    ):
        if scales and not enlarged:
            raise SrlibError("scales: only a network that takes the enlarged image can be trained at several at once")
        self.scale, self.patch = scale, patch
        self.zoom = scale if enlarged else 1  # pixels of the input for an LR pixel, along a side
        low, high, starts = [], [], []
        low_offset = high_offset = 0
        for image, factor, own_scale in product(datasets.load(dataset), shrunk, scales or (scale,)):
            lr, hr = pair(shrink(image.pixels, factor), own_scale, colour)  # (C, h, w) and (C, s h, s w)
            if enlarged:
                lr = np.stack([imresize(plane, own_scale) for plane in lr])  # (C, s h, s w)
            height, width = hr.shape[1:]
            rows = np.arange(0, height - scale * patch + 1, scale * stride)[:, None]  # of HR pixels
            columns = np.arange(0, width - scale * patch + 1, scale * stride)
            if factor < 1 and not rows.size * columns.size:
                side = scale * patch
                raise SrlibError(f"{dataset}: {image.name} shrunk by {factor:g} holds no patch of {side}x{side} pixels")
            high_start = high_offset + rows * width + columns  # of each patch of this image
            low_start = low_offset + self.to_input(rows) * self.to_input(width) + self.to_input(columns)
            widths = np.full(low_start.size, width)
            starts.append(np.stack([low_start.ravel(), high_start.ravel(), widths], axis=1))
            low.append(lr.reshape(len(lr), -1).astype(np.float32))
            high.append(hr.reshape(len(hr), -1))
            low_offset, high_offset = low_offset + low[-1].shape[1], high_offset + high[-1].shape[1]
        self.low = torch.from_numpy(np.concatenate(low, axis=1)).to(device)  # (C, pixels of all images)
        self.high = torch.from_numpy(np.concatenate(high, axis=1)).to(device)
        self.starts = torch.from_numpy(np.concatenate(starts)).to(device)
        if not len(self):
            raise SrlibError(f"{dataset}: no image holds a patch of {patch}x{patch} LR pixels at scale {scale}")

    def __len__(self):
        return len(self.starts)

    def to_input(self, pixels):
        """HR pixels as pixels of what goes in; they begin at a whole one."""
        return pixels * self.zoom // self.scale

    def batch(self, indices, symmetries=None):
        """The patches `indices` (N,) as floats in 0..1: input (N, C, z p, z p) and HR (N, C, s p, s p).

        z is s for enlarged input, else 1.
        symmetries   None, or (N,) numbers 0..7: which symmetry of the square each patch is turned by
        """
        low_start, high_start, width = self.starts[indices].T
        if symmetries is None:
            symmetries = torch.zeros_like(width)
        z, s, p = self.zoom, self.scale, self.patch
        low = [gather(plane, low_start, self.to_input(width), z * p, symmetries) for plane in self.low]
        high = [gather(plane, high_start, width, s * p, symmetries) for plane in self.high]
        return torch.stack(low, 1), torch.stack(high, 1).float() / 255

    @cached_property
    def bicubic_errors(self):
        """Mean squared error of bicubic interpolation on each patch, (len,), pixels in 0..1."""
        errors = []
        for indices in torch.arange(len(self), device=self.starts.device).split(1024):
            low, high = self.batch(indices)
            if low.shape != high.shape:  # not enlarged yet
                low = interpolate(low, high.shape[2:], mode="bicubic", align_corners=False)
            errors.append((low - high).square().mean((1, 2, 3)))
        return torch.cat(errors)


def shrink(pixels, factor):
    """A picture made smaller, as a training picture of its own: uint8, as MATLAB's imresize gives it."""
    return pixels if factor == 1 else imresize(pixels, factor, between="uint8")


def pair(pixels, scale, colour):
    """Planes of an HR image and of its LR image: float64 in 0..1 (C, h, w), uint8 (C, scale h, scale w)."""
    hr = images.crop_to_multiple(pixels, scale)
    if colour == "y":
        y = images.rgb_to_y(hr)
        return imresize(y / 255, 1 / scale)[None], y[None]
    rgb = hr if hr.ndim == 3 else np.stack([hr] * 3, axis=-1)
    lr = imresize(rgb, 1 / scale, between="uint8") / 255
    return lr.transpose(2, 0, 1), rgb.transpose(2, 0, 1)


def gather(pixels, start, width, side, symmetry):
    """Read N squares of `side` pixels out of images laid end to end in `pixels`: (N, side, side).

    start, width   (N,): index of the top left pixel, pixels in a row of its image
    symmetry       (N,): bit 0 mirrors left-right, bit 1 top-bottom, bit 2 transposes

    A symmetry only changes where reading starts and how far apart neighbours lie, so it costs nothing.
    """
    down, right = width, torch.ones_like(width)  # distance in `pixels` to the next row and the next column
    mirror, flip, transpose = symmetry & 1 == 1, symmetry & 2 == 2, symmetry & 4 == 4
    start = start + (side - 1) * (mirror * right + flip * down)
    right, down = torch.where(mirror, -right, right), torch.where(flip, -down, down)
    down, right = torch.where(transpose, right, down), torch.where(transpose, down, right)
    steps = torch.arange(side, device=pixels.device)
    rows = start[:, None] + steps * down[:, None]  # (N, side)
    return pixels[rows[:, :, None] + steps * right[:, None, None]]
