"""Diagrams are read from the networks themselves: nothing is left out, and the drawing says what the graph says."""

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))
from browser import CHROMIUM, DRIVER, chromium, serving

from srlib import columns, complexity, diagram, graph, models, plots
from srlib.errors import SrlibError
from srlib.models.multiscale import MultiScaleConv2d

DRAWN = [name for name in models.names() if name not in ("bicubic", "srgan_d")]
# Weights that are not on the way of this scale, and those of a mean (DRCN, CM-DWSC), which belong to no layer.
NOT_ON_THE_WAY = ("drcn", "cm_dwsc", "mdsr", "carn")


def built(name, **options):
    with torch.device("meta"):
        return models.create(name, 4, **options)


@pytest.mark.parametrize("name", DRAWN)
def test_every_network_has_a_diagram_with_all_its_parameters(name):
    model = built(name)
    channels = 3 if model.input == "rgb" else 1
    found = graph.boxes(model, (1, channels, 24, 24))
    if name not in NOT_ON_THE_WAY:
        assert sum(box.parameters for box in found) == complexity.parameters(model)
    assert found[0].kind == "input" and all(i < n for n, box in enumerate(found) for i in box.inputs)
    widths = {line: diagram.text_width(line) for box in found for line in diagram.label_lines(box)}
    assert not {line: width for line, width in widths.items() if width > diagram.TEXT}
    if name != "lapsrn":  # its last level gives features and image
        assert found[-1].shape == (channels, *([24, 24] if model.upscaled_input else [96, 96]))


def test_chains_fold_and_skips_stay():
    found = graph.boxes(built("edsr"), (1, 3, 24, 24))
    (body,) = [box for box in found if box.label == "ResidualBlock"]
    assert body.times == 32 and body.parameters == 32 * (18 * 256**2 + 2 * 256)
    (join,) = [box for box in found if box.label == "+"]
    assert [found[i].label for i in join.inputs] == ["3×3 convolution"] * 2 and found[join.inputs[0]].shape[0] == 256


def test_shared_weights_are_counted_once():
    found = graph.boxes(built("drcn", recursions=3), (1, 1, 24, 24))
    assert sum(box.parameters for box in found) == complexity.parameters(built("drcn", recursions=3)) - 3


def test_the_drawing_holds_every_box_and_arrow():
    found = graph.boxes(built("ddsr"), (1, 1, 24, 24))
    drawn = ElementTree.fromstring(diagram.svg(found, alt="DDSR's <layers>", title="DDSR & co"))
    texts = [node.text for node in drawn.iter("text")]
    assert drawn.get("aria-label") == "DDSR's <layers>" and texts[0] == "DDSR & co"
    assert "3×3 convolution, PReLU ×\u00a017" in texts and "628,864 parameters" in texts
    assert texts.count("64 × 4H × 4W") == 3 and "1 × 4H × 4W" in texts
    assert len(list(drawn.iter("path"))) == 5 + 1  # arrows down, and one skip


# (label, times, parameters) -> lines: broken after a comma, elsewhere only where one part is too long by itself.
LONG = [
    (("3×3 deconvolution, stride 2, LeakyReLU", 1, 9), ["3×3 deconvolution, stride 2,", "LeakyReLU"]),
    (("3×3 convolution, stride 2, BN, LeakyReLU", 1, 9), ["3×3 convolution, stride 2, BN,", "LeakyReLU"]),
    (("3×3 convolution, LeakyReLU", 12, 9), ["3×3 convolution,", "LeakyReLU ×\u00a012"]),
    (("a name of five and twenty short words", 1, 0), ["a name of five and twenty short", "words"]),
    (("3×3 convolution, PReLU", 17, 9), ["3×3 convolution, PReLU ×\u00a017"]),
]


