"""The scorecard and the table of a study, from records that the test writes: no training."""

import json
from dataclasses import replace

import pytest

from srlib import paths, published, records, report, studies
from srlib.errors import SrlibError
from srlib.verdicts import WORDS

STUDY = studies.STUDIES["ddsr-kernel_size"]
KEYS = {"paper", "item", "method", "dataset", "scale", "metric", "published", "measured", "n", "std",
        "verdict", "cause"}  # fmt: skip


CODES = {"no-record", "no-data", "no-model", "no-weights", "no-training", "no-set", "no-count", "hardware", "setting",
         "seeds", "erratum", "printed", "tolerance", "our-recipe", "claim", "above", "below"}  # fmt: skip


def write_run(root, row, seed, psnr, profile="short", seconds=1.0, recipe=None, study=STUDY, curve=None):
    """A sealed record of one row: `psnr` on each of two images a set, one above the mean and one below."""
    recipe = recipe or study.recipe(row, profile, seed)
    folder = study.folder(row, profile, seed, root)
    folder.mkdir(parents=True)
    rows = [
        {"dataset": name, "scale": 3, "protocol": "y8", "name": image, "psnr": psnr + off, "ssim": 0.9,
         "seconds": seconds}
        for name, pair in (("Set5", ("bird", "head")), ("Set14", ("comic", "monarch")))
        for image, off in zip(pair, (1.0, -1.0), strict=True)
    ]  # fmt: skip
    records.write_rows(folder / "metrics.csv", rows)
    records.write_rows(folder / "curve.csv", curve or [{"iteration": 1.0, "loss": 0.1}])
    (folder / "recipe.json").write_text(recipe.to_json())
    (folder / "provenance.json").write_text(json.dumps({"data": {}}))
    records.seal(folder, recipe)


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "RECORDS", tmp_path)
    return tmp_path


def three_seeds(root, profile="short", **means):
    for row, mean in means.items():
        for seed, off in enumerate((-0.01, 0.0, 0.01)):
            write_run(root, row, seed, mean + off, profile, seconds={"k3": 2.0, "k5": 2.1, "k7": 5.0}[row])


def cell(table, item, row, dataset, metric):
    keys = {"item": item, "row": row, "dataset": dataset, "metric": metric}
    (line,) = [line for line in table.to_dict("records") if all(line[k] == v for k, v in keys.items())]
    return line


def test_without_records_every_cell_has_a_verdict_and_its_reason(root):
    table = report.scorecard()
    assert len(table) == len(published.cells()) and set(table.columns) >= KEYS
    for line in table.to_dict("records"):
        assert line["verdict"] in WORDS and ": " in line["cause"]
        assert (line["measured"] is None) == (line["n"] == 0) == (line["profile"] is None)
        if line["verdict"] == "not run":
            assert line["measured"] is None and line["std"] is None and line["protocol"] is None
    json.dumps(table.to_dict("records"), allow_nan=False)  # `scorecard --json`: None is null, and no NaN
    codes = {line["cause"].split(":")[0] for line in table.to_dict("records")}
    assert codes <= CODES and "no-record" in codes and "no-data" not in codes


def test_bicubic_and_the_counts_are_measured_without_any_record(root):
    table = report.scorecard("ddsr")
    rows = table[(table.item == "Table 3") & (table.method == "Bicubic") & (table.metric != "IFC")]
    assert len(rows) == 18 and set(rows.verdict) == {"exact"} and set(rows.protocol) == {"y8"}
    line = cell(table, "Table 3", "Bicubic x3", "Set5", "PSNR")
    assert (line["printed"], line["published"]) == ("30.39", 30.39) and round(line["measured"], 4) == 30.3922
    assert cell(table, "Text 3", "training patches", "", "patches")["verdict"] == "exact"
    # Printed as an image of BSD200, and found in the set that holds it.
    assert cell(table, "Fig 7", "Bicubic x3", "BSD200/12003", "PSNR")["verdict"] == "exact"
    assert cell(table, "Table 3", "SRCNN x2", "BSD200", "SSIM")["verdict"] == "impossible"


def test_a_plus_and_srf_are_judged_as_methods_that_were_trained_here(root):
    table = report.scorecard("ddsr")
    rows = table[table.method.isin(["A+", "SRF"])]
    assert len(rows) == 54 and set(rows.profile) == {"retrained"} and set(rows.protocol) == {"y8"}
    assert not rows.cause.str.startswith("no-").any()
    means = published.classical("A+")
    expected = published.mean(means, "Set5", 3, "y8", "psnr")
    line = cell(table, "Table 3", "A+ x3", "Set5", "PSNR")
    assert line["measured"] == expected and line["verdict"] in ("exact", "within")
    assert "(retrained, n = 1, tolerance 0.1)" in line["cause"] or line["verdict"] == "exact"


