r"""A CA3-like network of spiking units: pyramidal cells that excite each other, and basket cells.

Units are adaptive exponential integrate-and-fire (Brette & Gerstner 2005, 10.1152/jn.00686.2005),

    C dV/dt = -g (V - E) + g s exp((V - T) / s) - w - sum of synapses g_x (V - E_x) + I,
    t_w dw/dt = a (V - E) - w;  at V > T + 5 s: V = reset, w = w + b, and V is held.

Synapses are double exponentials whose peak is decay / (decay - rise) times the weight, as in
Ecker et al. 2022 (10.7554/eLife.71850), from which the structure is taken: recurrent excitation,
one mossy fibre of Poisson spikes a pyramidal cell, fast inhibition.

Many trials of one network run side by side; each has a gain on the recurrent weights, constants
and noise of its own, so a trial does not depend on which others run with it. Time goes in forward
Euler steps for the units and in exact ones for the synapses. Within the shortest delay nothing
that spikes can reach anything, so spikes are gathered over that long and passed on in one product
of a sparse matrix of spikes with the weights.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from neurosim import NeurosimError
from neurosim.network.ca3_constants import Constants

SPIKE = 5.0  # slopes above threshold at which a spike is counted
NOISE_CHUNK = 500  # steps whose mossy spikes are drawn at once
FIELD_STEP_MS = 1.0  # between samples of the field potential


@dataclass(frozen=True)
class Wiring:
    """Who reaches whom.

    Attributes
    ----------
    recurrent : array (pre, post) of float32
        Pyramidal to pyramidal weights before the gain, nS.
    drive : array (pyramidal, basket) of float32
        1 where a connection is, else 0.
    inhibition : array (basket, pyramidal) of float32
    mutual : array (basket, basket) of float32
    """

    recurrent: np.ndarray
    drive: np.ndarray
    inhibition: np.ndarray
    mutual: np.ndarray

    @property
    def n_pyramidal(self) -> int:
        """Number of pyramidal cells."""
        return self.recurrent.shape[0]

    @property
    def n_basket(self) -> int:
        """Number of basket cells."""
        return self.mutual.shape[0]


@dataclass(frozen=True)
class Trial:
    """One run of a network.

    Attributes
    ----------
    constants : Constants
        Those of the network, or what a state or an experiment makes of them.
    gain : float
        On the recurrent weights.
    current_pa : float
        Into every pyramidal cell.
    depression : bool
        Whether recurrent synapses depress for a short term.
    """

    constants: Constants
    gain: float
    current_pa: float = 0.0
    depression: bool = False


@dataclass(frozen=True)
class Activity:
    """What trials did.

    Attributes
    ----------
    trial, unit : array (spike,) of int
        Of pyramidal spikes, in the order of their times.
    time : array (spike,)
        s from the trial's beginning.
    basket_trial, basket_unit, basket_time : array (basket spike,)
    field : array (trial, sample) of float32
        Synaptic current of a pyramidal cell, mean over cells, pA: what a field potential follows.
    field_step : float
        s between its samples.
    duration : float
        s.
    """

    trial: np.ndarray
    unit: np.ndarray
    time: np.ndarray
    basket_trial: np.ndarray
    basket_unit: np.ndarray
    basket_time: np.ndarray
    field: np.ndarray
    field_step: float
    duration: float

    def of_trial(self, trial: int) -> tuple[np.ndarray, np.ndarray]:
        """Times (s) and units (spike,) of the pyramidal spikes of one trial."""
        rows = self.trial == trial
        return self.time[rows], self.unit[rows]


def draw_wiring(recurrent: np.ndarray, constants: Constants, rng: np.random.Generator) -> Wiring:
    """Draw the connections of basket cells; those among pyramidal cells are given (pre, post)."""
    n, m = recurrent.shape[0], round(constants["n_basket"])

    def connections(name: str, shape: tuple[int, int]) -> np.ndarray:
        return (rng.random(shape) < constants[f"{name}_probability"]).astype(np.float32)

    return Wiring(
        np.ascontiguousarray(recurrent, dtype=np.float32),
        connections("drive", (n, m)),
        connections("inhibition", (m, n)),
        connections("mutual", (m, m)),
    )


def simulate_network(
    wiring: Wiring,
    trials: Sequence[Trial],
    duration_s: float,
    rngs: Sequence[np.random.Generator],
    step_ms: float = 0.2,
    progress: Callable[[float], None] | None = None,
) -> Activity:
    """Run trials of a network side by side.

    Parameters
    ----------
    wiring : Wiring
    trials : sequence of Trial
    duration_s : float
        Of each trial.
    rngs : sequence of numpy.random.Generator
        One a trial.
    step_ms : float
        Of the integration.
    progress : callable, optional
        Called with the seconds done, now and then.

    Returns
    -------
    Activity

    Raises
    ------
    NeurosimError
        If there is not one generator a trial, or a delay is shorter than a step.
    """
    if len(trials) != len(rngs) or not trials:
        raise NeurosimError(
            f"simulate_network: expected one generator for each of {len(trials)} trials, "
            f"found {len(rngs)}"
        )
    n_steps = round(duration_s * 1000 / step_ms)
    network = _Network(wiring, trials, step_ms)
    noise = _Mossy(trials, rngs, wiring.n_pyramidal, step_ms)
    every = round(FIELD_STEP_MS / step_ms)
    field = np.zeros((len(trials), n_steps // every), dtype=np.float32)
    for step in range(n_steps):
        if step % NOISE_CHUNK == 0:
            noise.draw(min(NOISE_CHUNK, n_steps - step))
            if progress is not None:
                progress(step * step_ms / 1000)
        network.advance(step, *noise.at(step % NOISE_CHUNK))
        if step % every == every - 1:
            field[:, step // every] = network.field()
    pyramidal, basket = network.pyramidal.spikes(), network.basket.spikes()
    seconds = step_ms / 1000
    return Activity(
        *pyramidal[:2],
        pyramidal[2] * seconds,
        *basket[:2],
        basket[2] * seconds,
        field,
        FIELD_STEP_MS / 1000,
        duration_s,
    )


def column(trials: Sequence[Trial], value: Callable[[Trial], float]) -> np.ndarray:
    """One number a trial (trial, 1)."""
    return np.array([[value(trial)] for trial in trials])


class _Mossy:
    """Poisson spikes of the mossy fibres, a chunk of steps at a time."""

    def __init__(
        self,
        trials: Sequence[Trial],
        rngs: Sequence[np.random.Generator],
        n: int,
        step_ms: float,
    ) -> None:
        self._rngs, self._n = rngs, n
        self._expected = [t.constants["mossy_rate_hz"] * n * step_ms / 1000 for t in trials]
        weight = column(trials, lambda t: t.constants["mossy_weight_ns"])
        self._weight = (weight * _kernel(trials, "mossy") * _per_step(trials, "pc", step_ms))[:, 0]

    def draw(self, n_steps: int) -> None:
        """Draw the spikes of the next steps."""
        steps, cells, weights = [], [], []
        for trial, (rng, expected) in enumerate(zip(self._rngs, self._expected, strict=True)):
            number = rng.poisson(expected * n_steps)
            steps.append(rng.integers(n_steps, size=number))
            cells.append(trial * self._n + rng.integers(self._n, size=number))
            weights.append(np.full(number, self._weight[trial], dtype=np.float32))
        step = np.concatenate(steps)
        order = np.argsort(step, kind="stable")
        self._cells = np.concatenate(cells)[order]
        self._weights = np.concatenate(weights)[order]
        self._edges = np.searchsorted(step[order], np.arange(n_steps + 1))

    def at(self, step: int) -> tuple[np.ndarray, np.ndarray]:
        """Flat cells, and what each adds to its conductance, at a step of the chunk."""
        rows = slice(self._edges[step], self._edges[step + 1])
        return self._cells[rows], self._weights[rows]


def _kernel(trials: Sequence[Trial], synapse: str) -> np.ndarray:
    """What makes a double exponential of a synapse peak at decay / (decay - rise) (trial, 1)."""
    rise = column(trials, lambda t: t.constants[f"{synapse}_rise_ms"])
    decay = column(trials, lambda t: t.constants[f"{synapse}_decay_ms"])
    peak = decay * rise / (decay - rise) * np.log(decay / rise)
    height = np.exp(-peak / decay) - np.exp(-peak / rise)
    return decay / (decay - rise) / height


def _per_step(trials: Sequence[Trial], cell: str, step_ms: float) -> np.ndarray:
    """Step over capacitance (trial, 1): makes a conductance in nS a fraction a step."""
    return column(
        trials,
        lambda t: step_ms / (t.constants[f"{cell}_membrane_ms"] * t.constants[f"{cell}_leak_ns"]),
    )


class _Cells:
    """Units of one kind, all trials; potentials in slopes above threshold."""

    def __init__(
        self,
        cell: str,
        synapses: Sequence[str],
        n_excitatory: int,
        shape: tuple[int, int],
        trials: Sequence[Trial],
        step_ms: float,
    ) -> None:
        def constant(name: str) -> np.ndarray:
            return column(trials, lambda t: t.constants[f"{cell}_{name}"])

        def kept(time_ms: np.ndarray) -> np.ndarray:
            return np.exp(-step_ms / time_ms)

        def small(values: np.ndarray) -> np.ndarray:
            return np.ascontiguousarray(values, dtype=np.float32)

        slope, threshold = constant("slope_mv"), constant("threshold_mv")
        capacity = constant("membrane_ms") * constant("leak_ns")
        decay = constant("adaptation_ms")
        self.rest = small(-threshold / slope)
        self.reset = small((constant("reset_mv") - threshold) / slope)
        self.excitatory = small((constant("excitatory_reversal_mv") - threshold) / slope)
        self.inhibitory = small((constant("inhibitory_reversal_mv") - threshold) / slope)
        self.leak = small(step_ms / constant("membrane_ms"))
        self.adapt_kept = small(kept(decay))
        gain = (1 - kept(decay)) * constant("subthreshold_ns") * step_ms / capacity
        self.adapt_gain = small(gain)
        self.adapt_step = small(constant("adaptation_pa") * step_ms / capacity / slope)
        current = column(trials, lambda t: t.current_pa if cell == "pc" else 0.0)
        self.current = small(current * step_ms / capacity / slope)
        self.to_pa = (capacity * slope / step_ms)[:, 0]
        times = [
            column(trials, lambda t, s=s, w=w: t.constants[f"{s}_{w}_ms"])
            for s in synapses
            for w in ("decay", "rise")
        ]
        self.kept = small(np.stack([kept(time) for time in times]))
        held = constant("refractory_ms")
        self.held = np.maximum(np.rint(held / step_ms), 1).astype(int)[:, 0]
        self.shape, self.n_e = shape, 2 * n_excitatory
        self.trace = np.zeros((len(times), *shape), dtype=np.float32)
        self.u = np.broadcast_to(self.rest, shape).astype(np.float32)
        self.w = np.zeros(shape, dtype=np.float32)
        self.e, self.i, self.a, self.b, self.c = (np.empty(shape, np.float32) for _ in range(5))
        self._flat = self.u.reshape(-1)
        self._waiting: list[np.ndarray] = []
        self._reset_of = np.broadcast_to(self.reset, shape).reshape(-1)
        self._spikes: list[tuple[int, np.ndarray]] = []

    def arrive(self, synapse: int, amount: np.ndarray | None) -> None:
        """Add to the conductance of a synapse (trial, unit), as fractions a step."""
        if amount is not None:
            self.trace[2 * synapse] += amount
            self.trace[2 * synapse + 1] -= amount

    def advance(self, step: int) -> np.ndarray:
        """Go one step; give the flat indices of the units that spiked."""
        u, w, a, b, c = self.u, self.w, self.a, self.b, self.c
        self.trace *= self.kept
        np.add.reduce(self.trace[: self.n_e], axis=0, out=self.e)
        np.add.reduce(self.trace[self.n_e :], axis=0, out=self.i)
        np.subtract(self.excitatory, u, out=b)
        b *= self.e
        np.subtract(self.inhibitory, u, out=c)
        c *= self.i
        b += c  # kept for the field potential
        np.exp(u, out=a)
        a -= u
        a += self.rest
        a *= self.leak
        a += b
        a -= w
        a += self.current
        np.subtract(u, self.rest, out=c)
        c *= self.adapt_gain
        w *= self.adapt_kept
        w += c
        u += a
        self._hold(step)
        spiked = np.flatnonzero(u > SPIKE)
        if spiked.size:
            self._spike(step, spiked)
        return spiked

    def _hold(self, step: int) -> None:
        """Hold refractory units at their reset."""
        if self._waiting:
            held = np.concatenate(self._waiting, axis=1)
            held = held[:, held[1] > step]
            self._waiting = [held] if held.size else []
            self._flat[held[0]] = self._reset_of[held[0]]

    def _spike(self, step: int, spiked: np.ndarray) -> None:
        trial = spiked // self.shape[1]
        self._flat[spiked] = self._reset_of[spiked]
        self.w.reshape(-1)[spiked] += self.adapt_step[trial, 0]
        self._waiting.append(np.stack([spiked, step + 1 + self.held[trial]]))
        self._spikes.append((step, spiked))

    def spikes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Trials, units and steps (spike,) of all spikes so far."""
        none = np.zeros(0, dtype=int)
        flat = np.concatenate([none, *(spiked for _, spiked in self._spikes)])
        steps = np.repeat(
            np.array([step for step, _ in self._spikes], dtype=int),
            [spiked.size for _, spiked in self._spikes],
        )
        return flat // self.shape[1], flat % self.shape[1], steps


