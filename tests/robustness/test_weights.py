"""The door to the authors' weights: what is not their file, or not the network's, is one clear line."""

import hashlib
import json
import os
import pickle

import numpy as np
import pytest
import scipy.io
import torch

from srlib import cli, datasets, models, pretrained
from srlib.errors import SrlibError
from srlib.pretrained import Official, Source
from srlib.weightfiles import their_name


@pytest.fixture
def door(tmp_path, monkeypatch):
    """An empty user folder and an empty cache; returns add(name, entry, bytes), which pins a file of our own."""
    monkeypatch.setenv("SRLIB_WEIGHTS", str(tmp_path / "mine"))
    monkeypatch.setattr(datasets, "cache_folder", lambda: tmp_path / "cache")
    known, table = dict(pretrained.OFFICIAL), dict(pretrained.sources())
    monkeypatch.setattr(pretrained, "OFFICIAL", known)
    monkeypatch.setattr(pretrained, "sources", lambda: table)

    def add(name, entry, content, variant=""):
        known[name, variant] = entry
        (tmp_path / "mine").mkdir(exist_ok=True)
        (tmp_path / "mine" / entry.file).write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        table[entry.file] = Source(entry.file, "https://example.org/" + entry.file, sha256, len(content))
        return tmp_path / "mine" / entry.file

    return add


def pth(tensors, tmp_path):
    torch.save(tensors, tmp_path / "made.pth")
    return (tmp_path / "made.pth").read_bytes()


def mat(arrays, tmp_path):
    scipy.io.savemat(tmp_path / "made.mat", arrays)
    return (tmp_path / "made.mat").read_bytes()


def line(function, *words):
    with pytest.raises(SrlibError) as caught:
        function()
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)


def vdsr_of_others():
    """A small VDSR, and the same weights under other names: the worked example of the module's docstring."""
    torch.manual_seed(0)
    model = models.create("vdsr", 2, depth=4, channels=8)
    theirs = {f"net.{'out' if k.startswith('last') else 'conv'}{k[4:]}": v for k, v in model.state_dict().items()}
    entry = Official("others.pth", {"depth": 4, "channels": 8}, {"body.*": "conv.*", "last": "out"}, prefix="net.")
    return model, theirs, entry


def test_a_further_file_is_one_line_of_a_table(door, tmp_path):
    model, theirs, entry = vdsr_of_others()
    door("vdsr", entry, pth(theirs, tmp_path))
    loaded = pretrained.load("vdsr", 2)
    assert not loaded.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(loaded.state_dict()[name], tensor)


