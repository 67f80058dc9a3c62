"""Which cascades of cross modules fit Table 2 of `cm_dwsc`: 2.11 and 0.27 (million) parameters, 990 and 125 MFLOPS.

The document gives no number of stages, modules or maps and no input size. Everything here is a product of a few small
numbers, so all cascades of moderate size can be tried.
"""

from dataclasses import dataclass
from itertools import product
from math import isqrt

PARAMETERS = {"standard": (2.105e6, 2.115e6), "separable": (0.265e6, 0.275e6)}  # what prints as 2.11 and 0.27 million
OPERATIONS = {"standard": (989.5e6, 990.5e6), "separable": (124.5e6, 125.5e6)}
FUSIONS = ("3x3", "1x1", "sum")


@dataclass(frozen=True)
class Cascade:
    """A network like srlib.models.cm_dwsc, for counting alone.

    fusion   how a stage's two branches become one: a "3x3" or "1x1" convolution of both side by side, or their "sum"
    extra    further convolutions C -> C at the end of a stage
    images   reconstructions C -> 1: "each" stage has one, or the "last" alone
    """

    stages: int = 3
    modules: int = 4
    channels: int = 64
    fusion: str = "3x3"
    extra: int = 1
    images: str = "each"

    def convolutions(self):
        """[(how many, inputs, outputs, kernel side, can be separable)]"""
        c, s = self.channels, self.stages
        fusion = {"3x3": [(s, 2 * c, c, 3, True)], "1x1": [(s, 2 * c, c, 1, False)], "sum": []}[self.fusion]
        images = s if self.images == "each" else 1
        body = [(s * (4 * self.modules + self.extra), c, c, 3, True), *fusion]
        return [(1, 1, c, 3, False), *body, (images, c, 1, 3, False)]

    def weights(self, kind):
        """Kernels alone, which is also the multiply-accumulates for each pixel; kind "standard" or "separable"."""
        return sum(
            n * (k * k * i + i * o if kind == "separable" and wide else k * k * i * o)
            for n, i, o, k, wide in self.convolutions()
        )

    def parameters(self, kind):
        """With one bias an output map, and a weight for each image of the sum."""
        biases = sum(n * o for n, _, o, _, _ in self.convolutions())
        return self.weights(kind) + biases + (self.stages if self.images == "each" else 0)


def every_cascade():
    """Up to 10 stages of 12 modules, of usual widths."""
    sizes = range(1, 11), range(1, 13), (32, 48, 64, 96, 128), FUSIONS, range(4), ("each", "last")
    return [Cascade(*chosen) for chosen in product(*sizes)]


def within(value, limits):
    return limits[0] <= value < limits[1]


def fits_parameters(cascade):
    return all(within(cascade.parameters(kind), limits) for kind, limits in PARAMETERS.items())


def fitting_pixels(cascade, per_product=1):
    """(least, most) pixels of the input for which both networks need the printed operations, or None.

    per_product   2 counts the additions as well. The two bounds need not be whole numbers.
    """
    bounds = [
        [limit / (per_product * cascade.weights(kind)) for limit in limits] for kind, limits in OPERATIONS.items()
    ]
    least, most = max(low for low, _ in bounds), min(high for _, high in bounds)
    return (least, most) if least < most else None


def square_sides(cascade, per_product=1):
    """The sides of the square inputs among them."""
    found = fitting_pixels(cascade, per_product)
    return [n for n in range(1, isqrt(int(found[1])) + 1) if within(n * n, found)] if found else []
