"""Run the real pipeline in a copy of the project."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
import yaml

from benchmarks.project import environment
from neurosim.files import flag_names
from neurosim.recording import group_names, open_recording

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Finished:
    """A project folder and what Snakemake said there."""

    folder: Path
    output: str

    @property
    def results(self) -> Path:
        return self.folder / "results"


def snakemake(
    folder: Path, *arguments: str, config: dict | None = None, cores: int = 2
) -> subprocess.CompletedProcess:
    """Run Snakemake in a copy of the project; `config` is laid over the test scale."""
    files = ["config/test.yaml"]
    if (folder / "imported.yaml").exists():
        files.append("imported.yaml")
    if config is not None:
        (folder / "overlay.yaml").write_text(yaml.safe_dump(config))
        files.append("overlay.yaml")
    command = [sys.executable, "-m", "snakemake", "--cores", str(cores), *arguments]
    return subprocess.run(
        [*command, "--configfile", *files],
        cwd=folder,
        env=environment(folder),
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )


def planned_rules(run: subprocess.CompletedProcess) -> set[str]:
    """Rules in the table of jobs that a dry run prints."""
    lines = run.stdout.splitlines() + run.stderr.splitlines()
    start = next((i for i, line in enumerate(lines) if line.startswith("Job stats:")), None)
    if start is None:
        return set()
    rules = set()
    for line in lines[start + 3 :]:
        if line.startswith("total"):
            break
        rules.add(line.split()[0])
    return rules - {"all"}


def write_npz(recording_path: Path, out: Path) -> None:
    """Write the CA1 part of a recording's public groups as the .npz that the importer documents."""
    recording = open_recording(recording_path)
    units = recording.units_in("CA1")
    times, unit = recording.spikes_of(units)
    epochs, behaviour = recording.epochs, recording.behaviour
    places = flag_names(epochs["environment"])
    known = np.isin(places.astype(str), ["linear", "arena", "none"])
    np.savez(
        out,
        spike_time_s=times,
        spike_unit=unit,
        position_time_s=recording.time,
        x=behaviour["position"].values[:, 0],
        y=behaviour["position"].values[:, 1],
        epoch_start_s=epochs["start"].values,
        epoch_stop_s=epochs["stop"].values,
        epoch_state=flag_names(epochs["state"]).astype(str),
        epoch_phase=flag_names(epochs["phase"]).astype(str),
        epoch_environment=np.where(known, places, "none").astype(str),
    )


def contents(path: Path) -> dict[str, bytes | list]:
    """Every variable of a netCDF file by its full name.

    One file is open at a time: netCDF4 crashes on strings of two files that are open together.
    """
    found = {}
    for group in ("/", *group_names(path)):
        with xr.open_dataset(path, group=group, engine="netcdf4", decode_cf=False) as dataset:
            for name, variable in dataset.variables.items():
                values = variable.values
                strings = values.dtype == object
                found[f"{group}:{name}"] = values.tolist() if strings else values.tobytes()
    return found


def same_variables(path: Path, other: Path) -> bool:
    """Whether two netCDF files have the same groups, variables and bytes."""
    return contents(path) == contents(other)
