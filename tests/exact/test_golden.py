"""MATLAB's own bytes and the field's bicubic figures: what every other number in the book stands on.

They need the real image sets (SRLIB_DATA, or `python -m srlib data fetch`) and are skipped without them.
"""

from functools import cache, partial

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.signal import convolve2d
from skimage.metrics import structural_similarity

from srlib import datasets, images
from srlib.metrics import psnr, ssim
from srlib.resize import imresize

# PSNR in dB of bicubic upscaling on Y, shave = scale, mean over images. First row of a set: the upscaled Y is
# clamped to [0, 255]; second row: to [16, 235], which is what the papers print, at their two decimals.
BICUBIC = {
    "Set5": ((33.6614, 30.3922, 28.4207), (33.66, 30.39, 28.42)),
    "Set14": ((30.2318, 27.5405, 26.0001), (30.24, 27.55, 26.00)),
    "B100": ((29.5579, 27.2072, 25.9606), (29.56, 27.21, 25.96)),
    "Urban100": ((26.8732, 24.4592, 23.1411), (26.88, 24.46, 23.14)),
    "BSD200": ((29.7024, 27.2559, 25.9689), (29.70, 27.26, 25.97)),
}
SSIM_SET5 = (0.9299, 0.8682, 0.8104)
SCALES = (2, 3, 4)
ROWS = [(name, scale) for name in BICUBIC for scale in SCALES]


def need(*names):
    for name in names:
        if not datasets.available(name):
            pytest.skip(f"{name} is absent: set SRLIB_DATA, or run `python -m srlib data fetch {name}`")


@cache
def hr(name):
    return {image.name: image.pixels for image in datasets.load(name)}


def lr_files(folder):
    """(set, scale, image name, file name in the folder) of every MATLAB file, from the table alone."""
    for source in datasets.sources(folder):
        test_set, scale, stem = source.name.split("/")
        yield test_set, int(scale[1:]), stem.removesuffix(scale.lower()), source.name


@pytest.mark.parametrize(
    ("folder", "border"), [("MATLAB_LR_symmetric", "symmetric"), ("MATLAB_LR_clamped", "replicate")]
)
def test_every_lr_file_of_matlab_byte_for_byte(folder, border):
    need(folder, "Set5", "Set14")
    matlab = {image.name: image.pixels for image in datasets.load(folder)}
    compared = 0
    for test_set, scale, stem, file in lr_files(folder):
        whole = images.crop_to_multiple(hr(test_set)[stem], scale)
        ours = imresize(whole, 1 / scale, border=border, between="uint8")
        # One image of Set14 is grey in HR and LR alike, so shapes must agree too.
        np.testing.assert_array_equal(ours, matlab[file], err_msg=file)
        compared += 1
    assert compared == {"MATLAB_LR_symmetric": 57, "MATLAB_LR_clamped": 15}[folder]


@pytest.mark.parametrize(("border", "between"), [("replicate", "uint8"), ("symmetric", "float")])
def test_the_switches_of_imresize_matter(border, between):
    """The other border, or one rounding at the end instead of one a pass, is not what MATLAB wrote."""
    need("MATLAB_LR_symmetric", "Set5")
    matlab = {image.name: image.pixels for image in datasets.load("MATLAB_LR_symmetric")}["Set5/X3/birdx3"]
    ours = imresize(images.crop_to_multiple(hr("Set5")["bird"], 3), 1 / 3, border=border, between=between)
    ours = np.floor(ours.astype(np.float64) + 0.5).clip(0, 255)
    assert ours.shape == matlab.shape
    assert 0 < np.mean(ours != matlab) < 0.2


