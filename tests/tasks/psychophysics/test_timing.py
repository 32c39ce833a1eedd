"""Times of a trial: published ranges at 150 steps, and all in order at any length."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psychophysics_trials import drawn

from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.timing import Timing

LENGTHS = {  # of stimulus 1, delay, stimulus 2 and response: lowest is left out, as published
    150: [(38, 50), (16, 25), (38, 50), (21, 25)],
    30: [(8, 10), (4, 5), (8, 10), (5, 5)],
}


@pytest.mark.parametrize("n_steps", LENGTHS)
@pytest.mark.parametrize("task", ["Go", "COMP1", "DMS"])
def test_epochs_fill_the_published_ranges(task, n_steps):
    epochs = drawn(task, n=600, n_steps=n_steps).epochs
    lengths = np.diff(np.column_stack([epochs, np.full(600, n_steps)]), axis=1)[:, 1:]
    assert list(zip(lengths.min(axis=0), lengths.max(axis=0), strict=True)) == LENGTHS[n_steps]
    assert (epochs[:, 0] == 0).all()
    assert abs(np.corrcoef(lengths[:, 0], lengths[:, 2])[0, 1]) < 4 / np.sqrt(600)


def test_trials_without_delay_show_their_stimuli_until_the_response():
    for task in ("AntiGoMod1", "MultiDM"):
        trials = drawn(task, n=20, n_steps=150)
        _, first, _, _, response = trials.epochs.T
        last = trials.shown.duration.max(axis=(1, 2))
        np.testing.assert_array_equal(last, response - first)
        assert (trials.inputs[np.arange(20), response, 1:] == 0).all()
        assert (trials.inputs[np.arange(20), response - 1, 1:] != 0).any(axis=1).all()


def test_reaction_trials_show_the_stimulus_in_the_response_epoch_and_keep_fixation_on():
    trials = drawn("RTGo", n=20, n_steps=150)
    responding = np.arange(150) >= trials.epochs[:, -1, None]
    np.testing.assert_array_equal((trials.inputs[..., 1:] > 0).any(axis=2), responding)
    assert (trials.inputs[..., 0] == 1).all()


def test_fixation_goes_off_at_the_response_epoch_in_all_other_tasks():
    for name, task in TASKS.items():
        if not task.reaction:
            trials = drawn(name, n=5)
            before = np.arange(52) < trials.epochs[:, -1, None]
            np.testing.assert_array_equal(trials.inputs[..., 0], before)


def test_delay_is_as_published_where_one_modality_is_timed_and_gives_way_to_long_sums():
    for task in ("Dur1", "AntiDur2", "Dur2Mod1"):
        epochs = drawn(task, n=400, n_steps=150).epochs
        delay = epochs[:, 3] - epochs[:, 2]
        assert (delay.min(), delay.max()) == (16, 25)
    epochs = drawn("MultiDur1", n=2000, n_steps=150).epochs
    delay = epochs[:, 3] - epochs[:, 2]
    assert delay.min() >= 10  # 150 less the longest: 25 of response, 55 and 60 of stimuli
    assert (epochs[delay < 16, 1] == 0).all()  # shortened only where nothing else is left


@settings(max_examples=60, deadline=None)
@given(
    task=st.sampled_from(sorted(TASKS)),
    n_steps=st.integers(30, 200),
    seed=st.integers(0, 2**32),
)
def test_epochs_are_in_order_and_the_target_is_right_at_any_length(task, n_steps, seed):
    trials = drawn(task, n=8, n_steps=n_steps, seed=seed)
    assert (trials.epochs[:, 1] >= 0).all()
    assert (np.diff(trials.epochs[:, 1:], axis=1) >= 1).all()
    assert (trials.epochs[:, -1] < n_steps - trials.timing.grace).all()
    assert trials.timing.withheld.start >= trials.epochs[:, -1].max()
    assert np.isfinite(trials.inputs).all()
    assert judge(trials.target, trials).all()


def test_durations_scale():
    assert Timing().scaled(37) == 37
    assert Timing(75).scaled(25) == 13  # halves are rounded up
    assert Timing(30).scaled(1) == 1
    assert Timing().withheld == slice(144, 149)
    assert Timing(30).withheld == slice(29, 30)
