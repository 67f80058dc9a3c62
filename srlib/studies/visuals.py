"""Pictures to look at: Fig 7 of `ddsr` (a network makes the luma, bicubic interpolation the colour), Fig 10 of `gidrn`.

The luma is that of each document's protocol, y8 or rgb, so a picture's PSNR is the one that tables print.
"""

from dataclasses import dataclass

import numpy as np

from srlib import datasets, images, models, paths, pretrained, published, records
from srlib.errors import SrlibError
from srlib.evaluation import PROTOCOLS, luma_of, prepare, super_resolve
from srlib.metrics import psnr
from srlib.resize import imresize
from srlib.upscaling import rgb_to_ycbcr, ycbcr_to_rgb

FIG7 = ("BSD200/12003", "Set14/monarch", "Set5/bird", "Set14/comic")  # as printed; published.HOMES knows better
RULES = PROTOCOLS["y8"]
FIG10 = ("Urban100/img005", "Urban100/img020", "Urban100/img024")  # of `gidrn`, the last one of its Fig 2
COLOUR_RULES = PROTOCOLS["rgb"]


@dataclass(frozen=True)
class Picture:
    """One picture, from a photograph or from a network: `luma` as float64 (H, W), `colour` as uint8 (H, W[, 3])."""

    luma: np.ndarray
    colour: np.ndarray


def photographs(places=FIG7):
    """{place: uint8 pixels} of the places whose sets are on this machine; of the embedded test images if none is."""
    found = {}
    for place in places:
        dataset, _, name = published.HOMES.get(place, place).partition("/")
        if datasets.available(dataset):
            (found[place],) = (image.pixels for image in datasets.load(dataset) if image.name == name)
    return found or {image.name: image.pixels for image in datasets.load("embedded_test")}


def networks(scale=3):
    """{name: network} of those whose weights are on this machine, from the oldest to the newest."""
    found = {"Bicubic": models.create("bicubic", scale)}
    for label, name, variant in (("SRCNN", "srcnn", "9-1-5"), ("FSRCNN", "fsrcnn", None)):
        file = pretrained.official(name, variant).file.format(scale=scale)
        if pretrained.find(file):
            found[label] = pretrained.load(name, scale, variant)
    run = records.load(paths.RECORDS / records.FLAGSHIPS["ddsr", scale])
    found["DDSR"] = records.network(run)
    return found


def original(pixels, scale, rules=RULES):
    """The photograph itself, cropped to a multiple of the scale: what the others are compared with."""
    hr = images.crop_to_multiple(pixels, scale)
    return Picture(images.rgb_to_y(hr, rounded=rules.y_rounded).astype(np.float64), hr)


def enlarge(model, pixels, scale):
    """What a luma network makes of the shrunk photograph, as a Picture of the size of `original`."""
    if model.input not in ("y", "any"):
        raise SrlibError(f"this network takes {model.input} images; here the luma alone is enlarged")
    low, _ = prepare(pixels, scale, RULES, "y")
    luma = luma_of(super_resolve(model, low), RULES)
    if pixels.ndim == 2:
        return Picture(luma, luma.astype(np.uint8))
    chroma = rgb_to_ycbcr(images.crop_to_multiple(pixels, scale).astype(np.float64))[..., 1:]
    chroma = imresize(imresize(chroma, 1 / scale), scale)
    rgb = ycbcr_to_rgb(np.concatenate([luma[..., None], chroma], axis=-1))
    return Picture(luma, np.floor(rgb + 0.5).clip(0, 255).astype(np.uint8))


def enlarge_colour(model, pixels, scale):
    """The same for a network that takes colour, or for bicubic interpolation: protocol rgb."""
    low, _ = prepare(pixels, scale, COLOUR_RULES, "rgb")
    return colour_picture(model, low)


def colour_picture(model, low):
    """A colour network's answer to an image as it is, float64 (h, w, 3) in 0..1, as a Picture."""
    output = super_resolve(model, low)
    return Picture(luma_of(output, COLOUR_RULES), np.floor(255 * output + 0.5).clip(0, 255).astype(np.uint8))


def whole_psnr(picture, reference, border):
    """PSNR of two Pictures, dB, with `border` pixels shaved a side; protocol y8 shaves as many as the scale."""
    return psnr(*(images.shave(each.luma, border) for each in (picture, reference)))


def part_psnr(picture, reference, window):
    """PSNR inside a window (two slices), dB."""
    return psnr(picture.luma[window], reference.luma[window])


def largest(values, side, border):
    """The window of side x side pixels, `border` pixels or more from the edge, with the largest sum: two slices.

    values   (H, W), such as squared errors.   Raises SrlibError when no window fits.
    """
    inside = images.shave(values, border)
    if min(inside.shape) < side:
        raise SrlibError(f"no window of {side} pixels fits into {inside.shape[1]} x {inside.shape[0]}")
    total = np.pad(inside, ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side] + total[:-side, :-side]
    top, left = (int(i) + border for i in np.unravel_index(sums.argmax(), sums.shape))
    return slice(top, top + side), slice(left, left + side)
