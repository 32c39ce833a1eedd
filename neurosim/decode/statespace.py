r"""State-space decoder: position, running direction and dynamic together, causal or smoothed.

The model of Denovellis et al. 2021 (10.7554/eLife.64505). A state is (dynamic, map, position);
:math:`Z_{ij}` moves from dynamic :math:`i` to :math:`j`, and the position moves as :math:`j` says
(anywhere, where :math:`i` is fragmented):

.. math:: p(j, x' \mid n_{1:t}) \propto p(n_t \mid x') \sum_i Z_{ij} \sum_x M_{ij}(x, x')
          p(i, x \mid n_{1:t-1})

Nine movements cost one product, one mix of rows and one sum. The first bin is weighed by the
initial probabilities and the likelihood; nothing moves before it.

Two things keep it fast and its memory bounded:

*Segments.* A chunk is cut into segments that run side by side as rows of one product. Each starts
from a guess; then the segments are run again from where their predecessors ended, until they meet
what is there (to `MEETS`). A filter forgets where it started within some hundred bins, so this
is cheap, and where it does not forget the segments are simply run again: the result never rests
on the guess.

*Checkpoints.* The smoother needs the filter at all times. What is kept is the prediction at the
start of each chunk; the chunk's filter is computed once more when the backward pass gets there.
So smoothing a recording of any length is exact, with the memory of one chunk.

Examples
--------
Two places and two cells, each firing at its own; the animal is at the first, then the second:

>>> from neurosim.decode.state_model import make_state_space, sticky_transition
>>> from neurosim.decode.transitions import make_movement, track_kernel
>>> rate = np.array([[20.0, 1.0], [1.0, 20.0]])  # (position, unit), Hz
>>> counts = np.array([[3, 0], [2, 0], [0, 2], [0, 3]])
>>> walk = track_kernel(np.array([[0.0, 0.1], [0.1, 0.0]]), variance=0.01)
>>> model = make_state_space(make_movement(walk), sticky_transition(3, 0.98))
>>> source = poisson_source(lambda start, stop: counts[start:stop], rate, width=0.1)
>>> decode(source, model, n_bins=4).position[:, 0].argmax(axis=1).tolist()
[0, 0, 1, 1]
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.state_model import StateSpace
from neurosim.decode.stepping import TINY, Stepper, run_backward, run_forward

CHUNK_BYTES = 80e6  # of the posterior of one chunk; twice that where it is smoothed
# Log of what is negligible beside the least precise total (`stepping.TINY`).
NEGLIGIBLE_LOG = {np.dtype(np.float32): -69.0, np.dtype(np.float64): -690.0}
Likelihood = Callable[[int, int], np.ndarray]


@dataclass(frozen=True)
class Chunk:
    """Posterior of consecutive bins. The arrays are used again for the next chunk.

    Attributes
    ----------
    start, stop : int
        Bins.
    joint : array (bin, state, map, position)
        Filtered or smoothed, of the chunk's precision.
    log_predictive : array (bin,)
        Log probability of each bin's spikes given those before, up to the constant that the log
        likelihood leaves out; float64.
    """

    start: int
    stop: int
    joint: np.ndarray
    log_predictive: np.ndarray

    def state_probability(self) -> np.ndarray:
        """Posterior of the dynamics (bin, state)."""
        n_bins, k = self.joint.shape[:2]
        flat = self.joint.reshape(n_bins * k, -1)
        return np.dot(flat, np.ones(flat.shape[1], flat.dtype)).reshape(n_bins, k)

    def position_probability(self) -> np.ndarray:
        """Posterior of map and position (bin, map, position), over all dynamics."""
        total = self.joint[:, 0].copy()
        for state in range(1, self.joint.shape[1]):
            total += self.joint[:, state]
        return total


@dataclass(frozen=True)
class Decoded:
    """What was decoded of one stretch of time.

    Attributes
    ----------
    state : array (bin, state)
        Posterior of the dynamics.
    position : array (bin, map, position)
        Posterior of map and position.
    log_evidence : float
        Log probability of all spikes, up to the constant that the log likelihood leaves out.
    """

    state: np.ndarray
    position: np.ndarray
    log_evidence: float


class _Engine:
    """The model in one precision, and the arrays of one chunk.

    Where single precision does not do (a bin whose spikes are less likely than 1e-20 given those
    before), the chunk is decoded in double.
    """

    def __init__(self, source: Likelihood, model: StateSpace, size: int, dtype: type):
        k, n_maps, n = model.shape
        self.source, self.model, self.size = source, model, size
        self.stepper = Stepper(model, dtype)
        self.likelihood = np.empty((size, n_maps, n), dtype)
        self.filtered = np.empty((size, k * n_maps, n), dtype)
        self._smoothed: np.ndarray | None = None
        self._double: _Engine | None = None

    @property
    def smoothed(self) -> np.ndarray:
        """Smoothed posterior of the chunk, made when it is first needed."""
        if self._smoothed is None:
            self._smoothed = np.empty_like(self.filtered)
        return self._smoothed

    def double(self) -> "_Engine":
        """Make the same engine in double precision."""
        if self._double is None:
            self._double = _Engine(self.source, self.model, self.size, np.float64)
        return self._double

    def precise(self, total: np.ndarray, start: int) -> bool:
        """Whether the precision did; raises where no precision would."""
        fine = total > TINY[self.stepper.dtype]
        if fine.all():
            return True
        if self.stepper.dtype == np.float64:
            raise NeurosimError(
                f"bin {start + int(np.flatnonzero(~fine)[0])}: its spikes are impossible given "
                "those before or after; expected dynamics that can leave every state"
            )
        return False

    def load(self, start: int, stop: int) -> np.ndarray:
        """Take the chunk's likelihood relative to each bin's largest log, which is returned."""
        log_values = self.source(start, stop)
        values = self.likelihood[: stop - start].reshape(stop - start, -1)
        hidden = ~self.model.movement.visited.ravel()
        if hidden.any():
            log_values = np.where(hidden, -np.inf, log_values)
        peak = log_values.max(axis=1)
        if not np.all(np.isfinite(peak)):
            bad = start + int(np.flatnonzero(~np.isfinite(peak))[0])
            raise NeurosimError(
                f"log likelihood: expected finite values in visited bins, found none in bin {bad}"
            )
        np.subtract(log_values, peak[:, None], out=values, casting="same_kind")
        # What lies below adds nothing to a total that is precise, but denormal numbers are slow.
        np.maximum(values, NEGLIGIBLE_LOG[self.stepper.dtype], out=values)
        np.exp(values, out=values)
        if hidden.any():
            values[:, hidden] = 0.0
        return peak.astype(float)

    def filter(
        self, start: int, stop: int, predicted: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Filter a chunk.

        Parameters
        ----------
        start, stop : int
        predicted : array (state map, 1 or row, position)
            Prediction of the first bin, or of the first bins of the segments.

        Returns
        -------
        log_predictive : array (bin,)
        following : array (state map, 1, position)
            Prediction of the next chunk.
        starts : array (state map, row, position)
            Predictions of the first bins of the segments: with them it is faster once more.
        """
        peak = self.load(start, stop)
        size = stop - start
        predicted = predicted.astype(self.stepper.dtype, copy=False)
        total, following, starts = run_forward(
            self.stepper, self.likelihood[:size], predicted, self.filtered[:size]
        )
        if self.precise(total, start):
            return np.log(total) + peak, following, starts
        result = self.double().filter(start, stop, predicted)
        self.filtered[:size] = self.double().filtered[:size]
        return result

    def smooth(
        self, start: int, stop: int, predicted: np.ndarray, message: np.ndarray
    ) -> np.ndarray:
        """Smooth a chunk that was filtered from a prediction; return the message before it."""
        size = stop - start
        message = message.astype(self.stepper.dtype, copy=False)
        total, earlier = run_backward(
            self.stepper,
            self.likelihood[:size],
            self.filtered[:size],
            message,
            self.smoothed[:size],
        )
        if self.precise(total, start):
            return earlier
        self.double().filter(start, stop, predicted)
        earlier = self.double().smooth(start, stop, predicted, message)
        self.smoothed[:size] = self.double().smoothed[:size]
        return earlier


