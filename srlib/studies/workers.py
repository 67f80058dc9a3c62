"""Several processes train the runs of one list side by side.

The runs are independent: each process takes the next one that is neither finished nor held by another process. They
share nothing but the folders, so any of them may be killed, and further ones may be started elsewhere.
"""

import multiprocessing
import os
import signal
import threading
import time
from contextlib import suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import NamedTuple

import torch

from srlib import records
from srlib.errors import Busy, SrlibError
from srlib.plan import default_device
from srlib.training import train

TELL_EVERY = 0.5  # seconds between two words of a run about its iterations
GPU_ROOM = 8 * 2**30  # bytes, a guess on the safe side: what a run may take of an accelerator's memory


class Event(NamedTuple):
    """What a process tells: kind "at" (an iteration), "done", "busy" (others hold the run), "failed", "died"."""

    process: int
    kind: str
    folder: Path | None
    iteration: int = 0
    iterations: int = 0
    message: str = ""


def cores():
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def room():
    """How many processes may train side by side here: one a core, and on an accelerator as many as its memory holds."""
    if default_device() == "cpu":
        return cores()
    free, _ = torch.cuda.mem_get_info()
    return max(1, min(cores(), free // GPU_ROOM))


def train_all(runs, processes=1, *, threads=None, **options):
    """Train (recipe, folder) pairs and yield an Event whenever there is news.

    Finished runs are skipped; a run that another process holds is tried once more at the end. A run that fails stops
    no other. `threads` is for each process (default: the cores, shared out); `options` go to `train`. Leaving the
    generator early, as Ctrl-C does, lets every run write a checkpoint.
    """
    threads = threads or max(1, cores() // processes)
    # Fresh interpreters: a fork of a process in which torch has worked may hang.
    context = multiprocessing.get_context("spawn")
    ears, children = {}, []
    try:
        for number in range(processes):
            ear, mouth = context.Pipe(duplex=False)
            child = context.Process(target=_child, args=(mouth, number, list(runs), threads, options))
            child.start()
            mouth.close()  # so that the ear hears when the child is no more
            ears[ear] = child
            children.append(child)
        while ears:
            for ear in wait(list(ears)):
                try:
                    yield ear.recv()
                except EOFError:
                    child = ears.pop(ear)
                    child.join()
                    if child.exitcode:
                        message = f"a process ended with code {child.exitcode}"
                        yield Event(children.index(child), "died", None, message=message)
    finally:
        for child in children:
            if child.is_alive():
                child.terminate()
        for child in children:
            child.join()


def work_through(runs, tell, number=0, **options):
    """Train what nobody else has trained or is training; `tell` takes each Event."""
    put_off = []
    for recipe, folder in runs:
        _one(recipe, folder, tell, number, options, busy=lambda *run: put_off.append(run))
    for recipe, folder in put_off:  # whoever held them is done, or was stopped
        _one(recipe, folder, tell, number, options, busy=lambda _, where: tell(Event(number, "busy", where)))


def _one(recipe, folder, tell, number, options, busy):
    if records.finished(folder):
        return
    try:
        train(recipe, folder, progress=partial(_telling, tell, number, folder), **options)
        tell(Event(number, "done", folder, recipe.iterations, recipe.iterations))
    except Busy:
        busy(recipe, folder)
    except Exception as error:  # a full disk, or no memory: the next run may be smaller
        kind = "" if isinstance(error, SrlibError) else f"{type(error).__name__}: "
        tell(Event(number, "failed", folder, message=kind + " ".join(str(error).split())))


def _telling(tell, number, folder, batches, *, initial, total, **_):
    """What `train` takes for a progress bar: tells instead of drawing."""
    told = -TELL_EVERY
    for iteration, batch in enumerate(batches, initial):
        if time.monotonic() - told > TELL_EVERY:
            tell(Event(number, "at", folder, iteration, total))
            told = time.monotonic()
        yield batch


def _child(mouth, number, runs, threads, options):
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the parent decides
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)

    def tell(event):
        with suppress(BrokenPipeError):  # the parent was killed: see _end_with_parent
            mouth.send(event)

    with suppress(KeyboardInterrupt):  # asked to stop by SIGTERM, and the checkpoint is written
        work_through(runs, tell, number, **options)


def _end_with_parent():
    """A child whose parent was killed would go on unseen."""
    multiprocessing.parent_process().join()
    os.kill(os.getpid(), signal.SIGTERM)