@dataclass(frozen=True)
class _Pathway:
    """A set of synapses: where its spikes end up, and when."""

    weights: np.ndarray  # (pre, post)
    scale: np.ndarray  # (trial,) conductance a spike of weight 1 adds, as a fraction a step
    delay: int  # steps
    synapse: int  # of the receiving cells


class _Network:
    """Both kinds of cells and the pathways between them."""

    def __init__(self, wiring: Wiring, trials: Sequence[Trial], step_ms: float) -> None:
        self.n_trials = len(trials)
        n, m = wiring.n_pyramidal, wiring.n_basket
        self.pyramidal = _Cells(
            "pc", ("recurrent", "mossy", "inhibition"), 2, (self.n_trials, n), trials, step_ms
        )
        self.basket = _Cells("bc", ("drive", "mutual"), 1, (self.n_trials, m), trials, step_ms)

        def scale(name: str, cell: str, weight: Callable[[Trial], float]) -> np.ndarray:
            value = column(trials, weight) * _kernel(trials, name)
            return (value * _per_step(trials, cell, step_ms))[:, 0].astype(np.float32)

        def delay(name: str) -> int:
            delays = {max(1, round(t.constants[f"{name}_delay_ms"] / step_ms)) for t in trials}
            if len(delays) > 1:
                raise NeurosimError(
                    f"simulate_network: {name}_delay_ms: expected one value in all trials, found "
                    f"{len(delays)}; run them one after the other"
                )
            return delays.pop()

        def pathway(
            name: str,
            weights: np.ndarray,
            cell: str,
            weight: Callable[[Trial], float],
            synapse: int,
        ):
            return _Pathway(weights, scale(name, cell, weight), delay(name), synapse)

        def weight_of(name: str) -> Callable[[Trial], float]:
            return lambda t: t.constants[f"{name}_weight_ns"]

        smaller = N_PYRAMIDAL / n  # the sum of a basket cell's input is that of the full size
        self.recurrent = pathway("recurrent", wiring.recurrent, "pc", lambda t: t.gain, 0)
        self.inhibition = pathway("inhibition", wiring.inhibition, "pc", weight_of("inhibition"), 2)
        self.drive = pathway(
            "drive", wiring.drive, "bc", lambda t: t.constants["drive_weight_ns"] * smaller, 0
        )
        self.mutual = pathway("mutual", wiring.mutual, "bc", weight_of("mutual"), 1)
        pathways = (self.recurrent, self.inhibition, self.drive, self.mutual)
        self._block = min(p.delay for p in pathways)
        length = max(p.delay for p in pathways) + self._block + 1
        self._due = {id(p): [None] * length for p in pathways}
        self._gathered: dict[str, list[np.ndarray]] = {"pc": [], "bc": []}
        self._resources = _Resources.of(trials, n, step_ms)

    def advance(self, step: int, mossy: np.ndarray, weights: np.ndarray) -> None:
        """Go one step, with mossy spikes on flat pyramidal cells."""
        for cells, pathway in (
            (self.pyramidal, self.recurrent),
            (self.pyramidal, self.inhibition),
            (self.basket, self.drive),
            (self.basket, self.mutual),
        ):
            due = self._due[id(pathway)]
            place = step % len(due)
            cells.arrive(pathway.synapse, due[place])
            due[place] = None
        decay, rise = (self.pyramidal.trace[row].reshape(-1) for row in (2, 3))
        np.add.at(decay, mossy, weights)
        np.subtract.at(rise, mossy, weights)
        self._gathered["pc"].append(self.pyramidal.advance(step))
        self._gathered["bc"].append(self.basket.advance(step))
        if len(self._gathered["pc"]) == self._block:
            self._pass_on(step)

    def field(self) -> np.ndarray:
        """Mean synaptic current (trial,) of a pyramidal cell, pA."""
        return self.pyramidal.b.mean(axis=1) * self.pyramidal.to_pa

    def _pass_on(self, step: int) -> None:
        """Send the spikes of the last block on their ways."""
        first = step - self._block + 1
        for kind, n, pathways in (
            ("pc", self.pyramidal.shape[1], (self.recurrent, self.drive)),
            ("bc", self.basket.shape[1], (self.inhibition, self.mutual)),
        ):
            spikes, self._gathered[kind] = self._gathered[kind], []
            sizes = [spiked.size for spiked in spikes]
            if not sum(sizes):
                continue
            flat = np.concatenate(spikes)
            trial, unit = flat // n, flat % n
            row = np.repeat(np.arange(self._block), sizes) * self.n_trials + trial
            edges = np.searchsorted(row, np.arange(self._block * self.n_trials + 1))
            for pathway in pathways:
                data = pathway.scale[trial]
                if pathway is self.recurrent and self._resources is not None:
                    data = data * self._resources.use(
                        flat, np.repeat(np.arange(first, step + 1), sizes)
                    )
                sparse = csr_array((data, unit, edges), shape=(edges.size - 1, n))
                self._send(pathway, first, sparse @ pathway.weights, sizes)

    def _send(
        self, pathway: _Pathway, first: int, amount: np.ndarray, sizes: Sequence[int]
    ) -> None:
        due = self._due[id(pathway)]
        for index, size in enumerate(sizes):
            if size:
                rows = slice(index * self.n_trials, (index + 1) * self.n_trials)
                due[(first + index + pathway.delay) % len(due)] = amount[rows]


