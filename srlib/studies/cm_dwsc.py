"""The `cm_dwsc` document's own row of Table 1, and what it does not print: the same network in other forms."""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study
from srlib.studies.toy import TOY

# The document gives no recipe at all, so there is no profile "paper". Its images are the 91 of Timofte; B100 is
# for testing, so it must not be trained on. ADAM for all rows: Muon wants square 3x3 kernels, and a separable network
# has none. The same 36 x 36 HR pixels a patch at both scales.
SHORT = Recipe(
    profile="short",
    model="cm_dwsc",
    train_set="T91",
    patch=12,
    stride=6,
    batch=8,
    augment=True,
    iterations=1_000,
    rate=1e-3,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    evaluate_every=500,
)

QUICK = replace(
    TOY,
    model="cm_dwsc",
    options={"stages": 1, "modules": 1, "channels": 8},
    batch=4,
    iterations=20,
    evaluate_every=10,
)

FORMS = {
    "standard": {"separable": False},
    "separable": {"separable": True},
    "separable-bn": {"separable": True, "batch_norm": True},
}


def row(form, scale):
    """A row at one scale; the separable network without normalisation is the one in print."""
    cells = (("Table 1", f"CM-DWSC x{scale}"),) if form == "separable" else ()
    changes = {"scale": scale} | ({"patch": 9, "stride": 5} if scale == 4 else {})
    return Row(f"{form}-x{scale}", f"{form}, x{scale}", FORMS[form], changes, cells=cells)


SEPARABLE = Study(
    key="cm_dwsc-separable",
    title="What separable convolutions and normalisation cost in decibels",
    document="cm_dwsc",
    item="Table 1",
    rows=tuple(row(form, scale) for scale in (3, 4) for form in FORMS),
    profiles={"quick": QUICK, "short": SHORT},
)
