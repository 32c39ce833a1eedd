"""The synapses of the CA3 network: what spikes reach, when, and the noise of mossy fibres.

Within the shortest delay nothing that spikes can reach anything. Spikes are gathered over that
long and passed on at once: one row of weights is added for each, to the step at which it is due.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from neurosim import NeurosimError
from neurosim.network.adex import EXCITATION, INHIBITION, MOSSY, Units
from neurosim.network.trial import Trial, kernel_height, per_trial, step_over_capacity

if TYPE_CHECKING:
    from neurosim.network.ca3 import Wiring

N_PYRAMIDAL = 8000  # of the full-size network, to which the weight of the drive belongs


class MossyFibres:
    """Poisson spikes of the mossy fibres, a chunk of steps at a time.

    Parameters
    ----------
    trials : sequence of Trial
    rngs : sequence of numpy.random.Generator
        One a trial.
    n_pyramidal, n_basket : int
    step_ms : float
    """

    def __init__(
        self,
        trials: Sequence[Trial],
        rngs: Sequence[np.random.Generator],
        n_pyramidal: int,
        n_basket: int,
        step_ms: float,
    ) -> None:
        self._rngs, self._n, self._n_units = rngs, n_pyramidal, n_pyramidal + n_basket
        rate = per_trial(trials, lambda t: t.constants["mossy_rate_hz"])
        self._expected = rate * n_pyramidal * step_ms / 1000
        weight = per_trial(trials, lambda t: t.constants["mossy_weight_ns"])
        self._weight = (
            weight * kernel_height(trials, "mossy") * step_over_capacity(trials, "pc", step_ms)
        ).astype(np.float32)

    def draw(self, n_steps: int) -> None:
        """Draw the spikes of the next steps."""
        steps, cells, numbers = [], [], []
        for trial, rng in enumerate(self._rngs):
            number = rng.poisson(self._expected[trial] * n_steps)
            steps.append(rng.integers(n_steps, size=number))
            cells.append(trial * self._n_units + rng.integers(self._n, size=number))
            numbers.append(number)
        step = np.concatenate(steps)
        order = np.argsort(step, kind="stable")
        self._cells = np.concatenate(cells)[order]
        self._amounts = np.repeat(self._weight, numbers)[order]
        self._edges = np.searchsorted(step[order], np.arange(n_steps + 1))

    def arrive(self, step: int, units: Units) -> None:
        """Add the spikes of a step of the chunk."""
        rows = slice(self._edges[step], self._edges[step + 1])
        cells, amounts = self._cells[rows], self._amounts[rows]
        np.add.at(units.trace[2 * MOSSY].reshape(-1), cells, amounts)
        np.subtract.at(units.trace[2 * MOSSY + 1].reshape(-1), cells, amounts)


@dataclass(frozen=True)
class _Target:
    """Cells that a kind of cells reaches."""

    weights: np.ndarray  # (pre, post)
    units: slice
    scale: np.ndarray  # (trial,) conductance a spike of weight 1 adds, as a fraction a step
    delay: int  # steps
    slot: int
    depresses: bool = False


class Pathways:
    """All synapses among units, and the spikes that are on their way.

    Parameters
    ----------
    wiring : Wiring
    trials : sequence of Trial
    step_ms : float
    """

    def __init__(self, wiring: "Wiring", trials: Sequence[Trial], step_ms: float) -> None:
        n, m = wiring.n_pyramidal, wiring.n_basket
        self._n, self._n_units, self._n_trials = n, n + m, len(trials)
        pyramidal, basket = slice(0, n), slice(n, n + m)

        def target(name: str, cell: str, weight: np.ndarray, slot: int) -> _Target:
            scale = weight * kernel_height(trials, name) * step_over_capacity(trials, cell, step_ms)
            return _Target(
                getattr(wiring, name),
                pyramidal if cell == "pc" else basket,
                scale.astype(np.float32),
                _delay(name, trials, step_ms),
                slot,
                name == "recurrent",
            )

        def weight(name: str) -> np.ndarray:
            return per_trial(trials, lambda t: t.constants[f"{name}_weight_ns"])

        smaller = N_PYRAMIDAL / n  # the sum of a basket cell's input is that of the full size
        self._targets = (
            (
                target("recurrent", "pc", per_trial(trials, lambda t: t.gain), EXCITATION),
                target("drive", "bc", weight("drive") * smaller, EXCITATION),
            ),
            (
                target("inhibition", "pc", weight("inhibition"), INHIBITION),
                target("mutual", "bc", weight("mutual"), INHIBITION),
            ),
        )
        delays = [t.delay for targets in self._targets for t in targets]
        self._block, length = min(delays), max(delays) + min(delays) + 1
        self._due: list[list[tuple[_Target, np.ndarray]]] = [[] for _ in range(length)]
        self._gathered: list[np.ndarray] = []
        self._resources = Resources.of(trials, n, step_ms)

    def arrive(self, step: int, units: Units) -> None:
        """Add what is due at a step."""
        due = self._due[step % len(self._due)]
        for target, amount in due:
            units.add(target.slot, target.units, amount)
        due.clear()

    def gather(self, step: int, spiked: np.ndarray) -> None:
        """Take the flat units that spiked at a step; pass on those of a whole block."""
        self._gathered.append(spiked)
        if len(self._gathered) < self._block:
            return
        sizes = [one.size for one in self._gathered]
        first = step - self._block + 1
        if sum(sizes):
            flat = np.concatenate(self._gathered)
            trial, unit = flat // self._n_units, flat % self._n_units
            row = np.repeat(np.arange(self._block), sizes) * self._n_trials + trial
            is_pyramidal = unit < self._n
            for kind, chosen in enumerate((is_pyramidal, ~is_pyramidal)):
                if chosen.any():
                    cells = unit[chosen] - kind * self._n
                    self._pass_on(kind, first, row[chosen], cells)
        self._gathered = []

    def _pass_on(self, kind: int, first: int, row: np.ndarray, cells: np.ndarray) -> None:
        """Send spikes of a kind of cells: rows are steps of the block by trials, sorted."""
        trial, bounds = row % self._n_trials, _bounds(row)
        rows = row[bounds[:-1]]
        steps, at = rows // self._n_trials, rows % self._n_trials
        groups = [(int(steps[a]), at[a:b], slice(a, b)) for a, b in pairwise(_bounds(steps))]
        for target in self._targets[kind]:
            strength = target.scale[trial]
            if target.depresses and self._resources is not None:
                used = self._resources.use(trial, cells, first + row // self._n_trials)
                strength = strength * used
            amount = _summed(target.weights, cells, strength, bounds)
            for step, trials, chosen in groups:
                place = (first + step + target.delay) % len(self._due)
                self._due[place].append((target, self._whole(trials, amount[chosen])))

    def _whole(self, trials: np.ndarray, amount: np.ndarray) -> np.ndarray:
        """Amounts of all trials (trial, unit), from those of some."""
        if trials.size == self._n_trials:
            return amount
        whole = np.zeros((self._n_trials, amount.shape[1]), dtype=np.float32)
        whole[trials] = amount
        return whole


def _bounds(values: np.ndarray) -> list[int]:
    """Where runs of equal values begin, and the number of values."""
    changes = np.flatnonzero(values[1:] != values[:-1]) + 1
    return [0, *changes.tolist(), values.size]


def _summed(
    weights: np.ndarray, cells: np.ndarray, strength: np.ndarray, bounds: list[int]
) -> np.ndarray:
    """Sum the weights of spikes (spike,) over rows between bounds (row, post).

    Row by row: a sum over many rows at once would round as the number of trials has it.
    """
    out = np.empty((len(bounds) - 1, weights.shape[1]), dtype=np.float32)
    for row, (begin, end) in enumerate(pairwise(bounds)):
        if end - begin == 1:
            np.multiply(weights[cells[begin]], strength[begin], out=out[row])
        else:
            np.dot(strength[begin:end], weights[cells[begin:end]], out=out[row])
    return out


def _delay(name: str, trials: Sequence[Trial], step_ms: float) -> int:
    delays = {max(1, round(t.constants[f"{name}_delay_ms"] / step_ms)) for t in trials}
    if len(delays) > 1:
        raise NeurosimError(
            f"simulate_network: {name}_delay_ms: expected one value in all trials, found "
            f"{len(delays)}; run them one after the other"
        )
    return delays.pop()


class Resources:
    """Transmitter of recurrent synapses: a spike uses part of what is left, and it comes back.

    Tsodyks & Markram 1997, 10.1073/pnas.94.2.719, without facilitation.
    """

    def __init__(self, use: np.ndarray, recovery: np.ndarray, n: int) -> None:
        self._use, self._recovery, self._n = use, recovery, n
        self._left = np.ones(use.size * n)
        self._last = np.full(use.size * n, -(10**9))

    @classmethod
    def of(cls, trials: Sequence[Trial], n: int, step_ms: float) -> "Resources | None":
        """Resources of the trials that have short-term depression; None if none has."""
        if not any(t.depression for t in trials):
            return None
        use = per_trial(trials, lambda t: t.constants["depression_use"] * t.depression)
        recovery = per_trial(trials, lambda t: t.constants["depression_ms"] / step_ms)
        return cls(use, recovery, n)

    def use(self, trial: np.ndarray, cells: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Transmitter left (spike,) when cells spike, of which each then uses its part."""
        flat = trial * self._n + cells
        away = np.exp(-(steps - self._last[flat]) / self._recovery[trial])
        left = 1 - (1 - self._left[flat]) * away
        self._left[flat] = left * (1 - self._use[trial])
        self._last[flat] = steps
        return left.astype(np.float32)
