"""One computed line below the title of each page of a document's chapter: how its numbers fare, and which are here.

The scorecard notebook counts and glues the lines (`srlib.summary.badge`), so no page has to count or to type anything.
"""

import json

from srlib.chapters import badge_key

LINE = """
:::{{container}} sr-badge
{{glue:text}}`../scorecard.ipynb::{key}:s` · [scorecard](../scorecard.ipynb)
:::
"""


def with_badge(notebook, key):
    """The text of a notebook file with the line put below the title, the first line of its first cell."""
    content = json.loads(notebook)
    first = content["cells"][0]
    title, *rest = "".join(first["source"]).split("\n")
    first["source"] = "\n".join([title, LINE.format(key=key), *rest])
    return json.dumps(content)


def add_badge(app, docname, source):
    """Pages of a chapter are notebooks/<document>/<page>; those beside the chapters get no line."""
    folder, _, page = docname.partition("/")
    if folder == "notebooks" and (key := badge_key(page)):
        source[0] = with_badge(source[0], key)


def setup(app):
    app.connect("source-read", add_badge)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
