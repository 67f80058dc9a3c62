"""Pictures and tables of the pages."""

import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, DRIVER, chromium, serving

from srlib import plots
from srlib.errors import SrlibError

GREY = np.arange(48, dtype=np.uint8).reshape(6, 8)


def lightness(colour):
    """Relative luminance (WCAG) of "#rrggbb"."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_palette_is_distinct_and_as_long_as_its_markers():
    assert len(set(plots.PALETTE)) == len(plots.MARKERS) == len(set(plots.MARKERS))
    # The first two are the ones that stand side by side most often: they differ in grey print, too.
    assert abs(lightness(plots.PALETTE[0]) - lightness(plots.PALETTE[1])) > 0.05


def test_slider_holds_both_pictures_and_a_handle():
    text = plots.slider(GREY, GREY[::-1], labels=("a <b", "b"), alt="a ramp").data
    assert text.count("data:image/png;base64,") == 2 and text.count("alt=") == 2
    assert 'alt="a &lt;b: a ramp"' in text and 'type="range"' in text and "<script" not in text


@pytest.mark.parametrize(
    ("before", "after", "alt", "words"),
    [
        (GREY, GREY[:3], "a ramp", "differ in size"),
        (GREY, GREY, "", "alt text"),
        (GREY / 255, GREY / 255, "a ramp", "uint8"),
    ],
)
def test_slider_refuses_what_it_cannot_show(before, after, alt, words):
    with pytest.raises(SrlibError, match=words):
        plots.slider(before, after, labels=("a", "b"), alt=alt)


def test_strip_gives_each_picture_its_caption():
    text = plots.strip([GREY, GREY], ["one", "two"], alt="a ramp").data
    assert 'alt="one: a ramp"' in text and 'alt="two: a ramp"' in text and text.count("<figcaption>") == 2


def test_table_rounds_dashes_and_escapes():
    frame = pd.DataFrame({"name": ["<a>", None], "dB": [1.2345, float("nan")], "n": [3, 4]})
    text = plots.table(frame, name="t", digits=2, note="protocol y8").data
    assert "&lt;a&gt;" in text and ">1.23<" in text and text.count("&ndash;") == 2 and "protocol y8" in text
    assert "-0.00" not in plots.table(pd.DataFrame({"x": [-0.0001]}), name="t").data
    assert "<input" not in text and "<input" in plots.table(frame, name="t", find=True).data


def test_cells_that_are_html_already_are_not_escaped_and_others_are():
    cells = [plots.link("<a>", "x.ipynb"), plots.lines("n < 3", plots.code("a/b")), "<b>", None]
    text = plots.table(pd.DataFrame({"x": pd.Series(cells, dtype=object)}), name="t").data
    for part in ('<a href="x.ipynb">&lt;a&gt;</a>', "n &lt; 3<br><code>a/b</code>", "&lt;b&gt;", "&ndash;"):
        assert part in text


def test_matrix_shows_counts_as_numbers_and_shades_them():
    rows = [("<x>", 4, [(1, plots.pick(1, "t", "a b", "exact")), (0, 0), (3, 3)])]
    text = plots.matrix(rows, ("p", "q", "r"), name="m", corner="what", note="n & m").data
    assert "&lt;x&gt;" in text and "n &amp; m" in text and "<td></td>" in text
    assert 'href="#t-find" data-words="&quot;a b&quot; &quot;exact&quot;"' in text
    light, dark = re.findall(r"rgba\(0,114,178,(0\.\d+)\)", text)
    assert float(light) < float(dark) and ">3</td>" in text


def test_table_refuses_a_name_that_is_no_id():
    with pytest.raises(SrlibError, match="id of a table"):
        plots.table(pd.DataFrame({"x": [1]}), name="two words")


def test_show_needs_an_alt_text_and_closes_the_figure():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    figure = plt.figure()
    assert 'alt="a line"' in plots.show(figure, alt="a line").data
    assert not plt.get_fignums()
    with pytest.raises(SrlibError, match="alt text"):
        plots.show(plt.figure(), alt=" ")


def test_interactive_figure_brings_no_script_of_its_own():
    import plotly.graph_objects as go

    figure = plots.interactive(go.Figure(go.Scatter(y=[1, 2])), name="plot", alt="a line")
    text = figure._repr_mimebundle_()["text/html"]
    assert 'id="plot"' in text and 'aria-label="a line"' in text and "src=" not in text and len(text) < 20_000


def test_choices_of_an_interactive_figure_stand_in_a_list_of_the_browser_s_own():
    import plotly.graph_objects as go

    choices = {"a < b": ({"x": [[1, 2]]}, {"xaxis.title.text": "a"}), "c": ({"x": [[3, 4]]}, {})}
    figure = plots.interactive(go.Figure(go.Scatter(y=[1, 2])), name="plot", alt="a line", choices=choices)
    bundle = figure._repr_mimebundle_()
    text = bundle["text/html"]
    assert text.count("<option") == 2 and "a &lt; b</option>" in text
    assert "[{&quot;x&quot;: [[3, 4]]}, {}]" in text
    assert text.index("</select>") < text.index('role="img"')  # an image has no parts that one can reach
    (menu,) = bundle["application/vnd.plotly.v1+json"]["layout"]["updatemenus"]
    assert [button["label"] for button in menu["buttons"]] == ["a < b", "c"]
    assert "updatemenus" not in text and "select" not in plots.interactive(
        go.Figure(go.Scatter(y=[1, 2])), name="plot", alt="a line"
    )._repr_mimebundle_()["text/html"]  # fmt: skip


FRAME = pd.DataFrame(
    {"name": ["b", "a", "c", None], "n": pd.array([9, 10, None, -1], dtype="Int64"), "x": [1.5, 20, 3, np.nan]}
)


def test_a_table_that_sorts_has_buttons_for_headings():
    text = plots.table(FRAME, name="t", sort=True).data
    assert text.count('<th scope="col" aria-sort="none"') == text.count('<button type="button">') == 3
    assert "<script" not in text and "src=" not in text and text.count("onclick=") == 1
    assert "<td>10</td>" in text and text.count("&ndash;") == 3, (
        "whole numbers with gaps stay whole, and stand at the right"
    )
    plain = plots.table(FRAME, name="t").data
    assert "<button" not in plain and "onclick" not in plain


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="NO BROWSER TEST: chromium and chromedriver are not installed")
def test_headings_sort_by_keyboard_numbers_as_numbers_and_gaps_last(tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    page = tmp_path / "site" / "index.html"
    page.parent.mkdir()
    shown = plots.table(FRAME, name="t", sort=True, find=True).data
    page.write_text(f"<!doctype html><meta charset=utf-8><title>t</title>{shown}", encoding="utf-8")
    read = "return [...document.querySelectorAll('#t tbody tr')].map(r => r.cells[0].textContent).join('')"
    with serving(page.parent) as address, chromium(tmp_path / "profile", width=390, mode="light") as driver:
        driver.get(f"{address}/index.html")
        name, whole, real = driver.find_elements(By.CSS_SELECTOR, "#t th button")
        for button, order, direction in [
            (whole, "–bac", "ascending"),
            (whole, "ab–c", "descending"),
            (real, "bca–", "ascending"),
            (name, "abc–", "ascending"),
            (name, "cba–", "descending"),
        ]:
            button.send_keys(Keys.ENTER)
            assert driver.execute_script(read) == order
            states = driver.execute_script("return [...document.querySelectorAll('#t th')].map(h => h.ariaSort)")
            assert sorted(states) == sorted([direction, "none", "none"])
        driver.find_element(By.CSS_SELECTOR, ".sr-filter input").send_keys("20")
        visible = "return [...document.querySelectorAll('#t tbody tr')].filter(r => !r.hidden).length"
        assert driver.execute_script(visible) == 1
