"""Every network in one table: whose it is, what it takes, what it costs, how far it sees.

`PAPERS` holds what must be read in a paper; `facts` adds what is computed from the network itself.
"""

from typing import NamedTuple

from srlib import complexity, models, pretrained
from srlib.errors import SrlibError

# An HR image of 1280 x 720 pixels, on which comparison tables count, does not divide by 3. This one has as many pixels
# and divides by 2, 3 and 4; convolutions only ask how many there are.
HR_SIDE = 960
FIELD_SCALE = 4  # the one scale that every paper has
NOTES = (
    "K params: 10^3 learned numbers of the network as it is built by default, biases and slopes included.",
    "GMACs: 10^9 multiply-accumulates for an output of as many pixels as 1280 x 720 has, counted on 960 x 960, which "
    "2, 3 and 4 divide.",
    "field: HR pixels that an output pixel sees along one axis, at x4. whole image: means over the image reach it too.",
    "weights: the authors' own can be had here. A dash: the paper has no such network, or the number means nothing.",
)


class Paper(NamedTuple):
    """Where a network comes from.

    cite     its key in book/references.bib
    authors  short form
    year     of publication; None where the text at hand has none
    venue    "" where the text at hand has none
    scales   those of 2, 3, 4 that the paper has a network for
    note     what one must know of the default options, or of the counts
    """

    cite: str
    authors: str
    year: int | None
    venue: str
    scales: tuple = (2, 3, 4)
    note: str = ""

    def __str__(self):
        return f"{self.authors}, {self.venue}" if self.venue else self.authors


ALL_SCALES = "parameters: with the upsamplers of all three scales"

PAPERS = {
    "bicubic": Paper("keys1981", "Keys", 1981, "IEEE TASSP", note="interpolation: nothing is learned"),
    "srcnn": Paper("srcnn", "Dong et al.", 2014, "ECCV", note="kernels 9-1-5; 9-3-5 and 9-5-5 came in 2016"),
    "fsrcnn": Paper("fsrcnn", "Dong et al.", 2016, "ECCV", note="one PReLU slope a map"),
    "espcn": Paper("espcn", "Shi et al.", 2016, "CVPR"),
    "ddsr": Paper("ddsr", "document ddsr", None, "", note="kernel 3, 18 layers"),
    "cm_dwsc": Paper("cm_dwsc", "document cm_dwsc", None, "", note="separable; 3 stages of 4 modules, our reading"),
    "multiscale": Paper("multiscale", "document multiscale", None, "", (4,), "2 ways, reading A; ways 1 is the base"),
    "vdsr": Paper("vdsr", "Kim et al.", 2016, "CVPR"),
    "drcn": Paper("drcn", "Kim et al.", 2016, "CVPR"),
    "red30": Paper("red", "Mao et al.", 2016, "NIPS", note="64 maps; 128 is an option"),
    "drrn": Paper("drrn", "Tai et al.", 2017, "CVPR", note="tables count it without batch normalisation: 298 K"),
    "memnet": Paper("memnet", "Tai et al.", 2017, "ICCV", note="tables count it without batch normalisation: 678 K"),
    "lapsrn": Paper("lapsrn", "Lai et al.", 2017, "CVPR", (2, 4), "the authors' code; family 502K is an option"),
    "srdensenet": Paper("srdensenet", "Tong et al.", 2017, "ICCV", (4,), "layers chained; reading dense is an option"),
    "srresnet": Paper("srgan", "Ledig et al.", 2017, "CVPR", (4,), "SRGAN's generator"),
    "srgan_d": Paper("srgan", "Ledig et al.", 2017, "CVPR", (4,), "SRGAN's judge of 96 x 96 images; does not enlarge"),
    "msrresnet": Paper("esrgan", "Wang et al.", 2018, "ECCVW", (4,), "ESRGAN's plain start"),
    "edsr_baseline": Paper("edsr", "Lim et al.", 2017, "CVPRW"),
    "edsr": Paper("edsr", "Lim et al.", 2017, "CVPRW"),
    "mdsr": Paper("edsr", "Lim et al.", 2017, "CVPRW", note=ALL_SCALES),
    "rrdbnet": Paper("esrgan", "Wang et al.", 2018, "ECCVW", (4,), "ESRGAN's generator, 23 blocks"),
    "rcan": Paper("rcan", "Zhang et al.", 2018, "ECCV"),
    "idn": Paper("idn", "Hui et al.", 2018, "CVPR"),
    "srmdnf": Paper("srmd", "Zhang et al.", 2018, "CVPR", note="noise-free variant"),
    "carn": Paper("carn", "Ahn et al.", 2018, "ECCV", note=ALL_SCALES),
    "imdn": Paper("imdn", "Hui et al.", 2019, "ACM MM"),
    "imdn_jdsr": Paper("jdsr", "Luo et al.", 2021, "ACM MM", note="the network of IMDN, trained otherwise"),
    "rfdn": Paper("rfdn", "Liu et al.", 2020, "ECCVW", note="48 maps, contrast-aware attention; ESA is an option"),
    "rfdn_l": Paper("rfdn", "Liu et al.", 2020, "ECCVW", note="52 maps"),
    "pan": Paper("pan", "Zhao et al.", 2020, "ECCVW"),
    "latticenet": Paper("latticenet", "Luo et al.", 2020, "ECCV"),
    "smsr": Paper("smsr", "Wang et al.", 2021, "CVPR",
                  note="2,560 mask numbers are counted; GMACs of a program that skips nothing and works twice"),
    "gidrn": Paper("gidrn", "Wang et al.", 2024, "Acta Automatica Sinica"),
    "idrn": Paper("gidrn", "Wang et al.", 2024, "Acta Automatica Sinica", note="the same without groups"),
}  # fmt: skip


