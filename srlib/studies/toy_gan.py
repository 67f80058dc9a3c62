"""Toy: what the adversarial loss changes, in seconds on one core.

A small SRResNet learns x4 from the embedded images with the MSE. Then it is copied: one copy goes on with the MSE, the
other with SRGAN's adversarial loss on top (Ledig et al., CVPR 2017, Eq. 3 with Eq. 4 as content loss, the paper's
"SRGAN-MSE"; a VGG loss would need weights). Both see the same patches for as many iterations: what differs at the end
is the work of the loss. Two things are unlike the paper because seconds must do: the network adds to the bicubic
image instead of drawing everything, and the copies keep the first part's batch statistics.
"""

import copy
import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from srlib import datasets, evaluation, images, losses, models
from srlib.errors import SrlibError
from srlib.metrics import psnr
from srlib.models.blocks import bicubic
from srlib.resize import imresize

SCALE = 4
RULES = evaluation.PROTOCOLS["rgb"]


@dataclass(frozen=True)
class Settings:
    """All that a run depends on, beside the photographs (`embedded_train`)."""

    seed: int = 0
    first: int = 100  # iterations with the MSE alone, before the copy is made
    second: int = 80  # iterations of each copy
    side: int = 32  # HR pixels of a patch's side, a multiple of 16: what the discriminator sees
    batch: int = 8
    rate: float = 2e-3  # Adam's, highest, of the first part
    copy_rate: float = 5e-4  # of both copies
    judge_rate: float = 2e-4  # of the discriminator
    every: int = 20  # iterations of a copy between two rows of its curve
    weight: float = losses.ADVERSARIAL_WEIGHT  # 0: both copies are the same network in the end


@dataclass(frozen=True)
class Result:
    """The two copies, in evaluation mode, and their curves.

    curves   {"MSE": rows, "MSE + adversarial": rows}, each a dict iteration (since the copy), psnr and fine (means of
             `measure`), judge (the discriminator's mean loss since the last row, NaN where there is none)
    """

    mse: nn.Module
    adversarial: nn.Module
    curves: dict


class Generator(nn.Module):
    """The bicubic image plus what a SRResNet of two blocks and 16 maps adds: nothing, before training."""

    input, upscaled_input, scale = "rgb", False, SCALE

    def __init__(self, blocks=2, channels=16):
        super().__init__()
        self.net = models.create("srresnet", SCALE, blocks=blocks, channels=channels)
        nn.init.zeros_(self.net.last.weight)
        nn.init.zeros_(self.net.last.bias)

    def forward(self, x):
        return bicubic(x, SCALE) + self.net(x)  # (N, 3, 4 H, 4 W)


def run(settings=None):
    """Train both copies and return a Result: the same weights for the same Settings on the same machine."""
    s = settings or Settings()
    if min(s.first, s.second, s.batch, s.every) < 1:
        raise SrlibError("toy_gan: first, second, batch and every are 1 or more")
    with torch.random.fork_rng():
        torch.manual_seed(s.seed)
        batches = _batches(s)
        generator, judge = Generator(), models.create("srgan_d", SCALE, size=s.side, channels=8)
        _first_part(generator, batches, s)
        rest = [next(batches) for _ in range(s.second)]
        start = {"iteration": 0, **_means(generator), "judge": math.nan}
        twin = copy.deepcopy(generator)
        curves = {"MSE": [start, *_second_part(twin, None, rest, s)],
                  "MSE + adversarial": [start, *_second_part(generator, judge, rest, s)]}  # fmt: skip
    return Result(twin, generator, curves)


def _first_part(generator, batches, s):
    """Learn with the MSE; from then on batch normalisation keeps the statistics found, in training as in use."""
    optimizer = torch.optim.Adam(generator.parameters(), s.rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, s.rate, total_steps=s.first, pct_start=0.1)
    for _ in range(s.first):
        low, high = next(batches)
        _step(optimizer, losses.mse(generator(low), high))
        schedule.step()
    generator.eval()


