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
that spikes can reach anything, so spikes are gathered over that long and passed on at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.network.adex import Units
from neurosim.network.ca3_constants import Constants
from neurosim.network.synapses import MossyFibres, Pathways
from neurosim.network.trial import Trial

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
        If there is not one generator a trial, delays differ among trials, or a synapse does not
        rise faster than it decays.
    """
    if len(trials) != len(rngs) or not trials:
        raise NeurosimError(
            f"simulate_network: expected one generator for each of {len(trials)} trials, "
            f"found {len(rngs)}"
        )
    n, n_steps = wiring.n_pyramidal, round(duration_s * 1000 / step_ms)
    units = Units(trials, n, wiring.n_basket, step_ms)
    pathways = Pathways(wiring, trials, step_ms)
    noise = MossyFibres(trials, rngs, n, wiring.n_basket, step_ms)
    every = round(FIELD_STEP_MS / step_ms)
    field = np.zeros((len(trials), n_steps // every), dtype=np.float32)
    for step in range(n_steps):
        if step % NOISE_CHUNK == 0:
            noise.draw(min(NOISE_CHUNK, n_steps - step))
            if progress is not None:
                progress(step * step_ms / 1000)
        pathways.arrive(step, units)
        noise.arrive(step % NOISE_CHUNK, units)
        pathways.gather(step, units.advance(step))
        if step % every == every - 1:
            field[:, step // every] = units.synaptic_current()
    trial, unit, steps = units.spikes()
    time, is_pyramidal = steps * (step_ms / 1000), unit < n
    basket = ~is_pyramidal
    return Activity(
        trial[is_pyramidal],
        unit[is_pyramidal],
        time[is_pyramidal],
        trial[basket],
        unit[basket] - n,
        time[basket],
        field,
        FIELD_STEP_MS / 1000,
        duration_s,
    )
