"""Each erratum of `gidrn`, shown by the printed digits, by counts of parameters and by measured rows."""

import pytest
import torch

from srlib import complexity, models, paths, published
from srlib.verdicts import parse

CELLS = published.cells("gidrn")
VALUES = {(c["item"], c["row"], c["dataset"], c["metric"]): parse(c["value"])[0] for c in CELLS}
SETS = ("Set5", "Set14", "B100", "Urban100", "Manga109")
TABLE_4 = {key[1:]: value for key, value in VALUES.items() if key[0] == "Table 4"}


def count(name, scale, **options):
    """Parameters of a network in K, rounded as in print."""
    with torch.device("meta"):
        return round(complexity.parameters(models.create(name, scale=scale, **options)) / 1000)


def columns():
    """{(scale, data set, metric): cells} of Table 4 without the sizes."""
    found = {}
    for cell in CELLS:
        if cell["item"] == "Table 4" and cell["metric"] != "parameters":
            found.setdefault((cell["scale"], cell["dataset"], cell["metric"]), []).append(cell)
    return found


def gain(scale, metric, method, base="IMDN"):
    """Sum over the five sets of `method` minus `base`, in units of the last printed digit, an integer."""
    unit = {"PSNR": 100, "SSIM": 10_000}[metric]
    pairs = [[TABLE_4[f"{m} x{scale}", d, metric] for m in (method, base)] for d in SETS]
    return sum(round(ours * unit) - round(theirs * unit) for ours, theirs in pairs)


