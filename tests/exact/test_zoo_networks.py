"""The networks of the survey and of the comparison tables: sizes, gradients, what their parts do, refusals."""

import numpy as np
import pytest
import torch

from srlib import models
from srlib.errors import SrlibError
from srlib.models import blocks
from srlib.resize import imresize

SCALES = (2, 3, 4)

SMALL = [  # every network and every option that changes its shape, reduced where the published size is large
    ("espcn", {}),
    ("vdsr", {}),
    ("drcn", {"channels": 16, "recursions": 4}),
    ("red30", {"channels": 16, "depth": 7}),
    ("drrn", {"channels": 16, "units": 3}),
    ("drrn", {"channels": 16, "units": 2, "blocks": 2, "batch_norm": False}),
    ("memnet", {"channels": 16, "blocks": 2, "recursions": 2}),
    ("memnet", {"channels": 16, "blocks": 3, "recursions": 2, "supervised": True, "batch_norm": False}),
    ("lapsrn", {}),
    ("lapsrn", {"family": "502K"}),
    *(("srdensenet", {"variant": v, "blocks": 3, "channels": 16}) for v in ("H", "HL", "All")),
    ("srdensenet", {"reading": "dense", "blocks": 3, "channels": 16}),
    ("srresnet", {"blocks": 2, "channels": 16}),
    ("msrresnet", {"blocks": 2, "channels": 16}),
    ("edsr", {"blocks": 2, "channels": 16}),
    ("edsr_baseline", {"blocks": 2, "rgb_range": 255}),
    ("mdsr", {"blocks": 2, "channels": 16}),
    ("rcan", {"groups": 2, "blocks": 2, "channels": 32, "reduction": 4}),
    ("rrdbnet", {"blocks": 1, "channels": 16, "growth": 8}),
    ("idn", {"blocks": 2}),
    ("srmdnf", {"depth": 4, "channels": 16}),
    ("carn", {"channels": 16}),
    ("carn", {"channels": 16, "multi_scale": False}),
    ("smsr", {"modules": 2}),
    ("imdn", {"blocks": 2}),
    ("pan", {"blocks": 2}),
    ("rfdn", {"channels": 16, "blocks": 2}),
    ("rfdn", {"channels": 16, "blocks": 2, "attention": "esa"}),
    ("rfdn_l", {"channels": 16, "blocks": 2}),
    ("latticenet", {"channels": 32, "inside": 24}),
    *(("gidrn", {"channels": 16, "groups": 2, "stages": 2, "samples": n}) for n in (50, 110, 222, "all")),
    ("gidrn", {"channels": 16, "groups": 4, "stages": 1, "dense_shortcuts": False, "anrb": False}),
    ("gidrn", {"channels": 16, "block": "rfdb", "stages": 1, "dual_path": False}),
    ("gidrn", {"channels": 16, "groups": 2, "stages": 2, "group_fusion": True}),
    ("idrn", {"channels": 16, "stages": 1}),
]


def open_the_rectifiers(model):
    """The few hidden units of a gate can all be shut by chance; a positive bias opens them."""
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            torch.nn.init.constant_(module.bias, 0.5)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize(("name", "options"), SMALL)
def test_odd_sizes_forward_and_backward(name, options, scale):
    torch.manual_seed(0)
    model = models.create(name, scale, **options)
    open_the_rectifiers(model)
    x = torch.rand(2, 1 if model.input == "y" else 3, 9, 11)
    if model.upscaled_input:
        x = torch.nn.functional.interpolate(x, scale_factor=scale)
    y = model(x)
    assert y.shape == (2, x.shape[1], 9 * scale, 11 * scale) and torch.isfinite(y).all()
    loss = y.square().mean()
    if name == "mdsr" or (name == "carn" and options.get("multi_scale", True)):  # the paths of the other scales
        for other in SCALES:
            z = model(x, scale=other)
            assert z.shape == (2, 3, 9 * other, 11 * other)
            loss = loss + z.square().mean()
    loss.backward()
    without = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert not without
    assert all(torch.isfinite(p.grad).all() for p in model.parameters())


