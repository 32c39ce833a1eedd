"""Decoding in chunks against decoding at once, and the seams between chunks."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.streaming import (
    count_chunks,
    decode_positions,
    log_rates,
    posterior_chunks,
    slices_of,
)

WIDTH = 0.02


@pytest.fixture
def problem(rng) -> tuple[np.ndarray, np.ndarray]:
    """Counts (bin, unit) and rates (state, unit); some bins are silent."""
    rate = rng.gamma(0.5, 6.0, (50, 20)) + 0.05
    return rng.poisson(rate[rng.integers(0, 50, 700)] * WIDTH).astype(np.float32), rate


def _whole(counts, rates, chunk) -> np.ndarray:
    return np.concatenate([c.posterior for c in posterior_chunks(slices_of(counts, chunk), rates)])


@pytest.mark.parametrize("chunk", [1, 7, 64, 699, 700, 5000])
def test_chunked_equals_the_decoder_that_holds_everything(problem, chunk):
    counts, rate = problem
    expected = normalise(log_likelihood(counts.astype(float), rate, WIDTH))
    found = _whole(counts, log_rates(rate, WIDTH), chunk)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_chunks_follow_each_other_and_count_their_spikes(problem):
    counts, rate = problem
    chunks = list(posterior_chunks(slices_of(counts, 300), log_rates(rate, WIDTH)))
    assert [c.rows for c in chunks] == [slice(0, 300), slice(300, 600), slice(600, 700)]
    assert np.concatenate([c.n_spikes for c in chunks]).tolist() == counts.sum(axis=1).tolist()


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float64])
def test_counts_of_another_type_give_the_same(problem, dtype):
    counts, rate = problem
    rates = log_rates(rate, WIDTH)
    np.testing.assert_array_equal(
        _whole(counts.astype(dtype), rates, 100), _whole(counts, rates, 100)
    )


def test_estimates_are_those_of_the_posterior_and_silence_is_flagged(problem):
    counts, rate = problem
    positions = np.linspace(0.02, 1.98, 50)
    posterior = normalise(log_likelihood(counts.astype(float), rate, WIDTH))
    found = decode_positions(slices_of(counts, 128), log_rates(rate, WIDTH), positions)
    silent = counts.sum(axis=1) == 0
    assert 0 < silent.sum() < 700
    assert np.array_equal(np.isnan(found.peak), silent)
    assert np.array_equal(np.isnan(found.mean), silent)
    np.testing.assert_allclose(found.peak_probability, posterior.max(axis=1), rtol=1e-4)
    np.testing.assert_allclose(found.mean[~silent], (posterior @ positions)[~silent], rtol=1e-4)
    at_peak = posterior[np.arange(700), np.searchsorted(positions, found.peak) % 50][~silent]
    np.testing.assert_allclose(at_peak, posterior.max(axis=1)[~silent], rtol=1e-4)


def test_a_state_that_was_never_visited_has_no_probability(problem):
    counts, rate = problem
    visited = np.ones(50, dtype=bool)
    visited[[0, 20, 49]] = False
    rate[20] = 1000.0  # whatever stands there must not reach the others
    found = _whole(counts, log_rates(rate, WIDTH, visited), 90)
    assert np.all(found[:, ~visited] == 0)
    expected = normalise(log_likelihood(counts.astype(float), rate[visited], WIDTH))
    np.testing.assert_allclose(found[:, visited], expected, atol=1e-5)


def test_many_cells_and_long_bins_do_not_underflow(rng):
    x = np.linspace(0, 2, 200)
    rate = 0.05 + 25 * np.exp(-0.5 * ((x[:, None] - rng.uniform(0, 2, 100)) / 0.1) ** 2)
    counts = rng.poisson(rate[rng.integers(0, 200, 300)] * 0.25)
    expected = normalise(log_likelihood(counts.astype(float), rate, 0.25))
    np.testing.assert_allclose(_whole(counts, log_rates(rate, 0.25), 64), expected, atol=2e-5)


@given(
    st.lists(st.integers(0, 400), max_size=60),
    st.integers(1, 23),
    st.floats(-5.0, 5.0),
)
def test_every_spike_is_counted_once_whatever_the_chunk(ticks, chunk, start):
    """Trap: an edge lost at the end of every chunk. Spikes lie on edges here on purpose."""
    bins = make_bins(np.array([[start, start + 2.0]]), WIDTH)
    edges = np.append(bins.start, bins.stop[-1])
    between = np.linspace(edges[0] - 0.1, edges[-1] + 0.1, 401)
    times = np.sort([edges[t // 2] if t % 2 and t < 200 else between[t] for t in ticks])
    times = np.asarray(times, dtype=float)
    unit = np.arange(times.size) % 3
    chunks = list(count_chunks(times, unit, (start, start + 2.0), WIDTH, 3, chunk))
    found = np.concatenate(chunks)
    np.testing.assert_array_equal(found, count_spikes(times, unit, bins, 3))
    assert found.sum() == ((times >= edges[0]) & (times < edges[-1])).sum()
    assert all(len(c) == chunk for c in chunks[:-1])


def _peak_memory(n_bins: int, rate: np.ndarray) -> int:
    """Peak allocation in bytes, with as many spikes whatever the number of bins."""
    rng = np.random.default_rng(0)
    times = np.sort(rng.uniform(0, n_bins * WIDTH, 2_000))
    unit = rng.integers(0, 20, times.size)
    counts = count_chunks(times, unit, (0.0, n_bins * WIDTH), WIDTH, 20, 256)
    chunks = posterior_chunks(counts, log_rates(rate, WIDTH))
    tracemalloc.start()
    total = 0.0
    for part in chunks:
        total += part.posterior.sum(dtype=float)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert total == pytest.approx(n_bins, rel=1e-5)
    return peak


def test_memory_is_set_by_the_chunk_and_not_by_the_recording(problem):
    _, rate = problem
    short, long = _peak_memory(2_000, rate), _peak_memory(20_000, rate)
    assert long < 1.2 * short


def test_nothing_to_decode_is_no_error(problem):
    _, rate = problem
    found = decode_positions(
        count_chunks(np.empty(0), np.empty(0, int), (0.0, 0.01), WIDTH, 20),
        log_rates(rate, WIDTH),
        np.arange(50.0),
    )
    assert found.peak.size == found.n_spikes.size == 0


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0.5, 0.2], "sorted times, found 0.2 after 0.5 at index 1"),
        ([0.1, np.nan], "finite times, found nan at index 1"),
    ],
)
def test_times_that_would_be_miscounted_are_refused(times, message):
    with pytest.raises(NeurosimError, match=message):
        list(count_chunks(np.array(times), np.array([0, 0]), (0.0, 1.0), WIDTH, 1))


def test_other_input_that_cannot_be_decoded_is_refused(problem):
    counts, rate = problem
    with pytest.raises(NeurosimError, match="20 units"):
        _whole(counts[:, :7], log_rates(rate, WIDTH), 10)
    with pytest.raises(NeurosimError, match="chunk"):
        list(slices_of(counts, 0))
    with pytest.raises(NeurosimError, match="occupancy"):
        log_rates(rate, WIDTH, np.zeros(50, dtype=bool))
    with pytest.raises(NeurosimError, match="bin width"):
        log_rates(rate, 0.0)
    for bad in (0.0, -1.0, np.nan, np.inf):
        rate[3, 4] = bad
        with pytest.raises(NeurosimError, match=r"positive, finite rates.*\(3, 4\)"):
            log_rates(rate, WIDTH)
