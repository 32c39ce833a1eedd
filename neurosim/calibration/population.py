"""A population of place cells whose fields are known twice: as drawn, and as a lab estimates them.

Calibration tables need thousands of events of one kind, speed and duration. They are planted here
without a session around them, but the fields that decode them are estimated from laps that the
simulated animal ran, with spikes of its own, as a lab must do it. Spikes need not be Poisson:
bursts, refractoriness, contamination, drifting fields and a fluctuating gain act on laps and
events alike, and no decoder knows of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.cells.ca1 import walk_of
from neurosim.cells.firing import Firing, draw_firing, running_spikes
from neurosim.cells.irregular import Spiking, draw_contaminants, draw_gain, make_irregular
from neurosim.cells.maps import PlaceGrid, PlaceMaps
from neurosim.cells.place import PlaceCellParameters, draw_place_maps
from neurosim.cells.theta import ThetaParameters, draw_theta
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.position import fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording, spikes_dataset, units_dataset
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.graph import linear_track
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.movement import Movement
from neurosim.world.track import TrackEnvironment, track_dataset

GAP = 0.1  # s of silence between planted events on their common clock
PATH_STEP = 0.001  # s between the samples of a virtual path
TRACK = "linear"


@dataclass(frozen=True)
class Wake:
    """How long the animal ran and how its fields were estimated.

    Attributes
    ----------
    duration_s : float
        Time on the track.
    bin_s : float
        Bin in which spikes and positions are matched.
    movement : Movement
    fields : FieldParameters
    """

    duration_s: float
    bin_s: float
    movement: Movement
    fields: FieldParameters

    @classmethod
    def from_mapping(cls, values: Mapping) -> "Wake":
        """Build from nested mappings whose keys are the attributes' names."""
        return cls(
            duration_s=values["duration_s"],
            bin_s=values["bin_s"],
            movement=Movement.from_mapping(values["movement"]),
            fields=FieldParameters(**values["fields"]),
        )


@dataclass(frozen=True)
class PopulationParameters:
    """Populations of a calibration table.

    Attributes
    ----------
    n_populations : int
        Each has its own cells and laps.
    track_length_m : float
    cells : PlaceCellParameters
    theta : ThetaParameters
    spiking : Spiking
    wake : Wake
    """

    n_populations: int
    track_length_m: float
    cells: PlaceCellParameters
    theta: ThetaParameters
    spiking: Spiking
    wake: Wake

    @classmethod
    def from_mapping(cls, values: Mapping) -> "PopulationParameters":
        """Build from nested mappings whose keys are the attributes' names."""
        return cls(
            n_populations=values["n_populations"],
            track_length_m=values["track_length_m"],
            cells=PlaceCellParameters(**values["cells"]),
            theta=ThetaParameters(**values["theta"]),
            spiking=Spiking(**values["spiking"]),
            wake=Wake.from_mapping(values["wake"]),
        )


@dataclass(frozen=True)
class Population:
    """Place cells on a straight track, as drawn and as estimated.

    Attributes
    ----------
    maps : PlaceMaps
        The truth.
    firing : Firing
        Theta, drift and gain through the laps; events come after them.
    spiking : Spiking
    contaminants : array (cell,) of int
        Which other unit's spikes each unit's are mixed with.
    fields : Dataset (direction, position, unit)
        ``rate`` and ``occupancy`` estimated from the laps. Units are in the order of the cells.
    """

    maps: PlaceMaps
    firing: Firing
    spiking: Spiking
    contaminants: np.ndarray
    fields: xr.Dataset

    @property
    def length(self) -> float:
        """Length of the track, m."""
        return self.maps.grids[0].extent

    @property
    def positions(self) -> np.ndarray:
        """Centres (position,) of the decoder's bins, m."""
        return self.fields["position"].values

    @property
    def rate(self) -> np.ndarray:
        """Estimated rates (direction, position, unit), Hz."""
        return self.fields["rate"].values

    @property
    def visited(self) -> np.ndarray:
        """Which states (direction, position) were visited."""
        return self.fields["occupancy"].values > 0

    def true_rate(self, positions: np.ndarray | None = None) -> np.ndarray:
        """Rates as drawn (direction, position, unit), Hz, at the decoder's bins or elsewhere."""
        x = self.positions if positions is None else positions
        return np.stack(
            [self.maps.rate[self.maps.states(0, x, np.full(x.size, d))] for d in (True, False)]
        ).astype(float)