def _second_part(generator, judge, batches, s):
    """Go on with the MSE (judge is None), or let judge and generator learn in turn; gives the rows of the curve."""
    optimizer = torch.optim.Adam(generator.parameters(), s.copy_rate, betas=(0.5, 0.999))
    judging = judge and torch.optim.Adam(judge.parameters(), s.judge_rate, betas=(0.5, 0.999))
    rows, verdicts = [], []
    for iteration, (low, high) in enumerate(batches, 1):
        fake = generator(low)
        loss = losses.mse(fake, high)
        if judge:
            verdict = losses.adversarial_discriminator(judge(high), judge(fake.detach()))
            _step(judging, verdict)
            verdicts.append(verdict.item())
            judge.requires_grad_(False)  # the generator's step needs no gradients for it
            loss = losses.perceptual(loss, judge(fake), s.weight)
            judge.requires_grad_(True)
        _step(optimizer, loss)
        if iteration % s.every == 0 or iteration == s.second:
            judged = sum(verdicts) / len(verdicts) if verdicts else math.nan
            rows.append({"iteration": iteration, **_means(generator), "judge": judged})
            verdicts = []
    return rows


def _means(generator):
    rows = measure(generator)
    return {key: sum(row[key] for row in rows) / len(rows) for key in ("psnr", "fine")}


def _step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def _batches(s):
    """Yield random patches in 0..1 for ever: LR (N, 3, side / 4, side / 4) and HR (N, 3, side, side)."""
    photographs = []
    for image in datasets.load("embedded_train"):
        pixels = image.pixels if image.pixels.ndim == 3 else np.stack([image.pixels] * 3, axis=-1)
        hr = images.crop_to_multiple(pixels, SCALE) / 255
        pair = (imresize(hr, 1 / SCALE), hr)
        photographs.append([torch.from_numpy(x).permute(2, 0, 1).float() for x in pair])
    areas = torch.tensor([float(lr.numel()) for lr, _ in photographs])
    side = s.side // SCALE
    while True:
        low, high = [], []
        for k in torch.multinomial(areas, s.batch, replacement=True).tolist():
            lr, hr = photographs[k]
            y, x = (int(torch.randint(n - side + 1, ())) for n in lr.shape[1:])
            low.append(lr[:, y : y + side, x : x + side])
            high.append(hr[:, SCALE * y : SCALE * (y + side), SCALE * x : SCALE * (x + side)])
        yield torch.stack(low), torch.stack(high)


def fine_energy(y):
    """Energy of a luma image (H, W) above half the Nyquist frequency, that is with a period under four pixels.

    Of the mean-free image under a Hann window (whose edges would count as detail otherwise), by the fast Fourier
    transform, over frequencies whose length exceeds 1/4 a pixel. At x4 the LR image holds nothing above 1/8: all of
    it is the network's own.
    """
    spectrum = np.fft.fft2((y - y.mean()) * np.outer(*(np.hanning(n) for n in y.shape)))
    frequency = np.hypot(*np.meshgrid(*(np.fft.fftfreq(n) for n in y.shape), indexing="ij"))
    return float((np.abs(spectrum[frequency > 0.25]) ** 2).sum())


def measure(model):
    """A row a photograph of `embedded_test`: name, psnr (dB, protocol rgb), fine (energy over the original's)."""
    rows = []
    for image in datasets.load("embedded_test"):
        lr, reference = evaluation.prepare(image.pixels, SCALE, RULES, "rgb")
        luma = evaluation.luma_of(evaluation.super_resolve(model, lr), RULES)
        decibels = psnr(*(images.shave(y, SCALE) for y in (luma, reference)))
        rows.append({"name": image.name, "psnr": decibels, "fine": fine_energy(luma) / fine_energy(reference)})
    return rows
