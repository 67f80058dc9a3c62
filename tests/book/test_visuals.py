"""The pictures of `ddsr`'s Fig 7: the PSNR of the tables, the colours of the document, windows where they should be."""

import numpy as np
import pytest

from srlib import datasets, evaluation, images, models
from srlib.errors import SrlibError
from srlib.studies import visuals

FACE = datasets.load("embedded_test")[0]
BICUBIC = models.create("bicubic", 3)


def test_a_picture_has_the_psnr_of_the_tables():
    (row,) = evaluation.score(BICUBIC, [FACE], 3, evaluation.PROTOCOLS["y8"])
    picture, reference = visuals.enlarge(BICUBIC, FACE.pixels, 3), visuals.original(FACE.pixels, 3)
    assert visuals.whole_psnr(picture, reference, 3) == row["psnr"]
    everything = (slice(3, -3), slice(3, -3))
    assert visuals.part_psnr(picture, reference, everything) == row["psnr"]


def test_the_luma_is_the_network_s_and_the_colour_stays():
    picture, reference = visuals.enlarge(BICUBIC, FACE.pixels, 3), visuals.original(FACE.pixels, 3)
    assert picture.colour.shape == reference.colour.shape == FACE.pixels.shape and picture.colour.dtype == np.uint8
    inside = (picture.colour > 0).all(-1) & (picture.colour < 255).all(-1)  # not cut off at the end of the range
    assert np.abs(images.rgb_to_y(picture.colour) - picture.luma)[inside].max() <= 1
    flat = np.full((30, 33, 3), (200, 30, 90), np.uint8)
    assert np.abs(visuals.enlarge(BICUBIC, flat, 3).colour.astype(int) - flat).max() <= 1


def test_grey_pictures_stay_grey_and_odd_sizes_are_cropped():
    grey = images.rgb_to_y(FACE.pixels)[:100, :101]
    picture = visuals.enlarge(BICUBIC, grey, 3)
    assert picture.colour.shape == picture.luma.shape == visuals.original(grey, 3).colour.shape == (99, 99)


def test_a_network_on_colour_is_refused():
    with pytest.raises(SrlibError, match="takes rgb images"):
        visuals.enlarge(models.create("srresnet", 4, blocks=1), FACE.pixels, 4)


def test_the_largest_window_is_found_and_keeps_off_the_border():
    values = np.zeros((40, 50))
    values[20:23, 30:33] = 1
    values[0, 0] = 1_000
    rows, columns = visuals.largest(values, 12, 3)
    assert values[rows, columns].sum() == 9 and rows.stop - rows.start == columns.stop - columns.start == 12
    assert visuals.largest(values, 34, 3) == (slice(3, 37), slice(3, 37))
    with pytest.raises(SrlibError, match="no window of 35"):
        visuals.largest(values, 35, 3)


def test_without_image_sets_and_weights_there_are_embedded_images_and_our_own_record(tmp_path, monkeypatch):
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path))
    monkeypatch.setenv("SRLIB_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(datasets, "cache_folder", lambda: tmp_path)
    assert list(visuals.photographs()) == list(datasets.EMBEDDED_TEST)
    assert list(visuals.networks()) == ["Bicubic", "DDSR"] and list(visuals.networks(2)) == ["Bicubic", "DDSR"]


@pytest.mark.skipif(not datasets.available("BSDS300_train"), reason="NO IMAGE SET: BSDS300_train is not here")
def test_12003_is_found_where_it_lies():
    assert visuals.photographs(["BSD200/12003"])["BSD200/12003"].shape == (321, 481, 3)
