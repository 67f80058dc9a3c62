"""The map of the book: every printed item has its page, and the page speaks of it."""

import re

import nbformat
import pytest
import yaml

from srlib import chapters, paths, published

ITEMS = sorted({(cell["document"], cell["item"]) for cell in published.cells()})


def in_contents():
    """Every file that _toc.yml names."""
    contents = yaml.safe_load((paths.ROOT / "_toc.yml").read_text(encoding="utf-8"))
    return {chapter["file"] for part in contents["parts"] for chapter in part["chapters"]}


def spellings(item):
    """How a page may name an item of data/published."""
    kind, _, number = item.partition(" ")
    return {"Fig": (item, f"Fig. {number}"), "Text": (f"Section {number}",)}.get(kind, (item,))


def test_the_map_has_the_printed_items_and_no_other():
    assert sorted((document, item) for document, items in chapters.PAGES.items() for item in items) == ITEMS
    assert chapters.TITLES.keys() == chapters.PAGES.keys()


@pytest.mark.parametrize(("document", "item"), ITEMS)
def test_every_item_has_a_page_that_speaks_of_it(document, item):
    page = chapters.page_of(document, item)
    if page is None:
        return  # plainly "no page yet"
    assert page.removesuffix(".ipynb") in in_contents()
    source = "\n".join(cell.source for cell in nbformat.read(paths.ROOT / page, as_version=4).cells)
    whole = f'report.scorecard("{document}")' in source  # the page goes through all cells of the document
    assert whole or any(re.search(rf"{re.escape(name)}(?!\d)", source) for name in spellings(item))


def test_a_page_knows_its_items_and_its_line():
    assert chapters.pages("gidrn")["gidrn/cost"] == ["Table 2", "Table 6"]
    assert chapters.badge_key("gidrn/cost") == "badge_gidrn_cost"
    assert chapters.badge_key("ddsr/try_it") == "badge_ddsr"  # treats no item
    assert chapters.badge_key("scorecard") is chapters.badge_key("errata/x") is None
    assert chapters.page_of("ddsr", "Table 9") is None
