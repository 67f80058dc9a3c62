"""Losses against their formulas, and VGG19's features against the table of its paper."""

import hashlib
import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from scipy.ndimage import gaussian_filter
from torch.nn import functional as F

from srlib import complexity, losses, vgg
from srlib.errors import SrlibError


def pair(*shape):
    generator = torch.Generator().manual_seed(0)
    return torch.rand(shape, generator=generator), torch.rand(shape, generator=generator)


def test_pixel_losses_by_hand():
    a, b = torch.tensor([[0.0, 0.5]]), torch.tensor([[0.3, 0.1]])  # differences -0.3 and 0.4
    assert losses.mse(a, b).item() == pytest.approx((0.09 + 0.16) / 2)
    assert losses.l1(a, b).item() == pytest.approx(0.35)
    by_hand = (math.sqrt(0.09 + 0.01) + math.sqrt(0.16 + 0.01)) / 2
    assert losses.charbonnier(a, b, epsilon=0.1).item() == pytest.approx(by_hand)


def test_charbonnier_is_the_absolute_error_with_a_round_foot():
    a, b = pair(2, 3, 8, 8)
    assert losses.charbonnier(a, b).item() == pytest.approx(losses.l1(a, b).item(), rel=1e-3)
    same = a.clone().requires_grad_()
    losses.charbonnier(same, a).backward()
    assert losses.charbonnier(a, a).item() == pytest.approx(1e-3) and same.grad.abs().max() == 0
    with pytest.raises(SrlibError, match="epsilon is a number above 0, not 0"):
        losses.charbonnier(a, b, epsilon=0)


@pytest.mark.parametrize("side", [1, 2, 12])
@pytest.mark.parametrize(("size", "sigma"), [(1, 1.0), (5, 1.0), (21, 3.0)])
def test_low_and_high_frequencies_are_the_image(size, sigma, side):
    image, _ = pair(2, 3, side, side)
    low, high = losses.low_pass(image, size, sigma), losses.high_pass(image, size, sigma)
    assert low.shape == image.shape and torch.allclose(low + high, image, atol=1e-6)
    flat = torch.full((1, 1, side, side), 0.7)
    assert torch.allclose(losses.low_pass(flat, size, sigma), flat) and losses.high_pass(flat).abs().max() < 1e-6
    assert (high.abs().max() < 1e-6) == (size == 1 or side == 1)


