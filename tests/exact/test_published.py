"""The printed numbers: all there, consistent where the document is; and the rows that need no training."""

import hashlib
import json
import os
from collections import Counter
from dataclasses import asdict

import pandas as pd
import pytest
from printed_ddsr import CELLS, METHODS, SETS, TABLE_3, VALUES

from srlib import baselines, classical, datasets, models, paths, published
from srlib.errors import SrlibError
from srlib.verdicts import parse

COLUMNS = ["document", "item", "row", "method", "dataset", "scale", "metric", "value", "unit", "note"]
RANGES = {"PSNR": (20, 40), "SSIM": (0.6, 1), "IFC": (1, 10), "time": (0.1, 0.5), "PSNR gain": (0, 1)}


def test_every_cell_is_there_once():
    assert list(CELLS[0]) == COLUMNS
    counts = Counter(cell["item"] for cell in CELLS)
    assert counts == {"Table 1": 12, "Table 2": 27, "Table 3": 162, "Fig 5": 4, "Fig 6": 2, "Fig 7": 12,
                      "Text 2.1": 2, "Text 3": 5}  # fmt: skip
    keys = Counter((c["item"], c["row"], c["dataset"], c["scale"], c["metric"]) for c in CELLS)
    assert max(keys.values()) == 1


@pytest.mark.parametrize(
    ("document", "counts", "digest"),
    [
        (
            "cm_dwsc",
            {"Table 1": 36, "Table 2": 4},
            "70142933b5c9b3c02baf0cca7b307d1ec4cd9baf86053f6acb6960b3994f3a56",
        ),
        (
            "ddsr",
            {"Table 1": 12, "Table 2": 27, "Table 3": 162, "Fig 5": 4, "Fig 6": 2, "Fig 7": 12, "Text 2.1": 2,
             "Text 3": 5},
            "c0a3ee1d2428fdcf5893d5edb5a13276100904b0c108510981c3812ee5eeb683",
        ),
        (
            "gidrn",  # without dashes, the memory overflow of Table 2 and the zeros of Table 1's base row
            {"Table 1": 30, "Table 2": 19, "Table 3": 25, "Table 4": 513, "Table 5": 12, "Table 6": 28,
             "Section 2.4": 3, "Section 3.3": 2},
            "f0460939cb278a7eb6c23724bf7521976afb580055104e64383f09dd6c4a08b4",
        ),
        (
            "multiscale",  # a patent without tables: the example in its sentences
            {"[0028]": 6, "[0030]": 6, "[0046]": 5},
            "901ba9f5be7a3b667d06253e899c235c9189dc1c88231c434f55a7480742b5c3",
        ),
        (
            "survey",  # numbers inside sentences; EDSR's section has none
            {"1. SRCNN": 7, "2. FSRCNN": 10, "3. ESPCN": 3, "4. VDSR": 2, "5. DRCN": 1, "6. RED": 1,
             "7. DRRN": 4, "8. LapSRN": 4, "9. SRDenseNet": 1, "10. SRGAN": 6},
            "a92ffaf53a906f9f3ae2c679cd881a9aa551ea8f7edf777d5f3037a0b012db21",
        ),
    ],
)  # fmt: skip
def test_the_digits_are_those_that_were_read_twice(document, counts, digest):
    """Two readings of the text agreed on every cell. Whoever corrects a digit reads it again and renews the sum."""
    cells = published.cells(document)
    assert list(cells[0]) == COLUMNS and Counter(cell["item"] for cell in cells) == counts
    keys = Counter((c["item"], c["row"], c["dataset"], c["scale"], c["metric"]) for c in cells)
    assert max(keys.values()) == 1
    lines = [f"{c['item']}|{c['row']}|{c['dataset']}|{c['metric']}|{c['value']}" for c in cells]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == digest


