"""Full and read-only disks, two runs at once, vanished inputs, orphans: one line, nothing half."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from running import snakemake

from benchmarks.project import copy_project, environment
from neurosim.files import load

EVERYTHING = os.environ.get("BAD_DAYS") == "all"  # `make test-chaos`
thorough = pytest.mark.skipif(not EVERYTHING, reason="slow; run by make test-chaos")
SHORT = {  # a session that is simulated in a second
    "simulation": {
        "environments": {
            "linear": {"duration_s": 60.0},
            "linear_b": {"duration_s": 20.0},
            "w": {"duration_s": 30.0},
            "arena": {"duration_s": 30.0},
        },
        "session": {"pre_sleep_s": 10.0, "rest_s": 10.0, "post_sleep_s": 30.0},
    }
}
SNAKEMAKE = (sys.executable, "-m", "snakemake", "--cores", "1")
TARGET = "results/recordings/rat1.nc"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = copy_project(tmp_path)
    (folder / "results").mkdir()
    return folder


@pytest.fixture
def disk(project: Path) -> Iterator[Callable[[str], None]]:
    """A function that makes `results` a small disk of its own, with the options of mount."""
    results, mounted = project / "results", []

    def mount(options: str) -> None:
        kind = ["-o", f"remount,{options}"] if mounted else ["-t", "tmpfs", "-o", options, "tmpfs"]
        done = subprocess.run(["mount", *kind, results], capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"a disk cannot be mounted here: {done.stderr.strip()}")
        mounted.append(options)

    yield mount
    if mounted:
        subprocess.run(["umount", results], check=True)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    return snakemake(folder, *arguments, config=SHORT)


def the_line(done: subprocess.CompletedProcess, *words: str) -> str:
    """The one line of the output that says what was wrong; there is no traceback."""
    assert done.returncode != 0
    output = done.stdout + done.stderr
    assert "Traceback" not in output
    lines = {line.strip() for line in output.splitlines() if all(word in line for word in words)}
    assert len(lines) == 1, output[-3000:]
    return lines.pop()


def made(folder: Path) -> set[str]:
    """Files of results that are neither logs nor measures of the machine."""
    found = (path for path in (folder / "results").rglob("*") if path.is_file())
    names = (str(path.relative_to(folder / "results")) for path in found)
    return {name for name in names if not name.startswith(("logs/", "benchmarks/"))}


def test_a_full_disk_is_named_and_the_next_run_completes(project, disk):
    disk("size=1m")
    line = the_line(run(project, TARGET), "error in simulate_recording", "rat1.nc")
    assert "No space left on device" in line
    assert "free some space" in line
    assert not made(project)
    disk("size=100m")
    assert run(project, TARGET).returncode == 0
    assert made(project) == {"recordings/rat1.nc"}
    load(project / TARGET, "spikes")


@thorough
def test_a_read_only_folder_is_named_and_the_next_run_completes(project, disk):
    disk("size=100m,ro")
    line = the_line(run(project, TARGET), "results:", "Read-only file system")
    assert line.startswith("error: ")
    assert not made(project)
    assert run(project, "--dry-run", TARGET).returncode == 0
    disk("size=100m,rw")
    assert run(project, TARGET).returncode == 0
    assert made(project) == {"recordings/rat1.nc"}


def started(folder: Path, *arguments: str) -> subprocess.Popen:
    """Start Snakemake without waiting for it, in a process group of its own."""
    (folder / "overlay.yaml").write_text(yaml.safe_dump(SHORT))
    return subprocess.Popen(
        [*SNAKEMAKE, *arguments, "--configfile", "config/test.yaml", "overlay.yaml"],
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for(condition: Callable[[], object], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@thorough
def test_of_two_runs_at_once_the_second_is_told_and_the_first_completes(project):
    first = started(project, TARGET)
    wait_for(lambda: list((project / ".snakemake" / "locks").glob("*")))
    second = run(project, TARGET)
    assert first.wait() == 0
    the_line(second, "Directory cannot be locked")
    assert made(project) == {"recordings/rat1.nc"}
    assert "Nothing to be done" in run(project, TARGET).stderr


@thorough
@pytest.mark.parametrize("replaced", [False, True], ids=["gone", "replaced"])
def test_an_input_that_vanishes_in_mid_run_is_named(project, recording_path, replaced):
    """The recording goes once the first rule has read it, or becomes another one."""
    own, target = project / "own.nc", "results/replay/events/own.nc"
    own.write_bytes(recording_path.read_bytes())
    (project / "imported.yaml").write_text(yaml.safe_dump({"recordings": {"own": "own.nc"}}))
    process = subprocess.Popen(
        [*SNAKEMAKE, target, "--configfile", "config/test.yaml", "imported.yaml"],
        cwd=project,
        env=environment(project),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(lambda: made(project))
    own.unlink()
    if replaced:
        own.write_bytes(recording_path.read_bytes() + b"of another day")
    output, _ = process.communicate()
    assert process.returncode != 0
    assert "Traceback" not in output
    said = "the recording was replaced meanwhile" if replaced else "own.nc: no such file"
    assert any(said in line for line in output.splitlines()), output
    for name in made(project):
        load(project / "results" / name)
    own.write_bytes(recording_path.read_bytes())
    assert snakemake(project, target).returncode == 0
    load(project / target)


@thorough
def test_an_orphan_of_a_killed_run_writes_nothing(project):
    """Snakemake alone is killed; its job goes on, and finds at the end that nobody waits."""
    killed = started(project, TARGET)
    log = project / "results" / "logs" / "simulate_recording" / "rat1.log"
    wait_for(log.exists)
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    wait_for(lambda: "is gone" in log.read_text())
    assert not made(project)
    assert run(project, "--unlock").returncode == 0
    assert run(project, "--rerun-incomplete", TARGET).returncode == 0
    load(project / TARGET, "spikes")
