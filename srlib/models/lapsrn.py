"""LapSRN: a pyramid; every level doubles the features and the image, and adds the residual it predicts.

W.-S. Lai, J.-B. Huang, N. Ahuja, M.-H. Yang, "Deep Laplacian pyramid networks for fast and accurate
super-resolution", CVPR 2017, Fig. 1 and Section 3. Two sizes are printed under this name:
    family "813K"   ten convolutions a level, features doubled by a 3x3 kernel, image by a 4x4 kernel without bias:
                    the authors' code. Parameters 407,441 (one level, x2), 814,242 (two levels, x4)
    family "502K"   five convolutions a level, 4x4 kernels, all with bias: our reading of the size in other tables.
                    Parameters 251,474 and 502,308
There is no x3 network: x3 is the x4 network with its output shrunk by MATLAB's bicubic, so tables print its count.
"""

import torch
from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import bicubic, conv

FAMILIES = {"813K": (10, 3), "502K": (5, 4)}  # depth, kernel that doubles the features


class Level(nn.Module):
    """Features (N, 64, H, W) and image (N, 1, H, W) -> both twice as large."""

    def __init__(self, depth, kernel_size, channels):
        super().__init__()
        layers = []
        for _ in range(depth):
            layers += [conv(channels, channels), nn.LeakyReLU(0.2)]
        self.convs = nn.Sequential(*layers)
        # 4x4: one pixel off every side. 3x3: one off the right and the bottom, as the authors' network does.
        self.up = nn.ConvTranspose2d(channels, channels, kernel_size, 2, padding=1 if kernel_size == 4 else 0)
        self.activation = nn.LeakyReLU(0.2)
        self.residual = conv(channels, 1)
        self.image_up = nn.ConvTranspose2d(1, 1, 4, 2, padding=1, bias=kernel_size == 4)
        with torch.no_grad():  # starts as bilinear interpolation
            row = torch.tensor([0.25, 0.75, 0.75, 0.25])
            self.image_up.weight.copy_(row[:, None] * row)

    def forward(self, features, image):
        h, w = image.shape[2:]
        features = self.activation(self.up(self.convs(features))[..., : 2 * h, : 2 * w])  # (N, 64, 2 H, 2 W)
        return features, self.image_up(image) + self.residual(features)  # (N, 1, 2 H, 2 W)


class LapSRN(nn.Module):
    """family: "813K" or "502K" (see above); channels: 64 in both."""

    input = "y"
    upscaled_input = False

    def __init__(self, scale, family="813K", channels=64):
        super().__init__()
        if family not in FAMILIES:
            raise SrlibError(f"lapsrn: family is one of {', '.join(FAMILIES)}, not {family!r}")
        self.scale = scale
        depth, kernel_size = FAMILIES[family]
        self.first = nn.Sequential(conv(1, channels), nn.LeakyReLU(0.2))
        self.levels = nn.ModuleList(Level(depth, kernel_size, channels) for _ in range(1 if scale == 2 else 2))

    def forward(self, x):
        image = self.every_output(x)[-1]
        return bicubic(image, 0.75) if self.scale == 3 else image  # (N, 1, s H, s W)

    def every_output(self, x):
        """The image of every level, for the sum of losses: list of (N, 1, 2 H, 2 W), (N, 1, 4 H, 4 W)."""
        features, image, outputs = self.first(x), x, []
        for level in self.levels:
            features, image = level(features, image)
            outputs.append(image)
        return outputs
