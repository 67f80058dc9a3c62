"""The `ddsr` document's studies, and the evidence for the fast recipe that they share."""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study

# The document's own recipe: section 3. The batch of 128 is not stated; 252,032 patches and "about 50 epochs" imply it.
PAPER = Recipe(profile="paper", options={"depth": 18}, test_sets=("Set5", "Set14", "BSD200"))

# Ours, for processor cores: the same network, loss and images, an optimizer that needs far fewer iterations, patches of
# twice the side (a batch of 8 holds as many pixels as 32 of the document's), and a start at nearest-neighbour
# interpolation. FAST_RECIPE below is how its numbers were chosen.
SHORT = replace(
    PAPER,
    profile="short",
    start="nearest",
    patch=14,
    stride=7,
    batch=8,
    augment=True,
    iterations=2_500,
    optimizer="muon",
    rate=0.01,
    adam_rate=2e-3,
    momentum=0.95,
    betas=(0.9, 0.95),
    schedule="cosine",
    warmup=0.05,
    evaluate_every=500,
)

# SHORT with the document's patches, the hard ones drawn more often: faster still (SAMPLING below). The studies of the
# document's tables stay with SHORT, by which their records were made.
SHORT_BY_ERROR = replace(SHORT, patch=7, stride=4, batch=32, sampling="error")

# Seconds on two cores, on images that come with scikit-image: it shows the machinery and proves nothing.
QUICK = replace(
    SHORT,
    profile="quick",
    options={"depth": 4, "channels": 16},
    train_set="embedded_train",
    validation_set="embedded_test",
    test_sets=("embedded_test",),
    batch=4,
    iterations=60,
    evaluate_every=30,
)

PROFILES = {"quick": QUICK, "short": SHORT, "paper": PAPER}


def kernel_row(k):
    return Row(f"k{k}", f"{k}x{k}x64", {"kernel_size": k}, cells=(("Table 1", f"{k}x{k}x64"),))


KERNEL_SIZE = Study(
    key="ddsr-kernel_size",
    title="Kernel size of the deconvolution",
    document="ddsr",
    item="Table 1",
    rows=tuple(kernel_row(k) for k in (3, 5, 7)),
    profiles=PROFILES,
)

# Table 2's 18 layers are Table 1's 3x3 network.
DEPTH = Study(
    key="ddsr-depth",
    title="Depth of the mapping",
    document="ddsr",
    item="Table 2",
    rows=(
        Row("d6", "DDSR 6", {"depth": 6, "kernel_size": 3}, cells=(("Table 2", "DDSR 6"),)),
        Row("d12", "DDSR 12", {"depth": 12, "kernel_size": 3}, cells=(("Table 2", "DDSR 12"),)),
        Row(
            "d18",
            "DDSR 18",
            {"depth": 18, "kernel_size": 3},
            cells=(("Table 2", "DDSR 18"),),
            same_as=("ddsr-kernel_size", "k3"),
        ),
    ),
    profiles=PROFILES | {"quick": replace(QUICK, iterations=20, evaluate_every=10)},
    test_sets=PAPER.test_sets,
)


def scale_row(scale):
    """DDSR-18 at one scale; x3 is Table 1's 3x3 network, with which the document goes on."""
    cells = (("Table 3", f"DDSR x{scale}"),)
    if scale == 3:
        return Row("x3", "DDSR x3", {"kernel_size": 3}, cells=(*cells, ("Fig 7", "DDSR x3")),
                   same_as=("ddsr-kernel_size", "k3"))  # fmt: skip
    return Row(f"x{scale}", f"DDSR x{scale}", {"kernel_size": 3}, {"scale": scale}, cells=cells)


COMPARISON = Study(
    key="ddsr-comparison",
    title="DDSR at x2, x3 and x4 beside other methods",
    document="ddsr",
    item="Table 3",
    rows=tuple(scale_row(scale) for scale in (2, 3, 4)),
    profiles=PROFILES | {"quick": replace(QUICK, iterations=30, evaluate_every=15)},
    test_sets=PAPER.test_sets,
)

# Fig 5 compares optimizers, so here `short` keeps the document's two and its steps, with a quarter of its pixels an
# iteration and far fewer iterations. What the document does not say is chosen once for all rows: Caffe's own way to
# start, clipping, and each optimizer's rate from the grid below.
FIG5 = replace(
    PAPER,
    profile="short",
    start="msra",
    batch=32,
    augment=True,
    clip=1.0,
    iterations=2_000,
    drops=(1_200, 1_800),
    evaluate_every=200,
    test_sets=("Set5", "Set14"),
)
OPTIMIZERS = {
    "adam": {"optimizer": "adam", "rate": 1e-3},
    "sgd": {"optimizer": "sgd", "rate": 1e-1, "momentum": 0.9},
}


