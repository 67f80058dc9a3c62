"""Parameter counts, operations and sizes of the networks: the published figures, exactly."""

import pytest
import torch

from srlib import complexity, models
from srlib.errors import SrlibError
from srlib.models.ddsr import start_at_nearest

SCALES = (2, 3, 4)


def ddsr_count(depth, kernel_size):
    upsample = 64 * kernel_size**2 + 64 + 64  # weights, biases, PReLU slopes
    body = (depth - 1) * (64 * 64 * 9 + 64 + 64)
    return upsample + body + (64 * 9 + 1)


@pytest.mark.parametrize(("depth", "count"), [(6, 186_241), (12, 408_193), (18, 630_145)])
@pytest.mark.parametrize(("kernel_size", "more"), [(3, 0), (5, 1_024), (7, 2_560)])
@pytest.mark.parametrize("scale", SCALES)
def test_ddsr_parameters(depth, count, kernel_size, more, scale):
    model = models.create("ddsr", scale, depth=depth, kernel_size=kernel_size)
    assert complexity.parameters(model) == ddsr_count(depth, kernel_size) == count + more


@pytest.mark.parametrize(("depth", "macs"), [(6, 81_567_360), (12, 179_109_504), (18, 276_651_648)])
def test_ddsr_macs_for_a_7x7_patch(depth, macs):
    model = models.create("ddsr", 3, depth=depth)
    pixels = 21 * 21
    by_hand = pixels * ((depth - 1) * 64 * 64 * 9 + 64 * 9) + 7 * 7 * 64 * 9
    assert complexity.macs(model, (1, 1, 7, 7)) == by_hand == macs


@pytest.mark.parametrize("depth", [6, 12, 18])
def test_ddsr_receptive_field_of_the_deep_mapping(depth):
    """The gradient of one output pixel reaches 2 depth + 1 HR pixels back."""
    model = models.create("ddsr", 3, depth=depth, prelu=False, residual=False).double()
    for convolution in [*model.body, model.last]:  # no zero and no rectifier may hide a path
        torch.nn.init.ones_(convolution.weight)
    enlarged = torch.ones(1, 64, 61, 61, dtype=torch.float64, requires_grad=True)
    f = enlarged
    for convolution in model.body:
        f = convolution(f) / 576
    model.last(f)[0, 0, 30, 30].backward()
    reached = enlarged.grad[0, 0].abs().sum(0).nonzero()
    assert int(reached.max() - reached.min()) + 1 == 2 * depth + 1


@pytest.mark.parametrize(
    ("kernels", "count", "weights"),
    [("9-1-5", 8_129, 8_032), ("9-3-5", 24_513, 24_416), ("9-5-5", 57_281, 57_184)],
)
def test_srcnn_counts(kernels, count, weights):
    model = models.create("srcnn", 3, kernels=kernels)
    assert (complexity.parameters(model), complexity.weights(model)) == (count, weights)


def test_fsrcnn_counts():
    model, small = models.create("fsrcnn", 3), models.create("fsrcnn", 3, d=32, s=5, m=1)
    assert (complexity.parameters(model), complexity.weights(model)) == (12_809, 12_464)
    assert complexity.parameters(small) == 4_086


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(
    ("name", "options"),
    [("bicubic", {}), ("srcnn", {}), ("fsrcnn", {})]
    + [("ddsr", {"depth": 3, "kernel_size": k}) for k in (3, 5, 7)],
)
def test_odd_sizes_forward_and_backward(name, options, scale):
    torch.manual_seed(0)
    model = models.create(name, scale, **options)
    x = torch.rand(2, 1, 9, 11)
    if model.upscaled_input:
        x = torch.rand(2, 1, 9 * scale, 11 * scale)
    y = model(x)
    assert y.shape == (2, 1, 9 * scale, 11 * scale) and torch.isfinite(y).all()
    if list(model.parameters()):
        y.square().mean().backward()
        assert all(
            p.grad is not None and torch.isfinite(p.grad).all() and p.grad.any() for p in model.parameters()
        )


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("kernel_size", [5, 7])
def test_a_start_at_nearest_is_nearest_neighbour(scale, kernel_size):
    torch.manual_seed(0)
    model = models.create("ddsr", scale, depth=4, kernel_size=kernel_size)
    start_at_nearest(model)
    model.last.weight.data[0, 1:] = 0  # the small noise that lets the other maps begin to learn
    x = torch.rand(1, 1, 6, 8)
    nearest = x.repeat_interleave(scale, 2).repeat_interleave(scale, 3)
    assert torch.allclose(model(x), nearest, atol=1e-6)


def test_a_small_kernel_at_scale_4_leaves_43_75_percent_without_input():
    model = models.create("ddsr", 4, depth=2, kernel_size=3)
    torch.nn.init.zeros_(model.upsample.bias)
    maps = model.enlarge(torch.ones(1, 1, 8, 8))
    assert (maps[0, 0] == 0).float().mean() == 0.4375


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("vdsr2", 3, {}), "unknown model"),
        (("ddsr", 5, {}), "unknown scale"),
        (("ddsr", 3, {"deep": 3}), "no option 'deep'"),
        (("ddsr", 3, {"depth": 1}), "depth is at least 2"),
        (("ddsr", 3, {"depth": "six"}), "ddsr cannot be built with depth='six'"),
        (("ddsr", 3, {"channels": -4}), "ddsr cannot be built with channels=-4"),
        (("srcnn", 3, {"kernels": "9-9-9"}), "9-1-5"),
    ],
)
def test_bad_arguments_say_so(arguments, says):
    name, scale, options = arguments
    with pytest.raises(SrlibError, match=says):
        models.create(name, scale, **options)
