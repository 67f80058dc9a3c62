"""A network as a list of boxes, read from its own `forward` by torch.fx: what `plots.diagram` draws.

A box is a layer with what directly follows it (batch normalisation, activation), or one of this library's blocks as a
whole; equal boxes in a chain become one with a count. So EDSR has one box "ResidualBlock x 32", and the diagram of
that block is drawn from the block.
"""

from dataclasses import dataclass, replace

import torch
from torch import fx, nn

from srlib.errors import SrlibError
from srlib.models import blocks, lapsrn, multiscale

FOLLOWERS = (nn.BatchNorm2d, nn.ReLU, nn.LeakyReLU, nn.PReLU, nn.Tanh, nn.Sigmoid)
NAMES = {  # of modules, functions and methods, where their own name is not what a reader says
    "BatchNorm2d": "BN", "Tanh": "tanh", "Sigmoid": "sigmoid", "relu": "ReLU", "leaky_relu": "LeakyReLU",
    "add": "+", "sub": "−", "mul": "×", "cat": "concatenate", "einsum": "weighted sum", "matmul": "matrix product",
    "flatten": "flatten", "avg_pool2d": "2×2 mean",
    "GIDB": "G-IDB", "GIDRG": "G-IDRG", "PyramidPooling": "pyramid pooling", "Shortcuts": "weighted shortcuts",
}  # fmt: skip
JOINS = ("+", "−", "×", "concatenate", "weighted sum", "matrix product")
# What only picks, cuts, turns or bundles: no box. The boxes that it takes stand for it.
UNSEEN = ("getitem", "tensor_split", "chunk", "split", "stack", "view", "flatten", "transpose", "expand",
          "contiguous", "Identity", "Flatten")  # fmt: skip
DECIDING = {"scale": None, "code": None}  # optional arguments of `forward` that choose the way the data takes


@dataclass(frozen=True)
class Box:
    """One step of a network.

    kind        "input", "layer", "block", "join" (of several boxes) or "other"
    inputs      indices of the boxes that it takes
    shape       of what it gives (the first, where it gives several), without N: (C, H, W)
    parameters  of all its repetitions together; 0 where an earlier box has counted them
    times       how often it stands there, one after the other
    """

    label: str
    kind: str
    inputs: tuple
    shape: tuple
    parameters: int = 0
    times: int = 1


class Tracer(fx.Tracer):
    """Stops at every module of the library and of torch, but looks into nn.Sequential."""

    proxy_buffer_attributes = True

    def __init__(self):
        super().__init__(autowrap_functions=(blocks.bicubic, lapsrn.bicubic))

    def is_leaf_module(self, module, name):
        return not isinstance(module, nn.Sequential)


class Recorder(fx.Interpreter):
    """Runs a traced network and keeps what every node gave."""

    def __init__(self, module, graph):
        super().__init__(module, graph=graph)
        self.given = {}

    def run_node(self, node):
        self.given[node] = super().run_node(node)
        return self.given[node]


def boxes(model, *shapes):
    """The boxes of a network, in the order in which they are computed; the first are its inputs.

    shapes   (1, C, H, W) of each input: the network runs once on zeros, on its own device ("meta" will do)
    Raises SrlibError for a network whose way depends on the values it is given: that has no diagram.
    """
    code = model.forward.__code__
    named = code.co_varnames[1 : code.co_argcount]
    try:
        graph = Tracer().trace(model, {name: value for name, value in DECIDING.items() if name in named})
    except (fx.proxy.TraceError, TypeError) as error:
        raise SrlibError(f"{type(model).__name__} has no diagram: {error}") from None
    recorder = Recorder(model, graph)
    like = next(model.parameters(), torch.zeros(()))
    inputs = [torch.zeros(shape, device=like.device) for shape in shapes]
    with torch.no_grad():
        recorder.run(*inputs, *[None] * (len([n for n in graph.nodes if n.op == "placeholder"]) - len(inputs)))
    return fold(join_followers(read(graph, recorder.given, dict(model.named_modules()))))


