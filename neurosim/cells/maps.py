"""Place maps as tables: every place of every environment is a state, a rate is one look-up.

A state is a bin of a track by running direction, or a bin of an open arena. The states of all
environments lie in one array, so any trajectory, awake or virtual, is a sequence of states:

    state = first state of the environment + direction * number of bins + bin

with direction 0 outbound (along the edge) and 1 inbound. Behind them lies one row an environment
with each cell's mean rate there: what fires in bursts that represent no place.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim import NeurosimError
from neurosim.world.graph import TrackGraph

TRACK_BIN = 0.01  # m
ARENA_BIN = 0.02  # m


@dataclass(frozen=True)
class PlaceGrid:
    """The places of one environment.

    Attributes
    ----------
    name : str
        Name of the environment.
    graph : TrackGraph or None
        The track; None for an open arena.
    side : float
        Side of the arena, m; 0 for a track.
    """

    name: str
    graph: TrackGraph | None = None
    side: float = 0.0

    @property
    def n_directions(self) -> int:
        """Two on a track, one in an arena."""
        return 1 if self.graph is None else 2

    @property
    def n_states(self) -> int:
        """Number of directions times number of bins."""
        return self.n_directions * len(self.centres)

    @property
    def extent(self) -> float:
        """Length of the track or side of the arena, m."""
        return self.side if self.graph is None else self.graph.length

    @cached_property
    def _edge_bins(self) -> np.ndarray:
        """Bins of each edge (edge,): whole ones of about `TRACK_BIN`."""
        return np.maximum(np.rint(self.graph.edge_length / TRACK_BIN).astype(int), 1)

    @cached_property
    def _side_bins(self) -> int:
        return max(round(self.side / ARENA_BIN), 1)

    @cached_property
    def centres(self) -> np.ndarray:
        """Track position of each bin (bin,), or its position in the arena (bin, space), m."""
        if self.graph is None:
            axis = (np.arange(self._side_bins) + 0.5) * self.side / self._side_bins
            return np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
        parts = zip(
            self.graph.edge_start, self.graph.edge_length, self._edge_bins.tolist(), strict=True
        )
        return np.concatenate(
            [start + (np.arange(n) + 0.5) * length / n for start, length, n in parts]
        )

    def bins(self, places: np.ndarray) -> np.ndarray:
        """Bin (place,) of track positions (place,) or of positions in the arena (place, space)."""
        if self.graph is None:
            axis = np.floor(places * (self._side_bins / self.side)).astype(int)
            axis = np.clip(axis, 0, self._side_bins - 1)
            return axis[:, 0] * self._side_bins + axis[:, 1]
        edge = self.graph.edge_of(places)
        number = self._edge_bins[edge]
        along = (places - self.graph.edge_start[edge]) / self.graph.edge_length[edge]
        within = np.clip(np.floor(along * number).astype(int), 0, number - 1)
        return (np.cumsum(self._edge_bins) - self._edge_bins)[edge] + within

    def distance(self, places: np.ndarray) -> np.ndarray:
        """Distance of every bin from places (bin, place), along the track or through the air, m."""
        if self.graph is not None:
            return self.graph.distance(self.centres, places)
        offset = self.centres[:, None] - places
        return np.hypot(offset[..., 0], offset[..., 1])

    def leads_away(self, places: np.ndarray) -> np.ndarray:
        """Whether running outbound through a bin leads away from places: 1, or -1 (bin, place)."""
        edge = self.graph.edge_of(self.centres)
        half = 0.4 * self.graph.edge_length[edge] / self._edge_bins[edge]
        ahead = self.graph.distance(self.centres + half, places)
        behind = self.graph.distance(self.centres - half, places)
        return np.where(ahead >= behind, 1.0, -1.0)

    def random_places(self, n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw places uniformly: track positions (place,) or positions (place, space), m."""
        if self.graph is None:
            return rng.uniform(0, self.side, (n, 2))
        return rng.uniform(0, self.graph.length, n)

    def coordinates(self, places: np.ndarray) -> np.ndarray:
        """Position in the plane (place, space) of places of this environment, m."""
        return places if self.graph is None else self.graph.coordinates(places)

    @cached_property
    def lanes(self) -> np.ndarray:
        """First and last bin of the lane of each bin, stride between its neighbours (3, bin).

        A lane is an edge, or a row of an arena along the x axis: what a shift does not leave.
        """
        if self.graph is None:
            n = self._side_bins
            row = np.arange(n * n) % n
            return np.stack([row, row + (n - 1) * n, np.full(n * n, n)])
        last = np.cumsum(self._edge_bins) - 1
        first = last - self._edge_bins + 1
        lanes = np.stack([first, last, np.ones_like(last)])
        return np.repeat(lanes, self._edge_bins, axis=1)

    @cached_property
    def spacing(self) -> np.ndarray:
        """Distance of neighbours in the lane of each bin (bin,), m."""
        if self.graph is None:
            return np.full(len(self.centres), self.side / self._side_bins)
        return np.repeat(self.graph.edge_length / self._edge_bins, self._edge_bins)


