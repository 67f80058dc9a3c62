"""SRF, a super-resolution forest: each tree leads a patch to a leaf, whose linear map makes detail out of its features.

S. Schulter, C. Leistner, H. Bischof, "Fast and accurate image upscaling with super-resolution forests", CVPR 2015:
10 trees of depth 15, whose splits make details and, with the weight kappa, features alike on both sides; ridge
regression in the leaves; the mean over the trees.

The trees are scikit-learn's: a split asks for one number, where the paper's asks for the difference of two. Two steps
are A+'s: a tree is asked about features of length 1 and, apart, about their length; and a patch and its negative take
the same way, since a map that is right for the one is right for the other.
"""

from dataclasses import dataclass

import numpy as np

from srlib.classical.patchwork import Patchwork, groups, ridge_map, training_set
from srlib.errors import SrlibError


@dataclass(frozen=True)
class Settings:
    """The paper's trees, depth and ridge. Each tree is `grown` on a share of the patches; all fill its leaves."""

    trees: int = 10
    depth: int = 15
    ridge: float = 0.01
    patches: int = 2_500_000
    grown: int = 150_000
    kappa: float = 1.0
    leaf: int = 12  # patches in a leaf at least, of those that the tree is grown on
    tried: int = 10  # features that a split chooses from
    outputs: int = 12  # principal components stand for the details in a split
    seed: int = 0


class SRF(Patchwork):
    """forest: for each tree scikit-learn's arrays, the leaf's number by node, and maps (L, K, D): see `Patchwork`."""

    def __init__(self, scale, basis, forest):
        super().__init__(scale, basis)
        self.forest = forest

    def details(self, features):
        sign = signs(features)
        features = features * sign
        asked, total = questions(features), 0
        for tree, leaf_of, maps in self.forest:
            found = np.empty((len(features), maps.shape[2]), np.float32)
            for leaf, members in groups(leaf_of[tree.apply(asked)]):
                found[members] = features[members] @ maps[leaf]
            total = total + found
        return total * sign / len(self.forest)


def signs(features):
    """1 or -1 for each row of features (N, K), as (N, 1): times this, the first is not negative."""
    return np.where(features[:, :1] < 0, -1, 1).astype(np.float32)


def questions(features):
    """What a split may ask about features (N, K): those of length 1, and the logarithm of the length (N, K + 1)."""
    length = np.sqrt((features**2).sum(axis=1, keepdims=True)) + np.float32(1e-6)
    return np.hstack([features / length, np.log(length)])


def grow(asked, goal, settings, seed):
    """One tree's arrays (scikit-learn's `tree_`), grown so that goal (N, O) is alike within its leaves."""
    from sklearn.tree import DecisionTreeRegressor  # not everywhere where training runs

    tree = DecisionTreeRegressor(
        max_depth=settings.depth, max_features=settings.tried, min_samples_leaf=settings.leaf, random_state=seed
    )
    return tree.fit(asked, goal).tree_


def train(pictures, scale, settings=Settings()):
    """Learn a forest from NamedImages for one scale: an SRF. The same seed gives the same result.

    Raises SrlibError when the pictures hold fewer patches than a tree is grown on.
    """
    basis, features, details = training_set(pictures, scale, settings.patches, settings.seed)
    if len(features) < settings.grown:
        raise SrlibError(f"SRF: {len(features)} patches are too few for {settings}")
    sign = signs(features)
    features *= sign
    details *= sign
    asked = questions(features)
    main = np.linalg.eigh(details.T @ details)[1][:, -settings.outputs :]
    draw, forest = np.random.default_rng(settings.seed), []
    for number in range(settings.trees):
        chosen = draw.permutation(len(features))[: settings.grown]
        goal = np.hstack([details[chosen] @ main, settings.kappa * features[chosen]])
        tree = grow(asked[chosen], goal, settings, settings.seed + number)
        leaves = groups(tree.apply(asked))
        leaf_of = np.zeros(tree.node_count, np.int64)
        leaf_of[[node for node, _ in leaves]] = np.arange(len(leaves))
        maps = [ridge_map(features[members], details[members], settings.ridge) for _, members in leaves]
        forest.append((tree, leaf_of, np.stack(maps)))
    return SRF(scale, basis, forest)
