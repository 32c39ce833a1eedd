"""Chains of places of a recording from every source, in the places of one of its tracks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.event_tests import passes
from neurosim.decode.route_events import routes_of
from neurosim.decode.tuning import FieldParameters
from neurosim.files import flag_names
from neurosim.recording import Recording
from neurosim.tasks.chains import Chains, chains_dataset, join_chains
from neurosim.tasks.mazes import Maze, maze_dataset
from neurosim.tasks.track_chains import (
    place_mass,
    replay_chains,
    rewards_of_places,
    spike_chains,
    thinned,
    true_path_chains,
    wake_chains,
)
from neurosim.tasks.track_mazes import TrackPlaces, maze_of_laps, track_maze, trips_of_task

KEPT = "wake_kept_"  # and a percentage: sources in which that part of the spikes is decoded
Found = tuple[Chains, np.ndarray, Maze]  # chains, which of them ran in reverse, their maze


@dataclass(frozen=True)
class ChainParameters:
    """What making chains takes.

    Attributes
    ----------
    place_m : float
        Length of a place, m.
    wake_bin_s, replay_bin_s : float
        Time bins, s.
    fields : FieldParameters
    n_folds : int
        Of the decoding while running.
    alpha : float
        Level of the test of events.
    """

    place_m: float
    wake_bin_s: float
    replay_bin_s: float
    fields: FieldParameters
    n_folds: int
    alpha: float

    @classmethod
    def from_mapping(cls, given: Mapping) -> "ChainParameters":
        """Build from the keys of the configuration."""
        return cls(**{**given, "fields": FieldParameters(**given["fields"])})


@dataclass(frozen=True)
class RecordedTrack:
    """A track of a recording as a maze.

    Attributes
    ----------
    recording : Recording
    name : str
        Environment.
    places : TrackPlaces
    maze : Maze
    """

    recording: Recording
    name: str
    places: TrackPlaces
    maze: Maze

    @classmethod
    def of_task(
        cls,
        recording: Recording,
        name: str,
        kind: str,
        place_m: float,
        rewarded: Sequence[int] | None = None,
    ) -> "RecordedTrack":
        """Give the law of the task that a simulated animal runs on a track of a kind."""
        places = TrackPlaces(recording.track_graph(name), place_m)
        wells = None if rewarded is None else tuple(rewarded)
        maze = track_maze(places, trips_of_task(places.graph, kind), wells)
        return cls(recording, name, places, maze)

    @classmethod
    def of_laps(cls, recording: Recording, name: str, place_m: float) -> "RecordedTrack":
        """Give the law of the laps that were run, where the task is not known.

        Raises
        ------
        MissingData
            If there is no lap.
        """
        anywhere = cls.of_task(recording, name, "linear", place_m)
        maze = maze_of_laps(anywhere.places, anywhere.laps())
        return cls(recording, name, anywhere.places, maze)

    def laps(self) -> Chains:
        """Chains that were truly run."""
        return true_path_chains(self.recording, self.name, self.places, self.maze)

    def decoded_awake(
        self, parameters: ChainParameters, kept: float, rng: np.random.Generator
    ) -> Chains:
        """Chains decoded while running, from a part of the spikes."""
        heard = self.recording if kept == 1 else thinned(self.recording, kept, rng)
        given = parameters.fields, parameters.wake_bin_s, parameters.n_folds
        return wake_chains(heard, self.name, self.places, self.maze, *given)

    def decoded_from_replay(
        self,
        events: xr.Dataset,
        significance: xr.Dataset | None,
        parameters: ChainParameters,
        rng: np.random.Generator,
    ) -> tuple[Chains, np.ndarray]:
        """Chains of the events after running that pass, and which of them ran in reverse.

        Parameters
        ----------
        events : Dataset (event, bin, position)
            Decoded on a linear track, or along routes with a test of their own.
        significance : Dataset (event), optional
            Test of events on a linear track.
        """
        after, along = flag_names(events["phase"]) == "post", None
        if "route" in events:
            chosen, along = after & (events["significant"].values == 1), self._along_routes(events)
        else:
            chosen = after & passes(significance, parameters.alpha)
        mass = place_mass(self.places, events, chosen, along)
        rewards = rewards_of_places(self.maze)
        return replay_chains(mass, rewards, self.laps(), parameters.replay_bin_s, rng)

    def _along_routes(self, events: xr.Dataset) -> np.ndarray:
        """Track position (route, position) of the decoded positions along each route, m."""
        graph, n = self.recording.track_graph(self.name), events.sizes["position"]
        middle = (np.arange(n) + 0.5) / n
        return np.stack([graph.along(r, middle * r.length)[0] for r in routes_of(graph)])

    def chains(
        self,
        source: str,
        parameters: ChainParameters,
        rng: np.random.Generator,
        events: xr.Dataset | None = None,
        significance: xr.Dataset | None = None,
    ) -> Found:
        """Chains of a source (`neurosim.tasks.track_chains.SOURCES`, or `KEPT` and a percentage).

        Raises
        ------
        MissingData
            If there are none.
        """
        if source == "replay_decoded":
            found = self.decoded_from_replay(events, significance, parameters, rng)
            return *found, self.maze
        if source.startswith("wake"):
            kept = int(source.removeprefix(KEPT)) / 100 if source.startswith(KEPT) else 1.0
            chains = self.decoded_awake(parameters, kept, rng)
        elif source == "spikes":
            given = self.recording, self.name, self.places, self.maze
            chains = spike_chains(*given, parameters.wake_bin_s)
        else:
            chains = self.laps()
        return chains, np.zeros(chains.size, dtype=bool), self.maze


def joined(makers: Sequence[Callable[[], Found]]) -> tuple[xr.Dataset, xr.Dataset]:
    """Chains of several recordings together, and the maze of the first that has any.

    Returns
    -------
    chains : Dataset (chain, step)
        `neurosim.tasks.chains.chains_dataset` with ``is_reverse`` (chain,).
    maze : Dataset
        `neurosim.tasks.mazes.maze_dataset`.

    Raises
    ------
    MissingData
        If none of them has any.
    """
    found, gaps = [], []
    for make in makers:
        try:
            found.append(make())
        except MissingData as gap:
            gaps.append(gap)
    if not found:
        raise gaps[0]
    chains = chains_dataset(join_chains([one for one, _, _ in found]))
    reverse = np.concatenate([way for _, way, _ in found]).astype(np.int8)
    chains["is_reverse"] = "chain", reverse, {"long_name": "1 where an event ran in reverse"}
    return chains, maze_dataset(found[0][2])