def draw_population(parameters: PopulationParameters, rng: np.random.Generator) -> Population:
    """Draw place cells, let the animal run, and estimate the fields from its laps.

    Parameters
    ----------
    parameters : PopulationParameters
    rng : numpy.random.Generator

    Returns
    -------
    Population
    """
    wake, spiking = parameters.wake, parameters.spiking
    track = TrackEnvironment(TRACK, linear_track(parameters.track_length_m), wake.duration_s)
    names = ("none", TRACK)
    epochs = epochs_dataset(
        *(np.array([value]) for value in (0.0, wake.duration_s, "run", "run", TRACK)), names
    )
    behaviour, _ = simulate_behaviour(epochs, [track], wake.movement, rng)
    maps = draw_place_maps(parameters.cells, [PlaceGrid(TRACK, track.graph)], rng)
    theta = draw_theta(wake.duration_s, parameters.theta, rng)
    firing = draw_firing(maps, theta, wake.duration_s, spiking, rng)
    contaminants = draw_contaminants(maps.n_cells, rng)
    bounds = (0.0, wake.duration_s)
    spikes = running_spikes(firing, walk_of(behaviour, maps), np.array([bounds]), rng)
    spikes = make_irregular(*spikes, maps.n_cells, spiking, rng, bounds, contaminants)
    recording = Recording(
        name="calibration",
        behaviour=behaviour,
        epochs=epochs,
        units=units_dataset(
            np.full(maps.n_cells, "CA1"),
            np.full(maps.n_cells, ""),
            np.array([f"unit{i:03d}" for i in range(maps.n_cells)]),
        ),
        spikes=spikes_dataset(*spikes),
        track=track_dataset({TRACK: track.graph}),
        rewards=None,
        attributes={},
    )
    fields = fit_place_fields(recording, wake.fields, wake.bin_s)
    return Population(maps, firing, spiking, contaminants, fields)


def draw_populations(
    parameters: PopulationParameters, rng: np.random.Generator
) -> list[Population]:
    """Draw populations one after another; see `draw_population`."""
    return [draw_population(parameters, rng) for _ in range(parameters.n_populations)]


@dataclass(frozen=True)
class VirtualPaths:
    """Where each planted event goes.

    Attributes
    ----------
    duration : array (event,)
        s.
    outbound : array (event,) of bool
        Map that is replayed: outbound or inbound.
    first : array (event,) of int
        First sample of each event's path.
    position : array (sample,)
        Virtual position every `PATH_STEP` s, m.
    gain : float
        Rate within the events over the rate while running.
    """

    duration: np.ndarray
    outbound: np.ndarray
    first: np.ndarray
    position: np.ndarray
    gain: float

    @property
    def bounds(self) -> np.ndarray:
        """Start and stop (event, 2) on the common clock, s."""
        start = np.cumsum(self.duration + GAP) - self.duration
        return np.column_stack([start, start + self.duration])


def straight_paths(
    start: np.ndarray,
    stop: np.ndarray,
    duration: np.ndarray,
    outbound: np.ndarray,
    gain: float,
) -> VirtualPaths:
    """Make paths of constant speed from `start` to `stop` (event,) m in `duration` (event,) s."""
    samples = np.maximum(np.ceil(duration / PATH_STEP - 1e-9).astype(int), 1)
    first = np.cumsum(samples) - samples
    event = np.repeat(np.arange(samples.size), samples)
    made = ((np.arange(event.size) - first[event] + 0.5) * PATH_STEP / duration[event]).clip(0, 1)
    return VirtualPaths(
        duration, outbound, first, start[event] + made * (stop - start)[event], gain
    )


def join_paths(parts: Sequence[VirtualPaths]) -> VirtualPaths:
    """Put paths of one gain one after another."""
    before = np.cumsum([0, *(part.position.size for part in parts)])
    first = [part.first + offset for part, offset in zip(parts, before[:-1], strict=True)]
    return VirtualPaths(
        np.concatenate([part.duration for part in parts]),
        np.concatenate([part.outbound for part in parts]),
        np.concatenate(first),
        np.concatenate([part.position for part in parts]),
        parts[0].gain,
    )


def plant(
    population: Population, paths: VirtualPaths, width: float, rng: np.random.Generator
) -> tuple[Bins, np.ndarray]:
    """Draw the spikes of planted events and count them.

    The events come after the laps: fields that drift have drifted as far as they will.

    Parameters
    ----------
    population : Population
    paths : VirtualPaths
    width : float
        Time bin, s.
    rng : numpy.random.Generator

    Returns
    -------
    bins : Bins
        ``bins.interval`` (bin,) is the event.
    counts : array (bin, unit)
    """
    maps, spiking, bounds = population.maps, population.spiking, paths.bounds
    firing = replace(
        population.firing,
        gain=draw_gain(float(bounds[-1, 1]) if len(bounds) else 0.0, spiking, rng),
        drift=None if population.firing.drift is None else population.firing.drift.at_end(),
    )
    sample_end = np.append(paths.first[1:], paths.position.size)
    states = maps.states(0, paths.position, np.repeat(paths.outbound, np.diff([0, *sample_end])))

    def drive(times: np.ndarray) -> tuple[np.ndarray, float]:
        event = np.maximum(np.searchsorted(bounds[:, 0], times, side="right") - 1, 0)
        sample = paths.first[event] + ((times - bounds[event, 0]) / PATH_STEP).astype(int)
        return states[np.minimum(sample, sample_end[event] - 1)], paths.gain

    highest = paths.gain * maps.rate.max(axis=0).astype(float)
    times, unit = firing.spikes(drive, highest, bounds, rng)
    times, unit = make_irregular(
        times, unit, maps.n_cells, spiking, rng, contaminants=population.contaminants
    )
    bins = make_bins(bounds, width)
    return bins, count_spikes(times, unit, bins, maps.n_cells)
