"""The book, built once for all tests of this folder by the very script that `make book` calls."""

import importlib.util
import subprocess
import sys

import pytest

from srlib.paths import ROOT


@pytest.fixture(scope="session")
def html():
    """Folder of the rendered quick book; built first where it is missing or out of date."""
    done = subprocess.run(
        [sys.executable, ROOT / "book" / "stage.py", "--profile", "quick"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]
    return ROOT / "build" / "quick" / "_build" / "html"


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """book/stage.py as a module whose repository is an empty folder."""
    spec = importlib.util.spec_from_file_location("stage", ROOT / "book" / "stage.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    return module
