"""A day of 200 units, from the lab's arrays to the page of the recording, and interrupted once.

``python -m benchmarks.day`` writes ``day.csv``. Two hours are simulated as in
``config/config.yaml``, with more cells, half of them running and half of them at rest and asleep;
the rest and the sleep are repeated until the day is full, so that there are as many replays as a
sleeping animal has. The arrays are imported, and Snakemake makes the page on one core, is
interrupted as by Ctrl-C, and goes on. Each job has its seconds and its peak memory; asked for are
2 GB at most, of each job.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import xarray as xr
import yaml

from benchmarks.cluster import measured_seconds
from benchmarks.peers import ROOT
from benchmarks.project import copy_project, environment
from benchmarks.run import write_table
from benchmarks.session import stretched
from neurosim.files import flag_names
from neurosim.simulation import SimulationParameters, simulate_recording

HOURS = {"full": 24.0, "small": 0.25}
SIMULATED_HOURS = {"full": 2.0, "small": 0.2}
CELLS = {
    "full": {"CA1": 120, "ADN": 50, "SC": 15},  # of each side, in the colliculus
    "small": {"CA1": 30, "ADN": 15, "SC": 5},
}
COLUMNS = ("hours", "units", "spikes", "job", "seconds", "peak_mib", "note")
SEED = 7
NAME = "day"


def simulate(hours: float, cells: dict[str, int]) -> dict[str, xr.Dataset]:
    """A session of a track and an arena, of which the second half is rest and sleep."""
    given = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    simulation = given["simulation"]
    kept = ("linear", "arena")
    simulation["environments"] = {name: simulation["environments"][name] for name in kept}
    simulation["session"] |= {"pre_sleep_s": 60.0, "rest_s": 200.0, "post_sleep_s": 600.0}
    simulation["place_cells"] |= {"n_cells": cells["CA1"]}
    simulation["heading_cells"] |= {"n_cells": cells["ADN"]}
    simulation["colliculus_cells"] |= {"n_left": cells["SC"], "n_right": cells["SC"]}
    parameters = SimulationParameters.from_mapping(stretched(simulation, 3600 * hours))
    return simulate_recording(parameters, SEED, NAME)


def repeated(session: dict[str, xr.Dataset], duration: float) -> dict[str, np.ndarray]:
    """Arrays of a longer session: once the run, then rest and sleep again and again.

    Parameters
    ----------
    session : dict
        Groups of a recording that ends in rest and sleep.
    duration : float
        Of the longer session at least, s; rest and sleep are repeated as a whole.

    Returns
    -------
    dict
        The arrays that `neurosim.importing.npz` documents.
    """
    epochs, spikes, behaviour = session["epochs"], session["spikes"], session["behaviour"]
    start, stop = epochs["start"].values, epochs["stop"].values
    states = _labels(epochs["state"])
    last_run = int(np.flatnonzero(states == "run")[-1])
    asleep, end = stop[last_run], stop[-1]
    n_more = max(0, int(np.ceil((duration - end) / (end - asleep) - 1e-9)))
    shifts = (end - asleep) * np.arange(1 + n_more)

    def over(times: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
        """Times and values, those after the run once more for each shift but the first."""
        later = times >= asleep
        again = [times, *(times[later] + shift for shift in shifts[1:])]
        return [
            np.concatenate(again),
            *(np.concatenate([v, *([v[later]] * (shifts.size - 1))]) for v in values),
        ]

    spike_time, unit = over(spikes["time"].values, spikes["unit_index"].values)
    position = behaviour["position"].values
    clock, x, y, direction = over(
        behaviour["time"].values, *position.T, behaviour["head_direction"].values
    )
    begins, state, phase, environment = over(
        start, states, *(_labels(epochs[name]) for name in ("phase", "environment"))
    )
    return {
        "spike_time_s": spike_time,
        "spike_unit": unit,
        "position_time_s": clock,
        "x": x,
        "y": y,
        "head_direction_rad": direction,
        "epoch_start_s": begins,
        "epoch_stop_s": np.append(begins[1:], end + shifts[-1]),
        "epoch_state": state,
        "epoch_phase": phase,
        "epoch_environment": environment,
        "unit_region": session["units"]["region"].values.astype(str),
    }


def _labels(flags: xr.DataArray) -> np.ndarray:
    return np.array(flag_names(flags), dtype=str)


def measured(command: list[str], folder: Path, log: Path) -> tuple[float, float]:
    """Seconds and peak MiB of a command, or of the largest process that it started.

    Raises
    ------
    SystemExit
        With the end of what it said, if it failed.
    """
    began = time.monotonic()
    with log.open("w") as file:
        code, peak = _reaped(_started(command, folder, file))
    if code:
        sys.exit(f"{' '.join(command)} failed:\n{log.read_text()[-3000:]}")
    return time.monotonic() - began, peak


def interrupted(command: list[str], folder: Path, log: Path, after: float) -> tuple[float, float]:
    """Interrupt a command as by Ctrl-C; seconds that it takes to stop, and its peak MiB.

    Parameters
    ----------
    after : float
        When, s.

    Raises
    ------
    SystemExit
        If it was done before.
    """
    # Started with & in a script this is ignored, and by children too, unless somebody handles it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with log.open("w") as file:
            process = _started(command, folder, file)
    finally:
        signal.signal(signal.SIGINT, before)
    time.sleep(after)
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)
    code, peak = _reaped(process)
    if code == 0:
        sys.exit(f"{' '.join(command)} ended before it was interrupted; see {log}")
    return time.monotonic() - began, peak


def _reaped(process: subprocess.Popen) -> tuple[int, float]:
    """Exit code, and peak MiB of the process or the largest of those that it waited for."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, usage.ru_maxrss / 1024


