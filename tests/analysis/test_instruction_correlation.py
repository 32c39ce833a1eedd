"""Whether what tasks have of their own is taken for a correlation."""

import numpy as np
import pandas as pd
import pytest

from analysis.instruction_correlation import over_task_means, pooled_r
from neurosim.stats.correlation import correlate

NETWORKS = ("simplenet", "bownet", "sbertnet", "structurenet")


def table(rng: np.random.Generator, n_tasks: int, shared: float = 0.0, noise: float = 0.3):
    """CCGP and performance whose task effects are shared by networks, and go together or not."""
    effects = rng.standard_normal((2, n_tasks))
    effects[1] = shared * effects[0] + (1 - shared**2) ** 0.5 * effects[1]
    rows = [
        (network, f"task {k}", *(effects[:, k] + noise * rng.standard_normal(2)))
        for network in NETWORKS
        for k in range(n_tasks)
    ]
    return pd.DataFrame(rows, columns=["network", "task", "ccgp", "zero_shot"])


def share_above(judge, n_tasks: int = 10, n: int = 300) -> float:
    rng = np.random.default_rng(5)
    return float(np.mean([judge(table(rng, n_tasks)).low > 0 for _ in range(n)]))


def test_effects_of_tasks_alone_are_no_correlation_over_tasks():
    """Of 300 at 2.5 % there are 14 or fewer with a probability of 99 %."""

    def as_if_independent(both: pd.DataFrame):
        return correlate(both.ccgp.to_numpy(), both.zero_shot.to_numpy()).r

    assert share_above(lambda both: over_task_means(both).r) <= 14 / 300
    assert share_above(as_if_independent) > 0.1


def test_a_bootstrap_over_tasks_is_wider_than_one_over_networks_and_tasks():
    both = table(np.random.default_rng(1), 30)
    found, naive = pooled_r(both), correlate(both.ccgp.to_numpy(), both.zero_shot.to_numpy()).r
    assert found.value == pytest.approx(naive.value)
    assert found.high - found.low > 1.4 * (naive.high - naive.low)
    assert share_above(pooled_r, 30, 100) <= 0.08


def test_tasks_that_go_together_are_found():
    both = table(np.random.default_rng(2), 30, shared=0.9)
    for found in (over_task_means(both).r, pooled_r(both), pooled_r(both, within=True)):
        assert found.low > 0.3


@pytest.mark.parametrize("within", [False, True])
def test_resampled_tasks_bring_all_their_networks(within):
    """The bootstrap in one product is the one that copies tables."""
    both = table(np.random.default_rng(3), 8)
    both.loc[both.network == "bownet", "zero_shot"] += 3
    both = both.drop(index=[0, 9]).reset_index(drop=True)  # some networks lack some tasks
    group = both.network.to_numpy() if within else None
    value = correlate(both.ccgp.to_numpy(), both.zero_shot.to_numpy(), group).r.value
    found = pooled_r(both, within, 4000)
    assert found.value == pytest.approx(value)
    tasks = both.task.unique()
    rng, drawn = np.random.default_rng(4), []
    for _ in range(400):
        rows = [both[both.task == task] for task in rng.choice(tasks, len(tasks))]
        each = pd.concat(rows)
        own = each.network.to_numpy() if within else None
        drawn.append(correlate(each.ccgp.to_numpy(), each.zero_shot.to_numpy(), own).r.value)
    assert [found.low, found.high] == pytest.approx(np.quantile(drawn, [0.025, 0.975]), abs=0.1)


def test_networks_that_differ_alone_are_no_correlation_over_tasks():
    both = table(np.random.default_rng(6), 20)
    before = over_task_means(both).r.value
    for column in ("ccgp", "zero_shot"):
        both[column] += 5 * both.network.map(dict(zip(NETWORKS, range(4), strict=True)))
    assert pooled_r(both).low > 0.8
    assert over_task_means(both).r.value == pytest.approx(before)


def test_few_tasks_have_no_interval_and_numbers_that_do_not_vary_no_correlation():
    both = table(np.random.default_rng(7), 4)
    assert np.isnan(pooled_r(both).low)
    assert np.isfinite(pooled_r(both).value)
    both["ccgp"] = 0.5
    assert np.isnan(pooled_r(both).value)
    assert np.isnan(pooled_r(both.iloc[:0]).value)
