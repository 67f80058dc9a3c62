"""What a network costs and sees: parameters, multiply-accumulates, the "FLOPs" of the AIM challenges, receptive field.

The two counters of operations run the network once on zeros. Build it under `with torch.device("meta"):` and nothing
is computed or stored, only shapes are: EDSR on a large image is counted at once. The receptive field takes such a
network too.
"""

import math
from functools import cache

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

from srlib import models
from srlib.models.blocks import MeanShift
from srlib.receptive import Field, receptive_field

__all__ = ["Field", "aim_flops", "macs", "outline", "parameters", "receptive_field", "weights"]


@cache
def outline(name, scale=4, **options):
    """A network of `models.create` without numbers in it, to be counted and not changed: built once, then kept."""
    with torch.device("meta"), Shapes():
        return models.create(name, scale, **options)


def parameters(model):
    """Every learnable number: weights, biases, PReLU slopes, normalisation, scalars."""
    return sum(p.numel() for p in model.parameters())


def weights(model):
    """Kernels and matrices alone, without biases and slopes: what many tables call "parameters"."""
    return sum(p.numel() for p in model.parameters() if p.ndim > 1)


def macs(model, shape):
    """Multiply-accumulates of one forward pass on an input of `shape` (N, C, H, W).

    Convolutions and matrix products count, by what really is multiplied; counters that charge a transposed convolution
    by its output size say too much (FSRCNN at x4: 6.5 times). Half of what torch's FlopCounterMode says, and faster.
    """
    return run_on_zeros(model, shape)


def aim_flops(model, shape):
    """Operations of one forward pass as the AIM 2020 challenge counts them, for an LR input of `shape` (N, C, H, W).

    Modules alone count: a convolution, transposed or not, k k C_in (C_out / groups) for every output position, without
    bias; ReLU, LeakyReLU and PReLU one an output element; batch normalisation two. A fixed colour shift counts as the
    1x1 convolution 3 -> 3 that it is in the authors' programs. Pooling, sigmoid, softmax, pixel shuffle, products of
    matrices and functions (such as `torch.relu`) cost nothing. The document `gidrn` prints this number in Table 5.
    """
    total = 0

    def add(module, inputs, output):
        nonlocal total
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):  # by its maps: part of a shared kernel may be in use
            kernel = math.prod(module.kernel_size) * inputs[0].shape[1] // module.groups
            total += kernel * output.numel()
        elif isinstance(module, MeanShift):
            total += 3 * output.numel()
        else:
            total += output.numel() * (2 if isinstance(module, nn.BatchNorm2d) else 1)

    counted = (nn.Conv2d, nn.ConvTranspose2d, MeanShift, nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.BatchNorm2d)
    hooks = [module.register_forward_hook(add) for module in model.modules() if isinstance(module, counted)]
    try:
        run_on_zeros(model, shape)
    finally:
        for hook in hooks:
            hook.remove()
    return total


MATRIX_PRODUCTS = (torch.matmul, torch.bmm, torch.mm, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.Tensor.bmm)
# Functions whose output has a plain shape. On the meta device they would be the slowest part:
# torch answers them there in Python, and the first one imports its whole compiler.
SAME = frozenset({F.relu, torch.relu, F.leaky_relu, F.prelu, F.batch_norm, torch.sigmoid, torch.tanh,
                  torch.Tensor.square, torch.Tensor.sqrt, torch.Tensor.add_, torch.Tensor.normal_,
                  nn.init.kaiming_uniform_, nn.init.uniform_})  # fmt: skip
SPREAD = frozenset({torch.Tensor.add, torch.Tensor.sub, torch.Tensor.mul, torch.Tensor.div})


def plain(func, args, kwargs):
    """What a function of SAME or SPREAD, `linear`, `cat`, `stack` or a mean over places gives; None for any other."""
    x, *rest = args or (kwargs.get("tensor"),)  # torch.nn.init names it
    if func in SAME:
        return x
    if func in SPREAD:  # by numpy: torch's broadcast_shapes, too, imports a good part of the compiler
        return x.new_zeros(np.broadcast_shapes(*(y.shape for y in args if isinstance(y, torch.Tensor))))
    if func is F.linear:
        return x.new_zeros((*x.shape[:-1], len(rest[0])))
    if func is torch.cat:
        axis = rest[0] if rest else kwargs.get("dim", 0)
        shape = list(x[0].shape)
        shape[axis] = sum(part.shape[axis] for part in x)
        return x[0].new_zeros(shape)
    if func is torch.stack and not (rest or kwargs):
        return x[0].new_zeros((len(x), *x[0].shape))
    if func is F.adaptive_avg_pool2d and isinstance(rest[0], int):
        return x.new_zeros((*x.shape[:-2], rest[0], rest[0]))
    if func is torch.Tensor.mean and kwargs.get("keepdim"):
        axes = rest[0] if rest else kwargs["dim"]
        return x.new_zeros([1 if i in axes else n for i, n in enumerate(x.shape)])
    return None


def products(func, args, out):
    """Multiply-accumulates of one call of a torch function that gave `out`."""
    if func is F.conv2d:
        return args[1].numel() * out.numel() // out.shape[1]  # every kernel number at each place of the output
    if func is F.conv_transpose2d:
        return args[1].numel() * args[0].numel() // args[0].shape[1]  # ... of the input
    if func is F.linear:
        return args[1].numel() * args[0].numel() // args[0].shape[-1]
    if func in MATRIX_PRODUCTS:
        return out.numel() * args[0].shape[-1]
    if func is torch.einsum:  # one product for each choice of all indices
        terms = args[0].replace(" ", "").split("->")[0].split(",")
        sizes = {letter: size for term, x in zip(terms, args[1:], strict=True)
                 for letter, size in zip(term, x.shape, strict=True)}  # fmt: skip
        return math.prod(sizes.values())
    return 0


class Shapes(TorchFunctionMode):
    """A context in which `plain` functions are not run, and `total` sums the `products` of the others."""

    def __init__(self):
        super().__init__()
        self.total = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        out = plain(func, args, kwargs)
        out = func(*args, **kwargs) if out is None else out
        self.total += products(func, args, out)
        return out


def run_on_zeros(model, shape):
    """One pass for its shapes alone, whose values mean nothing; returns its multiply-accumulates."""
    like = next(model.parameters(), torch.zeros(()))  # bicubic has no parameters
    with torch.no_grad(), Shapes() as counter:
        model(torch.zeros(shape, dtype=like.dtype, device=like.device))
    return counter.total
