"""The printed numbers of `ddsr`, at hand for the tests that look at them from several sides."""

from srlib import published
from srlib.verdicts import parse

CELLS = published.cells("ddsr")
VALUES = {(c["item"], c["row"], c["dataset"], c["metric"]): parse(c["value"])[0] for c in CELLS}
SETS = ("Set5", "Set14", "BSD200")
METHODS = ("Bicubic", "A+", "SRF", "SRCNN", "FSRCNN", "DDSR")
TABLE_3 = {(m, s, d): {k: VALUES["Table 3", f"{m} x{s}", d, k] for k in ("PSNR", "SSIM", "IFC")}
           for m in METHODS for s in (2, 3, 4) for d in SETS}  # fmt: skip
