"""Measure a network on an image set under a named protocol: one row an image.

Two correct programs differ by a decibel when they round, crop or convert differently, so a number without its
protocol is worth nothing. Shave is always `scale` pixels a side; a set's figure is the mean over its images.
"""

import math
import time
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
import torch

from srlib import datasets, images
from srlib.allocator import keep_freed_memory
from srlib.errors import SrlibError
from srlib.metrics import ifc as fidelity
from srlib.metrics import psnr, ssim
from srlib.metrics.ifc import SMALLEST
from srlib.resize import imresize


@dataclass(frozen=True)
class Protocol:
    """How the LR image is made and what is rounded on the way to the metric."""

    name: str
    colour: str | None  # what is degraded and goes in: "y", "rgb", or None: what the network takes
    lr_rounded: bool  # LR is a uint8 image (rounded after each pass of imresize), or double
    output_rounded: bool  # the network's output is rounded to uint8 before the metric
    y_rounded: bool  # luma is rounded to uint8, on both sides of the comparison
    border: str = "symmetric"
    legal_output: bool = False  # luma of the output is kept in 16..235, the values that a photograph's luma can have

    def describe(self):
        """One line for the foot of a table."""
        what = {"y": "luma", "rgb": "RGB", None: "the network's input"}[self.colour]
        lr = "rounded to uint8" if self.lr_rounded else "not rounded"
        out = "rounded to uint8" if self.output_rounded else "not rounded"
        out += " and kept in 16..235" if self.legal_output else ""
        y = "uint8" if self.y_rounded else "not rounded"
        return (
            f"Protocol {self.name}: LR = MATLAB imresize of {what} ({self.border} border, {lr}); output {out}; "
            f"metrics on luma ({y}), scale pixels shaved a side, mean over images."
        )


PROTOCOLS = {
    "rgb": Protocol("rgb", "rgb", lr_rounded=True, output_rounded=True, y_rounded=False),
    "y8": Protocol("y8", "y", lr_rounded=False, output_rounded=True, y_rounded=True),
    "y8_legal": Protocol("y8_legal", "y", lr_rounded=False, output_rounded=True, y_rounded=True, legal_output=True),
    "rgb_float": Protocol("rgb_float", "rgb", lr_rounded=False, output_rounded=True, y_rounded=False),
    "float": Protocol("float", None, lr_rounded=False, output_rounded=False, y_rounded=False),
}


def protocol_named(name):
    if name not in PROTOCOLS:
        raise SrlibError(f"unknown protocol {name!r}: one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[name]


def prepare(pixels, scale, protocol, colour):
    """Make the LR input and the reference luma out of a uint8 HR image.

    Returns LR as float64 in 0..1, (h, w) for colour "y" and (h, w, 3) for "rgb", and the luma of the cropped HR
    image as float64 in 0..255, (scale h, scale w).
    """
    hr = images.crop_to_multiple(pixels, scale)
    reference = images.rgb_to_y(hr, rounded=protocol.y_rounded).astype(np.float64)
    source = reference
    if colour == "rgb":
        source = hr if hr.ndim == 3 else np.stack([hr] * 3, axis=-1)
        reference = images.rgb_to_y(source, rounded=protocol.y_rounded).astype(np.float64)
    if protocol.lr_rounded:
        return imresize(source.astype(np.uint8), 1 / scale, border=protocol.border, between="uint8") / 255, reference
    return imresize(source / 255, 1 / scale, border=protocol.border), reference


@torch.inference_mode()
def super_resolve(model, lr):
    """Run a network on one LR image: float64 in 0..1, (h, w) or (h, w, 3) -> (scale h, scale w[, 3])."""
    keep_freed_memory()
    if model.upscaled_input:
        lr = imresize(lr, model.scale)
    like = next(model.parameters(), torch.zeros((), dtype=torch.float64))  # bicubic has no parameters
    x = torch.from_numpy(np.atleast_3d(lr)).permute(2, 0, 1)[None]  # (1, C, h, w)
    x = x.to(like, memory_format=torch.channels_last)  # faster on a processor, even where C is 1
    out = model(x)[0].permute(1, 2, 0).double().cpu().numpy()
    return out if lr.ndim == 3 else out[..., 0]


def self_ensemble(run, image):
    """The mean of `run` over the eight ways to turn and mirror an image, (H, W) or (H, W, C): "x8", or "+" in tables.

    R. Timofte, R. Rothe, L. Van Gool, "Seven ways to improve example-based single image super resolution", CVPR 2016.
    """
    total = None
    for mirrored in (False, True):
        for quarters in range(4):
            out = run(np.ascontiguousarray(np.rot90(image[:, ::-1] if mirrored else image, quarters)))
            out = np.rot90(out, -quarters)
            out = out[:, ::-1] if mirrored else out
            total = out.copy() if total is None else np.add(total, out, out=total)
    return np.divide(total, 8, out=total)


def luma_of(output, protocol):
    """The network's output, 0..1, as the luma that the metrics compare: float64 (H, W) in 0..255."""
    pixels = output * 255
    if protocol.output_rounded:
        pixels = np.floor(pixels + 0.5).clip(0, 255)
    luma = images.rgb_to_y(pixels, rounded=protocol.y_rounded).astype(np.float64)
    return luma.clip(16, 235) if protocol.legal_output else luma


def score(model, named_images, scale, protocol, progress=None, ensemble=False, ifc=False):
    """Measure a network on images (a list of NamedImage): a list of dicts name, psnr, ssim, seconds.

    `progress` wraps the list, e.g. in a tqdm bar; `ensemble` measures the x8 self-ensemble; `ifc` adds "ifc" to each
    dict, NaN for an image that is too small for it once shaved: a mean over the rest is of another set. Raises
    SrlibError when the network takes other images than the protocol gives, or when its output is not finite.
    """
    colour = protocol.colour or ("rgb" if model.input == "rgb" else "y")
    if model.input not in (colour, "any"):
        raise SrlibError(f"this network takes {model.input} images, protocol {protocol.name} gives {colour}")
    training = model.training
    model.eval()
    rows = []
    for image in progress(named_images) if progress else named_images:
        lr, reference = prepare(image.pixels, scale, protocol, colour)
        begin = time.perf_counter()
        run = partial(super_resolve, model)
        output = self_ensemble(run, lr) if ensemble else run(lr)
        seconds = time.perf_counter() - begin
        if not np.isfinite(output).all():
            raise SrlibError(f"{image.name}: the network's output is not finite")
        a, b = (images.shave(y, scale) for y in (luma_of(output, protocol), reference))
        row = {"name": image.name, "psnr": psnr(a, b), "ssim": ssim(a, b), "seconds": seconds}
        if ifc:
            row["ifc"] = fidelity(reference=b, image=a) if min(b.shape) >= SMALLEST else math.nan
        rows.append(row)
    model.train(training)
    return rows


def evaluate(model, dataset, scale, protocol, progress=None, ensemble=False, ifc=False):
    """Measure a network on a data set by name: a DataFrame, one row an image (name, psnr, ssim, seconds[, ifc]).

    Raises SrlibError for a set that is not here, or whose pictures are no originals to shrink.
    """
    datasets.require_originals(dataset)
    import pandas as pd  # not needed for training, and not everywhere where training runs

    rows = pd.DataFrame(score(model, datasets.load(dataset), scale, protocol, progress, ensemble, ifc))
    rows.attrs = {"dataset": dataset, "scale": scale, "protocol": asdict(protocol), "ensemble": ensemble}
    return rows
