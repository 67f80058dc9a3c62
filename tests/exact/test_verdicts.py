"""The verdict rules, each at its border, and the statistics that they lean on."""

import math

import numpy as np
import pytest
from scipy import stats

from srlib.errors import SrlibError
from srlib.statistics import against, anova, compare, holm
from srlib.verdicts import PROFILES, WORDS, Claim, parse, tolerance_for, verdict

HOLDS, FAILS = Claim(True, "b is better than a"), Claim(False, "no difference shown")


@pytest.mark.parametrize(
    ("printed", "value", "half"),
    [("33.30", 33.30, 0.005), ("0.9149", 0.9149, 0.00005), ("252032", 252032, 0.5), ("+0.13", 0.13, 0.005)],
)
def test_the_printed_digits_say_the_precision(printed, value, half):
    assert parse(printed) == (value, pytest.approx(half))


@pytest.mark.parametrize("printed", ["", "n/a", "nan", "33,30"])
def test_what_is_no_number_is_refused(printed):
    with pytest.raises(SrlibError, match="not a printed number"):
        parse(printed)


@pytest.mark.parametrize(
    ("profile", "mean", "claim", "expected"),
    [
        ("official", 33.334, None, "exact"),  # prints as 33.33
        ("official", 33.375, None, "within"),
        ("official", 33.385, None, "differs"),
        ("official", 33.385, HOLDS, "trend"),
        ("paper", 33.325, None, "exact"),  # half a unit of the last digit
        ("paper", 33.24, None, "within"),
        ("paper", 33.22, None, "differs"),
        ("paper", 33.22, HOLDS, "trend"),
        ("paper", 33.22, FAILS, "differs"),
        ("retrained", 33.325, None, "exact"),
        ("retrained", 33.24, FAILS, "within"),  # the tolerance of a network that was trained again
        ("retrained", 33.22, None, "differs"),
        ("short", 33.33, None, "reached"),  # our recipe never earns exact
        ("short", 33.24, FAILS, "reached"),
        ("short", 33.44, None, "differs"),  # above counts as another value, too
        ("short", 33.18, HOLDS, "trend"),
        ("short", 33.18, None, "differs"),
        ("narrow", 33.33, None, "differs"),  # a smaller network that happens to come near
        ("narrow", 33.18, HOLDS, "trend"),
        ("classical", 33.33, None, "exact"),
        ("classical", 33.34, HOLDS, "differs"),  # nothing is random, so nothing is forgiven
        ("quick", 33.33, HOLDS, "not run"),
    ],
)
def test_psnr(profile, mean, claim, expected):
    judged = verdict("33.33", mean, profile=profile, claim=claim, n=3, std=0.02)
    assert judged.verdict == expected
    assert expected in WORDS and (expected in PROFILES[profile] or expected == "not run")


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("metric", ["PSNR", "SSIM", "IFC", "PSNR gain", "patches"])
@pytest.mark.parametrize("claim", [None, HOLDS, FAILS])
def test_no_profile_earns_more_than_it_may(profile, metric, claim):
    for mean in np.linspace(0.80, 1.10, 61):
        word, cause = verdict("0.95", float(mean), profile=profile, metric=metric, claim=claim)
        assert word in (*PROFILES[profile], "not run")
        assert cause.count(": ") >= 1 and "\n" not in cause


def test_two_standard_deviations_widen_the_tolerance_of_retrained_networks_only():
    assert tolerance_for("PSNR", "paper", std=0.08) == pytest.approx(0.16)
    assert tolerance_for("PSNR", "short", std=0.01) == 0.10
    assert tolerance_for("PSNR", "short", stated=0.2, std=0.01) == 0.2
    assert tolerance_for("PSNR", "official", std=0.08) == 0.05
    assert tolerance_for("SSIM", "paper", std=None) == 0.002
    assert tolerance_for("PSNR gain", "paper", std=0.5) == 0.02
    assert verdict("33.33", 33.18, profile="paper", std=0.08, n=3).verdict == "within"
    assert verdict("33.33", 33.18, profile="official", std=0.08, n=3).verdict == "differs"


def test_ssim_with_two_digits_is_reached_when_it_rounds_to_them():
    assert verdict("0.92", 0.9174, profile="short", metric="SSIM").verdict == "reached"
    assert verdict("0.9174", 0.9156, profile="paper", metric="SSIM").verdict == "within"
    assert verdict("0.9174", 0.9153, profile="paper", metric="SSIM").verdict == "differs"


def test_impossible_comes_before_every_measurement():
    for mean in (None, 0.93):
        judged = verdict("0.93", mean, profile="paper", metric="SSIM", impossible="above the best")
        assert judged == ("impossible", "erratum: above the best")


def test_not_run_says_why():
    judged = verdict("33.33", None, profile="short", missing=("no-data", "Set5 is not here"))
    assert judged == ("not run", "no-data: Set5 is not here")
    assert judged.code == "no-data"


def test_a_gain_needs_its_sign_shown():
    gain = {"metric": "PSNR gain", "n": 3}
    assert verdict("0.04", 0.05, profile="paper", claim=HOLDS, **gain).verdict == "within"
    assert verdict("0.04", 0.05, profile="short", claim=HOLDS, **gain).verdict == "reached"
    assert verdict("0.04", 0.09, profile="short", claim=HOLDS, **gain).verdict == "trend"
    assert verdict("0.04", 0.04, profile="paper", claim=FAILS, **gain).verdict == "differs"
    assert verdict("0.04", 0.04, profile="paper", claim=None, **gain).code == "seeds"


