"""The cascaded cross modules: their counts by hand, what each option does, and separability for any network."""

import copy

import pytest
import torch
from torch import nn

from srlib import complexity, models
from srlib.errors import SrlibError
from srlib.models.cm_dwsc import CrossModule, Stage
from srlib.models.separable import SeparableConv2d, can_be_separated, separable

SCALES = (2, 3, 4)
# Networks whose separable copy is the same, since their only wide kernels read or write an image.
ALL_IMAGE = ("srcnn",)


def c(inputs, outputs, k=3):
    """Parameters of a convolution with bias."""
    return inputs * outputs * k * k + outputs


def s(inputs, outputs, k=3):
    """... of a depthwise one without bias and a 1x1 one with."""
    return inputs * k * k + inputs * outputs + outputs


def count(one, stages=3, modules=4, n=64, k=3):
    stage = modules * 4 * one(n, n, k) + one(2 * n, n, k) + one(n, n, k) + c(n, 1, k)
    return c(1, n, k) + stages * stage + stages


def shape_only(scale=3, **options):
    with torch.device("meta"):
        return models.create("cm_dwsc", scale, **options)


@pytest.mark.parametrize("scale", SCALES)
def test_the_two_counts_of_table_2(scale):
    assert complexity.parameters(shape_only(scale, separable=False)) == count(c) == 2_107_078
    assert complexity.parameters(shape_only(scale)) == count(s) == 272_134


@pytest.mark.parametrize(
    "options",
    [{"stages": 2}, {"modules": 1}, {"channels": 16}, {"kernel_size": 5}, {"stages": 1, "modules": 2, "channels": 8}],
)
def test_parameters_with_options(options):
    size = {"stages": 3, "modules": 4, "channels": 64, "kernel_size": 3} | options
    by_hand = (size["stages"], size["modules"], size["channels"], size["kernel_size"])
    assert complexity.parameters(shape_only(separable=False, **options)) == count(c, *by_hand)
    assert complexity.parameters(shape_only(**options)) == count(s, *by_hand)


def test_parts_of_the_count():
    assert complexity.parameters(CrossModule(separable=False)) == 4 * c(64, 64) == 147_712
    assert complexity.parameters(Stage(separable=False)) == 4 * 147_712 + c(128, 64) + c(64, 64)
    plain = complexity.parameters(shape_only())
    assert complexity.parameters(shape_only(stage_weights=False)) == plain - 3
    # two numbers a map, four convolutions a module, twelve modules
    assert complexity.parameters(shape_only(batch_norm=True)) == plain + 2 * 64 * 4 * 12


def test_macs_are_a_number_a_pixel():
    standard = 9 * 64 + 3 * (16 * 9 * 64**2 + 9 * 128 * 64 + 9 * 64**2 + 9 * 64 + 1)
    separate = 9 * 64 + 3 * (17 * (9 * 64 + 64**2) + 9 * 128 + 128 * 64 + 9 * 64 + 1)  # 1: the stage weights
    assert complexity.macs(shape_only(separable=False), (1, 1, 5, 7)) == 35 * standard
    assert complexity.macs(shape_only(), (1, 1, 5, 7)) == 35 * separate


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("separable", [True, False])
@pytest.mark.parametrize("options", [{}, {"batch_norm": True}, {"stage_weights": False, "kernel_size": 5}])
def test_odd_sizes_forward_and_backward(scale, separable, options):
    torch.manual_seed(0)
    model = models.create("cm_dwsc", scale, stages=2, modules=2, channels=16, separable=separable, **options)
    x = torch.rand(2, 1, 9 * scale, 11 * scale)
    y = model(x)
    assert y.shape == x.shape and torch.isfinite(y).all()
    y.square().mean().backward()
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())
    assert not [name for name, p in model.named_parameters() if not p.grad.any()]


def test_a_cross_module_adds_the_mean_of_its_inputs_to_both_branches():
    torch.manual_seed(0)
    module = CrossModule(channels=4)
    a, b = torch.rand(2, 1, 4, 6, 6)
    y1, y2 = module(a, b)
    assert torch.allclose(y1 - module.branch1(a), (a + b) / 2, atol=1e-6)
    assert torch.allclose(y2 - module.branch2(b), (a + b) / 2, atol=1e-6)


