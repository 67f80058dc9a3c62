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
