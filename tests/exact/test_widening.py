"""A network trained with few channels and then widened: the same picture, more to learn with, and its schedule."""

from dataclasses import replace

import pytest
import torch

from srlib import models, widening
from srlib.errors import SrlibError
from srlib.models.ddsr import start_at_nearest
from srlib.recipe import Recipe

RECIPE = Recipe(options={"depth": 5, "channels": 12, "kernel_size": 5}, start="nearest", narrow=(5, 60), iterations=100)


@pytest.fixture
def narrow():
    """A narrow network with no parameter at its start, as after a training."""
    torch.manual_seed(0)
    model = models.create("ddsr", 3, **widening.options_at(RECIPE, 0))
    start_at_nearest(model)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.05 * torch.randn_like(parameter))
    return model


def test_widening_leaves_the_picture_as_it_was(narrow):
    lr = torch.rand(2, 1, 9, 8)
    wide = widening.widened(narrow, RECIPE)
    assert wide.last.in_channels == 12
    assert torch.equal(wide(lr), narrow(lr))


def test_every_new_map_can_learn(narrow):
    """Two steps of plain descent move every kernel from or to a new map."""
    wide = widening.widened(narrow, RECIPE)
    before = {name: value.clone() for name, value in wide.named_parameters()}
    lr, hr = torch.rand(4, 1, 9, 9), torch.rand(4, 1, 27, 27)
    for _ in range(2):
        wide.zero_grad()
        torch.nn.functional.mse_loss(wide(lr), hr).backward()
        with torch.no_grad():
            for parameter in wide.parameters():
                parameter -= 0.1 * parameter.grad
    for name, value in wide.named_parameters():
        moved = value != before[name]
        assert moved.flatten(2).any(2).all() if value.ndim == 4 else moved.all(), name


def test_the_network_widens_after_its_last_narrow_iteration():
    channels = [widening.options_at(RECIPE, n)["channels"] for n in (0, 60, 61, 100)]
    assert channels == [5, 5, 12, 12]
    assert widening.options_at(replace(RECIPE, narrow=()), 0) == RECIPE.options


def test_the_schedule_counts_work_and_not_iterations():
    """60 iterations of (5 / 12)^2 of the work, 40 whole ones: after the 60, 20.7 % of it is done."""
    light = 60 * 25 / 144
    assert RECIPE.share_done(0) == 0 and RECIPE.share_done(100) == 1
    assert RECIPE.share_done(60) == pytest.approx(light / (light + 40))
    assert RECIPE.share_done(80) == pytest.approx((light + 20) / (light + 40))
    assert replace(RECIPE, narrow=()).share_done(60) == 0.6


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"narrow": (12, 60)}, r"narrow is \(channels below 12, iterations below 100\), not \(12, 60\)"),
        ({"narrow": (5, 100)}, "iterations below 100"),
        ({"narrow": (5, 0)}, "iterations below 100"),
        ({"narrow": (5,)}, "iterations below 100"),
        ({"narrow": (5.0, 60)}, "iterations below 100"),
        ({"start": "default"}, "for ddsr that starts at nearest"),
        ({"model": "espcn"}, "for ddsr that starts at nearest"),
    ],
)
def test_refusals(changes, says):
    with pytest.raises(SrlibError, match=says):
        replace(RECIPE, **changes)
