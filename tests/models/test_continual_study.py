"""Methods against forgetting side by side: the table, its pairs, and what replay is worth."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from torch import nn

from neurosim import NeurosimError
from neurosim.models.continual_methods import BASELINES, LearnerParameters, Method, ablations
from neurosim.models.continual_study import compare_methods
from neurosim.models.plain_networks import Perceptron, PlainLSTM, new_network
from neurosim.seeds import generator
from neurosim.tasks.continual import build_sequence
from neurosim.tasks.transfer import average_error, backward_transfer, forgetting
from neurosim.tasks.trivial_predictors import TRIVIAL, trivial_error

SMALL = LearnerParameters(n_epochs=2, batch_size=10, replay_size=5, memory_size=20, n_fisher=10)


class Reader(nn.Module):
    """A controller whose output sees what is read from a memory that is always the same."""

    def __init__(self, n_inputs, n_outputs):
        super().__init__()
        self.controller = PlainLSTM(n_inputs, 6, width=8)
        self.memory = nn.Linear(6, 4)
        self.output = nn.Linear(10, n_outputs)

    def forward(self, x, *, reads=True):
        hidden = self.controller(x)
        read = self.memory(hidden)
        read = read if reads else torch.zeros_like(read)
        return self.output(torch.cat([hidden, read], dim=-1))


NETWORKS = {
    "plain": lambda i, o: Perceptron(i, o, width=8),
    "agent": Reader,
    "controller": lambda i, o: PlainLSTM(i, o, width=8),
}


def mazes(rng):
    options = {"n_mazes": 3, "n_train": 20, "n_test": 10, "cells": {"n_cells": 12}}
    return build_sequence("remapping_mazes", options, rng)


def values(rng):
    options = {"n_tasks": 3, "n_features": 6, "n_train": 20, "n_test": 30}
    return build_sequence("functions", options, rng)


METHODS = {**BASELINES, **ablations()}


@pytest.fixture(scope="module")
def study():
    return compare_methods(mazes, NETWORKS, METHODS, SMALL, 2, seed=1)


def test_all_tasks_are_tested_at_all_times(study):
    assert study["error"].dims == ("learner", "seed", "time", "task")
    assert study["error"].shape == (len(METHODS) + len(TRIVIAL) + 1, 2, 4, 3)
    assert study["learner"].values.tolist()[: len(TRIVIAL)] == list(TRIVIAL)
    assert study["task"].values.tolist() == ["maze 0", "maze 1", "maze 2"]
    assert study["time"].values.tolist() == [0, 1, 2, 3]
    assert study.attrs["kind"] == "classification"
    assert study.attrs["n_steps"] == mazes(np.random.default_rng(0)).tasks[0].train.x.shape[1]
    sizes = study["n_weights"]
    assert sizes.sel(learner="agent") > sizes.sel(learner="agent,no_memory") > 0
    assert sizes.sel(learner="agent,reads_zero") == sizes.sel(learner="agent")
    assert (sizes.sel(learner=list(TRIVIAL)) == 0).all()
    assert all({"units", "long_name"} <= set(v.attrs) for v in study.data_vars.values())
    assert study["error"].notnull().all()
    xr.testing.assert_allclose(study["accuracy"], 1 - study["error"])
    learned = study["choice_accuracy"].sel({"learner": list(METHODS)})
    assert learned.notnull().all()
    assert study["choice_accuracy"].sel({"learner": list(TRIVIAL)}).isnull().all()


def test_the_same_seed_gives_the_same_table_also_in_parts(study):
    some = {name: METHODS[name] for name in ("er", "ewc", "agent")}
    parts = [compare_methods(mazes, NETWORKS, some, SMALL, 1, seed=1, first=i) for i in range(2)]
    found = xr.concat(parts, dim="seed", data_vars="all")
    assert found["seed"].values.tolist() == [0, 1]
    xr.testing.assert_identical(found["error"], study["error"].sel({"learner": found["learner"]}))
    other = compare_methods(mazes, NETWORKS, {"er": METHODS["er"]}, SMALL, 1, seed=2)
    er = {"learner": "er", "seed": 0}
    assert not np.array_equal(other["error"].sel(er), found["error"].sel(er))


def test_methods_with_one_network_start_from_the_same_weights(study):
    before = study["error"].sel(time=0)
    for name in ("er", "der++", "ewc", "joint"):
        xr.testing.assert_equal(
            before.sel({"learner": name}, drop=True),
            before.sel({"learner": "fine_tuning"}, drop=True),
        )
    first = study["error"].sel(time=1)
    assert not first.sel({"learner": "er"}).equals(first.sel({"learner": "fine_tuning"}))
    assert not before.sel({"learner": "agent"}).equals(before.sel({"learner": "agent,no_memory"}))


def test_what_the_best_observer_scores_comes_with_the_table(study):
    best = mazes(generator(1, "continual", 1, "tasks")).best
    for measure in ("accuracy", "choice_accuracy"):
        found = study[f"best_{measure}"]
        assert found.dims == ("seed", "task")
        assert found.sel({"seed": 1}).values == pytest.approx(best[measure])


def test_trivial_predictors_are_those_of_the_same_tasks(study):
    for seed in range(2):
        sequence = mazes(generator(1, "continual", seed, "tasks"))
        for name in TRIVIAL:
            found = study["error"].sel({"learner": name, "seed": seed})
            assert found.values == pytest.approx(trivial_error(sequence, name))


def test_a_lesion_is_of_the_same_trained_network():
    """Reads that the output does not see can be lost without loss; others not."""

    def deaf(n_inputs, n_outputs):
        network = Reader(n_inputs, n_outputs)
        with torch.no_grad():
            network.output.weight[:, 6:] = 0
        network.output.weight.register_hook(lambda g: g * (torch.arange(10) < 6))
        return network

    for factory, hears in ((deaf, False), (Reader, True)):
        method = {"agent": Method("agent", lesion=True)}
        found = compare_methods(values, {"agent": factory}, method, SMALL, 1, seed=1, trivial=())
        assert found["learner"].values.tolist() == ["agent", "agent,reads_zero"]
        whole, lesioned = found["error"].values
        assert np.array_equal(whole, lesioned) is not hears


def test_a_method_can_have_parameters_of_its_own():
    methods = {"er": METHODS["er"], "longer": METHODS["er"]}
    longer = {"longer": replace(SMALL, n_epochs=20)}
    found = compare_methods(values, NETWORKS, methods, SMALL, 1, 1, trivial=(), own=longer)
    error = found["error"].isel(seed=0, time=1, task=0)
    assert error.sel({"learner": "longer"}) < error.sel({"learner": "er"})
    assert found["accuracy"].isnull().all()


def test_networks_that_are_missing_or_cannot_be_lesioned_are_refused():
    with pytest.raises(NeurosimError, match="'er': expected a network among 'agent', found 'pla"):
        compare_methods(values, {"agent": Reader}, {"er": METHODS["er"]}, SMALL, 1, 1)
    with pytest.raises(NeurosimError, match="found Perceptron, whose forward has no 'reads'"):
        compare_methods(values, NETWORKS, {"it": Method(lesion=True)}, SMALL, 1, 1)


def test_new_networks_depend_on_their_generator_alone():
    torch.manual_seed(3)
    before = torch.random.get_rng_state()
    found = [new_network(PlainLSTM, 2, 2, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    weights = [nn.utils.parameters_to_vector(network.parameters()) for network in found]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(torch.random.get_rng_state(), before)


def test_replay_cuts_what_is_forgotten_of_digits_learned_class_by_class():
    """Fine-tuning forgets nearly all; replay of 200 keeps four fifths of it, and is near joint."""
    methods = {name: BASELINES[name] for name in ("fine_tuning", "er", "der++", "joint")}
    given = LearnerParameters(n_epochs=10, batch_size=32, replay_size=32)
    found = compare_methods(
        lambda rng: build_sequence("split_digits", {}, rng),
        {"plain": Perceptron}, methods, given, 1, 1, trivial=(),
    )["error"].values[:, 0]  # fmt: skip
    lost = dict(zip(methods, forgetting(found), strict=True))
    error = dict(zip(methods, average_error(found), strict=True))
    assert lost["fine_tuning"] > 0.9
    assert lost["er"] < 0.2 * lost["fine_tuning"]
    assert lost["der++"] < 0.2 * lost["fine_tuning"]
    assert error["joint"] < error["er"] < 0.2 < error["fine_tuning"]
    assert (backward_transfer(found) <= 0.01).all()
