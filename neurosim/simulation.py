"""One simulated recording: three regions through wake, NREM and REM, with the truth planted."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.cells.colliculus import ColliculusParameters, draw_colliculus_cells
from neurosim.cells.events import BurstParameters, EventParameters, event_rate, plant_events
from neurosim.cells.heading import HeadingParameters, draw_heading_cells, internal_heading
from neurosim.cells.place import PlaceCellParameters, PlaceCells, draw_place_cells
from neurosim.cells.spikes import thin_poisson
from neurosim.files import flag_names
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.behaviour import Movement, simulate_behaviour
from neurosim.world.hypnogram import Session, hypnogram
from neurosim.world.laps import lap_times
from neurosim.world.track import Arena, LinearTrack, track_dataset


@dataclass(frozen=True)
class SimulationParameters:
    """Everything that a simulated recording depends on, beside the seed and the subject's name.

    Attributes
    ----------
    track, arena : LinearTrack, Arena
    session : Session
    movement : Movement
    place : PlaceCellParameters
    heading : HeadingParameters
    colliculus : ColliculusParameters
    bursts : BurstParameters
    events : Mapping of state to EventParameters
    """

    track: LinearTrack
    arena: Arena
    session: Session
    movement: Movement
    place: PlaceCellParameters
    heading: HeadingParameters
    colliculus: ColliculusParameters
    bursts: BurstParameters
    events: Mapping[str, EventParameters]

    @classmethod
    def from_mapping(cls, values: Mapping[str, Mapping]) -> "SimulationParameters":
        """Build the parameters from nested mappings whose keys are the attributes' names."""
        return cls(
            track=LinearTrack(length=values["track_length_m"]),
            arena=Arena(side=values["arena_side_m"]),
            session=Session(**values["session"]),
            movement=Movement(**values["movement"]),
            place=PlaceCellParameters(**values["place_cells"]),
            heading=HeadingParameters(**values["heading_cells"]),
            colliculus=ColliculusParameters(**values["colliculus_cells"]),
            bursts=BurstParameters(**values["bursts"]),
            events={state: EventParameters(**event) for state, event in values["events"].items()},
        )


Spikes = tuple[np.ndarray, np.ndarray]


def simulate_recording(
    parameters: SimulationParameters, seed: int, subject: str
) -> dict[str, xr.Dataset]:
    """Simulate one subject's session.

    Parameters
    ----------
    parameters : SimulationParameters
    seed : int
        Seed of the run.
    subject : str
        The subject's name; each subject has streams of its own.

    Returns
    -------
    dict of group name to Dataset
        The groups of a recording, ``truth/cells``, ``truth/events`` and ``truth/heading``
        among them.
    """

    def rng(purpose: str) -> np.random.Generator:
        return generator(seed, "simulate_recording", subject, purpose)

    track, arena = parameters.track, parameters.arena
    epochs = hypnogram(parameters.session, rng("hypnogram"))
    behaviour = simulate_behaviour(epochs, track, arena, parameters.movement, rng("behaviour"))
    place = draw_place_cells(parameters.place, track, arena, rng("place cells"))
    heading = draw_heading_cells(parameters.heading, rng("heading cells"))
    colliculus = draw_colliculus_cells(parameters.colliculus, rng("colliculus cells"))
    internal = internal_heading(behaviour, epochs, parameters.heading, rng("internal heading"))
    laps = lap_times(
        behaviour["time"].values,
        behaviour["track_position"].values.astype(float),
        behaviour["lap"].values,
        track.length,
    )
    events = plant_events(
        epochs, parameters.events, parameters.bursts, laps, track.length, rng("events")
    )
    session = np.array([[0.0, float(epochs["stop"].values[-1])]])
    whole = {
        "CA1": _place_spikes(
            place, behaviour, epochs, events, parameters.bursts.gain, track, rng("CA1 spikes")
        ),
        "ADN": thin_poisson(
            lambda t, c: heading.rate(_sampled(internal, "heading", t), c),
            heading.max_rate,
            session,
            rng("ADN spikes"),
        ),
        "SC": thin_poisson(
            lambda t, c: colliculus.rate(_sampled(internal, "angular_velocity", t), c),
            colliculus.max_rate,
            session,
            rng("SC spikes"),
        ),
    }
    drawn = {"CA1": place, "ADN": heading, "SC": colliculus}
    sizes = {"CA1": place.centre.size, "ADN": heading.peak.size, "SC": colliculus.base.size}
    units, spikes, order = _shuffled_units(whole, sizes, colliculus.hemisphere, rng("unit order"))
    return {
        "behaviour": behaviour,
        "track": track_dataset(track, arena),
        "epochs": epochs,
        "units": units,
        "spikes": spikes,
        "truth/events": events,
        "truth/heading": internal,
        **{
            f"truth/cells/{region}": cells.dataset().assign(
                unit_index=unit_index(order[region], "cell")
            )
            for region, cells in drawn.items()
        },
    }


