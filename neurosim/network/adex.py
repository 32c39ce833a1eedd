"""The units of the CA3 network: adaptive exponential integrate-and-fire, all trials at once.

Pyramidal and basket cells stand in one array (trial, unit), pyramidal cells first, so that a step
is one set of operations for both. Potentials are in spike slopes above threshold, conductances in
fractions of the potential's distance from reversal that they take a step.
"""

from collections.abc import Sequence

import numpy as np

from neurosim.network.trial import Trial, per_trial, step_over_capacity

SPIKE = 5.0  # slopes above threshold at which a spike is counted
# Synapses onto pyramidal and basket cells that share a slot of traces; mossy fibres reach
# pyramidal cells alone.
SLOTS = (("recurrent", "drive"), ("mossy", "drive"), ("inhibition", "mutual"))
EXCITATION, MOSSY, INHIBITION = range(3)
CELLS = ("pc", "bc")


class Units:
    """State of all units.

    Parameters
    ----------
    trials : sequence of Trial
    n_pyramidal, n_basket : int
    step_ms : float
    """

    def __init__(
        self, trials: Sequence[Trial], n_pyramidal: int, n_basket: int, step_ms: float
    ) -> None:
        self._trials, self._step_ms = trials, step_ms
        self._sizes = n_pyramidal, n_basket
        self.shape = len(trials), n_pyramidal + n_basket
        alike = all(t.constants is trials[0].constants for t in trials)
        self._rows = trials[:1] if alike else trials  # one row of constants serves equal trials
        self._set_constants()
        self.trace = np.zeros((2 * len(SLOTS), *self.shape), dtype=np.float32)
        self._u = np.tile(self._rest, (len(trials) // len(self._rest), 1))
        self._w = np.zeros(self.shape, dtype=np.float32)
        self._until = np.zeros(self.shape, dtype=np.float32)  # step at which a unit is free again
        self._e, self._i, self._a, self._b, self._c = (
            np.empty(self.shape, dtype=np.float32) for _ in range(5)
        )
        self._mask = np.empty(self.shape, dtype=bool)
        self._spikes: list[tuple[int, np.ndarray]] = []

    def _constant(self, name: str) -> np.ndarray:
        """Constant of each unit (row, unit)."""
        both = [per_trial(self._rows, lambda t, c=c: t.constants[f"{c}_{name}"]) for c in CELLS]
        return self._of_units(*both)

    def _of_units(self, pyramidal: np.ndarray, basket: np.ndarray) -> np.ndarray:
        """Spread numbers of the two kinds of cells (row,) over units (row, unit)."""
        pair = np.stack([pyramidal, basket], axis=1)
        return np.repeat(pair, self._sizes, axis=1)

    def _set_constants(self) -> None:
        step = self._step_ms
        slope, threshold = self._constant("slope_mv"), self._constant("threshold_mv")
        capacity = self._constant("membrane_ms") * self._constant("leak_ns")
        kept = np.exp(-step / self._constant("adaptation_ms"))
        subthreshold = self._constant("subthreshold_ns")
        current = per_trial(self._trials, lambda t: t.current_pa)
        per_pa = step_over_capacity(self._trials, "pc", step) / per_trial(
            self._trials, lambda t: t.constants["pc_slope_mv"]
        )

        def small(values: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(values, dtype=np.float32)

        self._rest = small(-threshold / slope)
        self._reset = small((self._constant("reset_mv") - threshold) / slope)
        self._reversal = [
            small((self._constant(f"{kind}_reversal_mv") - threshold) / slope)
            for kind in ("excitatory", "inhibitory")
        ]
        self._leak = small(step / self._constant("membrane_ms"))
        self._kept = small(kept)
        self._adapt = small((1 - kept) * subthreshold * step / capacity)
        self._jump = small(self._constant("adaptation_pa") * step / capacity / slope)
        self._held = small(np.maximum(np.rint(self._constant("refractory_ms") / step), 1))
        self._current = small(current * per_pa)[:, None] if current.any() else None
        self._to_pa = 1 / per_pa
        self._decay = small(np.stack([np.exp(-step / t) for t in self._time_constants()]))

    def _time_constants(self) -> list[np.ndarray]:
        """Decay and rise (row, unit) of the synapses of each slot, ms."""
        return [
            self._of_units(
                *(
                    per_trial(self._rows, lambda t, s=s, p=part: t.constants[f"{s}_{p}_ms"])
                    for s in slot
                )
            )
            for slot in SLOTS
            for part in ("decay", "rise")
        ]

    def add(self, slot: int, units: slice, amount: np.ndarray) -> None:
        """Add to the conductance of a slot of some units (trial, unit)."""
        self.trace[2 * slot, :, units] += amount
        self.trace[2 * slot + 1, :, units] -= amount

    def advance(self, step: int) -> np.ndarray:
        """Go one step; give the flat indices of the units that spiked."""
        u, w, a, b, c = self._u, self._w, self._a, self._b, self._c
        self.trace *= self._decay
        np.add.reduce(self.trace[:4], axis=0, out=self._e)
        np.add(self.trace[4], self.trace[5], out=self._i)
        np.subtract(self._reversal[0], u, out=b)
        b *= self._e
        np.subtract(self._reversal[1], u, out=c)
        c *= self._i
        b += c  # kept for the field potential
        np.subtract(u, self._rest, out=c)
        np.exp(u, out=a)
        a -= c
        a *= self._leak
        a += b
        a -= w
        if self._current is not None:
            a[:, : self._sizes[0]] += self._current
        c *= self._adapt
        w *= self._kept
        w += c
        u += a
        np.greater(self._until, step, out=self._mask)
        np.copyto(u, self._reset, where=self._mask)
        np.greater(u, SPIKE, out=self._mask)
        spiked = np.flatnonzero(self._mask)
        if spiked.size:
            self._spike(step, spiked)
        return spiked

    def _spike(self, step: int, spiked: np.ndarray) -> None:
        n_units = self.shape[1]
        unit = spiked % n_units
        row = spiked // n_units if len(self._rows) > 1 else 0
        self._u.reshape(-1)[spiked] = self._reset[row, unit]
        self._w.reshape(-1)[spiked] += self._jump[row, unit]
        self._until.reshape(-1)[spiked] = step + 1 + self._held[row, unit]
        self._spikes.append((step, spiked))

    def synaptic_current(self) -> np.ndarray:
        """Mean synaptic current (trial,) of a pyramidal cell, pA."""
        return self._b[:, : self._sizes[0]].mean(axis=1) * self._to_pa

    def spikes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Trials, units and steps (spike,) of all spikes so far."""
        flat = np.concatenate([np.zeros(0, dtype=int), *(spiked for _, spiked in self._spikes)])
        steps = np.repeat(
            np.array([step for step, _ in self._spikes], dtype=int),
            [spiked.size for _, spiked in self._spikes],
        )
        return flat // self.shape[1], flat % self.shape[1], steps