def with_pillow(rgb, scale):
    height, width = (side // scale for side in rgb.shape[:2])
    return np.asarray(Image.fromarray(rgb).resize((width, height), Image.Resampling.BICUBIC))


def with_torch(rgb, scale):
    planes = torch.from_numpy(rgb).permute(2, 0, 1)[None].double()
    small = torch.nn.functional.interpolate(planes, scale_factor=1 / scale, mode="bicubic", antialias=True)
    return small.round().clamp(0, 255).byte()[0].permute(1, 2, 0).numpy()


# The share of differing bytes over the colour images of Set5 and Set14 lies between these at every scale.
@pytest.mark.parametrize(("substitute", "least", "most"), [(with_pillow, 0.15, 0.20), (with_torch, 0.12, 0.15)])
def test_common_substitutes_are_not_matlab(substitute, least, most):
    need("MATLAB_LR_symmetric", "Set5", "Set14")
    matlab = {image.name: image.pixels for image in datasets.load("MATLAB_LR_symmetric")}
    differing = {scale: [] for scale in SCALES}
    for test_set, scale, stem, file in lr_files("MATLAB_LR_symmetric"):
        whole = images.crop_to_multiple(hr(test_set)[stem], scale)
        if whole.ndim == 3:
            differing[scale].append((substitute(whole, scale) != matlab[file]).ravel())
    shares = [np.concatenate(parts).mean() for parts in differing.values()]
    assert all(least < share < most for share in shares), shares


@cache
def bicubic(name, scale):
    """Means over a set: PSNR with the output clamped to [0, 255], the same to [16, 235], SSIM of the first.

    Protocol y8: the uint8 Y of HR is shrunk and enlarged without rounding; only the result is rounded.
    """
    rows = []
    for pixels in hr(name).values():
        y = images.rgb_to_y(images.crop_to_multiple(pixels, scale))
        up = np.floor(imresize(imresize(y / 255, 1 / scale), scale) * 255 + 0.5)
        truth = images.shave(y.astype(np.float64), scale)
        full, studio = (images.shave(up.clip(*limits), scale) for limits in ((0, 255), (16, 235)))
        rows.append((psnr(truth, full), psnr(truth, studio), ssim(truth, full) if name == "Set5" else 0.0))
    return np.mean(rows, axis=0)


@pytest.mark.parametrize(("name", "scale"), ROWS)
def test_bicubic_psnr(name, scale):
    need(name)
    figure, published = (row[scale - 2] for row in BICUBIC[name])
    full, studio, _ = bicubic(name, scale)
    assert round(full, 4) == figure
    assert round(studio, 2) == published


@pytest.mark.parametrize("scale", SCALES)
def test_bicubic_ssim(scale):
    need("Set5")
    assert round(bicubic("Set5", scale)[2], 4) == SSIM_SET5[scale - 2]


def test_ssim_is_the_formula_of_its_paper_and_another_window_gives_more():
    need("Set5")
    y = images.rgb_to_y(images.crop_to_multiple(hr("Set5")["butterfly"], 4)).astype(np.float64)
    up = np.floor(imresize(imresize(y / 255, 1 / 4), 4) * 255 + 0.5).clip(0, 255)
    along = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    mean = partial(convolve2d, in2=np.outer(along, along) / along.sum() ** 2, mode="valid")  # 11x11, no border
    a, b = mean(y), mean(up)
    covariance, variances = mean(y * up) - a * b, mean(y * y) - a * a + mean(up * up) - b * b
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    formula = (2 * a * b + c1) * (2 * covariance + c2) / ((a * a + b * b + c1) * (variances + c2))
    assert ssim(y, up) == pytest.approx(formula.mean(), abs=1e-10)
    assert 0.01 < structural_similarity(y, up, data_range=255) - ssim(y, up) < 0.04  # scikit-image's own window


def test_a_widespread_red_coefficient_flatters():
    """64.738 of 256 in place of 65.481 of 255 for red adds 0.042 dB on Set5 x4: luma must be MATLAB's."""
    need("Set5")
    wrong = np.array([64.738, 129.057, 25.064]) / 256
    rows = []
    for pixels in hr("Set5").values():
        rgb = images.crop_to_multiple(pixels, 4)
        y = np.floor(rgb @ wrong + 16.5).astype(np.uint8)
        up = np.floor(imresize(imresize(y / 255, 1 / 4), 4) * 255 + 0.5).clip(0, 255)
        rows.append(psnr(images.shave(y.astype(np.float64), 4), images.shave(up, 4)))
    assert np.mean(rows) - bicubic("Set5", 4)[0] == pytest.approx(0.042, abs=5e-4)