def _sampled(internal: xr.Dataset, name: str, times: np.ndarray) -> np.ndarray:
    """Take the sample of the behaviour clock that holds at each time."""
    clock = internal["time"].values
    index = np.searchsorted(clock, times, side="right") - 1
    return internal[name].values[np.clip(index, 0, clock.size - 1)]


def _place_spikes(
    cells: PlaceCells,
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    events: xr.Dataset,
    gain: float,
    track: LinearTrack,
    rng: np.random.Generator,
) -> Spikes:
    """CA1 spikes: fields while running, a background offline, and the planted bursts."""
    bounds = np.column_stack([epochs["start"].values, epochs["stop"].values])
    places = flag_names(epochs["environment"])
    time = behaviour["time"].values
    position = behaviour["position"].values.astype(float)
    track_position = np.nan_to_num(behaviour["track_position"].values.astype(float))
    outbound = _is_outbound(track_position)

    def on_track(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        sample = np.clip(np.searchsorted(time, times, side="right") - 1, 0, time.size - 1)
        return cells.track_rate(np.interp(times, time, track_position), outbound[sample], cell)

    def in_arena(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        there = np.column_stack([np.interp(times, time, axis) for axis in position.T])
        return cells.arena_rate(there, cell)

    def background(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        return np.full(times.size, cells.background)

    in_event, event_max = event_rate(events, cells, gain, track.length)
    event_bounds = np.column_stack([events["start"].values, events["stop"].values])
    floor = np.full(cells.centre.size, cells.background)
    drawn = [
        thin_poisson(on_track, cells.max_rate, bounds[places == "linear"], rng),
        thin_poisson(in_arena, cells.max_rate, bounds[places == "arena"], rng),
        thin_poisson(background, floor, bounds[places == "none"], rng),
        thin_poisson(in_event, event_max, event_bounds, rng),
    ]
    times, unit = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    order = np.argsort(times, kind="stable")
    return times[order], unit[order]


def _is_outbound(track_position: np.ndarray) -> np.ndarray:
    """Direction of the last movement at each sample; it holds while the animal stands."""
    moves = np.diff(track_position, prepend=track_position[:1])
    last = np.maximum.accumulate(np.where(np.abs(moves) > 1e-4, np.arange(moves.size), 0))
    return moves[last] >= 0


def _shuffled_units(
    spikes: Mapping[str, Spikes],
    sizes: Mapping[str, int],
    colliculus_side: np.ndarray,
    rng: np.random.Generator,
) -> tuple[xr.Dataset, xr.Dataset, dict[str, np.ndarray]]:
    """Number the units of all regions in random order, so that the order gives nothing away."""
    total = sum(sizes.values())
    shuffled = rng.permutation(total)
    region, hemisphere = np.empty(total, dtype=object), np.full(total, "", dtype=object)
    order, times, units, first = {}, [], [], 0
    for name, size in sizes.items():
        order[name] = shuffled[first : first + size].astype(np.int32)
        region[order[name]] = name
        times.append(spikes[name][0])
        units.append(order[name][spikes[name][1]])
        first += size
    hemisphere[order["SC"]] = colliculus_side
    all_times, all_units = np.concatenate(times), np.concatenate(units)
    sort = np.argsort(all_times, kind="stable")
    names = np.array([f"unit{index:03d}" for index in range(total)], dtype=object)
    return (
        units_dataset(region, hemisphere, names),
        spikes_dataset(all_times[sort], all_units[sort]),
        order,
    )
