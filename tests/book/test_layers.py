"""A lower floor never imports a higher one, and what trains on a bare accelerated machine needs little."""

import ast
import sys

import pytest

from srlib.paths import ROOT

FLOORS = [
    {"errors", "paths", "images", "resize", "datasets", "download", "patches"},
    {
        "metrics",
        "complexity",
        "memory",
        "survey_counts",
        "receptive",
        "losses",
        "vgg",
        "models",
        "classical",
        "pretrained",
        "weightfiles",
        "optimizers",
        "sampling",
        "statistics",
        "verdicts",
    },
    {
        "allocator",
        "recipe",
        "plan",
        "provenance",
        "checkpoint",
        "interrupt",
        "training",
        "remeasure",
        "evaluation",
        "upscaling",
        "records",
    },
    {
        "catalogue",
        "counted",
        "studies",
        "published",
        "relative",
        "baselines",
        "measured",
        "report",
        "chapters",
        "summary",
        "graph",
        "diagram",
        "columns",
        "markup",
        "matrix",
        "plots",
        "notebook",
    },
    {"cli", "commands", "run_commands", "study_commands", "__main__"},
]
# All that an accelerated machine may have beside the standard library (module names, not package names).
LEAN = {"torch", "numpy", "scipy", "PIL", "skimage", "safetensors", "tqdm", "srlib"}
FILES = sorted((ROOT / "srlib").rglob("*.py"))


def floor_of(module):
    """0 (lowest) to 4 of "srlib.x.y"; the package itself, which imports nothing, lies below all."""
    parts = module.split(".")
    if len(parts) == 1:
        return -1
    found = [k for k, names in enumerate(FLOORS) if parts[1] in names]
    assert found, f"srlib.{parts[1]} has no floor: add it to FLOORS"
    return found[0]


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path, top_level_only=False):
    """Dotted names that a file imports; "from srlib import x" counts as srlib.x."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body if top_level_only else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write imports in full, from srlib..."
            whole = node.module == "srlib"
            found |= {f"srlib.{alias.name}" for alias in node.names} if whole else {node.module}
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: module_of(path))
def test_imports_point_down(path):
    # Functions count too: an arrow hidden in a function is an arrow.
    here = floor_of(module_of(path))
    up = [name for name in imports(path) if name.split(".")[0] == "srlib" and floor_of(name) > here]
    assert not up, f"{module_of(path)} (floor {here}) imports {', '.join(sorted(up))} from above"


@pytest.mark.parametrize("path", [p for p in FILES if floor_of(module_of(p)) <= 2], ids=lambda path: module_of(path))
def test_training_and_below_need_little(path):
    names = {name.split(".")[0] for name in imports(path, top_level_only=True)}
    assert names <= LEAN | set(sys.stdlib_module_names)


def test_every_room_below_is_found():
    # The two tests above would pass on an empty list.
    assert {"srlib.training", "srlib.resize", "srlib.report"} <= {module_of(path) for path in FILES}
