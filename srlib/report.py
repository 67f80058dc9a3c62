"""Published beside measured: the scorecard of every printed number, and the table of one study."""

from statistics import fmean, stdev

import pandas as pd

from srlib import chapters, evaluation, published
from srlib.measured import PROFILES, evidence, measure, why_missing
from srlib.statistics import compare
from srlib.verdicts import parse, verdict

COLUMNS = ("paper", "item", "row", "method", "dataset", "scale", "metric", "unit", "printed", "published",
           "measured", "n", "std", "profile", "protocol", "verdict", "cause", "sources", "page")  # fmt: skip


def judge(cell, cells, found, known, profiles=PROFILES):
    """One line of the scorecard, a dict with the keys COLUMNS, for one published cell.

    `cells` are all cells of the document, `found` is `evidence()`, `known` are the document's errata.
    """
    about = published.errata_of(cell, known)
    impossible = next((erratum["why"] for erratum in about if erratum["verdict"] == "impossible"), None)
    got = measure(cell, cells, found, profiles)
    common = {"metric": cell["metric"], "impossible": impossible}
    if got:
        common |= {"std": got.std, "n": got.n, "tolerance": got.tolerance, "claim": got.claim}
        word, cause = verdict(cell["value"], got.mean, profile=got.profile, **common)
    else:
        missing = why_missing(cell, found)
        word, cause = verdict(cell["value"], None, profile=profiles[0], missing=missing, **common)
    if about and not impossible:
        cause += "; erratum: " + "; ".join(erratum["why"] for erratum in about)
    if word == "not run":  # what does not count is not shown as if it did
        got = None
    return {
        **{key: cell[key] for key in ("item", "row", "method", "dataset", "scale", "metric", "unit")},
        "paper": cell["document"],
        "printed": cell["value"],
        "published": parse(cell["value"])[0],
        "measured": got and got.mean,
        "n": got.n if got else 0,
        "std": got and got.std,
        "profile": got and got.profile,
        "protocol": got and got.protocol,
        "verdict": word,
        "cause": cause,
        "sources": list(got.sources) if got else [],
        "page": chapters.page_of(cell["document"], cell["item"]),
    }


def scorecard(document=None, items=()):
    """Every published cell, or those of some items, with its verdict: a DataFrame with COLUMNS, one row a cell.

    `printed` are the digits in print and `published` is their value; `measured`, `std`, `profile`, `protocol`
    are None (and n is 0) when nothing that counts was measured. `sources` is a list of paths in the repository,
    empty then; `page` is the notebook that treats the cell, None while there is none. All columns hold objects: None
    stays None.
    """
    every, found, known = published.cells(document), evidence(), published.errata(document)
    own = {name: [c for c in every if c["document"] == name] for name in {c["document"] for c in every}}
    shown = [cell for cell in every if not items or cell["item"] in items]
    lines = [judge(cell, own[cell["document"]], found, known) for cell in shown]
    return pd.DataFrame(lines, columns=list(COLUMNS), dtype=object)


def study_table(study, this_run=None):
    """Paper | Record | This run | Verdict for the cells of one study's own item: a DataFrame of text.

    `this_run` maps (row name, data set, metric) to a value measured on the page. It counts for no verdict; a
    value on a data set that the document does not use gets a line of its own. A row with records of two
    profiles has a line for each.
    """
    this_run = dict(this_run or {})
    cells = published.cells(study.document)
    known, found = published.errata(study.document), evidence([study])
    lines = []
    for row in study.rows:
        printed_rows = [printed for item, printed in row.cells if item == study.item]
        for cell in cells:
            if cell["item"] != study.item or cell["row"] not in printed_rows:
                continue
            here = this_run.pop((row.name, cell["dataset"], cell["metric"]), None)
            judged = [judge(cell, cells, found, known, (profile,)) for profile in PROFILES]
            measured = {line["profile"]: line for line in judged if line["n"]}  # a time has no profile of a run
            for line in measured.values() or judged[-1:]:
                lines.append(_line(row.label, cell, line, here))
    for (name, dataset, metric), value in this_run.items():
        label, shown = study.row(name).label, f"{value:.4f}" if metric == "SSIM" else f"{value:.2f}"
        own = {"Row": label, "Data set": dataset, "Metric": metric, "This run": shown}
        lines.append(own | {"Cause": "not a number of the document"})
    columns = ["Row", "Data set", "Metric", "Paper", "Record", "This run", "Verdict", "Cause"]
    return pd.DataFrame(lines, columns=columns).fillna("–")


def record_table(study, places, profile="short"):
    """A DataFrame of text: mean and spread over seeds of a study's rows, where nothing is printed beside them.

    `places` are (data set, scale) pairs, a column each: mean PSNR +- standard deviation (n = seeds); a dash where a
    row's runs were not measured, and "not run". A scale of None is each row's own.
    """
    lines = {row.label: {"row": row.label} for row in study.rows}
    done = {study.row(name).label for name, which in study.records() if which == profile}
    for dataset, scale in places:
        values = study.per_seed(dataset, scale=scale, profile=profile)
        for label, line in lines.items():
            missing = "–" if label in done else "not run"
            line[_place(dataset, scale)] = _spread(values[label]) if label in values else missing
    return pd.DataFrame(list(lines.values()))


def differences(study, places, profile="short"):
    """What a test over seeds allows to say of a study's first row and each other one: a text, a line a sentence."""
    said = []
    for dataset, scale in places:
        values = study.per_seed(dataset, scale=scale, profile=profile)
        if len(values) > 1:
            first, *others = values
            tests = compare(values, [(first, row) for row in others])
            said += [f"{_place(dataset, scale)}: {test['sentence']}" for test in tests]
    return "\n".join(said) or f"{study.key}: nothing to compare yet"


def _place(dataset, scale):
    return f"{dataset}, x{scale}" if scale else dataset


def _spread(values):
    std = f" ± {stdev(values):.2f}" if len(values) > 1 else ""
    return f"{fmean(values):.2f}{std} (n = {len(values)})"


def _line(name, cell, line, here):
    digits = len(cell["value"].partition(".")[2])
    record = "–"
    if line["measured"] is not None:
        spread = f" ± {line['std']:.{digits + 1}f}" if line["std"] is not None else ""
        record = f"{line['measured']:.{digits + 1}f}{spread} (n = {line['n']}, {line['profile']})"
    return {
        "Row": name,
        "Data set": cell["dataset"],
        "Metric": f"{cell['metric']} ({cell['unit']})" if cell["unit"] else cell["metric"],
        "Paper": cell["value"],
        "Record": record,
        "This run": "–" if here is None else f"{here:.{digits}f}",
        "Verdict": line["verdict"],
        "Cause": line["cause"],
    }


def protocol_line(name, scale):
    """One line that says how the numbers of a table were measured; it stands under every table."""
    return f"x{scale}. {evaluation.protocol_named(name).describe()}"