def test_the_low_pass_is_scipys_gaussian():
    image, _ = (x.double() for x in pair(1, 2, 9, 11))
    for size, sigma in ((5, 1.0), (9, 2.5)):
        whole = [gaussian_filter(plane, sigma, mode="nearest", truncate=(size // 2) / sigma) for plane in image[0]]
        assert np.allclose(losses.low_pass(image, size, sigma)[0], np.stack(whole), atol=1e-12)


def test_the_high_frequency_loss_is_its_formula():
    a, b = pair(2, 3, 12, 12)
    high = (losses.high_pass(a, 7, 1.5) - losses.high_pass(b, 7, 1.5)).abs().mean()
    told = losses.high_frequency(a, b, alpha=0.3, beta=0.7, size=7, sigma=1.5)
    assert told.item() == pytest.approx((0.3 * (a - b).abs().mean() + 0.7 * high).item(), rel=1e-5)
    assert losses.high_frequency(a, b, alpha=1, beta=0).item() == pytest.approx(losses.l1(a, b).item())
    shifted = losses.high_frequency(a, a + 0.25).item()  # another brightness is no detail: the first term alone
    assert shifted == pytest.approx(0.4 * 0.25, abs=1e-6)
    a.requires_grad_()
    losses.high_frequency(a, b).backward()
    assert torch.isfinite(a.grad).all() and a.grad.abs().max() > 0


@pytest.mark.parametrize(("size", "sigma"), [(4, 1.0), (0, 1.0), (5, 0), (5, math.inf), (2.5, 1.0)])
def test_a_gaussian_that_is_none_says_so(size, sigma):
    with pytest.raises(SrlibError, match="size is an odd number, sigma above 0"):
        losses.low_pass(torch.zeros(1, 1, 8, 8), size, sigma)


def test_losses_by_name():
    a, b = pair(2, 3, 8, 8)
    assert losses.named("mse")(a, b) == F.mse_loss(a, b) and losses.named("l1")(a, b) == losses.l1(a, b)
    options = {"alpha": 0.2, "beta": 0.8, "size": 7, "sigma": 2.0}
    assert losses.named("high_frequency", options)(a, b) == losses.high_frequency(a, b, 0.2, 0.8, 7, 2.0)
    for name, options, says in (
        ("ssim", {}, "unknown loss 'ssim': one of mse, l1, charbonnier, high_frequency"),
        ("mse", {"reduction": "sum"}, "loss mse has no option 'reduction': it has none"),
        ("high_frequency", {"gamma": 1}, "no option 'gamma': it has alpha, beta, size, sigma"),
        ("high_frequency", {"alpha": "0.4"}, "its options are numbers"),
        ("high_frequency", {"size": 6}, "size is an odd number"),
    ):
        with pytest.raises(SrlibError, match=says):
            losses.named(name, options)


@pytest.mark.parametrize("loss", [losses.mse, losses.l1, losses.charbonnier, losses.high_frequency])
def test_shapes_that_torch_would_stretch_are_refused(loss):
    with pytest.raises(SrlibError, match=r"not \(2, 1, 4, 4\) and \(2, 3, 4, 4\)"):
        loss(torch.zeros(2, 1, 4, 4), torch.zeros(2, 3, 4, 4))


def test_adversarial_losses_are_the_logarithms_of_the_paper():
    real, fake = (x.double() * 6 - 3 for x in pair(16, 1))
    d_real, d_fake = real.sigmoid(), fake.sigmoid()
    assert losses.adversarial_generator(fake).item() == pytest.approx(-d_fake.log().mean().item())
    by_formula = -(d_real.log().mean() + (1 - d_fake).log().mean()).item()
    assert losses.adversarial_discriminator(real, fake).item() == pytest.approx(by_formula)
    undecided = torch.zeros(4, 1)
    assert losses.adversarial_discriminator(undecided, undecided).item() == pytest.approx(2 * math.log(2))


def test_adversarial_losses_stay_finite_where_a_probability_rounds_to_0_or_1():
    logits = torch.tensor([[-500.0]], requires_grad=True)
    loss = losses.adversarial_generator(logits)
    loss.backward()
    assert loss.item() == 500 and logits.grad.item() == -1  # it still says which way to go
    assert losses.adversarial_discriminator(-logits, logits).item() == 0
    assert losses.adversarial_discriminator(logits, -logits).item() == 1000


def test_perceptual_adds_a_thousandth_of_the_adversarial_loss():
    content, logits = torch.tensor(0.5), torch.zeros(4, 1)
    assert losses.perceptual(content, logits).item() == pytest.approx(0.5 + 1e-3 * math.log(2))
    assert losses.perceptual(content, logits, weight=0).item() == 0.5


def test_vgg19_has_the_layers_of_its_table():
    assert len(vgg.LAYERS) == 16 and (vgg.LAYERS[0], vgg.LAYERS[4], vgg.LAYERS[-1]) == ("conv1_1", "conv3_1", "conv5_4")
    with torch.device("meta"):
        model = vgg.VGGFeatures()
    sides = [3, 64, 64, 128, 128, *[256] * 4, *[512] * 8]
    assert complexity.parameters(model) == sum(9 * a * b + b for a, b in pairwise(sides))
    indices = [int(name.split(".")[1]) for name in model.state_dict() if name.endswith("weight")]
    assert indices == [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34]  # torchvision's numbering


@pytest.mark.parametrize(
    ("layer", "shape"),
    [("conv1_2", (64, 96, 96)), ("conv2_2", (128, 48, 48)), ("conv3_4", (256, 24, 24)), ("conv5_4", (512, 6, 6))],
)
def test_a_layer_lies_before_the_max_pooling_of_its_group(layer, shape):
    # Behind the i-th max-pooling, as the survey has it, each side would be half as long.
    with torch.device("meta"):
        maps = vgg.VGGFeatures(layer)(torch.empty(2, 3, 96, 96))
    assert maps.shape == (2, *shape)


@pytest.fixture(scope="module")
def weights():
    """Random tensors under the names of VGG19's first two groups, and one of the classifier."""
    generator = torch.Generator().manual_seed(1)
    found = {}
    for index, (a, b) in {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128)}.items():
        found[f"features.{index}.weight"] = torch.randn(b, a, 3, 3, generator=generator) / math.sqrt(9 * a)
        found[f"features.{index}.bias"] = torch.randn(b, generator=generator) / 10
    return found | {"classifier.0.bias": torch.zeros(4096)}


@pytest.fixture
def file(tmp_path, weights):
    path = tmp_path / "vgg.safetensors"
    save_file(weights, path)
    return path


def test_features_are_those_of_normalised_images(file, weights):
    images, _ = pair(2, 3, 16, 16)
    mean, deviation = (torch.tensor(x).view(3, 1, 1) for x in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    w = weights
    maps = F.conv2d((images - mean) / deviation, w["features.0.weight"], w["features.0.bias"], padding=1).relu()
    before = F.conv2d(maps, w["features.2.weight"], w["features.2.bias"], padding=1)
    plain = vgg.load(file, "conv1_2", after_activation=False, rescale=1)
    assert torch.allclose(plain(images), before, atol=1e-5) and before.min() < 0
    assert torch.allclose(vgg.load(file, "conv1_2", rescale=1)(images), before.relu(), atol=1e-5)
    assert torch.allclose(vgg.load(file, "conv1_2")(images), before.relu() / 12.75, atol=1e-5)


def test_the_vgg_loss_is_six_thousandths_of_the_squared_maps_and_teaches_the_images_alone(file):
    a, b = pair(2, 3, 16, 16)
    features, plain = vgg.load(file, "conv2_2"), vgg.load(file, "conv2_2", rescale=1)
    squared = losses.mse(plain(a), plain(b))
    generated = a.clone().requires_grad_()
    loss = losses.vgg_content(features, generated, b)
    loss.backward()
    assert (loss / squared).item() == pytest.approx(1 / 12.75**2) and round(1 / 12.75**2, 3) == 0.006
    assert generated.grad.abs().max() > 0 and all(p.grad is None for p in features.parameters())
    assert losses.vgg_content(features, a, a).item() == 0


def test_a_pth_file_needs_its_hash(tmp_path, weights):
    path = tmp_path / "vgg19.pth"
    torch.save(weights, path)
    with pytest.raises(SrlibError, match="wrong SHA-256, it does not begin with dcbb9e9d"):
        vgg.load(path, "conv2_2")
    whole = hashlib.sha256(path.read_bytes()).hexdigest()
    model = vgg.load(path, "conv2_2", sha256=whole[:8].upper())
    assert torch.equal(model.features[7].weight, weights["features.7.weight"])
    with pytest.raises(SrlibError, match="eight hexadecimal digits or more"):
        vgg.load(path, "conv2_2", sha256=whole[:7])


def test_what_vgg_cannot_do_is_one_line(tmp_path, file):
    with pytest.raises(SrlibError, match=r"needs VGG19's weights.*give the path of torchvision's vgg19-dcbb9e9d\.pth"):
        vgg.load()
    with pytest.raises(SrlibError, match="no layer 'conv5_5': one of conv1_1, "):
        vgg.load(file, "conv5_5")
    with pytest.raises(SrlibError, match=r"lacks the tensor features\.10\.weight"):
        vgg.load(file, "conv3_1")
    with pytest.raises(SrlibError, match="wrong SHA-256, it does not begin with 00000000"):
        vgg.load(file, "conv1_1", sha256="00000000")
    with pytest.raises(SrlibError, match="cannot be read"):
        vgg.load(tmp_path / "absent.pth")
    with pytest.raises(SrlibError, match=r"are a \.pth or a \.safetensors file"):
        vgg.load(tmp_path / "vgg19.h5")
    (tmp_path / "noise.safetensors").write_bytes(b"noise" * 10)
    with pytest.raises(SrlibError, match="cannot be read as weights"):
        vgg.load(tmp_path / "noise.safetensors")
