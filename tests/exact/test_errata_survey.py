"""Each erratum of `survey` that can be computed, on the networks themselves; and the claims that come out right."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from srlib import complexity, models, published, survey_counts
from srlib.verdicts import parse

CELLS = {(c["item"], c["row"], c["metric"]): parse(c["value"])[0] for c in published.cells("survey")}


def test_every_number_has_a_counter_but_one():
    assert set(CELLS) - set(survey_counts.COUNTS) == {("8. LapSRN", "Charbonnier penalty", "epsilon")}
    assert set(survey_counts.COUNTS) <= set(CELLS)


def test_every_count_but_one_is_the_printed_number():
    differing = {key for key in survey_counts.COUNTS if survey_counts.counted(key) != CELLS[key]}
    assert differing == {("2. FSRCNN", "SRCNN, mapping", "kernel")}


def test_two_srcnns_are_told_as_one():
    large = [layer.kernel_size[0] for layer, _, _ in survey_counts.passes(models.create("srcnn", 3, kernels="9-5-5"))]
    assert survey_counts.kernels("srcnn") == [CELLS["1. SRCNN", f"layer {i}", "kernel"] for i in (1, 2, 3)] == [9, 1, 5]
    assert CELLS["2. FSRCNN", "SRCNN, mapping", "kernel"] == large[1] == 5


def test_drrn_stands_before_lapsrn_and_is_better():
    psnr = {
        (c["method"], c["dataset"]): parse(c["value"])[0]
        for c in published.cells("gidrn")
        if (c["item"], c["scale"], c["metric"]) == ("Table 4", 4, "PSNR")
    }
    sets = ("Set5", "Set14", "B100", "Urban100", "Manga109")
    assert all(psnr["DRRN", name] > psnr["LapSRN", name] for name in sets)
    assert psnr["DRRN", "Set5"] - psnr["LapSRN", "Set5"] == pytest.approx(0.14)
    items = list(dict.fromkeys(item for item, _, _ in CELLS))
    assert items.index("7. DRRN") < items.index("8. LapSRN")


def test_red_keeps_the_size_and_skips_every_second_pair():
    model = models.create("red30", 2, channels=2)
    sizes = {out.shape[2:] for _, _, out in survey_counts.passes(model, size=9)}
    assert sizes == {(9, 9)}
    for parameter in model.decoder.parameters():  # what reaches a deconvolution now came over a skip
        nn.init.zeros_(parameter)
    for parameter in model.encoder.parameters():
        nn.init.constant_(parameter, 0.1)
    inputs = []
    for layer in model.decoder:
        layer.register_forward_hook(lambda _layer, given, _out: inputs.append(given[0]))
    image = torch.rand(1, 1, 9, 9)
    out = model(image)
    fed = [bool(h.any()) for h in [*inputs[1:], out]]
    assert fed == [j % 2 == 0 for j in range(15)] and sum(fed) == 8
    assert torch.equal(out, image)


def test_the_width_of_red_makes_a_factor_of_four():
    narrow, wide = (complexity.weights(models.create("red30", 2, channels=c)) for c in (64, 128))
    assert (narrow, wide) == (1_033_344, 4_131_072)


def test_after_the_fifth_pooling_of_vgg19_there_is_no_convolution():
    """Simonyan and Zisserman, Table 1, column E: convolutions before each of five poolings."""
    before = (2, 2, 4, 4, 4)
    assert sum(before) + 3 == 19  # with the three dense layers
    after = (*before[1:], 0)
    assert before[5 - 1] >= 4 > after[5 - 1]  # phi_54 exists only with "before"


def test_a_block_of_srresnet_has_one_prelu():
    kinds = [type(layer) for layer in models.create("srresnet", 4, blocks=1).blocks[0].body]
    assert kinds == [nn.Conv2d, nn.BatchNorm2d, nn.PReLU, nn.Conv2d, nn.BatchNorm2d]


def test_mdsr_begins_with_blocks_of_its_own():
    model = models.create("mdsr", 2, blocks=1)
    assert len(model.pre_process) == 3  # one a scale
    for blocks in model.pre_process:
        sides = [layer.kernel_size for layer in blocks.modules() if isinstance(layer, nn.Conv2d)]
        assert len(blocks) == 2 and sides == [(5, 5)] * 4
        assert all(parameter.requires_grad for parameter in blocks.parameters())


# What the survey states as a rule, and has right.


@pytest.mark.parametrize("depth", [3, 8, 20])
def test_vdsr_sees_2_depth_plus_1_pixels(depth):
    model = models.create("vdsr", 2, depth=depth, channels=2).double()
    for parameter in model.parameters():  # no zero and no rectifier may hide a path
        nn.init.constant_(parameter, 0.05)
    image = torch.ones(1, 1, 61, 61, dtype=torch.float64, requires_grad=True)
    (model(image) - image)[0, 0, 30, 30].backward()
    reached = image.grad[0, 0].nonzero()
    assert set((reached.max(0).values - reached.min(0).values + 1).tolist()) == {2 * depth + 1}


def test_espcn_s_label_is_the_image_before_the_shuffle():
    image = torch.rand(1, 21, 21)
    maps = nn.functional.pixel_unshuffle(image, 3)
    assert maps.shape == (9, 7, 7) and torch.equal(nn.functional.pixel_shuffle(maps, 3), image)
    assert torch.equal(maps[:, 0, 0].view(3, 3), image[0, :3, :3])


def test_recursions_of_drcn_add_depth_and_no_weights():
    few, many = (models.create("drcn", 2, recursions=n, channels=4) for n in (1, 16))
    kernels = [complexity.weights(model) for model in (few, many)]
    runs = [len(survey_counts.passes(model, size=5)) for model in (few, many)]
    assert kernels[0] == kernels[1] and runs[0] < runs[1]


def test_the_sections_are_in_the_order_of_the_text():
    numbers = [int(item.split(".")[0]) for item, _, _ in CELLS]
    assert all(a <= b for a, b in pairwise(numbers)) and set(numbers) == set(range(1, 11))
