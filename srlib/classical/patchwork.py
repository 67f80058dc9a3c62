"""What A+ and SRF share: patches, their features, and how patches become an image again.

The LR image is enlarged by bicubic interpolation. A patch is 3x3 LR pixels large, 3s x 3s pixels of the enlarged
image at scale s, and there is one at every LR pixel; the outermost LR pixels hold none and stay bicubic. Its features
are first and second derivatives, reduced by PCA. What is learned is its detail, HR minus enlarged. Where patches
overlap, their details are averaged.

R. Zeyde, M. Elad, M. Protter, "On single image scale-up using sparse-representations", Curves and Surfaces 2010.
"""

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view
from scipy.ndimage import convolve1d
from torch import nn

from srlib import images
from srlib.errors import SrlibError
from srlib.resize import imresize

SIDE = 3  # LR pixels of a patch, along a side
ENERGY = 0.999  # what PCA keeps
LEVELS, SHRINK = 12, 0.98  # the pyramid of each training image


def derivatives(enlarged, scale):
    """The four filtered images (4, H, W) of an image (H, W): first and second derivative along rows, then columns.

    The taps lie one LR pixel apart: [1 0.. -1] and [1 0.. -2 0.. 1] / 2. Outside the image is 0, which reaches only
    the outermost LR pixels.
    """
    first, second = np.zeros(scale + 1), np.zeros(2 * scale + 1)
    first[[0, -1]] = 1, -1
    second[[0, scale, -1]] = 0.5, -1, 0.5
    filters = [(kernel, axis) for kernel in (first, second) for axis in (1, 0)]
    return np.stack([convolve1d(enlarged, kernel, axis=axis, mode="constant") for kernel, axis in filters])


def places(shape, scale):
    """Rows and columns of patches, one at every LR pixel, in an enlarged image of `shape`. Too small: SrlibError."""
    rows, columns = (length // scale - 2 - SIDE + 1 for length in shape)
    if min(rows, columns) < 1:
        raise SrlibError(f"no patch in an LR image of {shape[1] // scale} x {shape[0] // scale} pixels: 5 x 5 hold one")
    return rows, columns


def cut(planes, scale, step=1):
    """The patches of images (C, H, W), one every `step` LR pixels: float32 (N, C (3s)^2), row after row."""
    places(planes.shape[1:], scale)
    inner = planes[:, scale:-scale, scale:-scale]
    windows = sliding_window_view(inner.astype(np.float32), (SIDE * scale,) * 2, axis=(1, 2))
    windows = windows[:, :: step * scale, :: step * scale].transpose(1, 2, 0, 3, 4)
    return windows.reshape(windows.shape[0] * windows.shape[1], -1)


def put_together(patches, shape, scale):
    """The image (H, W) of patches (N, (3s)^2), one at every LR pixel: their mean where they overlap, 0 at the rim."""
    rows, columns = places(shape, scale)
    blocks = patches.reshape(rows, columns, SIDE, scale, SIDE, scale)
    total = np.zeros((shape[0] // scale, scale, shape[1] // scale, scale))
    count = np.zeros((shape[0] // scale, 1, shape[1] // scale, 1))
    for i in range(SIDE):
        for j in range(SIDE):
            here = np.s_[1 + i : 1 + i + rows, :, 1 + j : 1 + j + columns]
            total[here] += blocks[:, :, i, :, j].transpose(0, 2, 1, 3)
            count[here] += 1
    return (total / np.maximum(count, 1)).reshape(shape)


def examples(luma, scale, step=1):
    """Features (N, 4 (3s)^2) and details (N, (3s)^2) of the patches of an HR luma image (H, W) in 0..1."""
    hr = images.crop_to_multiple(luma, scale)
    enlarged = imresize(imresize(hr, 1 / scale), scale)
    return cut(derivatives(enlarged, scale), scale, step), cut((hr - enlarged)[None], scale, step)


def principal(moments):
    """The eigenvectors (D, K) of second moments (D, D) that hold ENERGY of their trace, largest first. No mean."""
    values, vectors = np.linalg.eigh(moments)
    share = np.cumsum(values[::-1]) / values.sum()
    return vectors[:, ::-1][:, : np.searchsorted(share, ENERGY) + 1].astype(np.float32)


def lumas(pictures):
    """The luma of NamedImages as float64 (H, W) in 0..1."""
    return [images.rgb_to_y(picture.pixels) / 255 for picture in pictures]


def training_set(pictures, scale, limit, seed):
    """Basis (D, K), features (N, K) and details (N, (3s)^2), float32, of the patches of the pyramids of `pictures`.

    Of more than `limit` patches an equal share of each image is drawn. The basis comes from the images at their own
    size, a patch every second LR pixel. Raises SrlibError when no picture is large enough.
    """
    whole = [luma for luma in lumas(pictures) if min(luma.shape) * SHRINK**LEVELS >= (SIDE + 3) * scale]
    if not whole:
        raise SrlibError(f"none of {len(pictures)} training images is large enough at x{scale}")
    raw = [examples(luma, scale, step=2)[0] for luma in whole]
    basis = principal(sum(patches.T @ patches for patches in raw).astype(np.float64))
    levels = [imresize(luma, SHRINK**level) for luma in whole for level in range(LEVELS)]
    sizes = np.array([np.prod(places(luma.shape, scale)) for luma in levels])
    sizes = (sizes * min(1, limit / sizes.sum())).astype(int)
    features = np.empty((sizes.sum(), basis.shape[1]), np.float32)  # filled in place: as large as memory allows
    details = np.empty((sizes.sum(), (SIDE * scale) ** 2), np.float32)
    draw, begin = np.random.default_rng(seed), 0
    for luma, size in zip(levels, sizes, strict=True):
        raw, detail = examples(luma, scale)
        kept = np.sort(draw.permutation(len(raw))[:size])
        features[begin : begin + size], details[begin : begin + size] = raw[kept] @ basis, detail[kept]
        begin += size
    return basis, features, details


def groups(numbers):
    """(number, indices of its members) for each number that occurs in an integer array (N,)."""
    order = np.argsort(numbers, kind="stable")
    edges = np.flatnonzero(np.diff(numbers[order])) + 1
    return [(numbers[members[0]], members) for members in np.split(order, edges)]


def ridge_map(features, details, ridge):
    """The matrix (K, D) that best takes features (N, K) to details (N, D): (F'F + ridge I)^-1 F'D."""
    square = features.T @ features + ridge * np.eye(features.shape[1], dtype=features.dtype)
    return np.linalg.solve(square, features.T @ details)


class Patchwork(nn.Module):
    """An upscaler that adds details to the enlarged image: (N, 1, H, W) -> (N, 1, H, W), float64 in 0..1.

    A subclass gives `details`: features (N, K) -> details (N, (3s)^2). What was learned are arrays, no parameters.
    """

    input = "y"
    upscaled_input = True

    def __init__(self, scale, basis):
        super().__init__()
        self.scale, self.basis = scale, basis

    def forward(self, x):
        if x.shape[1] != 1:
            raise SrlibError(f"{type(self).__name__} takes luma, (N, 1, H, W), not {tuple(x.shape)}")
        enlarged = x.detach().cpu().double().numpy()
        return torch.from_numpy(np.stack([[self._refine(image[0])] for image in enlarged])).to(x)

    def _refine(self, enlarged):
        features = cut(derivatives(enlarged, self.scale), self.scale) @ self.basis
        return enlarged + put_together(self.details(features), enlarged.shape, self.scale)
