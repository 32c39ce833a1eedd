"""Environments of the tools: one virtual environment each, from pinned versions."""

import hashlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PINS = Path(__file__).resolve().parent / "environments"
ENVIRONMENTS = ROOT / ".venv-benchmarks"
OURS = "neurosim"


class NotBuilt(Exception):
    """The environment of a tool is not there, or could not be built: a note in the table."""


def python_of(tool: str) -> Path:
    """Python that runs a tool: the project's own for neurosim."""
    if tool == OURS:
        return Path(sys.executable)
    return ENVIRONMENTS / tool / "bin" / "python"


def require(tool: str) -> Path:
    """Python of a tool whose environment has been built from the pins as they are now.

    Raises
    ------
    NotBuilt
    """
    if tool != OURS and _stamp(tool) != _wanted(tool):
        raise NotBuilt("environment not built; run make benchmark")
    return python_of(tool)


def build(tool: str, timeout: float = 1800.0) -> None:
    """Build the environment of a tool unless it stands.

    Raises
    ------
    NotBuilt
        With the last line of the installer, where a package cannot be had or built.
    """
    if tool == OURS or _stamp(tool) == _wanted(tool):
        return
    folder = ENVIRONMENTS / tool
    print(f"building the environment of {tool}", flush=True)
    steps = (
        [sys.executable, "-m", "venv", "--clear", str(folder)],
        [
            str(python_of(tool)),
            *("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-cache-dir"),
            *("--requirement", str(PINS / f"{tool}.txt")),
        ],
    )
    for step in steps:
        try:
            done = subprocess.run(step, capture_output=True, text=True, timeout=timeout)
        except subprocess.TimeoutExpired as error:
            raise NotBuilt(f"not built: no end after {timeout:.0f} s") from error
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise NotBuilt(f"not built: {last[:200]}")
    (folder / "pins.sha256").write_text(_wanted(tool))


def digest(*paths: Path) -> str:
    """Hash of the contents of files."""
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()


def _wanted(tool: str) -> str:
    return digest(PINS / f"{tool}.txt")


def _stamp(tool: str) -> str:
    stamp = ENVIRONMENTS / tool / "pins.sha256"
    return stamp.read_text() if stamp.exists() else ""
