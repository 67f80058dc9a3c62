"""Every kind of image file is either read as a user would expect or refused in one line that names it."""

import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from srlib import images
from srlib.errors import SrlibError


@pytest.fixture
def rgb():
    return np.random.default_rng(0).integers(0, 256, (13, 17, 3), dtype=np.uint8)


def refused(path, *words):
    """`load` refuses the file in one line that names it and holds the words."""
    with pytest.raises(SrlibError) as caught:
        images.load(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    for word in words:
        assert word in message
    return message


def png_bytes(width, height, bits, colour_type, raw):
    """A PNG put together here, for what Pillow cannot write: raw holds the packed pixels of all rows."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    row = len(raw) // height
    lines = b"".join(b"\0" + raw[i * row : (i + 1) * row] for i in range(height))
    head = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    chunks = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_rgb_and_grey_come_back_as_saved(tmp_path, rgb):
    for image in (rgb, rgb[..., 0], rgb[:1, :1], rgb[:, ::-1]):
        images.save(tmp_path / "x.png", image)
        np.testing.assert_array_equal(images.load(tmp_path / "x.png"), image)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_a_loaded_image_can_be_written_to(tmp_path, rgb):
    images.save(tmp_path / "x.png", rgb)
    images.load(tmp_path / "x.png")[0, 0] = 1


def test_palette_becomes_rgb(tmp_path, rgb):
    palette = Image.fromarray(rgb).quantize(16)
    palette.save(tmp_path / "p.png")
    np.testing.assert_array_equal(images.load(tmp_path / "p.png"), np.array(palette.convert("RGB")))


def test_one_bit_becomes_grey(tmp_path):
    Image.fromarray(np.eye(9, dtype=bool)).save(tmp_path / "b.png")
    np.testing.assert_array_equal(images.load(tmp_path / "b.png"), np.eye(9, dtype=np.uint8) * 255)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_opaque_alpha_is_dropped_and_real_alpha_refused(tmp_path, rgb, mode):
    colour = rgb if mode == "RGBA" else rgb[..., :1]
    alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
    path = tmp_path / "a.png"
    Image.fromarray(np.concatenate([colour, alpha], axis=2), mode).save(path)
    np.testing.assert_array_equal(images.load(path), colour.squeeze())
    alpha[5, 5] = 254
    Image.fromarray(np.concatenate([colour, alpha], axis=2), mode).save(path)
    refused(path, "transparent", "-flatten")


def test_transparency_of_palette_and_colour_key(tmp_path, rgb):
    Image.fromarray(rgb).quantize(16).save(tmp_path / "p.png", transparency=3)
    refused(tmp_path / "p.png", "transparent")
    Image.fromarray(rgb).save(tmp_path / "key.png", transparency=tuple(int(v) for v in rgb[2, 2]))
    refused(tmp_path / "key.png", "transparent")
    grey = np.full((4, 4), 7, np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png", transparency=200)  # a key that no pixel has
    np.testing.assert_array_equal(images.load(tmp_path / "grey.png"), grey)


@pytest.mark.parametrize(("colour_type", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_16_bit_png_is_refused(tmp_path, colour_type, channels):
    path = tmp_path / "deep.png"
    path.write_bytes(png_bytes(4, 3, 16, colour_type, b"\x12\x34" * (4 * 3 * channels)))
    refused(path, "8 bits", "convert")


def test_other_deep_files_are_refused(tmp_path):
    (tmp_path / "deep.ppm").write_bytes(b"P6 2 2 65535\n" + b"\1\2" * 12)
    refused(tmp_path / "deep.ppm", "8 bits")
    (tmp_path / "deep.pgm").write_bytes(b"P5 2 2 65535\n" + b"\1\2" * 4)
    refused(tmp_path / "deep.pgm", "8 bits")
    Image.fromarray(np.ones((4, 4), np.float32)).save(tmp_path / "float.tif")
    refused(tmp_path / "float.tif", "8 bits")


def test_deep_files_that_pillow_would_cut_in_silence_are_refused(tmp_path):
    deep = np.arange(3 * 4 * 5, dtype=np.uint16).reshape(3, 4, 5) * 1_000
    tifffile.imwrite(tmp_path / "planes.tif", deep, planarconfig="separate", photometric="rgb")
    refused(tmp_path / "planes.tif", "8 bits")
    Image.fromarray(np.uint8(deep[0] >> 8)).save(tmp_path / "deep.sgi", bpc=2)
    refused(tmp_path / "deep.sgi", "8 bits")
    tifffile.imwrite(tmp_path / "plain.tif", np.uint8(deep >> 8), planarconfig="separate", photometric="rgb")
    np.testing.assert_array_equal(images.load(tmp_path / "plain.tif"), np.moveaxis(np.uint8(deep >> 8), 0, 2))


def test_cmyk_and_animations_are_refused(tmp_path, rgb):
    Image.fromarray(rgb).convert("CMYK").save(tmp_path / "c.jpg")
    refused(tmp_path / "c.jpg", "CMYK", "convert")
    frames = [Image.fromarray(rgb), Image.fromarray(rgb[::-1].copy())]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    refused(tmp_path / "a.gif", "2 images")


def test_the_rotation_in_exif_is_applied(tmp_path, rgb):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was held upright: rotate by 90 degrees clockwise to show
    Image.fromarray(rgb).save(tmp_path / "r.png", exif=exif)
    np.testing.assert_array_equal(images.load(tmp_path / "r.png"), np.rot90(rgb, -1))


@pytest.mark.parametrize("kind", ["png", "jpg", "bmp", "tif", "webp"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_truncated_files_are_refused(tmp_path, rgb, kind, part):
    path = tmp_path / f"t.{kind}"
    Image.fromarray(np.tile(rgb, (8, 8, 1))).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * part)])
    refused(path)


def test_flipped_bytes_never_escape_as_another_error(tmp_path, rgb):
    """A damaged file is refused or, where the format has no checksum, read: nothing else, and no warning."""
    for kind in ("png", "jpg", "gif", "tif"):
        path = tmp_path / f"f.{kind}"
        Image.fromarray(rgb).save(path)
        whole = path.read_bytes()
        rng = np.random.default_rng(1)
        refusals = 0
        for _ in range(60):
            bad = bytearray(whole)
            for at in rng.integers(0, len(bad), 3):
                bad[at] ^= 0xFF
            path.write_bytes(bad)
            try:
                assert images.load(path).dtype == np.uint8
            except SrlibError as error:
                refusals += 1
                assert "\n" not in str(error)
        assert refusals, kind


def test_missing_empty_text_and_folder(tmp_path):
    refused(tmp_path / "none.png", "no such file")
    (tmp_path / "empty.png").touch()
    refused(tmp_path / "empty.png", "empty")
    (tmp_path / "text.png").write_text("hello")
    refused(tmp_path / "text.png", "not an image")
    (tmp_path / "folder").mkdir()
    refused(tmp_path / "folder", "folder")


@pytest.mark.parametrize("side", [10_000, 100_000])
def test_huge_images_are_refused(tmp_path, side):
    """10,000 squared makes Pillow warn, 100,000 squared makes it raise; the file itself is tiny."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + head
    path = tmp_path / "huge.png"
    path.write_bytes(data + struct.pack(">I", zlib.crc32(b"IHDR" + head)) + struct.pack(">I", 0) + b"IDAT")
    refused(path, "pixels")


def test_save_refuses_and_leaves_nothing(tmp_path, rgb):
    for bad in (rgb.astype(np.float32), rgb[..., :2], rgb[:0], rgb[None]):
        with pytest.raises(SrlibError, match="can save uint8"):
            images.save(tmp_path / "x.png", bad)
    with pytest.raises(SrlibError, match=r"\.png"):
        images.save(tmp_path / "x.jpg", rgb)
    with pytest.raises(SrlibError, match="cannot write"):
        images.save(tmp_path / "none" / "x.png", rgb)
    assert not list(tmp_path.iterdir())


def test_a_failed_save_keeps_the_old_file(tmp_path, rgb, monkeypatch):
    images.save(tmp_path / "x.png", rgb)

    def full(self, file, **options):
        file.write_bytes(b"half a")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", full)
    with pytest.raises(SrlibError, match="No space left"):
        images.save(tmp_path / "x.png", rgb[::-1])
    monkeypatch.undo()
    np.testing.assert_array_equal(images.load(tmp_path / "x.png"), rgb)
    assert [path.name for path in tmp_path.iterdir()] == ["x.png"]


def test_y_of_known_colours():
    colours = np.array([[[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    np.testing.assert_array_equal(images.rgb_to_y(colours), [[16, 235, 81, 145, 41]])
    exact = images.rgb_to_y(colours, rounded=False)
    assert exact.dtype == np.float64
    np.testing.assert_allclose(exact, [[16, 235, 81.481, 144.553, 40.966]], rtol=0, atol=1e-12)


def test_y_rounds_the_unrounded_form(rgb):
    exact = images.rgb_to_y(rgb, rounded=False)
    rounded = images.rgb_to_y(rgb)
    assert rounded.dtype == np.uint8
    np.testing.assert_array_equal(rounded, np.floor(exact + 0.5))
    np.testing.assert_array_equal(images.rgb_to_y(rgb.astype(np.float64), rounded=False), exact)


def test_grey_passes_through_y(rgb):
    grey = rgb[..., 0]
    np.testing.assert_array_equal(images.rgb_to_y(grey), grey)
    assert images.rgb_to_y(grey, rounded=False).dtype == np.float64
    with pytest.raises(SrlibError):
        images.rgb_to_y(rgb[..., :2])


def test_crop_and_shave(rgb):
    assert images.crop_to_multiple(rgb, 4).shape == (12, 16, 3)
    np.testing.assert_array_equal(images.crop_to_multiple(rgb, 4), rgb[:12, :16])
    np.testing.assert_array_equal(images.shave(rgb, 2), rgb[2:11, 2:15])
    np.testing.assert_array_equal(images.shave(rgb, 0), rgb)
    with pytest.raises(SrlibError, match="too small"):
        images.crop_to_multiple(rgb, 14)
    with pytest.raises(SrlibError, match="border"):
        images.shave(rgb[:4], 2)
