"""DDSR: one deconvolution enlarges the LR image, then a deep stack of convolutions cleans it up.

"Image super-resolution based on deep deconvolution neural network" (document `ddsr`), Figs 1, 2 and 4, Eqs 1 and 2.
Parameters with biases and one PReLU slope a map, kernel_size 3: depth 6 186,241; 12 408,193; 18 630,145
(kernel_size 5: +1,024; 7: +2,560), the same at every scale. The mapping sees 2 depth + 1 HR pixels, the deconvolution
adds to them where its kernel reaches beyond one LR pixel.

Two readings were needed. The document adds F1 (64 maps) to Fn (1 map); here F1 is added to the last 64-map layer,
before the closing 64 -> 1 convolution, which leaves the count as it is. And its Eq. 2 puts a PReLU on every layer;
here the closing convolution has none, since an image needs no rectifier.
"""

import torch
from torch import nn

from srlib.errors import SrlibError


class DDSR(nn.Module):
    """The network of the document's Fig. 1.

    depth         d, layers of deep mapping: d - 1 convolutions 64 -> 64 and the closing one 64 -> 1
    kernel_size   k of the deconvolution; one smaller than the scale leaves output pixels without input
    residual      add the enlarged maps F1 to the end of the stack
    prelu         PReLU with a slope a map, or ReLU
    """

    input = "y"
    upscaled_input = False

    def __init__(self, scale, depth=18, kernel_size=3, residual=True, prelu=True, channels=64):
        super().__init__()
        if depth < 2 or kernel_size < 2:
            raise SrlibError(f"ddsr: depth is at least 2 and kernel_size at least 2, not {depth} and {kernel_size}")
        self.scale, self.residual = scale, residual
        # Crop p pixels at each side, so that n LR pixels give exactly scale * n HR pixels for every kernel size.
        crop = max(0, -(-(kernel_size - scale) // 2))
        fill = scale - kernel_size + 2 * crop
        self.upsample = nn.ConvTranspose2d(1, channels, kernel_size, scale, padding=crop, output_padding=fill)
        self.upsample_activation = activation(prelu, channels)
        self.body = nn.ModuleList(nn.Conv2d(channels, channels, 3, padding=1) for _ in range(depth - 1))
        self.activations = nn.ModuleList(activation(prelu, channels) for _ in range(depth - 1))
        self.last = nn.Conv2d(channels, 1, 3, padding=1)

    def forward(self, y):
        enlarged = self.enlarge(y)  # F1: (N, 64, scale H, scale W)
        f = enlarged
        for convolution, rectify in zip(self.body, self.activations, strict=True):
            f = rectify(convolution(f))  # Fi: (N, 64, scale H, scale W)
        if self.residual:
            f = f + enlarged
        return self.last(f)  # (N, 1, scale H, scale W)

    def enlarge(self, y):
        """F1 of Eq. 1, the maps that the document's Fig. 3 shows: (N, 1, H, W) -> (N, 64, scale H, scale W)."""
        return self.upsample_activation(self.upsample(y))


def activation(prelu, channels):
    return nn.PReLU(channels) if prelu else nn.ReLU()


@torch.no_grad()
def start_at_nearest(model):
    """Set fresh weights so that the untrained network already is nearest-neighbour interpolation.

    Map 0 of the deconvolution copies each LR pixel into its scale x scale block, the last body layer is zero, and the
    closing convolution passes map 0 on: training starts at a sensible picture and learns the rest.
    Raises SrlibError for other networks than DDSR with its residual.
    """
    if not (isinstance(model, DDSR) and model.residual):
        raise SrlibError("a start at nearest-neighbour needs ddsr with residual=True")
    for convolution in model.body:
        nn.init.kaiming_normal_(convolution.weight, a=0.25)  # 0.25 is the PReLU's initial slope
        nn.init.zeros_(convolution.bias)
    nn.init.zeros_(model.body[-1].weight)

    crop = model.upsample.padding[0]
    block = slice(crop, crop + model.scale)
    nn.init.normal_(model.upsample.weight, std=0.3)
    nn.init.zeros_(model.upsample.bias)
    model.upsample.weight[0, 0] = 0
    model.upsample.weight[0, 0, block, block] = 1

    nn.init.normal_(model.last.weight, std=1e-3)
    nn.init.zeros_(model.last.bias)
    model.last.weight[0, 0] = 0
    model.last.weight[0, 0, 1, 1] = 1


@torch.no_grad()
def start_at_msra(model):
    """Set fresh weights as Caffe's "msra" filler does, which keeps the size of the signal through rectified layers.

    K. He, X. Zhang, S. Ren, J. Sun, "Delving deep into rectifiers", ICCV 2015, Eq. 15 (Eq. 10 with a PReLU), with
    its initial slope of 0.25. Each output of the deconvolution sees k^2 / scale^2 inputs, not k^2.
    Raises SrlibError for other networks than DDSR.
    """
    if not isinstance(model, DDSR):
        raise SrlibError("the msra start is ddsr's")
    slope = 0.25
    k = model.upsample.kernel_size[0]
    nn.init.normal_(model.upsample.weight, std=(2 / (1 + slope**2)) ** 0.5 * model.scale / k)
    for convolution in (*model.body, model.last):
        nn.init.kaiming_normal_(convolution.weight, a=slope)
    for layer in (model.upsample, *model.body, model.last):
        nn.init.zeros_(layer.bias)
