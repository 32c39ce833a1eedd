"""Bins of places that rates are estimated in: along a track's edges, or on an arena's grid."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim.world.graph import TrackGraph
from neurosim.world.laps import DIRECTIONS

TRUNCATION = 4.0  # SDs at which the smoothing kernel ends


def gaussian_kernel(distance: np.ndarray, sd: float) -> np.ndarray:
    r"""Weights of a Gaussian of the distance between bins, each row summing to one.

    It ends at `TRUNCATION` SDs, at a whole bin.

    .. math:: K_{ij} = \frac{e^{-d_{ij}^2 / 2 s^2}}{\sum_k e^{-d_{ik}^2 / 2 s^2}}

    Parameters
    ----------
    distance : array (position, position)
        In bins.
    sd : float
        In bins; zero leaves everything as it is.

    Returns
    -------
    array (position, position)
    """
    if sd == 0:
        return np.eye(len(distance))
    reach = int(TRUNCATION * sd + 0.5) + 0.5
    weights = np.where(distance <= reach, np.exp(-0.5 * (distance / sd) ** 2), 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


@dataclass(frozen=True)
class TrackBins:
    """Position bins of a track; none straddles a node.

    Attributes
    ----------
    graph : TrackGraph
    n_bins : int
        Bins that the whole track is cut into; each edge takes the whole number of bins that
        comes nearest to its share, at least one.
    """

    graph: TrackGraph
    n_bins: int

    directions = DIRECTIONS

    @cached_property
    def _count(self) -> np.ndarray:
        """Bins of each edge (edge,)."""
        share = self.graph.edge_length * (self.n_bins / self.graph.length)
        return np.maximum(np.rint(share).astype(int), 1)

    @cached_property
    def _first(self) -> np.ndarray:
        """First bin of each edge (edge,)."""
        return np.concatenate([[0], np.cumsum(self._count)[:-1]])

    @property
    def size(self) -> int:
        """Number of bins."""
        return int(self._count.sum())

    @property
    def width(self) -> float:
        """Median width of the bins, m."""
        return float(np.median(self.graph.edge_length / self._count))

    @cached_property
    def edge(self) -> np.ndarray:
        """Edge of each bin (position,)."""
        return np.repeat(np.arange(self._count.size), self._count)

    @cached_property
    def centre(self) -> np.ndarray:
        """Track position of the middle of each bin (position,), m."""
        within = np.arange(self.size) - self._first[self.edge] + 0.5
        step = self.graph.edge_length / self._count
        return self.graph.edge_start[self.edge] + within * step[self.edge]

    def index(self, track_position: np.ndarray, edge: np.ndarray) -> np.ndarray:
        """Bin (sample,) of track positions on edges (sample,)."""
        share = (track_position - self.graph.edge_start[edge]) / self.graph.edge_length[edge]
        within = np.clip((share * self._count[edge]).astype(int), 0, self._count[edge] - 1)
        return self._first[edge] + within

    def kernel(self, sd_bins: float) -> np.ndarray:
        """Smoothing weights (position, position) by distance along the graph."""
        distance = self.graph.distance(self.centre, self.centre)
        return gaussian_kernel(distance / self.width, sd_bins)

    def smoothed(self, values: np.ndarray, sd_bins: float) -> np.ndarray:
        """Smooth values (direction, position, unit) with a Gaussian of `sd_bins` bins."""
        return self.kernel(sd_bins) @ values


@dataclass(frozen=True)
class ArenaBins:
    """A grid over an arena.

    Attributes
    ----------
    low, high : tuple of float
        Corners (space,), m.
    width : float
        Width of a bin, m; at most that, so that whole bins fill the arena.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    width: float

    directions = ("any",)

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Number of bins along x and y."""
        # A whole number of bins may exceed it by rounding.
        spans = np.subtract(self.high, self.low) / self.width - 1e-6
        n_x, n_y = np.maximum(np.ceil(spans).astype(int), 1).tolist()
        return n_x, n_y

    @property
    def size(self) -> int:
        """Number of bins."""
        return self.shape[0] * self.shape[1]

    @cached_property
    def centres(self) -> np.ndarray:
        """Middle of each bin (position, space), m; y runs fastest."""
        axes = [
            low + (np.arange(n) + 0.5) * (high - low) / n
            for low, high, n in zip(self.low, self.high, self.shape, strict=True)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 2)

    def index(self, position: np.ndarray) -> np.ndarray:
        """Bin (sample,) of positions (sample, space); those outside take the nearest."""
        share = (position - self.low) / np.subtract(self.high, self.low)
        column = np.clip((share * self.shape).astype(int), 0, np.subtract(self.shape, 1))
        return column[:, 0] * self.shape[1] + column[:, 1]

    def smoothed(self, values: np.ndarray, sd_bins: float) -> np.ndarray:
        """Smooth values (direction, position, unit) with a Gaussian of `sd_bins` bins.

        In the plane a Gaussian is the product of one along x and one along y.
        """
        along_x, along_y = (
            gaussian_kernel(np.abs(np.subtract.outer(np.arange(n), np.arange(n))), sd_bins)
            for n in self.shape
        )
        grid = values.reshape(len(values), *self.shape, -1)
        smooth = np.einsum("ax,dxyu->dayu", along_x, along_y @ grid, optimize=True)
        return smooth.reshape(values.shape)


PlaceBins = TrackBins | ArenaBins
