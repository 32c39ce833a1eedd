"""The test-scale pipeline on a real SLURM of one node, beside a local run.

``python tests/workflow/on_slurm.py`` (``make test-slurm``) does, on a cluster that it starts and
stops itself:

- a recording that cannot be read: its job fails, is tried again once, and is then reported, and
  what does not need it is done;
- an interrupt (SIGINT) in mid-run: no job of it may be left in the queue;
- the pipeline locally and with ``workflow/profiles/slurm``: all variables have to be the same.
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

from chaos import ChaosError, check_equal, finish, killed_at_the_end
from one_node import NoCluster, one_node

from benchmarks.project import copy_project, environment

PROFILE = "workflow/profiles/slurm"
# A test does not wait as long as a cluster may.
HASTE = [
    *("--slurm-init-seconds-before-status-checks", "2"),
    *("--seconds-between-status-checks", "2"),
    *("--latency-wait", "10"),
]
PATIENCE_S = 90.0
SUBMITTED = "has been submitted with SLURM jobid"
LONG = "results/replay/significance/rat1.nc"
BROKEN = "results/replay/fields/mine.nc"
OTHER = "results/recordings/rat1.nc"


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


def said(folder: Path) -> str:
    return (folder / "output.txt").read_text()


def said_last(folder: Path) -> str:
    return said(folder)[-3000:]


def queue(state: str = "all") -> list[str]:
    """Jobs that run or wait."""
    states = [] if state == "all" else ["--states", state]
    found = subprocess.run(
        ["squeue", "--noheader", *states], capture_output=True, text=True, check=True
    )
    return found.stdout.splitlines()


def failure_is_reported(here: Path) -> None:
    """A job that cannot work is tried twice, then reported with its reason; the others go on."""
    folder = copy_project(here / "failing")
    (folder / "mine.nc").write_bytes(b"CDF no recording")
    (folder / "mine.yaml").write_text("recordings: {mine: mine.nc}\n")
    with killed_at_the_end(start(folder, [BROKEN, OTHER], "mine.yaml")) as process:
        code = process.wait()
    tries, why = said(folder).count(SUBMITTED) - 1, "error in fit_place_fields: mine.nc"
    if code == 0 or tries != 2 or why not in said(folder) or (folder / BROKEN).exists():
        raise ChaosError(f"a failing job: {tries} tries, and it said\n{said_last(folder)}")
    if not (folder / OTHER).exists():
        raise ChaosError(f"a failing job took another with it:\n{said_last(folder)}")
    print("a failing job: tried twice, then reported with its reason; another one done", flush=True)


def interrupt_cancels(here: Path) -> None:
    """An interrupt empties the queue, of what runs too, and the next run goes on."""
    folder = copy_project(here / "interrupted")
    with killed_at_the_end(start(folder, [LONG])) as process:
        deadline = time.monotonic() + PATIENCE_S
        while not queue("running"):
            if time.monotonic() > deadline or process.poll() is not None:
                raise ChaosError(f"no job that runs:\n{said_last(folder)}")
            time.sleep(0.5)
        time.sleep(3)  # into the work
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        code = process.wait(PATIENCE_S)
        while queue() and time.monotonic() - began < PATIENCE_S:
            time.sleep(0.2)
    seconds = time.monotonic() - began
    if code == 0 or queue():
        raise ChaosError(f"after an interrupt: exit {code}, in the queue {queue()}")
    print(f"an interrupt: the queue was empty after {seconds:.0f} s", flush=True)


def same_as_local(here: Path, targets: Sequence[str]) -> None:
    local, cluster = copy_project(here / "local"), copy_project(here / "cluster")
    seconds = finish(local, 2, targets)
    print(f"local: {seconds:.0f} s on two cores", flush=True)
    began = time.monotonic()
    with killed_at_the_end(start(cluster, targets)) as process:
        if process.wait():
            raise ChaosError(f"the run on SLURM stopped:\n{said_last(cluster)}")
    seconds = time.monotonic() - began
    n_equal, n_submitted = check_equal(cluster, local), said(cluster).count(SUBMITTED)
    n_jobs = len(list((cluster / "results" / "benchmarks").rglob("*.tsv")))
    if targets == [] and n_submitted >= n_jobs:
        raise ChaosError(f"nothing was grouped: {n_submitted} submissions for {n_jobs} jobs")
    print(
        f"SLURM: {seconds:.0f} s, {n_jobs} jobs in {n_submitted} submissions; "
        f"{n_equal} files equal those of the local run",
        flush=True,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("targets", nargs="*", help="everything if not given")
    given = parser.parse_args(arguments)
    here = Path(tempfile.mkdtemp(prefix="on-slurm-"))
    # Started with & in a script this is ignored, and by children too, unless somebody handles it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with one_node(here / "slurm"):
            failure_is_reported(here)
            interrupt_cancels(here)
            same_as_local(here, given.targets)
    except NoCluster as error:
        print(f"on SLURM: {error}", file=sys.stderr)
        if not any(here.iterdir()):
            here.rmdir()
        return 1
    except (ChaosError, subprocess.SubprocessError) as error:
        print(f"on SLURM: {error}\nwhat it left is in {here}", file=sys.stderr)
        return 1
    shutil.rmtree(here)
    return 0


if __name__ == "__main__":
    sys.exit(main())
