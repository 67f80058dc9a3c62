"""What training makes small: plain functions of two batches, or of a discriminator's logits.

Each gives a scalar tensor with a gradient: the mean over everything, so that a loss does not grow with the batch or
the patch. Images are (N, C, H, W) in 0..1. Raises SrlibError where two shapes differ: torch would stretch one of them.
"""

import math

import torch
from torch.nn import functional as F

from srlib.errors import SrlibError

ADVERSARIAL_WEIGHT = 1e-3  # SRGAN, Eq. 3


def mse(a, b):
    """Mean squared error: what PSNR is made of. SRGAN's Eq. 4, and the loss of most networks before 2017."""
    return _difference(a, b).square().mean()


def l1(a, b):
    """Mean absolute error: EDSR's loss and that of most networks after it."""
    return _difference(a, b).abs().mean()


def charbonnier(a, b, epsilon=1e-3):
    """Mean of sqrt(d^2 + epsilon^2): the absolute error with its kink at zero rounded off.

    LapSRN (Lai et al., CVPR 2017, Eq. 2; section 8 of the survey) with epsilon = 0.001. Two equal images cost epsilon,
    not 0. The paper adds the terms of its levels up; this is one level.
    """
    if not 0 < epsilon < math.inf:
        raise SrlibError(f"charbonnier: epsilon is a number above 0, not {epsilon}")
    return (_difference(a, b).square() + epsilon**2).sqrt().mean()


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


def _difference(a, b):
    if a.shape != b.shape:
        raise SrlibError(f"a loss compares two batches of one shape, not {tuple(a.shape)} and {tuple(b.shape)}")
    return a - b
