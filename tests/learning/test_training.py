"""The engine: it learns, it resumes exactly, it refuses what it should."""

import hashlib
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict, fields, replace
from pathlib import Path

import pytest
import torch
from trained import PLAIN, TINY, same, weights

from srlib import checkpoint, datasets, losses, models, optimizers, records, training
from srlib.errors import Busy, SrlibError
from srlib.evaluation import PROTOCOLS, score
from srlib.patches import ROTATIONS
from srlib.plan import Plan, choose, seconds_per_step
from srlib.recipe import LATER, Recipe, from_dict, from_json
from srlib.remeasure import at_scale, remeasure

MUON = {"optimizer": "muon", "rate": 0.02, "schedule": "cosine", "warmup": 0.05, "start": "nearest"}
TINY = replace(TINY, iterations=60, evaluate_every=30, **MUON)


@pytest.mark.parametrize(
    ("optimizer", "rate"),
    [("adam", 5e-3), ("sgd", 0.1), ("muon", 0.02)],
)
def test_a_network_overfits_a_patch(optimizer, rate):
    """Every optimizer drives the loss of one batch to a tenth of the patches' own variance."""
    recipe = replace(TINY, optimizer=optimizer, rate=rate, start="default")
    patches = training.Patches("embedded_test", 3, 7, 7)
    state = training.begin(recipe, patches, "cpu", PLAIN)
    low, high = patches.batch(torch.arange(4) * 30)
    losses = []
    for _ in range(100):
        loss = torch.nn.functional.mse_loss(state.model(low), high)
        state.model.zero_grad()
        loss.backward()
        for o in state.optimizers:
            o.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * high.var() < losses[0]


@pytest.mark.parametrize(
    ("model", "options", "protocol"),
    [
        ("espcn", {}, "y8"),
        ("vdsr", {"depth": 4, "channels": 8}, "y8"),  # the enlarged image goes in
        ("edsr", {"blocks": 1, "channels": 8}, "rgb"),
        ("srresnet", {"blocks": 1, "channels": 8}, "rgb"),  # batch normalisation
    ],
)
def test_every_kind_of_network_learns_and_resumes(tmp_path, model, options, protocol):
    recipe = replace(TINY, model=model, options=options, protocol=protocol, start="default", optimizer="adam")
    whole = training.train(recipe, tmp_path / "whole", plan=PLAIN)
    assert whole.curve[-1]["loss"] < whole.curve[0]["loss"]

    def stop(*_):
        raise KeyboardInterrupt

    saved, checkpoint.save = checkpoint.save, lambda *a: (saved(*a), stop())
    try:
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, tmp_path / "broken", plan=PLAIN, checkpoint_minutes=0)
    finally:
        checkpoint.save = saved
    assert same(weights(training.train(recipe, tmp_path / "broken", plan=PLAIN).folder), weights(whole.folder))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "bicubic"}, "cannot be trained"),
        ({"model": "srgan_d"}, "cannot be trained"),
        ({"model": "edsr"}, "takes rgb images, protocol y8"),
        ({"model": "espcn", "start": "nearest"}, "ddsr"),
        ({"model": "espcn", "scales": (2, 3)}, "takes the enlarged image"),
        ({"shrunk": (1.0, 0.1)}, "page shrunk by 0.1 holds no patch of 21x21 pixels"),
    ],
)
def test_what_cannot_be_trained_is_refused_at_once(tmp_path, changes, message):
    recipe = replace(TINY, options={}, **{"start": "default"} | changes)
    with pytest.raises(SrlibError, match=message):
        training.train(recipe, tmp_path / "run", plan=PLAIN)


def test_training_improves_on_its_start_and_leaves_a_verified_record(tmp_path):
    run = training.train(TINY, tmp_path / "run", plan=PLAIN)
    assert [row["iteration"] for row in run.curve] == [30, 60]
    assert run.curve[-1]["loss"] < run.curve[0]["loss"] and run.curve[-1]["psnr"] > run.curve[0]["psnr"]
    assert records.verify(run.folder) == [] and not (tmp_path / "run.partial").exists()
    assert run.mean("embedded_test", "psnr") == pytest.approx(run.curve[-1]["psnr"], abs=1e-6)
    before = os.stat(run.folder / "DONE").st_mtime_ns
    assert training.train(TINY, run.folder).folder == run.folder  # finished: nothing to do
    assert os.stat(run.folder / "DONE").st_mtime_ns == before


