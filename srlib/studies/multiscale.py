"""The patent says that quality does not drop, and measures none: its base network, and the layer in 2 and 3 ways."""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study
from srlib.studies.toy import TOY

# The patent gives no training. One recipe for every row, colour images, x2; ADAM, because Muon wants kernels of one
# square shape and uneven ways have others.
SHORT = Recipe(
    profile="short",
    model="multiscale",
    scale=2,
    patch=24,
    stride=12,
    batch=8,
    augment=True,
    iterations=1_500,
    rate=1e-3,
    schedule="cosine",
    warmup=0.05,
    clip=1.0,
    evaluate_every=500,
    protocol="rgb",
)

QUICK = replace(
    TOY,
    model="multiscale",
    options={"blocks": 1, "channels": 8},
    scale=2,
    batch=4,
    iterations=20,
    evaluate_every=10,
    protocol="rgb",
)

WAYS = Study(
    key="multiscale-ways",
    title="Does the quality drop with the ways?",
    document="multiscale",
    item="[0028]",
    rows=(
        Row("base", "plain network", {"ways": 1}),
        Row("n2", "n = 2", {"ways": 2}),
        Row("n3", "n = 3", {"ways": 3}),
    ),
    profiles={"quick": QUICK, "short": SHORT},
    protocol="rgb",
)

# Does the order belong to the networks or to the rate? Each tries twice the rate as well.
RATE = Study(
    key="multiscale-rate",
    title="The three networks at another rate",
    document="multiscale",
    item="[0028]",
    rows=(
        *(Row(f"{row.name}-0.001", f"{row.label}, rate 0.001", row.options, same_as=(WAYS.key, row.name))
          for row in WAYS.rows),
        *(Row(f"{row.name}-0.002", f"{row.label}, rate 0.002", row.options, {"rate": 2e-3}) for row in WAYS.rows),
    ),
    profiles=WAYS.profiles,
    protocol="rgb",
    seeds=(0,),
)  # fmt: skip
