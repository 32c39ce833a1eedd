"""Learning to learn, side by side: the table, and that its curves are of adapted networks."""

from functools import partial

import numpy as np
import pytest
import torch
import xarray as xr

from neurosim import NeurosimError
from neurosim.models.few_shot_study import METHODS, RATES, FewShotParameters, compare_few_shot
from neurosim.models.maml import InnerParameters
from neurosim.models.meta_training import MetaTraining, TaskSet
from neurosim.models.plain_networks import Perceptron, PlainLSTM
from neurosim.models.task_losses import Batch
from neurosim.tasks.continual import TaskFamily, build_family
from neurosim.tasks.examples import Examples, Task


def lines(rng):
    """y = a x with a slope of its own, of either sign."""
    slope = np.float32(rng.uniform(1.0, 2.0) * rng.choice([-1.0, 1.0]))
    x = rng.normal(size=(2, 10, 1, 1)).astype(np.float32)
    return Task(f"{slope:.2f}", *(Examples(part, slope * part) for part in x))


LINES = TaskFamily("lines", "regression", 1, 1, lines)
TRAINING = MetaTraining(40, 100, 6, 5e-3, inner=InnerParameters(5, 0.03))
SMALL = FewShotParameters(TRAINING, n_validation=10, n_test=20, n_steps=7)
NETWORKS = {"plain": partial(Perceptron, width=16)}


@pytest.fixture(scope="module")
def study():
    return compare_few_shot(LINES, NETWORKS, SMALL, 2, seed=1)


def test_the_table_holds_a_curve_for_each_unseen_task(study):
    assert study["error"].dims == ("learner", "seed", "task", "step")
    assert study["error"].shape == (len(METHODS), 2, 20, 8)
    assert study["learner"].values.tolist() == list(METHODS)
    assert study.attrs == {"family": "lines", "kind": "regression"}
    assert set(study["rate"].values.ravel()) <= set(RATES)
    assert all({"units", "long_name"} <= set(v.attrs) for v in study.data_vars.values())
    assert np.isfinite(study["error"]).all()


def test_learning_to_learn_is_worth_more_than_learning_all_at_once(study):
    """The mean of slopes of both signs is no start for any of them."""
    error = study["error"].mean(["seed", "task"])
    after = error.sel(step=5)
    assert after.sel({"learner": "maml"}) < 0.3 * error.sel({"learner": "maml", "step": 0})
    for taught in ("maml", "first_order"):
        for other in ("pretrained", "scratch"):
            assert after.sel({"learner": taught}) < after.sel({"learner": other})


def test_the_same_seed_gives_the_same_table_also_in_parts(study):
    some = ("first_order", "scratch")
    parts = [compare_few_shot(LINES, NETWORKS, SMALL, 1, 1, some, first=i) for i in range(2)]
    xr.testing.assert_identical(xr.concat(parts, dim="seed"), study.sel({"learner": list(some)}))


def test_rates_are_not_chosen_on_the_tasks_that_are_reported(monkeypatch):
    seen = []

    def spied(network, tasks, given, rates):
        seen.append(tasks)
        return rates[0]

    monkeypatch.setattr("neurosim.models.few_shot_study.best_rate", spied)
    found = compare_few_shot(LINES, NETWORKS, SMALL, 1, 1, ("scratch",))
    (tasks,) = seen
    assert len(tasks) == SMALL.n_validation
    assert found["rate"] == SMALL.rates[0]
    assert found["error"].sizes["task"] == SMALL.n_test


def test_mazes_are_learned_by_recurrent_networks_each_by_its_name():
    family = build_family("mazes", {"maze": {"cells": {"n_cells": 8}}, "n_query": 4})
    training = MetaTraining(6, 3, 2, inner=InnerParameters(2, 0.1))
    given = FewShotParameters(training, n_validation=2, n_test=3, n_steps=2, rates=(0.1, 1.0))
    networks = {"plain": partial(PlainLSTM, width=8), "narrow": partial(PlainLSTM, width=4)}
    found = compare_few_shot(family, networks, given, 1, 1, ("maml", "scratch"))
    names = ["maml", "scratch", "maml,narrow", "scratch,narrow"]
    assert found["learner"].values.tolist() == names
    assert found["error"].shape == (4, 1, 3, 3)
    assert ((found["error"] >= 0) & (found["error"] <= 1)).all()
    assert not (found["error"].isel(step=0) == found["error"].isel(step=2)).all("task").any()


def test_parameters_come_from_nested_keys():
    given = {"n_test": 3, "rates": [0.1], "training": {"n_tasks": 5, "inner": {"n_steps": 2}}}
    found = FewShotParameters.from_mapping(given)
    training = MetaTraining(5, inner=InnerParameters(2))
    assert found == FewShotParameters(training, n_test=3, rates=(0.1,))
    assert FewShotParameters.from_mapping({}) == FewShotParameters()


def test_unknown_methods_are_refused():
    with pytest.raises(NeurosimError, match="'first_order', 'maml', 'pretrained', 'scratch'"):
        compare_few_shot(LINES, NETWORKS, SMALL, 1, 1, ("magic",))


def test_the_mean_answer_is_that_of_the_support_and_is_tested_on_the_query():
    known, asked = np.zeros((2, 3, 1, 1)), np.zeros((2, 2, 1, 1))
    known[1], asked[1] = [[[0.0]], [[1.0]], [[5.0]]], [[[2.0]], [[4.0]]]
    pairs = [torch.from_numpy(part) for part in (known, asked)]
    tasks = TaskSet(Batch(pairs[0], pairs[0]), Batch(pairs[1], pairs[1]), "regression")
    assert tasks.mean_errors() == pytest.approx([0.0, 2.0])
    classes = [torch.tensor(part) for part in ([[[1, 1], [2, -1]]], [[[1, 2], [1, -1]]])]
    tasks = TaskSet(Batch(classes[0], classes[0]), Batch(classes[1], classes[1]), "classification")
    assert tasks.mean_errors() == pytest.approx([1 / 3])


def test_the_table_holds_the_mean_answers_of_the_tasks_that_are_tested(study):
    """The slope of a line is lost on its mean: what is left is its variance."""
    assert study["mean_error"].shape == (2, 20)
    assert 0.5 < study["mean_error"].mean() < 5.0
