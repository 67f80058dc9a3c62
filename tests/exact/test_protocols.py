"""The five protocols, each written out by hand for one photograph and bicubic interpolation at scale 3."""

import numpy as np
import pytest
from skimage import data

from srlib import datasets, images, models
from srlib.evaluation import PROTOCOLS, score
from srlib.metrics import psnr, ssim
from srlib.resize import imresize

HR = images.crop_to_multiple(data.astronaut(), 3)


def rounded(values):
    return np.floor(values * 255 + 0.5).clip(0, 255)


def luma(pixels, **options):
    return images.rgb_to_y(pixels, **options).astype(np.float64)


def rgb():
    small = imresize(HR, 1 / 3, between="uint8") / 255  # what a PNG holds
    return luma(rounded(imresize(small, 3)), rounded=False), luma(HR, rounded=False)


def rgb_float():
    return luma(rounded(imresize(imresize(HR / 255, 1 / 3), 3)), rounded=False), luma(HR, rounded=False)


def y8():
    y = luma(HR)
    return rounded(imresize(imresize(y / 255, 1 / 3), 3)), y


def y8_legal():
    answer, y = y8()
    return answer.clip(16, 235), y


def unrounded():
    y = luma(HR, rounded=False)
    return imresize(imresize(y / 255, 1 / 3), 3) * 255, y


BY_HAND = {"rgb": rgb, "rgb_float": rgb_float, "y8": y8, "y8_legal": y8_legal, "float": unrounded}


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_is_what_it_says(name):
    photograph = datasets.NamedImage("astronaut", data.astronaut())
    (row,) = score(models.create("bicubic", scale=3), [photograph], 3, PROTOCOLS[name])
    answer, truth = (images.shave(y, 3) for y in BY_HAND[name]())
    assert row["psnr"] == pytest.approx(psnr(answer, truth), abs=1e-9)
    assert row["ssim"] == pytest.approx(ssim(answer, truth), abs=1e-9)


def test_no_two_protocols_give_one_number():
    found = [psnr(*(images.shave(y, 3) for y in by_hand())) for by_hand in BY_HAND.values()]
    assert len({round(value, 4) for value in found}) == len(BY_HAND)
