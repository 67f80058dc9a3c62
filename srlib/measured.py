"""From a published cell to the measured value that may stand beside it, or to the reason why there is none.

Values come from the finished records of the studies, from data/classical and, for the authors' own weights, from
data/official; counts from the networks themselves (`srlib.counted`). Nothing is trained here.
"""

from statistics import fmean, stdev
from typing import NamedTuple

from srlib import counted, datasets, models, paths, published, relative, studies, survey_counts
from srlib.statistics import against, compare
from srlib.verdicts import Claim, parse

PROFILES = ("paper", "short")  # the document's own recipe is looked for first
METRIC_COLUMN = {"PSNR": "psnr", "SSIM": "ssim", "IFC": "ifc", "PSNR gain": "psnr"}


class Measured(NamedTuple):
    """Mean and standard deviation over n seeds, what they come from, and what a test says of the claim.

    `sources` are paths in the repository: a run's folder, a measured table, or the code that counts.
    """

    mean: float
    std: float | None
    n: int
    profile: str
    protocol: str | None
    claim: Claim | None = None
    tolerance: float | None = None
    sources: tuple = ()


def evidence(chosen=None):
    """[(study, {(row name, profile): runs})]: the finished records of the `chosen` studies, or of all.

    Every finished seed counts. Raises SrlibError for a record of another recipe than its study's.
    """
    return [(study, study.records()) for study in (studies.STUDIES.values() if chosen is None else chosen)]


def siblings(cell, cells):
    """{printed row: cell} of the cells of the same item, data set, scale and metric."""
    keys = ("document", "item", "dataset", "scale", "metric")
    return {other["row"]: other for other in cells if all(other[key] == cell[key] for key in keys)}


def measure(cell, cells, found, profiles=PROFILES):
    """The Measured of one published cell, or None.

    `cells` are all cells of its document, `found` is `evidence()`; the first of `profiles` found counts.
    """
    if cell["document"] == "survey":
        number = survey_counts.count(cell)
        counted_by = ("srlib/survey_counts.py",)
        return None if number is None else Measured(number, None, 1, "classical", None, sources=counted_by)
    if relative.of_a_machine(cell["metric"]):
        return _relative(cell, cells)
    if cell["metric"] not in METRIC_COLUMN:
        own = published.ddsr_counts() if cell["document"] == "ddsr" else {}
        count = own.get(cell["row"], counted.value(cell))
        counted_by = ("data/sources.csv" if cell["row"] in own else "srlib/counted.py",)
        return None if count is None else Measured(count, None, 1, "classical", None, sources=counted_by)
    if cell["metric"] != "PSNR gain":
        column = METRIC_COLUMN[cell["metric"]]
        document, method = cell["document"], cell["method"]
        _, kind = published.CLASSICAL.get(method, ("", "classical"))
        stem, weights = published.classical_stem(method, document), published.OFFICIAL.get((document, method))
        sources = {
            kind: (f"data/classical/{stem}.csv", published.classical(method, document)),
            "official": (f"data/official/{weights}.csv", published.official(document, method)),
        }
        for source, (file, rows) in sources.items():
            protocol = rows[0]["protocol"] if rows else None
            value = published.mean(rows, cell["dataset"], cell["scale"], protocol, column)
            if value is not None:
                return Measured(value, None, 1, source, protocol, sources=(file,))
    for profile in profiles:
        for study, groups in found:
            if study.document == cell["document"]:
                find = _value if cell["metric"] != "PSNR gain" else _gain if " - " in cell["row"] else _drop
                measured = find(cell, cells, study, groups, profile)
                if measured:  # a smaller network than the document's is known to the verdict as `narrow`
                    return measured._replace(profile="narrow") if profile in study.narrow else measured
    return None


def _relative(cell, cells):
    """A time or a memory, by how the row stands to the base row of its table; the base row itself has none."""
    base = siblings(cell, cells).get(relative.base_row(cell))
    values = relative.values(cell, base) if base and base is not cell else []
    if not values:
        return None
    (printed, half_unit), zero = parse(cell["value"]), parse(base["value"])[0]
    mean, std = fmean(values), stdev(values) if len(values) > 1 else None
    _, _, shown = against(mean, std, len(values), zero) if std else (0, 0, True)  # what is counted needs no test
    sentence, near = relative.sentence(cell, base, mean), relative.NEAR * printed if std else half_unit
    claim = Claim(shown and (mean - zero) * (printed - zero) > 0, sentence)
    source = "data/timings.csv" if std else "srlib/relative.py"
    return Measured(mean, std, len(values), "relative", None, claim, near, (source,))


def _per_seed(cell, study, groups, profile, items):
    """{printed row: {folder of a run: its mean over images}} on the cell's data set, scale and metric."""
    found, place = {}, (cell["dataset"], cell["scale"], study.protocol)
    for row in study.rows:
        runs = groups.get((row.name, profile), ())
        means = {_path(run): published.mean(run.metrics, *place, METRIC_COLUMN[cell["metric"]]) for run in runs}
        values = {folder: value for folder, value in means.items() if value is not None}
        if values:
            found |= {printed_row: values for item, printed_row in row.cells if item in items}
    return found


