"""The errata of `gidrn`'s sentences, and of the cells that they speak of: each shown by a computation."""

import math

import pytest
import torch

from srlib import complexity, models, published
from srlib.models.gidrn import SAMPLINGS, attention_bytes
from srlib.studies.gidrn import ablation_options
from srlib.verdicts import parse

CELLS = published.cells("gidrn")
VALUES = {(c["item"], c["row"], c["dataset"], c["metric"]): parse(c["value"])[0] for c in CELLS}
SETS = ("Set5", "Set14", "B100", "Urban100", "Manga109")


def built(name, scale=2, **options):
    with torch.device("meta"):
        return models.create(name, scale, **options)


def giga(model):
    return complexity.aim_flops(model, (1, 3, 256, 256)) / 1e9


def test_groups_make_a_convolution_cheaper():
    whole, nine = built("idrn", 2), built("gidrn", 2)
    assert complexity.macs(whole, (1, 3, 32, 32)) > complexity.macs(nine, (1, 3, 32, 32))
    step, grouped = whole.body.blocks[0].blocks[0].last, nine.body.blocks[0].blocks[0].last
    assert step.weight.numel() == 9 * grouped.weight.numel()


def test_the_sizes_of_rfdn_are_those_of_cca():
    printed = {"rfdn": VALUES["Table 1", "RFDB", "", "parameters"], "rfdn_l": 626}
    assert VALUES["Table 4", "RFDN-L x2", "", "parameters"] == printed["rfdn_l"]
    for name, digits in (("rfdn", 1), ("rfdn_l", 0)):
        sizes = {attention: round(complexity.parameters(built(name, attention=attention)) / 1e3, digits)
                 for attention in ("cca", "esa")}  # fmt: skip
        assert sizes["cca"] == printed[name] != sizes["esa"]
        assert complexity.parameters(built(name, reduction=16)) / 1e3 < printed[name] - 1


def test_the_high_pass_part_cannot_be_that_bad():
    def error(row):  # root mean square, in grey levels
        return 255 * 10 ** (-VALUES["Section 2.4", row, "Set14/barbara", "PSNR"] / 20)

    most = error("RCAN") + error("RCAN, low-pass")
    assert most == pytest.approx(16.4, abs=0.05) and 20 * math.log10(255 / most) == pytest.approx(23.8, abs=0.05)
    assert error("RCAN, high-pass") == pytest.approx(110, abs=0.5)


def test_the_second_path_replaces_one_convolution():
    inside, path = 48 * 48 * 9 + 48, 3 * 12 * 25 + 12  # 3x3 on 48 maps; 5x5 to 12 maps, 2x2 pixels in colour
    frames = [built("gidrn", **ablation_options(row, 72)) for row in ("RFDB", "RFDB+dual")]
    saved = complexity.parameters(frames[0]) - complexity.parameters(frames[1])
    assert saved == inside - path == 19_872
    assert -VALUES["Table 1", "RFDB+dual - RFDB", "", "parameters gain"] == pytest.approx(saved / 1e3, abs=0.1)
    assert 2 * inside - path == 40_656


def test_both_flops_of_section_3_3_are_too_high_by_the_same():
    rows = {"RFDB": built("rfdn"), "RFDB+dual": built("gidrn", channels=48, block="rfdb", stages=2,
                                                      dense_shortcuts=False, anrb=False)}  # fmt: skip
    counted = {row: giga(model) for row, model in rows.items()}
    printed = {row: VALUES["Section 3.3", row, "", "FLOPs"] for row in rows}
    assert {row: round(value, 2) for row, value in counted.items()} == {"RFDB": 34.50, "RFDB+dual": 33.20}
    assert [round(printed[row] - counted[row], 3) for row in rows] == [0.034, 0.034]
    assert printed["RFDB"] - printed["RFDB+dual"] == pytest.approx(1.30)
    assert counted["RFDB"] - counted["RFDB+dual"] == pytest.approx(1.30, abs=1e-3)


