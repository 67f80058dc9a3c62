"""The information fidelity criterion: the values of its authors' MATLAB code, and what it must do on any image.

The goldens need Set5 and Set14 (SRLIB_DATA, or `python -m srlib data fetch`) and are skipped without them.
"""

import numpy as np
import pytest
from scipy import ndimage

from srlib import datasets, evaluation, images, models
from srlib.errors import SrlibError
from srlib.metrics import ifc, sp5
from srlib.metrics.ifc import SMALLEST, block_sums, correlate
from srlib.resize import imresize

# Bicubic on Set5, from MATLAB: small image made in uint8 with repeated edges, answer rounded to uint8, luma in uint8.
MATLAB = {
    2: {"baby": 5.91977538, "bird": 6.02655350, "butterfly": 5.80832173, "head": 5.28623044, "woman": 5.53699670},
    3: {"baby": 3.61345214, "bird": 3.74796924, "butterfly": 3.48352281, "head": 3.06790265, "woman": 3.35091127},
    4: {"baby": 2.41287734, "bird": 2.45628916, "butterfly": 2.31820288, "head": 1.97225302, "woman": 2.23408163},
}
# Bicubic under protocol y8, mean over images, x2, x3, x4.
Y8 = {"Set5": (6.083, 3.579, 2.329), "Set14": (6.105, 3.473, 2.237)}
SCALES = (2, 3, 4)


def need(name):
    if not datasets.available(name):
        pytest.skip(f"{name} is absent: set SRLIB_DATA, or run `python -m srlib data fetch {name}`")


@pytest.mark.parametrize("scale", SCALES)
def test_matlab_s_values(scale):
    need("Set5")
    found = {}
    for name, pixels in ((image.name, image.pixels) for image in datasets.load("Set5")):
        whole = images.crop_to_multiple(pixels, scale)
        small = imresize(whole, 1 / scale, border="replicate", between="uint8")
        pair = (whole, imresize(small, scale, border="replicate", between="uint8"))
        found[name] = ifc(*(images.shave(images.rgb_to_y(rgb).astype(np.float64), scale) for rgb in pair))
    assert found == pytest.approx(MATLAB[scale], rel=0, abs=6e-9)  # half a unit of the last digit known


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("name", Y8)
def test_bicubic_under_y8(name, scale):
    need(name)
    table = evaluation.evaluate(
        models.create("bicubic", scale=scale), name, scale, evaluation.PROTOCOLS["y8"], ifc=True
    )
    assert round(table["ifc"].mean(), 3) == Y8[name][scale - 2]


def photograph():
    return images.rgb_to_y(datasets.load("embedded_test")[0].pixels).astype(np.float64)[:120, :120]


def test_more_noise_leaves_less_information():
    whole = photograph()
    noise = np.random.default_rng(0).normal(size=whole.shape)
    found = [ifc(whole, whole + strength * noise) for strength in (0, 1, 4, 16, 64)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 4 * found[1] and 0 < found[-1] < found[1] / 10


def test_it_asks_what_of_the_original_is_left():
    whole = photograph()
    blurred = ndimage.gaussian_filter(whole, 1.5)
    assert ifc(whole, 0.5 * whole + 60) == pytest.approx(ifc(whole, whole), rel=0.1)  # contrast loses no information
    assert ifc(whole, blurred) < ifc(whole, whole) / 4
    assert ifc(whole, 255 - whole) == pytest.approx(0, abs=1e-9)  # no gain below zero: a negative tells nothing
    assert ifc(blurred, whole) != pytest.approx(ifc(whole, blurred), rel=0.05)  # which is the original matters


def test_turning_both_images_by_a_right_angle_changes_nothing():
    whole = photograph()[:, :109]
    image = ndimage.gaussian_filter(whole, 1)
    assert ifc(whole.T, image.T) == pytest.approx(ifc(whole, image), rel=1e-9)


@pytest.mark.parametrize("drawing", [np.zeros((72, 90)), np.tile(np.arange(90.0) % 7, (72, 1))])
def test_a_drawing_without_variance_in_some_direction_gives_a_number(drawing):
    assert np.isfinite(ifc(drawing, drawing)) and np.isfinite(ifc(drawing, photograph()[:72, :90]))
    assert ifc(np.zeros((72, 90)), drawing) == 0


def test_the_smallest_image_and_any_shape_above():
    for shape in ((72, 72), (72, 200), (73, 75), (101, 86)):
        whole = np.random.default_rng(1).uniform(0, 255, shape)
        assert ifc(whole, whole) > 1


@pytest.mark.parametrize("kernel", [sp5.LO0, sp5.LO, sp5.BAND_0, sp5.BAND_3])
def test_filtering_is_correlation_with_mirrored_edges(kernel):
    pair = np.random.default_rng(2).uniform(0, 255, (2, 31, 26))
    (found,) = correlate(pair, kernel)
    expected = [ndimage.correlate(image, kernel, mode="mirror") for image in pair]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize("window", [17, 9, 5, 3])
def test_windows_stand_on_the_centres_of_the_blocks(window):
    line = np.random.default_rng(3).normal(size=27)
    expected = ndimage.correlate1d(line, np.ones(window), mode="mirror")[1::3]
    np.testing.assert_allclose(block_sums(27, window) @ line, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("reference", "image", "message"),
    [
        (np.zeros((71, 300)), np.zeros((71, 300)), "no side may be shorter than 72 pixels"),
        (np.zeros((90, 90)), np.zeros((90, 91)), "two images of one shape"),
        (np.zeros((90, 90, 3)), np.zeros((90, 90, 3)), "two images of one shape"),
        (np.zeros((90, 90), np.float32), np.zeros((90, 90)), "needs float64 or whole pixels, got float32"),
        (np.zeros((90, 90)), np.zeros((90, 90), np.float16), "needs float64 or whole pixels, got float16"),
        (np.zeros((90, 90)), np.full((90, 90), np.nan), "NaN or infinite"),
    ],
)
def test_what_it_cannot_measure_is_refused_in_one_line(reference, image, message):
    with pytest.raises(SrlibError, match=message) as error:
        ifc(reference, image)
    assert "\n" not in str(error.value)


def test_whole_pixels_may_come_as_bytes():
    whole = np.floor(photograph())
    assert ifc(whole.astype(np.uint8), np.flipud(whole).astype(np.uint8)) == ifc(whole, np.flipud(whole))


def test_an_image_too_small_has_none_and_the_others_keep_theirs():
    grey = [datasets.NamedImage(str(side), np.full((side, 120), 90, np.uint8)) for side in (SMALLEST + 3, 120)]
    rows = evaluation.score(models.create("bicubic", scale=2), grey, 2, evaluation.PROTOCOLS["y8"], ifc=True)
    assert np.isnan(rows[0]["ifc"]) and rows[1]["ifc"] == 0
    rows = evaluation.score(models.create("bicubic", scale=2), grey, 2, evaluation.PROTOCOLS["y8"])
    assert "ifc" not in rows[0]
