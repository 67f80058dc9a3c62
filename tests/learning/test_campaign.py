"""A campaign: several processes, one list of runs; killed or stopped and started again, it ends as if unbroken."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace

import pytest
import torch
from trained import PLAIN, TINY, same, weights

from srlib import checkpoint, cli, paths, records, studies, training
from srlib.errors import SrlibError
from srlib.studies import campaign, workers
from srlib.studies.study import Row, Study

LONGER = replace(TINY, iterations=100, evaluate_every=50)
STUDY = Study("tiny", "Two depths", "doc", "Table 1", (Row("d3"), Row("d4", options={"depth": 4})), {"quick": LONGER},
              test_sets=("embedded_test",), seeds=(0, 1))  # fmt: skip


def program(root):
    """A process that trains STUDY below `root` with two children and prints what they finish."""
    code = (
        f"import sys; sys.path[:0] = [{os.path.dirname(__file__)!r}]; from test_campaign import *;"
        f"pairs = [(job.recipe, job.folder) for job in campaign.jobs([STUDY], 'quick', {str(root)!r})];"
        "events = workers.train_all(pairs, 2, threads=1, plan=PLAIN, checkpoint_minutes=0);"
        "[print(event.kind, event.folder, flush=True) for event in events if event.kind != 'at']"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True)


def test_a_killed_campaign_goes_on_and_no_run_is_trained_twice(tmp_path):
    first = program(tmp_path)
    while first.poll() is None and not list(tmp_path.glob("tiny/*.partial/checkpoint.pt")):
        time.sleep(0.01)
    os.killpg(first.pid, signal.SIGKILL)  # the parent and both children
    told = first.communicate()[0].splitlines()

    both = [program(tmp_path), program(tmp_path)]  # two campaigns at once, four processes
    for process in both:
        told += process.communicate()[0].splitlines()
        assert process.returncode == 0
    done = Counter(line.split()[1] for line in told if line.startswith("done"))
    jobs = campaign.jobs([STUDY], "quick", tmp_path)
    assert done == {str(job.folder): 1 for job in jobs} and len(jobs) == 4
    assert not list(tmp_path.glob("tiny/*.partial"))
    for job in jobs[:2]:
        whole = training.train(job.recipe, tmp_path / "whole" / job.row, plan=PLAIN)
        assert same(weights(whole.folder), weights(job.folder))


def test_children_do_not_outlive_their_parent(tmp_path):
    process = program(tmp_path)
    while process.poll() is None and not list(tmp_path.glob("tiny/*.partial/checkpoint.pt")):
        time.sleep(0.01)
    process.kill()
    process.communicate()  # returns when the last child has closed its standard output
    assert not all(records.finished(job.folder) for job in campaign.jobs([STUDY], "quick", tmp_path))
    assert not any(checkpoint.held(work) for work in tmp_path.glob("tiny/*.partial"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_asked_to_stop_keeps_every_iteration(tmp_path, number):
    def interrupted(batches, **_):
        for count, batch in enumerate(batches):
            if count == 7:
                os.kill(os.getpid(), number)
            yield batch

    before = signal.signal(number, signal.SIG_DFL)  # a shell's background job ignores Ctrl-C
    try:
        with pytest.raises(KeyboardInterrupt):
            training.train(LONGER, tmp_path / "run", plan=PLAIN, progress=interrupted)
        assert signal.getsignal(number) == signal.SIG_DFL
    finally:
        signal.signal(number, before)
    assert checkpoint.kept_iteration(tmp_path / "run.partial") == 8
    whole = training.train(LONGER, tmp_path / "whole", plan=PLAIN)
    assert same(weights(whole.folder), weights(training.train(LONGER, tmp_path / "run", plan=PLAIN).folder))


def test_a_run_that_ended_between_two_looks_is_not_trained_again(tmp_path, monkeypatch):
    run = training.train(replace(LONGER, iterations=2), tmp_path / "run", plan=PLAIN)
    looks = iter([False])  # as if another process had finished it after the first look
    real = records.finished
    monkeypatch.setattr(records, "finished", lambda folder: next(looks, None) is not False and real(folder))
    monkeypatch.setattr(training, "begin", None)
    assert training.train(run.recipe, run.folder).folder == run.folder
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_run_killed_while_it_is_put_away_loses_nothing(tmp_path, monkeypatch):
    real = os.replace

    def stopped(source, target):
        if target == tmp_path / "run":
            raise KeyboardInterrupt
        real(source, target)

    recipe = replace(LONGER, iterations=20)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(os, "replace", stopped)
        training.train(recipe, tmp_path / "run", plan=PLAIN)
    assert checkpoint.kept_iteration(tmp_path / "run.partial") == 20
    run = training.train(recipe, tmp_path / "run", plan=PLAIN)
    assert records.verify(run.folder) == []
    assert {path.name for path in run.folder.iterdir()} == {*records.REQUIRED, "weights.safetensors", "DONE"}


def test_a_run_that_fails_stops_no_other(tmp_path):
    runs = [(replace(LONGER, batch=100_000), tmp_path / "bad"), (replace(LONGER, iterations=2), tmp_path / "good")]
    told = []
    workers.work_through(runs, told.append, plan=PLAIN)
    assert [(event.kind, event.folder.name) for event in told if event.kind != "at"] == [
        ("failed", "bad"),
        ("done", "good"),
    ]
    assert "do not fill a batch" in told[0].message


def test_an_error_of_the_system_stops_no_other_run_either(tmp_path, monkeypatch):
    def full(recipe, folder, **_):
        if folder.name == "bad":
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(workers, "train", full)
    told = []
    workers.work_through([(LONGER, tmp_path / "bad"), (LONGER, tmp_path / "good")], told.append)
    assert [event.kind for event in told] == ["failed", "done"]
    assert told[0].message == "OSError: [Errno 28] No space left on device"


def test_a_run_in_other_hands_is_tried_once_more_and_told(tmp_path):
    recipe, told = replace(LONGER, iterations=2), []
    with checkpoint.claim(tmp_path / "held.partial", recipe):
        workers.work_through([(recipe, tmp_path / "held"), (recipe, tmp_path / "free")], told.append, plan=PLAIN)
    assert [(e.kind, e.folder.name) for e in told if e.kind != "at"] == [("done", "free"), ("busy", "held")]


def test_the_list_tells_every_state_and_scales_the_minutes(tmp_path):
    jobs = campaign.jobs([STUDY], "quick", tmp_path)
    first, second, third, _ = jobs
    assert [(job.row, job.seed) for job in jobs] == [("d3", 0), ("d4", 0), ("d3", 1), ("d4", 1)]
    assert {line["minutes"] for line in campaign.overview(jobs, tmp_path)} == {None}, "nothing to estimate from"

    run = training.train(first.recipe, first.folder, device="cpu", plan=PLAIN)
    work = training.partial_folder(second.folder)
    work.mkdir()
    state = training.begin(second.recipe, training.patches_for(second.recipe), "cpu", PLAIN)
    state.iteration = 25
    checkpoint.save(state, second.recipe, work)
    with checkpoint.claim(training.partial_folder(third.folder), third.recipe):
        lines = campaign.overview(jobs, tmp_path)
    assert [line["state"] for line in lines] == ["done", "partial", "running", "missing"]
    assert [line["iterations_done"] for line in lines] == [100, 25, 0, 0]
    if not torch.cuda.is_available():  # elsewhere the record is of another kind of device
        minutes = [line["minutes"] for line in lines]
        assert minutes[0] == run.provenance["training_seconds"] / 60
        assert minutes[1:3] == pytest.approx([0.75 * minutes[3], minutes[0]]) and minutes[3] > minutes[2]


def test_a_document_s_name_means_all_of_its_studies():
    ddsr = studies.studies_named("ddsr")
    assert ddsr == [study for study in studies.STUDIES.values() if study.document == "ddsr"] and len(ddsr) > 3
    assert studies.studies_named("ddsr-depth") == [studies.study_named("ddsr-depth")]
    folders = [job.folder for job in campaign.jobs(ddsr, "short")]
    shared = studies.study_named("ddsr-depth").folder("d18", "short", 0)
    assert folders.count(shared) == 1 and len(set(folders)) == len(folders)
    with pytest.raises(SrlibError, match="no profile 'paper' in fast_recipe: there is short"):
        campaign.jobs([studies.study_named("fast_recipe")], "paper")


def test_the_command(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(studies, "STUDIES", {"tiny": replace(STUDY, seeds=(0,))})
    monkeypatch.setattr(paths, "ROOT", tmp_path)
    assert cli.main(["study", "doc", "--jobs", "2"]) == 0
    out, err = capsys.readouterr()
    assert sorted(line.split(": embedded_test ")[0].rpartition("/")[2] for line in out.splitlines()) == [
        "d3-quick-seed0",
        "d4-quick-seed0",
    ]
    assert err == ""
    assert cli.main(["study", "tiny"]) == 0
    assert capsys.readouterr() == ("", "2 of 2 runs are done already\n")
    assert cli.main(["study", "tiny", "--list"]) == 0
    assert "2 of 2 runs are done: " in capsys.readouterr().out
