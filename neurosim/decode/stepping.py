"""The steps of the state-space decoder: forward and backward, many segments side by side.

Arrays in here are laid out (state map, row, position), rows being segments of time: mixing
states and maps is then one small product over all rows, and so is the walk.
"""

from collections.abc import Callable

import numpy as np

from neurosim.decode.state_model import StateSpace
from neurosim.decode.transitions import STATES

# Largest difference, as a part of the largest value, at which a segment counts as met again.
MEETS = {np.dtype(np.float32): 1e-6, np.dtype(np.float64): 1e-11}
TINY = {np.dtype(np.float32): 1e-20, np.dtype(np.float64): 1e-250}  # totals that lost precision
PIECE = 64  # bins between the places at which segments are compared
SEGMENT = 1024  # shortest segment worth running beside others
MAX_SEGMENTS = 8


class Stepper:
    """One time bin's movement of all rows, and its transpose."""

    def __init__(self, model: StateSpace, dtype: type):
        movement, transition = model.movement, model.transition
        n_maps, n = movement.visited.shape
        self.dtype = np.dtype(dtype)
        self.n_maps, self.n = n_maps, n
        self.visited = movement.visited
        self.kernel = movement.kernel.astype(dtype)
        self.initial = model.initial.reshape(-1, 1, n).astype(dtype)
        part = {
            name: np.where(np.array(model.moves) == name, transition, 0.0).T for name in STATES
        }  # (to, from)
        n_visited = movement.visited.sum()
        self.stay = np.kron(part["stationary"], movement.switch.T).astype(dtype)
        walk = np.kron(part["continuous"], movement.switch.T)
        self.walked = np.flatnonzero(walk.any(axis=1))  # (state map) that a walk leads into
        self.walk = walk[self.walked].astype(dtype)
        self.jump = np.kron(part["fragmented"], np.ones((n_maps, n_maps)) / n_visited).astype(dtype)
        self.walk_norm = self._tiled(movement.walk_norm, len(model.states))
        self.stay_norm = self._tiled(movement.stay_norm, len(model.states))
        self.ones = np.ones(n, dtype)

    def _tiled(self, norm: np.ndarray | None, n_states: int) -> np.ndarray | None:
        return None if norm is None else np.tile(norm, (n_states, 1))[:, None].astype(self.dtype)

    def mass(self, values: np.ndarray) -> np.ndarray:
        """Sum over positions (state map, row)."""
        return np.dot(values.reshape(-1, self.n), self.ones).reshape(values.shape[:2])

    def forward(self, values: np.ndarray, mass: np.ndarray) -> np.ndarray:
        """Predict the next bin from probabilities (state map, row, position) and their sums."""
        km, rows, n = values.shape
        staying = values if self.stay_norm is None else values * self.stay_norm
        predicted = np.dot(self.stay, staying.reshape(km, -1)).reshape(km, rows, n)
        if self.walked.size:
            walking = values if self.walk_norm is None else values * self.walk_norm
            mixed = np.dot(self.walk, walking.reshape(km, -1)).reshape(-1, n)
            moved = self.kernel.forward(mixed).reshape(-1, rows, n)
            for number, target in enumerate(self.walked):
                predicted[target] += moved[number]
        predicted += np.dot(self.jump, mass)[:, :, None]
        return predicted

    def backward(self, values: np.ndarray, mass: np.ndarray) -> np.ndarray:
        """Apply the transpose of `forward` to values (state map, row, position), given sums."""
        km, rows, n = values.shape
        result = np.dot(self.stay.T, values.reshape(km, -1)).reshape(km, rows, n)
        if self.stay_norm is not None:
            result *= self.stay_norm
        if self.walked.size:
            moved = self.kernel.backward(values[self.walked].reshape(-1, n))
            mixed = np.dot(self.walk.T, moved.reshape(self.walked.size, -1)).reshape(km, rows, n)
            if self.walk_norm is not None:
                mixed *= self.walk_norm
            result += mixed
        result += np.dot(self.jump.T, mass)[:, :, None]
        return result