def test_table_4_of_gidrn_is_whole():
    """Sixteen methods at three scales on five sets; only four cells of Manga109 and bicubic's size are dashes."""
    cells = [cell for cell in published.cells("gidrn") if cell["item"] == "Table 4"]
    sizes = Counter(cell["row"] for cell in cells)
    assert len(sizes) == 48 and len({cell["method"] for cell in cells}) == 16
    short = {f"{m} x{s}": {"Bicubic": 10}.get(m, 9) for m in ("Bicubic", "IMDN-JDSR", "LatticeNet") for s in (2, 3, 4)}
    assert sizes == dict.fromkeys(sizes, 11) | short
    for cell in cells:
        digits = {"PSNR": 2, "SSIM": 4, "parameters": 0}[cell["metric"]]
        value, _ = parse(cell["value"])
        low, high = {"parameters": (7, 1800)}.get(cell["metric"]) or RANGES[cell["metric"]]
        assert len(cell["value"].partition(".")[2]) == digits and low < value < high, cell
        assert cell["row"] == f"{cell['method']} x{cell['scale']}"


def test_the_increments_of_table_1_of_gidrn_are_its_differences():
    values = {(c["row"], c["metric"]): parse(c["value"])[0] for c in published.cells("gidrn") if c["item"] == "Table 1"}
    gains = {key: value for key, value in values.items() if key[1].endswith(" gain")}
    assert len(gains) == 14
    for (row, metric), gain in gains.items():
        ours, base = (values[name, metric.removesuffix(" gain")] for name in row.split(" - "))
        assert ours - base == pytest.approx(gain, abs=1e-9)


def test_values_are_digits_of_the_right_size():
    decimals = {"PSNR": {2}, "SSIM": {2, 4}, "IFC": {2}, "time": {2}, "PSNR gain": {2}}
    for cell in CELLS:
        value, _ = parse(cell["value"])
        low, high = RANGES.get(cell["metric"], (1, 300_000))
        assert low < value < high, cell
        if cell["metric"] in decimals:
            assert len(cell["value"].partition(".")[2]) in decimals[cell["metric"]], cell
            assert cell["unit"] == {"time": "s", "SSIM": "", "IFC": ""}.get(cell["metric"], "dB"), cell


def test_table_2_rounds_to_table_3():
    for dataset in SETS:
        for metric in ("PSNR", "SSIM"):
            fine = VALUES["Table 2", "DDSR 18", dataset, metric]
            assert round(fine, 2) == TABLE_3["DDSR", 3, dataset][metric]


def test_the_claimed_gains_are_the_differences_in_table_1():
    for dataset in ("Set5", "Set14"):
        k3, k7 = (VALUES["Table 1", row, dataset, "PSNR"] for row in ("3x3x64", "7x7x64"))
        assert k7 - k3 == pytest.approx(VALUES["Text 2.1", "7x7x64 - 3x3x64", dataset, "PSNR gain"], abs=1e-9)


def test_fig_5_gains_agree_with_one_another():
    def gain(row):
        return VALUES["Fig 5", row, "Set5", "PSNR gain"]

    around = gain("ADAM - SGD") + gain("ADAM+RL - ADAM") - gain("ADAM+RL - SGD+RL") - gain("SGD+RL - SGD")
    assert around == pytest.approx(0, abs=1e-9)


def test_psnr_rises_with_depth_and_with_the_order_of_methods():
    for dataset in SETS:
        for metric in ("PSNR", "SSIM"):
            row = [VALUES["Table 2", f"DDSR {depth}", dataset, metric] for depth in (6, 12, 18)]
            assert row == sorted(set(row))
        for scale in (2, 3, 4):
            column = {method: TABLE_3[method, scale, dataset]["PSNR"] for method in METHODS}
            assert sorted(column, key=column.get) == ["Bicubic", "SRCNN", "A+", "SRF", "FSRCNN", "DDSR"]


def test_the_training_set_counts_come_out():
    assert published.ddsr_counts() == {"training images": 291, "training patches": 252_032}


