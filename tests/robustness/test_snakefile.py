"""The Snakefile plans what `srlib study` would train. Needs Snakemake, which has an environment of its own."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from srlib import studies
from srlib.paths import ROOT
from srlib.studies import campaign

SNAKEMAKE = shutil.which("snakemake", path=os.pathsep.join([str(ROOT / ".venv-campaign/bin"), os.environ["PATH"]]))


@pytest.mark.skipif(
    not SNAKEMAKE, reason="NO TEST OF THE SNAKEFILE: snakemake is not installed (see the page Campaigns)"
)
@pytest.mark.parametrize("executor", ["local", "slurm"])
def test_a_dry_run_lists_every_missing_run(executor, tmp_path):
    settings = [f"python={sys.executable}", "study=ddsr", "profile=paper"]
    command = [SNAKEMAKE, "-n", "--jobs", "2", "--executor", executor, "--nolock", "--config", *settings]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--runtime-source-cache-path", str(tmp_path)]
    shown = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    told = shown.stdout + shown.stderr
    assert shown.returncode == 0, told
    jobs = campaign.jobs(studies.studies_named("ddsr"), "paper")
    missing = {str(job.folder.relative_to(ROOT)) for job in jobs if campaign.state_of(job)[0] != "done"}
    assert set(re.findall(r"output: (\S+)/DONE", told)) == missing
    assert "This was a dry-run" in told or not missing
