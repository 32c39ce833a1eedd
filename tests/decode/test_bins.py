"""Time bins: half-open, explicit to the last bit, and counts that sum to the spikes inside."""

from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.bins import Bins, bin_index, count_spikes, count_trains, make_bins

WIDTHS = st.sampled_from([0.001, 0.002, 0.005, 0.1, 0.125, 0.25, 0.3, 1.0 / 3.0])
STARTS = st.sampled_from([0.0, 0.1, 4442.86, 1e5 + 0.3, -12.7, 3.3333])


@st.composite
def interval_sets(draw) -> tuple[np.ndarray, float]:
    """Sorted, disjoint intervals, some contiguous, of any length; and a bin width."""
    width, edge, intervals = draw(WIDTHS), draw(STARTS), []
    for _ in range(draw(st.integers(1, 5))):
        edge += draw(st.sampled_from([0.0, 0.4 * width, 7.3 * width]))
        stop = edge + width * draw(st.sampled_from([0.5, 1, 3, 7.99, 10, 23]))
        intervals.append((edge, stop))
        edge = stop
    return np.array(intervals), width


def brute_force_counts(times: np.ndarray, unit: np.ndarray, bins: Bins, n: int) -> np.ndarray:
    """A loop over bins and units; a bin ends where the next begins."""
    counts = np.zeros((bins.size, n))
    stops = np.minimum(bins.stop, np.append(bins.start[1:], np.inf))
    for row in range(bins.size):
        for time, cell in zip(times, unit, strict=True):
            counts[row, cell] += bins.start[row] <= time < stops[row]
    return counts


def split_at_edges(intervals: np.ndarray, bins: Bins, every: int) -> np.ndarray:
    """The same time as contiguous chunks of at most `every` bins."""
    chunks = []
    for number, (start, stop) in enumerate(intervals):
        rows = bins.rows(number)
        edges = bins.start[rows][::every].tolist() or [start]
        chunks += list(pairwise([*edges, stop]))
    return np.array(chunks)


@given(interval_sets(), st.integers(0, 10_000))
def test_counts_equal_a_loop_over_bins_and_sum_to_the_spikes_inside(case, seed):
    intervals, width = case
    rng = np.random.default_rng(seed)
    bins = make_bins(intervals, width)
    low, high = intervals[0, 0] - width, intervals[-1, 1] + width
    edges = np.concatenate([bins.start, bins.stop])
    some_edges = rng.choice(edges, min(edges.size, 10)) if edges.size else edges
    times = np.sort(np.concatenate([rng.uniform(low, high, 40), some_edges]))
    unit = rng.integers(0, 3, times.size)
    expected = brute_force_counts(times, unit, bins, 3)
    for work in (1, 20, 2**20):  # how many spikes and counts at a time changes nothing
        with mock.patch("neurosim.decode.bins.WORK", work):
            np.testing.assert_array_equal(count_spikes(times, unit, bins, 3), expected)
    shuffled = rng.permutation(times.size)
    np.testing.assert_array_equal(count_spikes(times[shuffled], unit[shuffled], bins, 3), expected)
    trains = [times[unit == number] for number in range(3)]
    np.testing.assert_array_equal(count_trains(trains, bins), expected)


@given(interval_sets(), st.integers(0, 10_000))
def test_no_spike_between_the_first_and_the_last_edge_of_an_interval_is_lost(case, seed):
    intervals, width = case
    bins = make_bins(intervals, width)
    for number in range(len(intervals)):
        rows = bins.rows(number)
        if rows.stop == rows.start:
            continue
        first, last = bins.start[rows.start], bins.stop[rows.stop - 1]
        times = np.sort(np.random.default_rng(seed).uniform(first, last, 50))
        beside = np.concatenate([bins.start[rows], np.nextafter(bins.stop[rows], -np.inf)])
        times = np.sort(np.concatenate([times, beside]))
        times = times[times < last]
        counts = count_spikes(times, np.zeros(times.size, dtype=int), bins, 1)
        assert counts.sum() == times.size
        following = bins.rows(number + 1)
        assert counts[rows].sum() + counts[following].sum() == times.size


@given(interval_sets())
def test_a_spike_at_an_edge_belongs_to_the_later_bin(case):
    bins = make_bins(*case)
    np.testing.assert_array_equal(bin_index(bins.start, bins), np.arange(bins.size))
    before = bin_index(np.nextafter(bins.start, -np.inf), bins)
    assert np.all(before < np.arange(bins.size))


