"""train(recipe, folder): from a recipe to a finished run folder. Stop it at any moment, call it again, it goes on.

While it trains, a run lives in `<folder>.partial` with a checkpoint; when whole it is moved to `<folder>`. The batch of
an iteration depends on nothing but the recipe's seed and the iteration's number, so a resumed run sees the very batches
that an unbroken one would have seen, and ends with the same weights: bit for bit on a CPU, by the same srlib.plan.
"""

import os
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import safetensors.torch
import torch
from tqdm import tqdm

from srlib import checkpoint, datasets, interrupt, losses, models, provenance, records, sampling
from srlib.checkpoint import State
from srlib.errors import SrlibError
from srlib.evaluation import protocol_named, score
from srlib.models.ddsr import start_at_msra, start_at_nearest
from srlib.patches import ROTATIONS, Patches
from srlib.plan import choose, default_device
from srlib.remeasure import measure

STARTS = {"nearest": start_at_nearest, "msra": start_at_msra}
LOOK_EVERY = 25  # iterations between two looks at the loss and the clock: each look waits for the device


def train(recipe, folder, *, device=None, plan=None, checkpoint_minutes=2.0, progress=tqdm):
    """Train by a recipe and leave a finished run in `folder`; returns it as records.Run.

    A finished folder is returned as it is, an unfinished one is resumed. `plan` says how to compute; None measures what
    is fastest here. `progress` wraps the iterations and is called as tqdm is. Ctrl-C and SIGTERM write a checkpoint,
    then raise KeyboardInterrupt. Raises SrlibError when the folder belongs to another recipe, when another process
    trains in it (Busy), when an image set is not here, or when the loss is no longer finite (the last good checkpoint
    stays).
    """
    folder = Path(folder) if Path(folder).name else Path(folder).absolute()  # "." has no name to add to
    if records.finished(folder):
        return finished_run(recipe, folder)
    refuse_unfit_sets(recipe)
    work = partial_folder(folder)
    with checkpoint.claim(work, recipe):
        if records.finished(folder):  # by another process, after the first look
            checkpoint.clear(work)
            work.rmdir()
            return finished_run(recipe, folder)
        if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
            raise SrlibError(f"{folder}: is there already, and is no run")
        device = device or default_device()
        patches = patches_for(recipe, device)
        if len(patches) < recipe.batch:
            raise SrlibError(f"{recipe.train_set}: {len(patches)} patches do not fill a batch of {recipe.batch}")
        state = checkpoint.restore(work, recipe) or begin(recipe, patches, device, plan)
        optimise(state, recipe, patches, work, 60 * checkpoint_minutes, progress)
        finish(state, recipe, work)
        os.replace(work, folder)
        checkpoint.clear(folder)  # not before: until the run is in its place, its last checkpoint is its only copy
    return records.load(folder)


def refuse_unfit_sets(recipe):
    """A set that is first asked for when the training is over should be missed before."""
    if not recipe.test_sets:
        raise SrlibError("recipe: test_sets names no image set")
    for name in (recipe.train_set, recipe.validation_set, *recipe.test_sets):
        datasets.require_originals(name)


def partial_folder(folder):
    """Where a run lives while it is under way."""
    return folder.with_name(folder.name + records.PARTIAL)


def finished_run(recipe, folder):
    run = records.load(folder)
    if replace(run.recipe, test_sets=recipe.test_sets) != recipe:  # srlib.remeasure is for further sets
        raise SrlibError(f"{folder}: holds a run of another recipe")
    return run


def patches_for(recipe, device="cpu"):
    """The recipe's training patches, in the colours and the size that its network takes.

    Raises SrlibError for what cannot be trained: bicubic interpolation has no weights, a discriminator gives no image.
    """
    with torch.device("meta"):
        model = models.create(recipe.model, recipe.scale, **recipe.options)
    if model.input not in ("y", "rgb") or recipe.model == "srgan_d":
        raise SrlibError(f"{recipe.model} cannot be trained to enlarge images")
    if protocol_named(recipe.protocol).colour not in (None, model.input):
        raise SrlibError(f"recipe: {recipe.model} takes {model.input} images, protocol {recipe.protocol} gives others")
    look = {"colour": model.input, "enlarged": model.upscaled_input, "shrunk": recipe.shrunk, "scales": recipe.scales}
    return Patches(recipe.train_set, recipe.scale, recipe.patch, recipe.stride, device, **look)


def begin(recipe, patches, device, plan=None):
    """The state before iteration 0, with the plan given or the fastest of those tried here."""
    with torch.random.fork_rng():
        torch.manual_seed(recipe.seed)
        model = models.create(recipe.model, recipe.scale, **recipe.options)
        if recipe.start != "default":
            STARTS[recipe.start](model)
    first, _ = next(batches(recipe, patches, 0))
    plan = plan or choose(model, *patches.batch(first), recipe.iterations, device)
    return State.fresh(model, recipe, plan)


