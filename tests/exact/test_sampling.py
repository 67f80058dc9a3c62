"""Importance sampling: hard patches come more often, and the expected loss stays what it was."""

from dataclasses import replace

import pytest
import torch
from torch.nn.functional import mse_loss

from srlib import losses, sampling
from srlib.errors import SrlibError
from srlib.patches import Patches
from srlib.recipe import Recipe

BY_ERROR = Recipe(sampling="error")


@pytest.fixture(scope="module")
def patches():
    return Patches("embedded_test", 3, patch=7, stride=10)


def test_shares_follow_the_error_and_leave_no_patch_out(patches):
    shares, errors = sampling.shares(patches), patches.bicubic_errors
    assert shares.sum().item() == pytest.approx(1, abs=1e-12)
    assert shares.min() >= sampling.EVENLY / len(patches)
    assert torch.equal(shares.argsort(stable=True), errors.argsort(stable=True))
    low, high = patches.batch(torch.tensor([3]))
    enlarged = torch.nn.functional.interpolate(low, scale_factor=3, mode="bicubic")
    assert errors[3].item() == pytest.approx(mse_loss(enlarged, high).item(), rel=1e-5)


def test_the_expected_loss_is_the_mean_over_all_patches(patches):
    expected = (sampling.shares(patches) * sampling.weights(patches) * patches.bicubic_errors).sum()
    assert expected.item() == pytest.approx(patches.bicubic_errors.mean().item(), rel=1e-5)


def test_drawing_by_error_takes_noise_out_of_the_mean(patches):
    """Of 400 batches of 32: the weighted error of a batch scatters less than the plain one, about the same mean."""
    errors, weights = patches.bicubic_errors, sampling.weights(patches)
    means = {}
    for recipe in (Recipe(), BY_ERROR):
        generator = torch.Generator().manual_seed(0)
        drawn = torch.cat([sampling.order(recipe, patches, generator) for _ in range(-(-12_800 // len(patches)))])
        batches = drawn[:12_800].view(400, 32)
        counted = errors[batches] * (weights[batches] if recipe == BY_ERROR else 1)
        means[recipe.sampling] = counted.mean(1)
    assert means["error"].std() < 0.7 * means["uniform"].std()
    assert means["error"].mean().item() == pytest.approx(errors.mean().item(), rel=0.03)


def test_where_nothing_is_hard_all_are_alike():
    class Flat:
        bicubic_errors = torch.zeros(5)

        def __len__(self):
            return 5

    assert sampling.shares(Flat()).tolist() == [0.2] * 5


def test_enlarged_patches_are_compared_as_they_are():
    patches = Patches("embedded_test", 3, patch=7, stride=30, enlarged=True)
    low, high = patches.batch(torch.arange(len(patches)))
    assert torch.allclose(patches.bicubic_errors, (low - high).square().mean((1, 2, 3)))


def test_weighted_squared_error():
    a, b = torch.rand(4, 1, 3, 3), torch.rand(4, 1, 3, 3)
    assert losses.weighted_mse(a, b, torch.ones(4)).item() == pytest.approx(mse_loss(a, b).item())
    only_first = losses.weighted_mse(a, b, torch.tensor([4.0, 0, 0, 0]))
    assert only_first.item() == pytest.approx(mse_loss(a[:1], b[:1]).item())


def test_refusals_and_the_digests_of_older_records():
    with pytest.raises(SrlibError, match="weighs a squared error, not l1"):
        Recipe(sampling="error", loss="l1")
    with pytest.raises(SrlibError, match="sampling is one of uniform, error"):
        Recipe(sampling="hard")
    assert Recipe().digest() == replace(BY_ERROR, sampling="uniform").digest() != BY_ERROR.digest()
