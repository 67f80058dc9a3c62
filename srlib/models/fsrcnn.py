"""FSRCNN: features, shrink, map, expand on the LR image, then one 9x9 deconvolution.

C. Dong, C. C. Loy, X. Tang, "Accelerating the super-resolution convolutional neural network", ECCV 2016, Fig. 2 and
Eq. 3. Weights alone 12,464 = 25 d + s d + 9 m s^2 + d s + 81 d at d = 56, s = 12, m = 4; with biases and one PReLU
slope a map 12,809; the small FSRCNN-s (32, 5, 1) 3,937 and 4,086. With one slope a layer, as in the authors' files,
12,809 becomes 12,644.
"""

from torch import nn
from torch.nn.functional import pad

from srlib.errors import SrlibError


class FSRCNN(nn.Module):
    """FSRCNN(d, s, m): `d` feature maps, shrunk to `s`, `m` mapping layers. LR luma in, HR luma out.

    padding   "zeros" as training frameworks do, or "replicate", which the authors' weights want: every layer then
              sees the edge pixel repeated, the deconvolution too
    slopes    PReLU slopes: one a "map" or one a "layer"
    crop      pixels cut at the top and left of the full deconvolution; 4, the middle of its kernel, puts every LR
              pixel in its place. A network trained with another offset needs that offset again.
    """

    input = "y"
    upscaled_input = False

    def __init__(self, scale, d=56, s=12, m=4, padding="zeros", slopes="map", crop=4):
        super().__init__()
        if padding not in ("zeros", "replicate") or slopes not in ("map", "layer"):
            raise SrlibError(
                f"fsrcnn: padding zeros or replicate and slopes map or layer, not {padding} and {slopes}"
            )
        if not 0 <= 2 * crop + scale - 9 < scale:
            raise SrlibError(f"fsrcnn: crop {crop} does not give {scale} HR pixels for each LR pixel")
        self.scale = scale
        layers = []
        for inputs, outputs, k in [(1, d, 5), (d, s, 1), *[(s, s, 3)] * m, (s, d, 1)]:
            layers += [nn.Conv2d(inputs, outputs, k, padding="same", padding_mode=padding)]
            layers += [nn.PReLU(outputs if slopes == "map" else 1)]  # (N, outputs, H, W)
        self.body = nn.Sequential(*layers)
        self.edge = 1 if padding == "replicate" else 0  # LR pixels repeated around the deconvolution's input
        self.deconvolution = nn.ConvTranspose2d(
            d, 1, 9, stride=scale, padding=crop + self.edge * scale, output_padding=2 * crop + scale - 9
        )

    def forward(self, x):
        f = self.body(x)
        if self.edge:
            f = pad(f, [self.edge] * 4, mode="replicate")
        return self.deconvolution(f)  # (N, 1, scale H, scale W)
