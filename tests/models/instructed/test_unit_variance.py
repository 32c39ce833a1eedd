"""Variance of units over tasks: what the stimuli do, without noise, timing and wording."""

from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from instructed_networks import experiment, worded
from psychophysics_trials import drawn
from torch import nn

from neurosim.models.instructed.unit_variance import (
    aligned,
    describe_clusters,
    noiseless,
    unit_variance,
)
from neurosim.seeds import generator
from neurosim.tasks.psychophysics.catalogue import TASKS


class Echo(nn.Module):
    """Units that repeat the inputs, then what the task is."""

    def forward(self, inputs, information):
        told = information[:, None].expand(-1, inputs.shape[1], -1)
        return torch.zeros(*inputs.shape[:2], 33), torch.cat([inputs, told], dim=2)


def test_only_what_follows_the_stimuli_varies():
    network = worded()
    echo = SimpleNamespace(information=network.information, sensorimotor=Echo())
    tasks = ["Go", "GoMod1", "DM", "DMS", "ConDM"]
    source = experiment(n_steps=52).source
    found = unit_variance(echo, tasks, source, 200, partial(generator, 1))
    assert found.shape == (65 + 64, 5)
    assert found[0] == pytest.approx(0)  # fixation, at times that differ between trials
    assert found[65:] == pytest.approx(0)  # told in several wordings
    assert (found[1:65] > 1e-3).all()
    assert (found[1:65, 1] > found[1:65, 0]).all()  # both modalities are shown, not a random one


def test_a_source_without_noise_draws_none_for_any_task():
    source = noiseless(experiment(n_steps=60).source)
    rng = np.random.default_rng(0)
    for task in ("Go", "ConDM"):
        trials = source.draw(task, 20, rng)
        before = trials.inputs[np.arange(60) < trials.epochs[:, 1, None]][:, 1:]
        assert (before == 0).all()
        assert (trials.shown.noise == 0).all()
    contrast = np.diff(trials.shown.strength.sum(axis=2), axis=1)
    assert len(np.unique(np.abs(contrast).round(6))) == 4  # those of the thresholds


@pytest.mark.parametrize("task", ["Go", "DMS", "Dur1", "MultiDur2", "RTGo"])
def test_epochs_are_lined_up(task):
    trials = drawn(task, n=15, n_steps=60)
    step = np.broadcast_to(np.arange(60)[:, None], (15, 60, 1))
    found = aligned(step, trials)[:, :, 0]
    bounds = np.concatenate([trials.epochs, np.full((15, 1), 60)], axis=1)
    expected = [
        np.concatenate(
            [
                np.arange(row[k], row[k] + (bounds[:, k + 1] - bounds[:, k]).min())
                for k in range(1, 5)
            ]
        )
        for row in bounds
    ]
    assert (found == expected).all()


def test_planted_clusters_are_found_and_silent_units_left_out(rng):
    tasks = list(TASKS)[:12]
    groups = np.repeat(np.eye(3), 4, axis=1)[[0] * 10 + [1] * 6 + [2] * 4]
    variance = np.concatenate([groups + 0.05 * rng.random(groups.shape), np.zeros((2, 12))])
    found = describe_clusters(variance, tasks, 10, 3, rng)
    assert found["n_clusters"] == 3
    assert found["cluster"].values.tolist() == [0] * 10 + [1] * 6 + [2] * 4 + [-1] * 2
    assert found["silhouette"] > found["silhouette_null"].max()
    assert found["silhouette"] == found["silhouette_of"].sel(n_tried=3)
    assert list(found["n_tried"].values) == list(range(2, 11))


def test_units_too_few_to_cluster_have_variances_alone(rng):
    for variance in (rng.random((2, 5)), np.zeros((9, 5)), rng.random((9, 1))):
        tasks = list(TASKS)[: variance.shape[1]]
        found = describe_clusters(variance, tasks, 10, 3, rng)
        assert list(found) == ["task_variance"]
    found = describe_clusters(rng.random((4, 5)), list(TASKS)[:5], 10, 3, rng)
    assert list(found["n_tried"].values) == [2, 3]
