"""How many minutes to how many decibels: the document's recipe and our fast ones, side by side on this machine.

    python benchmarks/time_to_quality.py [--minutes 30] [--only paper|short|error] [--out FOLDER]

Each recipe is given the same minutes: a few timed iterations say how many iterations fit, and its schedule of rates is
squeezed into these (the document drops its rate after 60 % and 90 %). Prints PSNR on Set5, x3, protocol y8, against
minutes of training. Evaluation is not counted. Stop it at any moment; the same command goes on.
"""

import argparse
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.nn.functional import mse_loss

from srlib import paths
from srlib.patches import Patches
from srlib.recipe import from_json
from srlib.studies.ddsr import PAPER, SHORT, SHORT_BY_ERROR
from srlib.training import batches, begin, train

RECIPES = {"paper": PAPER, "short": SHORT, "error": SHORT_BY_ERROR}
ROWS = 8  # of the curve
TIMED = 25


def seconds_per_iteration(recipe):
    """Mean time of an iteration of the loop here, after a first few that set things up."""
    patches = Patches(recipe.train_set, recipe.scale, recipe.patch, recipe.stride)
    state = begin(recipe, patches, "cpu")
    forward = state.plan.forward(state.model)
    for count, (indices, symmetries) in enumerate(batches(recipe, patches, 0)):
        if count == 5:
            begun = time.perf_counter()
        if count == 5 + TIMED:
            return (time.perf_counter() - begun) / TIMED
        low, high = patches.batch(indices, symmetries)
        state.model.zero_grad()
        mse_loss(forward(low).float(), high).backward()
        for optimizer in state.optimizers:
            optimizer.step()


def fitted(recipe, minutes, folder):
    """The recipe with as many iterations as fit into the minutes; a run under way keeps its own number.

    The document's recipe with other iterations than the document's is no evidence of profile "paper".
    """
    for place in (folder, folder.with_name(folder.name + ".plan")):
        if (place / "recipe.json").exists():
            return from_json((place / "recipe.json").read_text())
    every = max(1, round(60 * minutes / seconds_per_iteration(recipe) / ROWS))
    iterations = ROWS * every
    recipe = replace(
        recipe,
        profile=recipe.profile if iterations == recipe.iterations else "short",
        iterations=iterations,
        drops=(round(0.6 * iterations), round(0.9 * iterations)),
        evaluate_every=every,
        validation_set="Set5",
        test_sets=("Set5",),
    )
    kept = folder.with_name(folder.name + ".plan") / "recipe.json"
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(recipe.to_json())
    return recipe


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--only", choices=tuple(RECIPES))
    parser.add_argument("--out", type=Path, default=paths.ROOT / "build" / "benchmarks")
    args = parser.parse_args()
    runs = {}
    for name, base in RECIPES.items():
        if args.only in (None, name):
            folder = args.out / f"time_to_quality-{name}-{args.minutes:g}"
            runs[name] = train(fitted(base, args.minutes, folder), folder)
            print(f"{name}: {runs[name].recipe.iterations} iterations, {torch.get_num_threads()} threads")
    print("".join(f"  {name:>7}: min, dB" for name in runs))
    for rows in zip(*(run.curve for run in runs.values()), strict=True):
        print("".join(f"  {row['seconds'] / 60:9.1f}  {row['psnr']:.2f}" for row in rows))


if __name__ == "__main__":
    main()
