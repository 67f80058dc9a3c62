"""What every notebook does first: check its parameters, set the figures' style.

    page = notebook.setup(profile=profile, iterations=iterations)

papermill only warns about a parameter that the notebook does not know, and goes on with the defaults;
`setup` refuses it. So pass it every name of the notebook's `parameters` cell.
"""

import ast
import tempfile
import warnings
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from tqdm import TqdmWarning

from srlib import paths, plots
from srlib.errors import SrlibError

PROFILES = ("quick", "short", "paper")
INJECTED = "# Parameters\n"  # how papermill begins the cell that it puts in


@dataclass(frozen=True)
class Page:
    """A checked notebook: its profile, and all its parameters (read only)."""

    profile: str
    parameters: MappingProxyType = field(default_factory=lambda: MappingProxyType({}))

    @property
    def quick(self):
        """True in the profile that only shows the machinery, and whose numbers earn no verdict."""
        return self.profile == "quick"

    @cached_property
    def runs(self):
        """The folder for what the page trains: build/runs, kept and resumed; a new empty one in the quick profile."""
        return Path(tempfile.mkdtemp()) if self.quick else paths.ROOT / "build" / "runs"


def setup(**parameters):
    """Check the notebook's parameters, set matplotlib's style, and return a Page.

    parameters  every name of the `parameters` cell; `profile` ("quick", "short" or "paper") is one of them
    Raises SrlibError for another profile, and for a parameter given from outside that the notebook does not
    pass on.
    """
    profile = parameters.get("profile")
    if profile not in PROFILES:
        raise SrlibError(f"profile is one of {', '.join(PROFILES)}, not {profile!r}")
    if unknown := sorted(injected_names(_executed_cells()) - set(parameters)):
        raise SrlibError(
            f"this notebook has no parameter {', '.join(unknown)}; it knows {', '.join(sorted(parameters))}"
        )
    plots.style()
    # Whatever imports tqdm.auto is told that there are no widgets: two lines with a path of this machine on the page.
    warnings.filterwarnings("ignore", category=TqdmWarning)
    return Page(profile, MappingProxyType(dict(parameters)))


def injected_names(cells):
    """Names that papermill's own cell assigns, out of the sources of the cells executed so far."""
    trees = [ast.parse(cell) for cell in cells if cell.startswith(INJECTED)]
    return {
        target.id
        for tree in trees
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _executed_cells():
    """Sources of the cells that this kernel has run; none outside a kernel."""
    try:
        from IPython import get_ipython
    except ImportError:
        return []
    shell = get_ipython()
    return list(shell.user_ns.get("In", [])) if shell else []