@pytest.mark.parametrize("method", published.CLASSICAL)
def test_the_rows_before_the_networks_are_whole_and_say_where_they_come_from(method):
    rows, (name, _) = published.classical(method), published.CLASSICAL[method]
    provenance = json.loads((paths.DATA / "classical" / f"{name}.json").read_text())
    assert provenance["method"] == name and name in provenance["command"]
    assert set(provenance["data"]) == set(baselines.BICUBIC_SETS["y8"] if name == "bicubic" else baselines.DDSR_SETS)
    for dataset, digest in provenance["data"].items():
        assert datasets.digest(dataset) == digest
        for scale in (2, 3, 4):
            images = [row["name"] for row in rows if (row["dataset"], row["scale"]) == (dataset, scale)]
            assert sorted(images) == sorted(source.name for source in datasets.sources(dataset))
    assert provenance["protocol"]["name"] == "y8" and {row["protocol"] for row in rows} == {"y8"}
    assert not published.classical("DDSR")


def test_bicubic_of_gidrn_comes_out_in_legal_values_and_not_otherwise():
    """Table 4, Set5, Set14, B100 and Urban100, every scale: 24 cells of PSNR and SSIM at their printed digits."""
    missed = {"gidrn": 0, None: 0}  # as that document measured it; under y8, as the others did
    printed = [c for c in published.cells("gidrn") if c["method"] == "Bicubic" and c["metric"] in ("PSNR", "SSIM")]
    printed = [c for c in printed if c["dataset"] != "Manga109"]
    for document, protocol in (("gidrn", "y8_legal"), (None, "y8")):
        rows = published.classical("Bicubic", document)
        for cell in printed:
            mean = published.mean(rows, cell["dataset"], cell["scale"], protocol, cell["metric"].lower())
            digits = {"PSNR": 2, "SSIM": 4}[cell["metric"]]
            missed[document] += f"{mean:.{digits}f}" != cell["value"]
    assert len(printed) == 24 and missed == {"gidrn": 0, None: 11}


@pytest.mark.parametrize("name", ["a_plus", "srf"])
def test_what_was_trained_is_kept_with_its_cost(name):
    training = json.loads((paths.DATA / "classical" / f"{name}.json").read_text())["training"]
    assert (training["set"], training["images"], training["digest"]) == ("T91", 91, datasets.digest("T91"))
    assert training["settings"] == asdict(classical.settings(name))
    assert set(training["cost"]) == {"2", "3", "4"}
    for cost in training["cost"].values():  # under 15 minutes on two cores
        assert 0 < cost["cpu_seconds"] < 15 * 60


def test_scales_can_be_measured_one_after_another(tmp_path, monkeypatch):
    """Rows of other scales stay, unless they were made by other settings."""
    pictures = datasets.load("embedded_test")[:1]
    monkeypatch.setattr(paths, "DATA", tmp_path)
    monkeypatch.setattr(datasets, "load", lambda name: pictures)
    monkeypatch.setattr(datasets, "digest", str)
    monkeypatch.setattr(classical, "train", lambda name, pictures, scale: models.create("bicubic", scale))
    for scale in (3, 2, 3):
        baselines.write_classical("srf", (scale,), ("Set5",))
    rows = published.classical("SRF")
    about = json.loads((tmp_path / "classical" / "srf.json").read_text())
    assert [row["scale"] for row in rows] == [2, 3] and set(about["training"]["cost"]) == {"2", "3"}
    assert about["command"] == """python -c 'from srlib import baselines; baselines.write_classical("srf")'"""
    about["training"]["settings"]["seed"] = 7
    (tmp_path / "classical" / "srf.json").write_text(json.dumps(about))
    baselines.write_classical("srf", (4,), ("Set5",))
    assert [row["scale"] for row in published.classical("SRF")] == [4]


