"""The deficit of conditional tasks: planted ones, random splits, and two models side by side."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.stats.conditional_deficit import compare_deficits, measure_deficit
from neurosim.tasks.psychophysics.catalogue import TASKS

KIND = np.array([task.conditional for task in TASKS.values()])


def planted(rng, deficit, n_seeds=5, task=None):
    task = rng.normal(0.7, 0.1, 50) if task is None else task
    return task - deficit * KIND + rng.normal(0, 0.03, (n_seeds, 50))


def test_a_planted_deficit_is_found(rng):
    performance = planted(rng, 0.2)
    found = measure_deficit(performance, KIND, rng)
    assert found.over_tasks.difference.low < -0.2 < found.over_tasks.difference.high
    assert found.over_tasks.difference.n == 50
    assert found.over_tasks.p_value == pytest.approx(
        stats.ttest_ind(
            performance.mean(axis=0)[KIND], performance.mean(axis=0)[~KIND], equal_var=False
        ).pvalue
    )
    expected = performance[:, KIND].mean(axis=1) - performance[:, ~KIND].mean(axis=1)
    assert found.by_seed == pytest.approx(expected)
    assert found.null.shape == (50, 5)
    assert found.p_value == pytest.approx(1 / 51)
    against = stats.ttest_ind(found.by_seed, found.null.ravel(), equal_var=False)
    assert (found.against_null.t, found.against_null.p_value) == pytest.approx(
        (against.statistic, against.pvalue)
    )


def test_random_splits_have_no_deficit(rng):
    found = measure_deficit(planted(rng, 0.2), KIND, rng, n_splits=2000)
    assert found.null.mean() == pytest.approx(0, abs=4 * 0.04 / 2000**0.5)


def test_without_a_deficit_one_split_in_twenty_is_as_far(rng):
    p_values = [measure_deficit(planted(rng, 0.0), KIND, rng, 39).p_value for _ in range(400)]
    rejected = sum(p <= 0.05 + 1e-9 for p in p_values)
    assert stats.binomtest(rejected, 400, 0.05).pvalue > 1e-3


@given(st.integers(0, 2**32 - 1))
def test_splits_are_as_large_as_the_groups_and_seeds_share_them(seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(2, 6))
    kind = np.array([True, True, True, True, False, False])
    found = measure_deficit(values, kind, rng, n_splits=4)
    halves = [
        [np.delete(v, pair).mean() - v[list(pair)].mean() for v in values]
        for pair in zip(*np.triu_indices(6, 1), strict=True)
    ]
    for split in found.null:
        assert np.abs(np.array(halves) - split).max(axis=1).min() < 1e-12


def test_tasks_that_were_not_run_are_left_out(rng):
    values = planted(rng, 0.2)
    values[:, [0, 20, 30]] = np.nan
    values[1, 5] = np.nan
    kept = np.delete(np.arange(50), [0, 20, 30])
    one, other = (
        measure_deficit(v, k, np.random.default_rng(3))
        for v, k in ((values, KIND), (values[:, kept], KIND[kept]))
    )
    assert one.over_tasks == other.over_tasks
    assert (one.null == other.null).all()
    assert np.isfinite(one.null).all()
    assert one.by_seed[1] == pytest.approx(
        np.nanmean(values[1, KIND]) - np.nanmean(values[1, ~KIND])
    )


def test_one_seed_has_no_test_against_splits(rng):
    found = measure_deficit(planted(rng, 0.2, 1)[0], KIND, rng)
    assert found.by_seed.shape == (1,)
    assert np.isnan(found.against_null.p_value)
    assert found.over_tasks.p_value < 0.01


def test_two_models_are_compared_task_by_task(rng):
    task = rng.normal(0.7, 0.3, 50)
    words, rules = planted(rng, 0.10, task=task), planted(rng, 0.05, task=task)
    found = compare_deficits(words, rules, KIND)
    assert found.difference.low < -0.05 < found.difference.high < 0
    assert found.p_value < 1e-4  # though tasks differ six times as much
    assert measure_deficit(words, KIND, rng).over_tasks.difference.high > 0
    swapped = compare_deficits(rules, words, KIND)
    assert swapped.t == pytest.approx(-found.t)


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        (np.zeros(49), KIND, "found shapes"),
        (np.zeros(50), KIND.astype(int), "bool of each task"),
        (np.full(50, np.inf), KIND, "inf"),
        (np.where(KIND, 0.5, np.nan), KIND, "0 imperative"),
    ],
)
def test_performance_that_cannot_be_used_is_refused(rng, values, kind, message):
    with pytest.raises(NeurosimError, match=message):
        measure_deficit(values, kind, rng)


def test_other_numbers_are_refused(rng):
    with pytest.raises(NeurosimError, match="n_splits"):
        measure_deficit(np.zeros(50), KIND, rng, 0)
    with pytest.raises(NeurosimError, match="same tasks"):
        compare_deficits(np.zeros(50), np.zeros(49), KIND)
