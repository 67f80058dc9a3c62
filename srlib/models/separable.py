"""Depthwise-separable convolutions: first each map by itself, then the maps among one another.

Document `cm_dwsc`, Section 3.2.1, Fig. 4, Eqs 3 to 8. A k x k convolution C -> N has C k k N weights; a depthwise k x k
one and a 1x1 convolution C -> N behind it have C k k + C N. That is 1/N + 1/k^2 of it, in weights and in
multiply-accumulates alike: 0.1267 for 3x3 and N = 64.
"""

import copy

from torch import nn

IMAGE_MAPS = 3  # a convolution that reads or writes no more maps than these works on an image


class SeparableConv2d(nn.Sequential):
    """In place of nn.Conv2d(inputs, outputs, kernel_size): (N, inputs, H, W) -> (N, outputs, H', W').

    The depthwise step has no bias, the 1x1 step has one if `bias`: inputs k k + inputs outputs + outputs parameters.
    stride, padding and the other options go to the depthwise step.
    """

    def __init__(self, inputs, outputs, kernel_size=3, bias=True, **options):
        super().__init__(
            nn.Conv2d(inputs, inputs, kernel_size, groups=inputs, bias=False, **options),
            nn.Conv2d(inputs, outputs, 1, bias=bias),
        )


def can_be_separated(module):
    """An ungrouped convolution, wider than 1x1, between maps: what reads or writes an image stays as it is."""
    return (
        type(module) is nn.Conv2d  # no kind of its own, which something else relies on
        and module.groups == 1
        and max(module.kernel_size) > 1
        and min(module.in_channels, module.out_channels) > IMAGE_MAPS
    )


def separated(convolution):
    """A fresh SeparableConv2d of the same size, stride and padding, on the same device."""
    kept = ("stride", "padding", "dilation", "padding_mode")
    return SeparableConv2d(
        convolution.in_channels,
        convolution.out_channels,
        convolution.kernel_size,
        bias=convolution.bias is not None,
        **{name: getattr(convolution, name) for name in kept},
    ).to(convolution.weight.device)


def separable(model):
    """A copy of a network in which every convolution that `can_be_separated` is depthwise-separable.

    Convolutions that share one kernel share its replacement. Fresh weights; transposed and grouped convolutions, 1x1
    ones, and those that read or write an image stay. The given network is left alone.
    """
    return replace(copy.deepcopy(model), can_be_separated, separated)


def replace(model, chosen, make):
    """Put `make(module)` in place of every module inside `model` for which `chosen(module)`; returns the model.

    A module that stands in several places has one replacement in all of them.
    """
    made = {}
    for parent in list(model.modules()):
        for name, child in list(parent._modules.items()):  # named_children leaves out what it has seen
            if chosen(child):
                if child not in made:
                    made[child] = make(child)
                setattr(parent, name, made[child])
    return model