@dataclass(frozen=True)
class Fields:
    """Place fields of all cells and environments, one an entry.

    Attributes
    ----------
    cell, environment : array (field,) of int
        Index of the cell and of the environment.
    place : array (field, space)
        Position in the arena; on a track the track position in both columns, m.
    peak : array (direction, field)
        Peak rate by running direction, Hz; zero in a direction without the field.
    """

    cell: np.ndarray
    environment: np.ndarray
    place: np.ndarray
    peak: np.ndarray


@dataclass(frozen=True)
class PlaceMaps:
    """The maps of all environments as drawn: the truth about CA1.

    Attributes
    ----------
    grids : tuple of PlaceGrid
        The environments.
    rate : array (state, cell) of float32
        Rate, Hz, averaged over the theta cycle; one row an environment with its mean at the end.
    phase : array (state, cell) of float32
        Theta phase at which the cell prefers to fire there, rad.
    fields : Fields
    width : array (environment,)
        SD of the fields, m.
    background : float
        Rate outside of fields, Hz.
    """

    grids: tuple[PlaceGrid, ...]
    rate: np.ndarray
    phase: np.ndarray
    fields: Fields
    width: np.ndarray
    background: float

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return self.rate.shape[1]

    @cached_property
    def first_state(self) -> np.ndarray:
        """First state of each environment (environment,)."""
        return np.concatenate([[0], np.cumsum([grid.n_states for grid in self.grids])[:-1]])

    def index(self, name: str) -> int:
        """Index of the environment of a name.

        Raises
        ------
        NeurosimError
            If there is none.
        """
        names = [grid.name for grid in self.grids]
        if name not in names:
            raise NeurosimError(
                f"place maps: expected an environment out of {', '.join(names)}, found {name!r}"
            )
        return names.index(name)

    def states(self, environment: int, places: np.ndarray, outbound: np.ndarray) -> np.ndarray:
        """States (place,) of places of an environment; the direction is left out in an arena."""
        grid = self.grids[environment]
        inbound = 0 if grid.graph is None else np.where(outbound, 0, len(grid.centres))
        return self.first_state[environment] + inbound + grid.bins(places)

    def mean_state(self, environment: int) -> int:
        """State in which every cell fires at its mean rate over an environment."""
        return int(self.first_state[-1]) + self.grids[-1].n_states + environment

    def map_of(self, environment: int) -> np.ndarray:
        """Rates of one environment (state, cell), Hz."""
        first = self.first_state[environment]
        return self.rate[first : first + self.grids[environment].n_states]

    @cached_property
    def _lanes(self) -> tuple[np.ndarray, np.ndarray]:
        """Lanes (3, state) as in `PlaceGrid.lanes`, and spacing (state,); means have no others."""
        lanes = np.stack([np.arange(len(self.rate))] * 2 + [np.zeros(len(self.rate), dtype=int)])
        spacing = np.ones(len(self.rate))
        for grid, start in zip(self.grids, self.first_state, strict=True):
            for direction in range(grid.n_directions):
                first = start + direction * len(grid.centres)
                here = slice(first, first + len(grid.centres))
                lanes[:, here] = grid.lanes + np.array([[first], [first], [0]])
                spacing[here] = grid.spacing
        return lanes, spacing

    def shifted(self, states: np.ndarray, shift: np.ndarray) -> np.ndarray:
        """States (place,) whose place lies some distance (place,) further; means stay, m.

        Along the edge, or along the x axis; the end of the edge (or a wall) is not passed.
        """
        (first, last, stride), spacing = self._lanes
        moved = np.rint(shift / spacing[states]).astype(int)
        moved *= stride[states]
        moved += states
        np.maximum(moved, first[states], out=moved)
        return np.minimum(moved, last[states], out=moved)


def map_similarity(map_a: np.ndarray, map_b: np.ndarray) -> float:
    """Similarity of two maps: the mean correlation of their population vectors.

    At each bin the rates of all cells in one map are correlated (Pearson) with those in the
    other; bins in which a map does not vary over cells or has no estimate are left out
    (Leutgeb et al. 2005, 10.1126/science.1114037).

    Parameters
    ----------
    map_a, map_b : array (bin, cell)
        Rates, true or estimated, Hz.

    Returns
    -------
    float
        1 where the maps are the same, about 0 where they are unrelated; NaN without a bin.

    Raises
    ------
    NeurosimError
        If the maps differ in shape.

    Examples
    --------
    >>> a = np.array([[5.0, 1.0, 0.0], [0.0, 4.0, 1.0]])
    >>> round(map_similarity(a, 2 * a), 6)
    1.0
    """
    if np.shape(map_a) != np.shape(map_b):
        raise NeurosimError(
            f"map_similarity: expected maps of one shape (bin, cell), found {np.shape(map_a)} and "
            f"{np.shape(map_b)}; bin both environments alike"
        )
    centred = [
        np.asarray(m, dtype=float) - np.mean(m, axis=1, keepdims=True) for m in (map_a, map_b)
    ]
    norm = np.prod([np.sqrt(np.sum(m**2, axis=1)) for m in centred], axis=0)
    varies = norm > 0
    if not varies.any():
        return float("nan")
    return float(np.mean(np.sum(centred[0] * centred[1], axis=1)[varies] / norm[varies]))
