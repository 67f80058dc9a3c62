"""Pictures and tables as HTML fragments: no file, no script, no other host; on paper, phone and keyboard
alike.

Each function returns an IPython HTML object with its pictures inside, and takes an `alt` text: a reader who
cannot see a picture is told what it shows. Use them through `srlib.plots`.
"""

import base64
import html
import io
import re

import numpy as np
import pandas as pd
from PIL import Image

from srlib.errors import SrlibError

SLIDER_CSS = """
.sr-slider{position:relative;width:100%;line-height:0;--p:50%}
.sr-slider img{display:block;width:100%;height:auto;margin:0;padding:0;border:0;
  filter:none!important;background:none}
.sr-slider img+img{position:absolute;top:0;left:0;clip-path:inset(0 calc(100% - var(--p)) 0 0)}
.sr-slider::after{content:"";position:absolute;top:0;bottom:0;left:var(--p);width:2px;background:#fff;
  box-shadow:0 0 2px #000;pointer-events:none}
.sr-slider input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:ew-resize;
  touch-action:pan-y}
.sr-slider:focus-within{outline:3px solid #e69f00;outline-offset:2px}
.sr-sides{display:flex;justify-content:space-between;font-size:.9em}
"""
STRIP_CSS = """
.sr-strip{display:grid;gap:.75rem;margin:0 0 1rem;
  grid-template-columns:repeat(auto-fit,minmax(min(9rem,100%),1fr))}
.sr-strip figure{margin:0;min-width:0}
.sr-strip img{display:block;width:100%;height:auto;padding:0;filter:none!important;background:none;
  image-rendering:pixelated}
.sr-strip figcaption{font-size:.85em;text-align:center}
"""
TABLE_CSS = """
.sr-table{overflow-x:auto;max-width:100%;margin:0 0 1rem}
.sr-table table{margin:0;border-collapse:collapse;font-size:.9em}
.sr-table th,.sr-table td{padding:.25rem .4rem;text-align:right;white-space:nowrap}
.sr-table td.sr-text,.sr-table th.sr-text{text-align:left}
.sr-table td.sr-long{min-width:11rem;white-space:normal}
.sr-table tr{vertical-align:top;border-bottom:1px solid rgba(128,128,128,.3)}
.sr-tall{max-height:34rem;overflow-y:auto}
.sr-tall thead th{position:sticky;top:0;background:var(--pst-color-background,#fff)}
.sr-filter{display:block;margin:0 0 .5rem}
.sr-filter input{scroll-margin-top:6rem;width:min(100%,22rem);padding:.25rem .5rem;font:inherit}
.sr-table th button{all:unset;cursor:pointer;font:inherit}
.sr-table th button:focus-visible{outline:3px solid #e69f00;outline-offset:2px}
.sr-table th button::after{content:" ↕";opacity:.5}
.sr-table th[aria-sort=ascending] button::after{content:" ↑";opacity:1}
.sr-table th[aria-sort=descending] button::after{content:" ↓";opacity:1}
.sr-note{font-size:.85em;margin:.25rem 0 1rem}
"""
# Shows the rows that hold every word typed; words in quotes are a whole cell. Inline, because a script file would be
# loaded by every page.
FILTER_SCRIPT = (
    "const q=this.value.toLowerCase().match(/\"[^\"]*\"|\\S+/g)||[];let n=0;"
    "for(const r of document.querySelectorAll('#NAME tbody tr')){"
    "const c=[...r.cells].map(x=>x.textContent.trim().toLowerCase()),t=c.join(' ');"
    "r.hidden=!q.every(w=>/^\".*\"$/.test(w)?c.includes(w.slice(1,-1)):t.includes(w.replace('\"','')));n+=!r.hidden}"
    "document.getElementById('NAME-count').textContent=n+(n===1?' row':' rows')"
)
# Sorts the rows by the column whose button was pressed, and the other way round when pressed again. Numbers as numbers,
# before texts; what is missing comes last both ways.
SORT_SCRIPT = (
    "const q=event.target.closest('button');if(!q)return;"
    "const h=q.parentNode,b=this.parentNode.tBodies[0],up=h.getAttribute('aria-sort')!=='ascending';"
    "const key=r=>{const t=r.cells[h.cellIndex].textContent.trim();"
    "return t===''||t==='\u2013'?null:isNaN(t)?t:+t};"
    "const order=(x,y)=>typeof x===typeof y?(typeof x==='number'?x-y:x.localeCompare(y)):typeof x==='number'?-1:1;"
    "const rows=[...b.rows].map(r=>[key(r),r]);"
    "rows.sort(([x],[y])=>x===null||y===null?(x===null)-(y===null):up?order(x,y):order(y,x));"
    "b.append(...rows.map(([,r])=>r));"
    "for(const c of h.parentNode.cells)c.setAttribute('aria-sort','none');"
    "h.setAttribute('aria-sort',up?'ascending':'descending')"
)


class Html(str):
    """A table's cell that is HTML already: `srlib.matrix` makes them."""


