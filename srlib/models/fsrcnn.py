"""FSRCNN: features, shrink, map, expand on the LR image, then one 9x9 deconvolution.

C. Dong, C. C. Loy, X. Tang, "Accelerating the super-resolution convolutional neural network", ECCV 2016, Fig. 2 and
Eq. 3. Weights alone 12,464 = 25 d + s d + 9 m s^2 + d s + 81 d at d = 56, s = 12, m = 4; with biases and one PReLU
slope a map 12,809; the small FSRCNN-s (32, 5, 1) 3,937 and 4,086.
"""

from torch import nn


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): `d` feature maps, shrunk to `s`, `m` mapping layers. LR luma in, HR luma out."""

    input = "y"
    upscaled_input = False

    def __init__(self, scale, d=56, s=12, m=4):
        super().__init__()
        self.scale = scale
        layers = [nn.Conv2d(1, d, 5, padding=2), nn.PReLU(d)]  # (N, d, H, W)
        layers += [nn.Conv2d(d, s, 1), nn.PReLU(s)]  # (N, s, H, W)
        for _ in range(m):
            layers += [nn.Conv2d(s, s, 3, padding=1), nn.PReLU(s)]
        layers += [nn.Conv2d(s, d, 1), nn.PReLU(d)]  # (N, d, H, W)
        self.body = nn.Sequential(*layers)
        self.deconvolution = nn.ConvTranspose2d(d, 1, 9, stride=scale, padding=4, output_padding=scale - 1)

    def forward(self, x):
        return self.deconvolution(self.body(x))  # (N, 1, scale H, scale W)
