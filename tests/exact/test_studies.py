"""Studies: rows and recipes as stated, and the arithmetic of overlapping kernels."""

from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from srlib import models, published, studies
from srlib.errors import Busy, SrlibError
from srlib.patches import ROTATIONS
from srlib.studies import study as study_module
from srlib.studies.cm_dwsc import AUGMENTATION, FORMS, MIXING, RATE, RATES, SEPARABLE, TRIED, trial
from srlib.studies.ddsr import FAST_RECIPE, KERNEL_SIZE, PAPER, PATCH_SIZE, SHORT
from srlib.studies.multiscale import WAYS
from srlib.studies.overlap import checkerboard, taps, without_input


def test_the_paper_profile_is_the_document_s_recipe():
    stated = (
        PAPER.optimizer,
        PAPER.betas,
        PAPER.rate,
        PAPER.iterations,
        PAPER.drops,
        PAPER.batch,
        PAPER.patch,
        PAPER.stride,
    )
    assert stated == ("adam", (0.9, 0.999), 1e-3, 100_000, (60_000, 90_000), 128, 7, 4)
    assert (PAPER.train_set, PAPER.test_sets, PAPER.scale) == ("ddsr291", ("Set5", "Set14", "BSD200"), 3)


def test_rows_differ_in_what_they_say_and_in_nothing_else():
    recipes = [KERNEL_SIZE.recipe(row, "short", 1) for row in KERNEL_SIZE.rows]
    assert [r.options for r in recipes] == [{"depth": 18, "kernel_size": k} for k in (3, 5, 7)]
    assert len({(r.iterations, r.rate, r.batch, r.patch, r.seed, r.train_set) for r in recipes}) == 1
    assert recipes[0].seed == 1 and recipes[0].profile == "short"


def test_the_fast_recipe_s_trials_see_no_test_set():
    assert {FAST_RECIPE.recipe(row, "short", 0).test_sets for row in FAST_RECIPE.rows} == {("validation",)}
    assert FAST_RECIPE.recipe("base", "short", 0).rate == SHORT.rate


def test_the_fast_recipe_is_stable_over_five_seeds():
    psnr = [run.mean("Set5") for run in KERNEL_SIZE.records()["k3", "short"]]
    assert len(psnr) >= 5 and max(psnr) - min(psnr) < 0.1


def test_a_shared_row_passes_over_profiles_that_its_study_has_not(monkeypatch):
    """A paper record of Table 1 is nothing to the study of patches, which has short runs alone."""
    paper, short = (
        SimpleNamespace(folder=Path(f"k3-{profile}-seed0"), recipe=KERNEL_SIZE.recipe("k3", profile, 0))
        for profile in ("paper", "short")
    )
    monkeypatch.setattr(study_module.records, "find", lambda key: [paper, short] if key == KERNEL_SIZE.key else [])
    assert KERNEL_SIZE.records() == {("k3", "paper"): [paper], ("k3", "short"): [short]}
    assert PATCH_SIZE.records() == {("p14", "short"): [short]}


def test_unknown_names_say_what_there_is():
    with pytest.raises(SrlibError, match="unknown study 'kernels'"):
        studies.study_named("kernels")
    with pytest.raises(SrlibError, match="no row 'k9': it has k3, k5, k7"):
        KERNEL_SIZE.recipe(KERNEL_SIZE.row("k9"), "quick", 0)
    with pytest.raises(SrlibError, match="no profile 'long'"):
        KERNEL_SIZE.recipe("k3", "long", 0)


def test_a_study_leaves_to_others_what_they_are_training(tmp_path, monkeypatch):
    trained = []

    def fake(recipe, folder):
        if recipe.options["kernel_size"] == 5:
            raise Busy("another process is training here")
        trained.append(folder.name)
        return "a run"

    monkeypatch.setattr(study_module, "train", fake)
    done = list(studies.run_study(KERNEL_SIZE, "quick", seeds=[0, 1], root=tmp_path))
    assert done == [("k3", "a run"), ("k7", "a run")] * 2
    assert trained == ["k3-quick-seed0", "k7-quick-seed0", "k3-quick-seed1", "k7-quick-seed1"]


def test_the_rows_of_cm_dwsc_differ_in_form_scale_and_rate_alone():
    recipes = {row.name: SEPARABLE.recipe(row, "short", 0) for row in SEPARABLE.rows}
    assert len(recipes) == 6 and {r.scale * r.patch for r in recipes.values()} == {36}
    equal = {(r.iterations, r.batch, r.optimizer, r.train_set, r.schedule, r.clip) for r in recipes.values()}
    assert all(recipes[f"{form}-x{scale}"].rate == rate for form, rate in RATES.items() for scale in (3, 4))
    assert len(equal) == 1 and recipes["standard-x3"].train_set == "T91"  # B100 is a test set
    printed = {cell["row"] for cell in published.cells("cm_dwsc") if cell["method"] == "CM-DWSC"}
    assert {row for r in SEPARABLE.rows for _, row in r.cells} == printed == {"CM-DWSC x3", "CM-DWSC x4"}


def tried(form, scale):
    """{rate: PSNR on validation windows} of the rates that a form has tried, seed 0."""
    found, psnr = RATE.records(), {}
    for rate in TRIED[form, scale]:
        (run,) = [run for run in found[trial(form, scale, rate).name, "short"] if run.recipe.seed == 0]
        assert run.recipe.validation_set not in SEPARABLE.test_sets
        psnr[rate] = run.curve[-1]["psnr"]
    return psnr


