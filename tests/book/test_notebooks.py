"""Notebooks as they are stored, and the call that each begins with."""

import nbformat
import pytest

from srlib import notebook
from srlib.errors import SrlibError
from srlib.paths import ROOT

STORED = sorted(p for p in (ROOT / "notebooks").rglob("*.ipynb") if ".ipynb_checkpoints" not in p.parts)
MOST_CELLS, MOST_LINES = 25, 15


@pytest.fixture(params=STORED, ids=lambda path: path.relative_to(ROOT).as_posix())
def cells(request):
    return nbformat.read(request.param, as_version=4).cells


def tags(cell):
    return cell.metadata.get("tags", [])


def test_there_are_notebooks():
    assert STORED


def test_parameters_come_first_and_start_quick(cells):
    code = [cell for cell in cells if cell.cell_type == "code"]
    assert "parameters" in tags(code[0]) and 'profile = "quick"' in code[0].source
    assert any("notebook.setup(" in cell.source and "profile=profile" in cell.source for cell in code)


def test_cells_are_few_and_short(cells):
    assert len(cells) <= MOST_CELLS
    long = [cell.source for cell in cells if cell.cell_type == "code" and cell.source.count("\n") >= MOST_LINES]
    assert not long, f"more than {MOST_LINES} lines:\n" + "\n---\n".join(long)


def test_what_imports_or_draws_a_figure_is_folded(cells):
    for cell in cells:
        draws = cell.source.count("\n") >= 5 and ("plots.show(" in cell.source or "plots.interactive(" in cell.source)
        if cell.cell_type == "code" and ("notebook.setup(" in cell.source or draws):
            assert {"hide-input", "remove-input"} & set(tags(cell)), f"fold: {cell.source[:80]}"


def test_only_kept_outputs_are_stored(cells):
    for cell in cells:
        if cell.cell_type == "code" and cell.outputs:
            assert "keep_output" in tags(cell), f"strip the output of: {cell.source[:80]}"


def test_checked_outputs_are_stored(cells):
    for cell in cells:
        if "nbval-check-output" in tags(cell):
            assert cell.outputs, f"nothing is stored to check against: {cell.source[:80]}"


def test_setup_gives_the_parameters_back():
    page = notebook.setup(profile="short", iterations=7)
    assert (page.profile, page.quick, page.parameters["iterations"]) == ("short", False, 7)
    with pytest.raises(TypeError):
        page.parameters["iterations"] = 8


@pytest.mark.parametrize("profile", ["Quick", "", None, "fast"])
def test_setup_refuses_another_profile(profile):
    with pytest.raises(SrlibError, match="quick, short, paper"):
        notebook.setup(profile=profile)


def test_setup_refuses_a_parameter_that_papermill_put_in_and_nobody_knows(monkeypatch):
    history = ["", 'profile = "quick"', '# Parameters\nprofile = "short"\niteratoins = 7\n']
    monkeypatch.setattr(notebook, "_executed_cells", lambda: history)
    with pytest.raises(SrlibError, match="no parameter iteratoins; it knows iterations, profile"):
        notebook.setup(profile="short", iterations=5)
    history[-1] = history[-1].replace("iteratoins", "iterations")
    assert notebook.setup(profile="short", iterations=7).profile == "short"
