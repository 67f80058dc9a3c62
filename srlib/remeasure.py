"""Measure a finished run again, on other test sets: for what was not asked when it was trained."""

import shutil
from dataclasses import replace

from srlib import provenance, records
from srlib.training import measure


def remeasure(folder, test_sets):
    """Measure the run in `folder` on these test sets, keep the result in its place and return it, a records.Run.

    Needs the run's weights. The recipe's test_sets, and with them its digest, change; the curve and the weights do not.
    The new folder takes the old one's place when it is whole; should the two renames be cut in half, the old one lies
    beside it as <folder>.before.
    """
    run = records.load(folder)
    recipe = replace(run.recipe, test_sets=tuple(test_sets))
    metrics = measure(records.network(run), recipe)
    work, before = (run.folder.with_name(run.folder.name + end) for end in (".measured", ".before"))
    shutil.rmtree(work, ignore_errors=True)
    shutil.copytree(run.folder, work, ignore=shutil.ignore_patterns("DONE"))
    records.write_rows(work / "metrics.csv", metrics)
    (work / "recipe.json").write_text(recipe.to_json())
    about = run.provenance | {"measured_by": provenance.source_digest(), "data": provenance.data(recipe)}
    provenance.write_json(work / "provenance.json", about)
    records.seal(work, recipe)
    run.folder.rename(before)
    work.rename(run.folder)
    shutil.rmtree(before)
    return records.load(folder)