def test_sets_can_be_measured_one_after_another(tmp_path, monkeypatch):
    """Rows of other sets stay, unless they are of other weights; those of the same set are replaced."""
    monkeypatch.setattr(paths, "DATA", tmp_path)
    monkeypatch.setattr(datasets, "digest", str)
    file, weights = tmp_path / "rows.csv", {"net.pt": "5ha"}

    def write(dataset, psnr, weights=weights):
        table = pd.DataFrame([{"dataset": dataset, "scale": s, "protocol": "y8", "psnr": psnr} for s in (2, 3)])
        table = baselines._with_other_rows(table, file, weights=weights)
        baselines._keep(file, table, weights=weights)
        return [(row["dataset"], row["scale"], row["psnr"]) for row in published.measured_rows(file)]

    assert write("Set5", 1.0) == [("Set5", 2, 1.0), ("Set5", 3, 1.0)]
    assert write("Set14", 2.0) == [("Set5", 2, 1.0), ("Set14", 2, 2.0), ("Set5", 3, 1.0), ("Set14", 3, 2.0)]
    assert write("Set5", 3.0) == [("Set14", 2, 2.0), ("Set5", 2, 3.0), ("Set14", 3, 2.0), ("Set5", 3, 3.0)]
    ifc = pd.DataFrame([{"dataset": "B100", "scale": 2, "protocol": "y8", "psnr": 5.0, "ifc": 6.0}])
    assert baselines._with_other_rows(ifc, file, weights=weights)["psnr"].tolist() == [2.0, 3.0, 5.0, 2.0, 3.0]
    assert write("B100", 4.0, {"net.pt": "07her"}) == [("B100", 2, 4.0), ("B100", 3, 4.0)]


@pytest.mark.skipif(
    not (os.environ.get("SRLIB_DATA") and datasets.available("Set5")), reason="Set5 is not on this machine"
)
@pytest.mark.parametrize(
    ("document", "protocol", "metrics"),
    [("ddsr", "y8", ("psnr", "ssim", "ifc")), ("gidrn", "y8_legal", ("psnr", "ssim"))],
)
def test_bicubic_rows_of_set5_come_out_again(document, protocol, metrics):
    rows = published.classical("Bicubic", document)
    kept = {(row["scale"], row["name"]): row for row in rows if row["dataset"] == "Set5"}
    again = baselines.measure_bicubic(("Set5",), protocol=protocol).to_dict("records")
    assert len(again) == len(kept) == 15
    for row in again:
        assert row["protocol"] == kept[row["scale"], row["name"]]["protocol"] == protocol
        for metric in metrics:
            assert row[metric] == pytest.approx(kept[row["scale"], row["name"]][metric], abs=1e-5)


def test_a_set_of_which_one_image_lacks_the_metric_has_no_mean():
    images = {"bird": 3.0, "head": "", "woman": None}
    rows = [{"dataset": "Set5", "scale": 2, "protocol": "y8", "name": n, "ifc": v} for n, v in images.items()]
    assert published.mean(rows, "Set5", 2, "y8", "ifc") is published.mean(rows, "Set5", 2, "y8", "psnr") is None
    assert published.mean(rows[:2], "Set5", 2, "y8", "ifc") is published.mean(rows[:0], "Set5", 2, "y8", "ifc") is None
    assert published.mean(rows, "Set5/bird", 2, "y8", "ifc") == published.mean(rows[:1], "Set5", 2, "y8", "ifc") == 3


def test_a_document_without_a_table_is_one_line():
    with pytest.raises(SrlibError, match="no published table of 'nobody'"):
        published.cells("nobody")


def test_measured_rows_are_read_once_and_nobody_changes_them(tmp_path, monkeypatch):
    reads, read = [], published._read
    monkeypatch.setattr(published, "_read", lambda path: reads.append(path) or read(path))
    file = tmp_path / "rows.csv"
    assert not published.measured_rows(file)
    file.write_text("dataset,scale,psnr\nSet5,3,30.5\n")
    (row,) = published.measured_rows(file)
    assert dict(row) == {"dataset": "Set5", "scale": 3, "psnr": 30.5}
    assert published.measured_rows(file)[0] is row and len(reads) == 1
    with pytest.raises(TypeError):
        row["psnr"] = 0
    os.utime(file, ns=(0, 0))  # written again
    published.measured_rows(file)
    assert len(reads) == 2