def _path(run):
    """The folder of a run as the repository's readers know it."""
    return f"data/records/{run.folder.relative_to(paths.RECORDS).as_posix()}"


def _value(cell, cells, study, groups, profile):
    values = _per_seed(cell, study, groups, profile, {cell["item"]})
    if cell["row"] not in values:
        return None
    own = list(values[cell["row"]].values())
    printed = {row: parse(other["value"])[0] for row, other in siblings(cell, cells).items() if row in values}
    measured = {row: list(values[row].values()) for row in printed}
    claim = _order_claim(cell["row"], measured, printed, cell["unit"])
    stated = study.tolerance if cell["metric"] == "PSNR" else None
    std = stdev(own) if len(own) > 1 else None
    folders = tuple(values[cell["row"]])
    return Measured(fmean(own), std, len(own), profile, study.protocol, claim, stated, folders)


def _order_claim(row, values, printed, unit):
    """Does this row stand to the other measured rows as in print? Equal digits claim nothing."""
    claimed = {(row, other): printed[row] - printed[other] for other in values if printed[row] != printed[other]}
    if not claimed:
        return None
    tests = compare(values, claimed, unit=unit)
    holds = all(test["shown"] and test["difference"] * claimed[test["a"], test["b"]] > 0 for test in tests)
    return Claim(holds, "; ".join(test["sentence"] for test in tests))


def _gain(cell, cells, study, groups, profile):
    """The difference of two rows, printed as row "A - B"; its sign is the claim, one run of each no test."""
    items = {other["item"] for other in cells}
    values = _per_seed(cell, study, groups, profile, items)
    rows = cell["row"].split(" - ")
    if len(rows) != 2 or not set(rows) <= set(values):
        return None
    (test,) = compare({row: list(values[row].values()) for row in rows})
    holds = test["shown"] and test["difference"] * parse(cell["value"])[0] > 0
    claim = Claim(holds, test["sentence"]) if test["n"] > 1 else None
    folders = tuple(folder for row in rows for folder in values[row])
    return Measured(test["difference"], None, test["n"], profile, study.protocol, claim, sources=folders)


def _drop(cell, cells, study, groups, profile):
    """What one run gains where its rate drops (`ddsr`, Fig 6), on validation images; a row lists its drops in order."""
    for row in study.rows:
        drops = [printed for item, printed in row.cells if item == cell["item"]]
        runs = groups.get((row.name, profile), ())
        if cell["row"] in drops and runs:
            gains = [run.drop_gain(drops.index(cell["row"])) for run in runs]
            mean, std = fmean(gains), stdev(gains) if len(gains) > 1 else None
            _, half, shown = against(mean, std, len(gains), 0.0)
            claim = Claim(shown and mean > 0, f"the drop gains {mean:+.3f} +- {half:.3f} dB (n = {len(gains)})")
            claim, folders = claim if len(gains) > 1 else None, tuple(_path(run) for run in runs)
            return Measured(mean, std, len(gains), profile, study.protocol, claim, sources=folders)
    return None


def _measures(row, cell):
    """Whether a study's row measures a cell, or one of the two rows whose difference the cell prints."""
    if cell["metric"] == "PSNR gain" and " - " in cell["row"]:
        return any(printed in cell["row"].split(" - ") for _, printed in row.cells)
    return (cell["item"], cell["row"]) in row.cells


def why_missing(cell, found):
    """(code, sentence): why nothing was measured for a cell."""
    metric, method, row = cell["metric"], cell["method"], cell["row"]
    if relative.of_a_machine(metric):
        others = "; the rows beside it are compared with this one" if row == relative.base_row(cell) else ""
        return "hardware", f"{metric} belongs to the document's machine{others}"
    if metric.removesuffix(" gain").split()[0] in ("parameters", "FLOPs") and metric not in METRIC_COLUMN:
        return "no-count", f"the {metric} of {method} are not part of this scorecard yet"
    if metric not in METRIC_COLUMN:
        return "setting", f"{row}: what the document did, and no result of it"
    dataset = published.HOMES.get(cell["dataset"], cell["dataset"]).partition("/")[0]
    if dataset not in datasets.names():
        return "no-set", f"{dataset} is not among the image sets of this book (data/sources.csv)"
    if method in published.CLASSICAL:
        return "no-record", f"{method} has not been measured for {metric} on {cell['dataset']} x{cell['scale']}"
    built = {name.replace("_", "") for name in models.names()}
    if method and method.split()[0].lower().replace("-", "") not in built:
        return "no-model", f"{method} is not built here yet"
    for study, groups in found:
        for name in [r.name for r in study.rows if _measures(r, cell)]:
            if study.document == cell["document"]:
                if not any((name, profile) in groups for profile in PROFILES):
                    return "no-record", f"no finished run of {study.key}/{name}"
                if metric != "PSNR gain":
                    return "no-data", f"the runs of {study.key}/{name} hold no {metric} on {cell['dataset']}"
    if published.official(cell["document"], method):
        place = f"{metric} on {cell['dataset']} x{cell['scale']}"
        return "no-weights", f"the authors' weights of {method} have not been measured for {place} yet"
    own = f"its authors' weights are not at hand, and no study trains it for {cell['item']}"
    return "no-training", f"{method} is built here; {own}"
