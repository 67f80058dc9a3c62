"""Each erratum of `multiscale`, shown by the printed digits, by counts of the networks, and by all readings at once."""

import pytest
import torch

from srlib import complexity, models, published
from srlib.models.multiscale import ResNet, shares
from srlib.studies import readings
from srlib.verdicts import parse

CELLS = {(c["item"], c["row"], c["metric"]): parse(c["value"])[0] for c in published.cells("multiscale")}
BASE = {"FLOPs": CELLS["[0028]", "SRResNet", "FLOPs"], "parameters": CELLS["[0030]", "SRResNet", "parameters"]}
PLACE = {"FLOPs": "[0028]", "parameters": "[0030]"}


@pytest.fixture(scope="module")
def found():
    return readings.search()


def shape_only(**options):
    with torch.device("meta"):
        return models.create("multiscale", 4, **options)


def test_one_percentage_is_cut_and_not_rounded():
    off = {}
    for (item, row, metric), printed in CELLS.items():
        kind, share, _ = metric.partition(" share")
        if share:
            exact = 100 * CELLS[PLACE[kind], row, kind] / BASE[kind]
            off[item, row, kind] = round(exact) - printed
            assert 0 <= exact - printed < 1 or round(exact) == printed
    assert len(off) == 8
    assert {key for key, value in off.items() if value} == {("[0028]", "n = 2", "FLOPs"), ("[0046]", "n = 2", "FLOPs")}


def test_no_reading_has_the_printed_figures(found):
    hits, tried = found
    assert tried == {2: 629_856, 3: 2_519_424}
    assert hits[2, "parameters"] > 0 and hits[2, "MACs"] == hits[2, "both"] == 0
    assert hits[3, "parameters"] > 0 and hits[3, "MACs"] == 690 and hits[3, "both"] == 0
    assert hits["all four"] == 0
    counts = {(n, r): shape_only(ways=n, reading=r) for n in (2, 3) for r in "AB"}
    macs = {key: f"{complexity.macs(model, (1, 3, 128, 128)) / 1e9:.2f}" for key, model in counts.items()}
    assert macs == {(2, "A"): "18.80", (2, "B"): "31.44", (3, "A"): "9.56", (3, "B"): "27.05"}
    assert f"{complexity.parameters(counts[3, 'A']) / 1e6:.2f}" == "0.89"


def test_the_search_counts_what_the_networks_have():
    """Three of its readings are networks of the library; their forms are places on the axes of its arrays."""
    switches = ("shared", "adjacent", "before the kernel", "behind the kernel")
    ways = [readings.forms_of(group).index("ways") if group not in readings.ENDS else 1 for group in readings.GROUPS]
    trunk = [0, 1, 2, 2, 1, 0, 0, 0, 0]
    for n, rule in ((2, "22, 21, 21"), (3, "22, 21, 21")):
        for forms, reading, biases in ((ways, "A", "none"), (trunk, "B", "a kernel")):
            model = shape_only(ways=n, reading=reading)
            parameters, macs = readings.totals(n, rule, (*switches, biases))
            assert parameters[tuple(forms)] == complexity.parameters(model)
            assert macs[tuple(forms)] == complexity.macs(model, (1, 3, 128, 128))
    parameters, macs = readings.totals(3, "22, 21, 21", (*switches, "a map"))
    with torch.device("meta"):
        base = ResNet(4)
    assert parameters[(0,) * 9] == complexity.parameters(base) == 1_591_427
    assert macs[(0,) * 9] == complexity.macs(base, (1, 3, 128, 128))


def test_64_maps_are_not_three_equal_shares():
    assert 64 % 3 and shares(64, 3) == [22, 21, 21]


def test_srresnet_is_another_network():
    with torch.device("meta"):
        srresnet, base = models.create("srresnet", 4), ResNet(4)
    printed = BASE["parameters"]
    assert round(complexity.parameters(base) / 1e6, 2) == printed != round(complexity.parameters(srresnet) / 1e6, 2)
    macs = {m: round(complexity.macs(m, (1, 3, 128, 128)) / 1e9, 2) for m in (base, srresnet)}
    assert macs[base] == BASE["FLOPs"] != macs[srresnet]


def test_the_patent_prints_no_quality():
    assert {metric for _, _, metric in CELLS} == {
        "FLOPs", "FLOPs share", "parameters", "parameters share", "input side"
    }  # fmt: skip


def test_one_shared_kernel_is_needed():
    """With a kernel of its own for each way a layer in two ways has as many weights as the plain one."""
    rest = ("adjacent", "before the kernel", "behind the kernel", "none")
    weights = {
        same: readings.layer("ways", 64, 64, 2, readings.WIDTHS[0], (same, *rest))[0] for same in ("shared", "own")
    }
    assert weights == {"shared": 9 * 64**2 * 3 // 4, "own": 9 * 64**2}