@pytest.mark.parametrize("form", FORMS)
def test_each_form_has_the_rate_that_was_best_on_validation_windows(form):
    psnr = tried(form, 3)
    assert max(psnr, key=psnr.get) == RATES[form]
    assert min(psnr) < RATES[form] < max(psnr), "a better rate may lie beyond those tried"


def test_no_other_rate_would_have_put_the_standard_network_ahead_at_x4():
    psnr, other = tried("standard", 4), SEPARABLE.records()["separable-x4", "short"]
    assert len(psnr) == 3 and max(psnr.values()) < min(run.curve[-1]["psnr"] for run in other) - 0.2


def test_table_1_is_measured_on_its_three_sets_and_trained_on_none_of_them():
    for row in SEPARABLE.rows:
        recipe = SEPARABLE.recipe(row, "short", 0)
        assert recipe.test_sets == SEPARABLE.test_sets == ("Set5", "Set14", "B100")
        assert recipe.train_set not in recipe.test_sets


@pytest.mark.parametrize(("study", "free"), [(AUGMENTATION, {"augment", "shrunk"}),
                                             (MIXING, {"scale", "patch", "stride", "scales"})])  # fmt: skip
@pytest.mark.parametrize("profile", ["quick", "short"])
def test_the_rows_of_an_ablation_of_cm_dwsc_differ_in_their_pictures_alone(study, free, profile):
    recipes = {row.name: asdict(study.recipe(row, profile, 2)) for row in study.rows}
    shared = [{key: value for key, value in recipe.items() if key not in free} for recipe in recipes.values()]
    assert all(other == shared[0] for other in shared) and study.seeds == (0, 1, 2)
    assert len({recipe["scale"] * recipe["patch"] for recipe in recipes.values()}) == 1  # equal HR patches
    assert not any(row.cells for row in study.rows)  # a narrow network measures no printed cell


def test_the_document_s_twenty_copies():
    both, mixed = AUGMENTATION.recipe("both", "short", 0), MIXING.recipe("mixed", "short", 0)
    assert both.augment == mixed.augment == "rotations" and both.shrunk == mixed.shrunk
    assert len(ROTATIONS) * len(both.shrunk) == 20 and sorted(both.shrunk) == [0.6, 0.7, 0.8, 0.9, 1.0]
    assert MIXING.recipe("x3", "short", 0) == both  # one run serves both studies
    assert MIXING.folder("x3", "short", 0) == AUGMENTATION.folder("both", "short", 0)
    assert mixed.scales == tuple(MIXING.recipe(name, "short", 0).scale for name in ("x2", "x3", "x4"))


def test_the_rows_of_multiscale_differ_in_their_ways_alone():
    recipes = [WAYS.recipe(row, "short", 2) for row in WAYS.rows]
    assert [r.options for r in recipes] == [{"ways": n} for n in (1, 2, 3)]
    assert len({replace(r, options={}).digest() for r in recipes}) == 1 and recipes[0].protocol == "rgb"


@pytest.mark.parametrize("study", [SEPARABLE, AUGMENTATION, MIXING, WAYS], ids=lambda study: study.key)
def test_a_quick_run_of_every_row_leaves_a_record(study, tmp_path):
    done = list(studies.run_study(study, "quick", seeds=[0], root=tmp_path))
    found = studies.results(study, "quick", 0, root=tmp_path)
    for (name, run), row in zip(done, study.rows, strict=True):
        assert name == row.name and run.folder == study.folder(row, "quick", 0, tmp_path)
        assert run.recipe == study.recipe(row, "quick", 0) and 5 < run.mean("embedded_test") < 50
        assert found.pop((name, "embedded_test", "PSNR")) == run.mean("embedded_test")
        assert [step["iteration"] for step in run.curve][-1] == 20
    assert not found


@pytest.mark.parametrize(
    ("kernel", "scale", "along"),
    [
        (3, 2, [2, 1]),
        (3, 3, [1, 1, 1]),
        (3, 4, [1, 1, 1, 0]),
        (5, 2, [3, 2]),
        (5, 3, [2, 2, 1]),
        (7, 3, [3, 2, 2]),
        (7, 4, [2, 2, 2, 1]),
    ],
)
def test_taps_that_reach_a_pixel(kernel, scale, along):
    assert np.array_equal(taps(kernel, scale), np.outer(along, along))


@pytest.mark.parametrize("kernel", [3, 5, 7])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_the_network_s_deconvolution_has_these_taps(kernel, scale):
    """With every weight 1 the response to a flat image counts the taps (at another phase: the border is cropped)."""
    model = models.create("ddsr", scale, depth=2, kernel_size=kernel)
    torch.nn.init.ones_(model.upsample.weight)
    torch.nn.init.zeros_(model.upsample.bias)
    maps = model.enlarge(torch.ones(1, 1, 9, 9))[0, 0]
    middle = 4 * scale
    cell = maps[middle : middle + scale, middle : middle + scale].detach().numpy()
    assert sorted(cell.ravel().round(4)) == sorted(taps(kernel, scale).ravel())
    pattern = checkerboard(model.enlarge, scale, size=16)
    assert (pattern.max() < 1e-6) == (len(np.unique(taps(kernel, scale))) == 1)


def test_holes():
    assert without_input(3, 4) == 0.4375 and without_input(3, 3) == without_input(5, 4) == 0
