"""Spike-timing-dependent plasticity against a sum over all pairs of spikes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.network import learning
from neurosim.network.ca3_constants import Constants
from neurosim.network.learning import (
    BIN,
    LearningRule,
    draw_connections,
    learn,
    learning_rule,
)

CONSTANTS = Constants(
    {
        "symmetric_max_ns": 20.0,
        "symmetric_step": 0.004,
        "symmetric_window_ms": 62.5,
        "asymmetric_max_ns": 40.0,
        "asymmetric_step": 0.01,
        "asymmetric_window_ms": 20.0,
        "initial_weight_ns": 0.1,
    }
)


def all_pairs(times, cells, n, rule, factor=None):
    """Sum over all pairs of spikes in bins, without bounds."""
    bins = np.floor(times / BIN)
    factor = np.ones(times.size) if factor is None else factor
    weights = np.full((n, n), float(rule.initial_ns))
    for i in range(times.size):
        for j in range(times.size):
            gap = (bins[j] - bins[i]) * BIN  # pre i, post j
            later = factor[j] if gap >= 0 else factor[i]
            size = np.exp(-abs(gap) / rule.window_s) * later
            if gap > 0:
                weights[cells[i], cells[j]] += rule.potentiation * size
            elif gap < 0:
                weights[cells[i], cells[j]] += rule.depression * size
            else:
                weights[cells[i], cells[j]] += 0.5 * (rule.potentiation + rule.depression) * size
    return weights


def trains(seed, n_spikes=60, n=5, duration=6.0):
    rng = np.random.default_rng(seed)
    return np.sort(rng.uniform(0, duration, n_spikes)), rng.integers(n, size=n_spikes)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["symmetric", "asymmetric"]))
def test_weights_are_the_sum_over_all_pairs(seed, name):
    times, cells = trains(seed)
    found = learning_rule(name, CONSTANTS)
    rule = LearningRule(found.window_s, found.potentiation, found.depression, 1e9, 1e3)
    connected = ~np.eye(5, dtype=bool)
    expected = all_pairs(times, cells, 5, rule)
    weights = learn(times, cells, connected, rule)
    # Traces below a ten-thousandth of a spike are given up, and weights are in single precision.
    assert np.allclose(weights[connected], expected[connected], atol=0.01)
    assert (weights[~connected] == 0).all()


def test_chunks_do_not_matter(monkeypatch):
    times, cells = trains(3, n_spikes=200)
    rule = learning_rule("symmetric", CONSTANTS)
    connected = ~np.eye(5, dtype=bool)
    whole = learn(times, cells, connected, rule)
    monkeypatch.setattr(learning, "N_BINS", 37)
    assert np.allclose(learn(times, cells, connected, rule), whole, atol=1e-3)


def test_weights_stay_between_zero_and_the_highest():
    times = np.sort(np.concatenate([np.arange(0, 10, 0.02), np.arange(0.005, 10, 0.02)]))
    cells = np.tile([0, 1], times.size // 2)
    connected = ~np.eye(2, dtype=bool)
    weights = learn(times, cells, connected, learning_rule("asymmetric", CONSTANTS))
    assert weights[0, 1] == pytest.approx(40.0)  # always 5 ms before
    assert weights[1, 0] == 0.0


def test_plasticity_counts_at_the_later_spike():
    times, cells = np.array([0.1, 0.12, 3.1, 3.12]), np.array([0, 1, 0, 1])
    rule = learning_rule("symmetric", CONSTANTS)
    connected = ~np.eye(2, dtype=bool)
    weights = learn(times, cells, connected, rule, lambda t: np.where(t > 3.11, 2.0, 0.0))
    expected = rule.initial_ns + 2 * rule.potentiation * np.exp(-0.02 / rule.window_s)
    assert weights[0, 1] == pytest.approx(expected, rel=1e-4)
    assert weights[1, 0] == pytest.approx(expected, rel=1e-4)


def test_no_spike_leaves_what_was_there():
    connected = np.array([[False, True], [False, False]])
    rule = learning_rule("symmetric", CONSTANTS)
    weights = learn(np.zeros(0), np.zeros(0, dtype=int), connected, rule)
    assert weights[0, 1] == pytest.approx(0.1)
    assert weights.sum() == pytest.approx(0.1)


def test_connections_spare_the_diagonal_and_keep_their_probability(rng):
    connected = draw_connections(400, 0.3, rng)
    assert not connected.diagonal().any()
    assert abs(connected.mean() - 0.3) < 0.01


def test_an_unknown_rule_lists_the_known_ones():
    with pytest.raises(NeurosimError, match="expected one of 'asymmetric', 'symmetric'"):
        learning_rule("hebbian", CONSTANTS)
