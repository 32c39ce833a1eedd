r"""Evidence of a place whose velocity persists: the momentum model of Krause & Drugowitsch 2022.

The velocity decays at a rate :math:`\lambda` and is driven by noise; in time bins :math:`\tau`
(implicit Euler) a displacement keeps a part of the one before,

.. math:: x_t = x_{t-1} + a (x_{t-1} - x_{t-2}) + a \sigma \tau^{3/2} \xi_t,
          \qquad a = \frac{1}{1 + \lambda \tau},

with :math:`\xi` standard normal. That is what the published code computes (doi
10.1016/j.neuron.2021.11.014), which has :math:`a = e^{-\theta \tau}` and a variance of
:math:`s^2 \tau^2 (1 - e^{-2 \theta \tau}) / 2 \theta`, with
:math:`\theta = \log(1 + \lambda \tau) / \tau` and :math:`s` such that displacements over long times
vary as in continuous time. With :math:`a = 0` it is diffusion, with :math:`a = 1` and little noise
constant velocity.

Places are the position bins of a straight track; probabilities are taken at their centres and sum
to one over the track, so that what would leave it stays at its end.

The state is a pair: where, and by which displacement it came there. Given a place, displacements
follow from displacements by a small matrix, which differs only near the ends; then each moves to
where it goes. So a time bin costs positions x displacements^2 and no position^3.
"""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import as_strided

from neurosim import NeurosimError

LEAK = 1e-9  # of the mass takes any displacement: evidence has a floor
TINY = np.float32(1e-25)  # of every state: no sum is zero, and no number slow as denormals are
BLOCK_VALUES = 300_000  # of the states of the rows that are computed together: fits the cache


@dataclass(frozen=True)
class Momentum:
    """How displacements follow from one another, from one time bin to the next.

    Attributes
    ----------
    carry : float
        Part of a displacement that is kept.
    spread_m : float
        SD of what is added to it.
    first_m : float
        SD of the first displacement; infinite for any alike.
    """

    carry: float
    spread_m: float
    first_m: float

    def __post_init__(self):
        if not 0 <= self.carry <= 1:
            raise NeurosimError(f"carry: expected between 0 and 1, found {self.carry}")
        if not (0 < self.spread_m < np.inf and self.first_m > 0):
            raise NeurosimError(
                f"momentum: expected spread_m and first_m above 0, found {self.spread_m} and "
                f"{self.first_m}"
            )

    @classmethod
    def of_velocity(cls, decay: float, sd: float, bin_s: float, first_m: float) -> "Momentum":
        """Take parameters in continuous time.

        Parameters
        ----------
        decay : float
            Rate at which velocity decays, 1 / s.
        sd : float
            Of the noise on velocity, m s-3/2.
        bin_s : float
        first_m : float
        """
        carry = 1.0 / (1.0 + decay * bin_s)
        return cls(carry, carry * sd * bin_s**1.5, first_m)


def displacement_steps(
    n_positions: int, reach: int, step_m: float, momentum: Momentum
) -> np.ndarray:
    """Probability of displacements given a place and the displacement that led there.

    Parameters
    ----------
    n_positions : int
    reach : int
        Longest displacement, bins.
    step_m : float
        Between the centres of bins.
    momentum : Momentum

    Returns
    -------
    array (position, new displacement, old displacement)
        Displacements from ``-reach`` to ``reach`` bins; sums to one over new ones.
    """
    moved = np.arange(-reach, reach + 1)
    away = (moved[:, None] - momentum.carry * moved) * step_m / momentum.spread_m
    return _on_track(n_positions, moved, -0.5 * away**2)


def _first_steps(n_positions: int, reach: int, step_m: float, momentum: Momentum) -> np.ndarray:
    """Probability of the first displacement (position, displacement, 1) from a place."""
    moved = np.arange(-reach, reach + 1)
    away = moved[:, None] * step_m / momentum.first_m
    return _on_track(n_positions, moved, -0.5 * away**2)


