"""pyproject.toml, constraints.txt and environment.yml tell one story."""

import re
import tomllib

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from srlib.paths import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def locked(file="constraints.txt"):
    """Package name -> exact version, out of a lock."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!]+", pin) for pin in pins), "name==version, no suffix"
    return {canonicalize_name(pin.split("==")[0]): Version(pin.split("==")[1]) for pin in pins}


def test_every_requirement_is_locked_inside_its_bounds():
    pins = locked()
    optional = PROJECT["optional-dependencies"]
    wanted = [Requirement(text) for text in [*PROJECT["dependencies"], *optional["book"], *optional["test"]]]
    assert len(wanted) > 20
    for requirement in wanted:
        name = canonicalize_name(requirement.name)
        assert name in pins, f"{name} is required and not locked: make lock"
        assert requirement.specifier.contains(pins[name]), f"{name} {pins[name]} is locked outside {requirement}"


def test_the_campaign_s_own_environment_is_locked():
    pins = locked("constraints-campaign.txt")
    wanted = [Requirement(text) for text in PROJECT["optional-dependencies"]["campaign"]]
    assert {requirement.name for requirement in wanted} == {"snakemake", "snakemake-executor-plugin-slurm"}
    for requirement in wanted:
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)])
    assert len(pins) > 40 and "torch" not in pins, "Snakemake starts srlib in the book's environment"


def test_the_lock_names_neither_this_project_nor_a_build_of_torch():
    pins = locked()
    assert canonicalize_name(PROJECT["name"]) not in pins
    assert pins["torch"].local is None
    assert len(pins) > 100, "a full lock holds what the requirements require, too"


def test_conda_installs_what_make_installs():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    assert environment["name"] == PROJECT["name"]
    conda = [item for item in environment["dependencies"] if isinstance(item, str)]
    (pip,) = [item["pip"] for item in environment["dependencies"] if isinstance(item, dict)]
    assert conda == [f"python{PROJECT['requires-python']}", "pip"]
    assert pip == ["-c constraints.txt", "-e .[book,test]"]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "-c constraints.txt -e '.[book,test]'" in makefile