def test_points_are_sums_of_squares():
    assert all(sum(side**2 for side in sides) == points for points, sides in SAMPLINGS.items())
    assert [round(points / 50, 1) for points in SAMPLINGS] == [1.0, 2.2, 4.4]


def test_the_memory_of_all_pairs_grows_with_the_square():
    memory = {(row, side): VALUES["Table 2", row, "", f"memory {side}x{side}"]
              for row in ("no ANRB", "S=50", "S=110", "S=222", "S=all") for side in (128, 180)}  # fmt: skip
    small, large = (memory["S=all", side] - memory["no ANRB", side] for side in (128, 180))
    assert large / small == pytest.approx((180 / 128) ** 4, rel=0.01)
    for side in (128, 180):  # what the document adds is the two matrices, but for some megabytes
        for points in (50, 110, 222, side**2):
            added = memory[f"S={'all' if points == side**2 else points}", side] - memory["no ANRB", side]
            assert -0.5 < added - attention_bytes(side**2, points) / 2**20 < 7


def test_two_million_numbers_are_eight_megabytes():
    count = complexity.parameters(built("idrn"))
    assert count == 2_046_642 and 4 * count / 1e6 == pytest.approx(8.2, abs=0.02)


def test_the_widths_of_table_1():
    """Of all widths and numbers of blocks up to 12, one pair a row gives its size."""
    frame = {"dense_shortcuts": False, "dual_path": False, "anrb": False}
    for row, options, wide, found in (("RFDB", {"block": "rfdb"}, 4, (48, 2)), ("G-IDB", {}, 8, (72, 2))):
        printed = VALUES["Table 1", row, "", "parameters"]
        fitting = [
            (c, stages) for stages in (1, 2, 3, 4) for c in range(wide, 129, wide)
            if abs(complexity.parameters(built("gidrn", channels=c, groups=c // wide, stages=stages, **frame,
                                               **options)) / 1e3 - printed) < 0.05
        ]  # fmt: skip
        assert fitting == [found]


def test_table_3_is_not_table_4():
    less = {d: VALUES["Table 4", "G-IDRN x2", d, "PSNR"] - VALUES["Table 3", "alpha=0.4", d, "PSNR"] for d in SETS}
    assert {d: round(gap, 3) for d, gap in less.items()} == {
        "Set5": 0.115, "Set14": 0.356, "B100": 0.336, "Urban100": 0.542, "Manga109": 0.384,
    }  # fmt: skip


def test_six_blocks_beat_nine():
    six = VALUES["Table 1", "G-IDB+dual+DS+ANRB", "Set5", "PSNR"]
    l1, both = (VALUES["Table 3", f"alpha={alpha}", "Set5", "PSNR"] for alpha in ("1.0", "0.4"))
    assert l1 < six < both and round(six - l1, 3) == 0.058


def test_one_activation_more_gives_the_printed_flops():
    printed, counted = VALUES["Table 5", "G-IDRN", "", "FLOPs"], giga(built("gidrn", 4))
    assert round(counted, 2) == 36.18 and round(counted + 72 * 256**2 / 1e9, 2) == printed == 36.19


def test_all_pairs_of_set5_do_not_fit_the_card():
    side = max(max(size) for size in published.sizes("Set5")) // 2
    extra = {s: VALUES["Table 2", "S=all", "", f"memory {s}x{s}"] - VALUES["Table 2", "no ANRB", "", f"memory {s}x{s}"]
             for s in (128, 180)}  # fmt: skip
    assert side == 256 and extra[180] * (side / 180) ** 4 > 32_000 > 16_000 > 11_000  # MB: both matrices, one, the card
    assert extra[128] * (side / 128) ** 4 == pytest.approx(attention_bytes(side**2, side**2) / 2**20, rel=0.01)


def test_two_methods_of_the_text_have_no_row():
    methods = {cell["row"].rpartition(" ")[0] for cell in CELLS if cell["item"] == "Table 4"}
    assert len(methods) == 16 and {"SRCNN", "IMDN", "G-IDRN"} < methods and not methods & {"FSRCNN", "VDSR"}