@given(interval_sets())
def test_within_an_interval_a_bin_ends_where_the_next_begins_to_the_last_bit(case):
    bins = make_bins(*case)
    same = bins.interval[1:] == bins.interval[:-1]
    np.testing.assert_array_equal(bins.stop[:-1][same], bins.start[1:][same])
    np.testing.assert_allclose(bins.stop - bins.start, bins.width, rtol=1e-6)


@given(interval_sets())
def test_every_whole_bin_of_an_interval_is_kept_and_the_rest_is_left_out(case):
    intervals, width = case
    bins = make_bins(intervals, width)
    for number, (start, stop) in enumerate(intervals):
        rows = bins.rows(number)
        n = rows.stop - rows.start
        assert np.all(bins.interval[rows] == number)
        assert stop - start - n * width < width * (1 - 1e-7)
        assert n * width <= (stop - start) + 1e-5 * width
        if n:
            assert bins.start[rows.start] == start


@pytest.mark.parametrize("start", [0.0, 0.1, 4442.86, 86_399.7])
@pytest.mark.parametrize(("width", "n"), [(0.1, 10), (0.1, 3), (0.005, 777), (0.001, 60_000)])
def test_the_last_bin_is_kept_however_its_edge_rounds(start, width, n):
    bins = make_bins([[start, start + n * width]], width)
    assert bins.size == n
    last = start + (n - 0.5) * width
    assert count_spikes(np.array([last]), np.array([0]), bins, 1)[-1, 0] == 1


@given(interval_sets(), st.integers(1, 4), st.integers(0, 10_000))
def test_chunks_split_at_bin_edges_give_the_same_counts(case, every, seed):
    intervals, width = case
    bins = make_bins(intervals, width)
    rng = np.random.default_rng(seed)
    times = np.sort(rng.uniform(intervals[0, 0], intervals[-1, 1], 200))
    unit = rng.integers(0, 3, times.size)
    whole = count_spikes(times, unit, bins, 3)
    chunked_bins = make_bins(split_at_edges(intervals, bins, every), width)
    assert chunked_bins.size == bins.size
    np.testing.assert_array_equal(count_spikes(times, unit, chunked_bins, 3), whole)


def test_contiguous_intervals_count_a_spike_at_their_common_edge_once():
    edges = np.array([0.0, 0.3, 0.6, 0.8999999999999999, 1.2])
    bins = make_bins(np.column_stack([edges[:-1], edges[1:]]), 0.1)
    assert bins.size == 12
    index = bin_index(edges[:-1], bins)
    assert index.tolist() == [0, 3, 6, 9]
    counts = count_spikes(edges[:-1], np.zeros(4, dtype=int), bins, 1)
    assert counts.sum() == 4


def test_spikes_outside_are_counted_nowhere():
    bins = make_bins([[1.0, 2.0], [5.0, 6.0]], 0.5)
    times = np.array([0.999, 2.0, 3.0, 4.999, 6.0, 99.0])
    assert np.all(bin_index(times, bins) == -1)
    assert count_spikes(times, np.zeros(6, dtype=int), bins, 2).sum() == 0


def test_taking_some_bins_leaves_the_spikes_of_the_others_out():
    bins = make_bins([[0.0, 1.0]], 0.1)
    times, unit = np.arange(10) * 0.1 + 0.05, np.zeros(10, dtype=int)
    kept = np.array([0, 3, 4, 9])
    counts = count_spikes(times, unit, bins.take(kept), 1)
    np.testing.assert_array_equal(counts, count_spikes(times, unit, bins, 1)[kept])
    np.testing.assert_allclose(bins.take(kept).centre, times[kept])


@pytest.mark.parametrize("intervals", [np.empty((0, 2)), [], [[1.0, 1.05]]])
def test_without_a_whole_bin_there_is_none(intervals):
    bins = make_bins(intervals, 0.1)
    assert bins.size == 0
    assert bins.rows(0) == slice(0, 0)
    counts = count_spikes(np.array([1.0, 1.01]), np.array([0, 1]), bins, 2)
    assert counts.shape == (0, 2)


def test_without_spikes_counts_are_zero():
    bins = make_bins([[0.0, 1.0]], 0.1)
    counts = count_spikes(np.empty(0), np.empty(0, dtype=int), bins, 4)
    assert counts.shape == (10, 4)
    assert counts.dtype == np.float32
    assert not counts.any()


@pytest.mark.parametrize("width", [0.0, -0.1, float("nan")])
def test_a_width_that_is_not_positive_is_refused(width):
    with pytest.raises(NeurosimError, match=str(width)):
        make_bins([[0.0, 1.0]], width)