def read(graph, given, modules):
    """One box for every node that computes an image."""
    found, place, counted = [], {}, set()
    needed = set()  # statistics that a network gathers beside its image lead nowhere
    for node in reversed(graph.nodes):
        if node.op == "output" or needed & set(node.users):
            needed.add(node)
    for node in graph.nodes:
        image = given.get(node) if node in needed else None
        while isinstance(image, tuple | list) and image:
            image = image[0]
        if node.op in ("output", "get_attr") or not isinstance(image, torch.Tensor):
            continue
        inputs = tuple(dict.fromkeys(i for n in node.all_input_nodes for i in place.get(n, ())))
        module = modules[node.target] if node.op == "call_module" else None
        name = type(module).__name__ if module else getattr(node.target, "__name__", str(node.target))
        if name in UNSEEN or (name == "cat" and len(inputs) == 1):
            place[node] = inputs
            continue
        if node.op != "placeholder" and not inputs:  # made of constants alone
            continue
        label, kind = describe(node, module, NAMES.get(name, name), len(inputs))
        fresh = [p for p in module.parameters() if id(p) not in counted] if module else []
        counted |= {id(p) for p in fresh}
        place[node] = (len(found),)
        found.append(Box(label, kind, inputs, tuple(image.shape[1:]), sum(p.numel() for p in fresh)))
    return found


def describe(node, module, name, inputs):
    """(label, kind) of a node; `name` is what its module or function is called."""
    if node.op == "placeholder":
        return "input", "input"
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        (k, _), (s, _) = module.kernel_size, module.stride
        label = f"{k}×{k} " + ("deconvolution" if module.transposed else "convolution")
        label += f", stride {s}" if s > 1 else ""
        label += ", shared" if isinstance(module, multiscale.SharedConv2d) else ""
        return label + (f", {module.groups} groups" if module.groups > 1 else ""), "layer"
    if isinstance(module, nn.Linear):
        return f"fully connected, {module.out_features}", "layer"
    if isinstance(module, nn.PixelShuffle):
        return f"pixel shuffle ×{module.upscale_factor}", "other"
    if isinstance(module, blocks.MeanShift):
        return ("subtract" if module.sign < 0 else "add") + " the mean colour", "other"
    numbers = [a for a in node.args if isinstance(a, int | float)]
    if name in ("pixel_shuffle", "bicubic"):
        return f"{name.replace('_', ' ')} ×{numbers[0]:g}", "other"
    if name == "interpolate":
        return f"{node.kwargs['mode']} interpolation", "other"
    if name in JOINS:
        return (name, "join") if inputs > 1 else (f"{name} {numbers[0]:g}" if numbers else name, "other")
    if module is None or isinstance(module, FOLLOWERS):
        return name, "other"
    return name, "block"


def join_followers(found):
    """Put batch normalisation and activations into the box of the layer that they follow."""
    users = [sum(i in box.inputs for box in found) for i in range(len(found))]
    names = {NAMES.get(kind.__name__, kind.__name__) for kind in FOLLOWERS}
    kept, place = [], []
    for box in found:
        inputs = tuple(place[i] for i in box.inputs)
        if box.label in names and len(inputs) == 1 and users[box.inputs[0]] == 1 and kept[inputs[0]].kind == "layer":
            before = kept[inputs[0]]
            kept[inputs[0]] = replace(
                before, label=f"{before.label}, {box.label}", parameters=before.parameters + box.parameters
            )
            place.append(inputs[0])
        else:
            place.append(len(kept))
            kept.append(replace(box, inputs=inputs))
    return kept


def fold(found):
    """Make one box of equal boxes that follow one another and that nothing else looks at."""
    users = [sum(i in box.inputs for box in found) for i in range(len(found))]
    kept, place, last = [], [], None
    for i, box in enumerate(found):
        equal = last and box.parameters in (last.parameters, 0) and box == replace(
            last, inputs=(i - 1,), parameters=box.parameters
        )
        if equal and users[i - 1] == 1:
            before = kept[-1]
            total = before.parameters + box.parameters
            kept[-1] = replace(before, times=before.times + 1, parameters=total)
        else:
            kept.append(replace(box, inputs=tuple(place[j] for j in box.inputs)))
        place.append(len(kept) - 1)
        last = box
    return kept
