"""A+: the anchor most like a patch says which linear map makes detail out of its features.

R. Timofte, V. De Smet, L. Van Gool, "A+: Adjusted anchored neighborhood regression for fast super-resolution",
ACCV 2014: 1024 anchors; the map of an anchor is the ridge regression over its 2048 nearest training patches.

One step differs. The paper's anchors are a K-SVD dictionary with three atoms a patch; ours are scikit-learn's k-means
centres of patches of length 1, which is a dictionary with one atom a patch. "Like" is meant up to sign everywhere: a
linear map that is right for a patch is right for its negative.
"""

from dataclasses import dataclass

import numpy as np

from srlib.classical.patchwork import Patchwork, groups, ridge_map, training_set
from srlib.errors import SrlibError

FLAT = 0.1  # a patch of less contrast is not made stronger
BLOCK = 8  # anchors compared with all patches at a time


@dataclass(frozen=True)
class Settings:
    """The paper's: with their negatives the patches are its five million. `fitted` of them go into k-means."""

    anchors: int = 1024
    neighbours: int = 2048
    ridge: float = 0.1
    patches: int = 2_500_000
    fitted: int = 130_000
    seed: int = 0


class APlus(Patchwork):
    """anchors (A, K) of length 1, maps (A, K, D): see `Patchwork`."""

    def __init__(self, scale, basis, anchors, maps):
        super().__init__(scale, basis)
        self.anchors, self.maps = anchors, maps

    def details(self, features):
        parts = np.array_split(features, len(features) // 8192 + 1)  # 8192 x 1024 likenesses fit the cache
        nearest = np.concatenate([np.abs(part @ self.anchors.T).argmax(axis=1) for part in parts])
        out = np.empty((len(features), self.maps.shape[2]), np.float32)
        for anchor, members in groups(nearest):
            out[members] = features[members] @ self.maps[anchor]
        return out


def normalise(features, details):
    """In place: features of length 1, and details divided by the same length where that is at least FLAT."""
    length = np.sqrt((features**2).sum(axis=1, keepdims=True))
    features /= np.maximum(length, np.finfo(np.float32).eps)
    details /= np.where(length < FLAT, 1, length)


def find_anchors(features, settings):
    """Anchors (A, K) of length 1: k-means centres of some of the features (N, K), which have length 1 themselves."""
    from sklearn.cluster import MiniBatchKMeans  # not everywhere where training runs

    chosen = np.random.default_rng(settings.seed).permutation(len(features))[: settings.fitted]
    some = features[chosen] * np.where(features[chosen, :1] < 0, -1, 1).astype(np.float32)  # one of f and -f
    means = MiniBatchKMeans(settings.anchors, batch_size=8192, n_init=1, max_iter=50, random_state=settings.seed)
    anchors = means.fit(some).cluster_centers_
    return (anchors / np.linalg.norm(anchors, axis=1, keepdims=True)).astype(np.float32)


def largest(values, count):
    """Indices of the `count` largest of many values (N,), in no order."""
    sample = values[::50]
    guess = min(3 * count // 100, len(sample))  # half as many again as are needed
    candidates = np.flatnonzero(values >= np.partition(sample, -guess)[-guess]) if guess else ()
    if len(candidates) < count:
        candidates = np.arange(len(values))
    return candidates[np.argpartition(values[candidates], -count)[-count:]]


def train(pictures, scale, settings=Settings()):
    """Learn A+ from NamedImages for one scale: an APlus. The same seed gives the same result.

    Raises SrlibError when the pictures hold fewer patches than anchors or neighbours.
    """
    basis, features, details = training_set(pictures, scale, settings.patches, settings.seed)
    if len(features) < max(settings.anchors, settings.neighbours):
        raise SrlibError(f"A+: {len(features)} patches are too few for {settings}")
    normalise(features, details)
    anchors = find_anchors(features, settings)
    maps = np.empty((len(anchors), basis.shape[1], details.shape[1]), np.float32)
    likeness = np.empty((BLOCK, len(features)), np.float32)
    for start in range(0, len(anchors), BLOCK):
        block = anchors[start : start + BLOCK]
        alike = np.matmul(block, features.T, out=likeness[: len(block)])
        np.abs(alike, out=alike)
        for anchor, values in enumerate(alike, start):
            near = largest(values, settings.neighbours)
            maps[anchor] = ridge_map(features[near], details[near], settings.ridge)
    return APlus(scale, basis, anchors, maps)
