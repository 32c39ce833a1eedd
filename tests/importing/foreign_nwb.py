"""An NWB file as another lab would write it: other names, units and tables."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pynwb import NWBHDF5IO, NWBFile, TimeSeries
from pynwb.behavior import CompassDirection, Position, SpatialSeries
from pynwb.epoch import TimeIntervals
from pynwb.file import Subject

BEGIN = datetime(2019, 5, 7, 10, 30, tzinfo=UTC)
END = 100.0  # s
RATE = 20.0  # Hz, of the camera
LOCATIONS = ("right CA1", "right CA1", "ADn", "PFC", "Superior colliculus")


def running(time: np.ndarray) -> np.ndarray:
    """Position along a 2 m track, m: three runs there and back in a minute, then rest."""
    return np.where(time < 60, 1 - np.cos(2 * np.pi * time / 20), 0.0)


def trains(rng: np.random.Generator, n: int = 50) -> list[np.ndarray]:
    """Spike times of five units, s."""
    return [np.sort(rng.uniform(0, END, n)) for _ in LOCATIONS]


def new_file() -> NWBFile:
    return NWBFile(
        session_description="runs and sleep",
        identifier="rat7-20190507",
        session_start_time=BEGIN,
        experimenter=["Doe, Jane"],
        institution="A university",
        subject=Subject(subject_id="rat7", species="Rattus norvegicus", sex="M", age="P90D"),
    )


def add_units(nwbfile: NWBFile, spikes: list[np.ndarray], regions: str = "electrodes") -> None:
    """Units whose regions stand with their electrodes, their groups, in a column, or nowhere."""
    device = nwbfile.create_device(name="probe")
    groups = {}
    for place in dict.fromkeys(LOCATIONS):
        name = f"shank {len(groups)}"
        groups[place] = nwbfile.create_electrode_group(
            name=name, description="a shank", location=place, device=device
        )
    if regions == "electrodes":
        for place in LOCATIONS:
            for _ in range(2):
                nwbfile.add_electrode(location=place, group=groups[place])
    if regions == "column":
        nwbfile.add_unit_column(name="brain_area", description="where it is")
    for index, (train, place) in enumerate(zip(spikes, LOCATIONS, strict=False)):
        options = {
            "electrodes": {"electrodes": [2 * index, 2 * index + 1]},
            "group": {"electrode_group": groups[place]},
            "column": {"brain_area": place},
            "none": {},
        }[regions]
        nwbfile.add_unit(spike_times=train, **options)


def behavior(nwbfile: NWBFile):
    if "behavior" not in nwbfile.processing:
        nwbfile.create_processing_module(name="behavior", description="behavior")
    return nwbfile.processing["behavior"]


def add_position(nwbfile: NWBFile, name: str = "led", unit: str = "cm", **options) -> None:
    """Positions with a start and a rate, at 45 degrees, stored in half centimetres."""
    time = np.arange(round(END * RATE)) / RATE
    along = 100 * running(time) / np.sqrt(2)
    module = behavior(nwbfile)
    if "Position" not in module.data_interfaces:
        module.add(Position())
    series = SpatialSeries(
        name=name,
        data=options.pop("data", 2 * np.column_stack([along, along])),
        unit=unit,
        conversion=0.5,
        reference_frame="the room",
        **({"starting_time": 0.0, "rate": RATE} if "timestamps" not in options else {}) | options,
    )
    module["Position"].add_spatial_series(series)


def add_heading(nwbfile: NWBFile, unit: str = "degrees", scale: float = 1.0) -> None:
    """Head direction, turning once in 30 s, on a clock of its own."""
    time = np.arange(0.01, END, 0.03)
    series = SpatialSeries(
        name="hd",
        data=scale * np.mod(12 * time, 360),
        unit=unit,
        timestamps=time,
        reference_frame="east",
    )
    behavior(nwbfile).add(CompassDirection(spatial_series=series))


def add_intervals(nwbfile: NWBFile) -> None:
    """What was run in one table, sleep in another one that overlaps it."""
    nwbfile.add_epoch_column(name="label", description="what")
    nwbfile.add_epoch(0.0, 60.0, label="linear track")
    nwbfile.add_epoch(60.0, END, label="sleep box")
    table = TimeIntervals(name="sleep_states", description="scored")
    table.add_column(name="state", description="state")
    for start, stop, state in (
        (0, 70, "WAKE"),
        (70, 85, "NREM"),
        (85, 95, "REM"),
        (95, 100, "WAKE"),
    ):
        table.add_row(start_time=float(start), stop_time=float(stop), state=state)
    behavior(nwbfile).add(table)


def add_rewards(nwbfile: NWBFile) -> None:
    times = np.array([10.0, 20.0, 30.0, 90.0])  # the last one off the track
    series = TimeSeries(name="rewards", data=np.ones(4), unit="n.a.", timestamps=times)
    behavior(nwbfile).add(series)


def whole_file(rng: np.random.Generator) -> NWBFile:
    nwbfile = new_file()
    add_units(nwbfile, trains(rng))
    add_position(nwbfile)
    add_heading(nwbfile)
    add_intervals(nwbfile)
    add_rewards(nwbfile)
    return nwbfile


def write(nwbfile: NWBFile, path: Path) -> Path:
    with NWBHDF5IO(path, "w") as file:
        file.write(nwbfile)
    return path
