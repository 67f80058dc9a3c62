"""A+ and SRF step by step: derivatives, patches and back, PCA, ridge maps, nearest patches; and what is refused."""

import numpy as np
import pytest
import torch

from srlib import baselines, classical, datasets, evaluation
from srlib.classical import a_plus, patchwork
from srlib.errors import SrlibError


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_derivatives_of_a_parabola(scale):
    """f = x^2 + 3y: d/dx over one LR pixel is 2 s x around its middle, d2/dx2 is s^2, d/dy is 3 s, d2/dy2 is 0."""
    y, x = np.mgrid[: 6 * scale, : 7 * scale].astype(float)
    found = patchwork.derivatives(x**2 + 3 * y, scale)[:, scale:-scale, scale:-scale]
    middle = (x + (0.5 if scale % 2 else 0))[scale:-scale, scale:-scale]
    shift = np.abs(found[0]) / (2 * scale) - middle
    assert np.ptp(shift) < 1e-9 and abs(shift[0, 0]) <= 1
    assert np.abs(found[1]) == pytest.approx(3 * scale)
    assert found[2] == pytest.approx(scale**2) and found[3] == pytest.approx(0)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_patches_put_together_give_the_image_inside_its_rim(scale):
    image = np.random.default_rng(0).random((7 * scale, 9 * scale))
    patches = patchwork.cut(image[None], scale)
    assert patches.shape == (3 * 5, 9 * scale**2) and patches.dtype == np.float32
    assert (patches[1].reshape(3 * scale, -1) == image[scale : 4 * scale, 2 * scale : 5 * scale].astype("f4")).all()
    whole = patchwork.put_together(patches, image.shape, scale)
    inside = np.s_[scale:-scale, scale:-scale]
    assert whole[inside] == pytest.approx(image[inside], abs=1e-7)
    whole[inside] = 0
    assert not whole.any()


def test_overlapping_patches_are_averaged():
    patches = np.stack([np.full(36, 1.0), np.full(36, 4.0)])  # two patches, one LR pixel apart
    row = patchwork.put_together(patches, (10, 12), 2)[4]
    assert list(row) == [0, 0, 1, 1, 2.5, 2.5, 2.5, 2.5, 4, 4, 0, 0]


def test_every_second_patch():
    planes = np.random.default_rng(1).random((4, 18, 21))
    every = patchwork.cut(planes, 3).reshape(2, 3, -1)
    assert (patchwork.cut(planes, 3, step=2) == every[::2, ::2].reshape(2, -1)).all()


def test_the_basis_holds_the_energy_and_no_more():
    moments = np.diag([1.0, 700.0, 298.5, 0.5])
    basis = patchwork.principal(moments)
    assert basis.shape == (4, 3) and np.abs(basis[[1, 2, 0], [0, 1, 2]]) == pytest.approx(1)  # largest first
    kept = np.trace(basis.T @ moments @ basis) / np.trace(moments)
    less = np.trace(basis[:, :-1].T @ moments @ basis[:, :-1]) / np.trace(moments)
    assert less < patchwork.ENERGY <= kept


def test_ridge_map_by_hand():
    features, details = np.array([[1.0], [2.0]]), np.array([[3.0, 0.0], [4.0, 1.0]])
    assert patchwork.ridge_map(features, details, 5.0) == pytest.approx(np.array([[1.1, 0.2]]))  # 11 / (5 + 5), 2 / 10


def test_a_ridge_map_is_the_least_of_its_sum():
    draw = np.random.default_rng(2)
    features, details = draw.normal(size=(40, 5)), draw.normal(size=(40, 3))
    best = patchwork.ridge_map(features, details, 0.1)

    def loss(matrix):
        return ((features @ matrix - details) ** 2).sum() + 0.1 * (matrix**2).sum()

    assert all(loss(best) < loss(best + 1e-3 * draw.normal(size=best.shape)) for _ in range(20))


def test_groups_are_a_partition():
    numbers = np.array([4, 1, 4, 4, 0])
    assert [(n, list(m)) for n, m in patchwork.groups(numbers)] == [(0, [4]), (1, [1]), (4, [0, 2, 3])]


def test_a_flat_patch_is_not_made_stronger():
    features, details = np.array([[0.3, 0.4], [0.0, 0.05], [0.0, 0.0]]), np.array([[1.0], [1.0], [0.5]])
    a_plus.normalise(features, details)
    assert features == pytest.approx(np.array([[0.6, 0.8], [0.0, 1.0], [0.0, 0.0]]))
    assert details == pytest.approx(np.array([[2.0], [1.0], [0.5]]))


@pytest.mark.parametrize("count", [1, 40, 999, 1000])
def test_the_largest_are_the_largest(count):
    for seed in range(5):
        values = np.random.default_rng(seed).random(1000)
        values[::50] = seed / 5  # the sample that guesses is misled in every direction
        assert sorted(values[a_plus.largest(values, count)]) == sorted(values)[-count:]


def test_bad_input_is_one_line():
    pictures = datasets.load("embedded_test")
    small = [datasets.NamedImage("dot", np.zeros((12, 12), np.uint8))]
    with pytest.raises(SrlibError, match="unknown classical method 'b_plus': one of a_plus, srf"):
        classical.train("b_plus", pictures, 3)
    with pytest.raises(SrlibError, match="unknown scale 5"):
        classical.train("srf", pictures, 5)
    with pytest.raises(SrlibError, match="unknown classical method 'b_plus'"):
        baselines.write_classical("b_plus")
    with pytest.raises(SrlibError, match="a_plus has no setting 'trees': it has anchors, neighbours"):
        classical.settings("a_plus", trees=3)
    with pytest.raises(SrlibError, match="none of 1 training images is large enough at x3"):
        classical.train("a_plus", small, 3)
    with pytest.raises(SrlibError, match=r"A\+: \d+ patches are too few"):
        classical.train("a_plus", pictures, 3, classical.settings("a_plus", patches=100))
    with pytest.raises(SrlibError, match=r"SRF: \d+ patches are too few"):
        classical.train("srf", pictures, 3, classical.settings("srf", patches=100))
    with pytest.raises(SrlibError, match="no patch in an LR image of 4 x 9 pixels: 5 x 5 hold one"):
        patchwork.places((27, 12), 3)
    model = a_plus.APlus(2, np.zeros((144, 1)), np.zeros((1, 1)), np.zeros((1, 1, 36)))
    with pytest.raises(SrlibError, match="this network takes y images, protocol rgb gives rgb"):
        evaluation.score(model, pictures[:1], 2, evaluation.PROTOCOLS["rgb"])
    with pytest.raises(SrlibError, match="APlus takes luma"):
        model(torch.zeros(1, 3, 20, 20))
