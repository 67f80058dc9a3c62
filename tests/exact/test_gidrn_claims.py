"""The document's claims about its own tables, and the marks of Table 4."""

import pytest

from srlib import published
from srlib.studies import gidrn_claims as told

CLAIMS = {claim.says: claim for claim in told.claims()}


def test_claims_are_numbered_sentences_with_a_verdict():
    assert [claim.number for claim in told.claims()] == list(range(1, len(CLAIMS) + 1)) and len(CLAIMS) >= 15
    assert {claim.verdict for claim in CLAIMS.values()} == {"holds", "in part", "false"}
    assert all(claim.where and claim.finding for claim in CLAIMS.values())


@pytest.mark.parametrize(
    ("says", "verdict", "finding"),
    [
        ("56 images", "holds", "1 / 0.0177 s = 56.5"),
        ("15 times as fast as RCAN", "holds", "= 14.7"),
        ("12 times as fast as EDSR", "holds", "= 12.3"),
        ("all parts together", "in part", "150.8 K as printed; 161.2 K without"),
        ("memory without pooling", "false", "3.91 times in Table 2"),
        ("with the high-frequency loss", "in part", "0.6: no gain on Set14, Manga109; alpha = 0.4: on all five"),
        ("alpha = 0.4", "in part", "Set14: alpha = 0.2; B100: alpha = 0.4 and 0.2"),
        ("best on all five sets", "false", "29 of 30 columns; not SSIM on Manga109 at x2"),
        ("RFDN-L gains nothing", "holds", "in 4 of the four"),
        ("better than IMDN and RFDN-L", "in part", "not in SSIM on Manga109 at x2, against IMDN"),
        ("mean PSNR raised 15.50, 1.93, 1.90", "false", "27.33, 1.90, 1.73"),
        ("mean SSIM raised 15.75, 2.50, 1.90", "false", "12.60, 2.39, 1.90"),
        ("the gain is largest on Urban100", "holds", "0.26, 0.08, 0.10 dB"),
        ("higher PSNR and SSIM with less", "holds", "36.19 G"),
        ("shortest time", "holds", "longest training time"),
    ],
)
def test_every_claim(says, verdict, finding):
    (claim,) = [claim for sentence, claim in CLAIMS.items() if sentence.startswith(says)]
    assert claim.verdict == verdict and finding in claim.finding


def test_with_the_cell_that_the_claim_implies_its_figure_comes_out():
    gain = told.gains("G-IDRN")
    assert gain[2, "B100", "PSNR"] == 23 and gain[2, "Manga109", "SSIM"] == -1
    total = sum(gain[2, d, "PSNR"] for d in told.SETS) - 20  # 32.22 for 32.42
    assert total / 4 == 15.50


def test_twelve_underlines_are_wrong_and_no_bold():
    wrong = [m for m in told.marks() if m["printed"] != m["computed"]]
    assert len(wrong) == 12 and {m["printed"] for m in wrong} == {m["computed"] for m in wrong} == {"", "second"}
    assert sum(m["computed"] == "second" for m in wrong) == 6
    printed = [c for c in published.cells("gidrn") if c["item"] == "Table 4" and c["note"] and "in print" in c["note"]]
    assert sum(m["printed"] != "" for m in told.marks()) == len(printed)
