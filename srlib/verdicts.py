"""The verdict on one published number, as one pure function: no files, no models, only numbers and sentences.

| verdict | when |
|---|---|
| exact | equal at the printed precision: the document's recipe, the authors' weights, or nothing to train |
| within | inside the tolerance that was stated before the runs |
| reached | our own recipe (`short`) arrives at the printed value inside the tolerance |
| trend | the value differs, the document's claim about it (order, sign, ratio) holds, and a test says so |
| differs | neither |
| impossible | the printed number contradicts the document itself (data/errata.csv) |
| not run | nothing was measured, or nothing that could count, and why |
"""

import math
from decimal import Decimal, InvalidOperation
from typing import NamedTuple

from srlib.errors import SrlibError

WORDS = ("exact", "within", "reached", "trend", "differs", "impossible", "not run")

# What a source of numbers may earn. `retrained` is an older method (A+, SRF), trained here on its own images;
# `classical` is what needs no training, and counts. `narrow` is `short` with a smaller network than the document's: it
# may show the document's order, and a value near the printed one would be chance. `relative` is a time or a memory as
# it stands to another row of its table (`srlib.relative`). `quick` shows the machinery and earns nothing.
PROFILES = {
    "official": ("exact", "within", "trend", "differs"),
    "paper": ("exact", "within", "trend", "differs"),
    "retrained": ("exact", "within", "trend", "differs"),
    "classical": ("exact", "differs"),
    "short": ("reached", "trend", "differs"),
    "narrow": ("trend", "differs"),
    "relative": ("within", "trend", "differs"),
    "quick": (),
}

# Stated before any run. PSNR in dB: 0.05 for authors' weights, 0.10 for retrained networks, where twice the
# standard deviation over seeds may widen it. A gain is the difference of two printed numbers: their rounding
# allows 0.02 dB. It is never widened, or a vague measurement would agree with every gain.
TOLERANCES = {"PSNR": 0.10, "SSIM": 0.002, "IFC": 0.05, "PSNR gain": 0.02}
OFFICIAL_PSNR = 0.05


class Verdict(NamedTuple):
    """`verdict` is one of WORDS; `cause` is "code: one sentence"."""

    verdict: str
    cause: str

    @property
    def code(self):
        return self.cause.split(":")[0]


class Claim(NamedTuple):
    """What the document says about a number beyond its digits, and the sentence of the test that was made."""

    holds: bool
    sentence: str


def parse(printed):
    """(value, half a unit of the last printed digit) of a printed number: "29.50" -> (29.5, 0.005)."""
    try:
        number = Decimal(printed)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise SrlibError(f"not a printed number: {printed!r}")
    return float(number), 0.5 * 10.0 ** number.as_tuple().exponent


def tolerance_for(metric, profile, *, stated=None, std=None):
    """In the metric's unit: the study's own tolerance if stated, widened to 2 std for retrained networks."""
    if profile == "classical":
        return 0.0
    official_psnr = profile == "official" and metric == "PSNR"
    base = stated if stated is not None else OFFICIAL_PSNR if official_psnr else TOLERANCES.get(metric, 0.0)
    widened = profile in ("paper", "short") and metric in ("PSNR", "SSIM", "IFC") and std is not None
    return max(base, 2 * std) if widened else base


def verdict(printed, mean, *, profile, metric="PSNR", std=None, n=1, tolerance=None, impossible=None,
            claim=None, missing=None):
    """Judge one published number.

    printed     the digits as the document prints them, a string: their count says what "exact" means
    mean        the measured mean over seeds, in the printed unit, or None when nothing was measured
    profile     where `mean` comes from: a key of PROFILES
    metric      "PSNR", "SSIM", "IFC", "PSNR gain" (a difference of two rows) or a count
    std, n      standard deviation over the n seeds (None when n = 1)
    tolerance   the study's own, stated beforehand; None takes this module's
    impossible  the sentence of the erratum that says the printed number cannot be, or None
    claim       a Claim that was tested, or None
    missing     (code, sentence): why `mean` is None

    Returns a Verdict. Raises SrlibError for an unknown profile, a number that is none, or a NaN.
    """
    value, half_unit = parse(printed)
    if profile not in PROFILES:
        raise SrlibError(f"verdict: unknown profile {profile!r}, one of {', '.join(PROFILES)}")
    if impossible:
        return Verdict("impossible", f"erratum: {impossible}")
    if mean is None:
        code, sentence = missing or ("no-record", "no record")
        return Verdict("not run", f"{code}: {sentence}")
    if not math.isfinite(mean):
        raise SrlibError(f"verdict: the measured {metric} is {mean}")
    if not PROFILES[profile]:
        return Verdict("not run", f"{profile}: such a run shows the machinery, its numbers count for nothing")
    if metric == "PSNR gain" and claim is None:
        return Verdict("not run", "seeds: one run of each cannot show a difference")

    off = mean - value
    limit = tolerance_for(metric, profile, stated=tolerance, std=std)
    rounds_to_it = abs(off) <= half_unit + 1e-9
    # A gain whose sign is not shown is no gain, however near its value happens to lie.
    sign_shown = metric != "PSNR gain" or claim.holds
    near = sign_shown and (rounds_to_it or abs(off) <= limit)
    earned = {"short": "reached", "relative": "within"}.get(profile) or ("exact" if rounds_to_it else "within")
    word = earned if near and earned in PROFILES[profile] else None
    seeds = f"n = {n}" + (f", std {std:.2g}" if std is not None else "")
    distance = f"{off:+.2g} from the printed value ({profile}, {seeds}, tolerance {limit:.2g})"
    if word == "exact":
        return Verdict(word, f"printed: equal at the printed precision ({profile}, {seeds})")
    if word == "within":
        return Verdict(word, f"tolerance: {distance}")
    if word == "reached":
        return Verdict(word, f"our-recipe: {distance}; the document's own steps are not tested")
    if claim and claim.holds and "trend" in PROFILES[profile]:
        return Verdict("trend", f"claim: {distance}; {claim.sentence}")
    code = "above" if off > 0 else "below"
    return Verdict("differs", f"{code}: {distance}" + (f"; {claim.sentence}" if claim else ""))
