"""Links inside tables, and a table of counts whose cells can be clicked: HTML alone, by mouse, touch and keyboard."""

import html

from srlib.markup import TABLE_CSS, Html, fragment

MATRIX_CSS = """
.sr-table.sr-matrix th{vertical-align:bottom}
.sr-table.sr-matrix th[scope=row]{text-align:left;font-weight:normal;position:sticky;left:0;
  background:var(--pst-color-background,#fff)}
.sr-table.sr-matrix td{font-variant-numeric:tabular-nums}
.sr-table.sr-matrix td a{color:inherit;display:block}
@media (max-width:600px){
.sr-table.sr-matrix th,.sr-table.sr-matrix td{padding:.3rem .3rem}
.sr-table.sr-matrix th[scope=row]{white-space:normal}
.sr-table.sr-matrix thead th+th{writing-mode:vertical-rl;text-align:left;padding:.3rem 0}}
"""
SHADE = "rgba(0,114,178,{:.2f})"  # plots.PALETTE's blue: dark text stays readable on it, and light text in dark mode
# Puts its words into the text field that the link leads to, as if a reader had typed them.
PICK = "const f=document.getElementById(this.hash.slice(1));f.value=this.dataset.words;f.oninput()"


def link(text, page):
    """A table cell that leads to a page: a notebook, whose ending the book exchanges, or a place such as "#cells"."""
    return Html(f'<a href="{html.escape(page)}">{html.escape(str(text))}</a>')


def pick(text, table, *words):
    """A link that shows those rows of a table (made with find=True) which have all `words` as whole cells."""
    wanted = html.escape(" ".join(f'"{word}"' for word in words))
    act = f'data-words="{wanted}" onclick="{html.escape(PICK)}"'
    return Html(f'<a href="#{table}-find" {act}>{html.escape(str(text))}</a>')


def code(text):
    """A table cell with a path or a command."""
    return Html(f"<code>{html.escape(text)}</code>")


def lines(*parts):
    """A table cell of several lines."""
    return Html("<br>".join(_html(part) for part in parts))


def matrix(rows, columns, *, name, corner, note=""):
    """Counts as an HTML table in its own scroll box, shaded by their share of the row; a zero is left empty.

    rows      [(head, total, [(count, shown), ...])]: `head` and `shown` are texts or Html, one pair a column
    columns   the headings, after that of the total
    """
    body = []
    for head, total, cells in rows:
        counts = "".join(
            f'<td style="background:{SHADE.format(0.08 + 0.37 * count / total)}">{_html(shown)}</td>'
            if count
            else "<td></td>"
            for count, shown in cells
        )
        body.append(f'<tr><th scope="row">{_html(head)}</th><td>{total}</td>{counts}</tr>')
    heads = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in ("printed", *columns))
    below = f'<p class="sr-note">{html.escape(note)}</p>' if note else ""
    return fragment(
        f"<style>{TABLE_CSS}{MATRIX_CSS}</style>"
        f'<div class="sr-table sr-matrix" tabindex="0" role="region" aria-label="table {name}"><table id="{name}">'
        f'<thead><tr><th scope="col" class="sr-text">{html.escape(corner)}</th>{heads}</tr></thead>'
        f"<tbody>{''.join(body)}</tbody></table></div>{below}"
    )


def _html(value):
    return value if isinstance(value, Html) else html.escape(str(value))
