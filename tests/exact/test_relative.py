"""Times and memories as ratios: what stands in data/timings.csv is what the scorecard says, in the unit of print."""

import json

import pytest
import torch

from srlib import complexity, models, published, relative, report
from srlib.verdicts import PROFILES

CELLS = {(c["document"], c["item"], c["row"], c["dataset"], c["metric"]): c for c in published.cells()}
OWN = ("gidrn", "Table 6", "G-IDRN", "B100", "time")
EDSR = ("gidrn", "Table 6", "EDSR", "B100", "time")


def judged(key):
    document = [cell for cell in CELLS.values() if cell["document"] == key[0]]
    return report.judge(CELLS[key], document, [], [])


def test_every_printed_time_of_a_table_with_a_base_row_is_measured():
    clocked = {(c["document"], c["item"], c["row"], c["dataset"], c["metric"]) for c in relative.clocked()}
    printed = {key for key, c in CELLS.items() if c["unit"] == "s"}
    assert clocked == printed == set(relative.timings())
    turns = {len(seconds) for seconds in relative.timings().values()}
    assert len(turns) == 1 and turns.pop() >= 3 and min(min(s) for s in relative.timings().values()) > 0
    about = json.loads(relative.FILE.with_suffix(".json").read_text())
    assert about["processor"] and about["threads"] == 1 and about["command"] == relative.COMMAND


@pytest.mark.parametrize("key", relative.NETWORKS)
def test_the_networks_have_the_printed_sizes(key):
    document, *_ = key
    name, scale, options = relative.NETWORKS[key]
    with torch.device("meta"):
        model = models.create(name, scale, **options)
    assert model.input == {"ddsr": "y", "gidrn": "rgb"}[document]
    if document == "gidrn":
        printed = float(CELLS[(*key, "", "parameters")]["value"])
        assert complexity.parameters(model) / 1e3 == pytest.approx(printed, rel=0.02)


@pytest.mark.parametrize(
    ("ours", "word"),
    [
        ((11.9, 12.3, 12.7), "within"),  # printed: 0.2178 / 0.0177 = 12.3 times
        ((5.9, 6.0, 6.1), "trend"),  # slower than the base row, as printed
        ((0.5, 1.1, 1.5), "differs"),  # nobody can tell which is slower
        ((0.4, 0.5, 0.6), "differs"),
    ],
)
def test_a_time_is_judged_by_its_ratio_to_the_base_row(monkeypatch, ours, word):
    monkeypatch.setattr(relative, "timings", lambda: {OWN: [2.0] * 3, EDSR: [2 * ratio for ratio in ours]})
    line = judged(EDSR)
    assert line["verdict"] == word in PROFILES["relative"] and (line["profile"], line["n"]) == ("relative", 3)
    assert line["measured"] == pytest.approx(0.0177 * sum(ours) / 3)
    if word != "within":
        assert f"{sum(ours) / 3:.2f} times G-IDRN here, 12.31 times in print" in line["cause"]
    assert judged(OWN)["cause"].startswith("hardware: time belongs to the document's machine; the rows beside it")


def test_without_timings_the_machine_is_the_reason(monkeypatch):
    monkeypatch.setattr(relative, "timings", dict)
    assert judged(EDSR)["cause"] == "hardware: time belongs to the document's machine"


def test_a_memory_is_the_base_rows_and_two_matrices():
    for samples, side in ((50, 128), (110, 180)):
        line = judged(("gidrn", "Table 2", f"S={samples}", "", f"memory {side}x{side}"))
        base = CELLS["gidrn", "Table 2", "no ANRB", "", f"memory {side}x{side}"]
        assert line["measured"] == float(base["value"]) + 8 * side**2 * samples / 2**20
        assert line["verdict"] == "trend" and line["sources"] == ["srlib/relative.py"]


def test_one_measurement_takes_time(monkeypatch):
    small = ("ddsr", 3, {"depth": 3, "channels": 4})
    monkeypatch.setitem(relative.NETWORKS, ("ddsr", "Table 2", "DDSR 6"), small)
    monkeypatch.setattr(published, "sizes", lambda name: [(90, 60), (60, 90), (30, 30)])
    assert 0 < relative.seconds(CELLS["ddsr", "Table 2", "DDSR 6", "Set5", "time"]) < 10