def gmacs(model):
    """10^9 multiply-accumulates for an HR image with the pixels of 1280 x 720, in each of the network's channels."""
    side = HR_SIDE if model.upscaled_input else HR_SIDE // model.scale
    return complexity.macs(model, (1, 3 if model.input == "rgb" else 1, side, side)) / 1e9


def facts(name):
    """All that is known of a network with its default options, as a dict. Takes up to some seconds.

    name, paper (a Paper), options
    input              "y", "rgb" or "any"
    upscaled_input     whether the bicubically enlarged image goes in
    parameters         {scale: count}, every learned number, at 2, 3 and 4 as `models.create` builds it
    weights            the same without biases, slopes and normalisation
    gmacs              {scale: see `gmacs`}, None at a scale that the paper has not
    receptive_field    complexity.Field at x4
    official_weights   whether `pretrained` has the authors' weights

    gmacs and receptive_field are None where they mean nothing: interpolation, and a network that does not enlarge.
    Raises SrlibError for an unknown name.
    """
    if name not in PAPERS:
        raise SrlibError(f"unknown model {name!r}: one of {', '.join(PAPERS)}")
    paper = PAPERS[name]
    nets = {scale: complexity.outline(name, scale) for scale in models.SCALES}
    any_net = nets[FIELD_SCALE]
    is_sr_network = bool(list(any_net.parameters())) and name != "srgan_d"
    counted = dict.fromkeys(nets)
    for scale in paper.scales if is_sr_network else ():
        # The enlarged image has the same size at every scale.
        counted[scale] = gmacs(nets[scale]) if not any_net.upscaled_input or scale == 2 else counted[2]
    return {
        "name": name,
        "paper": paper,
        "options": models.options(name),
        "input": any_net.input,
        "upscaled_input": any_net.upscaled_input,
        "parameters": {scale: complexity.parameters(net) for scale, net in nets.items()},
        "weights": {scale: complexity.weights(net) for scale, net in nets.items()},
        "gmacs": counted,
        "receptive_field": complexity.receptive_field(any_net) if is_sr_network else None,
        "official_weights": bool(pretrained.variants(name)),
    }


def table(every):
    """Many `facts` as a pandas DataFrame for people, one row a network; NOTES say what its columns are.

    What a paper has not, and what means nothing, is missing.
    """
    import pandas as pd

    rows = []
    for known in every:
        paper, field = known["paper"], known["receptive_field"]
        row = {"name": known["name"], "paper": str(paper), "year": paper.year}
        row["input"] = known["input"] + (", enlarged" if known["upscaled_input"] else "")
        for scale, count in known["parameters"].items():
            row[f"K params x{scale}"] = count / 1e3 if scale in paper.scales else None
        row |= {f"GMACs x{scale}": value for scale, value in known["gmacs"].items()}
        row["field"] = field and field.hr_pixels
        row["whole image"] = "yes" if field and field.whole else "no" if field else None
        row["weights"] = "yes" if known["official_weights"] else "no"
        rows.append(row | {"note": paper.note or None})
    frame = pd.DataFrame(rows)
    floats = {column: "float" for column in frame if column.startswith(("K params", "GMACs"))}
    return frame.astype(floats | {"year": "Int64", "field": "Int64"})