def optimise(state, recipe, patches, work, checkpoint_seconds, progress=tqdm):
    """The loop, from state.iteration to the recipe's last iteration; it leaves a checkpoint however it ends."""
    validation = datasets.load(recipe.validation_set)
    torch.set_num_threads(state.plan.threads)
    forward, compare = state.plan.forward(state.model), losses.named(recipe.loss, recipe.loss_options)
    weights = sampling.weights(patches) if recipe.sampling == "error" else None
    groups = [(group, group["initial_lr"]) for o in state.optimizers for group in o.param_groups]
    looked = saved = time.monotonic()
    bar = partial(progress, desc=work.stem, initial=state.iteration, total=recipe.iterations, unit="it", disable=None)
    with interrupt.deferred() as asked_to_stop, torch.random.fork_rng():
        for indices, symmetries in bar(batches(recipe, patches, state.iteration)):
            for group, rate in groups:
                group["lr"] = rate * recipe.rate_factor(state.iteration)

            torch.manual_seed(recipe.seed * 100_003 + state.iteration)  # for networks that draw while they learn
            low, high = patches.batch(indices, symmetries)  # (N, 1, p, p) and (N, 1, s p, s p)
            sr = forward(low).float()  # (N, 1, s p, s p)
            loss = compare(sr, high) if weights is None else losses.weighted_mse(sr, high, weights[indices])
            state.model.zero_grad()
            loss.backward()
            if recipe.clip:
                torch.nn.utils.clip_grad_norm_(state.model.parameters(), recipe.clip)
            for optimizer in state.optimizers:
                optimizer.step()
            state.after_step(loss, recipe)

            stop, last = asked_to_stop(), state.iteration == recipe.iterations
            row_due = last or state.iteration % recipe.evaluate_every == 0
            if row_due or stop or state.iteration % LOOK_EVERY == 0:
                refuse_nan(state, work)
                now = time.monotonic()
                state.seconds += now - looked
                if row_due:
                    state.curve.append(curve_row(state, recipe, validation))
                if last or stop or now - saved > checkpoint_seconds:
                    checkpoint.save(state, recipe, work)
                    saved = time.monotonic()
                if stop:
                    raise KeyboardInterrupt
                looked = time.monotonic()


def batches(recipe, patches, first):
    """Yield (indices, symmetries) of every iteration from `first` on: whole batches of a newly drawn order an epoch."""
    per_epoch = len(patches) // recipe.batch
    generator = torch.Generator()
    order = symmetries = None
    for iteration in range(first, recipe.iterations):
        epoch, position = divmod(iteration, per_epoch)
        if order is None or position == 0:
            generator.manual_seed(recipe.seed * 100_003 + epoch)
            order = sampling.order(recipe, patches, generator)
            if recipe.augment:
                choices = torch.tensor(ROTATIONS if recipe.augment == "rotations" else range(8))
                drawn = torch.randint(len(choices), (len(patches),), generator=generator)
                symmetries = choices[drawn].to(order.device)
        chosen = order[position * recipe.batch : (position + 1) * recipe.batch]
        yield chosen, None if symmetries is None else symmetries[chosen]


def refuse_nan(state, work):
    if not torch.isfinite(state.losses).all():
        kept = checkpoint.kept_iteration(work)
        raise SrlibError(
            f"{work}: the loss is no longer finite after iteration {state.iteration}; "
            + (f"the checkpoint of iteration {kept} is kept" if kept else "no checkpoint had been written")
        )


def curve_row(state, recipe, validation):
    """Close a stretch of the curve: its mean training loss, and the validation images' mean PSNR after it."""
    total, count = state.losses.tolist()
    state.losses.zero_()
    rows = score(state.averaged_model(recipe), validation, recipe.scale, protocol_named(recipe.protocol))
    return {
        "iteration": state.iteration,
        "seconds": state.seconds,
        "loss": total / count,
        "psnr": sum(row["psnr"] for row in rows) / len(rows),
        "ssim": sum(row["ssim"] for row in rows) / len(rows),
    }


def finish(state, recipe, work):
    """Measure the test sets and write the files of a finished run into `work`."""
    model = state.averaged_model(recipe)
    metrics = measure(model, recipe)
    weights = {name: value.cpu().contiguous() for name, value in model.state_dict().items()}
    (work / "weights.safetensors").write_bytes(safetensors.torch.save(weights))  # save_file hides it from other users
    records.write_rows(work / "curve.csv", state.curve)
    records.write_rows(work / "metrics.csv", metrics)
    provenance.write(work / "provenance.json", recipe, state)
    (work / "recipe.json").write_text(recipe.to_json())
    records.seal(work, recipe)