MIXED = {"model": "vdsr", "options": {"depth": 3, "channels": 8}, "start": "default", "optimizer": "adam", "rate": 1e-3,
         "augment": "rotations", "shrunk": (1.0, 0.9, 0.6), "scales": (2, 3, 4), "stride": 30}  # fmt: skip


AVERAGED = {"optimizer": "adam", "rate": 1e-3, "average": 0.9, "clip": 0.5}


HALF = replace(PLAIN, dtype="bfloat16", channels_last=True)  # as most records were computed


@pytest.mark.parametrize(
    ("change", "plan"), [({}, PLAIN), ({}, HALF), (AVERAGED, PLAIN), (MIXED, PLAIN), ({"sampling": "error"}, PLAIN)]
)
def test_a_stopped_run_ends_where_an_unbroken_one_does(tmp_path, monkeypatch, change, plan):
    recipe = replace(TINY, **change)
    whole = training.train(recipe, tmp_path / "whole", plan=plan)

    stops = iter([25, 50])
    monkeypatch.setattr(training, "LOOK_EVERY", 5)
    real = checkpoint.save

    def save_and_stop(state, *rest):
        real(state, *rest)
        if state.iteration == stop:
            raise KeyboardInterrupt

    monkeypatch.setattr(checkpoint, "save", save_and_stop)
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            training.train(recipe, tmp_path / "broken", plan=plan, checkpoint_minutes=0)
        assert checkpoint.kept_iteration(tmp_path / "broken.partial") == stop
    stop = None
    broken = training.train(recipe, tmp_path / "broken", plan=plan, checkpoint_minutes=0)
    assert same(weights(whole.folder), weights(broken.folder))
    assert [row["psnr"] for row in whole.curve] == [row["psnr"] for row in broken.curve]
    assert [row["loss"] for row in whole.curve] == [row["loss"] for row in broken.curve]


