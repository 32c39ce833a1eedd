"""Copies of the project, in which the pipeline can be run without touching its own results."""

import os
import shutil
import sys
from pathlib import Path

from benchmarks.peers import ROOT

PARTS = ("Snakefile", "workflow", "config", "neurosim", "analysis", "docs", "environment.yml")


def copy_project(folder: Path) -> Path:
    """Copy what a run needs into a folder, which is made if it is not there."""
    folder.mkdir(exist_ok=True, parents=True)
    for part in PARTS:
        source = ROOT / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source, folder / part, ignore=ignored)
        else:
            shutil.copy(source, folder / part)
    return folder


def environment(folder: Path) -> dict[str, str]:
    """Environment of processes that run the copy's own library, not the installed one."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {**os.environ, "PYTHONPATH": str(folder), "PATH": path}
