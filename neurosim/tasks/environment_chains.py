"""Chains of places decoded with the maps of two similar environments at once.

Cells that keep their fields make the environments hard to tell apart: decoded steps stray from
one into the other. Places of the second environment are numbered on from those of the first.
Fields are fitted on all laps; what is asked is which environment the spikes look like, and all
laps of both have their part in that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import laps_in
from neurosim.decode.event_tests import passes
from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.tasks.chains import Chains, chains_of, join_chains, moved_on, steps_of
from neurosim.tasks.track_chains import MIN_STEPS, replay_chains, true_path_chains
from neurosim.tasks.track_mazes import TrackPlaces, track_maze, trips_of_task


class Experience(NamedTuple):
    """Chains in two environments.

    Attributes
    ----------
    laps, wake, replay : Chains
        Truly run, decoded while running, and decoded from replay.
    """

    laps: Chains
    wake: Chains
    replay: Chains


@dataclass(frozen=True)
class Pair:
    """Two similar environments of a recording.

    Attributes
    ----------
    recording : Recording
    maps : Mapping of environment to Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_maps`.
    names : (str, str)
    place_m : float
        Length of a place, m.
    """

    recording: Recording
    maps: Mapping[str, xr.Dataset]
    names: tuple[str, str]
    place_m: float

    def places(self, name: str) -> TrackPlaces:
        """Places of one environment."""
        return TrackPlaces(self.recording.track_graph(name), self.place_m)

    @property
    def environment(self) -> np.ndarray:
        """Environment, 0 or 1, of each place (place,)."""
        return np.repeat([0, 1], [self.places(name).size for name in self.names])

    def true_chains(self) -> Chains:
        """Chains that were run in both environments."""
        parts, before = [], 0
        for name in self.names:
            places = self.places(name)
            maze = track_maze(places, trips_of_task(places.graph, "linear"))
            chains = true_path_chains(self.recording, name, places, maze)
            parts.append(moved_on(chains, before, self.environment.size))
            before += places.size
        return join_chains(parts)

    @cached_property
    def _spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Time, s, and unit (spike,) of the units that have maps."""
        return self.recording.spikes_of(self.maps[self.names[0]]["unit_index"].values)

    def _mass(self, bins: Bins) -> np.ndarray:
        """Posterior (bin, place) with both maps; nothing in silent bins."""
        rates, visited, place, before = [], [], [], 0
        for name in self.names:
            fields, places = self.maps[name], self.places(name)
            n_maps, _, n_units = fields["rate"].shape
            rates.append(fields["rate"].values.reshape(-1, n_units))
            visited.append(fields["occupancy"].values.reshape(-1) > 0)
            here = places.at(fields["position"].values)
            place.append(np.tile(before + here, n_maps))
            before += places.size
        n_units = self.maps[self.names[0]].sizes["unit"]
        counts = count_spikes(*self._spikes, bins, n_units)
        values = log_likelihood(
            counts.astype(float), np.concatenate(rates), bins.width, np.concatenate(visited)
        )
        mass = normalise(values) @ np.eye(before)[np.concatenate(place)]
        mass[counts.sum(axis=1) == 0] = 0.0
        return mass

    def wake_chains(self, bin_s: float) -> Chains:
        """Places decoded while running in either environment, a chain a lap."""
        recording, visited, names = self.recording, [], []
        for name in self.names:
            laps = laps_in(recording, name)
            for number in np.unique(laps[laps >= 0]):
                rows = np.flatnonzero(laps == number)
                span = np.array([[recording.time[rows[0]], recording.time[rows[-1]]]])
                mass = self._mass(make_bins(span, bin_s))
                heard = mass[mass.sum(axis=1) > 0]
                visited.append(steps_of(heard.argmax(axis=1)))
                names.append(f"{recording.name}/lap{number}")
        kept = [row for row, chain in enumerate(visited) if chain.size >= MIN_STEPS]
        if not kept:
            raise MissingData(f"{recording.name}: expected laps in {self.names}, found none")
        chains = [visited[row] for row in kept]
        return chains_of(
            chains, [names[row] for row in kept], self.environment.size, np.ones(len(kept), int)
        )

    def replay_chains(
        self,
        bounds: np.ndarray,
        direction: Sequence[str],
        laps: Chains,
        bin_s: float,
        rng: np.random.Generator,
    ) -> Chains:
        """Places decoded from events (event, 2) in s that run in a direction (event,)."""
        bins = make_bins(bounds, bin_s)
        events = {
            "mass": self._mass(bins),
            "bin_event": bins.interval,
            "bin_time": bins.centre,
            "direction": np.asarray(direction),
        }
        rewards = np.ones(self.environment.size, dtype=int)
        return replay_chains(events, rewards, laps, bin_s, rng)[0]

    def experience(
        self,
        events: Sequence[xr.Dataset],
        significance: xr.Dataset,
        bins_s: tuple[float, float],
        alpha: float,
        rng: np.random.Generator,
    ) -> Experience:
        """Chains run, decoded while running, and decoded from the events after running that pass.

        Parameters
        ----------
        events : (Dataset, Dataset)
            The same candidates decoded in the first environment, which is a linear track, and
            along the routes of the second.
        significance : Dataset (event)
            Test of the first; the second's is in its events.
        bins_s : (float, float)
            Time bins while running and in events, s.
        alpha : float
            Level of the test.
        rng : numpy.random.Generator
            Draws the lap that an event is counted to.
        """
        after = flag_names(events[0]["phase"]) == "post"
        passed = passes(significance, alpha), events[1]["significant"].values == 1
        bounds, direction = events_of(
            dict(zip(self.names, events, strict=True)),
            dict(zip(self.names, [after & p for p in passed], strict=True)),
        )
        laps = self.true_chains()
        replay = self.replay_chains(bounds, direction, laps, bins_s[1], rng)
        return Experience(laps, self.wake_chains(bins_s[0]), replay)


def events_of(
    decoded: Mapping[str, xr.Dataset], chosen: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (event, 2) and directions (event,) of events that pass in either environment.

    Parameters
    ----------
    decoded : Mapping of environment to Dataset (event)
        The same candidates, decoded in each.
    chosen : Mapping of environment to array (event,) of bool
        Which pass there. An event that passes in several has the direction of the first.
    """
    first = next(iter(decoded.values()))
    direction = np.full(first.sizes["event"], "unresolved", dtype=object)
    for name in reversed(list(decoded)):
        direction = np.where(chosen[name], flag_names(decoded[name]["direction"]), direction)
    keep = direction != "unresolved"
    bounds = np.column_stack([first["start"].values, first["stop"].values])
    return bounds[keep], direction[keep]
