"""A population of place cells whose fields are known twice: as drawn, and as a lab estimates them.

Calibration tables need thousands of events of one kind, speed and duration. They are planted here
without a session around them, but the fields that decode them are estimated from laps that the
simulated animal ran, with spikes of its own, as a lab must do it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.cells.place import PlaceCellParameters, PlaceCells, draw_place_cells
from neurosim.cells.spikes import thin_poisson
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.position import fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording, spikes_dataset, units_dataset
from neurosim.world.behaviour import Movement, simulate_behaviour
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import Arena, LinearTrack

GAP = 0.1  # s of silence between planted events on their common clock
PATH_STEP = 0.001  # s between the samples of a virtual path


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
            movement=Movement(**values["movement"]),
            fields=FieldParameters(**values["fields"]),
        )


@dataclass(frozen=True)
class Population:
    """Place cells on a straight track, as drawn and as estimated.

    Attributes
    ----------
    cells : PlaceCells
        The truth.
    length : float
        Length of the track, m.
    fields : Dataset (direction, position, unit)
        ``rate`` and ``occupancy`` estimated from the laps. Units are in the order of the cells.
    """

    cells: PlaceCells
    length: float
    fields: xr.Dataset

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
        n = self.cells.centre.size
        place, cell = (grid.ravel() for grid in np.meshgrid(x, np.arange(n), indexing="ij"))
        rates = [
            self.cells.track_rate(place, np.full(place.size, outbound), cell)
            for outbound in (True, False)
        ]
        return np.reshape(rates, (2, x.size, n))


def draw_population(
    parameters: PlaceCellParameters, length: float, wake: Wake, rng: np.random.Generator
) -> Population:
    """Draw place cells, let the animal run, and estimate the fields from its laps.

    Parameters
    ----------
    parameters : PlaceCellParameters
    length : float
        Length of the track, m.
    wake : Wake
    rng : numpy.random.Generator

    Returns
    -------
    Population
    """
    track, arena = LinearTrack(length), Arena(1.0)
    cells = draw_place_cells(parameters, track, arena, rng)
    epochs = epochs_dataset(
        *(np.array([v]) for v in (0.0, wake.duration_s, "run", "run", "linear"))
    )
    behaviour = simulate_behaviour(epochs, track, arena, wake.movement, rng)
    time = behaviour["time"].values
    position = behaviour["track_position"].values.astype(float)
    outbound = np.gradient(position) >= 0

    def rate(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        sample = np.clip(np.searchsorted(time, times, side="right") - 1, 0, time.size - 1)
        return cells.track_rate(np.interp(times, time, position), outbound[sample], cell)

    spikes = thin_poisson(rate, cells.max_rate, np.array([[0.0, wake.duration_s]]), rng)
    n = parameters.n_cells
    recording = Recording(
        name="calibration",
        behaviour=behaviour,
        epochs=epochs,
        units=units_dataset(
            np.full(n, "CA1"), np.full(n, ""), np.array([f"unit{i:03d}" for i in range(n)])
        ),
        spikes=spikes_dataset(*spikes),
        track=None,
        attributes={},
    )
    return Population(cells, length, fit_place_fields(recording, wake.fields, wake.bin_s))


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


def plant(
    population: Population, paths: VirtualPaths, width: float, rng: np.random.Generator
) -> tuple[Bins, np.ndarray]:
    """Draw the spikes of planted events and count them.

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
    bounds, cells = paths.bounds, population.cells

    def rate(times: np.ndarray, cell: np.ndarray) -> np.ndarray:
        event = np.searchsorted(bounds[:, 0], times, side="right") - 1
        last = np.append(paths.first[1:], paths.position.size)[event] - 1
        sample = paths.first[event] + ((times - bounds[event, 0]) / PATH_STEP).astype(int)
        position = paths.position[np.minimum(sample, last)]
        return paths.gain * cells.track_rate(position, paths.outbound[event], cell)

    highest = paths.gain * (cells.peak.max(axis=0) + cells.background)
    times, unit = thin_poisson(rate, highest, bounds, rng)
    bins = make_bins(bounds, width)
    return bins, count_spikes(times, unit, bins, cells.centre.size)
