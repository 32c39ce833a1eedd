"""Tuning of units in pairs of tasks: planted motor and sensory units are told apart."""

import numpy as np
import pytest
from instructed_networks import experiment, ruled
from psychophysics_trials import circular, drawn

from neurosim.models.instructed.unit_tuning import (
    Recorded,
    direction_shown,
    flipping_pairs,
    measure_flips,
    measure_tuning,
    measure_turns,
    number_shown,
    record,
    stimuli_that_count,
    turning_pairs,
    windowed,
)
from neurosim.tasks.psychophysics.catalogue import TASKS

PREFERRED = np.linspace(0, 2 * np.pi, 8, endpoint=False)
GOS = [task for pair in turning_pairs(list(TASKS)) for task in pair if "Go" in task]
CHOICES = [task for pair in turning_pairs(list(TASKS)) for task in pair if "DM" in task]
COMPARISONS = [task for pair in flipping_pairs(list(TASKS)) for task in pair if "COMP" in task]


def test_all_pairs_of_the_whole_study():
    assert len(turning_pairs(list(TASKS))) == 7
    assert len(flipping_pairs(list(TASKS))) == 7
    assert ("MultiDM", "AntiMultiDM") in turning_pairs(list(TASKS))
    assert ("AntiMultiCOMP1", "AntiMultiCOMP2") in flipping_pairs(list(TASKS))


@pytest.mark.parametrize("task", GOS)
def test_the_direction_shown_in_go_is_the_right_one_or_its_opposite(task):
    trials = drawn(task)
    direction, strength = direction_shown(trials)
    assert circular(direction + np.pi * TASKS[task].anti, trials.direction).max() < 1e-9
    assert (strength >= 0.8).all()


@pytest.mark.parametrize("task", CHOICES)
def test_the_contrast_points_to_the_stronger_direction(task):
    trials = drawn(task)
    directions, _ = stimuli_that_count(trials)
    direction, strength = direction_shown(trials)
    away = np.pi * TASKS[task].anti
    distance = circular(directions - away, direction[:, None] - away)
    chosen = circular(directions, trials.direction[:, None]) < 1e-9
    near = distance.argmin(axis=1)
    assert (chosen.argmax(axis=1) == (near ^ TASKS[task].anti)).all()
    assert (strength > 0).all()


@pytest.mark.parametrize("task", COMPARISONS)
def test_the_contrast_in_time_says_whether_a_response_is_due(task):
    trials = drawn(task)
    first_stronger = number_shown(trials) > 0
    due = first_stronger ^ TASKS[task].anti ^ TASKS[task].second
    assert (due == ~np.isnan(trials.direction)).all()


@pytest.mark.parametrize("task", ["DMS", "DNMS"])
def test_the_distance_says_whether_a_response_is_due(task):
    trials = drawn(task)
    due = (number_shown(trials) < 1e-9) ^ TASKS[task].anti
    assert (due == ~np.isnan(trials.direction)).all()


def recorded(task, of_trial, seed=0):
    """Trials of a task, and units (window, trial, unit) that follow what was drawn, with noise."""
    trials = drawn(task, n=200, seed=seed)
    activity = of_trial(trials)
    noise = np.random.default_rng(seed).normal(0, 0.05, (3, *activity.shape))
    return Recorded(trials, activity + noise)


def motor(trials):
    return np.cos(trials.direction[:, None] - PREFERRED)


def sensory(trials):
    direction, strength = direction_shown(trials)
    return strength[:, None] * np.cos(direction[:, None] - PREFERRED)


def choosing(trials):
    sign = 1 - 2 * list(TASKS.values())[trials.task[0]].anti
    return sign * sensory(trials)


def both(one, other):
    return lambda trials: np.concatenate([one(trials), other(trials)], axis=1)


@pytest.mark.parametrize(
    ("pair", "turning", "staying"),
    [
        (("Go", "AntiGo"), motor, sensory),
        (("GoMod2", "AntiGoMod2"), motor, sensory),
        (("DM", "AntiDM"), choosing, sensory),
        (("DMMod1", "AntiDMMod1"), choosing, sensory),
        (("MultiDM", "AntiMultiDM"), choosing, sensory),
    ],
)
def test_motor_units_turn_by_pi_and_sensory_units_stay(pair, turning, staying):
    units = both(turning, staying)
    found = measure_turns(recorded(pair[0], units, 1), recorded(pair[1], units, 2))
    assert circular(found["turn"].values[:, :8], np.pi).max() < 0.3
    assert np.abs(found["turn"].values[:, 8:]).max() < 0.3
    assert (found["turn_n"] == 16).all()
    before, after = found["preferred_direction"].transpose("pole", ...).values
    assert circular(after - before, found["turn"].values).max() < 1e-9
    assert circular(before[:, :8], PREFERRED).max() < 0.3
    assert (found["tuning_depth"] > 0.8).all()
    assert found["turn_near"].values == pytest.approx(0.5)
    assert (found["turn_near_low"] < 0.5).all()
    alone = measure_turns(recorded(pair[0], turning, 1), recorded(pair[1], turning, 2))
    assert (alone["turn_v_p"] < 1e-4).all()
    assert circular(alone["turn_mean"].values, np.pi).max() < 0.1
    same = measure_turns(recorded(pair[0], staying, 1), recorded(pair[1], staying, 2))
    assert (same["turn_v_p"] > 0.99).all()