def test_kill_at_any_moment_loses_nothing(tmp_path):
    """kill -9 again and again; the last process finishes with the weights of an unbroken run."""
    recipe = replace(TINY, iterations=200, evaluate_every=100)
    whole = training.train(recipe, tmp_path / "whole", plan=PLAIN)
    code = (
        "import sys; from pathlib import Path; from srlib import training; from srlib.plan import Plan;"
        "from srlib.recipe import from_json; training.LOOK_EVERY = 5;"
        f"training.train(from_json({recipe.to_json()!r}), {str(tmp_path / 'killed')!r},"
        "plan=Plan(threads=1), checkpoint_minutes=0)"
    )
    for attempt in range(3):
        process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
        target = tmp_path / "killed.partial" / checkpoint.NAME
        seen = target.stat().st_mtime_ns if target.exists() else 0
        while process.poll() is None and not (target.exists() and target.stat().st_mtime_ns > seen):
            time.sleep(0.01)
        time.sleep(0.03 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([sys.executable, "-c", code], check=True, stderr=subprocess.DEVNULL)
    assert same(weights(whole.folder), weights(tmp_path / "killed"))


def test_one_network_is_trained_and_measured_at_three_scales(tmp_path):
    recipe = replace(TINY, **MIXED)
    run = training.train(recipe, tmp_path / "run", plan=PLAIN)
    assert {row["scale"] for row in run.metrics} == {2, 3, 4} and len(run.metrics) == 3 * 4
    at = [run.mean("embedded_test", scale=scale) for scale in (2, 3, 4)]
    assert at[0] > at[1] > at[2] > 20 and run.mean("embedded_test") == at[1] and run.mean("Set5") is None
    assert run.curve[-1]["psnr"] == pytest.approx(at[1], abs=1e-6)
    network = records.network(run)
    other = at_scale(network, recipe, 4)
    assert (network.scale, other.scale) == (3, 4) and same(network.state_dict(), other.state_dict())
    alone = score(other, datasets.load("embedded_test"), 4, PROTOCOLS["y8"])
    assert sum(row["psnr"] for row in alone) / 4 == pytest.approx(at[2], abs=1e-6)
    again = remeasure(run.folder, ("embedded_test",))
    assert [row["psnr"] for row in again.metrics] == [row["psnr"] for row in run.metrics]
    with pytest.raises(SrlibError, match="ddsr enlarges by itself: trained for x3, it cannot serve x2"):
        at_scale(training.begin(TINY, training.patches_for(TINY), "cpu", PLAIN).model, TINY, 2)


@pytest.mark.parametrize(("augment", "wanted"), [(True, set(range(8))), ("rotations", set(ROTATIONS)), (False, None)])
def test_each_patch_is_turned_by_what_the_recipe_allows(augment, wanted):
    recipe = replace(TINY, augment=augment)
    patches = training.patches_for(recipe)
    _, symmetries = zip(*training.batches(recipe, patches, 0), strict=True)
    drawn = None if symmetries[0] is None else set(torch.cat(symmetries).tolist())
    assert drawn == wanted


def test_nan_stops_with_one_line_and_keeps_the_last_good_state(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "LOOK_EVERY", 5)
    real = training.Patches.batch
    calls = iter(range(10_000))

    def poisoned(self, indices, symmetries=None):
        low, high = real(self, indices, symmetries)
        return (low * float("nan"), high) if next(calls) == 33 else (low, high)

    monkeypatch.setattr(training.Patches, "batch", poisoned)
    with pytest.raises(
        SrlibError, match=r"no longer finite after iteration 3\d; the checkpoint of iteration 30 is kept"
    ):
        training.train(TINY, tmp_path / "run", plan=PLAIN, checkpoint_minutes=0)
    monkeypatch.setattr(training.Patches, "batch", real)
    whole = training.train(TINY, tmp_path / "whole", plan=PLAIN)
    mended = training.train(TINY, tmp_path / "run", plan=PLAIN)
    assert same(weights(whole.folder), weights(mended.folder))


def test_a_full_disk_keeps_the_last_checkpoint(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "LOOK_EVERY", 5)
    real, calls = torch.save, iter(range(100))

    def full(content, path):
        if next(calls) == 2:
            path.write_bytes(b"half a checkpoint")
            raise OSError(28, "No space left on device")
        real(content, path)

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(OSError, match="No space left"):
        training.train(TINY, tmp_path / "run", plan=PLAIN, checkpoint_minutes=0)
    assert checkpoint.kept_iteration(tmp_path / "run.partial") == 10
    assert not list((tmp_path / "run.partial").glob("*.tmp"))


def test_torch_s_word_for_a_full_disk_is_one_line(tmp_path, monkeypatch):
    def full(content, path):
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 64 vs 0\nframe #0: ...")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(SrlibError, match=r"checkpoint.pt: cannot be written, is the disk full\? \(.*pos 64 vs 0\)$"):
        training.train(TINY, tmp_path / "run", plan=PLAIN, checkpoint_minutes=0)


def test_a_run_goes_into_no_file_and_no_folder_of_other_things(tmp_path):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/file").write_text("mine")
    for name in ("file", "folder"):
        with pytest.raises(SrlibError, match=f"{name}: is there already, and is no run"):
            training.train(TINY, tmp_path / name, plan=PLAIN)
    (tmp_path / "empty").mkdir()
    assert training.train(replace(TINY, iterations=2, evaluate_every=2), tmp_path / "empty", plan=PLAIN).metrics


def test_a_test_set_that_cannot_be_measured_is_missed_before_the_training(tmp_path, monkeypatch):
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path))
    monkeypatch.setattr(training, "optimise", lambda *_: pytest.fail("it was trained"))
    for sets, words in (((), "names no image set"), (("Set55",), "Set55"), (("Set5",), "data fetch Set5"),
                        (("RealSR",), "no originals")):  # fmt: skip
        with pytest.raises(SrlibError, match=words):
            training.train(replace(TINY, test_sets=sets), tmp_path / "run", plan=PLAIN)
    assert os.listdir(tmp_path) == []


def test_a_network_that_draws_while_it_learns_is_the_same_every_time(tmp_path):
    recipe = replace(TINY, model="smsr", options={"modules": 1}, protocol="rgb", start="default", optimizer="adam",
                     iterations=2, evaluate_every=2, batch=2)  # fmt: skip
    runs = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        runs.append(weights(training.train(recipe, tmp_path / str(seed), plan=PLAIN).folder))
    assert same(*runs)


