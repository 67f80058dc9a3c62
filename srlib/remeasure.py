"""Measure a recipe's network on its test sets: when its training ends, and once more for what was not asked then."""

import shutil
from dataclasses import replace
from itertools import product
from pathlib import Path

from srlib import datasets, models, provenance, records
from srlib.errors import SrlibError
from srlib.evaluation import protocol_named, score


def measure(model, recipe):
    """The rows of metrics.csv: every image of the recipe's test sets, at each scale that was trained.

    A quick run, which proves nothing, has no IFC.
    """
    metrics = []
    for scale, name in product(recipe.scales or (recipe.scale,), recipe.test_sets):
        rules, ifc = protocol_named(recipe.protocol), recipe.profile != "quick"
        rows = score(at_scale(model, recipe, scale), datasets.load(name), scale, rules, ifc=ifc)
        metrics += [{"dataset": name, "scale": scale, "protocol": recipe.protocol, **row} for row in rows]
    return metrics


def at_scale(model, recipe, scale):
    """A recipe's network with the same weights, for another scale: the enlarged image goes in, whatever its scale was.

    Raises SrlibError for a network that enlarges by itself.
    """
    if scale == recipe.scale:
        return model
    if not model.upscaled_input:
        raise SrlibError(f"{recipe.model} enlarges by itself: trained for x{recipe.scale}, it cannot serve x{scale}")
    other = models.create(recipe.model, scale, **recipe.options).to(next(model.parameters()))  # device and dtype
    other.load_state_dict(model.state_dict())
    return other


def remeasure(folder, test_sets):
    """Measure the run in `folder` on its test sets and on these, keep the result in its place, return it: records.Run.

    Needs the run's weights. The recipe's test_sets, and with them its digest, change; the curve and the weights do not.
    The new folder takes the old one's place when it is whole. Should the two renames be cut in half, the old one lies
    beside it as <folder>.before, and the next call puts it back.
    """
    for name in test_sets:
        datasets.require_originals(name)
    folder = Path(folder)
    work, before = (folder.with_name(folder.name + end) for end in (records.MEASURED, records.BEFORE))
    if before.exists() and not folder.exists():
        before.rename(folder)
    shutil.rmtree(before, ignore_errors=True)
    run = records.load(folder)
    recipe = replace(run.recipe, test_sets=tuple(dict.fromkeys((*run.recipe.test_sets, *test_sets))))
    metrics = measure(records.network(run), recipe)
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
