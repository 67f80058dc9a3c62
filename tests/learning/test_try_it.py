"""The page on which a reader sets depth, kernel, optimizer, residual and seed."""

import pytest

from srlib.errors import SrlibError
from srlib.studies import try_it


@pytest.mark.parametrize("wrong", [
    {"depth": 1}, {"depth": 2.5}, {"depth": "4"}, {"depth": 21}, {"depth": True}, {"kernel_size": 1}, {"seed": -1},
    {"iterations": -5}, {"optimizer": "lion"}, {"optimizer": None}, {"residual": "no"}, {"residual": 1},
])  # fmt: skip
def test_a_value_that_cannot_be_is_one_clear_line(wrong):
    ((name, value),) = wrong.items()
    with pytest.raises(SrlibError) as caught:
        try_it.recipe(**try_it.REFERENCE | wrong)
    line = str(caught.value)
    assert line.startswith(f"{name} is ") and repr(value) in line and "\n" not in line


def test_each_optimizer_brings_its_own_rate():
    made = {name: try_it.recipe(**try_it.REFERENCE | {"optimizer": name}) for name in try_it.WAYS}
    assert {name: (r.optimizer, r.rate, r.momentum) for name, r in made.items()} == {
        "adam": ("adam", 1e-3, 0.95), "sgd": ("sgd", 1e-1, 0.9), "muon": ("muon", 1e-2, 0.95),
    }  # fmt: skip
    assert try_it.recipe("short", **try_it.REFERENCE).iterations == 2_500
    assert try_it.recipe("paper", **try_it.REFERENCE).drops == (60_000, 90_000)
    assert try_it.recipe(**try_it.REFERENCE, iterations=7).iterations == 7


@pytest.mark.parametrize("change", [{"optimizer": "sgd"}, {"optimizer": "muon", "residual": False}, {"kernel_size": 2}])
def test_every_setting_trains_and_the_loss_falls(change):
    run = try_it.run(try_it.recipe(**try_it.REFERENCE | {"depth": 2} | change, iterations=24))
    assert len(run.curve) == 4 and run.curve[-1]["loss"] < run.curve[0]["loss"]