def test_the_output_is_the_weighted_sum_of_the_stages_images():
    torch.manual_seed(0)
    model, x = models.create("cm_dwsc", 2, stages=3, modules=1, channels=8), torch.rand(1, 1, 8, 9)
    images = model.every_output(x)
    assert len(images) == 3 and torch.allclose(model(x), sum(images) / 3, atol=1e-6)
    with torch.no_grad():
        model.weights.copy_(torch.tensor([0.0, 0.0, 2.0]))
    assert torch.allclose(model(x), 2 * images[2], atol=1e-6)


def test_with_silent_reconstructions_the_input_comes_out():
    model, x = models.create("cm_dwsc", 2, stages=2, modules=1, channels=4), torch.rand(1, 1, 8, 9)
    for p in model.reconstruct.parameters():
        nn.init.zeros_(p)
    assert torch.allclose(model(x), x, atol=1e-6)


@pytest.mark.parametrize(("n", "k"), [(8, 3), (64, 3), (64, 5), (256, 7), (48, 1)])
@pytest.mark.parametrize("inputs", [16, 64])
def test_the_saving_is_one_over_n_plus_one_over_k_squared(inputs, n, k):
    """Equations 4 to 8: for weights, and for multiply-accumulates."""
    standard = nn.Conv2d(inputs, n, k, padding=k // 2, bias=False)
    own = SeparableConv2d(inputs, n, k, padding=k // 2, bias=False)
    for cost in (complexity.weights, lambda layer: complexity.macs(layer, (1, inputs, 9, 11))):
        assert cost(own) / cost(standard) == pytest.approx(1 / n + 1 / k**2, rel=1e-12)


@pytest.mark.parametrize("name", [name for name in models.names() if name not in ("bicubic", "cm_dwsc")])
def test_every_network_can_be_made_separable(name):
    with torch.device("meta"):
        model = models.create(name, 4)
    chosen = {m for m in model.modules() if can_be_separated(m)}
    converted = separable(model)
    saved = sum(m.weight.numel() - s(m.in_channels, m.out_channels, m.kernel_size[0]) + m.out_channels for m in chosen)
    assert complexity.parameters(model) - complexity.parameters(converted) == saved
    assert (saved > 0) == (name not in ALL_IMAGE)
    channels = 1 if model.input == "y" else 3
    size = 96 if name == "srgan_d" else 24
    shape = (1, channels, size, size)
    with torch.no_grad():
        assert converted(torch.zeros(shape, device="meta")).shape == model(torch.zeros(shape, device="meta")).shape
    assert not [m for m in converted.modules() if can_be_separated(m)]


def test_separable_of_the_standard_network_is_the_separable_network():
    converted, ours = separable(shape_only(separable=False)), shape_only()
    assert complexity.parameters(converted) == complexity.parameters(ours)
    assert [p.shape for p in converted.parameters()] == [p.shape for p in ours.parameters()]


def test_conversion_keeps_sharing_and_leaves_the_given_network_alone():
    torch.manual_seed(0)
    shared = nn.Conv2d(8, 8, 3, padding=1, padding_mode="replicate")
    model = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), shared, nn.ReLU(), shared, nn.Conv2d(8, 1, 3, padding=1))
    before = copy.deepcopy(model.state_dict())
    converted = separable(model)
    assert converted[1] is converted[3] and isinstance(converted[1], SeparableConv2d)
    assert converted[1][0].padding_mode == "replicate" and converted[0].kernel_size == (3, 3)
    assert model[1] is shared
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in before.items())
    converted(torch.rand(1, 1, 7, 9)).sum().backward()
    assert all(p.grad is not None and p.grad.any() for p in converted.parameters())


@pytest.mark.parametrize("options", [{"stages": 0}, {"modules": 0}, {"channels": 0}, {"kernel_size": 4}])
def test_bad_options_are_one_line(options):
    with pytest.raises(SrlibError, match=r"^cm_dwsc: stages, modules and channels are at least 1 .*[^\n]$"):
        models.create("cm_dwsc", 3, **options)
    with pytest.raises(SrlibError, match="no option 'width'"):
        models.create("cm_dwsc", 3, width=3)