def as_source(log_likelihood: np.ndarray) -> Likelihood:
    """Hand out an array (bin, map position) of log likelihoods by chunk."""
    return lambda start, stop: log_likelihood[start:stop]


def poisson_source(
    counts: Callable[[int, int], np.ndarray], rate: np.ndarray, width: float
) -> Likelihood:
    """Log likelihoods of independent Poisson units, made when a chunk is needed.

    Parameters
    ----------
    counts : callable
        ``counts(start, stop)`` gives spikes (bin, unit) of bins start to stop - 1.
    rate : array (map position, unit)
        Hz, positive.
    width : float
        Of a bin, s.
    """
    if not np.all(rate > 0):
        raise NeurosimError(
            f"rate: expected positive rates, found {np.min(rate)}; floor the rates first"
        )
    expected = rate * width
    logs = np.ascontiguousarray(np.log(expected).T, dtype=np.float32)
    exposure = expected.sum(axis=1).astype(np.float32)

    def log_likelihood(start: int, stop: int) -> np.ndarray:
        values = np.dot(counts(start, stop).astype(np.float32, copy=False), logs)
        values -= exposure
        return values

    return log_likelihood


def chunk_size(model: StateSpace, dtype: type = np.float32) -> int:
    """Number of bins whose posterior fits into `CHUNK_BYTES`; a power of two."""
    bins = CHUNK_BYTES / (np.prod(model.shape) * np.dtype(dtype).itemsize)
    return max(256, 2 ** int(np.log2(bins)))


