"""What training makes small: plain functions of two batches, or of a discriminator's logits.

Each gives a scalar tensor with a gradient: the mean over everything, so that a loss does not grow with the batch or
the patch. Images are (N, C, H, W) in 0..1. Raises SrlibError where two shapes differ: torch would stretch one of them.
"""

import inspect
import math
from functools import partial

import torch
from torch.nn import functional as F

from srlib.errors import SrlibError

ADVERSARIAL_WEIGHT = 1e-3  # SRGAN, Eq. 3


def mse(a, b):
    """Mean squared error: what PSNR is made of. SRGAN's Eq. 4, and the loss of most networks before 2017."""
    return _difference(a, b).square().mean()


def weighted_mse(a, b, weights):
    """Mean squared error in which each image of the batch counts what `weights`, (N,), says."""
    return (weights * _difference(a, b).square().mean((1, 2, 3))).mean()


def l1(a, b):
    """Mean absolute error: EDSR's loss and that of most networks after it."""
    return _difference(a, b).abs().mean()


def charbonnier(a, b, epsilon=1e-3):
    """Mean of sqrt(d^2 + epsilon^2): the absolute error with its kink at zero rounded off.

    LapSRN (Lai et al., CVPR 2017, Eq. 1; section 8 of the survey) with epsilon = 0.001. Two equal images cost epsilon,
    not 0. The paper adds the terms of its levels up; this is one level.
    """
    if not 0 < epsilon < math.inf:
        raise SrlibError(f"charbonnier: epsilon is a number above 0, not {epsilon}")
    return (_difference(a, b).square() + epsilon**2).sqrt().mean()


def low_pass(images, size=5, sigma=1.0):
    """A Gaussian blur, (N, C, H, W) -> the same; pixels beyond the border are those of the border.

    size   of the kernel, an odd number of pixels;   sigma   its standard deviation in pixels
    Raises SrlibError for an even size and for a sigma that is not above 0.
    """
    if not (isinstance(size, int) and size > 0 and size % 2 and 0 < sigma < math.inf):
        raise SrlibError(f"Gaussian: size is an odd number, sigma above 0, not size={size!r}, sigma={sigma!r}")
    place = torch.arange(size, dtype=torch.float64) - size // 2
    weights = torch.softmax(-(place**2) / (2 * sigma**2), 0).to(images)  # e^(-x^2 / 2 sigma^2), with sum 1
    each = images.shape[1]  # every channel by itself
    x = F.pad(images, [size // 2] * 4, mode="replicate")
    x = F.conv2d(x, weights.view(1, 1, 1, size).expand(each, 1, 1, size), groups=each)
    return F.conv2d(x, weights.view(1, 1, size, 1).expand(each, 1, size, 1), groups=each)


def high_pass(images, size=5, sigma=1.0):
    """What `low_pass` takes away: low_pass(x) + high_pass(x) = x."""
    return images - low_pass(images, size, sigma)


def high_frequency(a, b, alpha=0.4, beta=0.6, size=5, sigma=1.0):
    """alpha * mean |a - b| + beta * mean |H(a) - H(b)|, H = `high_pass`: the loss of `gidrn`, section 2.4, Eqs 11, 12.

    The weights are those of section 3.2 and Table 3; the last sentence of section 3.3 swaps them. The document gives
    no size and no sigma: with sigma a little below 1 the blurred photograph of its Fig 6 has the printed 36.72 dB, and
    5 pixels hold such a kernel to two sigma. H is linear, so one filter is enough: H(a) - H(b) = H(a - b).
    """
    difference = _difference(a, b)
    return alpha * difference.abs().mean() + beta * high_pass(difference, size, sigma).abs().mean()


def adversarial_generator(logits):
    """Mean of -log D(G(x)), from the discriminator's logits of generated images: small when they pass as photographs.

    SRGAN, Eq. 6. With z the logit, -log sigmoid(z) = log(1 + e^-z): the logarithm of a probability that was rounded
    to 0 would be infinite, this is exact for every z. The paper adds over the images of a batch, this takes their mean.
    """
    return F.softplus(-logits).mean()


def adversarial_discriminator(real_logits, fake_logits):
    """Mean of -log D(photograph) plus mean of -log(1 - D(G(x))), from logits; 2 log 2 when D can tell nothing.

    SRGAN, Eq. 2, with the sign that makes it a loss. Detach the generated images, or the generator learns from it too.
    """
    return F.softplus(-real_logits).mean() + F.softplus(fake_logits).mean()


def vgg_content(features, a, b):
    """Mean squared error between the feature maps of two batches of images: SRGAN's VGG loss, Eq. 5.

    features   a function from images to maps, such as `srlib.vgg.load(...)`

    Eq. 5 divides by the size of a map and does not say whether it adds over the 512 maps; here they are averaged, as
    all else is.
    """
    _difference(a, b)
    with torch.no_grad():
        wanted = features(b)  # the photographs: nothing to learn there
    return mse(features(a), wanted)


def perceptual(content, logits, weight=ADVERSARIAL_WEIGHT):
    """SRGAN's perceptual loss, Eq. 3: `content` (`mse`, or `vgg_content`) plus weight * `adversarial_generator`."""
    return content + weight * adversarial_generator(logits)


# What a recipe may call its loss. The squared error is torch's own, not `mse`: their gradients differ in the last bit,
# and the records were made with torch's.
LOSSES = {"mse": F.mse_loss, "l1": l1, "charbonnier": charbonnier, "high_frequency": high_frequency}


def named(name, options=None):
    """The loss of a recipe, a function of two batches, with its options set.

    Raises SrlibError for an unknown name or option, and for an option's value that the loss refuses.
    """
    if name not in LOSSES:
        raise SrlibError(f"unknown loss {name!r}: one of {', '.join(LOSSES)}")
    known = [] if name == "mse" else list(inspect.signature(LOSSES[name]).parameters)[2:]
    for option in options or {}:
        if option not in known:
            raise SrlibError(f"loss {name} has no option {option!r}: it has {', '.join(known) or 'none'}")
    loss = partial(LOSSES[name], **(options or {}))
    try:
        loss(torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1))
    except TypeError:
        raise SrlibError(f"loss {name}: its options are numbers, not {options!r}") from None
    return loss


def _difference(a, b):
    if a.shape != b.shape:
        raise SrlibError(f"a loss compares two batches of one shape, not {tuple(a.shape)} and {tuple(b.shape)}")
    return a - b
