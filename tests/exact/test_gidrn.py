"""G-IDRN: every size of Table 1 by arithmetic, what its parts do, and what memory cannot hold."""

import pytest
import torch

from srlib import complexity, models, published, studies
from srlib.errors import SrlibError
from srlib.models import gidrn
from srlib.models.rfdn import RFDN
from srlib.studies.gidrn import ABLATION, TABLE_1, ablation_options
from srlib.verdicts import parse

PRINTED = {c["row"]: parse(c["value"])[0] for c in published.cells("gidrn")
           if (c["item"], c["metric"]) == ("Table 1", "parameters")}  # fmt: skip


def built(name="gidrn", scale=2, **options):
    with torch.device("meta"):
        return models.create(name, scale, **options)


def c(inputs, outputs, k=3, groups=1):
    """Parameters of a convolution with bias."""
    return inputs * outputs * k * k // groups + outputs


def cca(n):
    return c(n, n // 4, 1) + c(n // 4, n, 1)


def rfdb(n):
    return 3 * (c(n, n // 2, 1) + c(n, n)) + c(n, n // 2) + c(2 * n, n, 1) + cca(n)


def gidb(n):
    return 3 * (c(n, n, 1) + c(n, n, groups=9)) + c(n, n, groups=9) + c(4 * n, n, 1) + cca(n) + 1


def frame(n, block, dual=False, shortcuts=False, anrb=False):
    """Six blocks in RFDN's frame at x2: first and last layer, fusion, and what a row puts in their place."""
    total = c(3, n) + 6 * block + c(n, 12)
    total += 6 + 6 + 3 if shortcuts else c(6 * n, n, 1)  # two groups of three blocks, and the two groups
    total += c(3, 12, 5) if dual else c(n, n)
    return total + (3 * c(n, 1, 1) + c(1, n, 1) if anrb else 0)


BY_HAND = {
    "RFDB": (frame(48, rfdb(48)), 534_036),
    "RFDB+dual": (frame(48, rfdb(48), dual=True), 514_164),
    "RFDB+DS": (frame(48, rfdb(48), shortcuts=True), 520_179),
    "RFDB+ANRB": (frame(48, rfdb(48), anrb=True), 534_279),
    "RFDB+dual+ANRB": (frame(48, rfdb(48), dual=True, anrb=True), 514_407),
    "RFDB+dual+DS+ANRB": (frame(48, rfdb(48), True, True, True), 500_550),
    "G-IDB": (frame(72, gidb(72)), 449_406),
    "G-IDB+dual+DS+ANRB": (frame(72, gidb(72), True, True, True) + c(144, 72, 1), 383_232),
}


@pytest.mark.parametrize("row", TABLE_1)
def test_every_size_of_table_1(row):
    by_hand, count = BY_HAND[row]
    assert complexity.parameters(built(**ablation_options(row))) == by_hand == count
    assert abs(count / 1e3 - PRINTED[row]) <= 0.05 + 1e-9
    assert ABLATION.recipe(row.lower().replace("+", "-"), "paper", 0).options == ablation_options(row)


def test_the_last_row_of_table_1_without_the_layer_that_the_text_does_not_mention():
    without = ablation_options(TABLE_1[-1]) | {"group_fusion": False}
    assert complexity.parameters(built(**without)) == 372_792 == 383_232 - 10_440


def test_the_first_row_is_rfdn():
    """The same function, so the frame is RFDN's own."""
    torch.manual_seed(0)
    ours = models.create("gidrn", 2, **ablation_options("RFDB", 24))
    theirs, x = RFDN(2, channels=16), torch.rand(1, 3, 8, 9)
    names = {"head": "fea_conv", "body.blocks": "B", "fuse": "c.0", "last": "LR_conv", "up": "upsampler"}
    state = {}
    for name, value in ours.state_dict().items():
        old = next(key for key in names if name.startswith(key))
        state[name.replace(old, names[old], 1)] = value
    theirs.load_state_dict(state)
    assert torch.allclose(ours(x), theirs(x), atol=1e-6)


def test_sizes_of_the_parts():
    with torch.device("meta"):
        parts = {gidrn.LSRB(72, 9): 10_512, gidrn.GIDB(72, 9, 4): 60_283, gidrn.CCA(72, 4): 2_682, gidrn.ANRB(72): 363}
    for part, count in parts.items():
        assert complexity.parameters(part) == count
    scalars = sum(p.numel() for p in built().parameters() if p.ndim == 1 and p.numel() < 4) - 3  # ANRB's three biases
    assert scalars == 9 + 4 * 6 == 33


def test_a_step_keeps_its_point_convolution_and_adds_before_the_activation():
    torch.manual_seed(0)
    step, x = gidrn.LSRB(8, 2), torch.randn(1, 8, 5, 6)
    kept, out = step(x)
    assert torch.equal(kept, step.point(x))
    by_formula = step.group(kept) + x
    assert torch.allclose(out, torch.where(by_formula > 0, by_formula, 0.05 * by_formula))


def test_dense_shortcuts_are_weighted_sums_of_all_inputs():
    chain, x = gidrn.Chain([torch.nn.Identity() for _ in range(3)]), torch.ones(1)
    assert [y.item() for y in chain.every_output(x)] == [1, 1, 1], "at the start a plain stack"
    for shortcut in chain.shortcuts:
        torch.nn.init.ones_(shortcut.w)
    assert [y.item() for y in chain.every_output(x)] == [1 + 1, 2 + 1 + 2, 5 + 1 + 2 + 5]
    assert complexity.parameters(chain) == 6


@pytest.mark.parametrize("samples", [50, 110, 222, "all"])
def test_anrb_is_equations_7_to_10(samples):
    torch.manual_seed(0)
    block, x = gidrn.ANRB(6, samples).double(), torch.randn(2, 6, 12, 13, dtype=torch.float64)
    phi, theta, gamma = (branch(x) for branch in (block.phi, block.theta, block.gamma))
    if samples == "all":
        keys, values = theta.flatten(1), gamma.flatten(1)
    else:
        pool = torch.nn.functional.adaptive_avg_pool2d
        keys, values = (torch.cat([pool(m, s).flatten(1) for s in gidrn.SAMPLINGS[samples]], 1) for m in (theta, gamma))
        assert keys.shape == (2, samples)
    weights = torch.softmax(phi.flatten(1)[:, :, None] * keys[:, None], 2)
    seen = (weights * values[:, None]).sum(2).view(2, 1, 12, 13)
    assert torch.allclose(block(x), x + block.out(seen))


def test_a_page_of_manga_fits_with_pooling_and_not_with_all_pairs(monkeypatch):
    """413 x 585 pixels, the mean LR size of Manga109 in section 3.3."""
    pixels = 413 * 585
    assert gidrn.attention_bytes(pixels, 110) < 0.2 * 2**30 < 400 * 2**30 < gidrn.attention_bytes(pixels, pixels)
    page = torch.rand(1, 8, 413, 585)
    with torch.inference_mode():
        assert gidrn.ANRB(8, 110)(page).shape == page.shape
    monkeypatch.setattr(gidrn, "free_bytes", lambda device: 2**33)
    with pytest.raises(SrlibError, match=r"all pairs of 413 x 585 pixels need 435 GiB, 8 GiB are free: pool"):
        gidrn.ANRB(8, "all")(page)


def test_free_memory_is_asked_of_the_device():
    assert 0 < gidrn.free_bytes(torch.device("cpu")) < 2**50
    assert gidrn.free_bytes(torch.device("meta")) == float("inf")


def test_idrn_is_gidrn_with_one_group():
    torch.manual_seed(0)
    one, other = (
        models.create("idrn", 2, channels=8, stages=1),
        models.create("gidrn", 2, channels=8, groups=1, stages=1),
    )
    other.load_state_dict(one.state_dict())
    x = torch.rand(1, 3, 7, 8)
    assert torch.equal(one(x), other(x))


@pytest.mark.parametrize("key", [key for key in studies.STUDIES if key.startswith("gidrn-")])
def test_every_row_of_the_studies_can_be_built_and_names_printed_cells(key):
    study, rows = studies.STUDIES[key], {(c["item"], c["row"]) for c in published.cells("gidrn")}
    for row in study.rows:
        assert set(row.cells) <= rows and {item for item, _ in row.cells} == {study.item} - {"none"}
        for profile in study.profiles:
            recipe = study.recipe(row, profile, 0)
            assert built(recipe.model, recipe.scale, **recipe.options).input == "rgb" and recipe.protocol == "rgb"
    assert "paper" not in study.profiles or study.recipe(study.rows[0], "paper", 0).iterations == 1_000_000


def test_the_weights_of_the_loss_are_those_of_table_3():
    study = studies.STUDIES["gidrn-loss_weight"]
    weights = [study.recipe(row, "short", 0).loss_options for row in study.rows]
    assert [w["alpha"] for w in weights] == [1.0, 0.8, 0.6, 0.4, 0.2]
    assert all(w["alpha"] + w["beta"] == pytest.approx(1) for w in weights)


@pytest.mark.parametrize("row", ["alpha-1.0", "alpha-0.4"])
def test_a_quick_run_trains(tmp_path, row):
    runs = studies.run_study(studies.STUDIES["gidrn-loss_weight"], "quick", rows=[row], seeds=[0], root=tmp_path)
    ((_, run),) = runs
    assert (run.folder / "DONE").is_file() and run.folder.name == f"{row}-quick-seed0"
