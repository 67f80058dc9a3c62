"""Is one row better than another? Welch's t-test over seeds, and what may be said about it.

B. L. Welch, Biometrika 34, 1947 (unequal variances); S. Holm, Scand. J. Statist. 6, 1979 (many pairs).
"""

import itertools
import math

import numpy as np
from scipy import stats

from srlib.errors import SrlibError

SMALL = 0.1  # dB: a difference below this is tested over at least MINIMUM_SEEDS before a page states it
MINIMUM_SEEDS = 3


def _checked(groups):
    arrays = {name: np.asarray(values, dtype=float) for name, values in groups.items()}
    for name, values in arrays.items():
        if values.ndim != 1 or values.size == 0 or not np.isfinite(values).all():
            raise SrlibError(f"compare: {name} needs a list of finite numbers, one a seed")
    if len(arrays) < 2:
        raise SrlibError("compare: needs two groups or more")
    return arrays


def welch(a, b, level=0.95):
    """(difference of means a - b, half width of its interval, two-sided p); NaN if a group has one value."""
    difference = float(a.mean() - b.mean())
    if min(a.size, b.size) < 2:
        return difference, math.nan, math.nan
    parts = [x.var(ddof=1) / x.size for x in (a, b)]
    variance = sum(parts)
    if variance == 0:  # repeated to the last bit: there is nothing random left to test
        return difference, 0.0, 1.0 if difference == 0 else 0.0
    freedom = variance**2 / sum(v**2 / (x.size - 1) for v, x in zip(parts, (a, b), strict=True))
    half = float(stats.t.ppf(0.5 + level / 2, freedom) * math.sqrt(variance))
    return difference, half, float(2 * stats.t.sf(abs(difference) / math.sqrt(variance), freedom))


def holm(p_values):
    """Holm's step-down correction; NaN (an untested pair) stays NaN and does not count."""
    tested = sorted((p, i) for i, p in enumerate(p_values) if not math.isnan(p))
    corrected, worst = list(p_values), 0.0
    for rank, (p, i) in enumerate(tested):
        worst = max(worst, min(1.0, p * (len(tested) - rank)))
        corrected[i] = worst
    return corrected


def compare(groups, pairs=None, *, unit="dB", small=SMALL, alpha=0.05):
    """Pairs of rows, each with the sentence that may be said about it.

    `groups` maps a row's name to its values, one a seed; higher is better. `pairs` are the (a, b) that are asked for,
    every pair where nothing is said. Returns a list of dicts: a, b, difference (mean a - mean b), low, high (95 %
    interval of this pair), p (Holm-corrected over the pairs asked for), n (the smaller of the two counts), shown
    (bool), sentence; `pandas.DataFrame(compare(...))` is the table. A difference under `small` needs three seeds a row.
    Raises SrlibError for an empty group or a NaN.
    """
    arrays = _checked(groups)
    pairs = list(itertools.combinations(arrays, 2)) if pairs is None else list(pairs)
    tests = [welch(arrays[a], arrays[b]) for a, b in pairs]
    rows = []
    for (a, b), (difference, half, _), p in zip(pairs, tests, holm([t[2] for t in tests]), strict=True):
        n = min(arrays[a].size, arrays[b].size)
        enough = n >= (MINIMUM_SEEDS if abs(difference) < small else 2)
        shown = bool(enough and p < alpha)
        better, worse = (a, b) if difference > 0 else (b, a)
        if not enough:
            sentence = f"too few seeds (n = {n}) to compare {a} and {b}: {difference:+.3f} {unit}".rstrip()
        elif shown:
            digits = 2 if half >= 0.01 else 3
            by = f"{abs(difference):.{digits}f} +- {half:.{digits}f} {unit}".rstrip()
            sentence = f"{better} is better than {worse} by {by} (p = {p:.2g}, n = {n})"
        else:
            by = f"{difference:+.3f} +- {half:.3f} {unit}".rstrip()
            sentence = f"no difference shown between {a} and {b}: {by} (p = {p:.2g}, n = {n})"
        interval = {"low": difference - half, "high": difference + half}
        rows.append({"a": a, "b": b, "difference": difference, **interval, "p": p, "n": n, "shown": shown,
                     "sentence": sentence})
    return rows


def sentences(groups):
    """What may be said of every pair of rows, a sentence each; "not run" where there are no two."""
    return [test["sentence"] for test in compare(groups)] if len(groups) > 1 else ["not run"]


def against(mean, std, n, fixed, level=0.95):
    """(mean - fixed, half width of its interval, shown): n seeds of a row against a number that has no seeds.

    Student's t-test of one sample, e.g. of a retrained network against another one's own weights. Fewer than three
    seeds show nothing.
    """
    difference = mean - fixed
    if n < MINIMUM_SEEDS:
        return difference, math.nan, False
    half = float(stats.t.ppf(0.5 + level / 2, n - 1)) * std / math.sqrt(n)
    return difference, half, abs(difference) > half


def anova(groups):
    """One-way analysis of variance: do the rows differ at all? Returns a dict f, p, n, sentence.

    Needs two values in every group and some spread inside them; otherwise f and p are NaN and the sentence
    says that there are too few seeds.
    """
    arrays = _checked(groups)
    n = min(values.size for values in arrays.values())
    if n < 2 or all(np.ptp(values) == 0 for values in arrays.values()):
        return {"f": math.nan, "p": math.nan, "n": n, "sentence": f"too few seeds (n = {n}) for a test"}
    result = stats.f_oneway(*arrays.values())
    f, p = float(result.statistic), float(result.pvalue)
    word = "differ" if p < 0.05 else "are not shown to differ"
    sentence = f"{', '.join(arrays)} {word} (one-way ANOVA: F = {f:.2f}, p = {p:.2g}, n = {n})"
    return {"f": f, "p": p, "n": n, "sentence": sentence}
