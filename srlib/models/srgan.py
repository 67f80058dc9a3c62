"""SRGAN's discriminator: eight convolutions that halve the image four times, then two dense layers.

C. Ledig et al., "Photo-realistic single image super-resolution using a generative adversarial network", CVPR 2017,
Fig. 4 (bottom). Parameters for 96 x 96 images: 23,565,505, of which 18,875,392 in the first dense layer.
The generator is `srresnet`.
"""

from torch import nn

from srlib.errors import SrlibError
from srlib.models.blocks import conv


class Discriminator(nn.Module):
    """Judges HR images of `size` x `size` pixels, a multiple of 16; `scale` changes nothing here.

    Takes (N, 3, size, size), gives (N, 1): the logit of "this is a photograph". A sigmoid makes it a probability;
    the losses take the logit, which is exact where the probability would round to 0 or 1.
    """

    input = "rgb"
    upscaled_input = True

    def __init__(self, scale, size=96, channels=64):
        super().__init__()
        if size < 16 or size % 16:
            raise SrlibError(f"srgan_d: size is a multiple of 16, not {size}")
        self.scale, self.size = scale, size
        layers = [conv(3, channels), nn.LeakyReLU(0.2)]  # (N, 64, 96, 96)
        inputs = channels
        for i in range(1, 8):
            outputs = channels * 2 ** (i // 2)  # 64, 128, 128, 256, 256, 512, 512
            layers += [conv(inputs, outputs, stride=1 + i % 2)]  # every second one halves the image
            layers += [nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2)]
            inputs = outputs
        self.features = nn.Sequential(*layers)  # (N, 512, 6, 6)
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Linear(inputs * (size // 16) ** 2, 1024), nn.LeakyReLU(0.2), nn.Linear(1024, 1)
        )

    def forward(self, x):
        if x.shape[2:] != (self.size, self.size):
            raise SrlibError(f"srgan_d judges images of {self.size} x {self.size} pixels, not {tuple(x.shape[2:])}")
        return self.classifier(self.features(x))  # (N, 1)
