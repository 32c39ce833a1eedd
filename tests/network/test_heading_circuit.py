"""A session of the heading circuit: what is commanded, moved, silenced and turned."""

import copy

import numpy as np
import pytest

from neurosim.cells.colliculus import draw_colliculus_cells
from neurosim.files import flag_names
from neurosim.network.heading_circuit import Timeline, simulate_heading_circuit
from neurosim.seeds import generator
from neurosim.simulation import SimulationParameters
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import hypnogram

DRUGS = ("saline", "ttx_right", "ttx_left", "ttx_both")


def circuit_of(values: dict, relabel: bool = False):
    """Run the circuit alone; `relabel` calls every inactivation saline, and changes nothing."""
    parameters = SimulationParameters.from_mapping(values)

    def rng(purpose: str) -> np.random.Generator:
        return generator(3, purpose)

    epochs = hypnogram(parameters.session, parameters.environments, rng("hypnogram"))
    if relabel:
        drug = epochs["inactivation"]
        drug.values[drug.values > 1] = 1
    behaviour, _ = simulate_behaviour(
        epochs, parameters.environments, parameters.circuit.movement, rng("behaviour")
    )
    cells = draw_colliculus_cells(parameters.circuit.colliculus, rng("cells"))
    circuit = simulate_heading_circuit(behaviour, epochs, cells, parameters.circuit, rng)
    return circuit, cells, epochs, behaviour


@pytest.fixture(scope="module")
def values(small_parameters) -> dict:
    values = copy.deepcopy(small_parameters)
    values["environments"] = {"arena": values["environments"]["arena"]}
    values["place_cells"] = None
    values["session"] |= {
        "inactivations": DRUGS,
        "inactivation_run_s": 30.0,
        "inactivation_sleep_s": 60.0,
    }
    return values


@pytest.fixture(scope="module")
def session(values):
    return circuit_of(values)


def rows(circuit, **wanted: str) -> np.ndarray:
    """Samples of the epochs with a state and an inactivation."""
    timeline = circuit.timeline
    keep = np.ones(timeline.state.size, dtype=bool)
    for name, value in wanted.items():
        keep &= getattr(timeline, name) == value
    return timeline.by_epoch(keep)


def test_the_timeline_covers_the_session_and_cuts_only_wake(session):
    timeline = session[0].timeline
    stretches = timeline.stretches(10.0)
    np.testing.assert_array_equal(stretches[1:, 0], stretches[:-1, 1])
    assert stretches[0, 0] == 0
    assert stretches[-1, 1] == timeline.n
    asleep = set(timeline.edges[:-1][~timeline.is_awake].tolist())
    assert asleep <= set(stretches[:, 0].tolist())
    longest = {bool(a): 0 for a in (True, False)}
    awake = timeline.by_epoch(timeline.is_awake)
    for first, last in stretches:
        longest[bool(awake[first])] = max(longest[bool(awake[first])], last - first)
    assert longest[True] == 2500
    assert longest[False] > 2500


def test_values_are_read_between_samples_but_not_across_epochs():
    timeline = Timeline(
        0.1, np.array([0, 5, 10]), np.array([0.0, 0.5, 1.0]), *(np.array(["a", "b"]),) * 3
    )
    values = np.where(np.arange(10) < 5, np.arange(10.0), 100.0)
    np.testing.assert_allclose(
        timeline.interpolate(values, np.array([0.05, 0.25, 0.45, 0.5, 2.0])),
        [0.5, 2.5, 4, 100, 100],
    )


def test_the_head_follows_the_command_awake_and_lies_still_asleep(session):
    circuit = session[0]
    for state in ("rem", "nrem"):
        here = rows(circuit, state=state)
        assert not circuit.turning.head_velocity[here].any()
        assert circuit.turning.command[here].any()
        assert not circuit.course.prediction_error[here].any()
    here = rows(circuit, state="run", inactivation="none")
    command, velocity = circuit.turning.command[here], circuit.turning.head_velocity[here]
    lags = [np.corrcoef(command[:-30], np.roll(velocity, -k)[:-30])[0, 1] for k in range(30)]
    assert np.argmax(lags) * 0.004 == pytest.approx(0.045, abs=0.012)


def test_commands_of_rem_are_more_frequent_than_those_of_wake_and_as_fast(session):
    circuit = session[0]
    speed = {
        s: np.abs(circuit.turning.command[rows(circuit, state=s)]).mean() for s in ("run", "rem")
    }
    assert 0.6 < speed["rem"] / speed["run"] < 1.6


def test_an_inactivation_takes_spikes_away_and_changes_nothing_else(values, session):
    circuit, cells, *_ = session
    untouched, *_ = circuit_of(values, relabel=True)
    for name in ("command", "head", "head_velocity", "eye"):
        np.testing.assert_array_equal(
            getattr(circuit.turning, name), getattr(untouched.turning, name), err_msg=name
        )
    same = rows(circuit, inactivation="none") | rows(circuit, inactivation="saline")
    for name in ("left", "right", "sensed_velocity", "sensed_heading", "noise"):
        got, wanted = getattr(circuit.signals, name), getattr(untouched.signals, name)
        np.testing.assert_array_equal(got[same], wanted[same], err_msg=name)
    np.testing.assert_array_equal(circuit.signals.noise, untouched.signals.noise)
    for drug, sides in {"ttx_right": ["right"], "ttx_left": ["left"]}.items():
        here = rows(circuit, inactivation=drug)
        for side in ("left", "right"):
            drive = getattr(circuit.signals, side)[here]
            if side in sides:
                assert not drive.any()
            else:
                np.testing.assert_array_equal(drive, getattr(untouched.signals, side)[here])
    times, units = circuit.spikes
    sample = np.minimum((times / 0.004).astype(int), circuit.timeline.n - 1)
    for drug, silent in {"ttx_right": {"right"}, "ttx_both": {"left", "right"}}.items():
        fired = set(cells.hemisphere[units[rows(circuit, inactivation=drug)[sample]]].tolist())
        assert fired == {"left", "right"} - silent


def test_the_side_that_is_left_turns_the_compass_in_rem_and_not_awake(session):
    circuit = session[0]
    speed = np.rad2deg(np.gradient(circuit.course.heading, 0.004))
    net = {d: speed[rows(circuit, state="rem", inactivation=d)].mean() for d in DRUGS}
    assert net["ttx_right"] < -50 < 50 < net["ttx_left"]
    assert abs(net["saline"]) < 40
    assert abs(net["ttx_both"]) < 40
    off = np.angle(np.exp(1j * (circuit.course.heading - circuit.turning.head)))
    for drug in DRUGS:  # awake, feedback holds the compass to the head
        assert (
            np.rad2deg(np.median(np.abs(off[rows(circuit, state="run", inactivation=drug)]))) < 15
        )


def test_inactivated_epochs_follow_the_normal_session(session):
    epochs = session[2]
    drug = flag_names(epochs["inactivation"])
    state = flag_names(epochs["state"])
    first = np.flatnonzero(drug != "none")[0]
    assert set(drug[:first]) == {"none"}
    assert list(dict.fromkeys(drug[first:])) == list(DRUGS)
    for name in DRUGS:
        assert state[drug == name][0] == "run"
        assert {"rem", "nrem"} <= set(state[drug == name])
    np.testing.assert_allclose(epochs["start"].values[1:], epochs["stop"].values[:-1])
