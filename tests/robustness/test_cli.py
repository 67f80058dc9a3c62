"""The command line: exit codes, one line on stderr, JSON that other programs can read, and no traceback."""

import importlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from srlib import cli, commands, datasets, images, models, paths, recipe, records, run_commands
from srlib.errors import SrlibError


@pytest.fixture
def srlib(capsys):
    """Run a command in this process; returns (exit code, stdout, stderr)."""

    def run(*arguments):
        try:
            code = cli.main([str(argument) for argument in arguments])
        except SystemExit as exit:
            code = exit.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A run of four iterations on two patches: enough to have weights."""
    from srlib import training

    settings = ["model=ddsr", "options.depth=4", "profile=quick", "train_set=embedded_train", "iterations=2",
                "validation_set=embedded_test", "test_sets=('embedded_test',)", "batch=2", "evaluate_every=2"]
    return training.train(run_commands.recipe_from(settings), tmp_path_factory.mktemp("cli") / "run").folder


def failed(result, *words):
    """Exit code 1, nothing on stdout, one line on stderr that holds the words."""
    code, out, err = result
    assert code == 1
    assert out == ""
    assert err.startswith("srlib: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    for word in words:
        assert word in err


def test_as_a_program():
    def run(*arguments, **options):
        return subprocess.run([sys.executable, "-W", "error", "-m", "srlib", *arguments], capture_output=True,
                              text=True, check=False, **options)

    shown = run("--help")
    assert shown.returncode == 0
    assert "examples:" in shown.stdout
    wrong = run("evaluate", "--model", "bicubic", "--dataset", "Set6", "--scale", "3")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("srlib: no data set is called 'Set6'")
    assert wrong.stderr.count("\n") == 1
    usage = run("evaluate")
    assert usage.returncode == 2
    assert usage.stderr.count("\n") == 1


def test_help_imports_nothing_heavy():
    code = ("import sys; from srlib import cli; cli.parser().format_help(); "
            "print([name for name in ('torch', 'numpy', 'pandas', 'pooch') if name in sys.modules])")
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


@pytest.mark.parametrize("verb", [
    ["data"], ["data", "list"], ["data", "fetch"], ["data", "verify"], ["models"], ["evaluate"], ["upscale"],
    ["train"], ["study"], ["records"], ["records", "list"], ["records", "verify"], ["scorecard"],
])
def test_every_verb_has_help_and_a_function(srlib, verb):
    code, out, err = srlib(*verb, "--help")
    assert (code, err) == (0, "")
    assert " ".join(["srlib", *verb]) in out
    if verb not in (["data"], ["records"]):
        needed = {"fetch": ["x"], "upscale": ["x", "--out", "x", "--model", "x", "--scale", "2"],
                  "evaluate": ["--model", "x", "--dataset", "x", "--scale", "2"]}
        args = cli.parser().parse_args([*verb, *needed.get(verb[-1], [])])
        module, function = args.run.split(".")
        assert callable(getattr(importlib.import_module(f"srlib.{module}"), function))


@pytest.mark.parametrize("arguments", [
    [], ["nonsense"], ["data"], ["data", "fetch"], ["evaluate", "--model", "bicubic"], ["train"],
    ["evaluate", "--model", "bicubic", "--dataset", "Set5", "--scale", "three"],
    ["train", "a/b", "--set", "iterations=1"], ["train", "--set", "iterations=1"],
    ["train", "--set", "iterations=1", "--seed", "0", "--out", "x"], ["study", "x", "--profile", "long"],
])
def test_wrong_usage_is_exit_code_2_and_one_line(srlib, arguments):
    code, out, err = srlib(*arguments)
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "--help" in err


def test_data_list(srlib, monkeypatch, tmp_path):
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path))
    code, out, err = srlib("data", "list", "--json")
    assert (code, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)}
    assert list(rows) == datasets.names()
    assert rows["Set5"] == {"name": "Set5", "images": 5, "bytes": 851881, "available": False}
    assert rows["embedded_test"]["available"]
    code, out, _ = srlib("data", "list")
    assert "Set5" in out
    assert str(tmp_path) in out


def test_real_pairs_are_not_shrunk_and_measured(srlib):
    code, out, err = srlib("evaluate", "--model", "bicubic", "--dataset", "RealSR", "--scale", "4")
    assert (code, out) == (1, "") and err.startswith("srlib: RealSR holds small pictures")


def test_data_verify_and_fetch(srlib, monkeypatch, tmp_path):
    monkeypatch.setenv("SRLIB_DATA", str(tmp_path))
    failed(srlib("data", "fetch", "embedded", "Set6"), "Set6", "Set14")
    assert srlib("data", "fetch", "embedded")[0] == 0
    code, out, err = srlib("data", "verify", "--json")
    assert (code, json.loads(out), err) == (0, {name: [] for name in datasets.EMBEDDED}, "")
    (tmp_path / "Set5").mkdir()
    (tmp_path / "Set5/baby.png").write_bytes(b"no picture")
    code, out, err = srlib("data", "verify", "--json")
    assert code == 1
    assert len(json.loads(out)["Set5"]) == 5
    assert len(err.splitlines()) == 5, "one line a bad file"
    failed(srlib("data", "fetch", "Set5"), "baby.png", "move this file away")


def test_models(srlib):
    code, out, err = srlib("models", "--json")
    assert (code, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)}
    assert list(rows) == models.names()
    assert rows["ddsr"]["parameters"] == 630_145
    assert rows["ddsr"]["options"]["depth"] == 18
    assert rows["ddsr"]["receptive_field"]["hr_pixels"] == 36 and rows["ddsr"]["paper"]["cite"] == "ddsr"
    assert rows["lapsrn"]["gmacs_at"]["x3"] is None and rows["lapsrn"]["gmacs_at"]["x4"] > 100
    assert rows["imdn"]["official_weights"] is True and rows["imdn"]["parameters_at"]["x4"] == 715_176


def test_evaluate_prints_the_golden_figure(srlib):
    if not datasets.available("Set5"):
        pytest.skip("Set5 is absent: set SRLIB_DATA, or run `python -m srlib data fetch Set5`")
    asked = ["evaluate", "--model", "bicubic", "--dataset", "Set5", "--scale", 3, "--protocol", "y8"]
    code, out, err = srlib(*asked, "--json")
    assert (code, err) == (0, "")
    result = json.loads(out)
    assert (result["psnr"], result["ssim"]) == (30.3922, 0.8682)
    assert [row["name"] for row in result["images"]] == ["baby", "bird", "butterfly", "head", "woman"]
    assert "30.3922" in srlib(*asked)[1]


def test_evaluate_json_has_the_stable_keys(srlib, trained):
    code, out, _ = srlib("evaluate", "--model", "ddsr", "--weights", trained, "--dataset", "embedded_test",
                         "--scale", 3, "--json")
    assert code == 0
    result = json.loads(out)
    keys = ["model", "weights", "dataset", "scale", "protocol", "psnr", "ssim", "ifc", "images"]
    assert list(result) == keys
    assert result["protocol"]["name"] == "y8"
    assert result["ifc"] is None
    assert result["psnr"] == pytest.approx(np.mean([row["psnr"] for row in result["images"]]), abs=5e-5)
    assert not any("ifc" in row for row in result["images"])


def test_evaluate_measures_the_ifc_when_asked(srlib):
    asked = ["evaluate", "--model", "bicubic", "--dataset", "embedded_test", "--scale", 3, "--ifc"]
    code, out, _ = srlib(*asked, "--json")
    assert code == 0
    result = json.loads(out)
    assert list(result) == ["model", "weights", "dataset", "scale", "protocol", "psnr", "ssim", "ifc", "images"]
    assert result["ifc"] == pytest.approx(np.mean([row["ifc"] for row in result["images"]]), abs=5e-5)
    title, *_, last, _ = srlib(*asked)[1].splitlines()
    assert title.split()[-1] == "IFC" and last.split()[-1] == f"{result['ifc']:.4f}"


def test_one_image_too_small_for_the_ifc_leaves_the_set_without(srlib, monkeypatch):
    sizes = {"small": 60, "large": 120}
    pair = [datasets.NamedImage(name, np.full((side, side), 90, np.uint8)) for name, side in sizes.items()]
    monkeypatch.setattr(datasets, "load", lambda name: pair)
    code, out, _ = srlib("evaluate", "--model", "bicubic", "--dataset", "embedded", "--scale", 3, "--ifc", "--json")
    result = json.loads(out)
    assert code == 0 and result["ifc"] is None and result["ssim"] == 1
    assert [row["ifc"] for row in result["images"]] == [None, 0]


def test_weights_by_run_file_and_record(srlib, trained, monkeypatch):
    monkeypatch.setattr(paths, "RECORDS", trained.parent.parent)
    found = []
    for weights in (trained, trained / "weights.safetensors", f"{trained.parent.name}/{trained.name}"):
        code, out, _ = srlib("evaluate", "--model", "ddsr", "--weights", weights,
                             "--dataset", "embedded_test", "--scale", 3, "--json")
        assert code == 0
        found.append(json.loads(out)["psnr"])
    assert len(set(found)) == 1


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_ddsr_works_at_once(srlib, scale):
    code, out, _ = srlib("evaluate", "--model", "ddsr", "--dataset", "embedded_test", "--scale", scale, "--json")
    result = json.loads(out)
    assert code == 0 and result["weights"] == records.FLAGSHIPS["ddsr", scale]
    _, out, _ = srlib("evaluate", "--model", "bicubic", "--dataset", "embedded_test", "--scale", scale, "--json")
    assert result["psnr"] > json.loads(out)["psnr"] + 0.5


def test_weights_that_do_not_fit(srlib, trained, tmp_path):
    def ask(model, scale, *weights):
        return srlib("evaluate", "--model", model, "--scale", scale, "--dataset", "embedded_test", *weights)

    failed(ask("espcn", 3), "must be trained first", "--weights")
    failed(ask("ddsr", 3, "--weights", "official"), "no official weights")
    failed(ask("ddsr", 3, "--weights", tmp_path / "none"), "no such weights")
    failed(ask("ddsr", 3, "--weights", tmp_path), "no finished run")
    failed(ask("ddsr", 2, "--weights", trained), "trained ddsr x3, not ddsr x2")
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 9)
    failed(ask("ddsr", 3, "--weights", tmp_path / "junk.safetensors"), "junk.safetensors", "damaged")
    (tmp_path / "w.safetensors").write_bytes((trained / "weights.safetensors").read_bytes())
    failed(ask("ddsr", 3, "--weights", tmp_path / "w.safetensors"), "not the weights of ddsr")
    failed(ask("resnet", 3), "resnet", "ddsr")
    failed(ask("bicubic", 5), "scale")


def test_equal_images_are_valid_json(srlib, monkeypatch):
    """PSNR of equal images is infinite, which JSON cannot say: it becomes null."""
    flat = [datasets.NamedImage("flat", np.full((24, 24), 128, np.uint8))]
    monkeypatch.setattr(datasets, "load", lambda name: flat)
    code, out, _ = srlib("evaluate", "--model", "bicubic", "--dataset", "embedded", "--scale", 2, "--json")
    assert code == 0
    assert json.loads(out, parse_constant=pytest.fail)["psnr"] is None


def test_upscale(srlib, trained, tmp_path):
    rng = np.random.default_rng(0)
    for name, shape in (("colour", (7, 9, 3)), ("grey", (7, 9)), ("dot", (1, 1, 3))):
        images.save(tmp_path / f"{name}.png", rng.integers(0, 256, shape, dtype=np.uint8))
        for model in (["bicubic"], ["ddsr", "--weights", trained]):
            out = tmp_path / model[0]
            code, printed, err = srlib("upscale", tmp_path / f"{name}.png", "--out", out, "--scale", 3,
                                       "--model", *model)
            assert (code, err) == (0, "")
            assert printed.strip() == str(out / f"{name}_x3.png")
            enlarged = images.load(out / f"{name}_x3.png")
            assert enlarged.shape == (3 * shape[0], 3 * shape[1], *shape[2:])


def test_upscale_of_a_name_that_is_no_utf8(tmp_path):
    picture = tmp_path / "b\udcff.png"
    images.save(picture, np.full((12, 12, 3), 90, np.uint8))
    asked = [sys.executable, "-m", "srlib", "upscale", "--model", "bicubic", "--scale", "2", "--out", tmp_path, picture]
    strict = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    told = subprocess.run(asked, env=strict, capture_output=True, text=True)
    assert (told.returncode, told.stderr) == (0, "") and told.stdout.rstrip().endswith("b\\udcff_x2.png")


def test_upscale_never_overwrites_unasked(srlib, tmp_path):
    images.save(tmp_path / "a.png", np.zeros((4, 4), np.uint8))
    asked = ["upscale", tmp_path / "a.png", "--out", tmp_path, "--model", "bicubic", "--scale", 2]
    assert srlib(*asked)[0] == 0
    (tmp_path / "a_x2.png").write_bytes(b"mine")
    failed(srlib(*asked), "a_x2.png", "--force")
    assert (tmp_path / "a_x2.png").read_bytes() == b"mine"
    assert srlib(*asked, "--force")[0] == 0
    assert images.load(tmp_path / "a_x2.png").shape == (8, 8)
    twice = ["x/a.png", "y/a.png", "--out", tmp_path / "new", "--model", "bicubic", "--scale", 2]
    failed(srlib("upscale", *twice), "would both become")


def test_upscale_goes_on_after_a_bad_picture(srlib, tmp_path):
    (tmp_path / "bad.png").write_bytes(b"no picture")
    images.save(tmp_path / "good.png", np.zeros((4, 4, 3), np.uint8))
    code, out, err = srlib("upscale", tmp_path / "bad.png", tmp_path / "good.png", "--out", tmp_path / "out",
                           "--model", "bicubic", "--scale", 2)
    assert code == 1
    assert out.splitlines() == [str(tmp_path / "out/good_x2.png")]
    assert err == f"srlib: {tmp_path / 'bad.png'}: the file is not an image\n"


def test_settings_become_a_recipe():
    made = run_commands.recipe_from(["rate=1e-3", "options.residual=false", "options.kernels=9-5-5",
                                     "drops=(1, 2)", "model=srcnn", "seed=7"])
    assert made == recipe.Recipe(rate=1e-3, options={"residual": False, "kernels": "9-5-5"},
                                 drops=(1, 2), model="srcnn", seed=7)
    wrongs = ((["rate"], "KEY=VALUE"), (["speed=1"], "unknown key 'speed'"), (["batch=many"], "batch"))
    for wrong, message in wrongs:
        with pytest.raises(SrlibError, match=message):
            run_commands.recipe_from(wrong)


def test_train_by_settings_and_again(srlib, tmp_path):
    asked = ["train", "--set", "options.depth=4", "profile=quick", "train_set=embedded_train", "iterations=2",
             "validation_set=embedded_test", "test_sets=('embedded_test',)", "batch=2", "evaluate_every=2",
             "--out", tmp_path / "run"]
    code, out, _ = srlib(*asked)
    assert code == 0
    assert out.startswith(f"{tmp_path / 'run'}: embedded_test ")
    before = (tmp_path / "run/DONE").stat().st_mtime_ns
    assert srlib(*asked)[:2] == (0, out)
    assert (tmp_path / "run/DONE").stat().st_mtime_ns == before, "a finished run was trained again"
    failed(srlib("train", "--set", "iterations=3", "--out", tmp_path / "run"), "another recipe")


def test_studies(srlib):
    code, out, _ = srlib("study", "--json")
    assert code == 0
    assert {"name", "title", "rows", "profiles"} == set(json.loads(out)[0])
    failed(srlib("study", "nonsense"), "unknown study 'nonsense'")
    failed(srlib("train", "nonsense/k3"), "unknown study 'nonsense'")
    failed(srlib("train", "ddsr-kernel_size"), "ddsr-kernel_size/k3")
    failed(srlib("train", "ddsr-kernel_size/k4"), "no row 'k4'")


def test_records(srlib, trained, monkeypatch, tmp_path):
    monkeypatch.setattr(paths, "RECORDS", tmp_path)
    assert srlib("records", "list")[:2] == (0, "no records yet\n")
    copy = tmp_path / "study" / "row-quick-seed0"
    copy.mkdir(parents=True)
    for file in trained.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    code, out, _ = srlib("records", "list", "--json")
    assert code == 0
    (row,) = json.loads(out)
    assert (row["study"], row["run"], row["model"], row["scale"]) == ("study", "row-quick-seed0", "ddsr", 3)
    assert srlib("records", "list")[0] == 0
    assert srlib("records", "verify")[0] == 0
    with open(copy / "metrics.csv", "a") as file:
        file.write("\n")
    code, out, err = srlib("records", "verify", "--json")
    assert code == 1
    assert len(json.loads(out)[str(copy)]) == 1
    assert "metrics.csv" in err


def test_committed_records_are_good(srlib):
    code, out, err = srlib("records", "verify")
    assert (code, err) == (0, ""), err
    assert "0 of them bad" in out


def test_scorecard(srlib):
    code, out, err = srlib("scorecard", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    stable = "paper item method dataset scale metric published measured n std verdict cause"
    assert set(stable.split()) <= set(rows[0])
    code, out, _ = srlib("scorecard", "--paper", "ddsr")
    assert code == 0
    assert len(out.splitlines()) == sum(row["paper"] == "ddsr" for row in rows) + 2
    failed(srlib("scorecard", "--paper", "nonsense"), "nonsense")


def test_ctrl_c_disk_full_and_memory_are_one_line(srlib, monkeypatch):
    def raising(error):
        def run(args):
            raise error
        monkeypatch.setattr(commands, "models_list", run)
        return srlib("models")

    failed(raising(KeyboardInterrupt()), "interrupted")
    failed(raising(OSError(28, "No space left on device", "x.png")), "x.png: No space left on device")
    failed(raising(MemoryError()), "out of memory")
    failed(raising(SrlibError("two\nlines")), "two lines")


def test_a_reader_that_leaves_early_is_no_error():
    """As in `srlib data list | head -1`: the pipe is closed before we write."""
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as closed:
        done = subprocess.run([sys.executable, "-m", "srlib", "data", "list"], stdout=closed,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == ""
