"""Pictures of any size: tiles leave no seams, memory is bounded, and colours and orientation are kept."""

import numpy as np
import pytest
import torch
from PIL import Image, ImageCms

from srlib import cli, datasets, images, models, pretrained, upscaling
from srlib.errors import SrlibError

PICTURE = {image.name: image.pixels for image in datasets.load("embedded_test")}["coffee"][:96, :120]


def official(name, scale, variant=None):
    if pretrained.find(pretrained.official(name, variant).file.format(scale=scale)) is None:
        pytest.skip(f"the weights of {name} are absent: set SRLIB_WEIGHTS, or `python -m srlib data fetch weights`")
    return pretrained.load(name, scale, variant)


def fresh(name, scale, **options):
    torch.manual_seed(0)
    return models.create(name, scale, **options).eval()


def same(model, tile, pixels=PICTURE):
    """The largest difference in grey levels between the tiled picture and the whole one, before rounding."""
    whole, tiled = (upscaling.enlarge(model, pixels, size) for size in (10_000, tile))
    assert whole.shape == tiled.shape
    rounded = [upscaling.upscale_image(model, pixels, tile=size).astype(int) for size in (10_000, tile)]
    assert abs(rounded[0] - rounded[1]).max() <= 1
    return abs(whole - tiled).max() * 255


@pytest.mark.parametrize(("name", "scale"), [("fsrcnn", 3), ("srcnn", 2), ("pan", 2), ("imdn", 4)])
def test_tiles_of_the_authors_networks_leave_no_seam(name, scale):
    assert same(official(name, scale), 50) < 0.3


@pytest.mark.parametrize("scale", (2, 3))
@pytest.mark.parametrize(
    ("name", "options"),
    [("bicubic", {}), ("ddsr", {"depth": 5}), ("ddsr", {"depth": 3, "kernel_size": 7}), ("vdsr", {"depth": 6}),
     ("imdn", {"channels": 16, "blocks": 2}), ("pan", {"channels": 8, "hr_channels": 8, "blocks": 3}),
     ("multiscale", {"channels": 8, "blocks": 2, "ways": 2}), ("multiscale", {"channels": 9, "blocks": 2, "ways": 3})],
)  # fmt: skip
def test_tiles_of_fresh_networks_leave_no_seam(name, scale, options):
    assert same(fresh(name, scale, **options), 40) < 0.1


def test_statistics_of_the_tile_alone_would_show(monkeypatch):
    """Channel attention takes the contrast of what it sees: of a tile instead of the picture, and seams appear."""
    model = official("imdn", 4)
    whole = upscaling.enlarge(model, PICTURE, 10_000)
    monkeypatch.setattr(upscaling, "settle", lambda *_: {})
    assert abs(whole - upscaling.enlarge(model, PICTURE, 50)).max() * 255 > 2


def test_what_runs_at_once_does_not_grow_with_the_picture(monkeypatch):
    model, seen, run = fresh("imdn", 2, channels=16, blocks=2), [], upscaling.super_resolve
    reach, gates = upscaling.survey(model)
    assert (reach, len(gates)) == (1 + 2 * 4 + 1 + 1 + upscaling.CUBIC, 2)
    monkeypatch.setattr(upscaling, "super_resolve", lambda net, lr: (seen.append(lr.shape), run(net, lr))[1])
    upscaling.upscale_image(model, np.tile(PICTURE, (2, 2, 1)), tile=48)
    assert max(max(shape[:2]) for shape in seen) <= 48 + 2 * reach + upscaling.GRID - 1


def test_spans_cover_every_pixel_once():
    for size, tile, rim in ((1, 5, 3), (5, 5, 3), (6, 5, 3), (101, 7, 40)):
        pieces = upscaling.spans(size, tile, rim)
        assert [i for p in pieces for i in range(p.keep.start, p.keep.stop)] == list(range(size))
        for p in pieces:
            assert p.keep.stop - p.keep.start <= tile
            assert p.read.start % upscaling.GRID == 0 and p.read.stop == min(size, p.keep.stop + rim)
            assert max(0, p.keep.start - rim) - upscaling.GRID < p.read.start <= max(0, p.keep.start - rim)
            assert np.arange(size)[p.read][p.inside].tolist() == np.arange(size)[p.keep].tolist()


def test_no_hooks_are_left_behind():
    model = fresh("imdn", 2, channels=16, blocks=2)
    upscaling.upscale_image(model, PICTURE, tile=50)
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in model.modules())


def test_self_ensemble_is_the_mean_of_eight():
    """A network without a preferred direction gives the same picture eight times; any other one, a symmetric mean."""
    bicubic = models.create("bicubic", 2)
    plain = upscaling.upscale_image(bicubic, PICTURE)
    assert abs(plain.astype(int) - upscaling.upscale_image(bicubic, PICTURE, ensemble=True)).max() <= 1
    model = fresh("fsrcnn", 2)
    for turn in (np.rot90, np.fliplr, np.flipud):
        turned = upscaling.upscale_image(model, np.ascontiguousarray(turn(PICTURE)), ensemble=True)
        assert abs(turned.astype(int) - turn(upscaling.upscale_image(model, PICTURE, ensemble=True))).max() <= 1


def test_a_network_that_has_diverged_is_one_line():
    model = fresh("fsrcnn", 2)
    torch.nn.init.constant_(model.deconvolution.bias, float("nan"))
    with pytest.raises(SrlibError, match="not finite"):
        upscaling.upscale_image(model, PICTURE)


def test_orientation_and_colour_profile_are_kept(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    Image.fromarray(PICTURE).save(tmp_path / "a.png", exif=exif, icc_profile=profile)
    asked = ["upscale", str(tmp_path / "a.png"), "--out", str(tmp_path / "out"), "--model", "bicubic", "--scale", "2"]
    assert cli.main([*asked, "--ensemble"]) == 0
    with Image.open(tmp_path / "out/a_x2.png") as result:
        assert result.size == (2 * PICTURE.shape[0], 2 * PICTURE.shape[1])  # width and height have changed places
        assert result.info["icc_profile"] == profile and not result.getexif().get(0x0112)
    upright = upscaling.upscale_image(models.create("bicubic", 2), np.rot90(PICTURE, -1))
    assert abs(upright.astype(int) - images.load(tmp_path / "out/a_x2.png")).max() <= 1
