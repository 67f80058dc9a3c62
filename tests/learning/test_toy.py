"""The survey's toy runs: reproducible, and measured under the protocol of their colours."""

import pytest

from srlib import records
from srlib.studies.toy import bicubic_psnr, toy_run


@pytest.mark.parametrize(("model", "options", "protocol"), [
    ("vdsr", {"depth": 3, "channels": 8}, "y8"),
    ("edsr", {"blocks": 1, "channels": 8}, "rgb"),
])  # fmt: skip
def test_a_toy_run_is_a_run_like_any_other(model, options, protocol):
    run = toy_run(model, 3, iterations=5, **options)
    assert records.verify(run.folder) == [] and len(run.curve) == 5
    assert run.recipe.profile == "quick" and run.metrics[0]["protocol"] == protocol
    again = toy_run(model, 3, iterations=5, **options)
    assert again.mean("embedded_test") == run.mean("embedded_test")
    assert 20 < bicubic_psnr(run) < 40
