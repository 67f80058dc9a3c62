"""The `gidrn` document's studies: parts of the network (Table 1), points that ANRB samples (Table 2), loss (Table 3).

The document trains on the 800 photographs of DIV2K, which are not to be had here. Every row is trained on `rgb380`:
T91, General100 and the training images of BSDS300, without the ten of validation and without the one that Set5 shrank.
So rows are compared with one another, and with print only in order.
"""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study

# Section 3.2: a million iterations, 32 LR patches of 64 x 64, ADAM, the rate halved every 200,000 iterations.
PAPER = Recipe(
    profile="paper",
    model="gidrn",
    scale=2,
    train_set="rgb380",
    patch=64,
    stride=32,
    augment=True,
    iterations=1_000_000,
    batch=32,
    rate=5e-4,
    drops=(200_000, 400_000, 600_000, 800_000),
    drop_factor=0.5,
    loss="high_frequency",
    loss_options={"alpha": 0.4, "beta": 0.6},
    evaluate_every=10_000,
    test_sets=("Set5", "Set14", "B100", "Urban100"),
    protocol="rgb",
)

# Ours, for two cores: a third of the maps, six blocks in the place of nine, patches of a quarter of the pixels,
# and a 250th of the iterations. It can show an order, not the printed decibels.
NARROW = {"channels": 24, "groups": 3, "stages": 2}
SHORT = replace(
    PAPER,
    profile="short",
    options=NARROW,
    patch=32,
    stride=16,
    batch=8,
    iterations=4_000,
    rate=2e-3,
    schedule="cosine",
    warmup=0.05,
    evaluate_every=1_000,
    test_sets=("Set5", "Set14"),
)

# Seconds, on images that come with scikit-image: it shows the machinery and proves nothing.
QUICK = replace(
    SHORT,
    profile="quick",
    options={"channels": 8, "groups": 1, "stages": 1},
    train_set="embedded_train",
    validation_set="embedded_test",
    test_sets=("embedded_test",),
    patch=12,
    stride=16,
    batch=4,
    iterations=10,
    evaluate_every=10,
)

PARTS = {"dual": "dual_path", "DS": "dense_shortcuts", "ANRB": "anrb"}
TABLE_1 = ("RFDB", "RFDB+dual", "RFDB+DS", "RFDB+ANRB", "RFDB+dual+ANRB", "RFDB+dual+DS+ANRB", "G-IDB",
           "G-IDB+dual+DS+ANRB")  # fmt: skip


def ablation_options(row, channels=72):
    """Options of `create("gidrn", 2, ...)` for a row of Table 1: six blocks in RFDN's frame, with what its name adds.

    RFDB rows have 48 maps, as the text says; the counts say that G-IDB rows have 72, and that the last row has one more
    1x1 convolution than its parts. `channels` are those of G-IDB rows; RFDB rows have two thirds of them.
    """
    block, *added = row.split("+")
    return {
        "block": {"RFDB": "rfdb", "G-IDB": "gidb"}[block],
        "channels": channels if block == "G-IDB" else channels * 2 // 3,
        "groups": channels // 8,
        "stages": 2,
        **{option: part in added for part, option in PARTS.items()},
        "group_fusion": row == TABLE_1[-1],
    }


def ablation(key, channels, profiles):
    return Study(
        key=key,
        title="Parts of G-IDRN",
        document="gidrn",
        item="Table 1",
        rows=tuple(
            Row(row.lower().replace("+", "-"), row, ablation_options(row, channels), cells=(("Table 1", row),))
            for row in TABLE_1
        ),
        profiles=profiles,
        protocol="rgb",
        test_sets=("Set5",),
        narrow=("short",),
    )


def on_l1(recipe):
    """Tables 1 and 2 do not say which loss they have; the absolute error is chosen for all of their rows."""
    return replace(recipe, loss="l1", loss_options={}, test_sets=recipe.test_sets[:1])


def bare(recipe):
    """Without a width of its own: the rows have theirs."""
    return replace(on_l1(recipe), options={})


ABLATION = ablation("gidrn-ablation", 72, {"paper": bare(PAPER)})
ABLATION_NARROW = ablation("gidrn-ablation_narrow", 24, {"quick": bare(QUICK), "short": bare(SHORT)})

# All pairs of a validation image of 240 x 160 LR pixels would need 11 GiB: these windows are smaller. Set5's largest
# image needs 32 GiB: without them the row with all pairs trains, and is not measured.
SAMPLED = {name: replace(on_l1(recipe), validation_set="embedded_test")
           for name, recipe in {"quick": QUICK, "short": SHORT, "paper": PAPER}.items()}  # fmt: skip
SAMPLING = Study(
    key="gidrn-sampling",
    title="Points that ANRB samples",
    document="gidrn",
    item="Table 2",
    rows=(
        Row("none", "no ANRB", {"anrb": False}, cells=(("Table 2", "no ANRB"),)),
        *(Row(f"s-{s}", f"S={s}", {"samples": s}, cells=(("Table 2", f"S={s}"),)) for s in (50, 110, 222, "all")),
    ),
    profiles=SAMPLED,
    protocol="rgb",
    test_sets=("Set5",),
    narrow=("short",),
)

LOSS_WEIGHT = Study(
    key="gidrn-loss_weight",
    title="Weights of the high-frequency loss",
    document="gidrn",
    item="Table 3",
    rows=tuple(
        Row(
            f"alpha-{alpha}",
            f"alpha = {alpha}, beta = {beta}",
            changes={"loss_options": {"alpha": alpha, "beta": beta}},
            cells=(("Table 3", f"alpha={alpha}"),),
        )
        for alpha, beta in ((1.0, 0.0), (0.8, 0.2), (0.6, 0.4), (0.4, 0.6), (0.2, 0.8))
    ),
    profiles={"quick": QUICK, "short": SHORT, "paper": PAPER},
    protocol="rgb",
    narrow=("short",),
)

# The document gives no width of its blur. The kernel reaches to two sigma; the default stands first, for comparison.
WEIGHTS = {"alpha": 0.4, "beta": 0.6}


def blur_row(sigma, size):
    return Row(f"sigma-{sigma}", f"sigma {sigma}", changes={"loss_options": WEIGHTS | {"size": size, "sigma": sigma}})


BLUR = replace(
    LOSS_WEIGHT,
    key="gidrn-blur",
    title="Width of the blur in the high-frequency loss",
    item="none",
    rows=(
        Row("sigma-1.0", "sigma 1.0", changes={"loss_options": WEIGHTS}, same_as=(LOSS_WEIGHT.key, "alpha-0.4")),
        blur_row(0.5, 3),
        blur_row(2.0, 9),
    ),
)
