"""Memory of a forward pass: by hand where it can be, and the same with and without numbers."""

import torch

from srlib import memory, models
from srlib.models.gidrn import ANRB, attention_bytes


def test_a_chain_holds_an_input_and_an_output():
    stack = torch.nn.Sequential(*(torch.nn.Conv2d(4, 4, 3, padding=1) for _ in range(5)))
    one_map = 4 * 4 * 10 * 12  # bytes of (1, 4, 10, 12)
    assert memory.peak_bytes(stack, (1, 4, 10, 12)) == 3 * one_map  # the caller's input, a layer's input, its output


def test_in_place_and_views_cost_nothing():
    stack = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Flatten(), torch.nn.ReLU(inplace=True))
    assert memory.peak_bytes(stack, (1, 4, 10, 12)) == 4 * 4 * 10 * 12


def test_anrb_holds_its_two_matrices():
    with torch.device("meta"):
        pooled, whole = ANRB(8, 110), ANRB(8, "all")
    for side in (64, 128):
        pixels = side**2
        rest = 4 * pixels * (2 * 8 + 4)  # x and the output, phi, theta, gamma and what is seen
        for block, points in ((pooled, 110), (whole, pixels)):
            peak, pairs = memory.peak_bytes(block, (1, 8, side, side)), attention_bytes(pixels, points)
            assert pairs < peak < pairs + rest


def test_numbers_change_nothing():
    with torch.device("meta"):
        shapes = models.create("gidrn", 2, channels=16, groups=2, stages=1)
    numbers = models.create("gidrn", 2, channels=16, groups=2, stages=1)
    assert memory.peak_bytes(shapes, (1, 3, 20, 18)) == memory.peak_bytes(numbers, (1, 3, 20, 18)) > 0


def test_what_is_kept_for_the_way_back():
    """Of conv, norm, ReLU, conv: the two inputs of convolutions, the norm's input, the ReLU's output, which is one."""
    one_map = 4 * 8 * 10 * 12  # bytes of (1, 8, 10, 12)
    conv, again = (torch.nn.Conv2d(8, 8, 3, padding=1) for _ in range(2))
    assert memory.kept_bytes(torch.nn.Sequential(conv, torch.nn.ReLU(), again), (1, 8, 10, 12)) == 2 * one_map
    norm = torch.nn.Sequential(conv, torch.nn.BatchNorm2d(8), torch.nn.ReLU(), again)
    assert 0 <= memory.kept_bytes(norm, (1, 8, 10, 12)) - 3 * one_map < 4 * 8 * 8  # and the batch's means and spreads


def test_separable_layers_keep_more_than_plain_ones():
    """Each keeps the maps between its two steps as well."""
    with torch.device("meta"):
        plain, own = (models.create("cm_dwsc", 3, separable=separable) for separable in (False, True))
    numbers = models.create("cm_dwsc", 3, separable=False)
    assert memory.kept_bytes(plain, (1, 1, 12, 12)) == memory.kept_bytes(numbers, (1, 1, 12, 12))
    assert memory.kept_bytes(own, (1, 1, 12, 12)) > 1.5 * memory.kept_bytes(plain, (1, 1, 12, 12))
