"""Thousands of jobs: the published sizes are planned, each training once."""

import re
import subprocess
import sys

import pytest
import yaml
from running import PROJECT
from snakemake.utils import update_config

from benchmarks.project import copy_project, environment
from workflow.instruction import conversation, input_trainings, speakers, trainings


@pytest.fixture(scope="module")
def instruction():
    """The study of the published sizes."""
    config: dict = {}
    for name in ("config", "paper"):
        update_config(config, yaml.safe_load((PROJECT / "config" / f"{name}.yaml").read_text()))
    return config["instruction"]


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """Number of jobs a rule, as a dry run tells it."""
    folder = copy_project(tmp_path_factory.mktemp("paper"))
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "rules"]
    run = subprocess.run(
        [*command, "--configfile", "config/paper.yaml"],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    table = re.findall(r"^(\w+) +(\d+)$", run.stdout + run.stderr, re.MULTILINE)
    return {rule: int(number) for rule, number in table}


def test_published_sizes_are_planned(planned, instruction):
    measured = set(trainings(instruction))
    talking = {
        each
        for name in speakers(instruction)
        for hold_out in instruction["communication"]["hold_outs"]
        for role in conversation(instruction, name, hold_out).values()
        for each in role
    }
    assert len(measured) == (16 * 11 + 8 * 10 + 6 * 12) * 5
    assert planned["train_instructed"] == len(measured | talking)
    assert planned["measure_held_out"] == planned["measure_representation"] == len(measured)
    assert planned["learn_by_inputs"] == len(input_trainings(instruction))
    assert planned["total"] == sum(n for rule, n in planned.items() if rule != "total") > 5000
