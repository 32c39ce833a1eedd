"""What laps leave in the synapses, the gain, and the network on noise alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from neurosim.emergent.design import Design, NetworkParameters
from neurosim.emergent.laps import Laps, Rng
from neurosim.network.ca3 import Activity, Wiring, draw_wiring, simulate_network
from neurosim.network.ca3_constants import Constants, without_adaptation
from neurosim.network.learning import draw_connections, learn, learning_rule
from neurosim.network.neuromodulation import STATES, trial_in
from neurosim.network.occupancy import SETTLING, GainSetting, set_gains
from neurosim.network.readout import Readout, fit_readout
from neurosim.network.trial import Trial

DEPRESSION = "short_term_depression"  # stands in for adaptation
NOT_ADAPTING = ("no_adaptation", DEPRESSION)
REWARD_ZONE = 1 / 3  # of the track, at its rewarded end


@dataclass(frozen=True)
class Learned:
    """What the laps left.

    Attributes
    ----------
    wiring : Wiring
    readout : Readout
    """

    wiring: Wiring
    readout: Readout


def learn_from_laps(
    parameters: NetworkParameters, constants: Constants, laps: Laps, rng: Rng
) -> Learned:
    """Learn the synapses within CA3 and from CA3 to CA1 from the spikes of the laps.

    Slow animals do not learn; on a rewarded track plasticity is raised at its beginning.
    """
    n, n_ca1 = parameters.n_pyramidal, laps.ca1.n_cells
    probability = min(1.0, constants["recurrent_inputs"] / n)
    connected = np.zeros((n + n_ca1, n + n_ca1), dtype=bool)
    connected[:n, :n] = draw_connections(n, probability, rng("connections"))
    connected[:n, n:] = rng("Schaffer collaterals").random((n, n_ca1)) < probability
    times, cells = laps.spikes
    weights = learn(
        times,
        cells,
        connected,
        learning_rule(parameters.design.rule, constants),
        _plasticity(parameters, constants, laps),
    )
    wiring = draw_wiring(weights[:n, :n], constants, rng("basket cells"))
    in_ca3 = cells < n
    readout = fit_readout(
        weights[:n, n:],
        times[in_ca3],
        cells[in_ca3],
        parameters.track.duration_s,
        np.bincount(cells[~in_ca3] - n, minlength=n_ca1),
        constants,
    )
    return Learned(wiring, readout)


def _plasticity(
    parameters: NetworkParameters, constants: Constants, laps: Laps
) -> Callable[[np.ndarray], np.ndarray]:
    """Factor on the plasticity at times in s (spike,)."""
    factor = (laps.walk.speed > constants["plasticity_speed_m_s"]).astype(float)
    if parameters.design.is_rewarded:
        place = np.nan_to_num(laps.behaviour["track_position"].values, nan=np.inf)
        near = place < REWARD_ZONE * parameters.track.graph.length
        factor[near] *= constants["reward_plasticity"]
    return lambda times: factor[laps.walk.sample(times)]


def gains_of(
    parameters: NetworkParameters, constants: Constants, wiring: Wiring, rng: Rng
) -> dict[str, GainSetting]:
    """Set the gain in NREM, for all states or for that alone."""
    depresses = parameters.design.control == DEPRESSION
    used = without_adaptation(constants) if depresses else constants

    def maker(state: str) -> Callable[[float], Trial]:
        return lambda gain: trial_in(state, gain, used, depresses)

    states = STATES if parameters.design.own_gain else ("nrem",)
    found = set_gains(wiring, [maker(state) for state in states], parameters.search, rng)
    return dict(zip(STATES, found * (len(STATES) // len(states)), strict=True))


def controlled(design: Design, wiring: Wiring, rng: Rng) -> Wiring:
    """Take from the recurrent weights what a control takes."""
    connected = wiring.recurrent > 0
    values = wiring.recurrent[connected]
    if design.control == "shuffled_weights":
        values = rng("shuffled weights").permutation(values)
    elif design.control == "no_learning":
        values = np.full_like(values, values.mean())
    else:
        return wiring
    recurrent = np.zeros_like(wiring.recurrent)
    recurrent[connected] = values
    return replace(wiring, recurrent=recurrent)


def run_offline(
    parameters: NetworkParameters,
    constants: Constants,
    wiring: Wiring,
    settings: Mapping[str, GainSetting],
    rng: Rng,
) -> Activity:
    """Run all states side by side on noise: trials of rest, then of NREM, then of REM."""
    control = parameters.design.control
    depresses = control == DEPRESSION
    used = without_adaptation(constants) if control in NOT_ADAPTING else constants
    states = [state for state in STATES for _ in range(parameters.n_trials(state))]
    trials: list[Trial] = [trial_in(s, settings[s].gain, used, depresses) for s in states]
    rngs = [rng(f"noise {index}") for index in range(len(trials))]
    return simulate_network(wiring, trials, parameters.trial_s + SETTLING, rngs)
