"""Run the notebooks of one profile, stage the pages beside them and render the book.

    python book/stage.py [--profile quick|short|paper] [--jobs N]

Everything goes to build/<profile>/: `src` mirrors the repository's own paths (so links and the table of
contents stay as they are), `_build/html` is the book. A notebook runs again only when it, srlib or data
changed; what is rendered again is told by a digest too, so that a second call with nothing to do costs a
second. Two calls at once wait for each other. Ends with exit code 1, and one line a notebook, when a
notebook or the rendering fails.
"""

import argparse
import ast
import concurrent.futures
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
PROFILES = ("quick", "short", "paper")
PAGES = ("_config.yml", "_toc.yml", "CHANGELOG.md", "book")
TO_NOTEBOOK = re.compile(r'(<a href="[^":]*)\.ipynb(["#])')
# Reports the run times of the others, so it runs after them and whenever one of them ran.
LAST = "notebooks/status.ipynb"


def notebooks():
    """Every notebook of the repository, as paths relative to it, sorted."""
    found = (path.relative_to(ROOT) for path in (ROOT / "notebooks").rglob("*.ipynb"))
    return sorted(path for path in found if not any(part.startswith(".") for part in path.parts))


def digest(paths, *words):
    """SHA-256 over the names and contents of all files under `paths` (folders are walked), and over
    `words`."""
    total = hashlib.sha256("\n".join(words).encode())
    for top in paths:
        for path in sorted(top.rglob("*")) if top.is_dir() else [top]:
            inside = path.relative_to(ROOT)
            if path.is_file() and not any(part.startswith((".", "__pycache__")) for part in inside.parts):
                total.update(f"{inside} {hashlib.sha256(path.read_bytes()).hexdigest()}".encode())
    return total.hexdigest()


def declared_parameters(path):
    """Names assigned in the notebook's cell tagged `parameters` (None without such a cell)."""
    for cell in nbformat.read(path, as_version=4).cells:
        if "parameters" in cell.metadata.get("tags", []):
            statements = ast.parse(cell.source).body
            return {
                t.id
                for s in statements
                if isinstance(s, ast.Assign)
                for t in s.targets
                if isinstance(t, ast.Name)
            }
    return None


def run_notebook(source, target, parameters):
    """Execute notebook file `source` into `target` with papermill; the target appears only when the run is
    whole.

    `parameters` is a dict of plain strings. Returns None, or one line that says what went wrong (a parameter
    that the notebook does not declare counts: papermill itself would only warn).
    """
    declared = declared_parameters(source)
    if declared is None:
        return f"{source.name}: no cell is tagged `parameters`"
    if unknown := sorted(set(parameters) - declared):
        known = ", ".join(sorted(declared))
        return f"{source.name}: unknown parameter {', '.join(unknown)}; it declares {known}"
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_suffix(".tmp.ipynb")
    import papermill  # takes seconds: not for a call with nothing to do

    try:
        papermill.execute_notebook(
            source,
            partial,
            parameters,
            cwd=ROOT,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            extra_arguments=["--log-level=ERROR"],  # of the kernel, which warns that it listens on this machine
        )
    except Exception as error:  # papermill's, nbclient's, the kernel's: each ends this page alone
        partial.unlink(missing_ok=True)
        lines = [line for line in str(error).splitlines() if line.strip()]
        return f"{source.name}: " + "\n    ".join(lines[-25:] or [f"papermill failed: {error!r}"])
    make_page(partial)
    os.replace(partial, target)
    return None


def make_page(path):
    """Make a page of an executed notebook.

    Dropped is what a page does not show: papermill's own parameter cell (the notebook's cell above it says the
    same), and the data that JupyterLab would draw a plotly figure from (the page draws its HTML). Links inside
    HTML outputs lead to notebooks in JupyterLab and to their pages in the book.
    """
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if "injected-parameters" in cell.metadata.get("tags", []):
            cell.metadata.tags.append("remove-cell")
        for output in cell.get("outputs", []):
            if "text/html" in output.get("data", {}):
                output["data"].pop("application/vnd.plotly.v1+json", None)
                output["data"]["text/html"] = TO_NOTEBOOK.sub(r"\1.html\2", output["data"]["text/html"])
    nbformat.write(notebook, path)


def run_all(build, profile, jobs):
    """Bring every executed notebook under `build` up to date; returns the list of failures (one text
    each)."""
    common = digest([ROOT / "srlib", ROOT / "data"], profile, os.environ.get("SRLIB_DATA", ""))
    everything = digest([ROOT / "notebooks"])
    stale = []
    for name in notebooks():
        inputs = digest([ROOT / name], common, everything if str(name) == LAST else "")
        mark, target = build / "digests" / name.with_suffix(".txt"), build / "src" / name
        if not (target.exists() and mark.exists() and mark.read_text() == inputs):
            stale.append((name, target, mark, inputs))

    def run(item):
        name, target, mark, inputs = item
        mark.unlink(missing_ok=True)
        failure = run_notebook(ROOT / name, target, {"profile": profile})
        print(f"  {'FAILED' if failure else 'ran'} {name}", flush=True)
        if failure is None:
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text(inputs)
        return failure

    failures = []
    for batch in ([i for i in stale if str(i[0]) != LAST], [i for i in stale if str(i[0]) == LAST]):
        with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
            failures += [failure for failure in pool.map(run, batch) if failure]
    return failures


def stage_pages(source):
    """Copy the pages beside the executed notebooks in folder `source`; drop what the repository lost."""
    source.mkdir(parents=True, exist_ok=True)
    for name in PAGES:
        if (ROOT / name).is_dir():
            shutil.rmtree(source / name, ignore_errors=True)
            shutil.copytree(
                ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "stage.py")
            )
        else:
            shutil.copy2(ROOT / name, source / name)
    wanted = {source / name for name in notebooks()}
    for path in (source / "notebooks").rglob("*.ipynb"):
        if path not in wanted:
            path.unlink()


def render(build):
    """Render `build`/src with warnings as errors; returns the path of index.html, or None after a failure."""
    index, mark = build / "_build" / "html" / "index.html", build / "digests" / "rendered.txt"
    inputs = digest([build / "src"])
    if index.exists() and mark.exists() and mark.read_text() == inputs:
        return index
    mark.unlink(missing_ok=True)
    command = [Path(sys.executable).with_name("jupyter-book"), "build", build / "src", "--path-output", build]
    done = subprocess.run([*command, "--all", "-W", "--keep-going"], capture_output=True, text=True, cwd=ROOT)
    if done.returncode or not index.exists():
        sys.stderr.write(done.stderr or done.stdout)
        return None
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(inputs)
    return index


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--profile", choices=PROFILES, default="quick")
    parser.add_argument(
        "--jobs", type=int, default=min(2, os.cpu_count() or 1), help="notebooks at a time (2)"
    )
    options = parser.parse_args(arguments)
    # Two notebooks at a time on two cores: a second thread in each would only wait for a core.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // options.jobs)))
    build = ROOT / "build" / options.profile
    build.mkdir(parents=True, exist_ok=True)
    with open(build / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        failures = run_all(build, options.profile, options.jobs)
        if failures:
            print("\n".join(f"book: {failure}" for failure in failures), file=sys.stderr)
            return 1
        stage_pages(build / "src")
        index = render(build)
    if index is None:
        print("book: rendering failed; the warnings above are errors", file=sys.stderr)
        return 1
    print(index)
    return 0


if __name__ == "__main__":
    sys.exit(main())
