"""The state of a run under way: kept in one file, replaced whole, and read back exactly."""

import copy
import fcntl
import os
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import torch

from srlib import models, optimizers
from srlib.errors import Busy, SrlibError
from srlib.plan import Plan, default_device

NAME = "checkpoint.pt"
LOCK = "lock"


@dataclass
class State:
    """All that changes while a run goes on."""

    model: torch.nn.Module
    optimizers: list
    plan: Plan
    average: dict  # running average of the weights by name, empty when the recipe keeps none
    losses: torch.Tensor  # sum and number of the losses since the last row of the curve
    iteration: int = 0
    seconds: float = 0.0  # of training alone, over all sittings
    curve: list = field(default_factory=list)

    @classmethod
    def fresh(cls, model, recipe, plan):
        """The state before iteration 0 of a model, which moves to the plan's device."""
        plan.place(model)
        average = {k: v.clone() for k, v in model.state_dict().items()} if recipe.average else {}
        created = optimizers.create(model, recipe)
        for group in (group for optimizer in created for group in optimizer.param_groups):
            group["initial_lr"] = group["lr"]
        return cls(model, created, plan, average, torch.zeros(2, device=plan.device, dtype=torch.float64))

    @torch.no_grad()
    def after_step(self, loss, recipe):
        """Count an iteration, add its loss, and let the running average follow the weights."""
        self.iteration += 1
        self.losses[0] += loss.detach()
        self.losses[1] += 1
        for name, value in self.model.state_dict().items() if self.average else ():
            kept = self.average[name]
            if value.is_floating_point():
                kept.lerp_(value, 1 - recipe.average)
            else:  # the counters of a normalisation
                kept.copy_(value)

    def averaged_model(self, recipe):
        """The network to measure and to keep: the averaged weights where the recipe asks for them."""
        if not recipe.average:
            return self.model
        model = copy.deepcopy(self.model)
        model.load_state_dict(self.average)
        return model


@contextmanager
def claim(work, recipe):
    """Make the folder of a run under way this process's own while the block runs.

    Raises Busy when another process holds it, SrlibError when it holds a run of another recipe.
    """
    work.mkdir(parents=True, exist_ok=True)
    try:
        lock = open(work / LOCK, "w")  # noqa: SIM115 (the `with` below closes it)
    except FileNotFoundError:
        raise Busy(f"{work}: another process has just finished it") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # released by the system even after kill -9
        except BlockingIOError:
            raise Busy(f"{work}: another process is training here") from None
        if not _is(lock, work / LOCK):  # its holder has just finished and moved the folder away, lock and all
            raise Busy(f"{work}: another process has just finished it")
        path = work / NAME
        if path.exists() and read(path)["recipe"] != recipe.digest():
            raise SrlibError(f"{work}: an unfinished run of another recipe; remove it or finish it first")
        yield


def _is(file, path):
    """Whether an open file is the one that lies at a path now."""
    return path.exists() and os.path.samestat(os.fstat(file.fileno()), path.stat())


def held(work):
    """Whether a process is training in a folder at this moment."""
    try:
        with open(work / LOCK) as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def save(state, recipe, work):
    """Write the checkpoint under a temporary name, then put it in place of the last one.

    Weights that are no longer finite are not worth keeping: then the last checkpoint stays as it is.
    """
    if not all(torch.isfinite(value).all() for value in state.model.state_dict().values()):
        return
    temporary = work / (NAME + ".tmp")
    content = {
        "recipe": recipe.digest(),
        "plan": asdict(state.plan),
        "model": state.model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer in state.optimizers],
        "average": state.average,
        "losses": state.losses,
        "iteration": state.iteration,
        "seconds": state.seconds,
        "curve": state.curve,
    }
    try:
        torch.save(content, temporary)
        os.replace(temporary, work / NAME)
    except RuntimeError as error:  # torch's own name for a failed write
        reason = str(error).splitlines()[0]
        raise SrlibError(f"{work / NAME}: cannot be written, is the disk full? ({reason})") from None
    finally:
        temporary.unlink(missing_ok=True)


def read(path):
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise SrlibError(f"{path}: cannot be read ({error.strerror})") from None
    except Exception as error:  # torch raises many types on damaged bytes
        raise SrlibError(f"{path}: damaged checkpoint ({type(error).__name__}); remove it to start again") from None


def restore(work, recipe):
    """The state that `save` kept in a folder, with the plan it began with; None when there is none."""
    path = work / NAME
    if not path.exists():
        return None
    content = read(path)
    plan = Plan(**content["plan"])
    if plan.device not in ("cpu", default_device()):
        raise SrlibError(f"{work}: was begun on {plan.device}, which this machine has not; finish it there")
    model = models.create(recipe.model, recipe.scale, **recipe.options)
    state = State.fresh(model, recipe, plan)
    model.load_state_dict(content["model"])
    for optimizer, kept in zip(state.optimizers, content["optimizers"], strict=True):
        optimizer.load_state_dict(kept)
    for name in state.average:
        state.average[name].copy_(content["average"][name])
    state.losses.copy_(content["losses"])
    state.iteration, state.seconds, state.curve = content["iteration"], content["seconds"], content["curve"]
    return state


def kept_iteration(work):
    """The iteration of the checkpoint in a folder, None when there is none."""
    return read(work / NAME)["iteration"] if (work / NAME).exists() else None


def clear(work):
    """Remove what only a run under way needs."""
    for name in (NAME, NAME + ".tmp", LOCK):
        (work / name).unlink(missing_ok=True)