def test_the_average_follows_a_normalisation_s_counters(tmp_path):
    options = {"stages": 1, "modules": 1, "channels": 4, "batch_norm": True}
    recipe = replace(TINY, model="cm_dwsc", options=options, start="default", optimizer="adam", average=0.5,
                     iterations=3, evaluate_every=3)  # fmt: skip
    kept = weights(training.train(recipe, tmp_path / "run", plan=PLAIN).folder)
    assert {int(value) for name, value in kept.items() if name.endswith("num_batches_tracked")} == {3}


def test_a_checkpoint_of_an_accelerator_is_told_from_a_damaged_one(tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoint, "default_device", lambda: "cpu")
    state = training.begin(TINY, training.patches_for(TINY), "cpu", PLAIN)
    state.plan = replace(PLAIN, device="cuda")
    checkpoint.save(state, TINY, tmp_path)
    with pytest.raises(SrlibError, match="was begun on cuda, which this machine has not"):
        checkpoint.restore(tmp_path, TINY)


def test_a_folder_that_moves_away_between_two_looks_is_busy(tmp_path, monkeypatch):
    work, real = tmp_path / "run.partial", Path.mkdir

    def moved(path, **how):
        real(path, **how)
        path.rename(tmp_path / "run")

    monkeypatch.setattr(Path, "mkdir", moved)
    with pytest.raises(Busy, match="has just finished it"), checkpoint.claim(work, TINY):
        pass


def test_muon_needs_body_kernels_of_one_shape():
    for name in ("srcnn", "lapsrn"):
        with pytest.raises(SrlibError, match=f"muon needs body kernels of one shape; {name} has"):
            optimizers.create(models.create(name, 2), replace(TINY, model=name, scale=2))
    kernels = [torch.nn.Parameter(torch.eye(4)[..., None, None].repeat(1, 1, 3, 3)) for _ in range(2)]
    kernels[0].grad = torch.ones_like(kernels[0])
    before = kernels[1].clone()
    optimizers.Muon(kernels, lr=0.1).step()  # the second belongs to a branch that the batch did not use
    assert torch.equal(kernels[1], before) and torch.isfinite(kernels[0]).all()


def test_a_folder_belongs_to_one_recipe_and_one_process(tmp_path):
    other = replace(TINY, seed=1)
    run = training.train(TINY, tmp_path / "run", plan=PLAIN)
    with pytest.raises(SrlibError, match="another recipe"):
        training.train(other, run.folder)
    work = tmp_path / "busy.partial"
    with checkpoint.claim(work, TINY), pytest.raises(Busy, match="another process"):
        training.train(TINY, tmp_path / "busy")


def test_a_damaged_checkpoint_says_so(tmp_path):
    work = tmp_path / "run.partial"
    work.mkdir()
    (work / checkpoint.NAME).write_bytes(b"not a checkpoint")
    with pytest.raises(SrlibError, match="damaged checkpoint"):
        training.train(TINY, tmp_path / "run", plan=PLAIN)


