"""What does a metric cost? srlib's IFC beside scikit-image's SSIM, in turn on one image and on one core.

    OMP_NUM_THREADS=1 python benchmarks/metrics.py [--side 508] [--times 15] [--limit 150]

The image is made here, noise with the spectrum of a photograph, and compared with itself after bicubic resizing. What
it shows does not change the time. The exit code is 1 when the median of the IFC is not below the limit.
"""

import argparse
import statistics
import sys
import time

import numpy as np

from srlib.metrics import ifc, ssim
from srlib.resize import imresize


def photograph(side):
    """Noise whose amplitude falls as one over frequency, float64 (side, side) in 0..255."""
    frequency = np.hypot(np.fft.fftfreq(side)[:, None], np.fft.fftfreq(side))
    frequency[0, 0] = np.inf
    noise = np.fft.fft2(np.random.default_rng(0).normal(size=(side, side)))
    image = np.fft.ifft2(noise / frequency).real
    return np.round(128 + 40 * image / image.std()).clip(0, 255)


def milliseconds(metric, pair):
    begin = time.perf_counter()
    metric(*pair)
    return 1e3 * (time.perf_counter() - begin)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=508, help="pixels; even, and at least 72")
    parser.add_argument("--times", type=int, default=15, help="measurements of each metric")
    parser.add_argument("--limit", type=float, default=150, help="milliseconds that the IFC may take")
    args = parser.parse_args()

    whole = photograph(args.side)
    pair = whole, np.round(imresize(imresize(whole, 1 / 2), 2)).clip(0, 255)
    metrics = {"ssim (scikit-image)": ssim, "ifc": ifc}
    times = {name: [] for name in metrics}
    for turn in range(args.times + 1):
        for name, metric in metrics.items():
            took = milliseconds(metric, pair)
            if turn:  # the first turn warms up
                times[name].append(took)
    median = {name: statistics.median(found) for name, found in times.items()}
    for name, found in times.items():
        print(f"{name:20} {median[name]:7.1f} ms for {args.side}x{args.side} ({min(found):.1f} to {max(found):.1f})")
    print(f"ratio                {median['ifc'] / median['ssim (scikit-image)']:7.1f}")
    return median["ifc"] >= args.limit


if __name__ == "__main__":
    sys.exit(main())
