"""A recipe: everything that decides what a training run produces, in one frozen object with a digest."""

import hashlib
import json
import math
from dataclasses import asdict, dataclass, field, fields

from srlib import losses
from srlib.errors import SrlibError

# Keys that recipes of older records do not have. While such a key holds its default it enters neither recipe.json nor
# the digest, so the old digests stay what they were.
LATER = ("drop_factor", "loss", "loss_options", "shrunk", "scales", "sampling")
CHOICES = {
    "profile": ("quick", "short", "paper"),
    "optimizer": ("adam", "sgd", "muon"),
    "schedule": ("steps", "cosine"),
    "start": ("default", "nearest", "msra"),
    "augment": (False, True, "rotations"),
    "sampling": ("uniform", "error"),
}


@dataclass(frozen=True)
class Recipe:
    """What to train, on what, and how. The defaults are the `ddsr` document's own recipe (its section 3).

    The folder of a run holds its recipe, and two runs with one digest end with the same weights on one machine, when
    computed by one plan (srlib.plan).
    """

    profile: str = "paper"  # which kind of evidence the run may give: quick, short or paper

    model: str = "ddsr"
    options: dict = field(default_factory=dict)  # for srlib.models.create
    scale: int = 3
    start: str = "default"  # ddsr only: "nearest", begin as nearest-neighbour interpolation; "msra", Caffe's filler

    train_set: str = "ddsr291"
    patch: int = 7  # LR pixels a side
    stride: int = 4  # LR pixels between neighbouring patches
    augment: bool | str = False  # turn each patch by a random symmetry of the square; "rotations": mirror none
    shrunk: tuple = (1.0,)  # every picture enters shrunk by each of these factors; 1 is as it is
    scales: tuple = ()  # train one network at all of these; the curve is then that of `scale`, one of them
    sampling: str = "uniform"  # "error": what bicubic interpolation gets wrong is drawn more often (srlib.sampling)

    iterations: int = 100_000
    batch: int = 128
    optimizer: str = "adam"
    rate: float = 1e-3
    adam_rate: float = 2e-3  # with muon: the rate of what is no body kernel
    momentum: float = 0.9  # SGD's and Muon's
    betas: tuple = (0.9, 0.999)  # ADAM's
    schedule: str = "steps"
    drops: tuple = (60_000, 90_000)  # "steps": iterations at which the rate falls
    drop_factor: float = 0.1  # ... to this share of itself
    warmup: float = 0.0  # share of the iterations in which the rate rises from 0
    clip: float = 0.0  # largest norm of the gradient; 0 clips nothing
    average: float = 0.0  # decay of a running average of the weights over the iterations; 0 keeps none

    loss: str = "mse"  # a name of srlib.losses.LOSSES
    loss_options: dict = field(default_factory=dict)  # and what it is told: alpha, beta, size, sigma, ...

    seed: int = 0
    validation_set: str = "validation"
    evaluate_every: int = 5_000  # iterations between two rows of curve.csv
    test_sets: tuple = ("Set5", "Set14")
    protocol: str = "y8"

    def __post_init__(self):
        for name in ("betas", "drops", "test_sets", "shrunk", "scales"):  # JSON has lists only
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        for f in fields(self):
            value, wanted = getattr(self, f.name), f.type
            if wanted is float and type(value) is int:
                object.__setattr__(self, f.name, value := float(value))
            if type(value) not in getattr(wanted, "__args__", (wanted,)):  # bool | str has two
                raise SrlibError(f"recipe: {f.name} is of type {getattr(wanted, '__name__', wanted)}, not {value!r}")
        for name, choices in CHOICES.items():
            if getattr(self, name) not in choices:
                known = ", ".join(map(str, choices))
                raise SrlibError(f"recipe: {name} is one of {known}, not {getattr(self, name)!r}")
        for name in ("iterations", "batch", "patch", "stride", "evaluate_every", "rate", "adam_rate"):
            if not getattr(self, name) > 0:
                raise SrlibError(f"recipe: {name} is above 0, not {getattr(self, name)!r}")
        for name in ("average", "warmup", "momentum"):
            if not 0 <= getattr(self, name) < 1:
                raise SrlibError(f"recipe: {name} is at least 0 and below 1, not {getattr(self, name)!r}")
        if self.clip < 0:
            raise SrlibError(f"recipe: clip is at least 0, not {self.clip!r}")
        if len(self.betas) != 2 or not all(type(b) in (int, float) and 0 <= b < 1 for b in self.betas):
            raise SrlibError(f"recipe: betas are two numbers of at least 0 and below 1, not {self.betas!r}")
        if not all(type(drop) is int for drop in self.drops):
            raise SrlibError(f"recipe: drops are whole numbers of iterations, not {self.drops!r}")
        if abs(self.seed) >= 2**31:
            raise SrlibError(f"recipe: seed lies within 2^31 of 0, not {self.seed!r}")
        if not 0 < self.drop_factor <= 1:
            raise SrlibError(f"recipe: drop_factor is above 0 and at most 1, not {self.drop_factor!r}")
        if not self.shrunk or not all(type(f) in (int, float) and 0 < f <= 1 for f in self.shrunk):
            raise SrlibError(f"recipe: shrunk holds factors above 0 and at most 1, not {self.shrunk!r}")
        object.__setattr__(self, "shrunk", tuple(map(float, self.shrunk)))  # 1 and 1.0 are one recipe
        whole = all(type(s) is int and s > 1 for s in self.scales) and len(set(self.scales)) == len(self.scales)
        if self.scales and not (whole and self.scale in self.scales):
            raise SrlibError(f"recipe: scales are different integers above 1, with {self.scale}, not {self.scales!r}")
        losses.named(self.loss, self.loss_options)
        if self.sampling == "error" and self.loss != "mse":
            raise SrlibError(f"recipe: sampling by error weighs a squared error, not {self.loss}")

    def rate_factor(self, iteration):
        """What the learning rate is multiplied by at an iteration, counted from 0."""
        done = iteration / self.iterations
        rise = min(1.0, (iteration + 1) / (self.warmup * self.iterations)) if self.warmup else 1.0
        if self.schedule == "cosine":
            return rise * 0.5 * (1 + math.cos(math.pi * done))
        return rise * self.drop_factor ** sum(iteration >= drop for drop in self.drops)

    def told(self):
        """The recipe as a dictionary, without the keys of LATER that hold their default."""
        values, default = asdict(self), asdict(Recipe())
        return {key: value for key, value in values.items() if key not in LATER or value != default[key]}

    def to_json(self):
        return json.dumps(self.told(), indent=2) + "\n"

    def digest(self):
        """SHA-256 (hex) of the recipe, independent of the order of its keys; see LATER."""
        return hashlib.sha256(json.dumps(self.told(), sort_keys=True).encode()).hexdigest()


def from_dict(values):
    """A recipe out of a dictionary. Raises SrlibError for a key that no recipe has."""
    known = [f.name for f in fields(Recipe)]
    for key in values:
        if key not in known:
            raise SrlibError(f"recipe: unknown key {key!r}; a recipe has {', '.join(known)}")
    return Recipe(**values)


def from_json(text):
    """The recipe that `to_json` wrote. Raises SrlibError when the text is no such recipe."""
    try:
        values = json.loads(text)
    except ValueError as error:
        raise SrlibError(f"recipe: not JSON ({error})") from None
    if not isinstance(values, dict):
        raise SrlibError("recipe: not a JSON object")
    return from_dict(values)
