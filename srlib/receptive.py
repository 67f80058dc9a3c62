"""The receptive field of a network, measured on the network itself."""

from typing import NamedTuple

import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from srlib.errors import SrlibError

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


class Field(NamedTuple):
    """How far a network sees, along one axis.

    pixels      pixels of its input that one output pixel depends on, at most
    hr_pixels   the same in output pixels, where an enlargement that only repeats pixels counts 1: n input pixels of a
                network that enlarges at its end are (n - 1) scale + 1
    whole       a mean over the whole image reaches every pixel too; it is set aside in the two numbers
    """

    pixels: int
    hr_pixels: int
    whole: bool


class _Marks(TorchFunctionMode):
    """Lets a NaN stand for "depends on the marked pixels", and convolutions pass on such marks alone.

    Any number times NaN is NaN, so weights do not matter, no rectifier is dead and nothing fades with depth.
    """

    def __init__(self):
        super().__init__()
        self.whole = False

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if func in (F.conv2d, F.conv_transpose2d):
            return convolve_marks(func, *args, **(kwargs or {}))
        out = func(*args, **(kwargs or {}))
        if is_pooled(func, args, out) and out.isnan().any():
            self.whole = True
            return torch.nan_to_num(out, nan=0.5)
        return out


def is_pooled(func, args, out):
    """Whether `out` is one number a map of an image, or the few of an adaptive pooling."""
    image = args[0] if args else None
    if not all(isinstance(each, torch.Tensor) and each.ndim == 4 for each in (image, out)):
        return False
    return out.shape[2:].numel() == 1 < image.shape[2:].numel() or func is F.adaptive_avg_pool2d


def convolve_marks(func, x, weight, bias=None, stride=1, padding=0, *rest, **options):
    """The marks of a convolution's output, from one map a group instead of all: what reaches one reaches each."""
    transposed = func is F.conv_transpose2d
    names = ("output_padding", "groups", "dilation") if transposed else ("dilation", "groups")
    options |= dict(zip(names, rest, strict=False))
    groups = options.get("groups", 1)
    outputs = weight.shape[1] * groups if transposed else weight.shape[0]
    marked = x.isnan().view(x.shape[0], groups, -1, *x.shape[2:]).any(2).float()
    hit = func(marked, torch.ones(groups, 1, *weight.shape[2:]), None, stride, padding, **options) > 0.5
    return torch.zeros(hit.shape).masked_fill_(hit, torch.nan).repeat_interleave(outputs // groups, 1)


def receptive_field(model):
    """The Field of a network that enlarges by `model.scale`: measured on the network, not counted from its layers.

    In an image of three rows the middle column is marked. What it reaches in the output is as wide as what an output
    pixel sees, since all places of an image are treated alike. (Where a grid coarser than a pixel decides, as in
    SMSR's masks, it is one place's width, and the next one's may differ by the grid's step.)

    Networks are taken in training mode, where SMSR's masks pass on what they see, with the stored statistics in batch
    normalisation. All that a path could carry counts, with whatever weights, also a tap whose weight is zero;
    how much arrives is not asked. The network given stays as it is.

    Raises SrlibError for a field wider than 4,096 pixels, and what the network itself raises for such an image.
    """
    channels = 3 if model.input == "rgb" else 1
    step = 1 if model.upscaled_input else model.scale
    reach = sum(max(m.kernel_size) - 1 for m in model.modules() if isinstance(m, CONVOLUTIONS))
    for width in (256, 1024, 4096):
        if reach > width:
            continue  # one convolution behind the other would not fit
        image = torch.zeros(1, channels, 3, width)
        image[..., width // 2] = torch.nan
        with _Marks() as marks:
            reached = run(model, image).isnan().amax((0, 1, 2)).nonzero()
        low, high = int(reached.min()), int(reached.max())
        if low > 0 and high < width * step - 1:
            wide = high - low + 1
            return Field(-(-wide // step), wide - step + 1, marks.whole)
    raise SrlibError("the receptive field is wider than 4,096 pixels")


def run(model, image):
    """The output of a network whose every number is zero, in training mode but for batch normalisation.

    The network may be one of shapes alone, and is afterwards as before.
    """
    modules = dict(model.named_modules())
    zeros = {
        f"{name}.{own}".lstrip("."): torch.zeros(numbers.shape)
        for name, module in modules.items()
        if not isinstance(module, CONVOLUTIONS)  # of these only shapes are looked at
        for own, numbers in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False))
    }
    before = {module: module.training for module in modules.values()}
    try:
        for module in before:
            module.training = not isinstance(module, nn.BatchNorm2d)
        with torch.no_grad(), torch.random.fork_rng(devices=()):
            return torch.func.functional_call(model, zeros, (image,))
    finally:
        for module, training in before.items():
            module.training = training
