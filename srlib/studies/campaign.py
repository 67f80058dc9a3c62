"""All runs of a study, or of every study of a document: which are done, and what they cost or will cost."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median

from srlib import checkpoint, complexity, records
from srlib.errors import SrlibError
from srlib.plan import default_device
from srlib.recipe import Recipe
from srlib.studies.study import Study
from srlib.training import partial_folder


@dataclass(frozen=True)
class Job:
    """One run of a campaign. `folder` is where it lies when finished."""

    study: Study
    row: str
    seed: int
    recipe: Recipe
    folder: Path

    @property
    def name(self):
        return f"{self.folder.parent.name}/{self.folder.name}"


def jobs(studies, profile, root=None):
    """The runs of some studies, study by study, all rows of a seed before the next seed, each folder once.

    Studies without the profile are left out. Raises SrlibError when none of them has it.
    """
    having = [study for study in studies if profile in study.profiles]
    if not having:
        known = sorted({name for study in studies for name in study.profiles})
        raise SrlibError(f"no profile {profile!r} in {', '.join(s.key for s in studies)}: there is {', '.join(known)}")
    found = {}
    for study in having:
        for seed in study.seeds:
            for row in study.rows:
                folder = study.folder(row, profile, seed, root)
                job = Job(study, row.name, seed, study.recipe(row, profile, seed), folder)
                found.setdefault(folder, job)  # two tables may share a network
    return list(found.values())


def state_of(job):
    """(word, iterations done): "done", "running" (in any process), "partial" (a checkpoint waits) or "missing"."""
    if records.finished(job.folder):
        return "done", job.recipe.iterations
    work = partial_folder(job.folder)
    if checkpoint.held(work):
        return "running", checkpoint.kept_iteration(work) or 0
    kept = checkpoint.kept_iteration(work)
    return ("missing", 0) if kept is None else ("partial", kept)


def work_of(recipe):
    """Multiply-accumulates of all forward passes of a run: what its minutes are proportional to."""
    macs = _macs_of_a_patch(recipe.model, recipe.scale, recipe.patch, **recipe.options)
    return recipe.iterations * recipe.batch * macs


@cache
def _macs_of_a_patch(name, scale, side, /, **options):
    model = complexity.outline(name, scale, **options)
    side *= scale if model.upscaled_input else 1
    return complexity.macs(model, (1, 3 if model.input == "rgb" else 1, side, side))


def overview(chosen, root=None):
    """One dict a job: name, study, row, profile, seed, folder, state, iterations, iterations_done, minutes, device.

    `minutes` of a finished run are those that its provenance tells, of training alone, and `device` is where. Those of
    another run are an estimate of what is left, or None: its multiply-accumulates by the median speed of the finished
    runs of the same study here, else of all, as far as they ran on the kind of device that this machine has.
    """
    finished = {job.folder: records.load(job.folder) for job in chosen if records.finished(job.folder)}
    others = [run for run in records.find(root=root) if run.folder not in finished]
    speeds = {}
    for run in [*finished.values(), *others]:
        if run.provenance["plan"]["device"] == default_device():
            speed = run.provenance["training_seconds"] / work_of(run.recipe)
            speeds.setdefault(run.folder.parent.name, []).append(speed)
    every = [speed for some in speeds.values() for speed in some]
    lines = []
    for job in chosen:
        state, done = state_of(job)
        run = finished.get(job.folder)
        if run:
            minutes, device = run.provenance["training_seconds"] / 60, run.provenance["device"]
        else:
            known = speeds.get(job.folder.parent.name, every)
            left = 1 - done / job.recipe.iterations
            minutes = left * work_of(job.recipe) * median(known) / 60 if known else None
            device = None
        lines.append({
            "name": job.name, "study": job.study.key, "row": job.row, "profile": job.recipe.profile, "seed": job.seed,
            "folder": str(job.folder), "state": state, "iterations": job.recipe.iterations, "iterations_done": done,
            "minutes": minutes, "device": device,
        })  # fmt: skip
    return lines