def size(blocks, groups, scale, channels=72):
    """Parameters of the network of Fig 3 with `blocks` G-IDB, without its scalars (three or four a block).

    A G-IDB is three of (1x1, grouped 3x3), a grouped 3x3, 1x1 from 4C to C and an attention C -> C/4 -> C; around
    them a 3x3 from RGB, four 1x1 to and from one channel (ANRB), and the two ways to the pixel shuffle, 3x3 and 5x5.
    """
    c, out = channels, 3 * scale**2
    grouped, point = 9 * c * c // groups + c, c * c + c
    attention = c * (c // 4) + c // 4 + (c // 4) * c + c
    block = 3 * (point + grouped) + grouped + (4 * c * c + c) + attention
    return (27 * c + c) + blocks * block + 3 * (c + 1) + 2 * c + (9 * c * out + out) + (75 * out + out)


def test_only_one_weight_gains_on_all_five_sets():
    gains = {alpha: [VALUES["Table 3", f"alpha={alpha}", d, "PSNR"] - VALUES["Table 3", "alpha=1.0", d, "PSNR"]
                     for d in SETS] for alpha in ("0.8", "0.6", "0.4", "0.2")}  # fmt: skip
    assert [sum(g < 5e-4 for g in gains[alpha]) for alpha in gains] == [3, 2, 0, 2]
    best = max(gains, key=lambda alpha: gains[alpha][SETS.index("Set14")])
    assert best == "0.2"


def test_one_column_is_not_g_idrn_s():
    losing = [key for key, cells in columns().items()
              if max(cells, key=lambda c: parse(c["value"])[0])["method"] != "G-IDRN"]  # fmt: skip
    assert losing == [(2, "Manga109", "SSIM")] and len(columns()) == 30


def test_the_times_are_ratios_of_gains():
    ratios = {(m, s): gain(s, m, "G-IDRN") / gain(s, m, "RFDN-L") for m in ("PSNR", "SSIM") for s in (2, 3, 4)}
    assert {key: round(value, 2) for key, value in ratios.items()} == {
        ("PSNR", 2): 27.33, ("PSNR", 3): 1.90, ("PSNR", 4): 1.73,
        ("SSIM", 2): 12.60, ("SSIM", 3): 2.39, ("SSIM", 4): 1.90,
    }  # fmt: skip
    assert gain(2, "PSNR", "RFDN-L") == 3  # hundredths of a dB, on five sets together
    assert round(gain(2, "SSIM", "G-IDRN") / 4, 2) == 15.75  # the printed figure
    means = [(gain(s, "PSNR", "G-IDRN") - 20 * (s == 2)) / 500 for s in (2, 3, 4)]  # x2 with 32.22, see below
    assert [round(mean, 2) for mean in means] == [0.12, 0.11, 0.10]


def test_the_claim_of_section_3_4_pins_one_cell():
    cell = TABLE_4["G-IDRN x2", "B100", "PSNR"]
    assert cell == TABLE_4["G-IDRN x2", "Urban100", "PSNR"] == 32.42
    others = gain(2, "PSNR", "G-IDRN") - round(100 * (cell - TABLE_4["IMDN x2", "B100", "PSNR"]))
    base = round(100 * TABLE_4["IMDN x2", "B100", "PSNR"])
    fitting = {base + own for own in range(-20, 31) for below in range(1, 20)
               if abs((others + own) / below - 15.50) < 0.005}  # fmt: skip
    assert fitting == {3222}
    over = {d: TABLE_4["G-IDRN x2", d, "PSNR"] - TABLE_4["IMDN x2", d, "PSNR"] for d in SETS}
    ssim = {d: TABLE_4["G-IDRN x2", d, "SSIM"] - TABLE_4["IMDN x2", d, "SSIM"] for d in SETS}
    assert over["B100"] == pytest.approx(0.23) and ssim["B100"] == pytest.approx(0.0006)
    assert all(ssim[d] > 0.0025 for d in SETS if over[d] > 0.15 and d != "B100")


def test_smsr_at_x4_is_carn():
    def same(scale):
        return {(d, m) for d in SETS for m in ("PSNR", "SSIM")
                if TABLE_4[f"SMSR x{scale}", d, m] == TABLE_4[f"CARN x{scale}", d, m]}  # fmt: skip

    assert same(2) == same(3) == set()
    copied = {(d, m) for d in ("Set5", "Set14", "B100") for m in ("PSNR", "SSIM")}
    assert same(4) == copied | {("Manga109", "SSIM")}


def test_latticenet_at_x2_has_756_k():
    off = {s: TABLE_4[f"LatticeNet x{s}", "", "parameters"] - count("latticenet", s) for s in (2, 3, 4)}
    assert off == {2: 3, 3: 0, 4: 0}


def test_srcnn_has_the_size_of_one_network_and_the_psnr_of_another():
    large = published.measured_rows(paths.DATA / "official" / "srcnn_9-5-5.csv")
    small = published.measured_rows(paths.DATA / "official" / "srcnn_9-1-5.csv")
    for scale in (2, 3, 4):
        assert TABLE_4[f"SRCNN x{scale}", "", "parameters"] == count("srcnn", scale, kernels="9-1-5") == 8
        assert count("srcnn", scale, kernels="9-5-5") == 57
        for dataset in ("Set5", "Set14", "B100"):
            psnr = TABLE_4[f"SRCNN x{scale}", dataset, "PSNR"]
            assert abs(psnr - published.mean(large, dataset, scale, "y8", "psnr")) < 0.01
            assert psnr - published.mean(small, dataset, scale, "y8", "psnr") > 0.18


def test_twelve_underlines_are_wrong():
    missing, wrong = [], []
    for cells in columns().values():
        best, second = sorted({parse(cell["value"])[0] for cell in cells})[:-3:-1]
        for cell in cells:
            value, mark = parse(cell["value"])[0], cell["note"]
            assert (value == best) == ("bold" in mark)
            if (value == second) != ("underlined" in mark):
                (missing if value == second else wrong).append((cell["row"], cell["dataset"], cell["metric"]))
    assert set(missing) == {
        ("PAN x2", "Manga109", "SSIM"), ("LatticeNet x2", "Set14", "SSIM"), ("SMSR x3", "Set5", "PSNR"),
        ("SMSR x3", "Urban100", "PSNR"), ("SMSR x3", "Urban100", "SSIM"), ("IMDN-JDSR x4", "Set14", "PSNR"),
    }  # fmt: skip
    assert set(wrong) == {
        ("RFDN-L x3", "Urban100", "PSNR"), ("RFDN-L x3", "Urban100", "SSIM"), ("RFDN-L x4", "B100", "PSNR"),
        ("PAN x4", "Set5", "PSNR"), ("PAN x4", "Set14", "PSNR"), ("PAN x4", "Manga109", "PSNR"),
    }  # fmt: skip


def test_table_2_is_no_row_of_table_3():
    ours = [VALUES["Table 2", "S=110", d, "PSNR"] for d in ("Set5", "Manga109")]
    rows = {key[1] for key in VALUES if key[0] == "Table 3"}
    for row in rows:
        theirs = [VALUES["Table 3", row, d, "PSNR"] for d in ("Set5", "Manga109")]
        assert all(a < b for a, b in zip(ours, theirs, strict=True))
    assert VALUES["Table 3", "alpha=0.4", "Manga109", "PSNR"] - ours[1] == pytest.approx(0.133)


def test_the_last_row_of_table_1_has_10_k_too_many():
    for scale, printed in ((2, 554), (3, 565), (4, 580)):  # the whole network, nine blocks: the same rules fit
        assert TABLE_4[f"G-IDRN x{scale}", "", "parameters"] == printed == round((size(9, 9, scale) + 33) / 1000)
    ours = VALUES["Table 1", "G-IDB+dual+DS+ANRB", "", "parameters"]
    counted = round((size(6, 9, 2) + 21) / 1000, 1)
    assert counted == 372.8 and ours - counted == pytest.approx(10.4)
    assert round((144 * 72 + 72) / 1000, 1) == 10.4


def test_table_5_is_not_table_4():
    off = {(m, k): round(VALUES["Table 5", m, "Set14", k] - TABLE_4[f"{m} x4", "Set14", k], 4)
           for m in ("CARN", "IMDN", "RFDN-L", "G-IDRN") for k in ("PSNR", "SSIM")}  # fmt: skip
    assert {key: value for key, value in off.items() if value} == {("IMDN", "SSIM"): -1e-4, ("G-IDRN", "SSIM"): 2e-4}


def test_table_6_has_sizes_of_other_scales():
    printed = {m: VALUES["Table 6", m, "", "parameters"] for m in ("IMDN", "RFDN-L", "G-IDRN", "IDRN")}
    for method in ("IMDN", "G-IDRN"):
        assert printed[method] == TABLE_4[f"{method} x4", "", "parameters"]
    assert printed["RFDN-L"] == TABLE_4["RFDN-L x3", "", "parameters"] == count("rfdn_l", 3)
    assert TABLE_4["RFDN-L x4", "", "parameters"] == count("rfdn_l", 4) == 643
    # IDRN is G-IDRN with whole convolutions in the place of the grouped ones.
    assert [round((size(9, 1, s) + 33) / 1000) for s in (2, 4)] == [printed["IDRN"], 2073]
