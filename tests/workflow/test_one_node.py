"""The cluster of one node: what it refuses, and that it leaves the machine as it was."""

import subprocess

import on_slurm
import one_node
import pytest
from one_node import NoCluster


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine on which nothing is installed or started: the configuration is another file."""
    monkeypatch.setattr(one_node, "CONFIGURATION", tmp_path / "etc" / "slurm.conf")
    monkeypatch.setattr(one_node, "READY_S", 0.1)
    monkeypatch.setattr(one_node, "install", lambda: None)
    monkeypatch.setattr(one_node, "start_munge", lambda ending: None)
    monkeypatch.setattr(one_node, "running", lambda name: [])
    monkeypatch.setattr(
        one_node.subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(command, 0, "DOWN", ""),
    )
    return tmp_path


def test_another_user_is_told_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(one_node.os, "geteuid", lambda: 1000)
    assert on_slurm.main([]) == 1
    said = capsys.readouterr().err
    assert said.startswith("on SLURM: expected root on Debian")
    assert said.count("\n") == 1


def test_a_cluster_that_runs_is_left_alone(machine, monkeypatch):
    monkeypatch.setattr(one_node, "running", lambda name: [7] if name == "slurmd" else [])
    with pytest.raises(NoCluster, match="found the processes"), one_node.one_node(machine / "one"):
        pass
    assert not one_node.CONFIGURATION.exists()


@pytest.mark.parametrize("before", [None, b"ClusterName=theirs\n"])
def test_a_cluster_that_does_not_start_leaves_the_configuration_as_it_was(machine, before):
    if before:
        one_node.CONFIGURATION.parent.mkdir()
        one_node.CONFIGURATION.write_bytes(before)
    with (
        pytest.raises(NoCluster, match="slurmctld to be ready"),
        one_node.one_node(machine / "one"),
    ):
        pass
    assert one_node.read(one_node.CONFIGURATION) == before
