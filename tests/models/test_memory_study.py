"""The memory study from its configuration: methods and networks by name, and what is varied."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
import xarray as xr
import yaml

from neurosim import NeurosimError
from neurosim.models.memory_study import (
    METHODS,
    learn_in_turn,
    learn_to_learn,
    methods_of,
    networks_of,
    vary_sequence,
)
from neurosim.models.plain_networks import Perceptron, PlainLSTM, n_weights, new_network, same_size
from neurosim.tasks.transfer import average_error

SHIPPED = yaml.safe_load((Path(__file__).parents[2] / "config" / "config.yaml").read_text())
MEMORY = {"n_slots": 4, "width": 4, "n_heads": 1, "order": "steps", "when_full": "free_gates"}
AGENT = {"controller": "lstm", "width": 6, "memory": MEMORY | {"sharpness": 4.0}}
SMALL = {"agent": AGENT, "seed_agent": AGENT}
LEARNER = {"n_epochs": 2, "batch_size": 8, "replay_size": 4, "memory_size": 12}
FUNCTIONS = {"n_tasks": 2, "n_features": 4, "n_train": 12, "n_test": 20, "cue": True}
MAZES = {"n_mazes": 2, "n_train": 6, "n_test": 6}


def test_the_shipped_networks_are_what_their_names_say():
    networks = networks_of(SHIPPED["memory"])
    built = {name: factory(64, 64) for name, factory in networks.items()}
    assert built["agent"].memory.given.n_slots == 32
    assert built["controller"].memory is None
    assert built["controller"].given.width == built["agent"].given.width
    seed = built["seed_agent"].given
    sizes = seed.memory.n_slots, seed.memory.width, seed.memory.n_heads, seed.width
    assert sizes == (128, 64, 4, 128)  # H006
    for name, whole in (("seed_plain", "seed_agent"), ("plain", "agent"), ("recurrent", "agent")):
        assert 1 <= n_weights(built[name]) / n_weights(built[whole]) < 1.02


@pytest.mark.parametrize("kind", [Perceptron, PlainLSTM])
@pytest.mark.parametrize(("n_inputs", "n_outputs", "width"), [(5, 3, 20), (64, 64, 7), (1, 1, 1)])
def test_a_network_of_the_same_size_as_one_of_its_kind_is_that_one(
    kind, n_inputs, n_outputs, width
):
    before = torch.random.get_rng_state()
    other = partial(kind, width=width)
    made = same_size(kind, other)(n_inputs, n_outputs)
    wanted = n_weights(other(n_inputs, n_outputs))
    assert n_weights(made) == wanted
    torch.random.set_rng_state(before)
    again = same_size(kind, other)(n_inputs, n_outputs)
    torch.random.set_rng_state(before)
    alone = kind(n_inputs, n_outputs, width)
    for a, b in zip(again.parameters(), alone.parameters(), strict=True):
        assert torch.equal(a, b)  # counting draws nothing


def test_methods_are_looked_up_by_name_and_unknown_ones_refused():
    chosen = methods_of(["er", "agent,no_memory", "seed_agent"])
    assert [method.network for method in chosen.values()] == ["plain", "controller", "seed_agent"]
    assert METHODS["er,recurrent"].network == "recurrent"
    assert METHODS["agent,joint"].joint
    assert METHODS["seed_agent,no_replay"].replay is None
    with pytest.raises(NeurosimError, match=r"'der\+\+'.*found 'replay'"):
        methods_of(["replay"])


def test_every_method_has_a_network():
    assert {method.network for method in METHODS.values()} <= set(networks_of(SMALL))


def test_every_method_learns_the_mazes():
    """With two runs of every kind of replay, lesions among them."""
    data = learn_in_turn(
        "remapping_mazes", MAZES, list(METHODS), LEARNER, networks_of(SMALL), 1, seed=1
    )
    names = data["learner"].values.tolist()
    assert set(METHODS) < set(names)
    assert {"agent,reads_zero", "seed_agent,reads_zero", "zero", "mean"} <= set(names)
    assert np.isfinite(data["error"]).all()
    assert {"best_accuracy", "best_choice_accuracy"} <= set(data.data_vars)


def test_what_is_varied_reaches_the_agent_and_the_learner():
    tasks = {
        "kind": "functions",
        "options": FUNCTIONS,
        "methods": ["agent"],
        "learner": LEARNER | {"alpha": 0.6},
        "n_seeds": 2,
    }
    plain = learn_in_turn(**tasks, networks=networks_of(SMALL), seed=1)
    wanted = average_error(plain["error"].sel({"learner": "agent"}).values)
    for varied, values in (("n_slots", [4, 8]), ("alpha", [0.6, 0.0]), ("sharpness", [4.0, 0.0])):
        data = vary_sequence(tasks, SMALL, varied, values, seed=1)
        assert data["average_error"].dims == ("value", "seed")
        np.testing.assert_array_equal(data["average_error"][0], wanted)
        assert not np.array_equal(data["average_error"][1], wanted), varied


def test_families_are_learned_by_the_networks_that_are_chosen():
    few = {"training": {"n_tasks": 4, "n_updates": 2, "batch_size": 2}}
    few |= {"n_validation": 2, "n_test": 3, "n_steps": 5, "rates": [0.1, 1.0]}
    given = "functions", {"n_features": 4, "n_query": 6}, ["plain", "agent"], few
    data = learn_to_learn(*given, networks_of(SMALL), 2, seed=1)
    assert {"maml", "scratch", "maml,agent"} <= set(data["learner"].values)
    assert data["mean_error"].dims == ("seed", "task")
    xr.testing.assert_identical(data, learn_to_learn(*given, networks_of(SMALL), 2, seed=1))


def test_the_agent_and_its_controller_start_alike_where_they_are_the_same():
    """So that leaving the memory out changes nothing else."""
    agent, alone = (
        new_network(networks_of(SMALL)[name], 3, 2, np.random.default_rng(1))
        for name in ("agent", "controller")
    )
    for (name, a), (_, b) in zip(
        agent.controller.named_parameters(), alone.controller.named_parameters(), strict=True
    ):
        assert torch.equal(a, b), name
