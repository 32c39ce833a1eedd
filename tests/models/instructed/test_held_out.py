"""What is said of held-out tasks, against what is known of the network."""

import instructed_toy
import numpy as np
import pytest
import torch

from neurosim import NeurosimError
from neurosim.models.instructed.evaluation import performance
from neurosim.models.instructed.held_out import (
    composed_information,
    composed_performance,
    neighbour_performance,
    related_tasks,
    swapped_performance,
    told_as,
)
from neurosim.models.instructed.held_out_study import (
    HeldOutParameters,
    measure_held_out,
    measure_input_learning,
)
from neurosim.models.instructed.learning import (
    LearningParameters,
    batches_to_criterion,
    learn_task,
)
from neurosim.tasks.psychophysics.catalogue import (
    FAMILY_HOLD_OUTS,
    HOLD_OUTS,
    TASKS,
    held_out_tasks,
)
from neurosim.tasks.psychophysics.source import NUMBERS

BUDGET = LearningParameters(n_batches=4, n_trials=16)


@pytest.fixture(name="experiment")
def _experiment():
    return instructed_toy.experiment()


@pytest.fixture(name="learned")
def _learned():
    return instructed_toy.learned()


def _rng(seed=0):
    return np.random.default_rng(seed)


def test_related_tasks_compose_to_the_task_for_every_published_hold_out():
    for left_out in HOLD_OUTS:
        trained = [name for name in TASKS if name not in left_out]
        for task in left_out:
            found = related_tasks(task, trained)
            assert found
            for a, b, c in found:
                places = (TASKS[name].structure for name in (a, b, c, task))
                of_a, of_b, of_c, of_task = places
                np.testing.assert_array_equal(of_a - of_b + of_c, of_task)
                assert len({a, b, c, task}) == 4
                assert {TASKS[n].family for n in (a, b, c)} == {TASKS[task].family}


def test_the_published_example_is_among_the_compositions():
    trained = [name for name in TASKS if name != "AntiDMMod1"]
    assert ("DMMod1", "DMMod2", "AntiDMMod2") in related_tasks("AntiDMMod1", trained)


def test_structure_composes_to_itself(learned):
    relatives = related_tasks("AntiGo", ["Go", "GoMod1", "AntiGoMod1"])
    composed = composed_information(learned, relatives[0])
    torch.testing.assert_close(composed, learned.information.of_task(NUMBERS["AntiGo"]))


def test_a_task_without_relatives_has_no_composition(learned, experiment):
    found = composed_performance(learned, "AntiGo", ["Go"], experiment.source, 4, _rng())
    assert np.isnan(found)


def test_told_as_itself_is_its_performance(learned, experiment):
    ours = told_as(learned, "Go", ["Go", "AntiGoMod1"], experiment.source, 64, _rng())
    theirs = performance(learned, ["Go"], experiment.source, 64, _rng())
    assert ours[0] == theirs[0]
    assert ours[1] < ours[0]


def test_the_neighbour_is_the_trained_task_that_does_it_best(learned, experiment):
    trained = ["AntiGoMod1", "GoMod1"]
    part, name = neighbour_performance(learned, "GoMod1", trained, experiment.source, 32, _rng())
    assert name == "GoMod1"
    assert part > 0.8


def test_swapped_tasks_are_told_as_each_other(learned, experiment):
    found = swapped_performance(learned, ["Go", "AntiGo"], experiment.source, 32, _rng(1))
    rng = _rng(1)
    expected = [
        told_as(learned, "Go", ["AntiGo"], experiment.source, 32, rng)[0],
        told_as(learned, "AntiGo", ["Go"], experiment.source, 32, rng)[0],
    ]
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("input_only", [False, True])
def test_a_copy_learns_and_only_the_weights_it_may(learned, experiment, input_only):
    before = {name: value.clone() for name, value in learned.state_dict().items()}
    budget = LearningParameters(n_batches=25, n_trials=64, learning_rate=0.003)
    curve = learn_task(learned, "AntiGo", experiment.source, budget, _rng(), input_only)
    for name, value in learned.state_dict().items():
        assert torch.equal(value, before[name])
    assert all(weight.requires_grad for weight in learned.parameters())
    assert curve[-5:].mean() > curve[0] + 0.1


def test_input_learning_moves_nothing_else(learned, experiment, monkeypatch):
    kept = []
    monkeypatch.setattr(
        "neurosim.models.instructed.learning.deepcopy",
        lambda network: kept.append(__import__("copy").deepcopy(network)) or kept[0],
    )
    learn_task(learned, "AntiGo", experiment.source, BUDGET, _rng(), input_weights_only=True)
    moved = {
        name
        for (name, ours), theirs in zip(
            kept[0].named_parameters(), learned.parameters(), strict=True
        )
        if not torch.equal(ours, theirs)
    }
    assert moved == {
        "sensorimotor.recurrent.stimulus.weight",
        "sensorimotor.recurrent.stimulus.bias",
        "sensorimotor.recurrent.information.weight",
    }


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ([0.0, 0.5, 1, 1, 1, 1, 1, 0.9], 2),
        ([1.0, 0, 1, 0, 1, 0, 1, 0], np.inf),  # one good batch is not enough
        ([1.0, 1, 1, 1, 1, 0, 0, 0], 0),
        ([0.95, 0.95], 0),
    ],
)
def test_batches_are_counted_until_performance_stays(curve, expected):
    assert batches_to_criterion(np.array(curve)) == expected


def test_a_measure_has_all_parts_and_is_reproducible(learned, experiment):
    parameters = HeldOutParameters(n_trials=16, n_repeats=2, learning=BUDGET)
    found = measure_held_out(learned, "set_10", 0, experiment, parameters)
    again = measure_held_out(learned, "set_10", 0, experiment, parameters)
    assert found.identical(again)
    assert found["held_out"].values.tolist() == ["AntiGo"]
    assert "AntiGo" not in found["trained"].values
    assert found["curve"].shape == (1, 2, 4)
    assert found["withholding"].item() == 0
    assert "swapped" not in found  # with one task held out there is no other to tell
    assert found.attrs == {"network": "structurenet", "hold_out": "set_10", "number": 0}


def test_nothing_held_out_leaves_the_trained_tasks(learned, experiment):
    parameters = HeldOutParameters(n_trials=8, n_repeats=1, learning=BUDGET)
    found = measure_held_out(learned, "none", 0, experiment, parameters)
    assert set(found.data_vars) == {"training", "validation"}
    assert found.sizes["trained"] == 4


def test_input_learning_is_measured(learned, experiment):
    found = measure_input_learning(learned, "set_10", 0, experiment, BUDGET)
    assert found["curve"].shape == (1, 4)
    assert found["batches_to_criterion"].shape == (1,)


def test_hold_outs_are_named():
    assert held_out_tasks("none") == ()
    assert held_out_tasks("set_10") == HOLD_OUTS[9]
    assert held_out_tasks("family_anti_duration") == FAMILY_HOLD_OUTS["Anti duration"]
    with pytest.raises(NeurosimError, match="'set_11'"):
        held_out_tasks("set_11")
