"""Figures of the pages: one palette, one style, images that work on paper, phone and keyboard.

Every function that shows something returns an IPython HTML object with its picture inside (no file, no script, no
other host), and takes an `alt` text: a reader who cannot see the picture is told what it shows.
"""

import html
import io
import json
from statistics import fmean

from srlib.columns import svg as columns_svg
from srlib.diagram import svg
from srlib.errors import SrlibError
from srlib.graph import boxes
from srlib.markup import caption as caption_of
from srlib.markup import fragment, img, slider, strip, table
from srlib.matrix import code, lines, link, matrix, pick

__all__ = ["MARKERS", "PALETTE", "band", "code", "columns", "diagram", "dots", "interactive", "lines", "link", "matrix",
           "pick", "row", "show", "slider", "strip", "style", "table"]  # fmt: skip

# Okabe and Ito's eight colours: told apart with every common kind of colour blindness, and in grey print by
# their order of lightness. Black last: on a page in dark mode figures keep their white ground.
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#f0e442", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # colour is never the only sign


def style():
    """Set matplotlib up for the pages: palette, readable sizes, a light grid, nothing that changes between
    runs."""
    import matplotlib as mpl
    from cycler import cycler

    mpl.rcParams.update({
        "axes.prop_cycle": cycler(color=PALETTE),
        "axes.grid": True, "axes.axisbelow": True, "axes.spines.top": False, "axes.spines.right": False,
        "grid.alpha": 0.3, "font.size": 11, "figure.figsize": (7.0, 4.0), "figure.dpi": 110,
        "figure.constrained_layout.use": True, "legend.frameon": False, "svg.hashsalt": "srlib",
    })  # fmt: skip


def show(figure, *, alt, caption=""):
    """A matplotlib figure as HTML with an alt text; shrinks with the page, never grows. Closes the figure.

    Raises SrlibError when `alt` is empty.
    """
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=2 * figure.dpi, metadata={"Software": None})
    width = round(figure.get_figwidth() * figure.dpi)
    plt.close(figure)
    tag = img(buffer.getvalue(), alt, f"width:{width}px;max-width:100%;height:auto;filter:none")
    return fragment(f'<figure class="sr-figure" style="margin:0 0 1rem">{tag}{caption_of(caption)}</figure>')


def band(axis, curves, k, label):
    """Draw the mean validation PSNR of some runs' `curves` (one a seed) in colour k, with a band from worst to best."""
    steps, psnr = ([[point[key] for point in curve] for curve in curves] for key in ("iteration", "psnr"))
    lowest, mean, highest = ([f(values) for values in zip(*psnr, strict=True)] for f in (min, fmean, max))
    axis.fill_between(steps[0], lowest, highest, color=PALETTE[k], alpha=0.2)
    axis.plot(steps[0], mean, color=PALETTE[k], marker=MARKERS[k], label=label)


def dots(axis, groups, k, label, shift=0.0):
    """Draw runs as dots in colour k, a column a group of {name: [PSNR, one a seed]}, minus the first group's mean."""
    values = list(groups.values())
    zero = fmean(values[0]) if values[0] else float("nan")
    for x, group in enumerate(values):
        gains = [value - zero for value in group]
        axis.plot([x + shift] * len(group), gains, MARKERS[k], color=PALETTE[k], label=None if x else label)


def diagram(model, *shapes, alt, title=""):
    """A network drawn from its own `forward`: boxes top to bottom, skips at the sides, the shape on every arrow.

    model   any network or block of srlib.models;   shapes   (1, C, H, W) of each of its inputs
    Raises SrlibError for an empty `alt`, and for a network that cannot be traced.
    """
    if not alt:
        raise SrlibError("diagram: say in `alt` what the picture shows")
    return fragment(svg(boxes(model, *shapes), alt=alt, title=title))


def columns(model, *shapes, alt, title=""):
    """A layer whose ways run side by side, drawn from its own `forward`: a column for each resolution.

    Arguments and errors as `diagram`.
    """
    if not alt:
        raise SrlibError("columns: say in `alt` what the picture shows")
    return fragment(columns_svg(boxes(model, *shapes), alt=alt, title=title))


def row(*fragments):
    """What `diagram` or `strip` gave, side by side where the page is wide enough."""
    inside = "".join(f'<div style="flex:1 1 320px;max-width:360px">{part.data}</div>' for part in fragments)
    return fragment(f'<div style="display:flex;flex-wrap:wrap;gap:1rem 2rem;margin:0 0 1rem">{inside}</div>')


class interactive:
    """A plotly figure that can be hovered, for plots with many points; `name` is its id, `alt` what it shows.

    In the rendered book the page loads the book's own copy of plotly (book/_ext/offline.py); JupyterLab draws it
    with plotly's own renderer. A class only because notebooks ask an object for its MIME bundle.

    choices  {label: (traces, layout)}, what plotly's `update` is given when a reader picks the label; the first one
             is what the figure shows by itself. A list of the browser's own stands above the figure, so that keyboard
             and screen reader work it; JupyterLab gets plotly's menu.
    """

    def __init__(self, figure, *, name, alt, choices=None):
        if not alt:
            raise SrlibError("interactive: say in `alt` what the figure shows")
        figure.update_layout(
            template="plotly_white", margin={"l": 50, "r": 10, "t": 40, "b": 45}, autosize=True
        )
        self.figure, self.name, self.alt, self.choices = figure, name, alt, choices or {}

    def _repr_mimebundle_(self, include=None, exclude=None):
        config = {"displayModeBar": False, "responsive": True}  # the bar covers the title on a phone
        drawn = self.figure.to_html(include_plotlyjs=False, full_html=False, div_id=self.name, config=config)
        wrapped = f'<div class="sr-plot" role="img" aria-label="{html.escape(self.alt)}">{drawn}</div>'
        data = self.figure.to_plotly_json()
        if self.choices:
            wrapped = self._list() + wrapped
            buttons = [{"label": label, "method": "update", "args": list(a)} for label, a in self.choices.items()]
            data["layout"]["updatemenus"] = [{"buttons": buttons, "x": 0, "y": 1.2, "xanchor": "left"}]
        return {"application/vnd.plotly.v1+json": data, "text/html": wrapped}

    def _list(self):
        """The choices as a <select>; autocomplete off, or a reloaded page shows one thing and says another."""
        options = "".join(
            f'<option value="{html.escape(json.dumps(change))}">{html.escape(label)}</option>'
            for label, change in self.choices.items()
        )
        update = html.escape(f"Plotly.update('{self.name}', ...JSON.parse(this.value))")
        return (
            '<label class="sr-choice">Show: <select autocomplete="off" style="font:inherit;max-width:100%" '
            f'onchange="{update}">{options}</select></label>'
        )