def slider(before, after, *, labels, alt, zoom=2):
    """Two images of one size, one over the other, with a divider that moves by mouse, touch and arrow keys.

    before, after  uint8 (H, W) or (H, W, 3); `before` lies on the left of the divider
    labels         the two names shown below, such as ("bicubic", "DDSR-18")
    alt            what the pictures show; each image's alt text is its label and this
    zoom           CSS pixels for an image pixel where the page is wide enough
    Raises SrlibError when the images cannot be compared or `alt` is empty.
    """
    if before.shape[:2] != after.shape[:2]:
        raise SrlibError(f"slider: the images differ in size, {before.shape[:2]} and {after.shape[:2]}")
    lower, upper = (
        img(_png(image), alt and f"{label}: {alt}")
        for image, label in ((after, labels[1]), (before, labels[0]))
    )
    left, right = (html.escape(label) for label in labels)
    control = (
        f'<input type="range" min="0" max="100" value="50" aria-label="Divider between {left} and {right}" '
        "oninput=\"this.parentNode.style.setProperty('--p',this.value+'%')\">"
    )
    return fragment(
        f'<style>{SLIDER_CSS}</style><div style="max-width:{zoom * before.shape[1]}px;margin:0 0 1rem">'
        f'<div class="sr-slider">{lower}{upper}{control}</div>'
        f'<div class="sr-sides"><span>&#9664; {left}</span><span>{right} &#9654;</span></div></div>'
    )


def strip(images, captions, *, alt, zoom=2):
    """Images side by side, each with its caption, wrapping on a narrow page; pixels are shown as pixels.

    images    sequence of uint8 (H, W) or (H, W, 3);   captions  as many texts;   alt, zoom as in `slider`
    """
    cells = [
        f'<figure style="max-width:{zoom * image.shape[1]}px">{img(_png(image), alt and f"{text}: {alt}")}'
        f"{caption(text)}</figure>"
        for image, text in zip(images, captions, strict=True)
    ]
    return fragment(f'<style>{STRIP_CSS}</style><div class="sr-strip">{"".join(cells)}</div>')


def table(frame, *, name, note="", digits=2, find=False, sort=False):
    """A DataFrame as an HTML table in its own scroll box (a phone's page must not move sideways).

    name    id of the table, lower case; the same on every run
    note    line below it: the protocol under which its numbers were measured
    digits  decimals of its floats; NaN is shown as a dash
    find    a text field above it filters the rows, and a long table scrolls; words in quotes are a whole cell
    sort    the headings are buttons that sort the rows
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
        raise SrlibError(f"table: {name!r} cannot be the id of a table (lower-case letters, digits, -)")
    texts = [is_text(kind) for kind in frame.dtypes]
    head = "".join(_heading(str(column), text, sort) for column, text in zip(frame.columns, texts, strict=True))
    body = "".join(
        "<tr>" + "".join(_cell(value, text, digits) for value, text in zip(row, texts, strict=True)) + "</tr>"
        for row in frame.itertuples(index=False)
    )
    search = (
        (
            f'<label class="sr-filter">Show rows with: <input type="search" id="{name}-find" autocomplete="off" '
            f'oninput="{html.escape(FILTER_SCRIPT.replace("NAME", name))}"> '
            f'<output id="{name}-count">{len(frame)} rows</output></label>'
        )
        if find
        else ""
    )
    tall = " sr-tall" if find else ""
    box = f'<div class="sr-table{tall}" tabindex="0" role="region" aria-label="table {name}">'
    pressed = f' onclick="{html.escape(SORT_SCRIPT)}"' if sort else ""
    return fragment(
        f"<style>{TABLE_CSS}</style>{search}{box}"
        f'<table id="{name}"><thead{pressed}><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
        + (f'<p class="sr-note">{html.escape(note)}</p>' if note else "")
    )


def is_text(kind):
    """Whether a column of this dtype stands at the left: all but numbers."""
    return pd.api.types.is_bool_dtype(kind) or not pd.api.types.is_numeric_dtype(kind)


def fragment(text):
    from IPython.display import HTML

    return HTML(text)


def _png(image):
    """uint8 (H, W) or (H, W, 3) as the bytes of a PNG file."""
    image = np.asarray(image)
    if image.dtype != np.uint8 or not (image.ndim == 2 or image.shape[2:] == (3,)):
        raise SrlibError(f"a picture is uint8, (H, W) or (H, W, 3), not {image.dtype} {image.shape}")
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def img(png, alt, css=""):
    if not alt.strip():
        raise SrlibError("a picture needs an alt text: say in `alt` what it shows")
    data = base64.b64encode(png).decode()
    return f'<img alt="{html.escape(alt)}" style="{css}" src="data:image/png;base64,{data}">'


def caption(text):
    return f"<figcaption>{html.escape(text)}</figcaption>" if text else ""


def _text_class(text):
    return ' class="sr-text"' if text else ""


def _heading(label, text, sort):
    """One <th>; a button inside can be reached and pressed by keyboard."""
    if not sort:
        return f'<th scope="col"{_text_class(text)}>{html.escape(label)}</th>'
    button = f'<button type="button">{html.escape(label)}</button>'
    return f'<th scope="col" aria-sort="none"{_text_class(text)}>{button}</th>'


def _cell(value, text, digits):
    """One <td>: floats rounded, missing values as a dash, long texts allowed to wrap."""
    if isinstance(value, Html):
        long = len(re.sub("<[^>]*>", "", value)) > 28
        return f'<td class="sr-text{" sr-long" if long else ""}">{value}</td>'
    if pd.isna(value):
        return f"<td{_text_class(text)}>&ndash;</td>"
    if isinstance(value, float):
        return f"<td{_text_class(text)}>{round(value, digits) + 0.0:.{digits}f}</td>"
    shown = html.escape(str(value))
    return (
        f'<td class="sr-text{" sr-long" if len(shown) > 28 else ""}">{shown}</td>'
        if text
        else f"<td>{shown}</td>"
    )
