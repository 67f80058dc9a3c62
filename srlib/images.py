"""Images in and out, the Y channel, crop and shave.

Everywhere in srlib an image on disk is a uint8 array, (H, W) when grey and (H, W, 3) when RGB, in 0..255.
"""

import os
import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps
from PIL.TiffImagePlugin import BITSPERSAMPLE

from srlib.errors import SrlibError

# Row of Y in MATLAB's rgb2ycbcr. MATLAB divides by 255 by multiplying with the reciprocal; so do we, because
# the last bit decides which way a half rounds.
Y_WEIGHTS = np.array([65.481, 128.553, 24.966]) * (1 / 255)
Y_OFFSET = 16.0


def load(path):
    """Read an image file as uint8, (H, W) when grey or (H, W, 3) when RGB, values 0..255.

    Palette images become RGB, 1-bit images grey, a fully opaque alpha channel is dropped, and EXIF's
    rotation is applied. What would lose information without the caller's word is refused: 16-bit samples,
    real transparency, CMYK and other colour spaces, animations.

    Raises SrlibError, one line naming the file, for those and for a missing, damaged or huge file.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's remarks on odd metadata; damage raises instead
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                _refuse_what_8_bits_cannot_hold(image, path)
                image.load()
                return np.array(_as_rgb_or_grey(ImageOps.exif_transpose(image), path))
    except SrlibError:
        raise
    except FileNotFoundError:
        raise SrlibError(f"{path}: no such file") from None
    except IsADirectoryError:
        raise SrlibError(f"{path}: is a folder, not an image") from None
    except PermissionError:
        raise SrlibError(f"{path}: no permission to read it") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        limit = f"{Image.MAX_IMAGE_PIXELS:,} pixels"
        raise SrlibError(f"{path}: more than {limit}; crop or shrink it first") from None
    except Image.UnidentifiedImageError:
        what = "not an image" if path.stat().st_size else "empty"
        raise SrlibError(f"{path}: the file is {what}") from None
    except Exception as error:  # Pillow's decoders raise almost any type on damaged bytes
        reason = " ".join(str(error).split()) or type(error).__name__
        raise SrlibError(f"{path}: the image is damaged ({reason})") from None


def _refuse_what_8_bits_cannot_hold(image, path):
    """Refuse 16-bit samples and animations. Before decoding: Pillow silently cuts 16-bit RGB to 8."""
    layouts = [tile.args if isinstance(tile.args, tuple) else (tile.args,) for tile in image.tile]
    raw = [item for layout in layouts for item in layout]
    deep = any(isinstance(item, str) and ";16" in item for item in raw)
    deep = deep or (image.format == "PPM" and any(isinstance(item, int) and item > 255 for item in raw))
    deep = deep or any(tile.codec_name == "SGI16" for tile in image.tile)
    if image.format == "TIFF":  # samples in planes of their own name no depth above
        deep = deep or max(image.tag_v2.get(BITSPERSAMPLE, (8,))) > 8
    if deep or image.mode == "F" or image.mode.startswith("I"):
        raise SrlibError(f"{path}: more than 8 bits a sample; convert it, e.g. `convert IN -depth 8 OUT.png`")
    # MPO is a camera's JPEG with a preview behind it: its first frame is the photograph.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise SrlibError(f"{path}: holds {image.n_frames} images; save the one you want as a PNG")


def _as_rgb_or_grey(image, path):
    """The same pixels in mode "L" or "RGB"."""
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBA", "RGBa"):
        grey = image.mode in ("1", "L", "LA", "La")
        image = image.convert("RGBA")
        if image.getchannel("A").getextrema()[0] < 255:
            raise SrlibError(f"{path}: has transparent pixels; put it on a background first, "
                             "e.g. `convert IN -background white -flatten OUT.png`")
        return image.convert("RGB").getchannel("R") if grey else image.convert("RGB")
    if image.mode in ("L", "RGB"):
        return image
    if image.mode in ("1", "P", "RGBX"):
        return image.convert("L" if image.mode == "1" else "RGB")
    raise SrlibError(f"{path}: is a {image.mode} image; convert it to 8-bit RGB first, "
                     "e.g. `convert IN -colorspace sRGB OUT.png`")


def colour_profile(path):
    """The ICC profile inside an image file that `load` can read, as bytes; None when it has none."""
    with Image.open(path) as image:
        return image.info.get("icc_profile")


def save(path, image, *, profile=None):
    """Write a uint8 image, (H, W) or (H, W, 3), as a PNG: whole or not at all (temporary name, then moved).

    `profile` are the bytes of an ICC profile that says what the colours mean.

    Raises SrlibError for another dtype or shape, a name that does not end in .png, or a failed write.
    """
    path = Path(path)
    if image.dtype != np.uint8 or image.size == 0 or not (image.ndim == 2 or image.shape[2:] == (3,)):
        raise SrlibError(f"{path}: can save uint8 (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
    if path.suffix.lower() != ".png":
        raise SrlibError(f"{path}: images are saved as PNG; end the name in .png")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        Image.fromarray(np.ascontiguousarray(image)).save(temporary, format="PNG", icc_profile=profile)
        os.replace(temporary, path)
    except OSError as error:
        raise SrlibError(f"{path}: cannot write it ({error.strerror or error})") from None
    finally:
        temporary.unlink(missing_ok=True)


def rgb_to_y(rgb, *, rounded=True):
    """Luma as MATLAB's rgb2ycbcr gives it (ITU-R BT.601, studio range: black 16, white 235).

    rgb      (H, W, 3) in 0..255, uint8 or float
    rounded  True: uint8 (H, W), halves rounded up, as MATLAB does with a uint8 image
             False: float64 (H, W), not rounded

    A grey image (H, W) passes through with its values as they are: it is taken for a Y channel already.
    Raises SrlibError for another shape.
    """
    if rgb.ndim != 2 and rgb.shape[2:] != (3,):
        raise SrlibError(f"rgb_to_y: takes (H, W, 3) or (H, W), not {rgb.shape}")
    y = rgb.astype(np.float64)
    if y.ndim == 3:
        y = ((Y_WEIGHTS[0] * y[..., 0] + Y_WEIGHTS[1] * y[..., 1]) + Y_WEIGHTS[2] * y[..., 2]) + Y_OFFSET
    return np.floor(y + 0.5).clip(0, 255).astype(np.uint8) if rounded else y


def crop_to_multiple(image, scale):
    """Cut right and bottom so that height and width are multiples of `scale` (an integer >= 1).

    Raises SrlibError when nothing would be left.
    """
    height, width = image.shape[:2]
    if min(height, width) < scale:
        raise SrlibError(f"crop: an image of {width} x {height} pixels is too small for scale {scale}")
    return image[: height - height % scale, : width - width % scale]


def shave(image, border):
    """Cut `border` pixels (>= 0) from each side. Raises SrlibError when nothing would be left."""
    height, width = image.shape[:2]
    if min(height, width) <= 2 * border:
        raise SrlibError(f"shave: an image of {width} x {height} pixels is nothing but border {border}")
    return image[border : height - border, border : width - border]
