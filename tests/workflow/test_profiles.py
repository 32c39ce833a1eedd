"""Profiles name options that Snakemake has and rules that there are."""

import subprocess
import sys

import pytest
import yaml
from running import PROJECT

from benchmarks.job_graph import graph_of, groups_of
from benchmarks.makespan import grouped, makespan
from benchmarks.project import copy_project, environment

PROFILES = sorted((PROJECT / "workflow" / "profiles").glob("*/config.yaml"))
RESOURCES = {"mem_mb", "runtime", "disk_mb"}
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


def test_snakemake_plans_with_the_profile(tmp_path):
    pytest.importorskip(
        "snakemake_executor_plugin_slurm", reason="the extra `slurm` is not installed"
    )
    folder = copy_project(tmp_path)
    command = [sys.executable, "-m", "snakemake", "--dry-run"]
    options = ["--workflow-profile", "workflow/profiles/slurm", "--", "results/recordings/rat1.nc"]
    run = subprocess.run(
        [*command, *options], cwd=folder, env=environment(folder), capture_output=True, text=True
    )
    assert run.returncode == 0, run.stderr[-2000:]
    assert "simulate_recording" in run.stdout


def test_there_is_a_profile():
    assert [path.parent.name for path in PROFILES] == ["slurm"]


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
def test_resources_are_numbers_of_what_snakemake_knows(path):
    profile = read(path)
    for entry in profile["default-resources"]:
        name, value = entry.split("=")
        assert name.startswith("slurm_") or (name in RESOURCES and int(value) > 0), entry
    for rule, given in profile["set-resources"].items():
        assert all(name in RESOURCES and value > 0 for name, value in given.items()), rule


@pytest.mark.parametrize("path", PROFILES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("scale", ["config", "test"])
def test_groups_do_not_wait_for_one_another_in_a_circle(path, scale):
    jobs, needs = graph_of(PROJECT, [f"config/{scale}.yaml"])
    group = groups_of(jobs, needs, read(path))
    seconds, before = grouped(dict.fromkeys(jobs, 1.0), needs, group)
    assert len(seconds) < 0.8 * len(jobs)
    assert makespan(seconds, before, 1) == len(jobs)  # refuses a circle
    threads = {job.threads for job in jobs.values()}
    assert threads == {1}  # the profile gives a submission one core
