"""Read other people's weight files as plain arrays, and lay them out as a network's own parameters."""

import io

import numpy as np
import torch
from scipy import io as matlab

from srlib.errors import SrlibError


def read(content, path):
    """The arrays of a weight file by name, {name: tensor or numpy array}, from its bytes; `path` names it in errors.

    .pth   torch's file of named tensors; no object of any other class is built
    .mat   an element of a cell array or of a struct adds ".0" or ".field" to the name, and empty ones are left out
    """
    try:
        return (_pth if path.suffix == ".pth" else _mat)(io.BytesIO(content))
    except Exception as error:  # the readers raise almost any type on bytes that they do not know
        raise SrlibError(f"{path}: cannot be read as weights ({type(error).__name__})") from None


def _pth(file):
    found = torch.load(file, weights_only=True, map_location="cpu")
    if not all(isinstance(tensor, torch.Tensor) for tensor in found.values()):
        raise TypeError("holds something else than tensors")
    return dict(found)


def _mat(file):
    arrays = {}
    for name, value in matlab.loadmat(file).items():
        if not name.startswith("__"):  # __header__ and the like
            _flatten(name, value, arrays)
    return arrays


def _flatten(name, value, arrays):
    if value.dtype.names:  # a struct, 1 x 1 here
        for part in value.dtype.names:
            _flatten(f"{name}.{part}", value[part].item(), arrays)
    elif value.dtype == object:  # a cell array
        for i, part in enumerate(value.ravel()):
            _flatten(f"{name}.{i}", part, arrays)
    elif value.size:
        arrays[name] = value


def arrange(tensors, wanted, names, prefix, layout, path):
    """The file's `tensors` under our names and in our shapes: a state dict like `wanted`.

    names, prefix, layout   as in `srlib.pretrained.Official`

    Raises SrlibError naming the first tensor that is missing, left over, of another shape or not finite.
    """
    left, state = dict(tensors), {}
    for ours, like in wanted.items():
        theirs = prefix + their_name(ours, names)
        if theirs not in left:
            raise SrlibError(f"{path}: lacks the tensor {theirs} ({ours} of the network)")
        state[ours] = _fit(left.pop(theirs), tuple(like.shape), layout, f"{path}: the tensor {theirs}")
    if left:
        raise SrlibError(f"{path}: holds the tensor {min(left)}, which the network does not have")
    return state


def their_name(ours, names):
    """The file's name of a parameter: by the entry of `names` with the most parts that begin it, else its own."""
    parts = ours.split(".")
    for n in range(len(parts), 0, -1):
        for known, theirs in names.items():
            pattern = known.split(".")
            if len(pattern) == n and all(p in ("*", part) for p, part in zip(pattern, parts, strict=False)):
                for part in (part for p, part in zip(pattern, parts, strict=False) if p == "*"):
                    theirs = theirs.replace("*", part, 1)
                return ".".join([theirs, *parts[n:]])
    return ours


def _fit(value, shape, layout, what):
    """One array of the file as a float32 tensor of `shape`, or a SrlibError that begins with `what`."""
    array, stored = np.asarray(value, dtype=np.float32), _stored(shape, layout)
    same = array.shape == stored if layout == "torch" else _sides(array.shape) == _sides(stored)
    if not same:
        raise SrlibError(f"{what} is {'x'.join(map(str, array.shape))}, not {'x'.join(map(str, stored))}")
    if not np.isfinite(array).all():
        raise SrlibError(f"{what} holds NaN or infinity")
    if len(shape) == 4:
        outputs, inputs, height, width = shape
        if layout == "columns":
            array = array.reshape(inputs, width, height, outputs).transpose(3, 0, 2, 1)
        elif layout == "hwio":
            array = array.reshape(height, width, inputs, outputs).transpose(3, 2, 0, 1)
    return torch.from_numpy(array.reshape(shape).copy())


def _stored(shape, layout):
    """The shape in the file of a tensor that has `shape` here."""
    if layout == "torch" or len(shape) < 4:
        return shape
    outputs, inputs, height, width = shape
    return (inputs, width * height, outputs) if layout == "columns" else (height, width, inputs, outputs)


def _sides(shape):
    """A shape without its ones: MATLAB drops some of them, and has no arrays of one dimension."""
    return tuple(n for n in shape if n != 1)
