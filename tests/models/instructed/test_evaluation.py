"""Performance is that of the trials as judged, and told as asked."""

import instructed_toy
import numpy as np
import pytest
import torch

from neurosim.models.instructed import evaluation
from neurosim.models.instructed.evaluation import (
    informed_performance,
    onset_activity,
    onset_steps,
    performance,
    respond,
    told_right,
    withholding_performance,
)
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.source import NUMBERS


@pytest.fixture(name="experiment")
def _experiment():
    return instructed_toy.experiment()


@pytest.fixture(name="learned")
def _learned():
    return instructed_toy.learned()


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_a_network_does_what_it_learned_and_not_what_it_is_told_wrongly(learned, experiment):
    tasks, source = ["Go", "GoMod1"], experiment.source
    right = performance(learned, tasks, source, 64, _rng())
    assert (right > 0.8).all()
    told_as = {"Go": "AntiGoMod1", "GoMod1": "AntiGoMod1"}
    assert (performance(learned, tasks, source, 64, _rng(), told_as=told_as) < 0.2).all()


def test_chunks_change_nothing(learned, experiment, monkeypatch):
    trials = experiment.source.draw("Go", 20, _rng())
    information = learned.information.of_task(0)
    whole = respond(learned.sensorimotor, trials.inputs, information)
    monkeypatch.setattr(evaluation, "N_AT_ONCE", 7)
    for ours, theirs in zip(
        respond(learned.sensorimotor, trials.inputs, information), whole, strict=True
    ):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_each_trial_is_judged(learned, experiment):
    trials = experiment.source.draw("Go", 30, _rng())
    telling = np.zeros(30, int)
    output, _ = respond(learned.sensorimotor, trials.inputs, learned.information.of_task(0))
    right = told_right(learned, trials, telling)
    np.testing.assert_array_equal(right, judge(output, trials))
    assert informed_performance(learned, trials, learned.information.of_task(0)) == right.mean()


def test_activity_is_taken_when_the_stimulus_appears(learned, experiment):
    tasks = ["Go", "RTGo"]
    found = onset_activity(learned, tasks, experiment.source, 8, _rng())
    assert found.shape == (2, 8, 64)
    rng = _rng()
    for number, task in enumerate(tasks):
        trials = experiment.source.draw(task, 8, rng)
        telling = torch.from_numpy(learned.information.tell(np.full(8, NUMBERS[task]), rng))
        _, activity = respond(learned.sensorimotor, trials.inputs, learned.information(telling))
        for trial in range(8):
            shown = np.abs(trials.inputs[trial, :, 1:]).max(axis=1) > 0.6  # beyond the noise
            onset = int(np.argmax(shown))
            assert onset == onset_steps(trials)[trial]
            np.testing.assert_allclose(found[number, trial], activity[trial, onset], atol=1e-5)


def test_withholding_is_right_where_nothing_is_due(experiment):
    for task, expected in (("Go", 0.0), ("COMP1", 0.5), ("ConDM", 0.5)):
        trials = experiment.source.draw(task, 40, _rng())
        output = np.where(trials.target[..., :1] > 0.5, 0.9, 0.05) * np.ones(33)
        output[..., 1:] = 0.05
        assert judge(output, trials).mean() == withholding_performance(trials) == expected


def test_numbers_are_those_of_the_catalogue():
    assert [NUMBERS[name] for name in TASKS] == list(range(50))
