"""What a training run leaves behind, read back and verified.

A run is a folder: recipe.json, provenance.json, curve.csv, metrics.csv, weights.safetensors (committed for flagship
runs only) and DONE, which holds the recipe's digest and the SHA-256 of every other file. A folder without DONE is not
finished and is never read as a record.
"""

import csv
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from safetensors.torch import load_file

from srlib import datasets, models, paths
from srlib.errors import SrlibError
from srlib.recipe import Recipe, from_json

REQUIRED = ("recipe.json", "provenance.json", "curve.csv", "metrics.csv")
# Records with committed weights that stand for their network where none is named: (model, scale) -> study/run.
FLAGSHIPS = {
    ("ddsr", 2): "ddsr-comparison/x2-short-seed0",
    ("ddsr", 3): "ddsr-kernel_size/k3-short-seed0",
    ("ddsr", 4): "ddsr-comparison/x4-short-seed0",
}
# Ends of folders that a kill may leave beside a run, and that are none: in training, measured anew, about to give way.
UNDER_WAY = PARTIAL, MEASURED, BEFORE = (".partial", ".measured", ".before")
TEXT_COLUMNS = {"dataset", "protocol", "name"}


@dataclass(frozen=True)
class Run:
    """One finished run. `curve` and `metrics` are lists of dicts, a dict a row, numbers as floats."""

    folder: Path
    recipe: Recipe
    provenance: dict
    curve: list
    metrics: list

    def mean(self, dataset, metric="psnr", scale=None):
        """The mean of "psnr", "ssim" or "seconds" over the images of a test set; None when it was not measured.

        scale   None: the recipe's own; a network that was trained for several has been measured at each
        """
        place = (dataset, scale or self.recipe.scale)
        values = [row[metric] for row in self.metrics if (row["dataset"], row["scale"]) == place]
        return sum(values) / len(values) if values else None

    def drop_gain(self, nth):
        """PSNR on the validation images, dB: the evaluation after the nth drop of the rate minus the one at it."""
        psnr = {point["iteration"]: point["psnr"] for point in self.curve}
        drop = self.recipe.drops[nth]
        return psnr[drop + self.recipe.evaluate_every] - psnr[drop]


def finished(folder):
    return (Path(folder) / "DONE").is_file()


def load(folder):
    """Read a finished run. Raises SrlibError, one line, when it is unfinished, damaged or not what it says."""
    run, problems = _checked(Path(folder))
    if problems:
        raise SrlibError(problems[0])
    return run


def folders(study=None, root=None):
    """The folders of all finished runs below data/records (or `root`), of one study or of all, sorted."""
    root = Path(root or paths.RECORDS)
    found = (done.parent for done in root.glob(f"{study or '*'}/*/DONE"))
    return sorted(folder for folder in found if folder.suffix not in UNDER_WAY)


def find(study=None, root=None):
    """All finished runs below data/records (or `root`), of one study or of all, sorted by folder."""
    return [_loaded(folder, _stamps(folder)) for folder in folders(study, root)]


def _stamps(folder):
    """When each file of a run was last written."""
    return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in folder.iterdir()))


@lru_cache(maxsize=1024)
def _loaded(folder, _written):
    """A page asks for the same runs again and again; one of which a file was written since is read again."""
    return load(folder)


def network(run):
    """The trained network of a run, ready to be used. Raises SrlibError when its weights were not committed."""
    file = run.folder / "weights.safetensors"
    if not file.is_file():
        raise SrlibError(f"{file}: no such weights; only flagship runs are committed with theirs")
    model = models.create(run.recipe.model, run.recipe.scale, **run.recipe.options)
    model.load_state_dict(load_file(file))
    return model.eval()


def verify(folder):
    """What is wrong with a run's folder, a line each; an empty list when all is well.

    The files must have the SHA-256 that DONE states, the recipe its digest, the data sets the digests that the run saw,
    every metric its protocol. weights.safetensors may be missing, since only flagship weights are committed.
    """
    return _checked(Path(folder))[1]


def _checked(folder):
    """(the run in a folder, or None where it cannot be read; the problems that `verify` lists)."""
    if not finished(folder):
        return None, [f"{folder}: no finished run here (no DONE)"]
    try:
        done = json.loads((folder / "DONE").read_text())
        problems = [f"{folder / name}: missing" for name in REQUIRED if not (folder / name).is_file()]
        for name, digest in done["files"].items():
            path = folder / name
            if path.is_file() and sha256(path) != digest:
                problems.append(f"{path}: changed since the run ended")
        if problems:
            return None, problems
        run = _read(folder)
        if run.recipe.digest() != done["recipe"]:
            problems.append(f"{folder / 'recipe.json'}: is not the recipe of this run")
        for name, digest in run.provenance["data"].items():
            if datasets.digest(name) != digest:
                problems.append(f"{folder}: was made with another {name} than data/sources.csv names")
        if any(not row.get("protocol") for row in run.metrics):
            problems.append(f"{folder / 'metrics.csv'}: a metric without its protocol")
        return run, problems
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SrlibError) as error:
        return None, [f"{folder}: unreadable ({type(error).__name__}: {error})"]


def _read(folder):
    return Run(
        folder=folder,
        recipe=from_json((folder / "recipe.json").read_text()),
        provenance=json.loads((folder / "provenance.json").read_text()),
        curve=read_rows(folder / "curve.csv"),
        metrics=read_rows(folder / "metrics.csv"),
    )


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def seal(folder, recipe):
    """Write DONE, the last file of a run: the digests of the others. What only a run under way needs does not count."""
    names = [name for name in (*REQUIRED, "weights.safetensors") if (folder / name).is_file()]
    files = {name: sha256(folder / name) for name in names}
    (folder / "DONE").write_text(json.dumps({"recipe": recipe.digest(), "files": files}, indent=2) + "\n")


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as file:
        return [
            {key: value if key in TEXT_COLUMNS else float(value) for key, value in row.items()}
            for row in csv.DictReader(file)
        ]


def write_rows(path, rows):
    """Write dicts of one shape as CSV; floats keep nine digits, far beyond what any table prints."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({k: f"{v:.9g}" if isinstance(v, float) else v for k, v in row.items()})
