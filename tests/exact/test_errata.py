"""Each erratum of `ddsr` in data/errata.csv, shown by a computation from the printed digits and the bicubic rows."""

from itertools import pairwise

import pytest
import torch
from printed_ddsr import METHODS, SETS, TABLE_3, VALUES

from srlib import datasets, models, paths, published, report
from srlib.studies import visuals


def test_three_by_three_never_overlaps_at_three_and_leaves_holes_at_four():
    touched = {}
    for stride in (3, 4):
        ones = torch.ones(1, 1, 9, 9), torch.ones(1, 1, 3, 3)
        count = torch.nn.functional.conv_transpose2d(*ones, stride=stride)[0, 0, : 8 * stride, : 8 * stride]
        touched[stride] = count
    assert touched[3].min() == touched[3].max() == 1
    assert (touched[4] == 0).float().mean() == 0.4375


def test_the_unprinted_batch_size_is_128():
    patches = VALUES["Text 3", "training patches", "", "patches"]
    iterations, epochs = (VALUES["Text 3", name, "", name] for name in ("iterations", "epochs"))
    batches = [2**k for k in range(3, 11)]
    fitting = [b for b in batches if patches % b == 0 and abs(iterations * b / patches - epochs) < 5]
    assert fitting == [128]


def test_tables_1_2_and_3_print_one_network_twice():
    one = {metric: VALUES["Table 1", "3x3x64", "Set5", metric] for metric in ("PSNR", "time")}
    two = {metric: VALUES["Table 2", "DDSR 18", "Set5", metric] for metric in ("PSNR", "time")}
    assert two["PSNR"] - one["PSNR"] == pytest.approx(0.01)
    assert one["time"] - two["time"] == pytest.approx(0.02)


def test_ifc_is_not_better_than_fsrcnn_everywhere():
    def below(method):
        return [(s, d) for s in (2, 3, 4) for d in SETS
                if TABLE_3["DDSR", s, d]["IFC"] < TABLE_3[method, s, d]["IFC"]]  # fmt: skip

    assert below("FSRCNN") == [(2, "BSD200"), (3, "Set5"), (3, "Set14"), (3, "BSD200")]
    assert below("SRF") == below("A+")
    assert len(below("SRF")) == 7 and not {(4, "Set5"), (4, "Set14")} & set(below("SRF"))


def test_ssim_ties_at_x2():
    for dataset in SETS:
        assert len({TABLE_3[method, 2, dataset]["SSIM"] for method in ("SRF", "FSRCNN", "DDSR")}) == 1


def test_one_ssim_breaks_the_order_of_the_psnr():
    broken = set()
    for scale in (2, 3, 4):
        for dataset in SETS:
            rows = sorted((TABLE_3[m, scale, dataset] for m in METHODS), key=lambda row: row["PSNR"])
            broken |= {(scale, dataset, a["SSIM"]) for a, b in pairwise(rows) if a["SSIM"] > b["SSIM"]}
    assert broken == {(2, "BSD200", 0.93)}
    assert TABLE_3["SRCNN", 2, "BSD200"]["SSIM"] > TABLE_3["DDSR", 2, "BSD200"]["SSIM"]


def test_bicubic_ifc_at_x3_is_out_of_pattern():
    lower = [key for key in TABLE_3 if key[2] == "Set5"
             and TABLE_3[key]["IFC"] < TABLE_3[*key[:2], "Set14"]["IFC"]]  # fmt: skip
    assert lower == [("Bicubic", 3, "Set5")]
    ratios = {m: TABLE_3[m, 2, "Set5"]["IFC"] / TABLE_3[m, 3, "Set5"]["IFC"] for m in METHODS}
    assert round(ratios.pop("Bicubic"), 2) == 1.97
    assert min(ratios.values()) > 1.65 and max(ratios.values()) < 1.78


def test_a_plus_and_srf_share_ifc_digits_at_x4():
    same = [key for key in ((s, d) for s in (2, 3, 4) for d in SETS)
            if TABLE_3["A+", *key]["IFC"] == TABLE_3["SRF", *key]["IFC"]]  # fmt: skip
    assert same == [(4, "Set5"), (4, "BSD200")]


