"""VGG19's convolutions as a yardstick: two images are alike when their feature maps are.

K. Simonyan, A. Zisserman, "Very deep convolutional networks for large-scale image recognition", ICLR 2015, Table 1,
column E. Used by SRGAN (Ledig et al., CVPR 2017, Eq. 5) as content loss: phi_i,j is the feature map of the j-th
convolution, after its activation, before the i-th max-pooling. The survey (section 10) writes "after the i-th
max-pooling": that would be the next group of convolutions, and for SRGAN's phi_5,4 there is none
(data/errata.csv). In the names used here phi_i,j is conv{i}_{j}; SRGAN takes conv2_2 and conv5_4.

The weights are no part of this project and are never downloaded: `load` reads a file that you give it.
"""

import hashlib
from pathlib import Path

import safetensors.torch
import torch
from torch import nn

from srlib import weightfiles
from srlib.errors import SrlibError
from srlib.models.blocks import conv

GROUPS = ((64, 64), (128, 128), (256,) * 4, (512,) * 4, (512,) * 4)  # channels; a max-pooling stands between groups
LAYERS = tuple(f"conv{i}_{j}" for i, group in enumerate(GROUPS, 1) for j in range(1, len(group) + 1))
RESCALE = 1 / 12.75  # SRGAN, Section 3.2: the squared maps are then 0.006 times as large, about as large as the MSE
TORCHVISION = "dcbb9e9d"  # how the SHA-256 of torchvision's file begins; its name, vgg19-dcbb9e9d.pth, says so too


class VGGFeatures(nn.Module):
    """Images (N, 3, H, W) in 0..1 -> the maps of one layer; conv{i}_{j}: (N, C, H / 2^(i-1), W / 2^(i-1)).

    layer             one of LAYERS
    after_activation  True: behind the ReLU, as in SRGAN; False: before it, as in ESRGAN (Wang et al., ECCV workshops
                      2018)
    rescale           what the maps are multiplied by; 1 leaves them as they are

    Images are first brought to the mean 0 and deviation 1 of ImageNet's colours, which the weights expect. Nothing in
    here learns. A fresh one holds random weights, which measure nothing: take it from `load`.
    """

    def __init__(self, layer="conv5_4", *, after_activation=True, rescale=RESCALE):
        super().__init__()
        if layer not in LAYERS:
            raise SrlibError(f"VGG19 has no layer {layer!r}: one of {', '.join(LAYERS)}")
        self.layer, self.rescale = layer, rescale
        self.features = nn.Sequential(*_layers(layer, after_activation))  # the names that torchvision's file has
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1), persistent=False)
        self.requires_grad_(False)

    def forward(self, x):
        return self.features((x - self.mean) / self.deviation) * self.rescale


def _layers(last, after_activation):
    """Convolution, ReLU, convolution, ... up to the layer named `last`."""
    layers, inputs = [], 3
    for i, group in enumerate(GROUPS, 1):
        for j, outputs in enumerate(group, 1):
            layers.append(conv(inputs, outputs))
            inputs = outputs
            if f"conv{i}_{j}" == last:
                return layers + [nn.ReLU()] * after_activation
            layers.append(nn.ReLU())
        layers.append(nn.MaxPool2d(2))


def load(path=None, layer="conv5_4", *, after_activation=True, rescale=RESCALE, sha256=None):
    """VGG19's features with weights from a file on this machine, never unpickled: .pth or .safetensors.

    path     torchvision's vgg19-dcbb9e9d.pth, or the same tensors (features.0.weight, ...) as .safetensors; what
             else the file holds, the classifier, is left out
    sha256   hexadecimal digits that the file's SHA-256 begins with, eight or more; None asks a .pth for those of
             torchvision's file, and a .safetensors for nothing

    Raises SrlibError when there is no file, when its hash is another one, and when a tensor is missing, of another
    shape or not finite.
    """
    if path is None:
        raise SrlibError("the VGG loss needs VGG19's weights, which are no part of this project: give the path of "
                         f"torchvision's vgg19-{TORCHVISION}.pth, or of the same tensors as .safetensors")  # fmt: skip
    path, model = Path(path), VGGFeatures(layer, after_activation=after_activation, rescale=rescale)
    tensors = _read(path, sha256)
    wanted = model.state_dict()
    ours = {name: value for name, value in tensors.items() if name in wanted}
    model.load_state_dict(weightfiles.arrange(ours, wanted, {}, "", "torch", path))
    return model.eval()


def _read(path, sha256):
    if path.suffix not in (".pth", ".safetensors"):
        raise SrlibError(f"{path}: VGG19's weights are a .pth or a .safetensors file")
    if sha256 is not None and len(sha256) < 8:
        raise SrlibError("sha256: give eight hexadecimal digits or more")
    try:
        content = path.read_bytes()  # hashed and read from the same bytes
    except OSError as error:
        raise SrlibError(f"{path}: cannot be read ({error.strerror})") from None
    expected = sha256 or (TORCHVISION if path.suffix == ".pth" else "")
    if not hashlib.sha256(content).hexdigest().startswith(expected.lower()):
        raise SrlibError(f"{path}: wrong SHA-256, it does not begin with {expected}")
    if path.suffix == ".pth":
        return weightfiles.read(content, path)
    try:
        return safetensors.torch.load(content)
    except Exception as error:  # safetensors raises a type of its own on bytes that it does not know
        raise SrlibError(f"{path}: cannot be read as weights ({type(error).__name__})") from None
