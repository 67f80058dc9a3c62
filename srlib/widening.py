"""Train few channels first, then widen the network, which from there on computes what the narrow one did.

A narrow network costs a fraction of the time per patch, so in the same minutes it sees many more. The new maps begin
with random kernels, and nothing listens to them yet: the picture stays as it was, to the bit, and the kernels that
listen grow from zero. T. Chen, I. Goodfellow, J. Shlens, "Net2Net: accelerating learning via knowledge transfer",
ICLR 2016, widen by copies of old maps instead.
"""

import torch

from srlib import models
from srlib.models.ddsr import start_at_nearest


def options_at(recipe, iteration):
    """The options of the network after so many iterations of a recipe: it widens just before the next one."""
    if recipe.narrow and iteration <= recipe.narrow[1]:
        return recipe.options | {"channels": recipe.narrow[0]}
    return recipe.options


@torch.no_grad()
def widened(narrow, recipe):
    """A network with all the recipe's channels that gives the same picture as the narrow DDSR, on the CPU."""
    wide = models.create(recipe.model, recipe.scale, **recipe.options)
    start_at_nearest(wide)
    torch.nn.init.kaiming_normal_(wide.body[-1].weight, a=0.25)  # zero so far
    wide.last.weight.zero_()
    old = narrow.upsample.out_channels
    for convolution in wide.body:
        convolution.weight[:old] = 0  # old maps do not hear the new ones
    for ours, theirs in zip(wide.parameters(), narrow.cpu().parameters(), strict=True):
        corner = tuple(slice(side) for side in theirs.shape)  # the old maps come first
        ours[corner] = theirs
    return wide