def test_a_classical_cell_without_its_measurement_says_so(root, tmp_path, monkeypatch):
    monkeypatch.setattr(published, "classical", lambda method, document: [])
    line = cell(report.scorecard("ddsr"), "Table 3", "SRF x2", "Set14", "IFC")
    assert line["cause"] == "no-record: SRF has not been measured for IFC on Set14 x2"


def test_the_ifc_of_what_needs_no_training_is_measured(root):
    table = report.scorecard("ddsr")
    rows = table[table.method.isin(["Bicubic", "SRCNN", "FSRCNN"]) & (table.metric == "IFC")]
    assert len(rows) == 27 and not set(rows.verdict) & {"not run"} and set(rows.protocol) == {"y8"}
    assert round(cell(table, "Table 3", "Bicubic x4", "Set5", "IFC")["measured"], 3) == 2.329


def test_records_fill_their_cells_in_every_table(root):
    three_seeds(root, k3=33.30, k5=33.31, k7=33.40)
    table = report.scorecard("ddsr")
    for item, row in (("Table 1", "3x3x64"), ("Table 2", "DDSR 18"), ("Table 3", "DDSR x3")):
        line = cell(table, item, row, "Set5", "PSNR")
        assert (line["verdict"], line["n"]) == ("reached", 3)
        assert (line["profile"], line["protocol"]) == ("short", "y8")
        assert line["measured"] == pytest.approx(33.30) and line["std"] == pytest.approx(0.01)
    missing = cell(table, "Table 2", "DDSR 18", "BSD200", "PSNR")
    assert missing["cause"].startswith("no-data: the runs of ddsr-depth/d18 hold no PSNR on BSD200")


def test_a_gain_is_tested_over_the_seeds_of_its_two_rows(root):
    three_seeds(root, k3=33.30, k5=33.31, k7=33.40)
    gain = cell(report.scorecard(), "Text 2.1", "7x7x64 - 3x3x64", "Set5", "PSNR gain")
    assert gain["measured"] == pytest.approx(0.10) and gain["verdict"] == "trend"
    assert "7x7x64 is better than 3x3x64 by 0.10" in gain["cause"]


def test_one_seed_shows_no_gain(root):
    for row, psnr in (("k3", 33.30), ("k7", 33.34)):
        write_run(root, row, 0, psnr)
    gain = cell(report.scorecard(), "Text 2.1", "7x7x64 - 3x3x64", "Set5", "PSNR gain")
    assert (gain["verdict"], gain["measured"]) == ("not run", None) and gain["cause"].startswith("seeds: ")


@pytest.mark.parametrize(("after", "word"), [((0.12, 0.13, 0.14), "reached"), ((0.3, -0.2, 0.29), "differs")])
def test_a_drop_of_the_rate_is_read_off_the_curves(root, after, word):
    """Fig 6: the gain of the evaluation after a drop, over seeds; no gain where the sign is not shown."""
    study = studies.STUDIES["ddsr-optimizer"]
    for seed, gain in enumerate(after):
        recipe = study.recipe("adam-residual", "short", seed)
        (early, late), step = recipe.drops, recipe.evaluate_every
        points = {early: 30.0, early + step: 30.0 + gain, late: 30.5, late + step: 30.5}
        curve = [{"iteration": float(i), "loss": 0.1, "psnr": psnr} for i, psnr in points.items()]
        write_run(root, "adam-residual", seed, 32.0, recipe=recipe, study=study, curve=curve)
    gain = cell(report.scorecard("ddsr"), "Fig 6", "rate drop at 60000", "", "PSNR gain")
    assert gain["measured"] == pytest.approx(sum(after) / 3) and (gain["verdict"], gain["n"]) == (word, 3)
    none = cell(report.scorecard("ddsr"), "Fig 6", "rate drop at 90000", "", "PSNR gain")
    assert none["measured"] == 0 and none["verdict"] == "differs"


def test_a_row_below_print_is_a_trend_only_when_the_order_is_shown(root):
    three_seeds(root, k3=33.00, k5=33.01, k7=33.12)
    table = report.scorecard()
    assert cell(table, "Table 1", "7x7x64", "Set5", "PSNR")["verdict"] == "trend"  # above both, as printed
    k3 = cell(table, "Table 1", "3x3x64", "Set5", "PSNR")  # printed below k5, which no test shows
    assert k3["verdict"] == "differs" and "no difference shown between 3x3x64 and 5x5x64" in k3["cause"]
    on_14 = cell(table, "Table 1", "3x3x64", "Set14", "PSNR")  # 29.57 twice: only k7 is claimed to be above
    assert on_14["verdict"] == "trend" and "5x5x64" not in on_14["cause"]


def test_seconds_of_runs_count_for_nothing_and_those_of_a_base_row_are_its_machines(root):
    three_seeds(root, k3=33.30, k7=33.36)
    table = report.scorecard()
    for item, row in (("Table 1", "3x3x64"), ("Table 2", "DDSR 6")):
        line = cell(table, item, row, "Set5", "time")
        assert (line["verdict"], line["measured"]) == ("not run", None) and line["cause"].startswith("hardware")
    assert cell(table, "Table 1", "7x7x64", "Set5", "time")["sources"] == ["data/timings.csv"]