def test_bad_input_is_one_line():
    with pytest.raises(SrlibError, match="unknown profile"):
        verdict("33.33", 33.3, profile="long")
    with pytest.raises(SrlibError, match="PSNR is nan"):
        verdict("33.33", math.nan, profile="paper")


def test_compare_is_welch_with_holm():
    groups = {"k3": [33.01, 33.03, 33.02], "k5": [33.02, 33.01, 33.05], "k7": [33.10, 33.12, 33.13]}
    rows = compare(groups)
    raw = [stats.ttest_ind(groups[r["a"]], groups[r["b"]], equal_var=False) for r in rows]
    assert [r["p"] for r in rows] == pytest.approx(holm([t.pvalue for t in raw]))
    for row, test in zip(rows, raw, strict=True):
        interval = test.confidence_interval(0.95)
        assert (row["low"], row["high"]) == (pytest.approx(interval.low), pytest.approx(interval.high))
    assert [r["shown"] for r in rows] == [False, True, True]
    assert rows[0]["sentence"].startswith("no difference shown between k3 and k5: -0.007 +- ")
    assert rows[1]["sentence"].startswith("k7 is better than k3 by 0.10 +- 0.03 dB (p = ")
    assert rows[1]["sentence"].endswith(", n = 3)")


def test_holm_counts_the_pairs_that_are_asked_for():
    groups = {"k3": [33.01, 33.03, 33.02], "k5": [33.02, 33.01, 33.05], "k7": [33.10, 33.12, 33.13]}
    (one,) = compare(groups, [("k7", "k3")])
    assert one["p"] == pytest.approx(stats.ttest_ind(groups["k7"], groups["k3"], equal_var=False).pvalue)
    assert one["difference"] > 0 and one["sentence"].startswith("k7 is better than k3 by 0.10")


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == pytest.approx([1.0, 1.0])
    corrected = holm([0.01, math.nan])
    assert corrected[0] == pytest.approx(0.01) and math.isnan(corrected[1])


def test_small_differences_need_three_seeds():
    (small,) = compare({"a": [33.000, 33.001], "b": [33.050, 33.051]})
    assert small["p"] < 0.01 and not small["shown"]
    assert small["sentence"] == "too few seeds (n = 2) to compare a and b: -0.050 dB"
    (large,) = compare({"a": [33.000, 33.001], "b": [33.500, 33.501]})
    assert large["shown"]
    (single,) = compare({"a": [33.0], "b": [34.0]})
    assert not single["shown"] and math.isnan(single["p"]) and "too few seeds (n = 1)" in single["sentence"]


def test_repeated_values_have_nothing_random_to_test():
    (equal,) = compare({"a": [1.0, 1.0, 1.0], "b": [1.0, 1.0, 1.0]})
    assert equal["p"] == 1.0 and not equal["shown"]
    (other,) = compare({"a": [1.5, 1.5, 1.5], "b": [1.0, 1.0, 1.0]})
    assert other["p"] == 0.0 and other["shown"]


def test_compare_finds_nothing_in_noise_and_a_real_effect_in_most_draws():
    generator = np.random.default_rng(0)
    noise, effect = 0, 0
    for _ in range(400):
        a, b, c = generator.normal(33, 0.02, (3, 3))
        noise += any(row["shown"] for row in compare({"a": a, "b": b, "c": c}))
        effect += compare({"a": a, "b": b + 0.2})[0]["shown"]
    assert noise / 400 < 0.08  # family-wise, at 5 %
    assert effect / 400 > 0.95


def test_compare_refuses_what_it_cannot_compare():
    for groups in ({"a": [1.0]}, {"a": [1.0], "b": []}, {"a": [1.0], "b": [math.nan]}):
        with pytest.raises(SrlibError, match="compare: "):
            compare(groups)


def test_anova_asks_whether_the_rows_differ_at_all():
    alike = {"k3": [1.0, 1.2, 1.1], "k5": [1.1, 1.0, 1.2], "k7": [1.2, 1.1, 1.05]}
    result = anova(alike)
    assert result["p"] == pytest.approx(stats.f_oneway(*alike.values()).pvalue)
    assert "k3, k5, k7 are not shown to differ (one-way ANOVA" in result["sentence"]
    assert "differ (one-way" in anova(alike | {"k9": [3.0, 3.1, 2.9]})["sentence"]
    assert "too few seeds (n = 1)" in anova({"a": [1.0], "b": [2.0]})["sentence"]
    assert math.isnan(anova({"a": [1.0, 1.0], "b": [2.0, 2.0]})["p"])


def test_seeds_against_a_number_without_seeds():
    difference, half, shown = against(33.02, 0.02, 3, 32.9)
    assert (difference, shown) == (pytest.approx(0.12), True)
    assert stats.ttest_1samp([33.0, 33.02, 33.04], 33.02 - half).pvalue == pytest.approx(0.05)
    assert not against(33.02, 0.02, 3, 33.0)[2] and not against(33.02, 0.0, 2, 30.0)[2]
