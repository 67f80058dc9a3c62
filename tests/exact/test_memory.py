"""Memory of a forward pass: by hand where it can be, the same with and without numbers, and as the system has it."""

import os
import subprocess
import sys

import pytest
import torch

from srlib import memory, models, relative
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


def test_the_system_counts_the_same():
    """In a process of its own, whose freed memory goes back at once."""
    if sys.platform != "linux":
        pytest.skip("NO TEST OF MEASURED MEMORY: it is asked of Linux")
    code = ("import torch; from srlib import memory; from srlib.models.gidrn import ANRB; torch.set_num_threads(1);"
            "print(memory.grown_bytes(ANRB(8, 'all'), (1, 8, 64, 64)))")  # fmt: skip
    prompt = os.environ | {"MALLOC_MMAP_THRESHOLD_": "65536"}
    grown = int(subprocess.run([sys.executable, "-c", code], env=prompt, capture_output=True, check=True).stdout)
    counted = memory.peak_bytes(ANRB(8, "all"), (1, 8, 64, 64)) - 4 * 8 * 64**2  # without the input, which was there
    assert counted > 2**27 and grown == pytest.approx(counted, abs=2**20)


def test_the_kept_measurement_is_the_count_and_nearly_the_print():
    found = relative.memories()
    assert len(found) == 8
    for (side, samples), grown in found.items():
        with torch.device("meta"):
            block = ANRB(72, samples if samples == "all" else int(samples))
        counted = memory.peak_bytes(block, (1, 72, side, side)) - 4 * 72 * side**2
        assert grown == pytest.approx(counted, abs=2**20)
    assert 8012 - 5 < found[180, "all"] / 2**20 < 8012  # 8431 - 419 MB in Table 2


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
