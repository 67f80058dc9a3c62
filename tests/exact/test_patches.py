"""Patches: the document's count, and reading them in place equals cutting them out."""

import numpy as np
import pytest
import torch

from srlib import datasets, images
from srlib.errors import SrlibError
from srlib.evaluation import PROTOCOLS, prepare
from srlib.patches import ROTATIONS, Patches, gather
from srlib.resize import imresize


def need(*names):
    missing = [name for name in names if not datasets.available(name)]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: set SRLIB_DATA or run `python -m srlib data fetch`")


def test_the_document_s_252032_patches():
    need("ddsr291")
    counts = [len(Patches(name, scale=3, patch=7, stride=4)) for name in ("T91", "B100", "General100")]
    assert counts == [33_040, 101_400, 117_646]
    patches = Patches("ddsr291", scale=3, patch=7, stride=4)
    assert len(patches) == sum(counts)
    assert len(patches) // 128 * 128 == 252_032  # whole batches of 128: the document's figure


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_patches_are_windows_of_the_prepared_images(scale):
    patches = Patches("embedded_test", scale, patch=7, stride=5)
    low, high = patches.batch(torch.arange(len(patches)))
    assert low.shape == (len(patches), 1, 7, 7) and high.shape == (len(patches), 1, 7 * scale, 7 * scale)
    at = 0
    for image in datasets.load("embedded_test"):
        lr, reference = prepare(image.pixels, scale, PROTOCOLS["y8"], "y")
        for top in range(0, lr.shape[0] - 6, 5):
            for left in range(0, lr.shape[1] - 6, 5):
                window = lr[top : top + 7, left : left + 7].astype(np.float32)
                assert np.array_equal(low[at, 0].numpy(), window)
                wanted = reference[scale * top : scale * (top + 7), scale * left : scale * (left + 7)]
                assert np.array_equal((high[at, 0] * 255).round().numpy(), wanted)
                at += 1
    assert at == len(patches)


@pytest.mark.parametrize("scale", [2, 3])
def test_colour_and_enlarged_patches_are_windows_too(scale):
    loaded = datasets.load("embedded_test")
    first = next(i for i, image in enumerate(loaded) if image.pixels.ndim == 3)
    image, before = loaded[first], sum(windows(other.pixels, scale) for other in loaded[:first])
    for colour, protocol in (("y", "y8"), ("rgb", "rgb")):
        patches = Patches("embedded_test", scale, patch=7, stride=5, colour=colour, enlarged=True)
        low, high = patches.batch(torch.tensor([before + 1]))
        lr, _ = prepare(image.pixels, scale, PROTOCOLS[protocol], colour)
        enlarged = np.atleast_3d(imresize(lr, scale))[: 7 * scale, 5 * scale : 12 * scale].astype(np.float32)
        assert np.array_equal(low[0].permute(1, 2, 0).numpy(), enlarged)
        hr = images.crop_to_multiple(image.pixels, scale)
        hr = np.atleast_3d(hr if colour == "rgb" else images.rgb_to_y(hr))[: 7 * scale, 5 * scale : 12 * scale]
        assert np.array_equal((high[0].permute(1, 2, 0) * 255).round().numpy(), hr)


