"""The `cm_dwsc` document's own row of Table 1, and what it does not print.

That is the same network in other forms, and its training pictures: with and without turned and shrunk copies (Fig. 6),
one scale at a time and three together (Fig. 7).
"""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study
from srlib.studies.toy import TOY

# The document gives no recipe at all, so there is no profile "paper". Its images are the 91 of Timofte; B100 is
# for testing, so it must not be trained on. ADAM for all rows: Muon wants square 3x3 kernels, and a separable network
# has none. The same 36 x 36 HR pixels a patch at both scales. The curve is that of four small windows: at the enlarged
# size this network takes minutes for the ten photographs of "validation".
SHORT = Recipe(
    profile="short",
    model="cm_dwsc",
    train_set="T91",
    patch=12,
    stride=6,
    batch=4,
    augment=True,
    iterations=1_500,
    rate=2e-3,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    validation_set="embedded_test",
    evaluate_every=250,
    test_sets=("Set5", "Set14", "B100"),
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
RATES = {"standard": 5e-4, "separable": 4e-3, "separable-bn": 4e-3}  # each form's best at x3 of those in TRIED
TRIED = {
    ("standard", 3): (2.5e-4, 5e-4, 1e-3, 2e-3),
    ("separable", 3): (2e-3, 4e-3, 8e-3),
    ("separable-bn", 3): (2e-3, 4e-3, 8e-3),
    ("standard", 4): (2.5e-4, 5e-4, 1e-3),  # it came out last there: is its rate to blame?
}


def row(form, scale):
    """A row at one scale; the separable network without normalisation is the one in print."""
    cells = (("Table 1", f"CM-DWSC x{scale}"),) if form == "separable" else ()
    changes = {"scale": scale, "rate": RATES[form]} | ({"patch": 9, "stride": 5} if scale == 4 else {})
    return Row(f"{form}-x{scale}", f"{form}, x{scale}", FORMS[form], changes, cells=cells)


SEPARABLE = Study(
    key="cm_dwsc-separable",
    title="What separable convolutions and normalisation cost in decibels",
    document="cm_dwsc",
    item="Table 1",
    rows=tuple(row(form, scale) for scale in (3, 4) for form in FORMS),
    profiles={"quick": QUICK, "short": SHORT},
    test_sets=SHORT.test_sets,
)


def trial(form, scale, rate):
    """A row of RATE; where it is the form's own rate, SEPARABLE has trained it."""
    name = f"{form}-{rate:g}" if scale == 3 else f"{form}-x{scale}-{rate:g}"
    same = (SEPARABLE.key, f"{form}-x{scale}") if rate == RATES[form] else ()
    changes = row(form, scale).changes | {"rate": rate}
    return Row(name, f"{form}, x{scale}, rate {rate:g}", FORMS[form], changes, same_as=same)


RATE = Study(
    key="cm_dwsc-rate",
    title="Which rate suits which form?",
    document="cm_dwsc",
    item="Table 1",
    rows=tuple(trial(form, scale, rate) for (form, scale), rates in TRIED.items() for rate in rates),
    profiles={"quick": QUICK, "short": replace(SHORT, test_sets=("Set5",))},
    test_sets=("Set5",),
    seeds=(0,),
)

# Copies of pictures can help only a network that meets the same pictures often. So these two studies have a narrow
# network, patches that do not overlap, and iterations enough to see each plain patch nine times in minutes. Nothing
# of theirs stands for a cell of Table 1, whose network is the wide one.
NARROW = replace(
    SHORT,
    options={"stages": 3, "modules": 1, "channels": 32},
    stride=12,
    batch=8,
    augment=False,
    iterations=4_000,
    validation_set="validation",
    evaluate_every=1_000,
    test_sets=("Set5", "Set14"),
)
TINY = replace(QUICK, augment=False)
SIZES = (1.0, 0.9, 0.8, 0.7, 0.6)  # Section 4
COPIES = {"augment": "rotations", "shrunk": SIZES}  # the document's twenty

AUGMENTATION = Study(
    key="cm_dwsc-augmentation",
    title="What turned and shrunk copies of the training pictures bring",
    document="cm_dwsc",
    item="Fig. 6",
    rows=(
        Row("none", "pictures as they are"),
        Row("rotations", "four rotations", changes={"augment": "rotations"}),
        Row("symmetries", "rotations and mirrorings", changes={"augment": True}),
        Row("sizes", "five sizes", changes={"shrunk": SIZES}),
        Row("both", "five sizes, four rotations", changes=COPIES),
    ),
    profiles={"quick": TINY, "short": NARROW},
)

MIXING = Study(
    key="cm_dwsc-mixing",
    title="One network for three scales, or three networks",
    document="cm_dwsc",
    item="Fig. 7",
    rows=(
        Row("x2", "x2 alone", changes={"scale": 2, "patch": 18, "stride": 18}),  # all patches have 36 x 36 HR pixels
        Row("x3", "x3 alone", same_as=("cm_dwsc-augmentation", "both")),
        Row("x4", "x4 alone", changes={"scale": 4, "patch": 9, "stride": 9}),
        Row("mixed", "x2, x3, x4 together", changes={"scales": (2, 3, 4)}),
    ),
    profiles={"quick": replace(TINY, **COPIES), "short": replace(NARROW, **COPIES)},
)
