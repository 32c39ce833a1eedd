"""The test-scale pipeline on a real SLURM of one node, beside a local run.

``python tests/workflow/on_slurm.py`` (``make test-slurm``) does, on a cluster that it starts and
stops itself:

- the pipeline locally and with ``workflow/profiles/slurm``: all variables have to be the same;
- a recording that cannot be read: its job fails, is tried again once, and is then reported;
- an interrupt (SIGINT) in mid-run: no job of it may be left in the queue.
"""

import argparse
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from chaos import ChaosError, check_equal, finish
from one_node import NoCluster, one_node
from running import copy_project, environment

PROFILE = "workflow/profiles/slurm"
# A test does not wait as long as a cluster may.
HASTE = [
    *("--slurm-init-seconds-before-status-checks", "2"),
    *("--seconds-between-status-checks", "2"),
    *("--latency-wait", "10"),
]
CANCELLED_S = 60.0
SUMMARY = "results/replay/bursts.nc"
BROKEN = "results/replay/fields/mine.nc"


def command(targets: Sequence[str], configs: Sequence[str]) -> list[str]:
    return [
        *(sys.executable, "-m", "snakemake", "--workflow-profile", PROFILE, *HASTE),
        *("--configfile", *configs, "--", *targets),
    ]


def start(folder: Path, targets: Sequence[str], *configs: str) -> subprocess.Popen:
    with (folder / "output.txt").open("a") as output:
        return subprocess.Popen(
            command(targets, ["config/test.yaml", *configs]),
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def queue() -> list[str]:
    """Jobs that run or wait."""
    said = subprocess.run(["squeue", "--noheader"], capture_output=True, text=True, check=True)
    return said.stdout.splitlines()


def submissions(folder: Path) -> int:
    said = (folder / "output.txt").read_text()
    return said.count("has been submitted with SLURM jobid")


def same_as_local(here: Path, targets: Sequence[str]) -> None:
    local, cluster = copy_project(here / "local"), copy_project(here / "cluster")
    seconds = finish(local, 2, targets)
    print(f"local: {seconds:.0f} s on two cores", flush=True)
    began = time.monotonic()
    if start(cluster, targets).wait():
        raise ChaosError(f"the run on SLURM stopped:\n{said_last(cluster)}")
    seconds = time.monotonic() - began
    n_equal, n_submitted = check_equal(cluster, local), submissions(cluster)
    print(f"SLURM: {seconds:.0f} s, {n_submitted} submissions; {n_equal} files equal", flush=True)


def failure_is_reported(here: Path) -> None:
    """A job that cannot work is tried twice, and the error says which it was."""
    folder = copy_project(here / "failing")
    (folder / "mine.nc").write_bytes(b"CDF no recording")
    (folder / "mine.yaml").write_text("recordings: {mine: mine.nc}\n")
    if start(folder, [BROKEN], "mine.yaml").wait() == 0:
        raise ChaosError("a job that has to fail did not")
    said, tries = (folder / "output.txt").read_text(), submissions(folder)
    if tries != 2 or "mine.nc" not in said or (folder / BROKEN).exists():
        raise ChaosError(f"a failing job: {tries} tries, and it said\n{said_last(folder)}")
    print("a failing job: tried twice, then reported, and nothing of it was left", flush=True)


def interrupt_cancels(here: Path) -> None:
    folder = copy_project(here / "interrupted")
    process = start(folder, [SUMMARY])
    deadline = time.monotonic() + CANCELLED_S
    while not queue():
        if time.monotonic() > deadline or process.poll() is not None:
            raise ChaosError(f"no job in the queue:\n{said_last(folder)}")
        time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    process.wait(CANCELLED_S)
    while queue() and time.monotonic() - began < CANCELLED_S:
        time.sleep(0.5)
    if queue():
        raise ChaosError(f"jobs are left after an interrupt: {queue()}")
    seconds = time.monotonic() - began
    print(f"an interrupt: the queue was empty after {seconds:.0f} s", flush=True)


def said_last(folder: Path) -> str:
    return (folder / "output.txt").read_text()[-3000:]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help="everything if not given")
    given = parser.parse_args(arguments)
    here = Path(tempfile.mkdtemp(prefix="on-slurm-"))
    try:
        with one_node(here / "slurm"):
            failure_is_reported(here)
            interrupt_cancels(here)
            same_as_local(here, given.targets)
    except (ChaosError, NoCluster) as error:
        print(f"on SLURM: {error}\nwhat it left is in {here}", file=sys.stderr)
        return 1
    shutil.rmtree(here)
    return 0


if __name__ == "__main__":
    sys.exit(main())
