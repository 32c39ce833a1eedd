r"""Recurrent weights that laps leave: spike-timing-dependent plasticity.

Every pair of spikes changes the weight from the one cell to the other by::

    A exp(-|dt| / t)    symmetric, whichever came first (Mishra et al. 2016, 10.1038/ncomms11552)
    +- A exp(-|dt| / t) asymmetric: up if the presynaptic one came first, else down

with weights kept between zero and a highest one (Ecker et al. 2022, 10.7554/eLife.71850). Changes
are summed over a few seconds before weights are bounded, a pass over the track or less, in which
the order of the two hardly matters; within these the sum over pairs is exact to the bin of 1 ms.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter
from scipy.sparse import coo_array

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.network.ca3_constants import Constants

RULES = ("symmetric", "asymmetric")
BIN = 0.001  # s
N_BINS = 2000  # whose changes are summed before weights are bounded
NEGLIGIBLE = 1e-4  # spikes; of a trace that is given up


@dataclass(frozen=True)
class LearningRule:
    """A rule of spike-timing-dependent plasticity.

    Attributes
    ----------
    window_s : float
        Time constant of the window.
    potentiation, depression : float
        Change (nS) of a pair in which the presynaptic spike came first, and last.
    max_ns, initial_ns : float
        Highest weight, and that before learning.
    """

    window_s: float
    potentiation: float
    depression: float
    max_ns: float
    initial_ns: float


def learning_rule(name: str, constants: Constants) -> LearningRule:
    """Give the rule of a name, ``symmetric`` or ``asymmetric``.

    Raises
    ------
    NeurosimError
        If there is no such rule.
    """
    if name not in RULES:
        raise NeurosimError(f"learning rule: expected one of {choices(RULES)}, found {name!r}")
    highest = constants[f"{name}_max_ns"]
    step = constants[f"{name}_step"] * highest
    return LearningRule(
        constants[f"{name}_window_ms"] / 1000,
        step,
        step if name == "symmetric" else -step,
        highest,
        constants["initial_weight_ns"],
    )


def draw_connections(n: int, probability: float, rng: np.random.Generator) -> np.ndarray:
    """Draw which cells are connected (pre, post), never a cell with itself."""
    connected = rng.random((n, n), dtype=np.float32) < probability
    np.fill_diagonal(connected, False)
    return connected


def learn(
    times: np.ndarray,
    cells: np.ndarray,
    connected: np.ndarray,
    rule: LearningRule,
    plasticity: Callable[[np.ndarray], np.ndarray] | None = None,
) -> np.ndarray:
    """Learn the weights from spikes.

    Parameters
    ----------
    times : array (spike,)
        s, sorted.
    cells : array (spike,) of int
    connected : array (pre, post) of bool
    rule : LearningRule
    plasticity : callable, optional
        ``plasticity(times)`` gives a factor on the changes that spikes bring about (spike,): the
        change of a pair is multiplied by that at its later spike.

    Returns
    -------
    array (pre, post) of float32
        nS; zero where there is no connection.
    """
    n = connected.shape[0]
    weights = np.where(connected, np.float32(rule.initial_ns), np.float32(0))
    factor = np.ones(times.size) if plasticity is None else plasticity(times)
    decay = float(np.exp(-BIN / rule.window_s))
    bins = np.floor(times / BIN).astype(int)
    state = np.zeros(n)  # trace of each cell's earlier spikes
    recent = np.zeros(n, dtype=bool)  # cells whose trace still matters
    for first in range(*_bounds(bins), N_BINS):
        rows = slice(*np.searchsorted(bins, [first, first + N_BINS]))
        recent[cells[rows]] = True
        active = np.flatnonzero(recent)
        column = np.searchsorted(active, cells[rows])
        change, state[active] = _changes(
            (bins[rows] - first, column), factor[rows], state[active], decay, rule
        )
        block = np.ix_(active, active)
        weights[block] = np.clip(weights[block] + change, 0, rule.max_ns) * connected[block]
        recent = state > NEGLIGIBLE
    return weights


def _bounds(bins: np.ndarray) -> tuple[int, int]:
    return (int(bins[0]), int(bins[-1]) + 1) if bins.size else (0, 0)


def _changes(
    where: tuple[np.ndarray, np.ndarray],
    factor: np.ndarray,
    state: np.ndarray,
    decay: float,
    rule: LearningRule,
) -> tuple[np.ndarray, np.ndarray]:
    """Changes (pre, post) that the spikes of one chunk bring about, and the traces they leave.

    `where` are the bins and cells (spike,), `state` the traces (cell,) at the bin before.
    """
    shape = (N_BINS, state.size)
    counts = coo_array((np.ones(factor.size, dtype=np.float32), where), shape=shape)
    weighted = coo_array((factor.astype(np.float32), where), shape=shape).tocsr()
    dense = counts.toarray()
    trace, left = lfilter(
        np.float32([1.0]), np.float32([1.0, -decay]), dense, axis=0, zi=decay * state[None, :]
    )
    trace -= dense  # what earlier bins left
    change = (weighted.T @ trace.astype(np.float32)).T  # pre earlier, post now
    together = (counts.tocsr().T @ weighted).toarray()
    both = (rule.potentiation + rule.depression) / 2
    total = rule.potentiation * change + rule.depression * change.T + both * together
    return total, left[0] / decay
