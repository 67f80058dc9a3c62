"""The verbs about training runs, their records and the scorecard: as `srlib.commands`."""

import ast
import sys
from pathlib import Path

from srlib import paths
from srlib.commands import columns, emit
from srlib.errors import SrlibError


def describe(run):
    """One line: the run's folder and its mean PSNR on each test set."""
    means = "  ".join(f"{name} {run.mean(name):.2f} dB" for name in run.recipe.test_sets)
    return f"{run.folder}: {means}"


def summary(run):
    recipe = run.recipe
    stated = {key: getattr(recipe, key) for key in ("model", "scale", "profile", "seed", "protocol")}
    return {"study": run.folder.parent.name, "run": run.folder.name, **stated, "recipe": recipe.digest(),
            "psnr": {name: round(run.mean(name), 4) for name in recipe.test_sets}}


def root_of(profile):
    """Where the runs of a study go: records are evidence, and quick runs are none."""
    return paths.ROOT / "build" / "runs" if profile == "quick" else paths.RECORDS


def recipe_from(settings):
    """A recipe from "key=value" and "options.key=value"; a value is a Python literal, as (1, 2), or text."""
    from srlib import recipe

    values = {}
    for setting in settings:
        key, equals, text = setting.partition("=")
        if not equals:
            raise SrlibError(f"--set takes KEY=VALUE, not {setting!r}")
        try:
            value = ast.literal_eval({"true": "True", "false": "False"}.get(text, text))
        except (ValueError, SyntaxError):
            value = text
        if key.startswith("options."):
            options = values.setdefault("options", {})
            if not isinstance(options, dict):
                raise SrlibError(f"--set options={options!r} leaves no room for {key}")
            options[key.removeprefix("options.")] = value
        else:
            values[key] = value
    return recipe.from_dict(values)


def train(args):
    if bool(args.row) == bool(args.settings):
        args.parser.error("give either STUDY/ROW or --set KEY=VALUE ...")
    if args.settings and (args.profile or args.seed is not None):
        args.parser.error("with --set, give profile=... and seed=... as settings")
    if args.settings and not args.out:
        args.parser.error("with --set, say with --out where the run goes")
    from srlib import studies, training

    if args.settings:
        recipe, folder = recipe_from(args.settings), Path(args.out)
    else:
        key, _, row = args.row.partition("/")
        study, profile, seed = studies.study_named(key), args.profile or "quick", args.seed or 0
        if not row:
            raise SrlibError(f"{key} is a whole study: give a row, as {key}/{study.rows[0].name}")
        recipe = study.recipe(row, profile, seed)
        folder = Path(args.out) if args.out else study.folder(row, profile, seed, root_of(profile))
    print(describe(training.train(recipe, folder)))


def records_list(args):
    from srlib import records

    rows = [summary(records.load(folder)) for folder in records.folders()]
    table = [(row["study"], row["run"], f"{row['model']} x{row['scale']}",
              *(f"{name} {value:.2f} dB" for name, value in row["psnr"].items())) for row in rows]
    widest = max(map(len, table), default=0)
    lines = columns([row + ("",) * (widest - len(row)) for row in table]) if table else ["no records yet"]
    emit(args, rows, lines)


def records_verify(args):
    from srlib import records

    folders = [Path(folder) for folder in args.folders] or records.folders()
    found = {str(folder): records.verify(folder) for folder in folders}
    emit(args, found, [f"{len(found)} runs, {sum(map(bool, found.values()))} of them bad"])
    for problem in (problem for problems in found.values() for problem in problems):
        print(problem, file=sys.stderr)
    return any(found.values())


def records_measure(args):
    from srlib.remeasure import remeasure

    for folder in args.folders:
        print(describe(remeasure(Path(folder), args.sets)), flush=True)


def scorecard(args):
    from collections import Counter

    from srlib import report

    rows = report.scorecard(args.paper).to_dict("records")
    head = ("paper", "item", "row", "dataset", "scale", "metric",
            "published", "measured", "verdict", "cause")
    table = [
        (row["paper"], row["item"], row["row"], row["dataset"],
         f"x{row['scale']}" if row["scale"] else "-", row["metric"], row["printed"],
         "-" if row["measured"] is None else f"{row['measured']:.4f}", row["verdict"], row["cause"])
        for row in rows
    ]
    counts = Counter(row["verdict"] for row in rows)
    foot = ", ".join(f"{count} {word}" for word, count in counts.items())
    emit(args, rows, [*columns([head, *table]), foot])
