"""Profiles name options that Snakemake has and rules that there are."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
PROFILES = sorted((PROJECT / "workflow" / "profiles").glob("*/config.yaml"))
BY_PLUGIN = "slurm-"  # options of the executor, which need not be installed here


def read(path):
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rules():
    """Names of all rules."""
    lines = [
        line
        for path in (PROJECT / "workflow" / "rules").glob("*.smk")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {line.split()[1].rstrip(":") for line in lines if line.startswith("rule ")}


@pytest.fixture(scope="module")
def options():
    """Options of the command line."""
    command = [sys.executable, "-m", "snakemake", "--help"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return {word.strip("[],") for word in said.split() if word.strip("[],").startswith("--")}


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_keys_are_options(path, options):
    for key in read(path):
        assert f"--{key}" in options or key.startswith(BY_PLUGIN), key


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_rules_exist_and_groups_are_sized(path, rules):
    profile = read(path)
    grouped = dict(entry.split("=") for entry in profile.get("groups", ()))
    assert set(grouped) <= rules
    assert set(profile.get("set-resources", {})) <= rules
    sized = dict(entry.split("=") for entry in profile.get("group-components", ()))
    assert set(sized) == set(grouped.values())
    assert all(int(size) >= 1 for size in sized.values())


def test_there_is_a_profile():
    assert [path.parent.name for path in PROFILES] == ["slurm"]
