"""The `ddsr` document's studies, and the evidence for the fast recipe that they share."""

from dataclasses import replace

from srlib.recipe import Recipe
from srlib.studies.study import Row, Study

# The document's own recipe: section 3. The batch of 128 is not stated; 252,032 patches and "about 50 epochs" imply it.
PAPER = Recipe(profile="paper", options={"depth": 18})

# Ours, for two cores: the same network, loss and images, an optimizer that needs far fewer iterations, patches of
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

# Seconds on two cores, on images that come with scikit-image: it shows the machinery and proves nothing.
QUICK = replace(
    SHORT,
    profile="quick",
    options={"depth": 4},
    train_set="embedded_train",
    validation_set="embedded_test",
    test_sets=("embedded_test",),
    batch=4,
    iterations=60,
    evaluate_every=30,
)

PROFILES = {"quick": QUICK, "short": SHORT, "paper": PAPER}


def kernel_row(k):
    cells = [("Table 1", f"{k}x{k}x64")]
    if k == 3:  # the network that the document goes on with
        cells += [("Table 2", "DDSR 18"), ("Table 3", "DDSR x3"), ("Fig 7", "DDSR x3")]
    return Row(f"k{k}", f"{k}x{k}x64", {"kernel_size": k}, cells=tuple(cells))


KERNEL_SIZE = Study(
    key="ddsr-kernel_size",
    title="Kernel size of the deconvolution",
    document="ddsr",
    item="Table 1",
    rows=tuple(kernel_row(k) for k in (3, 5, 7)),
    profiles=PROFILES,
)

# The same number of pixels an iteration, cut as 32 patches of 7x7, 8 of 14x14 or 2 of 28x28.
PATCH_SIZE = Study(
    key="ddsr-patch_size",
    title="Patch size at equal pixels",
    document="ddsr",
    item="section 3",
    rows=(
        Row("p7", "32 patches of 7x7", changes={"patch": 7, "stride": 4, "batch": 32}),
        Row("p28", "2 patches of 28x28", changes={"patch": 28, "stride": 14, "batch": 2}),
    ),
    profiles={"short": SHORT},
)

# A quarter of the iterations, measured on validation images that belong to no test set: one change at a time at
# depth 18, and the rate again at depths 6 and 12, since the best rate could depend on depth.
TRIAL = replace(SHORT, iterations=600, evaluate_every=300, test_sets=("validation",))
FAST_RECIPE = Study(
    key="fast_recipe",
    title="Choosing the fast recipe",
    document="ddsr",
    item="none",
    rows=(
        Row("base"),
        Row("rate-0.005", changes={"rate": 0.005}),
        Row("rate-0.02", changes={"rate": 0.02}),
        Row("batch-4", changes={"batch": 4, "iterations": 1200, "evaluate_every": 600}),
        Row("batch-16", changes={"batch": 16, "iterations": 300, "evaluate_every": 150}),
        Row("patch-7", changes={"patch": 7, "stride": 4, "batch": 32}),
        Row("no-warmup", changes={"warmup": 0.0}),
        Row("average-0.98", changes={"average": 0.98}),
        Row("depth-12", options={"depth": 12}),
        Row("depth-12-rate-0.005", options={"depth": 12}, changes={"rate": 0.005}),
        Row("depth-12-rate-0.02", options={"depth": 12}, changes={"rate": 0.02}),
        Row("depth-6", options={"depth": 6}),
        Row("depth-6-rate-0.005", options={"depth": 6}, changes={"rate": 0.005}),
        Row("depth-6-rate-0.02", options={"depth": 6}, changes={"rate": 0.02}),
    ),
    profiles={"short": TRIAL},
    test_sets=("validation",),
    seeds=(0,),
)
