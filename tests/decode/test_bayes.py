"""Memoryless Bayes against scipy's Poisson, and the traps that peers fell into."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.decode.bayes import circular_difference, circular_mean, log_likelihood, normalise

ANGLES = st.floats(-50.0, 50.0)


@pytest.fixture
def problem(rng) -> tuple[np.ndarray, np.ndarray]:
    """Counts (bin, unit) and rates (state, unit)."""
    rate = rng.gamma(1.0, 8.0, (30, 12)) + 0.05
    return rng.poisson(rate[rng.integers(0, 30, 200)] * 0.1).astype(float), rate


def test_it_is_the_poisson_log_likelihood_up_to_a_constant_of_each_bin(problem):
    counts, rate = problem
    found = log_likelihood(counts, rate, 0.1)
    expected = stats.poisson.logpmf(counts[:, None, :], rate[None] * 0.1).sum(axis=2)
    constant = found - expected
    np.testing.assert_allclose(constant, constant[:, :1].repeat(30, axis=1), atol=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int32, np.uint8])
def test_counts_of_another_type_give_the_same(problem, dtype):
    counts, rate = problem
    expected = log_likelihood(counts, rate, 0.1)
    found = log_likelihood(counts.astype(dtype), rate, 0.1)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_states_that_were_never_visited_never_win(problem):
    """Trap: a NaN rate turned into log likelihood 0 attracted 20 % of all time bins."""
    counts, rate = problem
    visited = np.ones(30, dtype=bool)
    visited[[0, 7, 29]] = False
    rate[~visited] = 0.05  # the floor: what an empty state gets
    posterior = normalise(log_likelihood(counts, rate, 0.1, visited))
    assert np.all(posterior[:, ~visited] == 0)
    np.testing.assert_allclose(posterior.sum(axis=1), 1)
    silent = normalise(log_likelihood(np.zeros_like(counts), rate, 0.1, visited))
    assert np.all(visited[silent.argmax(axis=1)])
    among_visited = normalise(log_likelihood(counts, rate[visited], 0.1))
    np.testing.assert_allclose(posterior[:, visited], among_visited)


@pytest.mark.parametrize("bad", [0.0, -1.0, np.nan])
def test_rates_that_are_not_positive_are_refused(problem, bad):
    counts, rate = problem
    rate[3, 4] = bad
    with pytest.raises(NeurosimError, match="positive rates"):
        log_likelihood(counts, rate, 0.1)


def test_decoding_without_a_visited_state_is_refused(problem):
    counts, rate = problem
    with pytest.raises(NeurosimError, match="occupancy"):
        log_likelihood(counts, rate, 0.1, np.zeros(30, dtype=bool))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_posteriors_of_many_cells_and_long_bins_do_not_underflow(rng, dtype):
    """Trap: the product of 100 likelihoods over 250 ms left most bins without any posterior."""
    x = np.linspace(0, 2, 200)
    rate = 0.05 + 25 * np.exp(-0.5 * ((x[:, None] - rng.uniform(0, 2, 100)) / 0.1) ** 2)
    place = rng.integers(0, 200, 500)
    counts = rng.poisson(rate[place] * 0.25).astype(dtype)
    posterior = normalise(log_likelihood(counts, rate, 0.25))
    assert np.isfinite(posterior).all()
    np.testing.assert_allclose(posterior.sum(axis=1), 1, rtol=1e-5)
    assert np.median(np.abs(x[posterior.argmax(axis=1)] - x[place])) < 0.05


def test_permuting_the_cells_changes_nothing(problem, rng):
    counts, rate = problem
    order = rng.permutation(12)
    np.testing.assert_allclose(
        log_likelihood(counts[:, order], rate[:, order], 0.1),
        log_likelihood(counts, rate, 0.1),
        rtol=1e-12,
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_chunked_equals_unchunked(problem, dtype):
    counts, rate = problem[0].astype(dtype), problem[1]
    whole = normalise(log_likelihood(counts, rate, 0.1))
    chunks = [normalise(log_likelihood(part, rate, 0.1)) for part in np.array_split(counts, 7)]
    np.testing.assert_allclose(np.concatenate(chunks), whole, atol=1e-5)


def test_more_evidence_sharpens_the_posterior(problem):
    counts, rate = problem
    once = normalise(log_likelihood(counts, rate, 0.1)).max(axis=1)
    thrice = normalise(log_likelihood(3 * counts, rate, 0.3)).max(axis=1)
    assert np.all(thrice >= once - 1e-12)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=20), st.floats(-1e6, 1e6))
def test_a_posterior_sums_to_one_and_ignores_a_constant(values, constant):
    log_values = np.array([values])
    posterior = normalise(log_values)
    assert posterior.sum() == pytest.approx(1)
    np.testing.assert_allclose(normalise(log_values + constant), posterior, atol=1e-6)


def test_normalising_works_over_the_last_axis_and_keeps_minus_infinity_at_zero():
    log_values = np.log(np.array([[[1.0, 3.0], [2.0, 2.0]]]))
    np.testing.assert_allclose(normalise(log_values), [[[0.25, 0.75], [0.5, 0.5]]])
    assert normalise(np.array([[0.0, -np.inf]])).tolist() == [[1.0, 0.0]]


@given(ANGLES, ANGLES)
def test_a_circular_difference_is_short_and_leads_from_b_to_a(a, b):
    difference = circular_difference(a, b)
    assert -np.pi <= difference <= np.pi
    assert np.cos(b + difference - a) == pytest.approx(1)
    turns = circular_difference(a + 4 * np.pi, b - 2 * np.pi)
    assert np.cos(turns - difference) == pytest.approx(1)


def test_circular_differences_cross_the_wrap():
    degrees = np.rad2deg(circular_difference(np.deg2rad([10, 350]), np.deg2rad([350, 10])))
    np.testing.assert_allclose(degrees, [20, -20])


@given(st.floats(0.0, 6.2), st.floats(0.5, 20.0))
def test_the_circular_mean_of_a_symmetric_posterior_is_its_centre(centre, concentration):
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    posterior = normalise(concentration * np.cos(angles - centre)[None])
    mean = circular_mean(posterior, angles)
    assert 0 <= mean[0] <= 2 * np.pi
    assert abs(circular_difference(mean, centre))[0] < 1e-6


@given(st.integers(1, 119), st.integers(0, 10_000))
def test_the_circular_mean_turns_with_the_posterior(shift, seed):
    angles = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    posterior = normalise(np.random.default_rng(seed).normal(0, 2, (1, 120)))
    turned = circular_mean(np.roll(posterior, shift, axis=1), angles)
    off = circular_difference(turned, circular_mean(posterior, angles) + angles[shift])
    assert abs(off[0]) < 1e-6
