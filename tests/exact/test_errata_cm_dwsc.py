"""Each erratum of `cm_dwsc`, shown by the printed digits and by the rows measured with bicubic and authors' weights."""

import torch

from srlib import complexity, paths, published
from srlib.models.cm_dwsc import CMDWSC
from srlib.studies import table_2
from srlib.verdicts import parse


def printed(document, item):
    """{(row, data set, metric): value} of one table."""
    cells = [cell for cell in published.cells(document) if cell["item"] == item]
    return {(c["row"], c["dataset"], c["metric"]): parse(c["value"])[0] for c in cells}


TABLE_1 = {key[:2]: value for key, value in printed("cm_dwsc", "Table 1").items()}
GIDRN = {key[:2]: value for key, value in printed("gidrn", "Table 4").items() if key[2] == "PSNR"}
DDSR = {key[:2]: value for key, value in printed("ddsr", "Table 3").items() if key[2] == "PSNR"}


def measured(stem, dataset, scale, folder="official"):
    """Mean PSNR, in dB, of the rows in data/<folder>/<stem>.csv."""
    rows = published.measured_rows(paths.DATA / folder / f"{stem}.csv")
    return published.mean(rows, dataset, scale, "y8", "psnr")


def test_one_bicubic_digit_is_a_slip():
    off = {(dataset, scale): TABLE_1[f"Bicubic x{scale}", dataset]
           - round(measured("bicubic", dataset, scale, "classical"), 2)
           for dataset in ("Set5", "Set14") for scale in (3, 4)}  # fmt: skip
    assert {key: round(value, 2) for key, value in off.items() if abs(value) > 1e-9} == {("Set5", 3): -0.10}
    assert GIDRN["Bicubic x3", "Set5"] == DDSR["Bicubic x3", "Set5"] == 30.39
    for scale in (3, 4):  # the set that is not measured here
        assert TABLE_1[f"Bicubic x{scale}", "B100"] == GIDRN[f"Bicubic x{scale}", "B100"]


def test_vdsr_on_set5_at_x4_is_drcn():
    off = {(d, s): TABLE_1[f"VDSR x{s}", d] - measured("vdsr", d, s) for d in ("Set5", "Set14") for s in (3, 4)}
    assert {key for key, value in off.items() if abs(value) > 0.05} == {("Set5", 4)}
    assert round(off["Set5", 4], 2) == 0.19
    for dataset in ("Set5", "Set14"):
        assert TABLE_1["VDSR x4", dataset] == GIDRN["DRCN x4", dataset]


def test_some_cells_of_fsrcnn_are_those_of_srcnn():
    same = {(d, s) for d in ("Set5", "Set14", "B100") for s in (3, 4)
            if TABLE_1[f"FSRCNN x{s}", d] == GIDRN[f"SRCNN x{s}", d]}  # fmt: skip
    assert same == {("B100", 3), ("B100", 4), ("Set14", 4)}
    for dataset, scale in same:
        value = TABLE_1[f"FSRCNN x{scale}", dataset]
        assert round(measured("srcnn_9-5-5", dataset, scale), 2) == value
        assert 0.05 < measured("fsrcnn", dataset, scale) - value < 0.12


def test_fsrcnn_is_not_the_one_of_ddsr():
    below = {(d, s): round(DDSR[f"FSRCNN x{s}", d] - TABLE_1[f"FSRCNN x{s}", d], 2)
             for d in ("Set5", "Set14") for s in (3, 4)}  # fmt: skip
    assert below == {("Set5", 3): 0.10, ("Set5", 4): 0.16, ("Set14", 3): 0.06, ("Set14", 4): 0.09}
    for dataset, scale in below:
        assert abs(measured("fsrcnn", dataset, scale) - DDSR[f"FSRCNN x{scale}", dataset]) < 0.01


def test_srcnn_at_x4_mixes_networks():
    off = {(d, s): TABLE_1[f"SRCNN x{s}", d] - measured("srcnn_9-1-5", d, s)
           for d in ("Set5", "Set14", "B100") for s in (3, 4)}  # fmt: skip
    far = {key: round(value, 2) for key, value in off.items() if abs(value) > 0.041}
    assert far == {("Set5", 4): 0.07, ("Set14", 4): 0.24}
    for dataset, scale in far:  # nor is it the large network
        assert abs(TABLE_1[f"SRCNN x{scale}", dataset] - measured("srcnn_9-5-5", dataset, scale)) > 0.05


def test_there_are_not_more_parameters_than_operations():
    cells = {(c["row"], c["metric"]): c for c in published.cells("cm_dwsc") if c["item"] == "Table 2"}
    units = {"M": 1e6, "G": 1e9}
    for row in ("standard", "separable"):
        operations, sizes = cells[row, "FLOPs"], cells[row, "parameters"]
        operations = parse(operations["value"])[0] * units[operations["unit"]]
        size = parse(sizes["value"])[0]
        assert size * units[sizes["unit"]] > operations > size * units["M"]


def test_operations_and_parameters_of_table_2_are_not_of_one_network():
    every = table_2.every_cascade()
    fitting = [cascade for cascade in every if table_2.fits_parameters(cascade)]
    assert len(every) == 14_400 and len(fitting) == 4
    assert {(c.stages, c.modules, c.channels) for c in fitting} == {(3, 4, 64)}
    assert not any(table_2.fitting_pixels(c, per_product) for c in fitting for per_product in (1, 2))
    ours = table_2.Cascade()
    assert ours in fitting
    pixels = {kind: [x / ours.weights(kind) for x in limits] for kind, limits in table_2.OPERATIONS.items()}
    assert [round(x) for x in pixels["standard"]] == [470, 471] and pixels["standard"][0] > 470
    assert [round(x) for x in pixels["separable"]] == [464, 467]
    squares = {c: table_2.square_sides(c) for c in every}
    assert {(c.channels, c.stages, c.modules, *sides) for c, sides in squares.items() if sides} == {(128, 4, 6, 8)}
    assert round(125 / 990, 3) == 0.126 and abs(125 / 990 - (1 / 64 + 1 / 9)) < 0.5 / 990


def test_the_search_counts_what_the_network_has():
    for kind in ("standard", "separable"):
        for sizes in ((3, 4, 64), (2, 3, 16)):
            with torch.device("meta"):
                model = CMDWSC(3, kind == "separable", *sizes)
            assert table_2.Cascade(*sizes).parameters(kind) == complexity.parameters(model)
            own = sizes[0]  # the weights of the sum cost a product for each pixel, and are no kernel
            assert table_2.Cascade(*sizes).weights(kind) == complexity.macs(model, (1, 1, 1, 1)) - own


def test_table_1_has_one_row_of_the_own_network():
    methods = {cell["method"] for cell in published.cells("cm_dwsc") if cell["item"] == "Table 1"}
    assert methods == {"Bicubic", "SRCNN", "FSRCNN", "ESPCN", "VDSR", "CM-DWSC"}
    assert {cell["metric"] for cell in published.cells("cm_dwsc")} == {"PSNR", "FLOPs", "parameters"}
