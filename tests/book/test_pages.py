"""Every page in a real browser: wide and narrow, light and dark."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, DRIVER, chromium, console_errors, foreign_requests, serving

pytestmark = pytest.mark.skipif(
    not (CHROMIUM and DRIVER), reason="NO BROWSER TESTS: chromium and chromedriver are not installed"
)

BARE = "return [...document.images].filter(i => !i.alt.trim()).map(i => i.outerHTML.slice(0, 120))"
BROKEN = "return [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.alt)"
TOO_WIDE = """const width = arguments[0];
if (document.scrollingElement.scrollWidth <= width) return [];
return [...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > width + 1)
  .map(e => e.tagName + '.' + e.className).slice(0, 5)
  .concat(['scrollWidth ' + document.scrollingElement.scrollWidth]);
"""
DIMMED = """return [...document.querySelectorAll('.cell_output img')]
  .filter(i => getComputedStyle(i).filter !== 'none').map(i => i.alt)"""
DARK_BACKGROUND = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).every(part => part < 80)"


def pages(html):
    """Addresses of all pages of the book, the search page and the index among them."""
    found = [path.relative_to(html).as_posix() for path in html.rglob("*.html")]
    return sorted(name for name in found if not name.startswith(("_static", "_sources")))


def visit(driver, page):
    """Open a page; the index leads to the front page at once, and until then there is nothing to look at."""
    from selenium.webdriver.support.ui import WebDriverWait

    def arrived(driver):
        front = driver.current_url.endswith("/book/intro.html")
        return front and driver.execute_script("return document.readyState") == "complete"

    driver.get(page)
    if page.endswith("/index.html"):
        WebDriverWait(driver, 60).until(arrived)


def test_no_page_shows_a_warning_with_a_path_of_the_machine(html):
    shown = [name for name in pages(html) if "site-packages" in (html / name).read_text(encoding="utf-8")]
    assert not shown


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_is_sound(html, tmp_path, width):
    """Opened light, then switched to dark as the button in the header does: the page's style sheet does the rest."""
    names, problems = pages(html), []
    assert "book/intro.html" in names and "notebooks/scorecard.html" in names
    with serving(html) as address, chromium(tmp_path / "profile", width=width, mode="light") as driver:
        for name in names:
            visit(driver, f"{address}/{name}")
            assert driver.execute_script("return document.documentElement.dataset.theme") == "light"
            found = [f"image without alt text: {tag}" for tag in driver.execute_script(BARE)]
            found += [f"image does not load: {alt}" for alt in driver.execute_script(BROKEN)]
            for mode in ("light", "dark"):
                driver.execute_script("document.documentElement.dataset.theme = arguments[0]", mode)
                found += [f"dims an image when {mode}: {alt}" for alt in driver.execute_script(DIMMED)]
                found += [f"moves sideways when {mode}: {what}" for what in driver.execute_script(TOO_WIDE, width)]
            found += [f"console: {text}" for text in console_errors(driver)]
            found += [f"asks another host: {url}" for url in foreign_requests(driver)]
            problems += [f"{name}: {line}" for line in found]
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_who_chose_dark_gets_dark_pages(html, tmp_path, width):
    with serving(html) as address, chromium(tmp_path / "profile", width=width, mode="dark") as driver:
        for name in ("book/intro.html", "notebooks/ddsr/kernel_size.html"):
            visit(driver, f"{address}/{name}")
            assert driver.execute_script("return document.documentElement.dataset.theme") == "dark"
            assert driver.execute_script(DARK_BACKGROUND)
            assert not console_errors(driver) and not foreign_requests(driver)


def test_sliders_move_by_keyboard(html, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    moved, with_slider = 0, [name for name in pages(html) if "sr-slider" in (html / name).read_text(encoding="utf-8")]
    with serving(html) as address, chromium(tmp_path / "profile", width=390, mode="light") as driver:
        for name in with_slider:
            visit(driver, f"{address}/{name}")
            for handle in driver.find_elements(By.CSS_SELECTOR, ".sr-slider input"):
                place = "return getComputedStyle(arguments[0].parentNode.querySelector('img+img')).clipPath"
                before = driver.execute_script(place, handle)
                handle.send_keys(Keys.ARROW_RIGHT * 5)
                after = driver.execute_script(place, handle)
                assert handle.get_attribute("value") == "55", f"{name}: the arrow keys do not move the slider"
                assert before != after, f"{name}: the divider stays where it was"
                moved += 1
    assert moved, "no page has a slider"


def test_formulas_plots_and_filter_work_without_a_network(html, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait

    with serving(html) as address, chromium(tmp_path / "profile", width=1280, mode="light") as driver:
        driver.get(f"{address}/book/glossary.html")
        WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "mjx-container"))
        driver.get(f"{address}/notebooks/protocol.html")
        WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#per-photograph svg .point"))
        driver.get(f"{address}/notebooks/scorecard.html")
        visible = "return [...document.querySelectorAll('#cells tbody tr')].filter(r => !r.hidden).length"
        everything = driver.execute_script(visible)
        driver.find_element(By.CSS_SELECTOR, ".sr-filter input").send_keys("table 1 set14")
        some = driver.execute_script(visible)
        driver.find_element(By.CSS_SELECTOR, ".sr-filter input").send_keys(" nosuchword")
        assert everything > some > driver.execute_script(visible) == 0


def test_the_list_above_a_figure_changes_it_by_keyboard(html, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.support.ui import WebDriverWait

    with serving(html) as address, chromium(tmp_path / "profile", width=390, mode="light") as driver:
        driver.get(f"{address}/notebooks/survey/overview.html")
        WebDriverWait(driver, 20).until(lambda d: d.find_elements(By.CSS_SELECTOR, "#size-psnr svg .point"))
        title = "return document.querySelector('#size-psnr .xtitle').textContent"
        before = driver.execute_script(title)
        driver.find_element(By.CSS_SELECTOR, ".sr-choice select").send_keys(Keys.ARROW_DOWN)
        WebDriverWait(driver, 20).until(lambda d: d.execute_script(title) != before)
        assert not console_errors(driver)


def test_the_matrix_leads_to_pages_and_shows_the_cells_that_it_counts(html, tmp_path):
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    with serving(html) as address, chromium(tmp_path / "profile", width=390, mode="dark") as driver:
        driver.get(f"{address}/notebooks/scorecard.html")
        visible = "return [...document.querySelectorAll('#cells tbody tr')].filter(r => !r.hidden).length"
        counts = driver.find_elements(By.CSS_SELECTOR, "#items td a[data-words]")
        for count in counts:
            count.send_keys(Keys.ENTER)
            assert driver.execute_script(visible) == int(count.text), count.get_attribute("data-words")
        assert len(counts) > 20 and driver.current_url.endswith("#cells-find")
        shown = driver.find_element(By.ID, "cells-count").text
        assert shown.split()[0] == counts[-1].text
        links = driver.find_elements(By.CSS_SELECTOR, "#items a:not([data-words]), #cells a")
        places = {link.get_attribute("href").split("#")[0] for link in links}
        assert len(places) > 5
        for place in places:
            assert (html / place.removeprefix(f"{address}/")).is_file(), place


def test_pages_of_a_chapter_begin_with_its_counts(html):
    for name in ("ddsr/depth", "survey/wide", "gidrn/cost"):
        page = (html / "notebooks" / f"{name}.html").read_text(encoding="utf-8")
        assert "sr-badge" in page and "printed numbers: " in page.split("sr-badge", 1)[1][:600]
    assert "sr-badge" not in (html / "notebooks" / "protocol.html").read_text(encoding="utf-8")