@pytest.mark.parametrize(("name", "scale"), [("edsr", 2), ("rcan", 3), ("rrdbnet", 4), ("mdsr", 3), ("srdensenet", 4)])
def test_the_published_size_runs(name, scale):
    torch.manual_seed(0)
    model = models.create(name, scale).eval()
    channels = 1 if model.input == "y" else 3
    with torch.inference_mode():
        y = model(torch.rand(1, channels, 7, 9))
    assert y.shape == (1, channels, 7 * scale, 9 * scale) and torch.isfinite(y).all()


def test_flat_images_have_finite_gradients():
    """The standard deviation of a flat map is zero, where a square root has no slope."""
    for name, options in [("rfdn", {"channels": 16, "blocks": 1}), ("latticenet", {"channels": 16, "inside": 8})]:
        model = models.create(name, 2, **options)
        for p in model.parameters():
            torch.nn.init.zeros_(p) if p.ndim > 1 else None
        model(torch.full((1, 3, 5, 5), 0.5)).sum().backward()
        assert all(torch.isfinite(p.grad).all() for p in model.parameters())


def test_the_discriminator_judges_and_learns():
    torch.manual_seed(0)
    judge = models.create("srgan_d", 4, size=32, channels=8)
    verdict = judge(torch.rand(2, 3, 32, 32))
    assert verdict.shape == (2, 1) and torch.isfinite(verdict).all()
    verdict.sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in judge.parameters())
    with pytest.raises(SrlibError, match="32 x 32"):
        judge(torch.rand(2, 3, 33, 32))


@pytest.mark.parametrize("shape", [(2, 3, 9, 11), (1, 1, 3, 2)])
@pytest.mark.parametrize("factor", [2, 3, 4, 0.75])
def test_bicubic_is_imresize(factor, shape):
    x = torch.rand((*shape[:2], shape[2] * 4, shape[3] * 4), dtype=torch.float64) if factor < 1 else torch.rand(shape)
    planes = [[imresize(plane, factor) for plane in image] for image in x.double().numpy()]
    assert np.allclose(blocks.bicubic(x, factor).numpy(), np.array(planes), atol=1e-6)


@pytest.mark.parametrize("scale", SCALES)
def test_networks_that_add_to_an_interpolation_start_from_it(scale):
    """With their last convolution at zero, IDN is MATLAB's bicubic, and LapSRN one or two bilinear doublings."""
    x = torch.rand(1, 1, 9, 11)
    idn, lapsrn = models.create("idn", scale, blocks=1), models.create("lapsrn", scale, family="502K")
    for p in [*idn.upsample.parameters(), *(p for level in lapsrn.levels for p in level.residual.parameters())]:
        torch.nn.init.zeros_(p)
    torch.nn.init.zeros_(lapsrn.levels[0].image_up.bias)
    assert torch.allclose(idn(x), models.create("bicubic", scale)(x), atol=1e-6)
    inner = slice(4, -4)
    doubled = torch.nn.functional.interpolate(x, scale_factor=2, mode="bilinear")
    assert torch.allclose(lapsrn.every_output(x)[0][..., inner, inner], doubled[..., inner, inner], atol=1e-6)


def test_lapsrn_at_x3_is_the_x4_network_shrunk():
    x = torch.rand(1, 1, 8, 9)
    three, four = models.create("lapsrn", 3, family="502K"), models.create("lapsrn", 4, family="502K")
    four.load_state_dict(three.state_dict())
    with torch.no_grad():
        expected = imresize(four(x)[0, 0].double().numpy(), 0.75)
        assert np.allclose(three(x)[0, 0].numpy(), expected, atol=1e-5)


def test_recursions_share_their_weights_and_average_their_outputs():
    torch.manual_seed(0)
    model, x = models.create("drcn", 2, channels=8, recursions=3), torch.rand(1, 1, 8, 8)
    outputs = model.every_output(x)
    assert len(outputs) == 3
    assert torch.allclose(model(x), sum(outputs) / 3, atol=1e-6)
    model = models.create("memnet", 2, channels=8, blocks=2, recursions=2, supervised=True).eval()
    assert torch.allclose(model(x), sum(model.every_output(x)) / 2, atol=1e-6)


