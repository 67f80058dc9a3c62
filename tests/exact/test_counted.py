"""Printed counts against the networks: which agree, and why the others do not."""

from collections import Counter

import pytest

from srlib import counted, models, published, report
from srlib.verdicts import parse

CELLS = [cell for cell in published.cells() if cell["metric"] in counted.METRICS]
OURS = [cell for cell in CELLS if counted.value(cell) is not None]
# (document, item, row) of the counts that differ.
OFF = {("gidrn", "Table 4", "SRCNN x2"), ("gidrn", "Table 4", "SRCNN x3"), ("gidrn", "Table 4", "SRCNN x4"),
       ("gidrn", "Table 4", "LatticeNet x2"), ("gidrn", "Table 6", "RFDN-L"), ("gidrn", "Table 6", "IDRN"),
       ("gidrn", "Table 5", "G-IDRN"), ("gidrn", "Section 3.3", "RFDB"), ("gidrn", "Section 3.3", "RFDB+dual"),
       ("multiscale", "[0028]", "n = 2"), ("multiscale", "[0028]", "n = 3"), ("multiscale", "[0030]", "n = 3"),
       ("multiscale", "[0046]", "n = 3"), ("cm_dwsc", "Table 2", "standard"),
       ("cm_dwsc", "Table 2", "separable")}  # fmt: skip
IMPOSSIBLE = {("[0028]", "FLOPs share", "67"), ("[0046]", "FLOPs share", "67"), ("Table 2", "parameters", "2.11"),
              ("Table 2", "parameters", "0.27")}  # fmt: skip


def judged(cell):
    cells = published.cells(cell["document"])
    return report.judge(cell, cells, [], published.errata(cell["document"]))


def test_every_cell_of_a_network_that_is_built_here_is_counted():
    counts = Counter((cell["document"], cell["item"]) for cell in OURS)
    expected = {"Table 1": 15, "Table 4": 45, "Table 5": 4, "Table 6": 6, "Section 3.3": 2}
    assert {item: counts["gidrn", item] for item in expected} == expected
    assert not [cell for cell in CELLS if cell["document"] == "gidrn" and cell not in OURS]
    assert set(counted.NETWORKS) == {(cell["document"], cell["method"]) for cell in OURS}, "a name that no cell has"


@pytest.mark.parametrize("cell", OURS, ids=lambda c: f"{c['document']}-{c['item']}-{c['row']}-{c['metric']}")
def test_the_count_is_the_printed_one_or_an_erratum_says_why_not(cell):
    value, half_unit = parse(cell["value"])
    agrees = abs(counted.value(cell) - value) <= half_unit + 1e-9  # 500,550 is printed 500.5
    impossible = (cell["item"], cell["metric"], cell["value"]) in IMPOSSIBLE
    assert agrees == (not impossible and (cell["document"], cell["item"], cell["row"]) not in OFF)
    line = judged(cell)
    assert (line["verdict"], line["n"]) == ("exact" if agrees else "impossible" if impossible else "differs", 1)
    assert line["measured"] == counted.value(cell)
    assert agrees or "erratum: " in line["cause"]


def test_each_rule_is_needed():
    """The same networks by another rule are not what is printed."""
    cells = {cell["row"]: cell for cell in OURS if cell["item"] == "Table 4"}
    for row, rule in (("DRCN x2", "every parameter"), ("SMSR x2", "every parameter"), ("DRRN x2", "weights alone")):
        network = counted.NETWORKS["gidrn", cells[row]["method"]]
        model = models.create(network.name, 2, **network.options)
        assert rule != network.rule and round(counted.RULES[rule](model) / 1e3) != int(cells[row]["value"])
    assert counted.rule(cells["DRCN x2"]) == "weights alone"
    assert counted.rule(cells["DRRN x2"]) == "every parameter; batch_norm False"


def test_a_gain_is_the_difference_of_rounded_counts():
    cells = {cell["row"]: cell for cell in OURS if cell["metric"] == "parameters gain"}
    assert counted.value(cells["RFDB+DS - RFDB"]) == pytest.approx(520.2 - 534.0)  # -13.857 K unrounded
    assert counted.value(cells["RFDB+dual+DS+ANRB - RFDB"]) == pytest.approx(500.5 - 534.0)  # 500,550 counted
    assert counted.rule(cells["RFDB+DS - RFDB"]).endswith("difference of two rounded counts")


def test_what_is_not_built_or_no_count_stays_without_one():
    psnr = next(cell for cell in published.cells("gidrn") if cell["metric"] == "PSNR")
    assert counted.value(psnr) is None and counted.rule(psnr) is None
    cell = dict(OURS[0], method="no such network")
    assert counted.value(cell) is None
    assert judged(cell)["verdict"] == "not run" and judged(cell)["cause"].startswith("no-count: ")


def test_how_the_counts_without_a_scale_were_made_is_said():
    lines = {(c["document"], c["row"], c["metric"]): counted.rule(c) for c in OURS if not c["scale"]}
    assert lines["cm_dwsc", "standard", "FLOPs"] == lines["cm_dwsc", "separable", "FLOPs"]
    assert "22 x 22" in lines["cm_dwsc", "standard", "FLOPs"]
    assert lines["multiscale", "n = 2", "parameters"] == "every parameter; ways 2, reading A"
    assert "128 x 128" in lines["multiscale", "n = 2", "FLOPs share"]
    sides = [counted.value(c) for c in OURS if c["metric"] == "input side"]
    assert len(sides) == 3 and all(abs(side - 128) < 0.001 for side in sides)
