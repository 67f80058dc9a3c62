# The same campaigns as `python -m srlib study`, one job a run, for Snakemake: here, or unchanged on a cluster.
#   snakemake --cores 2 --config study=ddsr profile=short           add -n to see what would run
#   snakemake --executor slurm --jobs 30 --config study=ddsr profile=paper
# After kill -9: `snakemake --unlock`, then the same command with --rerun-incomplete. No training is lost by that: a
# run lives in <folder>.partial with its own checkpoint, and only a finished one is moved to its place.
import json
import subprocess
from pathlib import Path

HERE = Path(workflow.basedir)
OWN = HERE / ".venv/bin/python"
PYTHON = config.get("python", str(OWN) if OWN.exists() else "python3")  # one that has srlib; Snakemake's own need not
STUDY, PROFILE = config.get("study", "ddsr"), config.get("profile", "quick")

# {folder of a run: what `srlib study --list` says of it}
COMMAND = [PYTHON, "-m", "srlib", "study", STUDY, "--profile", PROFILE, "--list", "--json"]
LISTED = json.loads(subprocess.run(COMMAND, cwd=HERE, check=True, stdout=subprocess.PIPE).stdout)
RUNS = {str(Path(run["folder"]).relative_to(HERE)): run for run in LISTED}


workdir: HERE


wildcard_constraints:
    root="data/records|build/runs",


rule all:
    input:
        [f"{folder}/DONE" for folder, run in RUNS.items() if run["state"] != "done"],


rule train:
    output:
        update("{root}/{run}/DONE"),  # `update`: Snakemake never deletes the DONE of a record
    params:
        row=lambda wildcards: "{study}/{row}".format(**RUNS[f"{wildcards.root}/{wildcards.run}"]),
        seed=lambda wildcards: RUNS[f"{wildcards.root}/{wildcards.run}"]["seed"],
    threads: 1
    resources:
        mem_mb=4000,
        # Minutes: three times the estimate of what is left, or six hours where nothing tells.
        runtime=lambda wildcards: 20 + int(3 * (RUNS[f"{wildcards.root}/{wildcards.run}"]["minutes"] or 113)),
    shell:
        "OMP_NUM_THREADS={threads} OMP_WAIT_POLICY=PASSIVE "
        "{PYTHON} -m srlib train {params.row} --profile {PROFILE} --seed {params.seed}"