def _on_track(n_positions: int, moved: np.ndarray, log_weight: np.ndarray) -> np.ndarray:
    """Normalise weights (new displacement, old) over places on the track, from each position."""
    target = np.arange(n_positions)[:, None] + moved
    inside = ((target >= 0) & (target < n_positions))[:, :, None]
    log_weight = np.where(inside, log_weight, -np.inf)
    weight = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
    weight *= (1 - LEAK) / weight.sum(axis=1, keepdims=True)
    return weight + LEAK * inside / inside.sum(axis=1, keepdims=True)


def momentum_evidence(
    likelihood: np.ndarray,
    length: np.ndarray,
    prior: np.ndarray,
    step_m: float,
    reach_m: float,
    momentum: Momentum,
) -> np.ndarray:
    """Log evidence of events, up to what their likelihoods are relative to.

    Parameters
    ----------
    likelihood : array (bin, row, position)
        Of each time bin's spikes, relative to its largest; zero where not visited. A row is an
        event and a map; its bins come first.
    length : array (row,)
        Bins of each row, none longer than the one before.
    prior : array (row, position)
        Of the first place; sums to one.
    step_m : float
        Between position bins.
    reach_m : float
        Longest displacement within a time bin.
    momentum : Momentum

    Returns
    -------
    array (row,)

    Raises
    ------
    NeurosimError
        If shapes do not match, rows are not in order, or the reach is less than a bin.
    """
    reach = min(int(reach_m / step_m + 1e-9), likelihood.shape[2] - 1)
    _check(likelihood, length, prior, reach)
    n_positions = likelihood.shape[2]
    sizes = (n_positions, reach, step_m, momentum)
    first, steps = (make(*sizes).astype(np.float32) for make in (_first_steps, displacement_steps))
    evidence = np.empty(length.size)
    block = max(1, BLOCK_VALUES // (n_positions * (2 * reach + 1)))
    for start in range(0, length.size, block):
        rows = slice(start, start + block)
        seen = likelihood[: length[start], rows].transpose(0, 2, 1)
        seen = np.ascontiguousarray(seen, np.float32)
        evidence[rows] = _forward(seen, length[rows], prior[rows].T, first, steps)
    return evidence


def _check(likelihood: np.ndarray, length: np.ndarray, prior: np.ndarray, reach: int) -> None:
    if likelihood.shape[1:] != prior.shape or length.shape != prior.shape[:1]:
        raise NeurosimError(
            f"momentum: expected a length and a prior for each row and position of likelihood "
            f"{likelihood.shape}, found {length.shape} and {prior.shape}"
        )
    wrong = (length < 1) | (length > len(likelihood))
    if wrong.any() or np.any(np.diff(length) > 0):
        raise NeurosimError(
            f"length: expected falling numbers from 1 to {len(likelihood)} bins, found {length}"
        )
    if reach < 1:
        raise NeurosimError("reach_m: expected at least one position bin; raise it")


def _forward(
    likelihood: np.ndarray,
    length: np.ndarray,
    prior: np.ndarray,
    first: np.ndarray,
    steps: np.ndarray,
) -> np.ndarray:
    """Log evidence (row,) of one block; likelihood (bin, position, row), prior (position, row)."""
    n_positions, n_moved, _ = steps.shape
    reach = n_moved // 2
    arrived = np.zeros((n_moved, n_positions + 2 * reach, length.size), np.float32)
    by_displacement, by_place, by_row = arrived.strides
    # The same memory by where a displacement starts: a displacement further is a place further.
    departed = as_strided(
        arrived, (n_moved, n_positions, length.size), (by_displacement + by_place, by_place, by_row)
    )
    place = (prior * likelihood[0]).astype(np.float32) + TINY
    total = place.sum(axis=0)
    evidence = np.log(total.astype(float))
    moved = first.transpose(1, 0, 2) * place
    for number in range(1, len(likelihood)):
        n_rows = int(np.sum(length > number))
        departed[:, :, :n_rows] = moved[:, :, :n_rows]
        current = arrived[:, reach : reach + n_positions, :n_rows]
        current *= likelihood[number, :, :n_rows] / total[:n_rows]
        current += TINY
        total = current.sum(axis=(0, 1))
        evidence[:n_rows] += np.log(total.astype(float))
        into = moved[:, :, :n_rows].transpose(1, 0, 2)
        np.matmul(steps, current.transpose(1, 0, 2), out=into)
    return evidence