@pytest.mark.parametrize(("said", "lines"), LONG)
def test_long_labels_are_broken_and_their_boxes_grow(said, lines):
    label, times, parameters = said
    box = graph.Box(label, "layer", (0,), (64, 24, 24), parameters, times)
    assert diagram.label_lines(box) == lines
    assert diagram.tall(box) == diagram.TALL + diagram.LINE * max(0, len(lines) + bool(parameters) - 2)


OVERFLOWING = """return [...document.querySelectorAll('text.sr-i')].filter(t => {
  const a = t.getBoundingClientRect();
  return ![...document.querySelectorAll('rect, circle')].some(r => {
    const b = r.getBoundingClientRect();
    return a.left >= b.left && a.right <= b.right && a.top >= b.top - 1 && a.bottom <= b.bottom + 1})
}).map(t => t.textContent)"""


@pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="NO BROWSER TEST: chromium and chromedriver are not installed")
@pytest.mark.parametrize("width", [1280, 390])
def test_a_browser_draws_every_label_inside_its_box(tmp_path, width):
    found = [graph.Box("input", "input", (), (1, 24, 24))]
    for i, (said, _) in enumerate(LONG):
        label, times, parameters = said
        found.append(graph.Box(label, "layer", (i,), (64, 24, 24), parameters, times))
    page = tmp_path / "site" / "index.html"
    page.parent.mkdir()
    drawings = "".join(
        f"<p style='font-family:{font}'>{diagram.svg(found, alt='layers')}</p>" for font in ("sans-serif", "Arial")
    )
    page.write_text(f"<!doctype html><meta charset=utf-8><title>t</title>{drawings}", encoding="utf-8")
    with serving(page.parent) as address, chromium(tmp_path / "profile", width=width, mode="light") as driver:
        driver.get(f"{address}/index.html")
        assert driver.execute_script("return document.querySelectorAll('text.sr-i').length") == 2 * 14
        assert driver.execute_script(OVERFLOWING) == []


class Ways(MultiScaleConv2d):
    def forward(self, x1, x2):
        return self.between([x1, x2])


def test_ways_stand_in_columns_and_share_a_kernel():
    with torch.device("meta"):
        layer = Ways(64, 64, ways=2, bias=False)
    found = graph.boxes(layer, (1, 32, 24, 24), (1, 32, 12, 12))
    shared = [box for box in found if box.label == "3×3 convolution, shared"]
    assert [box.parameters for box in shared] == [9 * 32 * 32, 0]
    assert sum(box.parameters for box in found) == complexity.parameters(layer)
    spots = columns.places(found)
    assert len(set(spots)) == len(found)
    for (row, column), box in zip(spots, found, strict=True):
        assert column == (box.shape[1] == 12) and all(spots[i][0] < row for i in box.inputs)
    drawn = ElementTree.fromstring(columns.svg(found, alt="two ways & back", title="n = 2"))
    texts = [node.text for node in drawn.iter("text")]
    assert drawn.get("aria-label") == "two ways & back" and texts[0] == "n = 2"
    assert texts.count("shared") == 2 and texts.count("2×2 mean") == 1
    assert texts.count("32×H×W") == 4 and texts.count("32×H/2×W/2") == 6
    assert len(list(drawn.iter("path"))) == sum(len(box.inputs) for box in found)


def test_sides_as_letters():
    assert diagram.shape_text((64, 48, 12), (3, 24, 24)) == "64 × 2H × W/2"
    assert diagram.shape_text((1, 23, 24), (3, 24, 24)) == "1 × 23 × W"
    assert diagram.shape_text((1024,), (3, 24, 24)) == "1024"


def test_what_has_no_diagram_says_so():
    with pytest.raises(SrlibError, match="Bicubic has no diagram"):
        graph.boxes(models.create("bicubic", 2), (1, 1, 24, 24))
    with pytest.raises(SrlibError, match="alt"):
        plots.diagram(built("espcn"), (1, 1, 24, 24), alt="")
    with pytest.raises(SrlibError, match="alt"):
        plots.columns(built("espcn"), (1, 1, 24, 24), alt="")
