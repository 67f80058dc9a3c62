"""The table of every network: its papers are in the bibliography, its numbers are those of the networks."""

import re

import pytest
import torch

from srlib import catalogue, complexity, models
from srlib.errors import SrlibError
from srlib.models.rfdn import ESA
from srlib.paths import ROOT

BIBLIOGRAPHY = (ROOT / "book" / "references.bib").read_text(encoding="utf-8")
ENTRIES = dict(re.findall(r"^@\w+\{(\w+),\n(.*?)^\}", BIBLIOGRAPHY, re.M | re.S))
WORDS = {"CVPR": "Computer Vision and Pattern Recognition", "CVPRW": "Recognition Workshops",
         "ECCV": "European Conference on Computer Vision", "ECCVW": "Computer Vision Workshops",
         "ICCV": "International Conference on Computer Vision", "NIPS": "Neural Information Processing",
         "ACM MM": "ACM International Conference on Multimedia", "IEEE TASSP": "Acoustics, Speech",
         "Acta Automatica Sinica": "Acta Automatica Sinica"}  # fmt: skip


def field(name, scale=4, **options):
    return complexity.receptive_field(complexity.outline(name, scale, **options))


def test_every_network_has_a_paper():
    assert list(catalogue.PAPERS) == models.names()


@pytest.mark.parametrize("name", catalogue.PAPERS)
def test_the_paper_is_the_one_of_the_bibliography(name):
    paper = catalogue.PAPERS[name]
    entry = ENTRIES[paper.cite]
    if paper.year is None:
        assert "no year" in entry and str(paper) == paper.authors
        return
    assert f"year = {{{paper.year}}}" in entry and WORDS[paper.venue] in entry
    first = re.search(r"author = \{(\w+)", entry)[1]
    several = " and " in re.search(r"author = \{(.*)\}", entry)[1]
    assert paper.authors == first + (" et al." if several else "")


