"""How a run is computed here: number format, memory layout, compiler. Measured at start, since machines differ.

The plan does not belong to the recipe: it changes the last bits of a result, not what was tried. It is stored in the
checkpoint and in provenance.json, and a resumed run keeps the plan it began with.
"""

import copy
import math
import shutil
import sys
import sysconfig
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.nn.functional import mse_loss

from srlib.allocator import keep_freed_memory

# Half precision must beat single by this factor in the trial, or it is not worth the loss of digits.
WORTH_IT = 1.15
# A trial of the formats takes some twenty steps, one of the compiler a minute or more: neither is for short runs.
TRIED_FROM = 300  # iterations
STEPS = 5  # timed of each plan
# Nor is the compiler for hundreds of convolutions on a processor, where it takes many minutes and made the step of
# CM-DWSC slower; nor for float32 there, where it gained DDSR a twentieth and took three minutes.
COMPILE_UP_TO = 64  # convolutions
CONVOLUTIONS = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)


@dataclass(frozen=True)
class Plan:
    """device: "cpu" or "cuda"; dtype of the body's convolutions; threads on the CPU."""

    device: str = "cpu"
    dtype: str = "float32"
    channels_last: bool = False
    compile: bool = False
    threads: int = 1

    def place(self, model):
        """Move a model to the device and the memory layout of this plan, in place."""
        layout = torch.channels_last if self.channels_last else torch.contiguous_format
        return model.to(self.device, memory_format=layout)

    def forward(self, model):
        """The function LR -> SR that the loop calls: the model, under autocast and compiled if so planned."""
        if self.device == "cpu":
            keep_freed_memory()
        run = torch.compile(model) if self.compile else model
        low_precision = self.dtype == "bfloat16"

        def forward(low):
            with torch.autocast(self.device, torch.bfloat16, enabled=low_precision):
                return run(low)

        return forward


def default_device():
    return "cuda" if torch.cuda.is_available() else "cpu"


def choose(model, low, high, iterations, device=None):
    """The fastest plan for this model and batch here: layout, float32 or bfloat16, compiled or not, a few steps each.

    low, high   one batch of patches, (N, C, h, w) and (N, C, s h, s w), on the device
    iterations  of the run; a short one gets the plain plan, untried
    """
    device = device or default_device()
    plain = Plan(device, threads=torch.get_num_threads())
    if iterations < TRIED_FROM:
        return plain
    model = copy.deepcopy(model)  # a trial moves the means of a normalisation
    turned = replace(plain, channels_last=True)
    small = replace(turned, dtype="bfloat16")
    times = {plan: seconds_per_step(plan, model, low, high) for plan in (plain, turned)}
    best = min(times, key=times.get)
    times[small] = seconds_per_step(small, model, low, high, lost=times[best])
    if times[small] * WORTH_IT < times[best]:
        best = small
    layers = sum(isinstance(layer, CONVOLUTIONS) for layer in model.modules())
    if (device == "cpu" and (best is not small or layers > COMPILE_UP_TO)) or not can_compile(device):
        return best
    compiled = replace(best, compile=True)
    return compiled if seconds_per_step(compiled, model, low, high) < times[best] else best


def can_compile(device):
    """Whether torch.compile has what it needs: on the CPU, a C++ compiler and Python's headers."""
    if device != "cpu":
        return True
    if not (shutil.which("g++") or shutil.which("clang++")):
        return False
    return sys.platform != "win32" and Path(sysconfig.get_path("include"), "Python.h").exists()


def seconds_per_step(plan, model, low, high, lost=math.inf):
    """The shortest time of a forward and backward pass under a plan: what else a machine does only adds to it.

    A plan that takes more than twice `lost` has lost, and is not tried to the end: a processor that only imitates
    half precision takes ten times as long.
    """
    plan.place(model)
    forward = plan.forward(model)
    times = []
    for _ in range(1 + STEPS):
        begin = time.perf_counter()
        mse_loss(forward(low).float(), high).backward()
        if plan.device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
        model.zero_grad()
        if len(times) > 1 and times[-1] > 2 * lost:
            break
    return min(times[1:])  # the first step sets things up
