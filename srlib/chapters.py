"""Which page of the book treats which printed item: the one place that knows."""

TITLES = {"ddsr": "DDSR", "cm_dwsc": "CM-DWSC", "multiscale": "Multi-scale layer", "gidrn": "G-IDRN",
          "survey": "Survey"}  # fmt: skip

# {document: {item of data/published: notebook below notebooks/, or None where no page treats it yet}}
PAGES = {
    "ddsr": {
        "Table 1": "ddsr/kernel_size",
        "Table 2": "ddsr/depth",
        "Table 3": "ddsr/comparison",
        "Fig 5": "ddsr/optimizers",
        "Fig 6": "ddsr/optimizers",
        "Fig 7": "ddsr/visuals",
        "Text 2.1": "ddsr/kernel_size",
        "Text 3": "ddsr/fast_recipe",
    },
    "cm_dwsc": {"Table 1": "cm_dwsc/quality", "Table 2": "cm_dwsc/cost"},
    "multiscale": dict.fromkeys(("[0028]", "[0030]", "[0046]"), "multiscale/layer"),
    "gidrn": {
        "Table 1": "gidrn/ablation",
        "Table 2": "gidrn/cost",
        "Table 3": "gidrn/loss",
        "Table 4": "gidrn/comparison",
        "Table 5": "gidrn/architecture",
        "Table 6": "gidrn/cost",
        "Section 2.4": "gidrn/loss",
        "Section 3.3": "gidrn/architecture",
    },
    "survey": dict.fromkeys(
        ("1. SRCNN", "2. FSRCNN", "3. ESPCN", "4. VDSR", "5. DRCN", "6. RED", "7. DRRN", "8. LapSRN",
         "9. SRDenseNet", "10. SRGAN"), "survey/overview"),
}  # fmt: skip


def page_of(document, item):
    """The notebook that treats an item, as a path in the repository; None where there is none yet."""
    page = PAGES.get(document, {}).get(item)
    return page and f"notebooks/{page}.ipynb"


def pages(document):
    """{page of a document's chapter, such as "ddsr/kernel_size": the items that it treats}."""
    found = {}
    for item, page in PAGES[document].items():
        if page:
            found.setdefault(page, []).append(item)
    return found


def badge_key(page):
    """Under which name the scorecard notebook keeps the line for a page; None where a page is of no chapter.

    A page that treats no item has the line of its document.
    """
    document = page.split("/")[0]
    if document not in PAGES or "/" not in page:
        return None
    return "badge_" + (page.replace("/", "_") if page in PAGES[document].values() else document)
