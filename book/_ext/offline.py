"""Keep the rendered book on its own host: plotly from the wheel, no live-code scripts, an icon everywhere.

`sphinx-thebe` (always loaded by jupyter-book) puts scripts of another host on every page and declares its
constants twice, which is an error in the console. Pages that show a plotly figure get the plotly.min.js of
the installed package; no other page pays its 4 MB.
"""

import shutil
from pathlib import Path

PLOTLY_MARK = "plotly-graph-div"


def drop_thebe(app, pagename, templatename, context, doctree):
    """Take every script and style sheet of sphinx-thebe off the page."""
    for kind in ("script_files", "css_files"):
        context[kind] = [entry for entry in context.get(kind, []) if "thebe" not in _address(entry)]


def add_plotly(app, pagename, templatename, context, doctree):
    """Load plotly.min.js in the head of the pages that hold a plotly figure."""
    if PLOTLY_MARK in context.get("body", ""):
        app.add_js_file("plotly.min.js", loading_method=None)


def copy_plotly(app, exception):
    """Put the installed package's plotly.min.js among the book's static files."""
    if exception is None and app.builder.format == "html":
        import plotly

        source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
        shutil.copyfile(source, Path(app.outdir) / "_static" / "plotly.min.js")


def write_front_door(app, exception):
    """Replace the table of contents' bare redirect, for whose missing icon a browser reports an error."""
    if exception is None and app.builder.format == "html" and app.config.root_doc != "index":
        target = f"{app.config.root_doc}.html"
        page = (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            f'<title>{app.config.html_title}</title><link rel="icon" href="_static/favicon.svg">'
            f'<meta http-equiv="refresh" content="0; url={target}"></head>'
            f'<body><a href="{target}">{app.config.html_title}</a></body></html>\n'
        )
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def _address(entry):
    """A script's address plus its inline body, whatever form this Sphinx keeps it in."""
    attributes = getattr(entry, "attributes", {})
    return f"{getattr(entry, 'filename', entry)} {attributes.get('body', '')}"


def setup(app):
    app.connect("html-page-context", add_plotly, priority=400)
    app.connect("html-page-context", drop_thebe, priority=900)
    app.connect("build-finished", copy_plotly)
    app.connect("build-finished", write_front_door, priority=900)  # after the table of contents' own
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
