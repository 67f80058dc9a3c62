"""What the scorecard says in few words: counts add up, and no sentence says more than its cells."""

import re

import pandas as pd
import pytest

from srlib import chapters, paths, published, report, summary
from srlib.verdicts import WORDS


@pytest.fixture(scope="module")
def card():
    return report.scorecard()


def test_the_counts_add_up(card):
    assert sum(count for *_, count in summary.by_cause(card)) == len(card) == len(published.cells())
    assert sum(sum(counts.values()) for *_, counts in summary.by_item(card)) == len(card)
    assert [word for word, *_ in summary.by_cause(card)] == sorted(
        (word for word, *_ in summary.by_cause(card)), key=WORDS.index
    )
    assert set(summary.codes(card)) <= summary.CAUSES.keys()


def test_measured_cells_say_where_their_value_lies(card):
    for line in card.to_dict("records"):
        assert bool(line["sources"]) == (line["measured"] is not None)
        for source in line["sources"]:
            assert (paths.ROOT / source).exists()
            assert not source.startswith("data/records") or (paths.ROOT / source / "DONE").is_file()
        if line["profile"] in ("short", "narrow", "paper") and line["metric"] != "PSNR gain":
            assert len(line["sources"]) == line["n"]


def test_a_gain_lies_in_the_runs_of_both_rows(card):
    for line in card[(card["metric"] == "PSNR gain") & card["row"].str.contains(" - ")].to_dict("records"):
        rows = {source.rsplit("-short", 1)[0] for source in line["sources"]}
        assert not line["sources"] or len(rows) == 2


def test_the_badge_counts_its_document_and_names_the_items(card):
    own = published.cells("gidrn")
    line = summary.badge(card, "gidrn", ["Table 2", "Table 6"])
    assert line.startswith(f"G-IDRN, {len(own)} printed numbers: ")
    assert line.endswith("· this page: Table 2 and Table 6")
    assert sum(map(int, re.findall(rf"(\d+) (?:{'|'.join(WORDS)})", line))) == len(own)
    assert summary.badge(card, "ddsr").endswith("this page: none of them")
    assert summary.badge(card, "survey", list(chapters.PAGES["survey"])).endswith("this page: all of them")


def test_five_sentences_say_what_the_cells_say(card):
    sentences = summary.five_sentences(card)
    assert len(sentences) == 5 and all(sentence.endswith(".") for sentence in sentences)
    first, holds, differs, missing, _ = ([int(n) for n in re.findall(r"\b\d+\b", text)] for text in sentences)
    assert first[0] == len(card) and holds[0] == sum(holds[1:]) and differs[0] == sum(differs[1:5])
    assert holds[0] + differs[0] + differs[5] + missing[0] == len(card)


def test_the_surprise_is_told_only_where_it_was_measured(card, tmp_path, monkeypatch):
    gain = card[(card["row"] == summary.KERNELS[0]) & (card["dataset"] == summary.KERNELS[1])].iloc[0]
    assert f"{gain['measured']:+.3f} dB" in summary.surprise(card)
    found = card.copy()
    found.loc[gain.name, "verdict"] = "exact"
    assert "is confirmed" in summary.surprise(found) and "is not found again" in summary.surprise(card)
    monkeypatch.setattr(paths, "RECORDS", tmp_path)
    assert summary.surprise(card).endswith("is not run.")


def test_without_anything_missing_no_reason_is_given():
    line = {"paper": "x", "item": "y", "verdict": "exact", "cause": "printed: equal", "profile": "classical",
            "row": "", "dataset": "", "measured": 1.0}  # fmt: skip
    assert summary.five_sentences(pd.DataFrame([line]))[3] == "None was left out."


def test_the_runs_of_a_row_share_a_line():
    runs = ["data/records/x/k3-short-seed0", "data/records/x/k3-short-seed1", "data/records/x/k7-short-seed0"]
    assert summary.joined(runs) == ["data/records/x/k3-short-seed{0,1}", "data/records/x/k7-short-seed0"]
    assert summary.joined(["data/official/imdn.csv"]) == ["data/official/imdn.csv"]
