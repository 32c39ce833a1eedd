"""Thresholds of confidence are where the network's own decisions become sure."""

import instructed_toy
import numpy as np
import pytest
import xarray as xr

from neurosim.models.instructed import thresholds
from neurosim.models.instructed.thresholds import is_parted, measure_decisions, part_levels
from neurosim.models.instructed.training_runs import find_confidence

NOISE, CONTRAST = list(thresholds.NOISES), list(thresholds.CONTRASTS)


@pytest.fixture(name="experiment")
def _experiment():
    return instructed_toy.experiment()


@pytest.fixture(name="instructions")
def _instructions():
    return instructed_toy.instructions()


@pytest.fixture(name="learned")
def _learned():
    return instructed_toy.learned()


def _levels(values):
    return xr.DataArray(values, {"noise": NOISE, "contrast": CONTRAST}, ("noise", "contrast"))


def test_pairs_are_parted_by_the_criterion():
    correct = _levels(np.add.outer(-np.array(NOISE), np.array(CONTRAST)) + 0.9)
    found = part_levels(correct, 0.95)
    for (noise, contrast), sure in [(p, True) for p in found.above] + [
        (p, False) for p in found.below
    ]:
        assert (contrast - noise + 0.9 >= 0.95) == sure
    assert len(found.above) + len(found.below) == correct.size


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_a_network_that_is_never_or_always_sure_is_parted_at_its_median(value):
    correct = _levels(np.full((len(NOISE), len(CONTRAST)), value))
    assert not is_parted(correct)
    found = part_levels(correct)
    assert len(found.above) == len(found.below) == correct.size / 2
    assert found.above[:, 1].min() >= found.below[:, 1].max()


def test_a_network_that_is_right_by_design_is_measured_right(learned, experiment, monkeypatch):
    """Told right are the trials with a response due at high contrast, by a stand-in."""
    seen = []

    def right(network, trials, telling):
        due = ~np.isnan(trials.direction)
        seen.append((trials.shown.noise[0], due.sum(), set(telling)))
        contrast = np.abs(np.ptp(trials.shown.strength.max(axis=2), axis=1)) / 2
        return due & (contrast > 0.12)

    monkeypatch.setattr(thresholds, "told_right", right)
    found = measure_decisions(learned, experiment.source, 10, np.random.default_rng(0))
    np.testing.assert_array_equal(found, np.array(CONTRAST)[None] > np.full((5, 1), 0.12))
    assert {noise for noise, _, _ in seen} == set(NOISE)
    assert all(due == 10 for _, due, _ in seen)
    assert all(told == {12} for _, _, told in seen)  # DM


def test_they_are_found_from_a_network_that_never_trained_confidence(experiment, instructions):
    from dataclasses import replace

    small = replace(
        experiment,
        tasks=("Go", "AntiGo", "GoMod1", "DM", "ConDM"),
        training=replace(experiment.training, n_updates=2),
    )
    found = find_confidence(small, instructions, n_trials=3, criterion=0.95)
    assert found["correct"].shape == (5, 6)
    assert found.attrs["parted_by"] == "median"
    assert found.sizes["sure_pair"] + found.sizes["unsure_pair"] == 30
    again = small.with_thresholds(found).source.draw("ConDM", 10, np.random.default_rng(0))
    assert np.isnan(again.direction).sum() == 5