def _split(n_bins: int) -> tuple[int, int]:
    """Number of segments and of bins that they cover; the rest is run by itself."""
    n_rows = int(np.clip(n_bins // SEGMENT, 1, MAX_SEGMENTS))
    return n_rows, n_bins // n_rows * n_rows


def _by_row(values: np.ndarray, n_rows: int) -> np.ndarray:
    """View (bin, map, position) as (bin of the segment, map, row, position)."""
    n_bins, n_maps, n = values.shape
    return values.reshape(n_rows, n_bins // n_rows, n_maps, n).transpose(1, 2, 0, 3)


def run_forward(
    stepper: Stepper, likelihood: np.ndarray, predicted: np.ndarray, out: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Filter consecutive bins.

    Parameters
    ----------
    stepper : Stepper
    likelihood : array (bin, map, position)
        Relative to each bin's largest; zero where not visited.
    predicted : array (state map, 1 or row, position)
        Prediction of the first bin; or, from an earlier call with the same bins, of the first
        bin of each segment.
    out : array (bin, state map, position)
        Filtered probabilities are written here.

    Returns
    -------
    total : array (bin,)
        Probability of each bin's spikes given those before, relative as `likelihood`. Below
        `TINY` the precision does not do.
    predicted : array (state map, 1, position)
        Prediction of the bin after the last.
    starts : array (state map, row, position)
        Predictions of the first bin of each segment.
    """
    n_bins = len(likelihood)
    n_rows, covered = _split(n_bins)
    total = np.empty(n_bins, stepper.dtype)

    def run(start: np.ndarray, part: slice, rows: int) -> tuple[np.ndarray, np.ndarray]:
        values, filtered = _by_row(likelihood[part], rows), _by_row(out[part], rows)
        sums = total[part].reshape(rows, -1).T

        def advance(state: np.ndarray, bins: slice) -> np.ndarray:
            return _filter_piece(stepper, values[bins], state, filtered[bins], sums[bins])

        return _run_segments(advance, start, rows, _pieces(len(values)), stepper.dtype)

    starts, ends = run(predicted, slice(0, covered), n_rows)
    last = ends[:, -1:]
    if covered < n_bins:
        _, last = run(last, slice(covered, n_bins), 1)
    return total.astype(float), last.copy(), starts


def _pieces(n_steps: int) -> list[slice]:
    return [slice(first, first + PIECE) for first in range(0, n_steps, PIECE)]


def run_backward(
    stepper: Stepper,
    likelihood: np.ndarray,
    filtered: np.ndarray,
    message: np.ndarray,
    out: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Smooth consecutive bins.

    Parameters
    ----------
    stepper : Stepper
    likelihood : array (bin, map, position)
    filtered : array (bin, state map, position)
        From `run_forward`.
    message : array (state map, 1, position)
        How likely all later spikes are from each state of the last bin, up to a factor.
    out : array (bin, state map, position)
        Smoothed probabilities are written here.

    Returns
    -------
    total : array (bin,)
        Overlap of the filter and the message. Below `TINY` the precision does not do.
    message : array (state map, 1, position)
        The message for the bin before the first.
    """
    n_bins = len(likelihood)
    n_rows, covered = _split(n_bins)
    total = np.empty(n_bins, stepper.dtype)

    def run(start: np.ndarray, part: slice, rows: int) -> np.ndarray:
        values, causal = _by_row(likelihood[part], rows), _by_row(filtered[part], rows)
        smoothed, sums = _by_row(out[part], rows), total[part].reshape(rows, -1).T

        def advance(state: np.ndarray, bins: slice) -> np.ndarray:
            return _smooth_piece(
                stepper, values[bins], causal[bins], state, smoothed[bins], sums[bins]
            )

        pieces = _pieces(len(values))[::-1]
        return _run_segments(advance, start, rows, pieces, stepper.dtype, known=-1)[1]

    # Time runs backward: the last segment is the one of which the start is known.
    if covered < n_bins:
        message = run(message, slice(covered, n_bins), 1)
    first = run(message, slice(0, covered), n_rows)[:, :1]
    return total.astype(float), first.copy()


def _run_segments(
    advance: Callable[[np.ndarray, slice], np.ndarray],
    start: np.ndarray,
    n_rows: int,
    pieces: list[slice],
    dtype: np.dtype,
    known: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Run all rows through the pieces, then again from where their neighbours ended.

    After each round one more row is exact, so there are at most as many rounds as rows; almost
    always the second ends within a few pieces, since the rows meet what they had before.

    Parameters
    ----------
    advance : callable
        ``advance(state, piece)`` runs all rows through a piece; returns the next state.
    start : array (state map, 1 or row, position)
        Where each row starts; if there is but one, it is exact for the row `known` and a guess
        for the others.
    n_rows : int
    pieces : list of slice
    dtype : dtype
    known : int
        0, the first row, or -1, the last.

    Returns
    -------
    start, end : array (state map, row, position)
        Where each row starts and ends.
    """
    settled = start.shape[1] == n_rows
    before, end = [], start if settled else np.repeat(start, n_rows, axis=1)
    for piece in pieces:
        before.append(end)
        end = advance(end, piece)
    for _ in range(0 if settled else n_rows - 1):
        state = np.roll(end, 1 if known == 0 else -1, axis=1)
        state[:, known] = start[:, 0]
        for number, piece in enumerate(pieces):
            if np.abs(state - before[number]).max() <= MEETS[dtype] * state.max():
                break
            before[number] = state
            state = advance(state, piece)
        else:
            end = state
            continue
        if number == 0:
            break
    return before[0], end


def _filter_piece(
    stepper: Stepper,
    likelihood: np.ndarray,
    predicted: np.ndarray,
    out: np.ndarray,
    total: np.ndarray,
) -> np.ndarray:
    """Filter a few bins of all rows; return the next prediction."""
    km, rows, n = predicted.shape
    by_map = (km // stepper.n_maps, stepper.n_maps, rows, n)
    least = stepper.dtype.type(TINY[stepper.dtype])
    scale = np.ones(rows, stepper.dtype)
    for step in range(len(likelihood)):
        # The last bin's scale goes with the likelihood, which is smaller than the states.
        scaled = likelihood[step] * scale[:, None]
        current = (predicted.reshape(by_map) * scaled).reshape(km, rows, n)
        mass = stepper.mass(current)
        total[step] = sums = np.add.reduce(mass, 0)
        scale = 1 / np.maximum(sums, least)
        np.multiply(current, scale[:, None], out=out[step])
        predicted = stepper.forward(current, mass)
    predicted *= scale[:, None]
    return predicted


def _smooth_piece(
    stepper: Stepper,
    likelihood: np.ndarray,
    filtered: np.ndarray,
    message: np.ndarray,
    out: np.ndarray,
    total: np.ndarray,
) -> np.ndarray:
    """Smooth a few bins of all rows, the last first; return the message before the first."""
    km, rows, n = message.shape
    by_map = (km // stepper.n_maps, stepper.n_maps, rows, n)
    least = stepper.dtype.type(TINY[stepper.dtype])
    scale = np.ones(rows, stepper.dtype)
    for step in reversed(range(len(likelihood))):
        smoothed = filtered[step] * message
        sums = np.add.reduce(stepper.mass(smoothed), 0)
        total[step] = sums * scale
        overlap = np.maximum(total[step], least)
        np.multiply(smoothed, (scale / overlap)[:, None], out=out[step])
        scaled = likelihood[step] * scale[:, None]
        later = (message.reshape(by_map) * scaled).reshape(km, rows, n)
        mass = stepper.mass(later)
        scale = 1 / np.maximum(np.add.reduce(mass, 0), least)
        message = stepper.backward(later, mass)
    message *= scale[:, None]
    return message
