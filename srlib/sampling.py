"""Which patches an iteration sees: each as often as any other, or those more often that are hard to enlarge.

Most patches of photographs are smooth: bicubic interpolation nearly has them, and their gradients are small. Drawing
the others more often, and counting each by the inverse of that, leaves the expected gradient as it is and takes noise
out of it: importance sampling, as in A. Katharopoulos, F. Fleuret, "Not all samples are created equal", ICML 2018, who
draw by a bound of each gradient. Here the squared error of bicubic interpolation stands for it, computed once.
"""

import torch

EVENLY = 0.2  # of the draws, so that none counts more than 1 / EVENLY; not tuned


def shares(patches):
    """How often each patch is drawn: (N,) float64, sum 1. A fifth of the draws evenly, the others by its error."""
    errors = patches.bicubic_errors.double() + 1e-12  # where no patch has any error, all are alike
    return (EVENLY + (1 - EVENLY) * errors / errors.mean()) / len(errors)


def weights(patches):
    """What each patch counts in a loss, (N,) float32, so that the expected loss is the mean over all: 1 / (N share)."""
    return (1 / (len(patches) * shares(patches))).float()


def order(recipe, patches, generator):
    """The patches of an epoch, (N,) indices on their device: each once, or drawn with replacement by their shares."""
    if recipe.sampling == "uniform":
        drawn = torch.randperm(len(patches), generator=generator)
    else:
        drawn = torch.multinomial(shares(patches).cpu(), len(patches), replacement=True, generator=generator)
    return drawn.to(patches.starts.device)
