r"""Clusterless decoding: position from the marks of spikes that were never sorted.

Marked point process with kernel densities (Deng et al. 2015, 10.1162/NECO_a_00744). With
encoding spikes :math:`i` of marks :math:`m_i` (peak amplitudes, say) at positions :math:`x_i`,
the intensity of marks :math:`m` at :math:`x` is mean rate times joint density over occupancy,

.. math:: \lambda(x, m) = \mu \frac{p(x, m)}{\pi(x)}
          = \frac{\sum_i K_m(m - m_i) K_x(x - x_i)}{\int K_x(x - x(t)) dt}

and a bin of width :math:`\tau` has the log likelihood
:math:`\sum_s \log \lambda(x, m_s) - \tau \lambda(x)`, where :math:`\lambda(x)` is the intensity of
all marks together. Electrodes are independent: their log likelihoods add up.

Positions of encoding spikes are binned. So the kernels of marks are first summed by position bin
and only then smoothed over positions: the cost is that of the mark kernels alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError

BLOCK_VALUES = 2_000_000  # mark kernels held at once: spikes times encoding spikes


@dataclass(frozen=True)
class MarkModel:
    """What one electrode's spikes say about position.

    Attributes
    ----------
    marks : array (encoding spike, feature)
        Minus `centre`, divided by the bandwidth; sorted by position bin.
    first : array (used state,)
        First encoding spike of each position bin that has any.
    smoother : array (used state, state)
        From the position bins with spikes: position kernel over time spent, 1/s.
    ground : array (state,)
        Intensity of all marks, Hz.
    visited : array (state,) of bool
    centre, bandwidth : array (feature,)
        In units of the marks.
    floor : float
        Lowest intensity of a mark, as a part of its mean over visited positions.
    """

    marks: np.ndarray
    first: np.ndarray
    smoother: np.ndarray
    ground: np.ndarray
    visited: np.ndarray
    centre: np.ndarray
    bandwidth: np.ndarray
    floor: float


def fit_marks(
    marks: np.ndarray,
    state: np.ndarray,
    occupancy: np.ndarray,
    kernel: np.ndarray,
    bandwidth: np.ndarray | float,
    floor: float = 1e-3,
) -> MarkModel:
    """Learn an electrode's joint density of marks and position.

    Parameters
    ----------
    marks : array (encoding spike, feature)
    state : array (encoding spike,) of int
        Position bin (of a running direction) in which each was fired.
    occupancy : array (state,)
        Time spent, s.
    kernel : array (state, state)
        Weights of position smoothing, from row to column; see
        `neurosim.decode.transitions.gaussian_weights`.
    bandwidth : array (feature,) or float
        SD of the mark kernel, in units of the marks.
    floor : float
        Lowest intensity of a mark, as a part of its mean over visited positions. It keeps a
        place at which a mark was never met possible.

    Raises
    ------
    NeurosimError
        If there are no spikes, a mark is not finite, a state is out of range or was never
        occupied.
    """
    marks, state = np.asarray(marks, dtype=float), np.asarray(state)
    bandwidth = np.broadcast_to(np.asarray(bandwidth, dtype=float), marks.shape[1:])
    if len(marks) == 0 or len(marks) != len(state):
        raise NeurosimError(
            f"marks: expected at least one encoding spike and a state for each, found "
            f"{len(marks)} marks and {len(state)} states"
        )
    if not np.all(np.isfinite(marks)):
        bad = int(np.flatnonzero(~np.isfinite(marks).all(axis=1))[0])
        raise NeurosimError(f"marks: expected finite values, found none in spike {bad}")
    if not np.all(bandwidth > 0):
        raise NeurosimError(f"bandwidth: expected more than 0, found {bandwidth.min()}")
    if state.min() < 0 or state.max() >= occupancy.size:
        raise NeurosimError(
            f"state: expected 0 to {occupancy.size - 1}, found {state.min()} to {state.max()}"
        )
    visited = occupancy > 0
    if not np.all(visited[state]):
        bad = int(np.flatnonzero(~visited[state])[0])
        raise NeurosimError(
            f"state: expected encoding spikes where time was spent, found spike {bad} in state "
            f"{state[bad]} without any"
        )
    order = np.argsort(state, kind="stable")
    used, first = np.unique(state[order], return_index=True)
    spent = occupancy @ kernel
    smoother = np.divide(kernel, spent, out=np.zeros(kernel.shape), where=visited & (spent > 0))
    ground = np.bincount(state, minlength=occupancy.size) @ smoother
    centre = marks.mean(axis=0)
    scaled = (marks[order] - centre) / bandwidth
    return MarkModel(
        marks=scaled.astype(np.float32),
        first=first,
        smoother=smoother[used].astype(np.float32),
        ground=ground,
        visited=visited,
        centre=centre,
        bandwidth=bandwidth,
        floor=floor,
    )


def log_intensity(model: MarkModel, marks: np.ndarray) -> np.ndarray:
    """Log of the intensity of marks at every position, up to a constant of the electrode.

    Parameters
    ----------
    model : MarkModel
    marks : array (spike, feature)

    Returns
    -------
    array (spike, state) of float32
        The mark kernel's own norm is left out. Where not visited it says nothing.
    """
    scaled = ((np.asarray(marks, dtype=float) - model.centre) / model.bandwidth).astype(np.float32)
    if not np.all(np.isfinite(scaled)):
        bad = int(np.flatnonzero(~np.isfinite(scaled).all(axis=1))[0])
        raise NeurosimError(f"marks: expected finite values, found none in spike {bad}")
    n_encoding = len(model.marks)
    half = 0.5 * (model.marks**2).sum(axis=1)
    out = np.empty((len(scaled), model.visited.size), np.float32)
    size = max(1, BLOCK_VALUES // n_encoding)
    buffer = np.empty((min(size, max(len(scaled), 1)), n_encoding), np.float32)
    for start in range(0, len(scaled), size):
        rows = slice(start, min(start + size, len(scaled)))
        # -|m - m_i|^2 / 2 up to the spike's own |m|^2, which goes with the maximum.
        exponent = np.dot(scaled[rows], model.marks.T, out=buffer[: rows.stop - rows.start])
        exponent -= half
        largest = exponent.max(axis=1)
        exponent -= largest[:, None]
        np.maximum(exponent, np.float32(-80.0), out=exponent)  # no denormal numbers
        np.exp(exponent, out=exponent)
        by_state = np.add.reduceat(exponent, model.first, axis=1)
        intensity = np.dot(by_state, model.smoother, out=out[rows])
        intensity += model.floor * intensity[:, model.visited].mean(axis=1, keepdims=True)
        np.log(intensity, out=intensity)
        intensity += (largest - 0.5 * (scaled[rows] ** 2).sum(axis=1))[:, None]
    return out


def clusterless_log_likelihood(
    models: Sequence[MarkModel],
    marks: Sequence[np.ndarray],
    bins: Sequence[np.ndarray],
    n_bins: int,
    width: float,
) -> np.ndarray:
    """Log likelihood of all electrodes' spikes at every position.

    Parameters
    ----------
    models : sequence of MarkModel
        One an electrode.
    marks : sequence of array (spike, feature)
        Spikes to decode from, in order of time.
    bins : sequence of array (spike,) of int
        Time bin of each spike, rising; -1 for spikes in none.
    n_bins : int
    width : float
        Of a time bin, s.

    Returns
    -------
    array (bin, state) of float32
        Minus infinity where not visited.

    Raises
    ------
    NeurosimError
        If the electrodes do not match, or spikes are not in order of time.
    """
    if not len(models) == len(marks) == len(bins) or not models:
        raise NeurosimError(
            f"electrodes: expected as many models as marks and bins, found {len(models)}, "
            f"{len(marks)} and {len(bins)}"
        )
    ground = np.sum([model.ground for model in models], axis=0)
    values = np.tile((-width * ground).astype(np.float32), (n_bins, 1))
    for number, (model, electrode_marks, index) in enumerate(zip(models, marks, bins, strict=True)):
        inside = np.flatnonzero(np.asarray(index) >= 0)
        index = np.asarray(index)[inside]
        if index.size and (np.any(np.diff(index) < 0) or index[-1] >= n_bins):
            raise NeurosimError(
                f"bins of electrode {number}: expected rising numbers below {n_bins}; sort the "
                "spikes by time"
            )
        # By as many spikes at once as their states take the memory of the mark kernels.
        size = max(1, BLOCK_VALUES // model.visited.size)
        for start in range(0, index.size, size):
            rows = inside[start : start + size]
            here, first = np.unique(index[start : start + size], return_index=True)
            logs = log_intensity(model, np.asarray(electrode_marks)[rows])
            values[here] += np.add.reduceat(logs, first, axis=0)
        values[:, ~model.visited] = -np.inf
    return values
