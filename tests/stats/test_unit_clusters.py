"""Clusters of units by task variance: planted ones are found, units without any are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from neurosim import NeurosimError
from neurosim.stats.unit_clusters import cluster_units, task_variance


def planted(rng, n_clusters=4, n_units=60, n_tasks=12, spread=0.1):
    """Units of a few kinds, of unequal sizes and strengths."""
    kind = np.arange(n_units) % (n_clusters + 1) % n_clusters  # twice as many of the first kind
    means = rng.permuted(np.repeat(np.eye(n_clusters), n_tasks // n_clusters, axis=1), axis=1)
    variance = np.abs(means[kind] + rng.normal(0, spread, (n_units, n_tasks)))
    return kind, variance * rng.uniform(0.5, 20, n_units)[:, None]


@given(st.integers(2, 6), st.integers(1, 5), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_variance_is_over_trials_and_the_mean_over_steps(n_trials, n_steps, n_units, seed):
    activity = np.random.default_rng(seed).normal(size=(n_trials, n_steps, n_units))
    expected = [
        np.mean([np.mean((x - x.mean()) ** 2) for x in activity[:, :, unit].T])
        for unit in range(n_units)
    ]
    assert task_variance(activity) == pytest.approx(expected)
    assert task_variance(activity + np.arange(n_steps)[:, None]) == pytest.approx(expected)


def test_planted_clusters_are_found(rng):
    kind, variance = planted(rng)
    found = cluster_units(variance, rng, range(2, 9), n_shuffles=19)
    assert found.n_clusters == 4
    assert adjusted_rand_score(kind, found.label) == 1.0
    assert (found.label[kind == 0] == 0).all()  # the largest comes first
    assert found.silhouette == max(found.silhouettes.values()) == found.silhouettes[4]
    assert set(found.silhouettes) == set(range(2, 9))
    assert found.ratio == pytest.approx(found.silhouette / found.null.mean())
    assert found.ratio > 2
    assert found.p_value == 0.05
    assert (found.variance.max(axis=1) == 1.0).all()


def test_units_without_clusters_are_like_shuffled_ones(rng):
    p_values = [
        cluster_units(rng.exponential(1.0, (25, 6)), rng, [2, 3, 4], n_shuffles=9).p_value
        for _ in range(6)
    ]
    assert max(p_values) > 0.3
    assert sum(p <= 0.1 for p in p_values) <= 3


def test_a_unit_counts_by_where_it_varies_and_not_by_how_much(rng):
    _, variance = planted(rng, n_units=30)
    scaled = variance * 2.0 ** rng.integers(0, 9, 30)[:, None]  # exact in floating point
    one, other = (
        cluster_units(v, np.random.default_rng(1), [2, 3, 4], 2) for v in (variance, scaled)
    )
    assert (one.label == other.label).all()
    assert (one.null == other.null).all()


def test_silent_units_are_left_out(rng):
    _, variance = planted(rng)
    variance[3], variance[7] = 1e-6, 0.0
    found = cluster_units(variance, np.random.default_rng(1), [3, 4, 5], 1)
    without = cluster_units(
        np.delete(variance, [3, 7], axis=0), np.random.default_rng(1), [3, 4, 5], 1
    )
    assert np.flatnonzero(found.label == -1).tolist() == [3, 7]
    assert np.isnan(found.variance[[3, 7]]).all()
    assert (np.delete(found.label, [3, 7]) == without.label).all()
    assert found.silhouette == without.silhouette


def test_the_same_generator_gives_the_same_clusters(rng):
    variance = rng.exponential(1.0, (40, 8))
    one, other = (cluster_units(variance, np.random.default_rng(5), [2, 5], 3) for _ in range(2))
    assert (one.label == other.label).all()
    assert (one.null == other.null).all()


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"variance": np.ones((30, 1))}, "two tasks"),
        ({"variance": np.full((30, 4), np.nan)}, "from 0 up"),
        ({"variance": -np.ones((30, 4))}, "from 0 up"),
        ({"variance": np.zeros((30, 4))}, "less than the 0 units"),
        ({"n_clusters": [1, 2]}, "n_clusters"),
        ({"n_clusters": []}, "n_clusters"),
        ({"n_clusters": [30]}, "less than the 30 units"),
        ({"n_shuffles": 0}, "n_shuffles"),
    ],
)
def test_what_cannot_be_clustered_is_refused(rng, changed, message):
    given = {"variance": rng.exponential(1.0, (30, 4)), "n_clusters": [2], "n_shuffles": 1}
    with pytest.raises(NeurosimError, match=message):
        cluster_units(**{**given, **changed}, rng=rng)


@pytest.mark.parametrize("shape", [(1, 2, 3), (4, 3), (4, 0, 3)])
def test_activity_without_variance_is_refused(shape):
    with pytest.raises(NeurosimError, match="two trials"):
        task_variance(np.zeros(shape))


def test_activity_that_ran_away_is_refused():
    with pytest.raises(NeurosimError, match="finite"):
        task_variance(np.full((2, 1, 3), np.inf))