def test_bsd200_of_ddsr_is_another_set_of_200_images():
    names = {name: {source.name for source in datasets.sources(name)} for name in ("BSD200", "BSDS300_train")}
    assert "12003" in names["BSDS300_train"] - names["BSD200"]
    assert {len(found) for found in names.values()} == {200}
    rows = published.classical("Bicubic")
    for scale in (2, 3, 4):
        printed, other = (published.mean(rows, name, scale, "y8", "psnr") for name in names)
        assert round(printed, 2) == TABLE_3["Bicubic", scale, "BSD200"]["PSNR"]
        easier = other - printed
        assert easier == pytest.approx(0.44, abs=0.006)
        gain = TABLE_3["DDSR", scale, "BSD200"]["PSNR"] - TABLE_3["FSRCNN", scale, "BSD200"]["PSNR"]
        assert gain > 0.5 and gain - easier < 0.2  # on one set of images the gain is an ordinary one
    lead = {d: VALUES["Table 2", "DDSR 6", d, "PSNR"] - TABLE_3["FSRCNN", 3, d]["PSNR"] for d in SETS}
    assert max(lead["Set5"], lead["Set14"]) < 0 and lead["BSD200"] == pytest.approx(0.48)


def test_fig_7_shaves_one_pixel_off_its_bicubic_images():
    pictures, bicubic = visuals.photographs(), models.create("bicubic", scale=3)
    if set(pictures) != set(visuals.FIG7):
        pytest.skip("the pictures of Fig 7 are not on this machine")
    agree = {1: set(), 3: set()}
    for place, pixels in pictures.items():
        enlarged, original = visuals.enlarge(bicubic, pixels, 3), visuals.original(pixels, 3)
        for border, places in agree.items():
            if round(visuals.whole_psnr(enlarged, original, border), 2) == VALUES["Fig 7", "Bicubic x3", place, "PSNR"]:
                places.add(place)
    assert agree == {1: set(visuals.FIG7), 3: {"BSD200/12003"}}


def test_gain_at_x4_is_out_of_pattern():
    for dataset in ("Set5", "Set14"):
        ours, theirs = ([TABLE_3[m, s, dataset]["PSNR"] for s in (3, 4)] for m in ("DDSR", "FSRCNN"))
        at_3, at_4 = (a - b for a, b in zip(ours, theirs, strict=True))
        assert at_4 > 3 * at_3 > 0


def test_times_are_overhead():
    seconds = {(n, d): VALUES["Table 2", f"DDSR {n}", d, "time"] for n in (6, 12, 18) for d in SETS}
    growth = [seconds[18, d] / seconds[6, d] for d in SETS]
    assert min(growth) == pytest.approx(1.46, abs=0.01) and max(growth) == pytest.approx(2.17, abs=0.01)
    assert seconds[6, "Set5"] > seconds[6, "Set14"] > seconds[6, "BSD200"]


def test_every_erratum_names_evidence_that_exists():
    for erratum in published.errata():
        assert erratum["why"] and erratum["evidence"]
        if "::" in erratum["evidence"]:
            file, test = erratum["evidence"].split("::")
            assert test.startswith("test_") and f"\ndef {test}(" in (paths.ROOT / file).read_text(encoding="utf-8")
        if erratum["effect_db"]:
            assert 0 < float(erratum["effect_db"]) < 10
        assert erratum["verdict"] in ("", "impossible")


@pytest.mark.parametrize(
    ("document", "cannot_be"),
    [
        ("cm_dwsc", {("standard", "", "parameters", "2.11"), ("separable", "", "parameters", "0.27")}),
        ("ddsr", {("SRCNN x2", "BSD200", "SSIM", "0.93")}),
        ("gidrn", {("G-IDRN x2", "B100", "PSNR", "32.42"), ("RCAN, high-pass", "Set14/barbara", "PSNR", "7.30")}),
        ("multiscale", {("n = 2", "", "FLOPs share", "67")}),
        ("survey", set()),
    ],
)
def test_every_erratum_about_cells_finds_some_and_few_cells_are_impossible(document, cannot_be):
    cells, known = published.cells(document), published.errata(document)
    found = [(cell, erratum) for cell in cells for erratum in published.errata_of(cell, known)]
    assert {e["why"] for _, e in found} == {e["why"] for e in known if e["row"]}
    impossible = [cell for cell, erratum in found if erratum["verdict"] == "impossible"]
    assert {(c["row"], c["dataset"], c["metric"], c["value"]) for c in impossible} == cannot_be
    assert len(impossible) == len(cannot_be) * (2 if document == "multiscale" else 1)  # it repeats its figures


def test_where_nothing_was_trained_a_value_that_differs_has_an_erratum():
    table = report.scorecard()
    for document in ("cm_dwsc", "gidrn", "multiscale", "survey"):
        known = published.errata(document)
        ours = table[(table.paper == document) & table.profile.isin(["official", "classical"])]
        differing = ours[ours.verdict == "differs"]
        assert 0 < len(differing) < len(ours)
        for line in differing.to_dict("records"):
            assert published.errata_of(line | {"document": document}, known), line
