"""Permuting blocks within animals: exact where it can be, honest where animals are few."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.stats.mixed import fit_mixed_model
from neurosim.stats.permutation import (
    DECIDING_RELABELLINGS,
    Blocks,
    permute_blocks,
    relabellings,
)
from neurosim.stats.pooled import pooled_ks


def blocks_of(rng, n_treated=3, n_other=4, n_animals=4, effect=0.0, animal_sd=5.0) -> Blocks:
    n = n_treated + n_other
    animal = np.repeat([f"mouse{k}" for k in range(n_animals)], n)
    treated = np.tile(np.arange(n) < n_treated, n_animals)
    value = np.repeat(rng.normal(0, animal_sd, n_animals), n) + rng.normal(size=animal.size)
    return Blocks(value + effect * treated, rng.uniform(20, 60, animal.size), animal, treated)


def difference(value, weight, treated) -> float:
    return np.average(value[treated], weights=weight[treated]) - np.average(
        value[~treated], weights=weight[~treated]
    )


@given(st.integers(0, 2**32 - 1), st.integers(1, 3), st.integers(1, 3), st.integers(1, 2))
def test_the_exact_test_equals_trying_every_labelling(seed, n_treated, n_other, n_animals):
    blocks = blocks_of(np.random.default_rng(seed), n_treated, n_other, n_animals)
    found = permute_blocks(blocks, 1000, np.random.default_rng(0))
    each = []
    for name in blocks.animals:
        here = np.flatnonzero(blocks.animal == name)
        labelled = []
        for chosen in itertools.combinations(range(here.size), n_treated):
            treated = np.isin(np.arange(here.size), chosen)
            labelled.append(difference(blocks.value[here], blocks.weight[here], treated))
        each.append(labelled)
    null = np.array([np.mean(combination) for combination in itertools.product(*each)])
    given_effect = np.mean(
        [
            difference(
                *(
                    column[blocks.animal == n]
                    for column in (blocks.value, blocks.weight, blocks.treated)
                )
            )
            for n in blocks.animals
        ]
    )
    assert found.exact
    assert found.n_relabellings == null.size
    assert found.effect == pytest.approx(given_effect)
    expected = np.mean(np.abs(null) >= abs(given_effect) * (1 - 1e-7) - 1e-9)
    assert found.p_value == pytest.approx(expected)
    inside = np.mean((null >= found.null_low) & (null <= found.null_high))
    assert inside >= 0.95 - 1e-9
    assert found.smallest_p_value <= found.p_value


def test_one_animal_equals_scipy(rng):
    from scipy.stats import permutation_test

    blocks = blocks_of(rng, 4, 5, n_animals=1, effect=0.8)
    even = Blocks(blocks.value, np.ones(9), blocks.animal, blocks.treated)
    expected = permutation_test(
        (even.value[even.treated], even.value[~even.treated]),
        lambda a, b: abs(np.mean(a) - np.mean(b)),
        alternative="greater",
        n_resamples=np.inf,
    )
    found = permute_blocks(even, 1000, rng)
    assert found.n_relabellings == 126
    assert found.p_value == pytest.approx(expected.pvalue)
    assert abs(found.effect) == pytest.approx(expected.statistic)


def test_drawn_relabellings_approach_the_exact_p(rng):
    blocks = blocks_of(rng, 3, 4, n_animals=2, effect=1.0)
    exact = permute_blocks(blocks, 2000, rng)
    drawn = permute_blocks(blocks, 1000, rng)
    assert exact.exact
    assert exact.n_relabellings == 35**2
    assert not drawn.exact
    assert drawn.n_relabellings == 1000
    assert drawn.p_value == pytest.approx(
        exact.p_value, abs=4 * np.sqrt(exact.p_value / 1000) + 2e-3
    )
    assert drawn.p_value >= 1 / 1000  # the given labelling is one of them


def test_relabellings_stay_within_animals_and_begin_with_the_given_one(rng):
    animal = np.repeat([0, 1, 2], [6, 9, 11])
    treated = rng.random(26) < 0.4
    treated[[0, 1, 6, 7, 15, 16]] = [True, False] * 3
    labels, exact = relabellings(animal, treated, 500, rng)
    assert not exact
    assert (labels[0] == treated).all()
    for name in range(3):
        counts = labels[:, animal == name].sum(axis=1)
        assert (counts == treated[animal == name].sum()).all()
    assert len(np.unique(labels, axis=0)) > 450


def test_an_effect_shared_by_animals_is_found_though_animals_differ_more(rng):
    found = permute_blocks(blocks_of(rng, effect=4.0, animal_sd=50.0), 2000, rng)
    assert found.effect == pytest.approx(4.0, abs=1.5)
    assert found.p_value == pytest.approx(1 / 2000)
    assert not found.inside_null


def test_without_effect_one_test_in_twenty_rejects_and_lies_outside_the_null_interval(rng):
    tests = [permute_blocks(blocks_of(rng), 400, rng) for _ in range(400)]
    rejected = np.mean([test.p_value <= 0.05 for test in tests])
    outside = np.mean([not test.inside_null for test in tests])
    assert 0.02 < rejected < 0.085
    assert 0.02 < outside < 0.085


def test_too_few_relabellings_can_reject_nothing(rng):
    few = permute_blocks(blocks_of(rng, 2, 4, n_animals=1, effect=100.0), 1000, rng)
    assert few.n_relabellings == 15
    assert few.smallest_p_value == few.p_value == pytest.approx(1 / 15)
    assert few.inside_null  # however large the effect
    assert not few.can_reject
    assert DECIDING_RELABELLINGS == 40
    enough = permute_blocks(blocks_of(rng, 3, 5, n_animals=1, effect=100.0), 1000, rng)
    assert enough.can_reject
    assert not enough.inside_null


def test_equal_values_have_no_effect(rng):
    blocks = Blocks(np.zeros(6), np.ones(6), np.zeros(6), np.arange(6) < 3)
    found = permute_blocks(blocks, 1000, rng)
    assert (found.effect, found.p_value, found.inside_null) == (0.0, 1.0, True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": [1.0, np.nan, 2.0, 3.0]}, "finite values"),
        ({"weight": [1.0, 0.0, 2.0, 3.0]}, "weights above 0"),
        ({"treated": [True, True, False, True]}, "animal b: expected blocks in both"),
        ({"animal": ["a", "b"]}, "one length"),
    ],
    ids=str,
)
def test_blocks_that_cannot_be_compared_are_refused(change, message):
    columns = {
        "value": [1.0, 2.0, 3.0, 4.0],
        "weight": [1.0] * 4,
        "animal": ["a", "a", "a", "b"],
        "treated": [True, False, False, True],
    } | change
    if "treated" not in change:
        columns["animal"] = change.get("animal", ["a"] * 4)
    with pytest.raises(NeurosimError, match=message):
        Blocks(**{name: np.array(column) for name, column in columns.items()})


def test_the_mixed_model_of_balanced_blocks_equals_the_analysis_of_variance(rng):
    blocks = blocks_of(rng, 5, 5, n_animals=8, effect=2.0)
    model = fit_mixed_model(blocks)
    treated = blocks.value[blocks.treated].mean()
    assert model.effect.value == pytest.approx(treated - blocks.value[~blocks.treated].mean())
    table = blocks.value.reshape(8, 10)
    groups = np.stack([table[:, :5].mean(axis=1), table[:, 5:].mean(axis=1)], axis=1)
    fitted = table.mean(axis=1, keepdims=True) + (groups.mean(axis=0) - table.mean())[
        :, None
    ].repeat(5, axis=1).reshape(1, 10)
    residual = ((table - fitted) ** 2).sum() / (80 - 8 - 1)
    between = table.mean(axis=1).var(ddof=1) - residual / 10
    assert model.residual_sd == pytest.approx(residual**0.5, rel=1e-3)
    assert model.animal_sd == pytest.approx(between**0.5, rel=1e-2)
    assert model.effect.low < model.effect.value < model.effect.high
    assert model.effect.n == 80
    assert model.problems == ()
    assert "8 animals are few" in model.describe()


@pytest.mark.parametrize("scale", [1e-3, 1e4])
def test_the_mixed_model_does_not_depend_on_the_unit(rng, scale):
    blocks = blocks_of(rng, effect=3.0)
    scaled = Blocks(scale * blocks.value, blocks.weight, blocks.animal, blocks.treated)
    first, second = fit_mixed_model(blocks), fit_mixed_model(scaled)
    assert second.effect.value == pytest.approx(scale * first.effect.value, rel=1e-6)
    assert second.effect.high == pytest.approx(scale * first.effect.high, rel=1e-4)


def test_trouble_with_the_mixed_model_is_said(rng):
    # Animals that are more alike than chance would have them: their variance is at its bound.
    blocks = blocks_of(rng, n_animals=4, animal_sd=0.0)
    value = blocks.value.copy()
    for name in blocks.animals:
        here = blocks.animal == name
        value[here] -= value[here].mean()
    alike = fit_mixed_model(Blocks(value, blocks.weight, blocks.animal, blocks.treated))
    assert alike.problems
    assert all(problem in alike.describe() for problem in alike.problems)
    alone = fit_mixed_model(blocks_of(rng, n_animals=1))
    assert np.isnan(alone.effect.value)
    assert "at least 2 animals, found 1" in alone.describe()


def velocities(rng, effect=0.0, n_blocks=10, n_bins=300, n_animals=4):
    """Angular velocities whose correlation time is long, as where a turn takes seconds."""
    n = n_blocks * n_animals
    drift = np.empty((n, n_bins))
    drift[:, 0] = rng.normal(size=n)
    for k in range(1, n_bins):
        drift[:, k] = 0.99 * drift[:, k - 1] + (1 - 0.99**2) ** 0.5 * rng.normal(size=n)
    value = 60 * drift + 40 * rng.normal(size=drift.shape)
    treated = np.tile(np.arange(n_blocks) % 2 == 0, n_animals)
    value += effect * treated[:, None]
    return (
        value.ravel(),
        np.repeat(np.arange(n), n_bins),
        np.repeat(range(n_animals), n_blocks),
        treated,
    )


def test_the_statistic_and_the_pooled_p_equal_scipy(rng):
    from scipy.stats import ks_2samp

    value, block, animal, treated = velocities(rng, effect=5.0, n_bins=50)
    found = pooled_ks(np.round(value), block, animal, treated, 10, rng)
    labels = treated[block]
    expected = ks_2samp(np.round(value)[labels], np.round(value)[~labels], method="asymp")
    assert found.statistic == pytest.approx(expected.statistic)
    assert found.location == expected.statistic_location
    assert found.sign == expected.statistic_sign
    # scipy corrects for finite samples.
    assert np.log(found.pooled_p_value) == pytest.approx(np.log(expected.pvalue), rel=0.02)
    assert (found.n_bins, found.n_blocks, found.n_relabellings) == (2000, 40, 10)


def test_pooled_bins_are_pseudo_replicates_and_blocks_are_not(rng):
    tests = [pooled_ks(*velocities(rng, n_bins=150), 100, rng) for _ in range(60)]
    pooled = np.array([test.pooled_p_value for test in tests])
    blocks = np.array([test.p_value for test in tests])
    # There is no effect: the pooled p is below .001 all the same, that of blocks is uniform.
    assert np.median(pooled) < 0.001
    assert np.mean(pooled < 0.05) > 0.8
    assert np.mean(blocks <= 0.05) < 0.15
    assert 0.35 < blocks.mean() < 0.65


def test_blocks_find_a_shift_of_the_velocities(rng):
    found = pooled_ks(*velocities(rng, effect=-60.0), 500, rng)
    assert found.p_value == pytest.approx(1 / 500)
    assert found.sign == 1  # more of the smaller values


def test_an_empty_block_is_refused(rng):
    value, block, animal, treated = velocities(rng, n_bins=5)
    with pytest.raises(NeurosimError, match="each of 40 blocks, found some in 39"):
        pooled_ks(value[block > 0], block[block > 0], animal, treated, 10, rng)
