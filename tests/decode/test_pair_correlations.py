"""Correlations of pairs, and how much of them sleep keeps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import MissingData
from neurosim.decode.pair_correlations import correlation_matrix, pair_correlations, similarity


def test_correlations_are_numpys(rng):
    counts = rng.poisson(2.0, (200, 5)).astype(np.float32)
    np.testing.assert_allclose(correlation_matrix(counts), np.corrcoef(counts.T), atol=1e-9)


def test_a_unit_that_never_changes_has_no_correlation(rng):
    counts = rng.poisson(2.0, (50, 4))
    counts[:, 2] = 3
    matrix = correlation_matrix(counts)
    assert np.isnan(matrix[2]).all()
    assert np.isfinite(np.delete(np.delete(matrix, 2, 0), 2, 1)).all()


@given(st.integers(0, 2**31), st.integers(3, 7))
def test_similarity_equals_the_definition_for_any_order(seed, n):
    rng = np.random.default_rng(seed)
    first, second = (np.corrcoef(rng.normal(size=(n, 20))) for _ in range(2))
    order = rng.permutation(n)
    moved = second[np.ix_(order, order)]
    a, b = np.triu_indices(n, 1)
    expected = np.corrcoef(first[a, b], moved[a, b])[0, 1]
    assert similarity(first, second, order[None])[0] == pytest.approx(expected, abs=1e-9)


def test_unknown_pairs_are_left_out(rng):
    first, second = (np.corrcoef(rng.normal(size=(6, 20))) for _ in range(2))
    second[:, 5] = second[5] = np.nan
    identity = np.arange(6)[None]
    found = similarity(first, second, identity)
    np.testing.assert_allclose(found, similarity(first[:5, :5], second[:5, :5], identity[:, :5]))


def test_the_same_counts_are_alike_and_unrelated_ones_are_not(rng):
    drive = rng.normal(size=(500, 3)) @ rng.normal(size=(3, 12))
    counts = rng.poisson(np.exp(0.3 * drive))
    unrelated = rng.poisson(1.0, counts.shape)
    found = pair_correlations(
        {"wake": counts, "rem": counts, "nrem": unrelated}, 300, rng, "recording"
    )
    assert float(found["similarity"].sel(sleep="rem")) == pytest.approx(1)
    null = found["null"].sel(sleep="nrem")
    assert float(null.quantile(0.001)) < float(found["similarity"].sel(sleep="nrem"))
    assert float(found["null"].sel(sleep="rem").quantile(0.99)) < 0.9


def test_a_state_without_bins_has_no_similarity(rng):
    counts = {"wake": rng.poisson(1.0, (50, 4)), "rem": np.empty((0, 4))}
    found = pair_correlations(counts, 5, rng, "recording")
    assert np.isnan(found["similarity"]).all()


def test_two_cells_are_too_few(rng):
    with pytest.raises(MissingData, match="recording: expected pairs of 3"):
        pair_correlations({"wake": np.ones((5, 2)), "rem": np.ones((5, 2))}, 5, rng, "recording")
