"""VDSR: twenty 3x3 convolutions learn what bicubic interpolation lacks.

J. Kim, J. K. Lee, K. M. Lee, "Accurate image super-resolution using very deep convolutional networks", CVPR 2016,
Fig. 2. Weights alone 664,704 = 2 * 576 + 18 * 36,864; with biases 665,921. One set of weights serves every scale.
Receptive field 2 depth + 1 = 41 HR pixels.
"""

from torch import nn
from torch.nn.functional import relu

from srlib.models.blocks import conv


class VDSR(nn.Module):
    """Enlarged luma in, HR luma out: (N, 1, H, W) -> same."""

    input = "y"
    upscaled_input = True

    def __init__(self, scale, depth=20, channels=64):
        super().__init__()
        self.scale = scale
        self.body = nn.ModuleList(conv(1 if i == 0 else channels, channels) for i in range(depth - 1))
        self.last = conv(channels, 1)

    def forward(self, x):
        f = x
        for convolution in self.body:
            f = relu(convolution(f))  # (N, 64, H, W)
        return x + self.last(f)