N_PYRAMIDAL = 8000  # of the full-size network, to which the weight of the drive belongs


class _Resources:
    """Transmitter of recurrent synapses: part of it is used by a spike and comes back."""

    def __init__(self, use: np.ndarray, recovery: np.ndarray, n: int) -> None:
        self._use, self._recovery, self._n = use, recovery, n
        self._left = np.ones(use.size * n)
        self._last = np.full(use.size * n, -(10**9))

    @classmethod
    def of(cls, trials: Sequence[Trial], n: int, step_ms: float) -> "_Resources | None":
        """Resources of the trials that have short-term depression; None if none has."""
        if not any(t.depression for t in trials):
            return None
        use = np.array([t.constants["depression_use"] if t.depression else 0.0 for t in trials])
        recovery = np.array([t.constants["depression_ms"] / step_ms for t in trials])
        return cls(use, recovery, n)

    def use(self, flat: np.ndarray, steps: np.ndarray) -> np.ndarray:
        """Transmitter left (spike,) when cells spike, of which each then uses its part."""
        trial = flat // self._n
        left = 1 - (1 - self._left[flat]) * np.exp(
            -(steps - self._last[flat]) / self._recovery[trial]
        )
        self._left[flat] = left * (1 - self._use[trial])
        self._last[flat] = steps
        return left.astype(np.float32)
