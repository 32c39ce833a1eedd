"""Where events can go: straight trajectories and walks over the position bins of an environment.

A trajectory is named by where it is at the event's middle and by its velocity. It is cut off at
the ends of the track (the walls of the arena): what would be beyond them stays there. Time run
backward turns the velocity round and changes nothing else.
"""

from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.transitions import Kernel, grid_kernel, track_kernel


@dataclass(frozen=True)
class Path:
    """Bins in the order in which a straight trajectory passes them, equally spaced.

    Attributes
    ----------
    index : array (place,) of int
        Position bins.
    closed : bool
        Whether the last is followed by the first.
    """

    index: np.ndarray
    closed: bool = False


@dataclass(frozen=True)
class Geometry:
    """Position bins of an environment.

    Attributes
    ----------
    shape : tuple of int
        (position,) on a track, (x, y) in an arena.
    spacing : float
        Distance of neighbouring bins, m.
    distance : array (position, position) or None
        Along the track, m; None in an arena.
    paths : tuple of Path
        Ways on which straight trajectories lie; none in an arena, where they go anywhere.
    """

    shape: tuple[int, ...]
    spacing: float
    distance: np.ndarray | None
    paths: tuple[Path, ...]

    @property
    def n_positions(self) -> int:
        """Number of position bins."""
        return int(np.prod(self.shape))

    @property
    def extent(self) -> float:
        """Length of the longest path, m; of the diagonal in an arena."""
        if self.distance is None:
            return float(np.hypot(*self.shape) * self.spacing)
        return max(path.index.size for path in self.paths) * self.spacing

    def walk(self, step: float) -> Kernel:
        """Make the Gaussian walk with an SD of `step` m along each axis."""
        if self.distance is not None:
            return track_kernel(self.distance, step**2)
        x, y = (np.arange(size) * self.spacing for size in self.shape)
        return grid_kernel(x, y, step**2)

    def velocities(self, speeds: np.ndarray, n_headings: int) -> np.ndarray:
        """Velocities (velocity, axis), m/s: both ways on a track, all around in an arena."""
        if self.distance is not None:
            return np.concatenate([-speeds[::-1], speeds])[:, None]
        angles = 2 * np.pi * np.arange(n_headings) / n_headings
        unit = np.column_stack([np.cos(angles), np.sin(angles)])
        return (speeds[:, None, None] * unit).reshape(-1, 2)

    def along_paths(self, values: np.ndarray) -> list[np.ndarray]:
        """Values (..., position) along each path (..., place), or on the grid (..., x, y)."""
        if self.distance is None:
            return [values.reshape(*values.shape[:-1], *self.shape)]
        return [values[..., path.index] for path in self.paths]

    def ways(self, displacement: np.ndarray) -> list[np.ndarray]:
        """Length of a line within the ends, by its middle, laid out as in `along_paths`, m.

        Parameters
        ----------
        displacement : array (axis,)
            From the line's start to its end if nothing cut it off, m.
        """
        half = 0.5 * np.abs(displacement)
        if self.distance is None:
            x, y = (self._way(size, step) for size, step in zip(self.shape, half, strict=True))
            return [np.hypot(x[:, None], y)]
        return [
            np.full(path.index.size, 2 * half[0])
            if path.closed
            else self._way(path.index.size, half[0])
            for path in self.paths
        ]

    def _way(self, size: int, half: float) -> np.ndarray:
        """Length within the ends by middle (place,), m."""
        middle, length = (np.arange(size) + 0.5) * self.spacing, size * self.spacing
        return np.minimum(middle + half, length) - np.maximum(middle - half, 0.0)

    def closed(self) -> list[bool]:
        """Whether each of what `along_paths` gives runs into itself."""
        return [path.closed for path in self.paths] or [False]


class Shifter:
    """Values (..., place) or (..., x, y), read at places displaced by whole bins."""

    def __init__(self, values: np.ndarray, n_axes: int, closed: bool, reach: int):
        self.sizes = values.shape[-n_axes:]
        self.closed = closed
        limit = reach if closed else min(reach, max(self.sizes) - 1)
        self.margin = int(limit)
        widths = [(0, 0)] * (values.ndim - n_axes) + [(self.margin, self.margin)] * n_axes
        self.padded = np.pad(values, widths, mode="wrap" if closed else "edge")

    def windows(self, shifts: np.ndarray) -> list[tuple]:
        """Index `padded` by these to read every place plus a shift of shifts (shift, axis) bins."""
        first = np.clip(shifts, -self.margin, self.margin) + self.margin
        last = first + np.array(self.sizes)
        return [
            (..., *(slice(a, b) for a, b in zip(*ends, strict=True)))
            for ends in zip(first.tolist(), last.tolist(), strict=True)
        ]


def line_geometry(positions: np.ndarray) -> Geometry:
    """Describe a linear track by its bin centres (position,), m, equally spaced."""
    step = _spacing(positions)
    distance = np.abs(positions[:, None] - positions)
    return Geometry((positions.size,), step, distance, (Path(np.arange(positions.size)),))


def graph_geometry(distance: np.ndarray, spacing: float, paths: tuple[Path, ...]) -> Geometry:
    """Describe a track of several edges.

    Parameters
    ----------
    distance : array (position, position)
        From `neurosim.world.graph.TrackGraph.distance`, m.
    spacing : float
        Of the bins, m.
    paths : tuple of Path
        Bins along the routes from well to well, one way each: velocities have both signs.
    """
    if not paths:
        raise NeurosimError("geometry: expected at least one path along the track, found none")
    return Geometry((len(distance),), spacing, distance, paths)


def grid_geometry(x: np.ndarray, y: np.ndarray) -> Geometry:
    """Describe an arena by the bin centres along its sides, m; positions run through y first."""
    steps = _spacing(x), _spacing(y)
    if not np.isclose(*steps):
        raise NeurosimError(f"grid: expected square bins, found {steps[0]} m by {steps[1]} m")
    return Geometry((x.size, y.size), steps[0], None, ())


def _spacing(positions: np.ndarray) -> float:
    steps = np.diff(positions)
    if steps.size == 0 or not np.allclose(steps, steps[0]) or not steps[0] > 0:
        raise NeurosimError("positions: expected at least two, rising and equally spaced")
    return float(steps[0])
