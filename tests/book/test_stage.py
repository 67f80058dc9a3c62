"""The script behind `make book`: what fails is said, and leaves nothing half done."""

import importlib.util

import nbformat
import pytest

from srlib.paths import ROOT


def write(path, *cells):
    """A notebook whose first cell holds the parameters."""
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    if cells:
        notebook.cells[0].metadata["tags"] = ["parameters"]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def test_a_notebook_runs_with_its_parameters(stage, tmp_path):
    source = write(tmp_path / "a.ipynb", 'profile = "quick"', "print('profile is', profile)")
    target = tmp_path / "out" / "a.ipynb"
    assert stage.run_notebook(source, target, {"profile": "short"}) is None
    cells = nbformat.read(target, as_version=4).cells
    assert cells[-1].outputs[0].text == "profile is short\n"
    assert "remove-cell" in cells[1].metadata.tags, "papermill's own cell is not part of the page"
    assert [path.name for path in target.parent.iterdir()] == ["a.ipynb"]


def test_an_unknown_parameter_is_refused(stage, tmp_path):
    source = write(tmp_path / "a.ipynb", 'profile = "quick"')
    failure = stage.run_notebook(source, tmp_path / "out.ipynb", {"profil": "short"})
    assert "unknown parameter profil" in failure and "profile" in failure
    assert not (tmp_path / "out.ipynb").exists()


def test_a_notebook_without_parameters_is_refused(stage, tmp_path):
    source = write(tmp_path / "a.ipynb")
    assert "parameters" in stage.run_notebook(source, tmp_path / "out.ipynb", {"profile": "quick"})


def test_a_failing_notebook_leaves_no_page_and_keeps_the_old_one(stage, tmp_path):
    source = write(tmp_path / "a.ipynb", 'profile = "quick"', "1 / 0")
    target = tmp_path / "out" / "a.ipynb"
    target.parent.mkdir()
    target.write_text("the last good run")
    assert "ZeroDivisionError" in stage.run_notebook(source, target, {"profile": "quick"})
    assert target.read_text() == "the last good run"
    assert [path.name for path in target.parent.iterdir()] == ["a.ipynb"]


@pytest.mark.parametrize("changed", ["notebooks/a.ipynb", "srlib/x.py", "data/published/x.csv"])
def test_a_notebook_runs_again_only_when_something_changed(stage, tmp_path, monkeypatch, changed):
    for name in ("srlib/x.py", "data/published/x.csv"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("1")
    for name in ("a", "status"):
        write(tmp_path / "notebooks" / f"{name}.ipynb", 'profile = "quick"')
    ran = []

    def run(source, target, parameters):
        ran.append(source.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("ran")

    monkeypatch.setattr(stage, "run_notebook", run)
    build = tmp_path / "build"
    assert stage.run_all(build, "quick", 2) == [] and ran == ["a.ipynb", "status.ipynb"]
    assert stage.run_all(build, "quick", 2) == [] and len(ran) == 2, "nothing to do"
    with open(tmp_path / changed, "a") as file:
        file.write("\n")
    assert stage.run_all(build, "quick", 2) == [] and ran[2:] == ["a.ipynb", "status.ipynb"]
    assert stage.run_all(build, "short", 2) == [] and len(ran) == 6, "another profile is another run"


def test_a_warning_stops_the_rendering(stage, tmp_path, capsys):
    source = tmp_path / "build" / "src"
    source.mkdir(parents=True)
    (source / "_config.yml").write_text('title: T\nexecute: {execute_notebooks: "off"}\nonly_build_toc_files: true\n')
    (source / "_toc.yml").write_text("format: jb-book\nroot: page\n")
    (source / "page.md").write_text("# A page\n\n[a link](no_such_page.md)\n")
    assert stage.render(tmp_path / "build") is None
    assert "no_such_page" in capsys.readouterr().err
    (source / "page.md").write_text("# A page\n")
    assert stage.render(tmp_path / "build").name == "index.html"


def test_links_in_tables_lead_to_pages(stage, tmp_path):
    shown = '<a href="ddsr/a.ipynb">a</a> <a href="b.ipynb#c">b</a> <a href="#d">d</a> e.ipynb'
    source = write(tmp_path / "a.ipynb", 'profile = "quick"', f"from IPython.display import HTML\nHTML({shown!r})")
    assert stage.run_notebook(source, tmp_path / "out.ipynb", {"profile": "quick"}) is None
    (output,) = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells[-1].outputs
    made = '<a href="ddsr/a.html">a</a> <a href="b.html#c">b</a> <a href="#d">d</a> e.ipynb'
    assert output["data"]["text/html"] == made


def test_pages_of_a_chapter_get_the_line_of_the_scorecard_below_their_title(tmp_path):
    spec = importlib.util.spec_from_file_location("badge", ROOT / "book" / "_ext" / "badge.py")
    badge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(badge)
    path = write(tmp_path / "a.ipynb")
    book = nbformat.read(path, as_version=4)
    book.cells = [nbformat.v4.new_markdown_cell("# Title\n\nText.")]
    text = nbformat.writes(book)
    for page, key in (("ddsr/depth", "badge_ddsr_depth"), ("ddsr/try_it", "badge_ddsr"), ("scorecard", None)):
        source = [text]
        badge.add_badge(None, f"notebooks/{page}", source)
        lines = nbformat.reads(source[0], as_version=4).cells[0].source.split("\n")
        assert lines[0] == "# Title" and lines[-1] == "Text."
        assert any(f"`../scorecard.ipynb::{key}:s`" in line for line in lines) == bool(key)
        assert key or source == [text]
