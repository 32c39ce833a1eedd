"""Kill the pipeline at random moments, go on each time, and compare with an undisturbed run.

``python tests/workflow/chaos.py --kills 20`` (``make test-chaos``) runs the test-scale pipeline
undisturbed, in T seconds; then in another folder it starts it and kills the whole process group
(SIGKILL), unlocks, starts it again, and so on. The 20 moments are drawn evenly over T and what the
kills themselves cost, so that they lie all over the pipeline, in Snakemake's planning too. After
each kill every file under its own name has to be whole, and no rerun may stop of itself but for
being done. The last one is not killed. What was finished is not made again, so that the results at
the end are those of all reruns; they have to equal the undisturbed ones in every byte of every
variable. Should the pipeline be done before the last kill, that is compared, and another is begun.

``--branches`` copies the folder after some of the kills and lets the copy run to its end, so that
reruns after that kill alone are compared too; it takes some T / 2 a branch.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from running import same_variables, snakemake

from benchmarks.project import copy_project, environment
from neurosim import MissingData
from neurosim.files import load_groups
from neurosim.recording import group_names
from neurosim.seeds import generator

SEED = 20240229
LOST_S = 8.0  # a kill costs another start of Snakemake, and half of the jobs that were running
TABLES = {".csv", ".json", ".html"}
TIMED = ("results/report.html",)  # it says how long each rule took


class ChaosError(Exception):
    """What a killed pipeline must not do."""


def command(cores: int, targets: Sequence[str]) -> list[str]:
    scale = ["--configfile", "config/test.yaml", "--"]
    return [
        sys.executable,
        "-m",
        "snakemake",
        "--cores",
        str(cores),
        "--rerun-incomplete",
        *scale,
        *targets,
    ]


def start(folder: Path, cores: int, targets: Sequence[str]) -> subprocess.Popen:
    with (folder / "output.txt").open("a") as output:
        return subprocess.Popen(
            command(cores, targets),
            cwd=folder,
            env=environment(folder),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


@contextmanager
def killed_at_the_end(process: subprocess.Popen) -> Iterator[subprocess.Popen]:
    """Kill the whole process group of what is still running, by whatever way this is left."""
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def finish(folder: Path, cores: int, targets: Sequence[str]) -> float:
    """Run to the end; seconds that it took."""
    began = time.monotonic()
    with killed_at_the_end(start(folder, cores, targets)) as process:
        check_end(process, folder)
    return time.monotonic() - began


def check_end(process: subprocess.Popen, folder: Path) -> None:
    if process.wait() != 0:
        said = (folder / "output.txt").read_text()[-3000:]
        raise ChaosError(f"a run that nobody killed stopped:\n{said}")


def run_for(seconds: float, folder: Path, cores: int, targets: Sequence[str]) -> float:
    """Kill the process group after some seconds; what is left of them if it was done before."""
    began = time.monotonic()
    with killed_at_the_end(start(folder, cores, targets)) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            return 0.0
        check_end(process, folder)
    return seconds - (time.monotonic() - began)


def unlock(folder: Path) -> None:
    done = snakemake(folder, "--unlock")
    if done.returncode:
        raise ChaosError(f"--unlock failed:\n{done.stdout}{done.stderr}")


def check_whole(folder: Path) -> int:
    """Read every file under its own name; how many there are."""
    files = results(folder, {".nc"})
    for path in files.values():
        try:
            load_groups(path, ["/", *group_names(path)])
        except MissingData:  # a whole file that says why it is empty
            continue
    return len(files)


def results(folder: Path, suffixes: set[str]) -> dict[str, Path]:
    found = sorted((folder / "results").rglob("[!.]*"))
    named = {str(p.relative_to(folder)): p for p in found if p.suffix in suffixes}
    return {name: path for name, path in named.items() if name not in TIMED}


def check_equal(folder: Path, undisturbed: Path) -> int:
    """Compare all results; how many files are equal."""
    suffixes = {".nc", *TABLES}
    ours, theirs = results(folder, suffixes), results(undisturbed, suffixes)
    if ours.keys() != theirs.keys() or not ours:
        raise ChaosError(f"other files: {sorted(ours.keys() ^ theirs.keys())}")
    for name, path in ours.items():
        if path.suffix == ".nc":
            same = same_variables(path, theirs[name])
        else:
            same = path.read_bytes() == theirs[name].read_bytes()
        if not same:
            raise ChaosError(f"{name}: differs from the other run")
    left = [str(p) for p in (folder / "results").rglob(".*.tmp*")]
    if left:
        raise ChaosError(f"left aside: {left}")
    return len(ours)


def branch(folder: Path, undisturbed: Path, cores: int, targets: Sequence[str]) -> str:
    """Let a copy of a killed run go on to its end."""
    copy = folder.with_name("branch")
    shutil.copytree(folder, copy, symlinks=True)
    finish(copy, cores, targets)
    n_equal = check_equal(copy, undisturbed)
    shutil.rmtree(copy)
    return f", alone to the end: {n_equal} files equal"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--branches", type=int, default=2)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("targets", nargs="*", help="everything if not given")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="chaos-") as here:
        try:
            chaos(Path(here), given)
        except ChaosError as error:
            print(f"chaos: {error}", file=sys.stderr)
            return 1
    return 0


def chaos(here: Path, given: argparse.Namespace) -> None:
    """Run undisturbed, then killed; print a line a kill."""
    how = (given.cores, given.targets)
    project = copy_project(here / "project")  # as it is now, whatever is edited meanwhile
    undisturbed, folder = here / "undisturbed", here / "killed"
    for run in (undisturbed, folder):
        shutil.copytree(project, run)
    duration = finish(undisturbed, *how)
    print(f"undisturbed: {duration:.0f} s, {check_whole(undisturbed)} netCDF files", flush=True)
    rng = generator(given.seed, "chaos")
    moments = np.sort(rng.uniform(0, duration + given.kills * LOST_S, given.kills))
    branching = set(rng.choice(given.kills, size=given.branches, replace=False).tolist())
    for number, seconds in enumerate(np.diff(moments, prepend=0.0).tolist()):
        left = seconds
        while (left := run_for(left, folder, *how)) > 0:
            print(f"done: {check_equal(folder, undisturbed)} files equal; another is begun")
            shutil.rmtree(folder)
            shutil.copytree(project, folder)
        n_whole = check_whole(folder)
        unlock(folder)
        alone = branch(folder, undisturbed, *how) if number in branching else ""
        print(f"kill {number + 1} after {seconds:.1f} s: {n_whole} whole files{alone}", flush=True)
    finish(folder, *how)
    n_equal = check_equal(folder, undisturbed)
    print(f"{given.kills} kills; all {n_equal} files equal those of the undisturbed run")


if __name__ == "__main__":
    sys.exit(main())
