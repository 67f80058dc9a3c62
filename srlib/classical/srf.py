"""SRF, a super-resolution forest: each tree leads a patch to a leaf, whose linear map makes detail out of its features.

S. Schulter, C. Leistner, H. Bischof, "Fast and accurate image upscaling with super-resolution forests", CVPR 2015:
10 trees of depth 15, ridge regression in the leaves, the mean over the trees. A split makes details and features
alike on both sides (the paper's regularised objective, kappa = 1).

The trees are scikit-learn's.
"""

from dataclasses import dataclass

import numpy as np

from srlib.classical.patchwork import Patchwork, groups, ridge_map, training_set
from srlib.errors import SrlibError


@dataclass(frozen=True)
class Settings:
    trees: int = 10
    depth: int = 15
    ridge: float = 0.01
    patches: int = 2_500_000
    grown: int = 250_000
    leaf: int = 16
    tried: int = 10
    kappa: float = 1.0
    outputs: int = 12
    seed: int = 0


class SRF(Patchwork):
    """forest: (sklearn tree, number of its leaf by node, maps (L, K, D)) of each tree: see `Patchwork`."""

    def __init__(self, scale, basis, forest):
        super().__init__(scale, basis)
        self.forest = forest

    def details(self, features):
        out = 0
        for tree, leaf_of, maps in self.forest:
            found = np.empty((len(features), maps.shape[2]), np.float32)
            for leaf, members in groups(leaf_of[tree.apply(features)]):
                found[members] = features[members] @ maps[leaf]
            out = out + found
        return out / len(self.forest)


def train(pictures, scale, settings=Settings()):
    from sklearn.tree import ExtraTreeRegressor  # not everywhere where training runs

    basis, features, details = training_set(pictures, scale, settings.patches, settings.seed)
    if len(features) < settings.grown:
        raise SrlibError(f"SRF: {len(features)} patches are too few for {settings}")
    draw, forest = np.random.default_rng(settings.seed), []
    main = np.linalg.eigh(details.T @ details)[1][:, : -settings.outputs - 1 : -1]
    for number in range(settings.trees):
        some = draw.permutation(len(features))[: settings.grown]
        goal = np.hstack([details[some] @ main, settings.kappa * features[some]])
        tree = ExtraTreeRegressor(
            max_depth=settings.depth, min_samples_leaf=settings.leaf, max_features=settings.tried,
            random_state=settings.seed + number,
        ).fit(features[some], goal).tree_
        members = groups(tree.apply(features))
        leaf_of = np.zeros(tree.node_count, np.int32)
        leaf_of[[node for node, _ in members]] = np.arange(len(members))
        maps = np.stack([ridge_map(features[i], details[i], settings.ridge) for _, i in members])
        forest.append((tree, leaf_of, maps))
    return SRF(scale, basis, forest)