def test_the_longest_name_counts_and_stars_are_kept():
    names = {"trunk": "T", "trunk.*.k1": "T.*.k1.0", "trunk.*.k1.bias": "b*", "a.*.b.*": "*x*"}
    wanted = {"trunk.7.c.weight": "T.7.c.weight", "trunk.7.k1.weight": "T.7.k1.0.weight", "trunk.7.k1.bias": "b7",
              "a.5.b.6.weight": "5x6.weight", "other.weight": "other.weight"}  # fmt: skip
    assert {ours: their_name(ours, names) for ours in wanted} == wanted


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda t: t.pop("net.conv.1.bias"), ["lacks the tensor net.conv.1.bias", "body.1.bias"]),
        (lambda t: t.update({"net.more": torch.ones(1)}), ["holds the tensor net.more"]),
        (lambda t: t.update({"net.out.weight": torch.ones(1, 8, 5, 5)}), ["net.out.weight is 1x8x5x5, not 1x8x3x3"]),
        (lambda t: t.update({"net.out.weight": torch.ones(8, 1, 3, 3)}), ["net.out.weight is 8x1x3x3, not 1x8x3x3"]),
        (lambda t: t.update({"net.out.bias": torch.tensor([float("nan")])}), ["net.out.bias holds NaN"]),
        (lambda t: t.update({"net.epoch": 7}), ["cannot be read as weights"]),
    ],
)
def test_tensors_that_are_not_the_networks(door, tmp_path, change, says):
    _, theirs, entry = vdsr_of_others()
    change(theirs)
    path = door("vdsr", entry, pth(theirs, tmp_path))
    line(lambda: pretrained.load("vdsr", 2), str(path), *says)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda a: a.pop("biases_conv2"), "lacks the tensor biases_conv2 (2.bias of the network)"),
        (lambda a: a.update(weights_conv4=np.ones((2, 2))), "holds the tensor weights_conv4"),
        (lambda a: a.update(weights_conv2=np.ones((32, 1, 64))), "weights_conv2 is 32x1x64, not 64x1x32"),
        (lambda a: a.update(weights_conv3=np.ones((25, 32))), "weights_conv3 is 25x32, not 32x25x1"),
    ],
)
def test_arrays_of_matlab_that_are_not_the_networks(door, tmp_path, change, says):
    shapes = {"weights_conv1": (81, 64), "weights_conv2": (64, 1, 32), "weights_conv3": (32, 25)}
    arrays = {name: np.zeros(shape) for name, shape in shapes.items()}
    arrays |= {f"biases_conv{i}": np.zeros((n, 1)) for i, n in ((1, 64), (2, 32), (3, 1))}
    entry = Official("our.mat", {"kernels": "9-1-5"}, pretrained.SRCNN, layout="columns")
    door("srcnn", entry, mat(arrays, tmp_path), "9-1-5")
    assert not pretrained.load("srcnn", 3, "9-1-5").training
    change(arrays)
    door("srcnn", entry, mat(arrays, tmp_path), "9-1-5")
    line(lambda: pretrained.load("srcnn", 3, "9-1-5"), says)


def test_kernels_of_matlab_are_read_down_their_columns(door, tmp_path):
    """MATLAB counts down the columns: element (row, column) of a k x k kernel is number column * k + row."""
    flat = np.zeros((81, 64))
    flat[2 * 9 + 5, 7] = 1  # row 5, column 2 of the kernel of map 7
    arrays = {"weights_conv1": flat, "weights_conv2": np.zeros((64, 1, 32)), "weights_conv3": np.zeros((32, 25))}
    arrays |= {f"biases_conv{i}": np.zeros((n, 1)) for i, n in ((1, 64), (2, 32), (3, 1))}
    entry = Official("our.mat", {"kernels": "9-1-5"}, pretrained.SRCNN, layout="columns")
    door("srcnn", entry, mat(arrays, tmp_path), "9-1-5")
    assert pretrained.load("srcnn", 3, "9-1-5")[0].weight.nonzero().tolist() == [[7, 0, 5, 2]]


class Trap:
    def __reduce__(self):
        return os.system, ("echo run by a weight file >&2",)


@pytest.mark.parametrize("content", [
    pickle.dumps({"net.last.bias": Trap()}), b"", b"junk" * 99, pickle.dumps({"a": 1}, protocol=2),
])  # fmt: skip
def test_a_file_that_would_run_something_or_is_none(door, capfd, content):
    _, _, entry = vdsr_of_others()
    door("vdsr", entry, content)
    line(lambda: pretrained.load("vdsr", 2), "others.pth: cannot be read as weights")
    assert "run by a weight file" not in capfd.readouterr().err


def test_junk_for_matlab(door):
    door("srcnn", Official("our.mat", {}, pretrained.SRCNN, layout="columns"), b"junk" * 99, "9-1-5")
    line(lambda: pretrained.load("srcnn", 3, "9-1-5"), "our.mat: cannot be read as weights")


