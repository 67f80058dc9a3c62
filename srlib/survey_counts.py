"""What the survey says about its networks in numbers, counted here on the networks themselves.

The document prints no table; its numbers are layers, kernels, maps and recursions inside sentences
(data/published/survey.csv). Every network is built on the meta device, where layers have shapes and no values.
"""

import math
from functools import cache

import torch
from torch import nn
from torch.nn.functional import pixel_unshuffle

from srlib import complexity, datasets
from srlib.complexity import outline as network

CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def passes(model, kinds=CONVOLUTIONS, size=24):
    """The layers of these kinds that one image of `size` x `size` goes through, in order: [(layer, input, output)].

    A layer with shared weights stands there as often as it is used. Input and output are the tensors themselves.
    """
    seen = []
    hooks = [
        module.register_forward_hook(lambda layer, inputs, output: seen.append((layer, inputs[0], output)))
        for module in model.modules()
        if isinstance(module, kinds)
    ]
    try:
        complexity.run_on_zeros(model, (1, 1 if model.input == "y" else 3, size, size))
    finally:
        for hook in hooks:
            hook.remove()
    return seen


@cache
def layers(name, kinds=CONVOLUTIONS, size=24):
    return [layer for layer, _, _ in passes(network(name), kinds, size)]


def kernels(name):
    """The side of every kernel, layer by layer."""
    return [layer.kernel_size[0] for layer in layers(name)]


def uses(name, part):
    """How often one pass goes through each convolution of the network's `part`: a list of numbers."""
    seen, own = layers(name), list(network(name).get_submodule(part).modules())
    return [seen.count(layer) for layer in own if isinstance(layer, CONVOLUTIONS)]


def maps(channels, size=6):
    return torch.zeros(1, channels, size, size, device="meta")


def level_enlarges():
    """By how much one level of LapSRN widens its image."""
    with complexity.Shapes():
        _, image = network("lapsrn").levels[0](maps(64), maps(1))
    return image.shape[-1] / maps(1).shape[-1]


def sub_pixel_enlarges():
    """By how much the first sub-pixel layer of SRResNet widens its maps: convolution, shuffle, PReLU."""
    with complexity.Shapes():
        return network("srresnet").up[:3](maps(64)).shape[-1] / maps(64).shape[-1]


def fed_by_the_first_level():
    """How many layers take the features that the first level of LapSRN x4 has enlarged."""
    model, given = network("lapsrn"), []
    hook = model.levels[0].activation.register_forward_hook(lambda module, inputs, output: given.append(output))
    try:
        seen = passes(model)
    finally:
        hook.remove()
    return sum(inputs is given[0] for _, inputs, _ in seen)


def block_layers():
    return [layer for layer in network("srresnet").blocks[0].modules() if isinstance(layer, nn.Conv2d)]


def one_map_weights(kernel, count):
    """Weights of `count` kernels in a row between single maps."""
    return sum(complexity.weights(nn.Conv2d(1, 1, kernel, device="meta")) for _ in range(count))


def rearranged(side, scale):
    """The shape (maps, height, width) of a square image whose blocks of scale x scale pixels became maps."""
    return tuple(pixel_unshuffle(torch.zeros(1, side, side, device="meta"), scale).shape)


# (section, what is counted, in which unit of counting) as in data/published/survey.csv -> a function that counts
COUNTS = {
    ("1. SRCNN", "SRCNN", "layers"): lambda: len(layers("srcnn")),
    ("1. SRCNN", "layer 1", "kernel"): lambda: kernels("srcnn")[0],
    ("1. SRCNN", "layer 2", "kernel"): lambda: kernels("srcnn")[1],
    ("1. SRCNN", "layer 3", "kernel"): lambda: kernels("srcnn")[2],
    ("1. SRCNN", "layer 1", "maps"): lambda: layers("srcnn")[0].out_channels,
    ("1. SRCNN", "layer 2", "maps"): lambda: layers("srcnn")[1].out_channels,
    ("1. SRCNN", "Timofte data set", "images"): lambda: len(datasets.sources("T91")),
    ("2. FSRCNN", "FSRCNN", "parts"): lambda: len({str(layer) for layer in layers("fsrcnn")}),
    ("2. FSRCNN", "SRCNN, layer 1", "kernel"): lambda: kernels("srcnn")[0],
    ("2. FSRCNN", "SRCNN, mapping", "kernel"): lambda: kernels("srcnn")[1],  # of the network in Section 1
    ("2. FSRCNN", "feature extraction", "kernel"): lambda: kernels("fsrcnn")[0],
    ("2. FSRCNN", "shrinking", "kernel"): lambda: kernels("fsrcnn")[1],
    ("2. FSRCNN", "mapping", "kernel"): lambda: kernels("fsrcnn")[2],
    ("2. FSRCNN", "expanding", "kernel"): lambda: kernels("fsrcnn")[-2],
    ("2. FSRCNN", "two 3x3 kernels", "weights"): lambda: one_map_weights(3, 2),
    ("2. FSRCNN", "one 5x5 kernel", "weights"): lambda: one_map_weights(5, 1),
    ("2. FSRCNN", "general-100", "images"): lambda: len(datasets.sources("General100")),
    ("3. ESPCN", "ESPCN", "layers"): lambda: len(layers("espcn")),
    ("3. ESPCN", "21x21 image, rearranged", "maps"): lambda: rearranged(21, 3)[0],
    ("3. ESPCN", "21x21 image, rearranged", "side"): lambda: rearranged(21, 3)[1],
    ("4. VDSR", "VDSR", "layers"): lambda: len(layers("vdsr")),
    ("4. VDSR", "VDSR", "kernel"): lambda: max(kernels("vdsr")),
    ("5. DRCN", "DRCN", "recursions"): lambda: uses("drcn", "inference")[0],
    ("6. RED", "RED", "layers"): lambda: len(layers("red30")),
    ("7. DRRN", "residual unit", "layers"): lambda: sum(n > 1 for n in uses("drrn", "body.0")),
    ("7. DRRN", "DRRN", "recursive blocks"): lambda: len(network("drrn").body),
    ("7. DRRN", "DRRN", "residual units"): lambda: max(uses("drrn", "body.0")),
    ("7. DRRN", "DRRN", "layers"): lambda: len(layers("drrn")),
    ("8. LapSRN", "one level", "enlargement"): level_enlarges,
    ("8. LapSRN", "8 times", "levels"): lambda: math.log(8, level_enlarges()),
    ("8. LapSRN", "after a level's deconvolution", "layers"): fed_by_the_first_level,
    ("9. SRDenseNet", "bottleneck layer", "kernel"): lambda: network("srdensenet").bottleneck[0].kernel_size[0],
    ("10. SRGAN", "residual block", "layers"): lambda: len(block_layers()),
    ("10. SRGAN", "residual block", "kernel"): lambda: max(layer.kernel_size[0] for layer in block_layers()),
    ("10. SRGAN", "sub-pixel layers", "layers"): lambda: len(layers("srresnet", nn.PixelShuffle)),
    ("10. SRGAN", "one sub-pixel layer", "enlargement"): sub_pixel_enlarges,
    ("10. SRGAN", "discriminator, convolutions", "layers"): lambda: len(layers("srgan_d", size=96)),
    ("10. SRGAN", "discriminator, dense layers", "layers"): lambda: len(layers("srgan_d", nn.Linear, size=96)),
}


@cache
def counted(key):
    return float(COUNTS[key]())


def count(cell):
    """The count that stands beside one printed number of the survey, or None where it can only be believed."""
    key = cell["item"], cell["row"], cell["metric"]
    return counted(key) if key in COUNTS else None
