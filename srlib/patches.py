"""Training patches as tensors: cut once, kept whole on the device, sampled by index.

No patch is ever copied out beforehand. The set is two long rows of pixels (LR luma as float32, HR luma as uint8) and,
for each patch, where it begins; a batch is one gather. The whole of `ddsr291` takes about 75 MB this way.
"""

import numpy as np
import torch

from srlib import datasets, images
from srlib.errors import SrlibError
from srlib.resize import imresize


class Patches:
    """All `patch` x `patch` LR patches of a data set, every `stride` LR pixels, with their HR counterparts.

    dataset   a name of srlib.datasets
    scale     enlargement, so an HR patch has scale * patch pixels a side
    device    where the tensors live

    The LR image is the HR image's luma shrunk by MATLAB's imresize and not rounded (protocol y8).
    """

    def __init__(self, dataset, scale, patch, stride, device="cpu"):
        self.scale, self.patch = scale, patch
        low, high, starts = [], [], []
        low_offset = high_offset = 0
        for image in datasets.load(dataset):
            y = images.crop_to_multiple(images.rgb_to_y(image.pixels), scale)
            lr = imresize(y / 255, 1 / scale).astype(np.float32)
            height, width = lr.shape
            rows = np.arange(0, height - patch + 1, stride)[:, None]
            columns = np.arange(0, width - patch + 1, stride)
            low_start = low_offset + rows * width + columns  # of each patch of this image
            high_start = high_offset + scale * (rows * width * scale + columns)
            widths = np.full(low_start.size, width)
            starts.append(np.stack([low_start.ravel(), high_start.ravel(), widths], axis=1))
            low.append(lr.ravel())
            high.append(y.ravel())
            low_offset, high_offset = low_offset + lr.size, high_offset + y.size
        self.low = torch.from_numpy(np.concatenate(low)).to(device)
        self.high = torch.from_numpy(np.concatenate(high)).to(device)
        self.starts = torch.from_numpy(np.concatenate(starts)).to(device)
        if not len(self):
            raise SrlibError(f"{dataset}: no image holds a patch of {patch}x{patch} LR pixels at scale {scale}")

    def __len__(self):
        return len(self.starts)

    def batch(self, indices, symmetries=None):
        """The patches `indices` (N,) as floats in 0..1: LR (N, 1, p, p) and HR (N, 1, s p, s p).

        symmetries   None, or (N,) numbers 0..7: which symmetry of the square each patch is turned by
        """
        low_start, high_start, width = self.starts[indices].T
        if symmetries is None:
            symmetries = torch.zeros_like(width)
        low = gather(self.low, low_start, width, self.patch, symmetries)
        high = gather(self.high, high_start, width * self.scale, self.patch * self.scale, symmetries)
        return low[:, None], high[:, None].float() / 255


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