@pytest.mark.parametrize(
    ("name", "spoil", "says"),
    [
        (
            "recipe.json",
            lambda p: p.write_text(p.read_text().replace('"seed": 0', '"seed": 1')),
            "changed since",
        ),
        ("curve.csv", lambda p: p.unlink(), "missing"),
        ("metrics.csv", lambda p: p.write_text(p.read_text().replace("y8", "")), "changed since"),
        (
            "DONE",
            lambda p: p.write_text(json.dumps(json.loads(p.read_text()) | {"recipe": "0"})),
            "not the recipe",
        ),
        ("DONE", lambda p: p.write_text("{"), "unreadable"),
        ("DONE", lambda p: p.unlink(), "no finished run"),
    ],
)
def test_a_changed_record_is_told(tmp_path, name, spoil, says):
    run = training.train(replace(TINY, iterations=2), tmp_path / "run", plan=PLAIN)
    (run.folder / "weights.safetensors").unlink()  # only flagship weights are committed
    assert records.verify(run.folder) == []
    spoil(run.folder / name)
    (problem,) = records.verify(run.folder)
    assert says in problem and "\n" not in problem
    with pytest.raises(SrlibError):
        records.load(run.folder)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"ratee": 0.1}, "unknown key 'ratee'"),
        ({"rate": "fast"}, "rate is of type float"),
        ({"iterations": 0}, "iterations is above 0"),
        ({"optimizer": "lion"}, "optimizer is one of"),
        ({"profile": "fast"}, "profile is one of"),
        ({"average": 1.0}, "below 1"),
        ({"drop_factor": 0.0}, "drop_factor is above 0"),
        ({"loss": "ssim"}, "unknown loss 'ssim'"),
        ({"loss": "high_frequency", "loss_options": {"sigma": 0}}, "sigma above 0"),
        ({"augment": "mirrors"}, "augment is one of False, True, rotations, not 'mirrors'"),
        ({"augment": 1}, r"augment is of type bool \| str, not 1"),
        ({"shrunk": (1.0, 1.1)}, "factors above 0 and at most 1"),
        ({"shrunk": (0.0,)}, "factors above 0 and at most 1"),
        ({"shrunk": ()}, "factors above 0 and at most 1"),
        ({"shrunk": 0.9}, "shrunk is of type tuple, not 0.9"),
        ({"scales": (2, 4)}, r"different integers above 1, with 3, not \(2, 4\)"),
        ({"scales": (3, 3)}, "different integers"),
        ({"scales": (3, 1.5)}, "different integers"),
        ({"clip": -1.0}, "clip is at least 0"),
        ({"betas": (0.9,)}, "betas are two numbers"),
        ({"betas": (0.9, 2.0)}, "betas are two numbers"),
        ({"drops": ("a",)}, "drops are whole numbers"),
        ({"seed": 10**20}, "seed lies within"),
    ],
)
def test_bad_recipes_say_so(values, says):
    with pytest.raises(SrlibError, match=says):
        from_dict(values)


def test_recipes_survive_json_and_know_one_another():
    assert from_json(TINY.to_json()) == TINY and from_json(TINY.to_json()).digest() == TINY.digest()
    assert replace(TINY, seed=1).digest() != TINY.digest()
    with pytest.raises(SrlibError, match="not JSON"):
        from_json("{")


def test_keys_that_came_later_change_a_digest_only_where_they_are_used():
    """The records of the first studies have no such keys, and their digests were written without them."""
    old = {key: value for key, value in asdict(TINY).items() if key not in LATER}
    before = hashlib.sha256(json.dumps(old, sort_keys=True).encode()).hexdigest()
    assert json.loads(TINY.to_json()).keys() == old.keys() and len(old) == len(fields(TINY)) - len(LATER)
    assert Recipe().digest() == "dc12deecd31d6f6362610e6d12729b2221d78b722498baf9819acd36e8bc8dc9"
    assert from_dict(old) == TINY and TINY.digest() == before
    options = {"loss_options": {"sigma": 2.0}}
    others = [replace(TINY, **change) for change in ({"loss": "l1"}, {"loss": "high_frequency"},
              {"loss": "high_frequency"} | options, {"drop_factor": 0.5}, {"shrunk": (1, 0.9)}, {"scales": (3, 4)},
              {"augment": "rotations"})]  # fmt: skip
    assert len({before, *(recipe.digest() for recipe in others)}) == 8
    assert replace(TINY, shrunk=[1]).digest() == before  # 1 is 1.0
    assert all(from_json(recipe.to_json()).digest() == recipe.digest() for recipe in others)


def test_every_committed_record_verifies_with_the_recipes_of_today():
    found = records.find()
    assert len(found) >= 47 and not any(records.verify(run.folder) for run in found)
    without = [run for run in found if "loss" not in json.loads((run.folder / "recipe.json").read_text())]
    assert len(without) >= 47 and all(run.recipe.loss == "mse" for run in without)


@pytest.mark.parametrize("loss", ["l1", "high_frequency"])
def test_a_run_is_trained_by_the_loss_that_its_recipe_names(tmp_path, loss):
    recipe = replace(TINY, iterations=2, evaluate_every=1, loss=loss)
    patches = training.patches_for(recipe)
    model = training.begin(recipe, patches, "cpu", PLAIN).model
    indices, symmetries = next(training.batches(recipe, patches, 0))
    low, high = patches.batch(indices, symmetries)
    run = training.train(recipe, tmp_path / "run", plan=PLAIN)
    assert run.curve[0]["loss"] == pytest.approx(losses.named(loss)(model(low), high).item(), rel=1e-4)
    assert json.loads((run.folder / "recipe.json").read_text())["loss"] == loss


