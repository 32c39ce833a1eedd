"""Experiments with the inner compass: each can come out otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.calibration import compass_measures as measures
from neurosim.calibration import internal_model
from neurosim.calibration.compass_constants import BASELINE, vary_constants
from neurosim.calibration.compass_sessions import (
    Block,
    ExperimentDesign,
    circuit_parameters,
    prepare_session,
    run_stretches,
    stretches_of,
)
from neurosim.network.compass import Course
from neurosim.network.prediction import Prediction, Wiring

DESIGN = ExperimentDesign(
    n_networks=2,
    arena_s=60.0,
    n_blocks=2,
    block_s=15.0,
    inactivation_run_s=10.0,
    training_s=30.0,
    wrong_gain=0.6,
    neglect_clockwise_fraction=0.95,
    reversal_deg=45.0,
)
CONSTANTS = {
    "colliculus_cells.base_rate_hz": (2.5, 8.0),
    "compass.transmission_delay_s": (0.004, 0.02),
    "movement.turns.amplitude_deg": (45.0, 110.0),
}


@pytest.fixture(scope="module")
def simulation(small_parameters) -> dict:
    """Circuit of the small recording, with fast turns."""
    turns = {
        "run_rate_hz": 0.8,
        "rem_rate_hz": 1.0,
        "nrem_rate_hz": 0.2,
        "amplitude_deg": 75.0,
        "amplitude_log_sd": 0.4,
        "duration_s": 0.35,
        "run_clockwise_fraction": 0.5,
    }
    movement = small_parameters["movement"] | {"turns": turns, "turn_sd_deg_s": 60.0}
    return small_parameters | {"movement": movement}


@pytest.fixture(scope="module")
def experiments(simulation):
    return internal_model.run_experiments(simulation, CONSTANTS, DESIGN, seed=1)


@pytest.fixture(scope="module")
def ready(simulation):
    circuit = circuit_parameters(simulation)
    blocks = DESIGN.blocks(("rem", "none"), ("rem", "ttx_right"))
    return prepare_session(circuit, blocks, 1, 0), circuit


def of_constant(experiments, key: str, variable: str) -> np.ndarray:
    """A variable with a constant low and high, in the condition where it counts."""
    data = experiments["constants"].to_dataset()
    values = data[variable]
    values = values.sel(condition="ttx_right") if "condition" in values.dims else values
    return values.values[data["constant"].values.astype(str) == key]


def test_constants_are_changed_by_their_place_and_nothing_else(simulation):
    before, after = (
        circuit_parameters(simulation, changes)
        for changes in ({}, {"movement.turns.rem_rate_hz": 2.0, "compass.synapse_s": 0.005})
    )
    assert (before.movement.turns.rem_rate_hz, after.movement.turns.rem_rate_hz) == (1.0, 2.0)
    assert after.compass.synapse_s == 0.005
    assert after.colliculus == before.colliculus
    assert circuit_parameters(simulation) == before  # what was given is left alone
    for key in ("compass.sinapse_s", "compass.synapse_s.more", "nothing"):
        with pytest.raises(NeurosimError, match=f"constant '{key}'"):
            circuit_parameters(simulation, {key: 1.0})


def test_ttx_silences_the_right_side_in_its_blocks_alone(ready):
    session, _ = ready
    silent = session.timeline.by_epoch(session.timeline.inactivation == "ttx_right")
    assert silent.any()
    assert (session.drives["right"][silent] == 0).all()
    assert (session.drives["right"][~silent] > 0).mean() > 0.9
    assert (session.drives["left"][silent] > 0).mean() > 0.9


def test_networks_differ_and_the_same_network_is_the_same(simulation, ready):
    session, circuit = ready
    blocks = DESIGN.blocks(("rem", "none"), ("rem", "ttx_right"))
    again, other = (prepare_session(circuit, blocks, 1, network) for network in (0, 1))
    assert (again.drives["left"] == session.drives["left"]).all()
    assert not (other.drives["left"] == session.drives["left"]).all()


def test_stretches_side_by_side_are_as_one_by_one(ready):
    session, circuit = ready
    stretches = stretches_of(session, "run", "none", longest=8.0)
    stretches += stretches_of(session, "rem", "ttx_right", prediction=Prediction(0.5, 0.4, 0.1))
    assert [s.rows.stop - s.rows.start for s in stretches] == [2000] * 7 + [3750] * 2
    together = run_stretches(stretches, circuit)
    for stretch, course in zip(stretches, together, strict=True):
        alone = run_stretches([stretch], circuit)[0]
        assert course.heading == pytest.approx(alone.heading, abs=1e-9)
        assert course.gain == pytest.approx(alone.gain)
        assert course.prediction_error == pytest.approx(alone.prediction_error)
    assert run_stretches([], circuit) == []


def test_the_ring_turns_as_far_as_its_input_says(ready):
    session, circuit = ready
    stretches = stretches_of(session, "rem", "ttx_right")
    rate, clockwise, other = measures.rotation_rates(
        run_stretches(stretches, circuit), stretches, 45.0
    )
    rows = np.concatenate([np.arange(s.rows.start, s.rows.stop) for s in stretches])
    gains, signals = session.prediction, session.signals
    velocity = gains.right * signals.right - gains.left * signals.left + gains.bias + signals.noise
    assert rate == pytest.approx(60 * np.rad2deg(velocity[rows].mean()), rel=0.03)
    assert rate < 0
    assert clockwise > 5
    assert other == 0


@given(st.integers(-20, 20), st.integers(0, 2**32 - 1))
def test_the_peak_of_a_cross_covariance_is_the_lag(shift, seed):
    rng = np.random.default_rng(seed)
    noise = np.convolve(rng.normal(size=700), np.hanning(15), mode="same")
    first, second = noise[100:600], noise[100 - shift : 600 - shift]
    covariance = measures.cross_covariance(first, second, 25)
    brute = [
        sum(first[i] * second[i + k] for i in range(max(0, -k), min(500, 500 - k)))
        for k in (-25, -3, 0, 8, 25)
    ]
    assert covariance[[0, 22, 25, 33, 50]] == pytest.approx(brute)
    assert measures.peak(covariance) == pytest.approx(shift, abs=0.2)


@pytest.mark.parametrize("lead", [-12, 0, 7])
def test_a_ring_that_is_ahead_is_right_at_its_lead(ready, lead):
    session, _ = ready
    stretches = stretches_of(session, "run", "none", longest=8.0)
    nothing = np.zeros(1)
    courses = [
        Course(np.roll(session.turning.head[s.rows], -lead), nothing, nothing) for s in stretches
    ]
    error, found = measures.least_error(stretches, courses)
    assert error == pytest.approx(0, abs=1e-9)
    assert found == pytest.approx(lead * session.timeline.step)


def test_peaks_lie_between_samples():
    lags = np.arange(-10, 11)
    assert measures.peak(50 - (lags - 2.3) ** 2) == pytest.approx(2.3)
    assert measures.peak(np.ones(5)) == pytest.approx(-1)  # flat: no curvature to divide by


def test_fast_turns_are_found_with_their_direction():
    step, command = 0.01, np.zeros(1000)
    command[200:230], command[500:520] = np.deg2rad(250), -np.deg2rad(300)
    command[5:20], command[700:760] = np.deg2rad(300), np.deg2rad(150)
    found = list(measures.fast_turns(command, step))
    # One at the edge has no room around it, and one is slow.
    assert [(rows.start, rows.stop, sign) for rows, sign in found] == [
        (490, 530, -1),
        (190, 240, 1),
    ]


def test_rates_change_the_drift_delays_the_lag_and_amplitudes_the_turns(experiments):
    drift = of_constant(experiments, "colliculus_cells.base_rate_hz", "net_rotation")
    assert drift[1] < drift[0] < 0
    lag = of_constant(experiments, "compass.transmission_delay_s", "turn_lag")
    assert lag[1] - lag[0] == pytest.approx(16.0, abs=1.0)
    turn = of_constant(experiments, "movement.turns.amplitude_deg", "turn_amplitude")
    assert turn[1] > turn[0] + 30
    data = experiments["constants"].to_dataset()
    assert (data["constant"].values.astype(str) == BASELINE).sum() == DESIGN.n_networks
    assert data["turn_amplitude"].values == pytest.approx(
        data["commanded_amplitude"].values, rel=0.25
    )
    assert np.abs(data["net_rotation"].sel(condition="none")).max() < 0.5 * np.abs(drift).min()


def test_the_efference_copy_gives_the_lead_and_feedback_the_accuracy(experiments):
    wirings = experiments["wirings"].to_dataset().mean("network")
    lead, error = wirings["anticipation"], wirings["heading_error"]
    assert lead.sel(wiring="full") > 10
    assert lead.sel(wiring="no_efference") < 0
    assert error.sel(wiring="no_feedback") > 2 * error.sel(wiring="full")
    best = wirings["best_lead"]
    assert best.sel(wiring="full") > 0 > best.sel(wiring="no_efference")
    assert wirings["best_lead_error"].sel(wiring="full") < error.sel(wiring="full")


def test_errors_are_gated_in_sleep_and_would_be_large(experiments):
    errors = experiments["errors"].to_dataset()["prediction_error"].mean("network")
    assert (errors.sel(gate="gated", state=["rem", "nrem"]) == 0).all()
    awake = errors.sel(state="run")
    assert awake.sel(gate="gated") == pytest.approx(float(awake.sel(gate="gate_open")))
    assert errors.sel(gate="gate_open", state="rem") > 2 * awake.sel(gate="gated")


def test_wake_corrects_a_gain_gated_dreams_leave_it_and_open_ones_unlearn_it(experiments):
    training = experiments["training"].to_dataset()
    gain = training["gain"]
    assert gain.isel(time=0).values == pytest.approx(0.6)
    after = gain.isel(time=-1)
    assert (after.sel(training="wake") > 0.65).all()
    assert (after.sel(training="rem,gated") == gain.isel(time=0).sel(training="rem,gated")).all()
    assert (after.sel(training="rem,gate_open") < 0.55).all()
    before, later = training["error_before"], training["error_after"]
    assert (later.sel(training="wake") < before.sel(training="wake")).all()
    assert (later.sel(training="rem,gate_open") > before.sel(training="rem,gate_open")).all()


def test_neglect_turns_wake_one_way_and_leaves_dreams_both(experiments):
    share = experiments["neglect"].to_dataset()["clockwise_fraction"].mean("network")
    assert share.sel(group="neglect", state="run") > share.sel(group="intact", state="run") + 0.15
    assert abs(share.sel(group="neglect", state="rem") - 0.5) < 0.2


def test_the_error_awake_is_least_with_the_gains_that_wake_sets(ready):
    session, _ = ready
    best = internal_model.awake_error(session, session.prediction)
    for part in (0.5, 0.9, 1.1, 2.0):
        scaled = Prediction(
            part * session.prediction.left,
            part * session.prediction.right,
            part * session.prediction.bias,
        )
        assert internal_model.awake_error(session, scaled) > best


def test_experiments_depend_on_the_seed_alone(simulation):
    small = ExperimentDesign(2, 20.0, 1, 5.0, 5.0, 5.0, 0.6, 0.95, 45.0)
    first, second, other = (
        internal_model.run_experiments(simulation, {}, small, seed) for seed in (1, 1, 2)
    )
    assert first.identical(second)
    assert not first.identical(other)


def test_without_an_efference_copy_gains_are_nought_and_nothing_is_learned(ready):
    session, circuit = ready
    stretches = stretches_of(session, "run", "none", longest=10.0)
    courses = run_stretches(stretches, circuit, Wiring(efference=False))
    assert all((course.gain == 0).all() for course in courses)


def test_a_session_begins_with_running():
    blocks = DESIGN.blocks(("nrem", "none"), ("rem", "saline"))
    assert blocks[0] == Block("run", "none", 60.0)
    assert [block.state for block in blocks[1:]] == ["nrem"] * 2 + ["run"] + ["rem"] * 2


def test_running_under_an_inactivation_makes_up_for_part_of_the_loss(simulation, ready):
    """What the error teaches awake is dreamt with: the compass turns less than it would at once."""
    found = vary_constants(simulation, {}, [ready[0]], DESIGN, 1)["net_rotation"]
    at_once, later = (found.sel(condition=c).item() for c in ("ttx_right_at_once", "ttx_right"))
    assert at_once < -3000
    assert later > at_once + 500
