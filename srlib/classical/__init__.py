"""The methods before the networks that are trained here: `train("a_plus", datasets.load("T91"), scale=3)`.

One file a paper. What comes back enlarges like a network of `srlib.models`, and `srlib.evaluation` measures it so.
"""

from dataclasses import fields

from srlib.classical import a_plus, srf
from srlib.errors import SrlibError

METHODS = {"a_plus": a_plus, "srf": srf}
SCALES = (2, 3, 4)


def settings(name, **changed):
    """The Settings of a method of METHODS, some `changed`. Unknown method or setting: SrlibError."""
    if name not in METHODS:
        raise SrlibError(f"unknown classical method {name!r}: one of {', '.join(METHODS)}")
    known = [field.name for field in fields(METHODS[name].Settings)]
    for option in changed:
        if option not in known:
            raise SrlibError(f"{name} has no setting {option!r}: it has {', '.join(known)}")
    return METHODS[name].Settings(**changed)


def train(name, pictures, scale, chosen=None):
    """Learn a method of METHODS from HR pictures (NamedImages) for one scale, with `chosen` or the paper's Settings.

    Raises SrlibError for another method or scale, and when the pictures are too few or too small.
    """
    if scale not in SCALES:
        raise SrlibError(f"unknown scale {scale!r}: one of {SCALES}")
    default = settings(name)
    return METHODS[name].train(pictures, scale, chosen or default)
