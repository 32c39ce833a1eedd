"""CA1 spikes from states: fields while running, a background offline, and the planted events."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from neurosim.cells.irregular import (
    Drift,
    SharedGain,
    Spiking,
    draw_drift,
    draw_gain,
    make_irregular,
)
from neurosim.cells.maps import PlaceMaps
from neurosim.cells.planted import Events, Paths
from neurosim.cells.spikes import thin_poisson
from neurosim.cells.theta import Theta

Drive = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | float]]
THETA_SPEED = 0.05  # m/s; a slower animal has no theta


@dataclass(frozen=True)
class Walk:
    """Where the animal is, as states.

    Attributes
    ----------
    state : array (time,) of int
        State of `PlaceMaps` at each sample of the behaviour clock, which starts at time zero.
    speed : array (time,)
        m s-1.
    step : float
        s between samples.
    """

    state: np.ndarray
    speed: np.ndarray
    step: float

    def sample(self, times: np.ndarray) -> np.ndarray:
        """Sample (spike,) that holds at times in s."""
        return np.minimum((times * (1 / self.step) + 1e-9).astype(int), self.state.size - 1)


@dataclass(frozen=True)
class Firing:
    """How CA1 cells fire whatever is represented.

    Attributes
    ----------
    maps : PlaceMaps
    theta : Theta
    drift : Drift or None
    gain : SharedGain or None
        Common to all cells.
    """

    maps: PlaceMaps
    theta: Theta
    drift: Drift | None = None
    gain: SharedGain | None = None

    def states(self, times: np.ndarray, state: np.ndarray, cells: np.ndarray) -> np.ndarray:
        """States seen by the fields of cells: shifted where these drift (spike,)."""
        if self.drift is None:
            return state
        return self.maps.shifted(state, -self.drift.at(times, cells))

    def spikes(
        self,
        drive: Drive,
        max_rate: np.ndarray,
        intervals: np.ndarray,
        rng: np.random.Generator,
        is_bound: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """Draw the spikes within intervals.

        Parameters
        ----------
        drive : callable
            ``drive(times)`` gives the states (spike,) and a factor on the rates of all cells.
        max_rate : array (cell,)
            Highest rate times highest factor, Hz.
        intervals : array (interval, 2)
            s.
        rng : numpy.random.Generator
        is_bound : callable or None
            Whether firing is bound to theta at times in s (spike,); None where it never is.

        Returns
        -------
        times, cells : array (spike,)
            Sorted, s.
        """
        shared, maps = self.gain, self.maps

        def rate(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
            state, factor = drive(times)
            rates = maps.rate[self.states(times, state, cells), cells] * factor
            return rates if shared is None else rates * shared.at(times)

        def modulation(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
            state = self.states(times, drive(times)[0], cells)
            bound = self.theta.factor(times, maps.phase[state, cells])
            in_field = 1 - maps.background / np.maximum(maps.rate[state, cells], 1e-12)
            return 1 + np.where(is_bound(times), in_field * (bound - 1), 0.0)

        def ceiling(times: np.ndarray, cells: np.ndarray) -> np.ndarray:
            # Of a gain whose peaks are rare most candidates fall here; rates may round upward.
            return (max_rate * (1 + 1e-6))[cells] * shared.at(times)

        binds = is_bound is not None and self.theta.concentration > 0
        return thin_poisson(
            rate,
            max_rate * (1.0 if shared is None else shared.max),
            intervals,
            rng,
            modulation if binds else None,
            self.theta.max_factor if binds else 1.0,
            None if shared is None else ceiling,
        )


def draw_firing(
    maps: PlaceMaps, theta: Theta, duration: float, spiking: Spiking, rng: np.random.Generator
) -> Firing:
    """Draw what fluctuates through a session of some duration in s: drift and common gain."""
    return Firing(
        maps,
        theta,
        draw_drift(duration, maps.n_cells, spiking, rng),
        draw_gain(duration, spiking, rng),
    )


def running_spikes(
    firing: Firing, walk: Walk, intervals: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the spikes of running, bound to theta while the animal moves.

    Parameters
    ----------
    firing : Firing
    walk : Walk
    intervals : array (interval, 2)
        Running epochs, s.
    rng : numpy.random.Generator

    Returns
    -------
    times, cells : array (spike,)
        Sorted, s.
    """
    moves = walk.speed > THETA_SPEED
    return firing.spikes(
        lambda times: (walk.state[walk.sample(times)], 1.0),
        firing.maps.rate.max(axis=0).astype(float),
        intervals,
        rng,
        lambda times: moves[walk.sample(times)],
    )


def event_spikes(
    firing: Firing, events: Events, paths: Paths, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the spikes of planted events; those of REM are bound to theta.

    Returns
    -------
    times, cells : array (spike,)
        Sorted, s.
    """
    top = firing.maps.rate.max(axis=0).astype(float)
    is_rem = events.state == "rem"
    drawn = []
    for chosen, is_bound in ((~is_rem, None), (is_rem, lambda t: np.ones(t.size, dtype=bool))):
        index = np.flatnonzero(chosen)
        if index.size == 0:
            continue
        starts = events.start[index]

        def drive(times: np.ndarray, index: np.ndarray = index, starts: np.ndarray = starts):
            event = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
            sample = paths.sample(index[event], times - starts[event])
            return paths.state[sample], paths.gain[sample]

        highest = np.maximum.reduceat(paths.gain, paths.first[:-1])[index].max()
        bounds = np.column_stack([starts, events.stop[index]])
        drawn.append(firing.spikes(drive, top * highest, bounds, rng, is_bound))
    return _sorted(drawn)


def background_spikes(
    firing: Firing, intervals: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw the background within intervals (interval, 2) in s: times (s, sorted) and cells."""
    shared = firing.gain
    floor = np.full(firing.maps.n_cells, float(firing.maps.background))
    return thin_poisson(
        lambda times, cells: floor[cells] * (1.0 if shared is None else shared.at(times)),
        floor * (1.0 if shared is None else shared.max),
        intervals,
        rng,
    )


def _sorted(drawn: list[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    times = np.concatenate([np.zeros(0), *(part[0] for part in drawn)])
    cells = np.concatenate([np.zeros(0, dtype=int), *(part[1] for part in drawn)])
    order = np.argsort(times, kind="stable")
    return times[order], cells[order]


def ca1_spikes(
    firing: Firing,
    drawn: list[tuple[np.ndarray, np.ndarray]],
    spiking: Spiking,
    duration: float,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Put the spikes of all parts of a session together and give them bursts and the like."""
    times, cells = _sorted(drawn)
    return make_irregular(times, cells, firing.maps.n_cells, spiking, rng, (0.0, duration))
