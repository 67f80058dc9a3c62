"""Every network of the book through one door: `create("ddsr", scale=3, depth=18)`.

One file a paper. A network takes and gives float tensors in 0..1, (N, 1, H, W) for a luma network and (N, 3, H, W)
for a colour one, and says about itself
    model.input            "y", "rgb" or "any"
    model.upscaled_input   True when the bicubically enlarged image goes in, False when the LR image does
"""

import inspect

from srlib.errors import SrlibError
from srlib.models.bicubic import Bicubic
from srlib.models.ddsr import DDSR
from srlib.models.fsrcnn import FSRCNN
from srlib.models.srcnn import SRCNN

MODELS = {"bicubic": Bicubic, "srcnn": SRCNN, "fsrcnn": FSRCNN, "ddsr": DDSR}
SCALES = (2, 3, 4)


def names():
    """The names that `create` knows, in the order of the book."""
    return list(MODELS)


def create(name, scale, **options):
    """Build a network with fresh weights.

    Raises SrlibError for an unknown name or option, and for a scale other than 2, 3 or 4.
    """
    if name not in MODELS:
        raise SrlibError(f"unknown model {name!r}: one of {', '.join(MODELS)}")
    if scale not in SCALES:
        raise SrlibError(f"unknown scale {scale!r}: one of {SCALES}")
    known = [p for p in inspect.signature(MODELS[name]).parameters if p != "scale"]
    for option in options:
        if option not in known:
            raise SrlibError(f"{name} has no option {option!r}: it has {', '.join(known) or 'none'}")
    return MODELS[name](scale, **options)
