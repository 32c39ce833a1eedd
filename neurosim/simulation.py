"""One simulated recording: three regions through wake, NREM and REM, with the truth planted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.cells.colliculus import ColliculusParameters, draw_colliculus_cells
from neurosim.cells.events import BurstParameters, EventParameters, event_rate, plant_events
from neurosim.cells.heading import HeadingParameters, draw_heading_cells, internal_heading
from neurosim.cells.place import PlaceCellParameters, PlaceCells, draw_place_cells
from neurosim.cells.spikes import thin_poisson
from neurosim.files import flag_names
from neurosim.recording import spikes_dataset, unit_index, units_dataset
from neurosim.seeds import generator
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.graph import TrackGraph
from neurosim.world.hypnogram import Session, hypnogram
from neurosim.world.laps import lap_times
from neurosim.world.movement import Movement
from neurosim.world.track import (
    Arena,
    Environment,
    TrackEnvironment,
    make_environment,
    track_dataset,
)


@dataclass(frozen=True)
class SimulationParameters:
    """Everything that a simulated recording depends on, beside the seed and the subject's name.

    Attributes
    ----------
    environments : tuple of TrackEnvironment or Arena
        In the order in which they are run.
    session : Session
    movement : Movement
    place : PlaceCellParameters
    heading : HeadingParameters
    colliculus : ColliculusParameters
    bursts : BurstParameters
    events : Mapping of state to EventParameters
    """

    environments: tuple[Environment, ...]
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
            environments=tuple(
                make_environment(name, options)
                for name, options in values["environments"].items()
                if options is not None
            ),
            session=Session(**values["session"]),
            movement=Movement(**values["movement"]),
            place=PlaceCellParameters(**values["place_cells"]),
            heading=HeadingParameters(**values["heading_cells"]),
            colliculus=ColliculusParameters(**values["colliculus_cells"]),
            bursts=BurstParameters(**values["bursts"]),
            events={state: EventParameters(**event) for state, event in values["events"].items()},
        )

    @property
    def tracks(self) -> dict[str, TrackGraph]:
        """Graphs of the environments that are tracks."""
        return {e.name: e.graph for e in self.environments if isinstance(e, TrackEnvironment)}

    @property
    def linear(self) -> str:
        """Name of the first linear track, which offline events replay."""
        linear = [name for name, graph in self.tracks.items() if graph.is_linear]
        if not linear:
            raise NeurosimError(
                "simulation.environments: expected a track of the kind 'linear', found none; "
                "add one"
            )
        return linear[0]


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

    linear, tracks = parameters.linear, parameters.tracks
    epochs = hypnogram(parameters.session, parameters.environments, rng("hypnogram"))
    behaviour, rewards = simulate_behaviour(
        epochs, parameters.environments, parameters.movement, rng("behaviour")
    )
    places = _draw_places(parameters, rng)
    heading = draw_heading_cells(parameters.heading, rng("heading cells"))
    colliculus = draw_colliculus_cells(parameters.colliculus, rng("colliculus cells"))
    internal = internal_heading(behaviour, epochs, parameters.heading, rng("internal heading"))
    there = flag_names(behaviour["environment"]) == linear
    laps = lap_times(
        behaviour["time"].values,
        behaviour["track_position"].values.astype(float),
        np.where(there, behaviour["lap"].values, -1),
        tracks[linear].length,
    )
    events = plant_events(
        epochs, parameters.events, parameters.bursts, laps, tracks[linear].length, rng("events")
    )
    session = np.array([[0.0, float(epochs["stop"].values[-1])]])
    whole = {
        "CA1": _place_spikes(parameters, places, behaviour, epochs, events, rng("CA1 spikes")),
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
    drawn = {"CA1": places[linear], "ADN": heading, "SC": colliculus}
    sizes = {"CA1": parameters.place.n_cells, "ADN": heading.peak.size, "SC": colliculus.base.size}
    units, spikes, order = _shuffled_units(whole, sizes, colliculus.hemisphere, rng("unit order"))
    return {
        "behaviour": behaviour,
        "track": track_dataset({e.name: tracks.get(e.name, e) for e in parameters.environments}),
        "rewards": rewards,
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
        **{
            f"truth/maps/{name}": cells.dataset().assign(
                unit_index=unit_index(order["CA1"], "cell")
            )
            for name, cells in places.items()
        },
    }


def _draw_places(
    parameters: SimulationParameters, rng: Callable[[str], np.random.Generator]
) -> dict[str, PlaceCells]:
    """Draw a map for every environment; each goes with a map of the other kind, for its shape."""
    drawn, arenas = {}, [e for e in parameters.environments if isinstance(e, Arena)]
    arena, tracks = (arenas or [Arena(1.0)])[0], parameters.tracks
    for environment in parameters.environments:
        name = environment.name
        track = tracks.get(name, tracks[parameters.linear])
        here = environment if isinstance(environment, Arena) else arena
        purpose = "place cells" if name == parameters.linear else f"place cells/{name}"
        drawn[name] = draw_place_cells(parameters.place, track, here, rng(purpose))
    return drawn


def _sampled(internal: xr.Dataset, name: str, times: np.ndarray) -> np.ndarray:
    """Take the sample of the behaviour clock that holds at each time."""
    clock = internal["time"].values
    index = np.searchsorted(clock, times, side="right") - 1
    return internal[name].values[np.clip(index, 0, clock.size - 1)]


def _place_spikes(
    parameters: SimulationParameters,
    places: Mapping[str, PlaceCells],
    behaviour: xr.Dataset,
    epochs: xr.Dataset,
    events: xr.Dataset,
    rng: np.random.Generator,
) -> Spikes:
    """CA1 spikes: fields while running, a background offline, and the planted bursts."""
    bounds = np.column_stack([epochs["start"].values, epochs["stop"].values])
    where = flag_names(epochs["environment"])
    replayed = places[parameters.linear]
    floor = np.full(parameters.place.n_cells, replayed.background)

    def background(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        return np.full(times.size, replayed.background)

    track_length = parameters.tracks[parameters.linear].length
    in_event, event_max = event_rate(events, replayed, parameters.bursts.gain, track_length)
    event_bounds = np.column_stack([events["start"].values, events["stop"].values])
    drawn, first_edge = [], 0
    for name, cells in places.items():
        rate = _running_rate(cells, behaviour, name, first_edge)
        drawn.append(thin_poisson(rate, cells.max_rate, bounds[where == name], rng))
        first_edge += len(parameters.tracks[name].edge_node) if name in parameters.tracks else 0
    drawn += [
        thin_poisson(background, floor, bounds[where == "none"], rng),
        thin_poisson(in_event, event_max, event_bounds, rng),
    ]
    times, unit = (np.concatenate(parts) for parts in zip(*drawn, strict=True))
    order = np.argsort(times, kind="stable")
    return times[order], unit[order]


def _running_rate(
    cells: PlaceCells, behaviour: xr.Dataset, environment: str, first_edge: int
) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Rate of place cells at the animal's place in an environment."""
    here = np.flatnonzero(flag_names(behaviour["environment"]) == environment)
    time = behaviour["time"].values[here]
    position = behaviour["position"].values[here].astype(float)
    track_position = behaviour["track_position"].values[here].astype(float)
    if not np.isfinite(track_position).all():

        def in_arena(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
            there = np.column_stack([np.interp(times, time, axis) for axis in position.T])
            return cells.arena_rate(there, cell)

        return in_arena
    edge = behaviour["edge"].values[here] - first_edge
    track_position = cells.graph.within(track_position, edge)
    outbound = _is_outbound(cells.graph, track_position, edge)

    def on_track(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        sample = np.clip(np.searchsorted(time, times, side="right") - 1, 0, time.size - 1)
        after = np.minimum(sample + 1, time.size - 1)
        after = np.where(edge[after] == edge[sample], after, sample)
        part = np.clip((times - time[sample]) / (time[1] - time[0]), 0, 1)
        there = track_position[sample] + part * (track_position[after] - track_position[sample])
        return cells.track_rate(there, outbound[sample], cell)

    return on_track


def _is_outbound(graph: TrackGraph, track_position: np.ndarray, edge: np.ndarray) -> np.ndarray:
    """Direction of the last movement at each sample; it holds while the animal stands."""
    travelled, orientation = graph.unroll(track_position, edge)
    moves = np.diff(travelled, prepend=travelled[:1])
    last = np.maximum.accumulate(np.where(np.abs(moves) > 1e-4, np.arange(moves.size), 0))
    return moves[last] * orientation >= 0


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
