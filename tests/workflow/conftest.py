"""A finished run of the pipeline at test scale, with an imported recording among the others."""

import pytest
import yaml
from running import Finished, snakemake, write_npz

from benchmarks.project import copy_project
from neurosim.__main__ import main as command_line


@pytest.fixture(scope="session")
def finished(tmp_path_factory, recording_path) -> Finished:
    """The whole pipeline, run once: two simulated subjects and an imported CA1 recording.

    Files that use it are named in `OF_PIPELINE`, in the conftest above.
    """
    folder = copy_project(tmp_path_factory.mktemp("project"))
    write_npz(recording_path, folder / "own.npz")
    arguments = ["import", str(folder / "own.npz"), str(folder / "own.nc"), "--region", "CA1"]
    assert command_line([*arguments, "--metres-per-unit", "1"]) == 0
    (folder / "imported.yaml").write_text(yaml.safe_dump({"recordings": {"own": "own.nc"}}))
    run = snakemake(folder)
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-5000:]
    return Finished(folder, run.stdout + run.stderr)