def test_red_with_silent_layers_returns_its_input():
    """All skips end at the image: with every kernel zero, the network is the identity."""
    model, x = models.create("red30", 2, channels=4), torch.rand(1, 1, 8, 8)
    for p in model.parameters():
        torch.nn.init.zeros_(p)
    assert torch.equal(model(x), x)


def test_the_colour_shift_is_undone_and_not_stored():
    x = torch.rand(1, 3, 4, 4)
    for rgb_range in (1, 255):
        away, back = blocks.MeanShift(-1, rgb_range), blocks.MeanShift(+1, rgb_range)
        assert torch.allclose(back(away(x)), x, atol=1e-6) and not torch.allclose(away(x), x)
        assert not away.state_dict()


def test_srmdnf_listens_to_the_blur_code():
    torch.manual_seed(0)
    model, x = models.create("srmdnf", 2, depth=3, channels=8), torch.rand(2, 3, 5, 6)
    blurs = torch.randn(2, 15)
    both = model(x, blurs)
    assert not torch.allclose(both, model(x), atol=1e-4)
    assert torch.allclose(both[1:], model(x[1:], blurs[1]), atol=1e-6)


def test_smsr_leaves_out_what_its_masks_say():
    torch.manual_seed(0)
    module = models.create("smsr", 2).body[0].eval()
    x = torch.rand(1, 64, 6, 8)
    with torch.no_grad():
        module.ch_mask[..., 0], module.ch_mask[..., 1] = 1, 0  # all channels dense: the plain network, all work done
        out, work = module(x)
        h, maps = x, []
        for convolution in module.body:
            h = torch.relu(convolution(h))
            maps.append(h)
        assert torch.allclose(out, x + module.ca(module.collect(torch.cat(maps, 1))), atol=1e-6)
        assert (work == 1).all()
        module.ch_mask[..., 0], module.ch_mask[..., 1] = 0, 1  # all sparse, and no place needs work: nothing is done
        module.spa_mask[-1].weight.zero_()
        module.spa_mask[-1].bias.copy_(torch.tensor([1.0, 0.0]))
        out, work = module(x)
        nothing = module.ca(module.collect.bias.view(1, 64, 1, 1).expand_as(x))
        assert torch.allclose(out, x + nothing, atol=1e-6)
        assert (work == 0).all()


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        *((name, {"depht": 3}, "no option 'depht'") for name in models.names()),
        ("drcn", {"recursions": 0}, "at least one recursion"),
        ("red30", {"depth": 4}, "odd"),
        ("drrn", {"units": 0}, "at least one"),
        ("memnet", {"blocks": 0}, "at least one"),
        ("lapsrn", {"family": "900K"}, "813K, 502K"),
        ("srdensenet", {"variant": "X"}, "variant"),
        ("srdensenet", {"reading": "X"}, "reading"),
        ("srgan_d", {"size": 90}, "multiple of 16"),
        ("srmdnf", {"depth": 1}, "at least 2"),
        ("rfdn", {"attention": "pa"}, "cca or esa"),
        ("gidrn", {"block": "imdb"}, "block is gidb or rfdb, not 'imdb'"),
        ("gidrn", {"channels": 48}, "48 maps do not make 9 equal groups"),
        ("gidrn", {"samples": 100}, "one of 50, 110, 222 or 'all', not 100"),
    ],
)
def test_bad_options_say_so(name, options, says):
    with pytest.raises(SrlibError, match=says):
        models.create(name, 2, **options)


@pytest.mark.parametrize("name", ["mdsr", "carn"])
def test_a_scale_without_a_path_says_so(name):
    options = {"blocks": 1} if name == "mdsr" else {"multi_scale": False}
    with pytest.raises(SrlibError, match="enlarges by"):
        models.create(name, 2, **options)(torch.rand(1, 3, 4, 4), scale=8)
