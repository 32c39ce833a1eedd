"""The representation of a network: one built by hand, and one that was trained a little."""

import numpy as np
import pytest
import torch
from instructed_networks import WORDS, experiment, ruled, worded
from psychophysics_trials import circular
from torch import nn

from neurosim import NeurosimError
from neurosim.files import Provenance, load, save
from neurosim.models.instructed.representation import (
    RepresentationParameters,
    measure_representation,
)
from neurosim.models.instructed.training import Training, train
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS, held_out_tasks

TASKS_OF_STUDY = [
    *("Go", "AntiGo", "GoMod1", "AntiGoMod1", "DM", "AntiDM"),
    *("DMMod1", "AntiDMMod1", "DMMod2", "AntiDMMod2", "DMS", "DNMS"),
]
FEW = RepresentationParameters(n_trials=30, n_hidden=2, n_clusters=4, n_shuffles=2)


class TurningNetwork(nn.Module):
    """Units that hold the rule, and units that sum up the stimuli, turned round in anti tasks."""

    def __init__(self, network, n_motor=8):
        super().__init__()
        places = np.stack([task.structure for task in TASKS.values()]).astype(float)
        axes = np.linalg.lstsq(places, network.information.features.double().numpy())[0]
        self.pole = torch.from_numpy(axes[0] + axes[AXES.index("strongest_weakest")]).float()
        ring, preferred = (torch.arange(n) * 2 * torch.pi / n for n in (32, n_motor))
        self.weight = torch.cos(ring[:, None] - preferred)

    def forward(self, inputs, information):
        sign = (information @ self.pole)[:, None, None]
        motor = 0.02 * sign * ((inputs[:, :, 1:33] + inputs[:, :, 33:]).cumsum(1) @ self.weight)
        told = information[:, None].expand(-1, inputs.shape[1], -1)
        return torch.zeros(*inputs.shape[:2], 33), torch.cat([told, motor], dim=2)


@pytest.fixture(scope="module")
def by_hand():
    network = ruled()
    network.sensorimotor = TurningNetwork(network)
    return measure_representation(network, "set_10", 0, experiment(TASKS_OF_STUDY), FEW)


def test_a_network_that_adds_up_its_tasks_generalises_in_every_layer(by_hand):
    known = by_hand["ccgp"].sel(task=TASKS_OF_STUDY[:-2])
    assert known.sel(layer=["features", "information"]).values == pytest.approx(1.0)
    assert (known.sel(layer="network") > 0.9).all()
    assert by_hand["ccgp"].sel(task=["DMS", "DNMS"]).isnull().all()  # one pair alone
    held_out = by_hand["task"][by_hand["is_held_out"] == 1].values
    assert (
        set(held_out)
        == {"AntiGo", "AntiDMMod1"}
        == set(held_out_tasks("set_10")) & {*TASKS_OF_STUDY}
    )
    told_wrongly = by_hand["ccgp_swapped"].sel(task=held_out)
    told_rightly = by_hand["ccgp"].sel(layer="network", task=held_out)
    assert (told_wrongly < told_rightly - 0.05).all()


def test_the_units_that_move_turn_round_even_in_held_out_tasks(by_hand):
    turns = by_hand.sel(turning="Go, AntiGo")
    assert turns["turning_held_out"].values.tolist() == [0, 1]
    assert circular(turns["turn"].isel(unit=slice(64, None)).values, np.pi).max() < 0.2
    assert (turns["turn_v_p"] < 1e-3).all()
    assert turns["turn_tuned"].isel(unit=slice(64)).sum() == 0  # what is told does not vary


def test_units_that_hold_the_rule_are_silent_and_the_others_cluster(by_hand):
    assert (by_hand["cluster"].values[:64] == -1).all()
    assert (by_hand["cluster"].values[64:] >= 0).all()
    assert by_hand["task_variance"].isel(unit=slice(64)).max() < 1e-9


def test_its_axes_are_parallel(by_hand):
    axes = by_hand.sel(axis=["strongest_weakest", "modality"])
    assert axes["parallelism"].sel(space="information").values == pytest.approx(1.0)
    assert (axes["parallelism_low"].sel(space="network") < 1.1).all()
    assert (axes["parallelism_high"].sel(space="network") > 0.9).all()
    assert by_hand["component"].sel(space="information").isel(sample=0).notnull().all()


@pytest.fixture(scope="module")
def trained():
    """A network that learned a little of a study, and hidden layers of its language model."""
    study = experiment(TASKS_OF_STUDY, training={"n_updates": 20, "n_tasks": 4, "n_each": 4})
    network = worded("sbertnet")
    names, _ = study.split("set_10")
    train(Training(network, names, study.training, np.random.default_rng(0), study.source))
    hidden = np.random.default_rng(1).normal(size=(3, len(TASKS) * WORDS.total, 5))
    return network, study, hidden


def test_a_trained_network_is_measured_the_same_each_time_and_kept_in_a_file(trained, tmp_path):
    network, study, hidden = trained
    one, same = (measure_representation(network, "set_10", 2, study, FEW, hidden) for _ in range(2))
    assert one.identical(same)
    assert list(one["layer"].values) == ["hidden_1", "hidden_2", "information", "network"]
    assert one["turn"].sizes == {"turning": 5, "window": 3, "unit": 12}
    assert one["component"].sizes == {"space": 2, "decoded": 4, "sample": 30, "axis3": 3}
    assert one.attrs == {"network": "sbertnet", "hold_out": "set_10", "number": 2}
    assert all("long_name" in variable.attrs for variable in one.data_vars.values())
    other = measure_representation(network, "set_10", 3, study, FEW, hidden)
    assert not one["component"].equals(other["component"])
    path = tmp_path / "representation.nc"
    save(one, path, Provenance("representation", "represent_tasks", 1))
    assert load(path)["ccgp"].equals(one["ccgp"])


def test_a_small_study_has_what_it_allows(trained):
    network, *_ = trained
    small = experiment(["Go", "GoMod1", "DM", "DMS"])
    found = measure_representation(network, "none", 0, small, FEW)
    assert found["ccgp"].isnull().all()
    assert not {"ccgp_swapped", "component", "turn", "flip_share"} & set(found)
    assert found["is_held_out"].sum() == 0
    assert found["task_variance"].sizes == {"unit": 12, "task": 4}


def test_hidden_layers_of_another_model_are_refused(trained):
    network, study, hidden = trained
    with pytest.raises(NeurosimError, match="hidden layers"):
        measure_representation(network, "set_10", 0, study, FEW, hidden[:, :-1])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_trials": 3}, "n_trials: expected 4"),
        ({"n_hidden": 0}, "n_hidden: expected 1"),
        ({"n_clusters": 1}, "n_clusters: expected 2"),
        ({"n_shuffles": 0}, "n_shuffles: expected 1"),
        ({"n_shuffle": 2}, "n_shuffle"),
    ],
)
def test_parameters_that_cannot_be_used_are_refused(given, message):
    with pytest.raises(NeurosimError, match=message):
        RepresentationParameters.from_mapping(given)