# Fig 6 follows the network that the document goes on with, ADAM with residual, over both drops of its rate.
FIG6 = (("Fig 6", "rate drop at 60000"), ("Fig 6", "rate drop at 90000"))


def optimizer_row(name, residual):
    printed = name.upper() + ("+RL" if residual else "")
    return Row(
        name + ("-residual" if residual else ""),
        printed,
        {"residual": residual},
        OPTIMIZERS[name],
        cells=(("Fig 5", printed), *(FIG6 if printed == "ADAM+RL" else ())),
    )


OPTIMIZER = Study(
    key="ddsr-optimizer",
    title="ADAM against SGD, with and without residual learning",
    document="ddsr",
    item="Fig 5",
    rows=tuple(optimizer_row(name, residual) for name in OPTIMIZERS for residual in (True, False)),
    profiles={"quick": replace(QUICK, start="msra", clip=1.0, iterations=30, evaluate_every=10), "short": FIG5},
    test_sets=("Set5",),
)

# Each optimizer's best rate, on validation images alone, at a quarter of the iterations; with and without residual.
RATES = {"adam": (3e-4, 1e-3, 3e-3), "sgd": (3e-2, 1e-1, 3e-1)}
OPTIMIZER_RATE = Study(
    key="ddsr-optimizer_rate",
    title="The rate of each optimizer",
    document="ddsr",
    item="none",
    rows=tuple(
        Row(
            f"{name}{'-residual' if residual else ''}-{rate:g}",
            options={"residual": residual},
            changes=OPTIMIZERS[name] | {"rate": rate},
        )
        for name, rates in RATES.items()
        for residual in (True, False)
        for rate in rates
    ),
    profiles={"short": replace(FIG5, iterations=500, drops=(300, 450), evaluate_every=100, test_sets=("validation",))},
    test_sets=("validation",),
    seeds=(0,),
)

# The same number of pixels an iteration, cut as 32 patches of 7x7, 8 of 14x14 or 2 of 28x28.
PATCH_SIZE = Study(
    key="ddsr-patch_size",
    title="Patch size at equal pixels",
    document="ddsr",
    item="section 3",
    rows=(
        Row("p7", "7 x 7", changes={"patch": 7, "stride": 4, "batch": 32}),
        Row("p14", "14 x 14", {"kernel_size": 3}, same_as=("ddsr-kernel_size", "k3")),
        Row("p28", "28 x 28", changes={"patch": 28, "stride": 14, "batch": 2}),
    ),
    profiles={"short": SHORT},
)

# A quarter of the iterations, measured on validation images that belong to no test set: one change at a time, at each
# of the three depths, since the best values could depend on it.
TRIAL = replace(SHORT, iterations=600, evaluate_every=300, test_sets=("validation",))
CHANGES = {
    "base": {},
    "rate-0.005": {"rate": 0.005},
    "rate-0.02": {"rate": 0.02},
    "batch-4": {"batch": 4, "iterations": 1200, "evaluate_every": 600},
    "batch-16": {"batch": 16, "iterations": 300, "evaluate_every": 150},
    "patch-7": {"patch": 7, "stride": 4, "batch": 32},
    "no-warmup": {"warmup": 0.0},
    "average-0.98": {"average": 0.98},
}


def trial_row(depth, name):
    """base, rate-0.005, ... at depth 18; depth-6, depth-6-rate-0.005, ... at others."""
    label = name if depth == 18 else f"depth-{depth}-{name}".removesuffix("-base")
    return Row(label, options={"depth": depth}, changes=CHANGES[name])


FAST_RECIPE = Study(
    key="fast_recipe",
    title="Choosing the fast recipe",
    document="ddsr",
    item="none",
    rows=tuple(trial_row(depth, name) for depth in (18, 12, 6) for name in CHANGES),
    profiles={"short": TRIAL},
    test_sets=("validation",),
    seeds=(0,),
)

# An eighth of SHORT's iterations, on the same validation images.
SAMPLING = Study(
    key="ddsr-sampling",
    title="Drawing patches evenly or by their error",
    document="ddsr",
    item="none",
    rows=(Row("uniform", "evenly", changes={"sampling": "uniform"}), Row("error", "by error")),
    profiles={"short": replace(SHORT_BY_ERROR, iterations=300, evaluate_every=150, test_sets=("validation",))},
    test_sets=("validation",),
)
