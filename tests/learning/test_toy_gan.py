"""The toy run of the adversarial page: repeatable, fair, and it shows what the page says."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from srlib import models
from srlib.errors import SrlibError
from srlib.studies import toy_gan

TINY = toy_gan.Settings(first=4, second=3, side=16, batch=2, every=3)


def same(a, b):
    a, b = a.state_dict(), b.state_dict()
    return all(torch.equal(a[name], b[name]) for name in a)


def test_a_seed_gives_the_same_networks_again_and_leaves_the_callers_generator_alone():
    state = torch.get_rng_state()
    one, two = toy_gan.run(TINY), toy_gan.run(TINY)
    assert torch.equal(torch.get_rng_state(), state)
    assert same(one.mse, two.mse) and same(one.adversarial, two.adversarial)
    assert not same(one.mse, toy_gan.run(replace(TINY, seed=1)).mse)


def test_nothing_but_the_adversarial_loss_sets_the_copies_apart():
    result = toy_gan.run(replace(TINY, weight=0.0))
    assert same(result.mse, result.adversarial)
    assert not same(result.mse, toy_gan.run(TINY).adversarial)


def test_the_curves_begin_together_and_end_with_what_is_measured_in_the_end():
    result = toy_gan.run(replace(TINY, every=2))
    plain, adversarial = result.curves.values()
    assert [row["iteration"] for row in adversarial] == [0, 2, 3] and plain[0] is adversarial[0]
    assert [np.isnan(row["judge"]) for row in plain + adversarial] == [True] * 4 + [False] * 2
    for model, row in ((result.mse, plain[-1]), (result.adversarial, adversarial[-1])):
        assert row["psnr"] == np.mean([r["psnr"] for r in toy_gan.measure(model)])
    assert plain[-1]["psnr"] != adversarial[-1]["psnr"]


def test_the_untrained_network_is_bicubic_interpolation():
    # The "rgb" protocol rounds both to 8 bits.
    ours, theirs = (toy_gan.measure(m) for m in (toy_gan.Generator(), models.create("bicubic", scale=4)))
    for a, b in zip(ours, theirs, strict=True):
        assert a["psnr"] == pytest.approx(b["psnr"], abs=1e-3) and a["fine"] == pytest.approx(b["fine"], abs=1e-4)


def test_the_mse_copy_has_more_decibels_and_the_adversarial_one_more_fine_detail():
    result = toy_gan.run(toy_gan.Settings(first=60, second=60, every=60))
    plain, adversarial = (toy_gan.measure(model) for model in (result.mse, result.adversarial))
    bicubic = toy_gan.measure(models.create("bicubic", scale=4))
    for a, b, c in zip(plain, adversarial, bicubic, strict=True):
        assert a["psnr"] > b["psnr"] and a["psnr"] > c["psnr"]
        assert c["fine"] < a["fine"] < b["fine"] / 2 < 0.5  # the photograph itself has 1


@pytest.mark.parametrize(("period", "fine"), [(2, True), (3.5, True), (4.5, False), (16, False)])
def test_fine_is_what_repeats_within_four_pixels(period, fine):
    y = 100 + 50 * np.cos(2 * np.pi * np.arange(240) / period) * np.ones((240, 1))
    share = toy_gan.fine_energy(y) / np.sum(np.abs(np.fft.fft2((y - y.mean()) * np.outer(*[np.hanning(240)] * 2))) ** 2)
    assert share > 0.99 if fine else share < 0.01


def test_settings_that_train_nothing_are_refused():
    with pytest.raises(SrlibError, match="first, second, batch and every are 1 or more"):
        toy_gan.run(replace(TINY, second=0))
