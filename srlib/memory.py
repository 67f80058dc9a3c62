"""How much memory a forward pass holds, and how much it keeps for the way back: counted, or asked of the system."""

import weakref
from pathlib import Path

import torch
from torch.utils._python_dispatch import TorchDispatchMode


class _Held(TorchDispatchMode):
    """Bytes of all tensors that operations made and that still live, and the most there were."""

    def __init__(self):
        super().__init__()
        self.held = self.most = 0
        self.known = weakref.WeakKeyDictionary()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else (out,):
            if isinstance(tensor, torch.Tensor):
                self.take(tensor.untyped_storage())
        return out

    def take(self, storage):
        if storage not in self.known:
            size = storage.nbytes()
            self.known[storage] = weakref.finalize(storage, self.give, size)
            self.held += size
            self.most = max(self.most, self.held)

    def give(self, size):
        self.held -= size


def peak_bytes(model, shape):
    """The most bytes of maps, the input among them, that live at one moment of an inference on (N, C, H, W) zeros.

    Weights are not counted, nor what a convolution needs inside. On a network of shapes alone (`torch.device("meta")`)
    nothing is stored and the number is the same, so it is there at once for any size.
    """
    like = next(model.parameters(), torch.zeros(()))
    with torch.no_grad(), _Held() as count:
        model(torch.zeros(shape, dtype=like.dtype, device=like.device))
    return count.most


def grown_bytes(model, shape):
    """How much this process grows, at most, in an inference on (N, C, H, W) ones: asked of the system, Linux only.

    Exact where freed memory goes back at once, as with MALLOC_MMAP_THRESHOLD_=65536 in the environment; otherwise the
    process fills with maps what it has, and grows less.
    """
    x = torch.ones(shape)  # pages of zeros might not be there yet
    with torch.inference_mode():
        model(x[..., :16, :16])  # what a first call sets up is none of the maps
        Path("/proc/self/clear_refs").write_text("5")  # the highest mark starts at what is used now
        before = _status("VmRSS")
        model(x)
    return _status("VmHWM") - before


def _status(key):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(key))


def kept_bytes(model, shape):
    """The bytes of maps that a forward pass on (N, C, H, W) keeps for the backward pass, the input among them.

    Weights are not counted; what two operations keep counts once. With `torch.device("meta")` nothing is stored.
    """
    like = next(model.parameters())
    x = torch.zeros(shape, dtype=like.dtype, device=like.device, requires_grad=True)
    weights, kept = {weight.untyped_storage() for weight in model.parameters()}, set()
    with torch.autograd.graph.saved_tensors_hooks(lambda t: kept.add(t.untyped_storage()) or t, lambda t: t):
        out = model(x)
    total = sum(storage.nbytes() for storage in kept - weights)
    del out  # until here, so that no storage was freed and its place given to another
    return total
