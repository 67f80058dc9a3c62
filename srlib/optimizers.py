"""SGD and ADAM as the documents use them, and Muon, which our own fast recipe uses.

Muon: K. Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024. The momentum of a kernel,
seen as a matrix (out, in * k * k), is replaced by the nearest orthogonal matrix, so every direction of the matrix
learns at the same rate.
"""

import torch

from srlib.errors import SrlibError

# Coefficients of the quintic iteration from the article above: they drive singular values to about 1 in five steps.
QUINTIC = (3.4445, -4.7750, 2.0315)


def orthogonalise(matrices, steps=5):
    """The nearest (semi-)orthogonal matrices, roughly: (..., m, n) with m <= n, singular values within 0.7..1.2.

    Each step multiplies by a polynomial of the m x m Gram matrix. The polynomials are gathered there, where they are
    small, and the long matrix is multiplied once at the end.
    """
    a, b, c = QUINTIC
    x = matrices / (torch.linalg.matrix_norm(matrices, keepdim=True) + 1e-7)
    gram = x @ x.mT
    product = identity = torch.eye(gram.shape[-1], dtype=x.dtype, device=x.device)
    for _ in range(steps):
        factor = a * identity + b * gram + c * gram @ gram
        gram = factor @ gram @ factor
        product = factor @ product
    return product @ x


class Muon(torch.optim.Optimizer):
    """Orthogonalised Nesterov momentum for convolution kernels that all have one shape (out, in, k, k)."""

    def __init__(self, kernels, lr, momentum=0.95):
        super().__init__(kernels, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            kernels, momentum = group["params"], group["momentum"]
            gradient = torch.stack([_gradient(kernel).flatten(1) for kernel in kernels])  # (layers, out, in * k * k)
            state = self.state[kernels[0]]
            average = state.setdefault("average", torch.zeros_like(gradient))
            average.lerp_(gradient, 1 - momentum)
            updates = orthogonalise(gradient.lerp(average, momentum))
            for kernel, update in zip(kernels, updates, strict=True):
                kernel.add_(update.view_as(kernel), alpha=-group["lr"])


def _gradient(kernel):
    """A branch that the last batch did not use, such as another scale's, has none."""
    return torch.zeros_like(kernel) if kernel.grad is None else kernel.grad


def create(model, recipe):
    """The recipe's optimizers for a model, as a list: one for SGD and ADAM, two for Muon.

    Muon takes the kernels of the body, from as many maps to as many, larger than 1x1; ADAM takes everything else at
    the rate `recipe.adam_rate`. Raises SrlibError for a network whose body kernels do not have one shape.
    """
    everything = list(model.parameters())
    if recipe.optimizer == "sgd":
        return [torch.optim.SGD(everything, recipe.rate, momentum=recipe.momentum)]
    if recipe.optimizer == "adam":
        return [torch.optim.Adam(everything, recipe.rate, betas=recipe.betas)]
    body = [p for p in everything if p.ndim == 4 and p.shape[0] == p.shape[1] and p.shape[2] > 1]
    shapes = {tuple(kernel.shape) for kernel in body}
    if len(shapes) != 1:
        raise SrlibError(f"muon needs body kernels of one shape; {recipe.model} has {sorted(shapes) or 'none'}")
    rest = [p for p in everything if not any(p is kernel for kernel in body)]
    return [
        Muon(body, recipe.rate, recipe.momentum),
        torch.optim.Adam(rest, recipe.adam_rate, betas=recipe.betas),
    ]
