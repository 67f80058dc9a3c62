"""The multi-scale layer: counts and ratios by hand, sharing, odd sizes, uneven ways, and its place in a network."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from srlib import complexity, models
from srlib.errors import SrlibError
from srlib.models.multiscale import (
    FusingConv2d,
    MultiScaleConv2d,
    ResNet,
    SeparatingConv2d,
    join,
    multiscale,
    shares,
    split,
)

SIX = ("srcnn", "fsrcnn", "multiscale", "carn", "rrdbnet", "srdensenet")


def shape_only(make, *arguments, **options):
    with torch.device("meta"):
        return make(*arguments, **options)


def base_by_hand(weight, bias):
    """first; 34 of 64 -> 64; two of 64 -> 256; one at HR size; last."""
    layers = [(3, 64), *[(64, 64)] * 34, (64, 256), (64, 256), (64, 64), (64, 3)]
    return sum(weight * 9 * i * o + bias * o for i, o in layers)


def test_the_base_network_is_the_printed_one():
    base = shape_only(ResNet, 4)
    assert complexity.parameters(base) == base_by_hand(1, 1) == 1_591_427
    low = 9 * (3 * 64 + 34 * 64**2 + 64 * 256)
    by_hand = 128**2 * (low + 4 * 9 * 64 * 256 + 16 * 9 * (64**2 + 64 * 3))
    assert complexity.macs(base, (1, 3, 128, 128)) == by_hand == 42_759_880_704
    assert f"{by_hand / 1e9:.2f}" == "42.76"
    created = shape_only(models.create, "multiscale", 4, ways=1, reading="B")
    assert [p.shape for p in created.parameters()] == [p.shape for p in base.parameters()]


def test_two_ways_have_the_printed_parameters_in_reading_a():
    model = shape_only(models.create, "multiscale", 4, ways=2)
    ends = 9 * (3 * 64 + 64 * 3)  # separating and fusing cost what the plain ones do
    assert complexity.parameters(model) == ends + (base_by_hand(1, 0) - ends) * 3 // 4 == 1_192_320
    assert f"{complexity.parameters(model) / 1e6:.2f}" == "1.19"
    macs = complexity.macs(model, (1, 3, 128, 128))
    inside = 128**2 * 9 * (34 * 64**2 + 64 * 256 + 4 * 64 * 256 + 16 * 64**2)
    assert macs == inside * 7 // 16 + 128**2 * 9 * (3 * 64 + 16 * 64 * 3) * 5 // 8


@pytest.mark.parametrize(
    ("options", "millions", "gmacs"),
    [
        ({"ways": 2, "reading": "A"}, "1.192", "18.80"),
        ({"ways": 2, "reading": "B"}, "1.298", "31.44"),
        ({"ways": 3, "reading": "A"}, "0.889", "9.56"),
        ({"ways": 3, "reading": "B"}, "1.073", "27.05"),
        ({"ways": 3, "reading": "A", "cross": "all"}, "1.247", "10.15"),
    ],
)
def test_both_readings(options, millions, gmacs):
    model = shape_only(models.create, "multiscale", 4, **options)
    assert f"{complexity.parameters(model) / 1e6:.3f}" == millions
    assert f"{complexity.macs(model, (1, 3, 128, 128)) / 1e9:.2f}" == gmacs


@pytest.mark.parametrize(
    ("ways", "cross", "parameters", "macs"),
    [
        (1, "adjacent", 1, 1),
        (2, "adjacent", 3 / 4, 7 / 16),
        (2, "all", 3 / 4, 7 / 16),
        (3, "adjacent", 5 / 9, 31 / 144),
        (3, "all", 7 / 9, 33 / 144),
        (4, "adjacent", 7 / 16, (1 + 3 / 4 + 3 / 16 + 3 / 64) / 16),
    ],
)
def test_the_ratios_of_one_layer(ways, cross, parameters, macs):
    """Each way has C/n maps at a quarter of the pixels of the way before; a kernel works on its smaller side."""
    c, side = 12 * ways, 8 * 2**ways
    layer = shape_only(MultiScaleConv2d, c, c, ways, cross=cross, bias=False)
    pixels = [4.0**-i for i in range(ways)]
    pairs = [(i, j) for i in range(ways) for j in range(ways) if i != j and (cross == "all" or abs(i - j) == 1)]
    assert len(layer.cross) == len(pairs) == (ways * (ways - 1) if cross == "all" else 2 * ways - 2)
    assert complexity.parameters(layer) / (9 * c * c) == pytest.approx(parameters)
    by_hand = (sum(pixels) + sum(min(pixels[i], pixels[j]) for i, j in pairs)) / ways**2
    found = complexity.macs(layer, (1, c, side, side)) / (9 * c * c * side**2)
    assert found == pytest.approx(by_hand) and found == pytest.approx(macs)


def test_the_printed_form_of_31_of_144():
    assert f"{31 / 144:.4f}" == "0.2153"


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("kernel_size", [1, 3, 5])
def test_one_way_is_a_plain_convolution(kernel_size, bias):
    torch.manual_seed(0)
    layer = MultiScaleConv2d(5, 7, ways=1, bias=bias, kernel_size=kernel_size)
    plain = nn.Conv2d(5, 7, kernel_size, padding=kernel_size // 2, bias=bias)
    plain.load_state_dict({name.removeprefix("same."): value for name, value in layer.state_dict().items()})
    x = torch.rand(2, 5, 9, 11)
    assert torch.equal(layer(x), plain(x)) and complexity.parameters(layer) == complexity.parameters(plain)


@pytest.mark.parametrize("make", [SeparatingConv2d, FusingConv2d])
def test_one_way_separated_or_fused_is_a_plain_convolution(make):
    torch.manual_seed(0)
    layer, plain = make(5, 7, ways=1), nn.Conv2d(5, 7, 3, padding=1)
    plain.load_state_dict({name.removeprefix("ways.0."): value for name, value in layer.state_dict().items()})
    x = torch.rand(2, 5, 9, 11)
    assert torch.equal(layer(x), plain(x))


@pytest.mark.parametrize("size", [(9, 11), (8, 8), (1, 5), (7, 4)])
@pytest.mark.parametrize("ways", [1, 2, 3, 4])
@pytest.mark.parametrize("cross", ["adjacent", "all"])
def test_any_size_forward_and_backward(ways, cross, size):
    torch.manual_seed(0)
    x = torch.rand(2, 10, *size, requires_grad=True)
    for layer in (
        MultiScaleConv2d(10, 13, ways, cross),
        SeparatingConv2d(10, 13, ways),
        FusingConv2d(10, 13, ways),
    ):
        y = layer(x)
        assert y.shape == (2, 13, *size) and torch.isfinite(y).all()
        y.square().mean().backward()
        assert all(torch.isfinite(p.grad).all() and p.grad.any() for p in layer.parameters())
    assert torch.isfinite(x.grad).all() and x.grad.any()


def test_64_maps_in_three_ways_are_not_equal():
    assert shares(64, 3) == [22, 21, 21] and shares(64, 2) == [32, 32] and shares(3, 3) == [1, 1, 1]
    layer = MultiScaleConv2d(64, 64, ways=3, bias=False)
    assert layer.same.weight.shape == (22, 22, 3, 3)
    cross = {name: tuple(kernel.weight.shape[:2]) for name, kernel in layer.cross.items()}
    assert cross == {"1to2": (21, 22), "2to1": (22, 21), "2to3": (21, 21), "3to2": (21, 21)}
    ways = layer.between(split(torch.rand(1, 64, 12, 12), layer.inputs))
    assert [tuple(way.shape[1:]) for way in ways] == [(22, 12, 12), (21, 6, 6), (21, 3, 3)]


def test_the_kernel_inside_the_ways_is_one():
    """Its gradient from one way alone reaches the weights that the other way uses."""
    torch.manual_seed(0)
    layer = MultiScaleConv2d(8, 8, ways=2, bias=False)
    assert len(list(layer.parameters())) == 3  # not four
    for kernel in layer.cross.values():
        nn.init.zeros_(kernel.weight)
    x = torch.rand(1, 8, 8, 8)
    fine, coarse = layer.between(split(x, layer.inputs))
    by_hand = [F.conv2d(way, layer.same.weight, padding=1) for way in split(x, layer.inputs)]
    assert torch.equal(fine, by_hand[0]) and torch.equal(coarse, by_hand[1])
    coarse.sum().backward()
    assert layer.same.weight.grad.abs().min() > 0


def test_between_two_layers_nothing_is_lost():
    """A chain on plain maps is the chain on ways kept apart: activations and sums do not notice, odd sizes neither."""
    torch.manual_seed(0)
    x = torch.rand(2, 64, 13, 10)
    a, b = (MultiScaleConv2d(64, 64, ways=3) for _ in range(2))
    plain = b(F.relu(a(x))) + a(x)
    first = a.between(split(x, a.inputs))
    apart = [p + q for p, q in zip(b.between([F.relu(way) for way in first]), first, strict=True)]
    assert torch.allclose(plain, join(apart, x), atol=1e-6)


def test_down_then_up_reaches_further_only_in_coarse_ways():
    """A change of one pixel of way 1 moves way 1 within its kernel; through way 2 and back it needs a second layer."""
    torch.manual_seed(0)
    layer, x = MultiScaleConv2d(4, 4, ways=2), torch.zeros(1, 4, 16, 16)
    moved = x.clone()
    moved[0, 0, 8, 8] = 1
    change = (layer(moved) - layer(x)).abs()[0]
    fine, coarse = (change[maps].sum(0).nonzero() for maps in (slice(0, 2), slice(2, 4)))
    assert (fine.min(0).values.tolist(), fine.max(0).values.tolist()) == ([7, 7], [9, 9])
    assert (coarse.min(0).values.tolist(), coarse.max(0).values.tolist()) == ([6, 6], [11, 11])


@pytest.mark.parametrize(("ways", "cross"), [(2, "adjacent"), (3, "adjacent"), (3, "all")])
def test_operations_are_counted_alike_by_both_counters(ways, cross):
    layer = shape_only(MultiScaleConv2d, 64, 64, ways, cross=cross)
    shape = (2, 64, 13, 10)
    assert complexity.aim_flops(layer, shape) == complexity.macs(layer, shape) > 0


@pytest.mark.parametrize("name", SIX)
@pytest.mark.parametrize("ways", [1, 2, 3])
def test_the_layer_goes_into_six_networks(name, ways):
    torch.manual_seed(0)
    small = {"multiscale": {"ways": 1, "blocks": 1, "channels": 16}, "carn": {"channels": 16},
             "rrdbnet": {"blocks": 1, "channels": 16, "growth": 8},
             "srdensenet": {"blocks": 2, "layers": 2, "growth": 8, "channels": 16}}  # fmt: skip
    plain = models.create(name, 4, **small.get(name, {}))
    model = multiscale(plain, ways)
    size = (36, 44) if plain.upscaled_input else (9, 11)
    x = torch.rand(2, 1 if plain.input == "y" else 3, *size)
    y = model(x)
    assert y.shape == plain(x).shape and torch.isfinite(y).all()
    y.square().mean().backward()
    used = [
        p for key, p in model.named_parameters() if not (name == "carn" and key.startswith("up.") and "x4" not in key)
    ]
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in used)
    if ways == 1:
        assert complexity.parameters(model) == complexity.parameters(plain)
    else:
        assert complexity.weights(model) < complexity.weights(plain)
        assert complexity.macs(model, x.shape) < complexity.macs(plain, x.shape)
    kinds = [type(m).__name__ for m in model.modules() if type(m).__name__.endswith("ingConv2d")]
    assert kinds == ["SeparatingConv2d", "FusingConv2d"]


def test_a_plain_network_in_one_way_gives_the_same_image():
    torch.manual_seed(0)
    plain = models.create("multiscale", 2, ways=1, blocks=1, channels=8)
    model = multiscale(plain, 1)
    values = iter(plain.state_dict().values())
    model.load_state_dict({name: next(values) for name in model.state_dict()})
    x = torch.rand(1, 3, 7, 9)
    assert torch.equal(model(x), plain(x))


def test_only_the_named_part_is_changed():
    plain = models.create("carn", 2, channels=16)
    model = multiscale(plain, 2, part="body")
    assert type(model.entry) is type(model.exit) is nn.Conv2d
    assert any(isinstance(m, MultiScaleConv2d) for m in model.body.modules())
    assert not any(isinstance(m, MultiScaleConv2d) for m in plain.modules()), "the given network is left alone"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: MultiScaleConv2d(8, 8, ways=0), "8 maps cannot stand in 0 ways"),
        (lambda: MultiScaleConv2d(2, 8, ways=3), "2 maps cannot stand in 3 ways"),
        (lambda: MultiScaleConv2d(8, 8, cross="some"), "cross is one of adjacent, all, not 'some'"),
        (lambda: multiscale(models.create("espcn", 2), 2, part="head"), "ESPCN has no part 'head'"),
        (lambda: multiscale(models.create("bicubic", 2), 2), "no two convolutions"),
        (lambda: multiscale(models.create("espcn", 2), 0), "ways is 1 or more"),
        (lambda: multiscale(models.create("espcn", 2), 2, cross="none"), "cross one of adjacent, all"),
        (lambda: models.create("multiscale", 2, reading="C"), "reading is one of A, B, not 'C'"),
        (lambda: models.create("multiscale", 2, ways=9, channels=4), "4 maps cannot stand in 9 ways"),
    ],
)
def test_bad_options_are_one_line(call, says):
    with pytest.raises(SrlibError, match=says) as caught:
        call()
    assert str(caught.value).startswith("multiscale: ") and "\n" not in str(caught.value)