def test_another_hash_is_refused_before_the_file_is_read(door, tmp_path, monkeypatch):
    _, theirs, entry = vdsr_of_others()
    path = door("vdsr", entry, pth(theirs, tmp_path))
    path.write_bytes(path.read_bytes() + b"\0")
    monkeypatch.setattr(pretrained.weightfiles, "read", lambda *_: pytest.fail("a file of unknown origin was read"))
    line(lambda: pretrained.load("vdsr", 2), str(path), "wrong SHA-256")
    (wrong,) = [problem for problem in pretrained.verify() if not problem.endswith(": missing")]
    assert wrong == f"{path}: wrong SHA-256, not the authors' file"


def test_what_is_absent_is_not_downloaded(door, monkeypatch):
    monkeypatch.setattr(pretrained, "download", lambda *_: pytest.fail("load downloads"))
    line(lambda: pretrained.load("imdn", 2), "imdn_x2.pth is not on this machine", "data fetch weights",
         "SRLIB_WEIGHTS")  # fmt: skip
    assert pretrained.verify() == [f"{file}: missing" for file in pretrained.sources()]


def test_unknown_models_variants_and_scales():
    line(lambda: pretrained.load("ddsr", 3), "no official weights of ddsr", "imdn")
    line(lambda: pretrained.load("srcnn", 3, "9-3-5"), "'9-3-5'", "9-5-5, 9-1-5")
    line(lambda: pretrained.load("imdn", 3, "big"), "'big'", "one set")
    line(lambda: pretrained.load("imdn", 5), "unknown scale 5")
    assert pretrained.variants("srcnn") == ["9-5-5", "9-1-5"] and pretrained.variants("ddsr") == []


def test_the_users_folder_comes_before_the_cache(door, tmp_path):
    _, theirs, entry = vdsr_of_others()
    path = door("vdsr", entry, pth(theirs, tmp_path))
    (tmp_path / "cache/weights").mkdir(parents=True)
    (tmp_path / "cache/weights/others.pth").write_bytes(path.read_bytes())
    assert pretrained.find("others.pth") == path
    path.unlink()
    assert pretrained.find("others.pth") == tmp_path / "cache/weights/others.pth"
    assert not pretrained.load("vdsr", 2).training


def test_fetch_brings_what_is_missing_or_wrong_and_leaves_the_users_folder_alone(door, tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(pretrained, "download", lambda folder, files, title: asked.append((folder, files)))
    _, theirs, entry = vdsr_of_others()
    path = door("vdsr", entry, pth(theirs, tmp_path))
    cache = tmp_path / "cache/weights"
    cache.mkdir(parents=True)
    (cache / "vdsr.mat").write_bytes(b"cut off")
    assert cli.main(["data", "fetch", "weights"]) == 0
    (folder, files), = asked
    assert folder == cache and {file.path for file in files} == set(pretrained.sources()) - {"others.pth"}
    assert "weights: 17 files" in capsys.readouterr().out
    assert cli.main(["data", "verify", "weights"]) == 1
    assert "vdsr.mat: wrong SHA-256" in capsys.readouterr().err
    path.write_bytes(b"mine")
    line(pretrained.fetch, str(path), "move this file away")
    assert len(asked) == 1 and path.read_bytes() == b"mine"


def test_official_weights_on_the_command_line(door, tmp_path, capsys):
    _, theirs, entry = vdsr_of_others()
    door("vdsr", entry, pth(theirs, tmp_path))
    asked = ["evaluate", "--model", "vdsr", "--dataset", "embedded_test", "--scale", "2", "--json"]
    printed = []
    for weights in ([], ["--weights", "official"]):
        assert cli.main([*asked, *weights]) == 0
        printed.append(json.loads(capsys.readouterr().out))
    assert printed[0]["psnr"] == printed[1]["psnr"] and {result["weights"] for result in printed} == {"official"}
    for weights, says in (("official:big", "'big'"), ("official:", None)):
        assert cli.main([*asked, "--weights", weights]) == (1 if says else 0)
        err = capsys.readouterr().err
        assert (says or "") in err and err.count("\n") == (1 if says else 0)