@pytest.mark.parametrize("side", [(720, 1280), (960, 960)])
@pytest.mark.parametrize(("name", "scale"), [("espcn", 2), ("imdn", 4), ("carn", 2), ("pan", 4)])
def test_a_square_of_as_many_pixels_costs_the_same(name, scale, side):
    model = complexity.outline(name, scale)
    shape = (1, 1 if model.input == "y" else 3, side[0] // scale, side[1] // scale)
    assert complexity.macs(model, shape) == round(catalogue.gmacs(model) * 1e9)


def test_gmacs_by_hand_and_as_published():
    """As CARN's own table has it for itself and for DRCN, and IMDN's, but for one last digit at x3 (71.5 there)."""
    pixels = 1280 * 720 // 9
    assert catalogue.facts("espcn")["gmacs"][3] == pixels * (25 * 64 + 9 * 64 * 32 + 9 * 32 * 9) / 1e9
    assert catalogue.facts("vdsr")["gmacs"][4] == 1280 * 720 * 664_704 / 1e9
    assert [f"{value:.1f}" for value in catalogue.facts("carn")["gmacs"].values()] == ["222.8", "118.8", "90.9"]
    assert [f"{value:.1f}" for value in catalogue.facts("imdn")["gmacs"].values()] == ["158.8", "71.4", "40.9"]
    assert int(catalogue.facts("drcn")["gmacs"][2]) == 17_974


def test_facts_of_a_network():
    facts = catalogue.facts("imdn")
    assert facts["parameters"] == {2: 694_404, 3: 703_059, 4: 715_176}
    assert all(facts["weights"][scale] < facts["parameters"][scale] for scale in (2, 3, 4))
    assert (facts["input"], facts["upscaled_input"], facts["official_weights"]) == ("rgb", False, True)
    assert catalogue.facts("memnet")["options"]["batch_norm"] is True
    with pytest.raises(SrlibError, match="unknown model 'imdm'"):
        catalogue.facts("imdm")


def test_what_a_paper_has_not_is_missing_in_the_table():
    names = ("bicubic", "lapsrn", "srgan_d", "ddsr", "imdn")
    table = catalogue.table([catalogue.facts(name) for name in names]).set_index("name")
    missing = {name: [column for column in table if row[column] is None or row[column] != row[column]]
               for name, row in table.astype(object).where(table.notna(), None).iterrows()}  # fmt: skip
    costs = ["GMACs x2", "GMACs x3", "GMACs x4"]
    assert missing["bicubic"] == [*costs, "field", "whole image"]
    assert missing["lapsrn"] == ["K params x3", "GMACs x3"]
    assert missing["srgan_d"] == ["K params x2", "K params x3", *costs, "field", "whole image"]
    assert missing["ddsr"] == ["year"] and missing["imdn"] == ["note"]


@pytest.mark.parametrize("depth", [6, 12, 18])
def test_ddsr_sees_its_deep_mapping_and_what_its_kernel_adds(depth):
    for kernel_size in (3, 5, 7):
        assert field("ddsr", 3, depth=depth, kernel_size=kernel_size).hr_pixels == 2 * depth + 1 + kernel_size - 3
    assert field("ddsr", 4, depth=depth).hr_pixels == 2 * depth + 1 - 1, "one HR column in four has no input"


@pytest.mark.parametrize(
    ("name", "options", "pixels"),
    [
        ("srcnn", {}, 13),
        ("srcnn", {"kernels": "9-3-5"}, 15),
        ("srcnn", {"kernels": "9-5-5"}, 17),
        ("vdsr", {}, 41),
        ("drcn", {}, 41),
        ("red30", {}, 2 * 30 + 1),
        ("drrn", {}, 105),
        ("drrn", {"batch_norm": False, "units": 9}, 2 * 20 + 1),
        ("memnet", {"blocks": 2, "recursions": 2}, 2 * (1 + 2 * 2 * 2 + 1) + 1),
    ],
)
def test_fields_of_networks_on_the_enlarged_image(name, options, pixels):
    assert field(name, 2, **options) == field(name, 4, **options) == (pixels, pixels, False)


@pytest.mark.parametrize(
    ("name", "options", "pixels"),
    [
        ("espcn", {}, 5 + 2 + 2),
        ("srmdnf", {}, 2 * 12 + 1),
        ("edsr", {"blocks": 2, "channels": 4}, None),
        ("imdn", {}, 1 + 2 * (1 + 6 * 4 + 1 + 1)),
        ("rcan", {"groups": 2, "blocks": 3, "channels": 16}, None),
    ],
)
def test_fields_of_networks_on_the_small_image(name, options, pixels):
    """Convolutions at the small size add 2 pixels each there; the last one of EDSR and RCAN adds 2 HR pixels."""
    found = field(name, 3, **options)
    if pixels:
        assert found == (pixels, 3 * (pixels - 1) + 1, name == "imdn")
    else:
        convolutions = {"edsr": 1 + 5 + 1, "rcan": 1 + 2 * (3 * 2 + 1) + 1 + 1}[name]
        assert found.hr_pixels == 3 * 2 * convolutions + 1 + 2 and found.whole == (name == "rcan")


def gradient_field(model, size):
    """HR pixels that one output pixel depends on, by its gradient: all weights positive, no rectifier shut."""
    model = model.double()
    for number in model.parameters():
        torch.nn.init.constant_(number, 0.01)
    image = torch.full((1, 3, size, size), 0.5, dtype=torch.float64, requires_grad=True)
    columns = []
    for x in range(3):  # the three places inside an LR pixel
        (grad,) = torch.autograd.grad(model(image)[0, 0, 3 * size // 2, 3 * (size // 2) + x], image)
        seen = grad.abs().sum((0, 1, 2)).nonzero()
        columns.append(int(seen.max() - seen.min()) + 1)
    return max(columns)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("pan", {"blocks": 1}),
        ("srresnet", {"blocks": 1, "channels": 4}),
        ("rrdbnet", {"blocks": 1, "channels": 4, "growth": 2}),
    ],
)
def test_the_field_is_that_of_the_gradient(name, options):
    """Another way to the same number, for networks without means over the image."""
    model = models.create(name, 3, **options).eval()
    before = [number.clone() for number in model.parameters()]
    found = complexity.receptive_field(model)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert gradient_field(model, 61) == found.pixels and not found.whole


class Pooled(torch.nn.Module):
    """One convolution, and a coarse view of the whole image beside it."""

    input, upscaled_input, scale = "y", True, 2

    def __init__(self, bins):
        super().__init__()
        self.bins, self.convolution = bins, torch.nn.Conv2d(1, 1, 5, padding=2)

    def forward(self, x):
        coarse = torch.nn.functional.adaptive_avg_pool2d(x, self.bins) if self.bins else x.mean((2, 3), keepdim=True)
        return self.convolution(x) + coarse.mean((2, 3), keepdim=True)


@pytest.mark.parametrize("bins", [None, 1, 3])
def test_means_over_the_image_are_set_aside_and_said(bins):
    assert complexity.receptive_field(Pooled(bins)) == (5, 5, True)


def test_a_network_without_a_field_says_why():
    with pytest.raises(SrlibError, match="96 x 96"):
        field("srgan_d")
    wide = torch.nn.Sequential(*(torch.nn.Conv2d(1, 1, (1, 1025), padding=(0, 512)) for _ in range(5)))
    wide.input, wide.upscaled_input, wide.scale = "y", True, 1
    with pytest.raises(SrlibError, match=r"wider than 4,096"):
        complexity.receptive_field(wide)


def test_esa_sees_further_than_channel_attention():
    assert isinstance(models.create("rfdn", 3, attention="esa").B[0].attention, ESA)
    assert field("rfdn", 3, attention="esa").pixels > field("rfdn", 3).pixels