def test_the_rate_can_be_halved():
    recipe = Recipe(drop_factor=0.5, drops=(10, 20), iterations=30)
    assert [recipe.rate_factor(i) for i in (0, 10, 29)] == [1, 0.5, 0.25]


def test_the_document_s_schedule():
    paper = Recipe()
    rates = [paper.rate * paper.rate_factor(i) for i in (0, 59_999, 60_000, 89_999, 90_000, 99_999)]
    assert rates == pytest.approx([1e-3, 1e-3, 1e-4, 1e-4, 1e-5, 1e-5])


def test_an_epoch_sees_every_patch_once():
    patches = training.Patches("embedded_test", 3, 7, 20)
    recipe = replace(TINY, batch=5, iterations=2 * (len(patches) // 5))
    drawn = [indices.tolist() for indices, _ in training.batches(recipe, patches, 0)]
    half = len(drawn) // 2
    for epoch in (drawn[:half], drawn[half:]):
        flat = [index for batch in epoch for index in batch]
        assert len(set(flat)) == len(flat) == 5 * half
    assert drawn[:half] != drawn[half:]
    later = [indices.tolist() for indices, _ in training.batches(recipe, patches, 7)]
    assert later == drawn[7:]


def test_orthogonalise_levels_the_singular_values():
    torch.manual_seed(0)
    matrices = torch.randn(3, 16, 40) * torch.logspace(0, -1, 16)[:, None]
    values = torch.linalg.svdvals(optimizers.orthogonalise(matrices))
    assert values.min() > 0.5 and values.max() < 1.3


def test_a_plan_is_measured_and_leaves_the_weights_alone(monkeypatch):
    patches = training.Patches("embedded_test", 3, 7, 20)
    state = training.begin(TINY, patches, "cpu", PLAIN)
    before = {k: v.clone() for k, v in state.model.state_dict().items()}
    monkeypatch.setattr("srlib.plan.can_compile", lambda device: False)
    plan = choose(state.model, *patches.batch(torch.arange(8)), iterations=300)
    assert plan.dtype in ("float32", "bfloat16") and not plan.compile
    assert same(before, state.model.state_dict())


def test_a_plan_that_has_lost_is_not_tried_to_the_end(monkeypatch):
    model, patch = models.create("ddsr", 3, depth=3, channels=2), torch.zeros(1, 1, 7, 7)
    steps = []
    monkeypatch.setattr(Plan, "forward", lambda plan, model: lambda low: (steps.append(1), model(low))[1])
    seconds_per_step(PLAIN, model, patch, torch.zeros(1, 1, 21, 21))
    assert len(steps) == 6
    seconds_per_step(PLAIN, model, patch, torch.zeros(1, 1, 21, 21), lost=0.0)
    assert len(steps) == 6 + 2


def test_a_short_run_is_not_kept_waiting_by_trials(monkeypatch):
    monkeypatch.setattr("srlib.plan.seconds_per_step", lambda *_, **__: pytest.fail("a trial"))
    model, patch = models.create("ddsr", 3, depth=3, channels=2), torch.zeros(1, 1, 7, 7)
    assert choose(model, patch, patch, iterations=299, device="cpu") == Plan(threads=torch.get_num_threads())


@pytest.mark.parametrize(
    ("depth", "half_takes", "compiled_takes", "compiles"),
    [(3, 0.6, 0.5, True), (3, 0.6, 0.7, False), (3, 0.9, 0.5, False), (70, 0.6, 0.5, False)],
)
def test_a_run_is_compiled_where_that_is_faster_and_not_too_long_in_the_making(
    monkeypatch, depth, half_takes, compiled_takes, compiles
):
    def seconds(plan, *_, **__):
        return compiled_takes if plan.compile else half_takes if plan.dtype == "bfloat16" else 1.0

    monkeypatch.setattr("srlib.plan.can_compile", lambda device: True)
    monkeypatch.setattr("srlib.plan.seconds_per_step", seconds)
    model, patch = models.create("ddsr", 3, depth=depth, channels=2), torch.zeros(1, 1, 7, 7)
    assert choose(model, patch, patch, iterations=1_000, device="cpu").compile is compiles


@pytest.mark.parametrize("megabytes", [16, 64])  # glibc treats blocks above 32 MB apart
def test_freed_memory_is_used_again(megabytes):
    """Pages that the system has to clear for four blocks, taken and freed ten times. In a process of its own.

    Left to itself, glibc hands back the smaller blocks or not as its heap happens to lie; here it is first told to.
    """
    if platform.libc_ver()[0] != "glibc":
        pytest.skip("NO TEST OF KEPT MEMORY: it is asked of glibc")
    code = (
        "import ctypes, resource, torch; from srlib.allocator import keep_freed_memory; torch.set_num_threads(1)\n"
        "def faults():\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt\n"
        f"    for _ in range(10): blocks = [torch.ones({megabytes} * 2**18) for _ in range(4)]; del blocks\n"
        "    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before\n"
        "M_MMAP_THRESHOLD = -3; ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, 2**17)\n"
        "print(faults()), keep_freed_memory(), faults(), print(faults())"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    handed_back, kept = map(int, result.stdout.split())
    assert kept < handed_back / 10


def test_data_smaller_than_a_batch_is_refused(tmp_path):
    with pytest.raises(SrlibError, match="do not fill a batch"):
        training.train(replace(TINY, batch=100_000), tmp_path / "a", plan=PLAIN)


def test_a_finished_run_is_measured_on_further_sets(tmp_path):
    before = training.train(TINY, tmp_path / "run", plan=PLAIN)
    with pytest.raises(SrlibError, match="no originals"):
        remeasure(tmp_path / "run", ("MATLAB_LR_clamped",))
    after = remeasure(tmp_path / "run", ("embedded",))
    assert records.verify(after.folder) == [] and os.listdir(tmp_path) == ["run"]
    assert after.recipe == replace(TINY, test_sets=("embedded_test", "embedded"))
    assert same(weights(before.folder), weights(after.folder)) and after.mean("embedded") > 10
    assert after.mean("embedded_test") == pytest.approx(before.mean("embedded_test"), abs=1e-9)
    assert after.curve == before.curve and {"measured_by", "seed"} <= set(after.provenance)
    again = training.train(TINY, tmp_path / "run")  # the test sets are no part of what was trained
    assert again.metrics == after.metrics


def test_what_a_killed_measurement_leaves_is_no_further_run(tmp_path):
    folder = tmp_path / "study" / "run"
    training.train(replace(TINY, iterations=2, evaluate_every=2), folder, plan=PLAIN)
    measured, before = (folder.with_name(folder.name + end) for end in (".measured", ".before"))
    shutil.copytree(folder, measured)
    folder.rename(before)  # as between the two renames
    assert records.folders(root=tmp_path) == []
    after = remeasure(folder, ("embedded",))
    shutil.copytree(folder, before)  # as between the second rename and the end
    assert records.folders(root=tmp_path) == [folder] and after.recipe.test_sets == ("embedded_test", "embedded")
    again = remeasure(folder, ())
    assert [row["psnr"] for row in again.metrics] == [row["psnr"] for row in after.metrics]
    assert os.listdir(folder.parent) == ["run"]


def test_only_evidence_has_an_ifc(tmp_path):
    short = replace(TINY, profile="short", iterations=2, evaluate_every=2)
    assert "ifc" not in training.train(replace(short, profile="quick"), tmp_path / "quick", plan=PLAIN).metrics[0]
    run = training.train(short, tmp_path / "short", plan=PLAIN)
    assert 1 < run.mean("embedded_test", "ifc") < 10


def test_a_run_without_its_weights_is_not_measured_again(tmp_path):
    run = training.train(replace(TINY, iterations=2, evaluate_every=2), tmp_path / "run", plan=PLAIN)
    (run.folder / "weights.safetensors").unlink()
    with pytest.raises(SrlibError, match="no such weights"):
        remeasure(run.folder, ("embedded",))
    assert records.verify(run.folder) == []