def filter_chunks(
    source: Likelihood,
    n_bins: int,
    model: StateSpace,
    *,
    chunk: int | None = None,
    dtype: type = np.float32,
) -> Iterator[Chunk]:
    """Decode causally, chunk after chunk: each bin from the spikes up to its end.

    Parameters
    ----------
    source : callable
        ``source(start, stop)`` gives log likelihoods (bin, map position).
    n_bins : int
    model : StateSpace
    chunk : int, optional
        Bins held in memory; where left out, as many as fit into `CHUNK_BYTES`.
    dtype : type
        float32, or float64 for a reference.

    Yields
    ------
    Chunk
    """
    chunk = chunk or chunk_size(model, dtype)
    engine = _Engine(source, model, min(chunk, n_bins), dtype)
    predicted = engine.stepper.initial
    for start in range(0, n_bins, chunk):
        stop = min(start + chunk, n_bins)
        log_predictive, predicted, _ = engine.filter(start, stop, predicted)
        yield _chunk(start, stop, engine.filtered, model, log_predictive)


def smooth_chunks(
    source: Likelihood,
    n_bins: int,
    model: StateSpace,
    *,
    chunk: int | None = None,
    dtype: type = np.float32,
) -> Iterator[Chunk]:
    """Decode each bin from all spikes, before and after; parameters as in `filter_chunks`.

    Yields
    ------
    Chunk
        The last first.
    """
    chunk = chunk or chunk_size(model, dtype)
    engine = _Engine(source, model, min(chunk, n_bins), dtype)
    starts = list(range(0, n_bins, chunk))
    predicted, checkpoints, log_predictive = engine.stepper.initial, [], np.empty(0)
    for start in starts:
        stop = min(start + chunk, n_bins)
        log_predictive, predicted, kept = engine.filter(start, stop, predicted)
        checkpoints.append(kept)
    message = np.ones_like(engine.stepper.initial)
    for start, predicted in zip(reversed(starts), reversed(checkpoints), strict=True):
        stop = min(start + chunk, n_bins)
        if stop < n_bins:  # of the last chunk the filter is still there
            log_predictive, *_ = engine.filter(start, stop, predicted)
        message = engine.smooth(start, stop, predicted, message)
        yield _chunk(start, stop, engine.smoothed, model, log_predictive)


def _chunk(
    start: int, stop: int, joint: np.ndarray, model: StateSpace, log_predictive: np.ndarray
) -> Chunk:
    joint = joint[: stop - start].reshape(stop - start, *model.shape)
    return Chunk(start, stop, joint, log_predictive)


def decode(
    source: Likelihood | np.ndarray,
    model: StateSpace,
    *,
    n_bins: int | None = None,
    smooth: bool = True,
    chunk: int | None = None,
    dtype: type = np.float32,
) -> Decoded:
    """Decode one stretch of time.

    Parameters
    ----------
    source : array (bin, map position) or callable
        Log likelihoods, or ``source(start, stop)`` that makes them.
    model : StateSpace
    n_bins : int, optional
        Needed where the source is a callable.
    smooth : bool
        From all spikes; else causally.
    chunk : int, optional
        Bins in memory at once, beside the result. It does not change the result.
    dtype : type
        float32, or float64 for a reference.

    Returns
    -------
    Decoded

    Raises
    ------
    NeurosimError
        If there are no bins, or the spikes are impossible under the model.
    """
    if not callable(source):
        n_bins, source = len(source), as_source(source)
    if not n_bins:
        raise NeurosimError(f"decode: expected at least one time bin, found {n_bins}")
    k, n_maps, n = model.shape
    state = np.empty((n_bins, k), dtype)
    position = np.empty((n_bins, n_maps, n), dtype)
    evidence = 0.0
    chunks = smooth_chunks if smooth else filter_chunks
    for part in chunks(source, n_bins, model, chunk=chunk, dtype=dtype):
        rows = slice(part.start, part.stop)
        state[rows] = part.state_probability()
        position[rows] = part.position_probability()
        evidence += float(part.log_predictive.sum())
    return Decoded(state, position, evidence)
