"""How a run is computed here: number format, memory layout, compiler. Measured at start, since machines differ.

The plan does not belong to the recipe: it changes the last bits of a result, not what was tried. It is stored in the
checkpoint and in provenance.json, and a resumed run keeps the plan it began with.
"""

import copy
import ctypes
import shutil
import sys
import sysconfig
import time
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch.nn.functional import mse_loss

# Half precision must beat single by this factor in the trial, or it is not worth the loss of digits.
WORTH_IT = 1.15
# Compiling takes its time: not for runs that are about as short themselves, and on a processor not for
# networks of hundreds of convolutions, where it takes many minutes and made the step slower (CM-DWSC).
COMPILE_FROM = 300  # iterations
COMPILE_UP_TO = 64  # convolutions
CONVOLUTIONS = (torch.nn.Conv2d, torch.nn.ConvTranspose2d)
# Of glibc's malloc.h.
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3


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
    """
    device, model = device or default_device(), copy.deepcopy(model)  # a trial moves the means of a normalisation
    plain = Plan(device, threads=torch.get_num_threads())
    turned = replace(plain, channels_last=True)
    small = replace(turned, dtype="bfloat16")
    times = {plan: seconds_per_step(plan, model, low, high) for plan in (plain, turned, small)}
    best = min((plain, turned), key=times.get)
    if times[small] * WORTH_IT < times[best]:
        best = small
    layers = sum(isinstance(layer, CONVOLUTIONS) for layer in model.modules())
    if iterations < COMPILE_FROM or (device == "cpu" and layers > COMPILE_UP_TO) or not can_compile(device):
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


def seconds_per_step(plan, model, low, high, steps=5):
    """The shortest time of a forward and backward pass under a plan: what else a machine does only adds to it."""
    plan.place(model)
    forward = plan.forward(model)
    times = []
    for _ in range(steps + 1):
        begin = time.perf_counter()
        mse_loss(forward(low).float(), high).backward()
        if plan.device == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - begin)
        model.zero_grad()
    return min(times[1:])  # the first step sets things up


def keep_freed_memory():
    """Have glibc keep what a training step frees, up to 2 GB, for the next step; another C library is left as it is.

    By itself it often hands large blocks back to the system, which must clear each of their pages again a moment later:
    about a tenth of a step of DDSR on two cores.
    """
    if sys.platform.startswith("linux"):
        mallopt = getattr(ctypes.CDLL(None), "mallopt", lambda parameter, value: None)
        mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        mallopt(M_TOP_PAD, 2**26)
        mallopt(M_MMAP_THRESHOLD, 2**25)  # the most that it takes