@pytest.mark.parametrize("pair", [("DMS", "DNMS"), ("COMP1", "COMP2"), ("COMP1Mod1", "COMP2Mod1")])
def test_units_of_the_decision_flip_and_units_of_the_stimulus_do_not(pair):
    def follows(trials):
        return number_shown(trials)[:, None] * np.array([1.0, -1.0, 0.5, -2.0])

    def decides(trials):
        task = list(TASKS.values())[trials.task[0]]
        sign = -1 if task.anti or task.second else 1
        return sign * follows(trials)

    units = both(decides, follows)
    found = measure_flips(recorded(pair[0], units, 1), recorded(pair[1], units, 2))
    assert (found["flip_n"] == 8).all()
    assert found["flip_share"].values == pytest.approx(0.5)
    assert (np.sign(found["slope"]).prod("pole").values == [[-1] * 4 + [1] * 4] * 3).all()
    alone = measure_flips(recorded(pair[0], decides, 1), recorded(pair[1], decides, 2))
    assert alone["flip_correlation"].values == pytest.approx(-1.0, abs=0.1)
    assert alone["flip_p"].values == pytest.approx(2 / 2**4)


@pytest.mark.parametrize(("task", "last"), [("DM", 1), ("COMP1", 3)])
def test_windows_are_those_of_each_trial(task, last):
    trials = drawn(task, n=6, n_steps=60)
    activity = np.random.default_rng(0).normal(size=(6, 60, 3))
    found = windowed(activity, trials)
    for number, (response, start) in enumerate(trials.epochs[:, [-1, last]]):
        step = np.arange(start, response)
        slope, _ = np.polyfit(step, activity[number, start:response], 1)
        assert found[2, number] == pytest.approx(slope * (step.size - 1))
        assert found[0, number] == pytest.approx(activity[number, response - 1])
        late = activity[number, response + trials.timing.grace :]
        assert found[1, number] == pytest.approx(late.mean(axis=0))


def test_integrators_ramp_by_contrast_and_their_sign_is_the_tasks():
    def integrate(task, seed):
        trials = drawn(task, n=200, seed=seed, n_steps=60)
        direction, strength = direction_shown(trials)
        sign = 1 - 2 * TASKS[task].anti
        drive = sign * strength[:, None] * np.cos(direction[:, None] - PREFERRED)
        shown = np.arange(60) - trials.epochs[:, [1]]  # nothing to integrate before
        activity = np.maximum(shown, 0)[:, :, None] / 20 * drive[:, None]
        return Recorded(trials, windowed(activity, trials))

    found = measure_turns(integrate("DM", 1), integrate("AntiDM", 2)).sel(window="ramp")
    assert found["turn_n"] == PREFERRED.size
    assert found["turn_near"] == 1
    assert circular(found["preferred_direction"].values[0], PREFERRED).max() < 0.1
    length = drawn("DM", n=200, seed=1, n_steps=60).epochs
    rise = (length[:, -1] - length[:, 1] - 1).mean() / 20
    assert found["tuning_depth"].values == pytest.approx(rise, rel=0.1)


def test_a_study_measures_the_pairs_it_has_and_says_which_were_held_out():
    source = experiment().source

    def of_task(task):
        return record(ruled(), task, source, 20, np.random.default_rng(0))

    turns, flips = measure_tuning(of_task, ["Go", "AntiGo", "DMS", "DNMS", "DM"], ["AntiGo"])
    assert list(turns["turning"].values) == ["Go, AntiGo"]
    assert turns["turning_held_out"].values.tolist() == [[0, 1]]
    assert turns["turn"].sizes == {"turning": 1, "window": 3, "unit": 12}
    assert flips["flipping_held_out"].values.tolist() == [[0, 0]]
    assert measure_tuning(of_task, ["Go", "DM"], []) == []
