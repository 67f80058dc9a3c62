"""Every network of the book through one door: `create("ddsr", scale=3, depth=18)`.

One file a paper. A network takes and gives float tensors in 0..1, (N, 1, H, W) for a luma network and (N, 3, H, W)
for a colour one, and says about itself
    model.input            "y", "rgb" or "any"
    model.upscaled_input   True when the bicubically enlarged image goes in, False when the LR image does
`srgan_d` alone does not enlarge: it judges HR images.
"""

import inspect

from srlib.errors import SrlibError
from srlib.models.bicubic import Bicubic
from srlib.models.carn import CARN
from srlib.models.cm_dwsc import CMDWSC
from srlib.models.ddsr import DDSR
from srlib.models.drcn import DRCN
from srlib.models.drrn import DRRN
from srlib.models.edsr import EDSR, edsr_baseline
from srlib.models.espcn import ESPCN
from srlib.models.fsrcnn import FSRCNN
from srlib.models.gidrn import GIDRN, idrn
from srlib.models.idn import IDN
from srlib.models.imdn import IMDN
from srlib.models.lapsrn import LapSRN
from srlib.models.latticenet import LatticeNet
from srlib.models.mdsr import MDSR
from srlib.models.memnet import MemNet
from srlib.models.msrresnet import MSRResNet
from srlib.models.multiscale import multi_scale_resnet
from srlib.models.pan import PAN
from srlib.models.rcan import RCAN
from srlib.models.red import RED30
from srlib.models.rfdn import RFDN, rfdn_l
from srlib.models.rrdbnet import RRDBNet
from srlib.models.smsr import SMSR
from srlib.models.srcnn import SRCNN
from srlib.models.srdensenet import SRDenseNet
from srlib.models.srgan import Discriminator
from srlib.models.srmdnf import SRMDNF
from srlib.models.srresnet import SRResNet
from srlib.models.vdsr import VDSR

MODELS = {
    "bicubic": Bicubic,
    "srcnn": SRCNN,
    "fsrcnn": FSRCNN,
    "espcn": ESPCN,
    "ddsr": DDSR,
    "cm_dwsc": CMDWSC,
    "multiscale": multi_scale_resnet,
    "vdsr": VDSR,
    "drcn": DRCN,
    "red30": RED30,
    "drrn": DRRN,
    "memnet": MemNet,
    "lapsrn": LapSRN,
    "srdensenet": SRDenseNet,
    "srresnet": SRResNet,
    "srgan_d": Discriminator,
    "msrresnet": MSRResNet,
    "edsr_baseline": edsr_baseline,
    "edsr": EDSR,
    "mdsr": MDSR,
    "rrdbnet": RRDBNet,
    "rcan": RCAN,
    "idn": IDN,
    "srmdnf": SRMDNF,
    "carn": CARN,
    "imdn": IMDN,
    "imdn_jdsr": IMDN,  # the same network, trained by joint distillation
    "rfdn": RFDN,
    "rfdn_l": rfdn_l,
    "pan": PAN,
    "latticenet": LatticeNet,
    "smsr": SMSR,
    "gidrn": GIDRN,
    "idrn": idrn,
}
SCALES = (2, 3, 4)


def names():
    """The names that `create` knows, in the order of the book."""
    return list(MODELS)


def options(name):
    """{option: its default} of a network of MODELS."""
    known = inspect.signature(MODELS[name]).parameters.values()
    return {p.name: p.default for p in known if p.default is not p.empty}


def create(name, scale, **options):
    """Build a network with fresh weights.

    Raises SrlibError for an unknown name or option, for one of which no network can be built, and for a scale other
    than 2, 3 or 4.
    """
    if name not in MODELS:
        raise SrlibError(f"unknown model {name!r}: one of {', '.join(MODELS)}")
    if scale not in SCALES:
        raise SrlibError(f"unknown scale {scale!r}: one of {SCALES}")
    known = [p for p in inspect.signature(MODELS[name]).parameters if p != "scale"]
    for option in options:
        if option not in known:
            raise SrlibError(f"{name} has no option {option!r}: it has {', '.join(known) or 'none'}")
    try:
        return MODELS[name](scale, **options)
    except (TypeError, ValueError, RuntimeError) as error:
        given = ", ".join(f"{key}={value!r}" for key, value in options.items())
        raise SrlibError(f"{name} cannot be built with {given} ({str(error).splitlines()[0]})") from error
