"""How much faster is srlib's loop than a plain one? Both run here, in turn, and the ratio is printed.

    python benchmarks/training.py [--depth 18] [--batch 128] [--patch 7] [--steps 15] [--data embedded_train]

Plain: a DataLoader over patches cut out beforehand, float32, contiguous, ADAM. Ours: srlib.patches, the plan that
srlib.plan.choose measures as fastest here, the same network, batch and optimizer. Each side has a process of its own,
so that its peak memory is its own. Compilation and warm-up are not counted; they are printed. The share of the
device's peak is against the fastest matrix product measured here, not against a data sheet.
"""

import argparse
import multiprocessing
import resource
import statistics
import time
from itertools import pairwise

import torch
from torch.nn.functional import mse_loss
from torch.utils.data import DataLoader, TensorDataset

from srlib import complexity
from srlib.patches import Patches
from srlib.plan import Plan, default_device
from srlib.recipe import Recipe
from srlib.training import batches, begin

WARM_UP = 4
PLAIN = Plan()


def recipe_of(args):
    return Recipe(
        options={"depth": args.depth},
        train_set=args.data,
        patch=args.patch,
        batch=args.batch,
        iterations=10 * (args.steps + WARM_UP) + 300,  # long enough for the plan to consider compiling
    )


def plain(args):
    """(what it is, its steps) of a plain loop; a step is done each time the iterator is advanced."""
    device, recipe = default_device(), recipe_of(args)
    patches = Patches(args.data, recipe.scale, recipe.patch, recipe.stride)
    low, high = patches.batch(torch.arange(len(patches)))
    loader = DataLoader(TensorDataset(low, high), recipe.batch, shuffle=True, drop_last=True)
    model = begin(recipe, patches, "cpu", plan=PLAIN).model.to(device)
    optimizer = torch.optim.Adam(model.parameters(), recipe.rate)

    def steps():
        while True:
            for x, y in loader:
                loss = mse_loss(model(x.to(device)), y.to(device))
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                yield loss.item()

    return "float32, contiguous, DataLoader", steps()


def ours(args):
    """The same for srlib's loop."""
    device, recipe = default_device(), recipe_of(args)
    patches = Patches(args.data, recipe.scale, recipe.patch, recipe.stride, device)
    state = begin(recipe, patches, device)
    forward, p = state.plan.forward(state.model), state.plan

    def steps():
        for indices, symmetries in batches(recipe, patches, 0):
            low, high = patches.batch(indices, symmetries)
            loss = mse_loss(forward(low).float(), high)
            state.model.zero_grad()
            loss.backward()
            state.optimizers[0].step()
            yield loss.item()

    layout = "channels_last" if p.channels_last else "contiguous"
    return f"{p.dtype}, {layout}{', compiled' if p.compile else ''}", steps()


def measured(side, args, results):
    torch.set_num_threads(args.threads)
    stamps = [time.perf_counter()]
    name, steps = side(args)
    for _ in range(WARM_UP + args.steps):
        next(steps)
        stamps.append(time.perf_counter())
    setup = stamps[WARM_UP] - stamps[0]
    times = [after - before for before, after in pairwise(stamps[WARM_UP:])]
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    device = torch.cuda.max_memory_allocated() / 2**20 if default_device() == "cuda" else None
    results.put((times, name, setup, rss, device))


def peak(device, threads, size=2048, repeats=6):
    """Operations a second (two a multiply-add) of the fastest product of two square matrices, float32 or bfloat16."""
    torch.set_num_threads(threads)
    best = 0.0
    for dtype in (torch.float32, torch.bfloat16):
        a = torch.randn(size, size, device=device).to(dtype)
        for _ in range(repeats):
            begin = time.perf_counter()
            (a @ a)[0, 0].item()  # reading one number waits for the device
            best = max(best, 2 * size**3 / (time.perf_counter() - begin))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--depth", type=int, default=18)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--patch", type=int, default=7, help="LR pixels a side")
    parser.add_argument("--steps", type=int, default=15, help="iterations timed on each side")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--data", default="embedded_train")
    args = parser.parse_args()

    context, medians = multiprocessing.get_context("spawn"), {}
    for side in (plain, ours):
        results = context.Queue()
        process = context.Process(target=measured, args=(side, args, results))
        process.start()
        times, name, setup, rss, device = results.get()
        process.join()
        medians[side] = statistics.median(times)
        memory = f"peak memory {rss:.0f} MiB" + (f", {device:.0f} MiB on the device" if device else "")
        print(
            f"{side.__name__:6} {1e3 * medians[side]:8.1f} ms an iteration "
            f"({1e3 * min(times):.1f} to {1e3 * max(times):.1f}), {setup:.0f} s to set up, {memory}; {name}"
        )
    recipe = recipe_of(args)
    model = begin(recipe, Patches(args.data, 3, args.patch, 4), "cpu", PLAIN).model
    work = 6 * args.batch * complexity.macs(model, (1, 1, args.patch, args.patch))  # forward and twice that back
    rate, top = work / medians[ours], peak(default_device(), args.threads)
    print(f"ratio  {medians[plain] / medians[ours]:.2f}")
    print(f"ours   {rate / 1e9:.0f} GFLOP/s, {rate / top:.0%} of the {top / 1e9:.0f} that a matrix product reaches")


if __name__ == "__main__":
    main()