def _started(command: list[str], folder: Path, output) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=folder,
        env=environment(folder) | {"OMP_NUM_THREADS": "1"},
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
    )


def jobs_of(folder: Path) -> list[tuple[str, float, float]]:
    """Name, seconds and peak MiB of each job, from Snakemake's benchmark files."""
    files = sorted((folder / "results" / "benchmarks").rglob("*.tsv"))
    rows = []
    for path in sorted(files, key=lambda file: file.stat().st_mtime):
        name = path.relative_to(folder / "results" / "benchmarks").with_suffix("")
        header, values = (line.split("\t") for line in path.read_text().splitlines()[:2])
        peak = dict(zip(header, values, strict=True))["max_rss"]
        rows.append((str(name), measured_seconds(path), float(peak) if peak != "NA" else 0.0))
    return rows


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows, a job each.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.day", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=tuple(HOURS), default="full")
    parser.add_argument("--interrupt-after", type=float, default=60.0, help="s")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "benchmarks")
    parser.add_argument("--make", type=Path, help="write the day's arrays there, and no more")
    asked = parser.parse_args(arguments)
    if asked.make:
        session = simulate(SIMULATED_HOURS[asked.scale], CELLS[asked.scale])
        np.savez(asked.make, **repeated(session, 3600 * HOURS[asked.scale]))
        return []
    folder = (asked.work / asked.scale / NAME).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    copy_project(folder)
    python = [sys.executable, "-m"]
    # A process of its own, for the peak of a child is never below what its parent had had.
    made = folder / f"{NAME}.npz"
    itself = [*python, "benchmarks.day", "--scale", asked.scale, "--make", str(made)]
    measured(itself, ROOT, folder / "simulate.txt")
    with np.load(made, allow_pickle=False) as arrays:
        about = {
            "hours": f"{arrays['epoch_stop_s'][-1] / 3600:.3g}",
            "units": arrays["unit_region"].size,
            "spikes": arrays["spike_unit"].size,
        }
    (folder / f"{NAME}.yaml").write_text(f"recordings: {{{NAME}: {NAME}.nc}}\n", encoding="utf-8")
    rows: list[dict] = []

    def add(job: str, seconds: float, peak: float, note: str = "") -> None:
        figures = {"seconds": f"{seconds:.3g}", "peak_mib": f"{peak:.0f}", "note": note}
        rows.append(about | {"job": job} | figures)
        print(" | ".join(str(rows[-1][column]) for column in COLUMNS), flush=True)

    given = [f"{NAME}.npz", f"{NAME}.nc", "--metres-per-unit", "1"]
    took, peak = measured([*python, "neurosim", "import", *given], folder, folder / "import.txt")
    add("import", took, peak)
    snakemake = [*python, "snakemake", "--cores", "1", "--rerun-incomplete"]
    target = ["--configfile", f"{NAME}.yaml", "--", f"results/pages/{NAME}.html"]
    after = asked.interrupt_after
    stopping, first = interrupted([*snakemake, *target], folder, folder / "first.txt", after)
    finished = {name for name, *_ in jobs_of(folder)}
    took, second = measured([*snakemake, *target], folder, folder / "second.txt")
    for name, seconds, size in jobs_of(folder):
        add(name, seconds, size, "before the interrupt" if name in finished else "")
    note = f"{after:g} s to the interrupt, {stopping:.2g} s to stop, {took:.0f} s to the end"
    add("page, altogether", after + stopping + took, max(first, second), note)
    write_table(asked.out / "day.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
