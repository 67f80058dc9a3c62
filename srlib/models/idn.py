"""IDN: information distillation; a block keeps 16 maps as they are, works on 48 further, and squeezes the sum.

Z. Hui, X. Wang, X. Gao, "Fast and accurate single image super-resolution via information distillation network", CVPR
2018, Figs 1 and 2, and the authors' network file. Parameters at every scale: 552,769 = 640 + 36,928 + 4 * 124,176 +
18,497. The network predicts what the bicubic image lacks.
"""

import torch
from torch import nn

from srlib.models.blocks import bicubic, conv


class DBlock(nn.Module):
    """(N, 64, H, W) -> (N, 64, H, W): enhancement unit, then compression unit. 124,176 parameters."""

    def __init__(self):
        super().__init__()
        self.conv1, self.conv2, self.conv3 = conv(64, 48), conv(48, 32, groups=4), conv(32, 64)
        self.conv4, self.conv5, self.conv6 = conv(48, 64), conv(64, 48, groups=4), conv(48, 80)
        self.down = conv(80, 64, 1)
        self.activation = nn.LeakyReLU(0.05)

    def forward(self, x):
        act = self.activation
        short = act(self.conv3(act(self.conv2(act(self.conv1(x))))))  # (N, 64, H, W)
        kept, further = short.split((16, 48), 1)
        long = act(self.conv6(act(self.conv5(act(self.conv4(further))))))  # (N, 80, H, W)
        return act(self.down(torch.cat((x, kept), 1) + long))


class IDN(nn.Module):
    """blocks: 4 in the paper. LR luma in, HR luma out."""

    input = "y"
    upscaled_input = False

    def __init__(self, scale, blocks=4):
        super().__init__()
        self.scale = scale
        self.features = nn.Sequential(conv(1, 64), nn.LeakyReLU(0.05), conv(64, 64), nn.LeakyReLU(0.05))
        self.blocks = nn.Sequential(*(DBlock() for _ in range(blocks)))
        self.upsample = nn.ConvTranspose2d(64, 1, 17, scale, padding=8, output_padding=scale - 1)

    def forward(self, x):
        residual = self.upsample(self.blocks(self.features(x)))  # (N, 1, s H, s W)
        return bicubic(x, self.scale) + residual
