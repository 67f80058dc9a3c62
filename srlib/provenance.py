"""Where a run's numbers come from: code, versions, machine, data and time."""

import hashlib
import json
import platform
from dataclasses import asdict
from pathlib import Path

import numpy
import scipy
import skimage
import torch

import srlib
from srlib import datasets

# The modules that decide a run's numbers. Pages and the command line may change without touching a record.
DECIDING = (
    "images",
    "resize",
    "datasets",
    "patches",
    "sampling",
    "metrics",
    "models",
    "recipe",
    "losses",
    "optimizers",
    "plan",
    "checkpoint",
    "evaluation",
    "training",
    "remeasure",
)


def source_digest():
    """SHA-256 (hex) over the Python files that decide a run's numbers."""
    root = Path(srlib.__file__).parent
    files = [root / f"{name}.py" for name in DECIDING if (root / f"{name}.py").exists()]
    files += [path for name in DECIDING for path in (root / name).glob("*.py")]
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def versions():
    modules = {"srlib": srlib, "torch": torch, "numpy": numpy, "scipy": scipy, "scikit-image": skimage}
    return {"python": platform.python_version()} | {name: str(m.__version__) for name, m in modules.items()}


def processor():
    """The CPU's model name, or its architecture where the system does not tell."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def write(path, recipe, state):
    """Write provenance.json of a run that has just ended."""
    device = torch.cuda.get_device_name() if state.plan.device == "cuda" else processor()
    content = {
        "source": source_digest(),
        "versions": versions(),
        "device": device,
        "plan": asdict(state.plan),
        "training_seconds": round(state.seconds, 1),
        "data": data(recipe),
        "seed": recipe.seed,
    }
    write_json(path, content)


def data(recipe):
    """{name: digest} of the image sets that a recipe uses."""
    names = [recipe.train_set, recipe.validation_set, *recipe.test_sets]
    return {name: datasets.digest(name) for name in names}


def write_json(path, content):
    path.write_text(json.dumps(content, indent=2) + "\n")
