"""The CA3 network against the differential equations, and trial against trial."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from neurosim import NeurosimError
from neurosim.network.adex import EXCITATION, INHIBITION, Units
from neurosim.network.ca3 import Wiring, draw_wiring, simulate_network
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.network.synapses import Pathways, Resources
from neurosim.network.trial import Trial

CONSTANTS = constants_of(read_constants(Path(__file__).parents[2] / "config" / "ca3_constants.csv"))
QUIET = CONSTANTS.replaced(mossy_rate_hz=0.0)


def nothing(n=1, m=1):
    return Wiring(
        *(np.zeros(shape, dtype=np.float32) for shape in ((n, n), (n, m), (m, n), (m, m)))
    )


def run(wiring, trials, duration, step_ms=0.2, seed=0):
    rngs = [np.random.default_rng([seed, index]) for index in range(len(trials))]
    return simulate_network(wiring, trials, duration, rngs, step_ms)


def exact_spikes(current, duration):
    """Spike times of one pyramidal cell by an adaptive solver, ms."""
    c = {name[3:]: value for name, value in CONSTANTS.items() if name.startswith("pc_")}
    capacity = c["membrane_ms"] * c["leak_ns"]

    def slope(_, y):
        v, w = y
        growth = c["leak_ns"] * c["slope_mv"] * np.exp((v - c["threshold_mv"]) / c["slope_mv"])
        dv = (-c["leak_ns"] * v + growth - w + current) / capacity
        return [dv, (c["subthreshold_ns"] * v - w) / c["adaptation_ms"]]

    def crossing(_, y):
        return y[0] - (c["threshold_mv"] + 5 * c["slope_mv"])

    crossing.terminal = True
    time, state, spikes = 0.0, [0.0, 0.0], []
    while True:
        done = solve_ivp(slope, (time, duration), state, events=crossing, rtol=1e-8, atol=1e-8)
        if not done.t_events[0].size:
            return np.array(spikes)
        time, (_, w) = done.t_events[0][0], done.y_events[0][0]
        spikes.append(time)
        held = c["refractory_ms"]
        rest = c["subthreshold_ns"] * c["reset_mv"]
        w = rest + (w + c["adaptation_pa"] - rest) * np.exp(-held / c["adaptation_ms"])
        time, state = time + held, [c["reset_mv"], w]


def test_a_cell_spikes_when_the_equations_say():
    current = 350.0
    expected = exact_spikes(current, 600.0)
    found = run(nothing(), [Trial(QUIET, 0.0, current)], 0.6, step_ms=0.01)
    assert expected.size > 5
    assert found.time.size == expected.size
    assert np.abs(found.time * 1000 - expected).max() < 1.0


def test_spikes_of_a_cell_are_never_closer_than_the_refractory_time():
    found = run(nothing(), [Trial(QUIET, 0.0, 3000.0)], 0.5)
    assert np.diff(found.time).min() * 1000 >= CONSTANTS["pc_refractory_ms"] - 0.2


def test_a_spike_arrives_after_the_delay_as_a_double_exponential():
    step = 0.1
    wiring = nothing(2, 1)
    wiring.recurrent[0, 1] = 1.0
    trials = [Trial(QUIET, 3.0)]
    units, pathways = Units(trials, 2, 1, step), Pathways(wiring, trials, step)
    course = []
    for number in range(800):
        pathways.arrive(number, units)
        course.append(units.trace[2 * EXCITATION : 2 * EXCITATION + 2, 0, 1].sum())
        units.advance(number)
        pathways.gather(number, np.array([0]) if number == 0 else np.zeros(0, dtype=int))
    capacity = CONSTANTS["pc_membrane_ms"] * CONSTANTS["pc_leak_ns"]
    conductance = np.array(course) * capacity / step  # nS
    decay, rise = CONSTANTS["recurrent_decay_ms"], CONSTANTS["recurrent_rise_ms"]
    assert np.flatnonzero(conductance > 1e-4)[0] == round(2.2 / step) + 1
    assert conductance.max() == pytest.approx(3.0 * decay / (decay - rise), rel=0.01)
    late = conductance[[400, 500]]
    assert late[1] / late[0] == pytest.approx(np.exp(-10 / decay), rel=1e-2)


def test_inhibition_lowers_what_excitation_raises():
    wiring = nothing(1, 1)
    wiring.inhibition[0, 0] = 1.0
    trials = [Trial(QUIET, 0.0)]
    units, pathways = Units(trials, 1, 1, 0.2), Pathways(wiring, trials, 0.2)
    for number in range(20):
        pathways.arrive(number, units)
        units.advance(number)
        pathways.gather(number, np.array([1]) if number == 0 else np.zeros(0, dtype=int))
    assert units.trace[2 * INHIBITION : 2 * INHIBITION + 2, 0, 0].sum() > 0
    assert units.trace[2 * EXCITATION : 2 * EXCITATION + 2, 0, 0].sum() == 0


def small_network(rng, n=60):
    recurrent = rng.gamma(1.0, 1.0, (n, n)).astype(np.float32)
    np.fill_diagonal(recurrent, 0)
    return draw_wiring(recurrent, CONSTANTS.replaced(n_basket=12), rng)


def test_a_trial_does_not_depend_on_which_others_run_with_it(rng):
    wiring = small_network(rng)
    trials = [Trial(CONSTANTS, gain) for gain in (0.0, 1.0, 2.0)]
    together = run(wiring, trials, 0.5)
    alone = simulate_network(wiring, trials[1:2], 0.5, [np.random.default_rng([0, 1])])
    times, units = together.of_trial(1)
    assert times.size > 20
    assert np.array_equal(times, alone.time)
    assert np.array_equal(units, alone.unit)
    assert np.array_equal(together.field[1], alone.field[0])


def test_equal_constants_need_not_be_the_same_object(rng):
    wiring = small_network(rng)
    shared = run(wiring, [Trial(CONSTANTS, 1.0)] * 2, 0.3)
    copied = run(wiring, [Trial(CONSTANTS.replaced(), 1.0) for _ in range(2)], 0.3)
    assert np.array_equal(shared.time, copied.time)
    assert np.array_equal(shared.unit, copied.unit)


def test_trials_follow_their_own_constants(rng):
    wiring = small_network(rng)
    loud = CONSTANTS.scaled("mossy_rate_hz", 2.0)
    activity = run(wiring, [Trial(CONSTANTS, 0.0), Trial(loud, 0.0)], 1.0)
    quiet, noisy = (activity.of_trial(trial)[0].size for trial in (0, 1))
    assert noisy > 1.5 * quiet > 0


def test_without_gain_the_recurrent_weights_do_nothing(rng):
    wiring = small_network(rng)
    cut = Wiring(np.zeros_like(wiring.recurrent), wiring.drive, wiring.inhibition, wiring.mutual)
    with_weights, without = (run(w, [Trial(CONSTANTS, 0.0)], 0.5) for w in (wiring, cut))
    assert np.array_equal(with_weights.time, without.time)


def test_a_second_spike_finds_less_transmitter():
    resources = Resources(np.array([0.2]), np.array([2500.0]), 3)
    first = resources.use(np.array([0]), np.array([1]), np.array([0]))
    second = resources.use(np.array([0]), np.array([1]), np.array([50]))
    late = resources.use(np.array([0]), np.array([1]), np.array([100_000]))
    assert first == pytest.approx(1.0)
    assert second == pytest.approx(1 - 0.2 * np.exp(-50 / 2500))
    assert late == pytest.approx(1.0)
    assert Resources.of([Trial(CONSTANTS, 1.0)], 3, 0.2) is None


def test_depression_acts_on_the_trials_that_have_it(rng):
    wiring = small_network(rng)
    activity = run(wiring, [Trial(CONSTANTS, 3.0), Trial(CONSTANTS, 3.0, depression=True)], 1.0)
    whole, depressed = (activity.of_trial(trial)[0].size for trial in (0, 1))
    assert depressed < whole


def test_what_cannot_run_side_by_side_is_said():
    with pytest.raises(NeurosimError, match="expected one generator for each of 1 trials, found 0"):
        simulate_network(nothing(), [Trial(QUIET, 0.0)], 0.1, [])
    trials = [Trial(QUIET, 0.0), Trial(QUIET.scaled("recurrent_delay_ms", 1.5), 0.0)]
    with pytest.raises(NeurosimError, match="recurrent_delay_ms: expected one value"):
        run(nothing(), trials, 0.1)


def test_connections_of_basket_cells_have_their_probabilities(rng):
    wiring = draw_wiring(np.zeros((500, 500)), CONSTANTS, rng)
    assert wiring.n_pyramidal == 500
    assert wiring.n_basket == 150
    for name in ("drive", "inhibition", "mutual"):
        assert abs(getattr(wiring, name).mean() - CONSTANTS[f"{name}_probability"]) < 0.02


def test_a_synapse_must_rise_faster_than_it_decays():
    slow = QUIET.replaced(recurrent_rise_ms=9.5)
    with pytest.raises(NeurosimError, match=r"recurrent_rise_ms: expected more than 0 and less"):
        run(nothing(), [Trial(slow, 0.0)], 0.1)
