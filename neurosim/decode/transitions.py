r"""How a decoded position may move in one time bin, applied without a matrix of all states.

Three movements, as in Denovellis et al. 2021 (10.7554/eLife.64505):

``stationary``
    The position stays: the identity, no product at all.
``continuous``
    A Gaussian random walk, :math:`p(x' \mid x) \propto \exp(-d(x, x')^2 / 2 \sigma^2)` over the
    visited bins, with :math:`d` the distance along the track. One product: dense where bins are
    few, by blocks of the band where they are many, along x and then y on a grid.
``fragmented``
    Any visited bin is as likely as any other: one sum.

A walk's step is meant to be wider than a bin. With a step of half a bin or less the walk hardly
leaves its bin, and the discrete variance falls short of :math:`\sigma^2`.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neurosim import NeurosimError

STATES = ("stationary", "continuous", "fragmented")
NEGLIGIBLE = 1e-9  # of the largest; smaller entries become denormal numbers, 100 times slower
BLOCK = 64  # positions a block of a banded product has


class Kernel(ABC):
    """Weights (position, position) from one bin to another; rows need not sum to one."""

    n_positions: int

    @abstractmethod
    def forward(self, rows: np.ndarray) -> np.ndarray:
        """Carry mass (row, position) one step: ``rows @ weights``."""

    @abstractmethod
    def backward(self, rows: np.ndarray) -> np.ndarray:
        """Look back from values (row, position) by one step: ``rows @ weights.T``."""

    def matrix(self) -> np.ndarray:
        """Weights (position, position), from row to column."""
        return self.forward(np.eye(self.n_positions))

    @abstractmethod
    def astype(self, dtype: type) -> "Kernel":
        """Take the weights in another precision."""


@dataclass(frozen=True)
class DenseKernel(Kernel):
    """All weights in one array (position, position)."""

    weights: np.ndarray

    @cached_property
    def transposed(self) -> np.ndarray:
        """The weights the other way round, in memory too: three times as fast to multiply with."""
        return np.ascontiguousarray(self.weights.T)

    @property
    def n_positions(self) -> int:
        """Number of position bins."""
        return len(self.weights)

    def forward(self, rows: np.ndarray) -> np.ndarray:
        """Carry mass (row, position) one step."""
        return np.dot(rows, self.weights)

    def backward(self, rows: np.ndarray) -> np.ndarray:
        """Look back by one step."""
        return np.dot(rows, self.transposed)

    def astype(self, dtype: type) -> "DenseKernel":
        """Take the weights in another precision."""
        return DenseKernel(self.weights.astype(dtype))


@dataclass(frozen=True)
class BlockKernel(Kernel):
    """Weights of a local walk: for each block of bins only the bins that reach it.

    The cost of a step grows linearly with the number of positions, on any graph.

    Attributes
    ----------
    sources, targets : array (block, reach)
        Bins that reach a block, and that a block reaches; repeated ones have weight zero.
    into : array (block, reach, BLOCK)
        Weights from the sources into the block.
    out_of : array (block, reach, BLOCK)
        Weights from the block to the targets.
    n_positions : int
    """

    sources: np.ndarray
    targets: np.ndarray
    into: np.ndarray
    out_of: np.ndarray
    n_positions: int

    def forward(self, rows: np.ndarray) -> np.ndarray:
        """Carry mass (row, position) one step."""
        return self._apply(rows, self.sources, self.into)

    def backward(self, rows: np.ndarray) -> np.ndarray:
        """Look back by one step."""
        return self._apply(rows, self.targets, self.out_of)

    def _apply(self, rows: np.ndarray, index: np.ndarray, weights: np.ndarray) -> np.ndarray:
        gathered = rows[:, index].transpose(1, 0, 2)
        product = np.matmul(gathered, weights).transpose(1, 0, 2)
        return product.reshape(len(rows), -1)[:, : self.n_positions]

    def astype(self, dtype: type) -> "BlockKernel":
        """Take the weights in another precision."""
        return BlockKernel(
            self.sources,
            self.targets,
            self.into.astype(dtype),
            self.out_of.astype(dtype),
            self.n_positions,
        )


@dataclass(frozen=True)
class GridKernel(Kernel):
    """A walk on a grid: the product of one along x and one along y.

    Attributes
    ----------
    along_x : array (x, x)
    along_y : array (y, y)
        Position ``i`` is ``(i // n_y, i % n_y)``.
    """

    along_x: np.ndarray
    along_y: np.ndarray

    @property
    def n_positions(self) -> int:
        """Number of position bins."""
        return len(self.along_x) * len(self.along_y)

    def forward(self, rows: np.ndarray) -> np.ndarray:
        """Carry mass (row, position) one step."""
        return self._apply(rows, self.along_x.T, self.along_y)

    def backward(self, rows: np.ndarray) -> np.ndarray:
        """Look back by one step."""
        return self._apply(rows, self.along_x, self.along_y.T)

    def _apply(self, rows: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        n_x, n_y = len(left), len(right)
        across = np.dot(rows.reshape(-1, n_y), right).reshape(-1, n_x, n_y)
        return np.matmul(left, across).reshape(len(rows), -1)

    def astype(self, dtype: type) -> "GridKernel":
        """Take the weights in another precision."""
        return GridKernel(self.along_x.astype(dtype), self.along_y.astype(dtype))


def gaussian_weights(distance: np.ndarray, variance: float) -> np.ndarray:
    """Weights exp(-d^2 / 2 variance) of distances in m, without the negligible ones.

    Raises
    ------
    NeurosimError
        If the variance is not positive.
    """
    if not variance > 0:
        raise NeurosimError(f"walk: expected a variance above 0 m2 per step, found {variance}")
    weights = np.exp(-0.5 * np.asarray(distance, dtype=float) ** 2 / variance)
    weights[weights < NEGLIGIBLE] = 0.0
    return weights


def track_kernel(distance: np.ndarray, variance: float) -> Kernel:
    """Make the Gaussian walk on any graph.

    Parameters
    ----------
    distance : array (position, position)
        Between bin centres along the track, m; infinite where no way leads.
    variance : float
        Of one step, m2.

    Returns
    -------
    Kernel
        By blocks of the band where that saves at least half of the work.
    """
    return compact(gaussian_weights(distance, variance))


def compact(weights: np.ndarray) -> Kernel:
    """Keep weights (position, position) dense, or by blocks where most of them are zero."""
    n = len(weights)
    if n <= 2 * BLOCK:
        return DenseKernel(weights)
    sources, into = _blocks(weights)
    targets, out_of = _blocks(weights.T)
    if max(into.size, out_of.size) > n * n / 2:
        return DenseKernel(weights)
    return BlockKernel(sources, targets, into, out_of, n)


def _blocks(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each block of columns the rows with weight (block, reach) and their weights."""
    n = len(weights)
    n_blocks = -(-n // BLOCK)
    padded = np.zeros((n, n_blocks * BLOCK))
    padded[:, :n] = weights
    columns = padded.reshape(n, n_blocks, BLOCK)
    reaching = [np.flatnonzero(columns[:, block].any(axis=1)) for block in range(n_blocks)]
    reach = max(rows.size for rows in reaching)
    index = np.zeros((n_blocks, reach), dtype=np.intp)
    values = np.zeros((n_blocks, reach, BLOCK))
    for block, rows in enumerate(reaching):
        index[block, : rows.size] = rows
        values[block, : rows.size] = columns[rows, block]
    return index, values


def grid_kernel(x: np.ndarray, y: np.ndarray, variance: float) -> GridKernel:
    """Make the Gaussian walk on a grid.

    Parameters
    ----------
    x : array (x,)
    y : array (y,)
        Bin centres, m. Positions run through y first.
    variance : float
        Of one step along each axis, m2.
    """
    return GridKernel(
        gaussian_weights(x[:, None] - x, variance), gaussian_weights(y[:, None] - y, variance)
    )


@dataclass(frozen=True)
class Movement:
    """The movements over (map, position), each row of which sums to one over visited bins.

    Maps are running directions or environments. From a bin the map is kept or switched, the
    position moves, and what would arrive at an unvisited bin is shared among the others.

    Attributes
    ----------
    kernel : Kernel
        Walk within a map.
    visited : array (map, position) of bool
    switch : array (map, map)
        Probability to go from one map to another in one step.
    walk_norm, stay_norm : array (map, position) or None
        What rows are multiplied with before the walk, and where the position stays; None where
        that is one.
    """

    kernel: Kernel
    visited: np.ndarray
    switch: np.ndarray
    walk_norm: np.ndarray | None
    stay_norm: np.ndarray | None

    def matrix(self, name: str) -> np.ndarray:
        """Write a movement out (map position, map position): for tests and small models."""
        n_maps, n = self.visited.shape
        visited = self.visited.ravel()
        if name == "fragmented":
            dense = np.ones((n_maps * n, n_maps * n))
        else:
            within = self.kernel.matrix() if name == "continuous" else np.eye(n)
            dense = np.kron(self.switch, within)
        dense = dense * visited * visited[:, None]
        total = dense.sum(axis=1, keepdims=True)
        return np.divide(dense, total, out=np.zeros_like(dense), where=total > 0)


def make_movement(
    kernel: Kernel, visited: np.ndarray | None = None, switch_probability: float = 0.0
) -> Movement:
    """Prepare the movements over the visited bins of one or more maps.

    Parameters
    ----------
    kernel : Kernel
        From `track_kernel` or `grid_kernel`.
    visited : array (map, position) of bool, optional
        One map, all of it visited, where left out.
    switch_probability : float
        Probability that the map changes in one step, shared by the other maps.

    Raises
    ------
    NeurosimError
        If no bin was visited, the shapes do not match, or the probability is none.
    """
    n = kernel.n_positions
    visited = np.ones((1, n), bool) if visited is None else np.atleast_2d(visited).astype(bool)
    if visited.shape[1] != n:
        raise NeurosimError(f"visited: expected {n} positions, found {visited.shape[1]}")
    if not visited.any():
        raise NeurosimError("visited: expected at least one visited bin, found none")
    if not 0 <= switch_probability <= 1:
        raise NeurosimError(f"switch: expected a probability, found {switch_probability}")
    n_maps = len(visited)
    others = switch_probability / max(n_maps - 1, 1)
    switch = np.full((n_maps, n_maps), others)
    np.fill_diagonal(switch, 1.0 - others * (n_maps - 1))
    reached = switch @ kernel.backward(visited.astype(float))
    kept = switch @ visited
    same = (visited == visited[0]).all()
    if same and not isinstance(kernel, GridKernel):
        scale = np.divide(1.0, reached[0], out=np.zeros(n), where=visited[0] & (reached[0] > 0))
        walk_norm = None
        kernel = compact(kernel.matrix() * visited[0] * scale[:, None])
    else:
        walk_norm = np.divide(1.0, reached, out=np.zeros_like(reached), where=reached > 0)
    stay_norm = None if same else np.divide(1.0, kept, out=np.zeros_like(kept), where=kept > 0)
    return Movement(kernel, visited, switch, walk_norm, stay_norm)