def windows(pixels, scale):
    return np.prod([(side // scale - 7) // 5 + 1 for side in pixels.shape[:2]])


def test_symmetries_are_the_eight_of_the_square_and_turn_both_sides_alike():
    pixels = torch.arange(5 * 6)
    image = pixels.reshape(5, 6)
    seen = set()
    for symmetry in range(8):
        wanted = image[1:4, 2:5]
        wanted = wanted.T if symmetry & 4 else wanted
        got = gather(pixels, torch.tensor([8]), torch.tensor([6]), 3, torch.tensor([symmetry]))[0]
        rows = wanted.flip(1 if not symmetry & 4 else 0) if symmetry & 1 else wanted
        rows = rows.flip(0 if not symmetry & 4 else 1) if symmetry & 2 else rows
        assert torch.equal(got, rows), symmetry
        seen.add(tuple(got.flatten().tolist()))
    assert len(seen) == 8

    patches = Patches("embedded_test", 3, patch=8, stride=8)
    chosen = torch.arange(8) * 3
    low, high = patches.batch(chosen, torch.arange(8))
    plain_low, plain_high = patches.batch(chosen)
    assert not torch.equal(low, plain_low)
    for i in range(8):
        centre = high[i, 0, 1::3, 1::3] - low[i, 0]
        plain = plain_high[i, 0, 1::3, 1::3] - plain_low[i, 0]
        assert torch.allclose(centre.flatten().sort().values, plain.flatten().sort().values, atol=1e-6)


def test_the_four_rotations_turn_both_sides_of_a_pair_exactly():
    patches = Patches("embedded_test", 3, patch=8, stride=8, enlarged=True)
    chosen = torch.arange(0, len(patches), 7)
    plain = patches.batch(chosen)
    for quarters, symmetry in enumerate(ROTATIONS):
        turned = patches.batch(chosen, torch.full_like(chosen, symmetry))
        for side in (0, 1):
            equal = [q for q in range(4) if torch.equal(turned[side], torch.rot90(plain[side], -q, (2, 3)))]
            assert equal == [quarters]  # clockwise


@pytest.mark.parametrize("enlarged", [False, True])
def test_a_shrunk_picture_is_a_training_picture_of_its_own(enlarged, monkeypatch):
    """Patches of pictures shrunk beforehand are the patches of the option, in the same order."""
    every = datasets.load("embedded_test")
    sizes = (1.0, 0.9, 0.8, 0.7, 0.6)
    own = Patches("embedded_test", 3, patch=7, stride=5, enlarged=enlarged, shrunk=sizes)
    copies = [
        datasets.NamedImage(f"{image.name} {factor}", imresize(image.pixels, factor, between="uint8"))
        for image in every
        for factor in sizes
    ]
    assert [copy.pixels.shape[0] for copy in copies[:5]] == [240, 216, 192, 168, 144]
    assert np.array_equal(copies[0].pixels, every[0].pixels)  # a factor of 1 changes nothing
    monkeypatch.setattr(datasets, "load", lambda name: copies)
    theirs = Patches("embedded_test", 3, patch=7, stride=5, enlarged=enlarged)
    assert len(own) == len(theirs) == sum(windows(copy.pixels, 3) for copy in copies)
    assert torch.equal(own.starts, theirs.starts)
    assert torch.equal(own.low, theirs.low) and torch.equal(own.high, theirs.high)


def test_mixed_scales_hold_the_patches_of_each():
    """At a stride that all scales share, the mixed set is the three sets, picture by picture."""
    mixed = Patches("embedded_test", 2, patch=6, stride=6, enlarged=True, scales=(2, 3, 4))
    low, high = mixed.batch(torch.arange(len(mixed)))
    assert low.shape == high.shape == (len(mixed), 1, 12, 12)
    each = len(mixed) // (3 * 4)  # windows of a 240 x 240 picture
    for k, scale in enumerate((2, 3, 4)):
        alone = Patches("embedded_test", scale, patch=12 // scale, stride=12 // scale, enlarged=True)
        assert len(alone) == 4 * each
        theirs = alone.batch(torch.arange(len(alone)))
        chosen = torch.cat([torch.arange(each) + each * (3 * image + k) for image in range(4)])
        assert torch.equal(low[chosen], theirs[0]) and torch.equal(high[chosen], theirs[1])


def test_patch_sets_say_when_nothing_fits():
    with pytest.raises(SrlibError, match="no image holds a patch"):
        Patches("embedded_test", 3, patch=500, stride=4)
    with pytest.raises(SrlibError, match=r"^embedded_test: astronaut shrunk by 0.1 holds no patch of 30x30 pixels$"):
        Patches("embedded_test", 3, patch=10, stride=4, shrunk=(1.0, 0.1))
    with pytest.raises(SrlibError, match="takes the enlarged image"):
        Patches("embedded_test", 3, patch=7, stride=4, scales=(2, 3))


def test_grey_images_are_their_own_luma():
    grey = next(image for image in datasets.load("embedded_test") if image.pixels.ndim == 2)
    assert np.array_equal(images.rgb_to_y(grey.pixels), grey.pixels)