def test_a_smaller_network_reaches_neither_a_value_nor_a_gain(root):
    three_seeds(root, k3=33.33, k7=33.36)  # the printed gain of 0.03 dB, to the digit
    cells = published.cells("ddsr")
    verdicts = {}
    for study in (STUDY, replace(STUDY, narrow=("short",))):
        found = [(study, study.records())]
        for place in (("Table 1", "7x7x64", "PSNR"), ("Text 2.1", "7x7x64 - 3x3x64", "PSNR gain")):
            own = next(c for c in cells if (c["item"], c["row"], c["metric"]) == place and c["dataset"] == "Set5")
            line = report.judge(own, cells, found, [])
            verdicts[line["profile"], line["metric"]] = line["verdict"]
    assert verdicts == {("short", "PSNR"): "reached", ("short", "PSNR gain"): "reached",
                        ("narrow", "PSNR"): "trend", ("narrow", "PSNR gain"): "trend"}  # fmt: skip


def test_the_documents_own_recipe_is_preferred(root):
    three_seeds(root, k3=33.30)
    write_run(root, "k3", 0, 33.26, profile="paper")
    line = cell(report.scorecard(), "Table 1", "3x3x64", "Set5", "PSNR")
    assert (line["profile"], line["n"], line["std"], line["verdict"]) == ("paper", 1, None, "within")


def test_one_image_of_a_figure_is_read_from_the_same_record(root):
    three_seeds(root, k3=35.10)
    line = cell(report.scorecard(), "Fig 7", "DDSR x3", "Set5/bird", "PSNR")
    assert line["measured"] == pytest.approx(36.10) and line["verdict"] == "reached"


def test_a_record_of_another_recipe_than_the_study_s_is_refused(root):
    write_run(root, "k3", 0, 33.3)
    write_run(root, "k3", 1, 33.3, recipe=replace(STUDY.recipe("k3", "short", 1), rate=0.5))
    with pytest.raises(SrlibError, match="k3-short-seed1: was made by another recipe than ddsr-kernel_size/k3"):
        report.scorecard()


def test_the_study_table_sets_paper_record_and_this_run_side_by_side(root):
    three_seeds(root, k3=33.30, k7=33.36)
    table = report.study_table(STUDY, {("k3", "Set5", "PSNR"): 31.2, ("k3", "embedded_test", "PSNR"): 28.123})
    assert len(table) == 12 + 1
    first = table.iloc[0]
    assert list(first[["Row", "Data set", "Metric", "Paper"]]) == ["3x3x64", "Set5", "PSNR (dB)", "33.32"]
    assert first["Record"] == "33.300 ± 0.010 (n = 3, short)" and first["This run"] == "31.20"
    assert first["Verdict"] == "reached"
    k5 = table[(table.Row == "5x5x64") & (table["Metric"] == "PSNR (dB)")].iloc[0]
    assert (k5["Record"], k5["This run"], k5["Verdict"]) == ("–", "–", "not run")
    last = table.iloc[-1]
    assert list(last[["Data set", "Paper", "This run", "Verdict"]]) == ["embedded_test", "–", "28.12", "–"]


def test_both_profiles_have_a_line(root):
    three_seeds(root, k3=33.30)
    write_run(root, "k3", 0, 33.26, profile="paper")
    table = report.study_table(STUDY)
    lines = table[(table.Row == "3x3x64") & (table["Data set"] == "Set5") & (table.Metric == "PSNR (dB)")]
    assert list(lines.Verdict) == ["within", "reached"] and "n = 1, paper" in lines.iloc[0].Record


def test_a_table_ends_with_its_protocol():
    line = report.protocol_line("y8", 3)
    assert line.startswith("x3. Protocol y8: ") and "shaved" in line


def test_a_record_table_has_a_line_a_row_and_differences_are_said_of_what_was_measured(root):
    assert report.differences(STUDY, [("Set5", 3)]) == "ddsr-kernel_size: nothing to compare yet"
    three_seeds(root, k3=33.0, k5=33.5)
    frame = report.record_table(STUDY, [("Set5", 3), ("BSD200", 3)])
    rows = frame.set_index("row")
    assert rows.loc["3x3x64", "Set5, x3"] == "33.00 ± 0.01 (n = 3)" and rows.loc["3x3x64", "BSD200, x3"] == "–"
    assert set(rows.loc["7x7x64"]) == {"not run"}
    assert list(report.record_table(STUDY, [("Set5", None)]).columns) == ["row", "Set5"]
    (said,) = report.differences(STUDY, [("Set5", 3), ("BSD200", 3)]).splitlines()
    assert said.startswith("Set5, x3: 5x5x64 is better than 3x3x64 by 0.50")
    values = STUDY.per_seed("Set5")
    assert list(values) == ["3x3x64", "5x5x64"] and values["5x5x64"] == pytest.approx([33.49, 33.5, 33.51])
