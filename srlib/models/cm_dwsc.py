"""CM-DWSC: cascaded stages of cross modules, with depthwise-separable convolutions and without normalisation.

"Super-resolution reconstruction with cross modules of depth-wise separable convolutions" (document `cm_dwsc`), Figs 3
and 5, Section 3. Parameters with 3 stages of 4 modules and 64 maps: standard 2,107,078, separable 272,134, the 2.11
and 0.27 of its Table 2.

The document gives neither the number of stages and modules nor the width. These fit its two counts, with what closes a
stage: a 3x3 convolution 128 -> 64 of the two branches laid side by side, and one 64 -> 64. They are not the only ones
that fit (srlib.studies.table_2). Two more readings: "residual learning in each stage" adds the first layer's
maps F1 to what a stage gives, and the stage's image is the input plus a reconstruction.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv
from srlib.models.separable import SeparableConv2d


class CrossModule(nn.Module):
    """Two branches, each takes its own input and gives two convolutions of it, plus the mean of both inputs.

    x1, x2: (N, C, H, W) -> two of the same shape. Standard: 4 (9 C^2 + C) parameters, 147,712 at C = 64.
    """

    def __init__(self, channels=64, kernel_size=3, separable=True, batch_norm=False):
        super().__init__()
        self.branch1, self.branch2 = (
            nn.Sequential(
                *layer(channels, channels, kernel_size, separable, batch_norm),
                *layer(channels, channels, kernel_size, separable, batch_norm),
            )
            for _ in range(2)
        )

    def forward(self, x1, x2):
        mean = 0.5 * (x1 + x2)
        return self.branch1(x1) + mean, self.branch2(x2) + mean


class Stage(nn.Module):
    """A sub-network: cross modules, then the two branches become one, plus the first layer's maps.

    f: what the stage before gave, f1: the first layer's maps; (N, C, H, W) -> the same shape.
    """

    def __init__(self, modules=4, channels=64, kernel_size=3, separable=True, batch_norm=False):
        super().__init__()
        self.cross = nn.ModuleList(CrossModule(channels, kernel_size, separable, batch_norm) for _ in range(modules))
        self.fuse = nn.Sequential(
            *layer(2 * channels, channels, kernel_size, separable), *layer(channels, channels, kernel_size, separable)
        )

    def forward(self, f, f1):
        x1, x2 = f, f
        for module in self.cross:
            x1, x2 = module(x1, x2)
        return f1 + self.fuse(torch.cat((x1, x2), 1))  # (N, 128, H, W) -> (N, 64, H, W)


class CMDWSC(nn.Module):
    """The network of the document's Fig. 3. Enlarged luma in, HR luma out: (N, 1, H, W) -> same.

    separable       depthwise-separable convolutions between maps; the first layer and the reconstructions never are
    stages          sub-networks, one after the other; each has an image, and the output is their weighted sum
    modules         cross modules a stage
    channels        maps; kernel_size: of every convolution, odd
    batch_norm      normalisation behind each convolution of a cross module, which the document takes out
    stage_weights   the weights of the sum are learned; otherwise it is the plain mean
    """

    input = "y"
    upscaled_input = True

    def __init__(
        self,
        scale,
        separable=True,
        stages=3,
        modules=4,
        channels=64,
        kernel_size=3,
        batch_norm=False,
        stage_weights=True,
    ):
        super().__init__()
        if min(stages, modules, channels) < 1 or kernel_size < 1 or kernel_size % 2 == 0:
            raise SrlibError(
                "cm_dwsc: stages, modules and channels are at least 1 and kernel_size is odd, not "
                f"{stages}, {modules}, {channels} and {kernel_size}"
            )
        self.scale = scale
        self.first = nn.Sequential(conv(1, channels, kernel_size), nn.ReLU())
        self.stages = nn.ModuleList(Stage(modules, channels, kernel_size, separable, batch_norm) for _ in range(stages))
        self.reconstruct = nn.ModuleList(conv(channels, 1, kernel_size) for _ in range(stages))
        weights = torch.full((stages,), 1 / stages)
        if stage_weights:
            self.weights = nn.Parameter(weights)
        else:
            self.register_buffer("weights", weights, persistent=False)

    def forward(self, x):
        return torch.einsum("s, snchw -> nchw", self.weights, torch.stack(self.every_output(x)))

    def every_output(self, x):
        """The image of each stage, for supervision of all: a list of (N, 1, H, W)."""
        f1 = f = self.first(x)  # Eq. 2: (N, 64, H, W)
        images = []
        for stage, reconstruct in zip(self.stages, self.reconstruct, strict=True):
            f = stage(f, f1)
            images.append(x + reconstruct(f))
        return images


def layer(inputs, outputs, kernel_size, separable, batch_norm=False):
    """A convolution, normalisation if asked for, ReLU: a list of modules."""
    make = SeparableConv2d if separable else nn.Conv2d
    convolution = make(inputs, outputs, kernel_size, padding=kernel_size // 2)
    return [convolution, *([nn.BatchNorm2d(outputs)] if batch_norm else []), nn.ReLU()]
