"""A network of the survey, trained for seconds: enough to see it learn, far from what it can do."""

import tempfile
from dataclasses import replace
from pathlib import Path

import torch

from srlib import datasets, models
from srlib.evaluation import PROTOCOLS, score
from srlib.plan import Plan, default_device
from srlib.recipe import Recipe
from srlib.training import train

TOY = Recipe(
    profile="quick",
    train_set="embedded_train",
    validation_set="embedded_test",
    test_sets=("embedded_test",),
    patch=12,
    stride=9,
    batch=8,
    augment=True,
    iterations=100,
    evaluate_every=50,
    rate=1e-3,
    schedule="cosine",
    warmup=0.1,
)


def toy_run(model, scale=2, *, seed=0, iterations=TOY.iterations, rate=TOY.rate, **options):
    """Train a (small) network on pictures that come with scikit-image; returns the finished records.Run.

    options   of the model: make it small enough that an iteration takes a few hundredths of a second
    """
    colour = models.create(model, scale, **options).input
    recipe = replace(
        TOY,
        model=model,
        options=options,
        scale=scale,
        seed=seed,
        iterations=iterations,
        evaluate_every=max(1, iterations // 5),
        rate=rate,
        protocol="rgb" if colour == "rgb" else "y8",
    )
    plain = Plan(default_device(), threads=torch.get_num_threads())  # not the fastest, but the same every time
    return train(recipe, Path(tempfile.mkdtemp()) / model, plan=plain)


def bicubic_psnr(run):
    """What bicubic interpolation reaches on the run's own test images under its own protocol: mean PSNR, dB."""
    recipe = run.recipe
    (dataset,) = recipe.test_sets
    rows = score(
        models.create("bicubic", recipe.scale), datasets.load(dataset), recipe.scale, PROTOCOLS[recipe.protocol]
    )
    return sum(row["psnr"] for row in rows) / len(rows)
