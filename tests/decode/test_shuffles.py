"""Shuffles against every shuffle that there is, and the false positives that they leave."""

from collections.abc import Iterator
from itertools import permutations, product

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from neurosim import NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.scores import SCORES, LineGrid
from neurosim.decode.shuffled import rotate_fields, rotated_moments
from neurosim.decode.shuffles import (
    AFTER_DECODING,
    SHUFFLES,
    TOGETHER,
    ShuffleOptions,
    event_p_values,
    event_significance,
    is_significant,
    p_values,
)
from neurosim.decode.templates import EventCounts, Templates

WIDTH = 0.005
GRID = LineGrid(half_width_m=0.15, n_ends=3)
CORRELATION = {"grid": None}


# Brute force: one shuffle, one template, one line at a time, in double precision.


def decoded(counts: np.ndarray, templates: Templates) -> np.ndarray:
    """Posterior (template, bin, position)."""
    return np.array(
        [
            normalise(log_likelihood(counts.astype(float), rate, WIDTH, seen))
            for rate, seen in zip(templates.rate, templates.visited, strict=True)
        ]
    )


def brute_scores(posteriors: np.ndarray, heard: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Both scores (score,), the highest over the templates."""
    rows, n = np.flatnonzero(heard), len(heard)
    centres = np.linspace(positions[0], positions[-1], GRID.n_centres)
    near = np.abs(positions - centres[:, None]) <= GRID.half_width_m + 1e-9
    highest = np.zeros(2)
    for posterior in posteriors:
        if rows.size > 1:
            t, weight = np.repeat(rows, positions.size), posterior[rows].ravel()
            c = np.cov(t, np.tile(positions, rows.size), aweights=weight)
            highest[0] = max(highest[0], abs(c[0, 1]) / np.sqrt(c[0, 0] * c[1, 1]))
        for start, stop in product(range(GRID.n_ends), repeat=2):
            line = np.rint(2 * (start + (stop - start) * rows / max(n - 1, 1))).astype(int)
            masses = [posterior[k] @ near[c] for k, c in zip(rows, line, strict=True)]
            highest[1] = max(highest[1], np.mean(masses)) if masses else highest[1]
    return highest


def every_move(
    shuffle: str, posterior: np.ndarray, rows: np.ndarray, pool: np.ndarray
) -> Iterator[np.ndarray]:
    """Every equally likely set of shuffled posteriors (template, row, position)."""
    if shuffle == "time_bin":
        for order in permutations(rows):
            yield posterior[:, list(order)]
    elif shuffle == "pseudo_event":
        for drawn in product(range(pool.shape[1]), repeat=rows.size):
            yield pool[:, list(drawn)]
    else:
        for steps in product(range(posterior.shape[2]), repeat=rows.size):
            columns = posterior[:, rows].swapaxes(0, 1)
            turned = [np.roll(c, step, axis=1) for c, step in zip(columns, steps, strict=True)]
            yield np.stack(turned, axis=1)


def every_decoding(
    shuffle: str, counts: np.ndarray, templates: Templates
) -> Iterator[tuple[np.ndarray, Templates]]:
    """Every equally likely set of shuffled counts or templates."""
    n, n_units = counts.shape
    if shuffle == "cell_identity":
        for order in permutations(range(n_units)):
            yield counts[:, list(order)], templates
    elif shuffle == "spike_train_shift":
        for steps in product(range(n), repeat=n_units):
            moved = [np.roll(c, step) for c, step in zip(counts.T, steps, strict=True)]
            yield np.stack(moved, axis=1), templates
    else:
        fields = np.moveaxis(templates.rate, 2, 0)
        for steps in product(range(templates.positions.size), repeat=n_units):
            turned = [np.roll(f, step, axis=1) for f, step in zip(fields, steps, strict=True)]
            yield counts, templates.replaced(np.stack(turned, axis=2))


def every_shuffle(shuffle: str, events: EventCounts, templates: Templates) -> Iterator[tuple]:
    """Posterior and heard bins of the first event in each of its equally likely shuffles."""
    counts = events.take(0, 1).counts
    if shuffle in AFTER_DECODING:
        heard, posterior = counts.any(axis=1), decoded(counts, templates)
        pool = decoded(events.counts[events.counts.any(axis=1)], templates)
        for moved in every_move(shuffle, posterior, np.flatnonzero(heard), pool):
            made = posterior.copy()
            made[:, heard] = moved
            yield made, heard
    else:
        for made, maps in every_decoding(shuffle, counts, templates):
            yield decoded(made, maps), made.any(axis=1)


def two_small_events() -> tuple[EventCounts, Templates]:
    """Four units, the last of them silent in the first event, and two maps of five positions."""
    first = [[2, 0, 0, 0], [0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 2, 0], [1, 0, 1, 0]]
    second = [[1, 0, 0, 2], [0, 0, 1, 1]]
    rate = np.random.default_rng(13).lognormal(2, 1.6, (2, 5, 4))
    counts = np.array([*first, *second], dtype=np.float32)
    events = EventCounts(counts, np.repeat([0, 1], [5, 2]), 2, WIDTH)
    return events, Templates(rate, np.ones((2, 5), bool), (np.arange(5) + 0.5) * 0.2)


@pytest.mark.parametrize("shuffle", SHUFFLES)
def test_p_values_are_those_of_every_shuffle_that_there_is(shuffle, rng):
    n, (events, templates) = 4000, two_small_events()
    counts = events.take(0, 1).counts
    observed = brute_scores(decoded(counts, templates), counts.any(axis=1), templates.positions)
    null = np.array(
        [
            brute_scores(posterior, heard, templates.positions)
            for posterior, heard in every_shuffle(shuffle, events, templates)
        ]
    )
    exact = (null >= observed - 1e-5).mean(axis=0)
    assert np.all((exact > 0.02) & (exact < 0.98))  # else this test could not fail
    found = event_p_values(events, templates, ShuffleOptions(n, (shuffle,), GRID), rng)
    np.testing.assert_allclose(found["highest_score"].values[0], observed, atol=1e-5)
    error = np.abs(found["p_value"].values[0, :, 0] - exact)
    assert np.all(error < 4 * np.sqrt(0.25 / n) + 1 / n), (exact, error)
    assert np.isnan(found["p_value"].values[1]).all()  # two bins cannot be tested


def test_fields_of_silent_cells_are_handed_out_too(rng):
    """Three active cells in a row. Among them one order in three scores as high, never less."""
    positions = (np.arange(20) + 0.5) * 0.1
    rate = np.full((1, 20, 10), 1.0)  # the silent cells have no place
    rate[0, :, :3] += 40 * np.exp(-0.5 * ((positions[:, None] - [0.4, 1.0, 1.6]) / 0.1) ** 2)
    counts = np.zeros((3, 10), np.float32)
    counts[[0, 1, 2], [0, 1, 2]] = 3
    events = EventCounts(counts, np.zeros(3, int), 1, WIDTH)
    templates = Templates(rate, np.ones((1, 20), bool), positions)
    p = event_p_values(events, templates, ShuffleOptions(999, ("cell_identity",), None), rng)
    assert p["p_value"].item() < 0.1


# What holds of all shuffles.


def random_events(rng: np.random.Generator, n_events: int, n_units: int = 12, n_maps: int = 2):
    """Events of independent spikes in maps of random Gaussian fields."""
    positions = (np.arange(20) + 0.5) * 0.1
    centre = rng.uniform(0, 2, (n_maps, 1, n_units))
    rate = 0.3 + 25 * np.exp(-0.5 * ((positions[:, None] - centre) / 0.15) ** 2)
    event = np.repeat(np.arange(n_events), rng.integers(8, 14, n_events))
    counts = rng.poisson(0.1, (event.size, n_units)).astype(np.float32)
    templates = Templates(rate, np.ones((n_maps, 20), bool), positions)
    return EventCounts(counts, event, n_events, WIDTH), templates


def test_chunks_and_other_shuffles_change_nothing():
    events, templates = random_events(np.random.default_rng(1), 4)

    def tested(**options) -> xr.Dataset:
        chosen = ShuffleOptions(n_shuffles=50, grid=GRID, **options)
        return event_p_values(events, templates, chosen, np.random.default_rng(5))

    all_at_once = tested()
    in_chunks = tested(chunk=7)
    xr.testing.assert_allclose(in_chunks, all_at_once, rtol=1e-9)  # sums in another order
    xr.testing.assert_identical(in_chunks["p_value"], all_at_once["p_value"])
    alone = tested(shuffles=("cell_identity",))
    xr.testing.assert_identical(alone, all_at_once.sel(shuffle=["cell_identity"]))


def test_events_that_follow_change_nothing():
    events, templates = random_events(np.random.default_rng(2), TOGETHER + 3)
    shuffles = tuple(name for name in SHUFFLES if name != "pseudo_event")  # draws from all events
    options = ShuffleOptions(20, shuffles, None)
    both = event_p_values(events, templates, options, np.random.default_rng(3))
    first = events.take(0, TOGETHER)
    alone = event_p_values(first, templates, options, np.random.default_rng(3))
    xr.testing.assert_identical(alone, both.isel(event=slice(TOGETHER)))


@given(st.integers(0, 10_000))
def test_the_order_of_units_and_silent_bins_change_no_score(seed):
    rng = np.random.default_rng(seed)
    events, templates = random_events(rng, 3)
    order = rng.permutation(templates.n_units)
    silent = np.zeros((3, templates.n_units), np.float32)
    longer = np.concatenate([silent, events.counts, silent])  # of the first and last event
    owner = np.concatenate([[0] * 3, events.event, [2] * 3])
    options = ShuffleOptions(1, ("time_bin",), None)

    def highest(events: EventCounts, templates: Templates) -> np.ndarray:
        return event_p_values(events, templates, options, rng)["highest_score"].values

    expected = highest(events, templates)
    relabelled = events.replaced(events.counts[:, order])
    found = highest(relabelled, templates.replaced(templates.rate[..., order]))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    padded = EventCounts(longer, owner, 3, WIDTH)
    np.testing.assert_allclose(highest(padded, templates), expected, atol=1e-4)


@pytest.mark.parametrize("direction", [1, -1])
def test_a_sequence_is_as_significant_as_the_shuffles_allow_either_way(rng, direction):
    positions = (np.arange(40) + 0.5) * 0.05
    centre = np.linspace(0.05, 1.95, 30)
    rate = 0.1 + 20 * np.exp(-0.5 * ((positions[:, None] - centre) / 0.1) ** 2)
    # The second event scores as well, so that the pool of bins holds places in every order.
    counts = np.concatenate([np.eye(30)[::direction], np.eye(30)[rng.permutation(30)]])
    events = EventCounts(counts.astype(np.float32), np.repeat([0, 1], 30), 2, WIDTH)
    templates = Templates(rate[None], np.ones((1, 40), bool), positions)
    p_values = event_p_values(events, templates, ShuffleOptions(199), rng)["p_value"]
    np.testing.assert_allclose(p_values[0], 1 / 200)
    assert np.all(p_values[1] > 1 / 200)


@pytest.mark.parametrize("n_time", [0, 1, 2])
def test_fewer_than_three_bins_with_spikes_cannot_be_tested(rng, n_time):
    counts = np.zeros((6, 4), np.float32)
    counts[:n_time, 1] = 1
    events = EventCounts(counts, np.zeros(6, int), 1, WIDTH)
    found = event_p_values(events, two_small_events()[1], ShuffleOptions(9, grid=GRID), rng)
    assert np.isnan(found["p_value"].values).all()
    assert np.isnan(found["highest_score"].values).all()
    assert np.all(found["template"].values == -1)


def test_the_template_of_an_event_is_the_map_that_it_follows(rng):
    positions = (np.arange(20) + 0.5) * 0.1
    centre = np.array([np.linspace(0.1, 1.9, 20), rng.permutation(np.linspace(0.1, 1.9, 20))])
    rate = 0.1 + 20 * np.exp(-0.5 * ((positions[None, :, None] - centre[:, None]) / 0.1) ** 2)
    counts = np.concatenate([np.eye(20), np.eye(20)[np.argsort(centre[1])]]).astype(np.float32)
    events = EventCounts(counts, np.repeat([0, 1], 20), 2, WIDTH)
    templates = Templates(rate, np.ones((2, 20), bool), positions)
    found = event_p_values(events, templates, ShuffleOptions(9), rng)
    assert found["template"].values.tolist() == [[0, 0], [1, 1]]


def test_unknown_shuffles_are_named():
    with pytest.raises(NeurosimError, match="'swap'"):
        ShuffleOptions(9, ("time_bin", "swap"))
    with pytest.raises(NeurosimError, match="at least 1, found 0"):
        ShuffleOptions(0)


def test_graded_p_values_only_break_ties(rng):
    events, templates = random_events(rng, 40)
    found = event_p_values(events, templates, ShuffleOptions(19, grid=GRID), rng)
    plain, graded = (found[name].values.ravel() for name in ("p_value", "graded_p_value"))
    plain, graded = plain[np.isfinite(plain)], graded[np.isfinite(graded)]
    assert np.all((plain - 1 / 20 <= graded) & (graded <= plain))
    order = np.lexsort([graded, plain])
    assert np.all(np.diff(graded[order]) >= 0)
    assert np.unique(graded).size > 5 * np.unique(plain).size


def test_a_score_far_above_its_shuffles_is_graded_by_how_far():
    null = np.linspace(0, 1, 99)[None, :, None].repeat(3, axis=2)
    plain, graded = p_values(np.array([[1.5, 3.0, 0.5]]), null)
    assert plain[0, :2].tolist() == [0.01, 0.01]
    assert 0 < graded[0, 1] < graded[0, 0] < 0.01
    assert graded[0, 2] == pytest.approx(0.50 + 0.005)  # 50 of 99 at least as high, z is zero


# The two that have closed forms.


def test_every_rotation_occurs_once(rng):
    positions = np.arange(12.0)
    posterior = rng.dirichlet(np.full(12, 0.5), 3)
    mean, _ = rotated_moments(posterior, positions)
    rolled = [[np.roll(column, k) @ positions for k in range(12)] for column in posterior]
    np.testing.assert_allclose(np.sort(mean, axis=1), np.sort(rolled, axis=1))


def test_fields_rotate_over_visited_positions_alone():
    rate = np.arange(12.0).reshape(1, 6, 2)
    visited = np.array([[False, True, True, True, True, False]])
    turned = rotate_fields(rate, visited, np.array([0.25, 0.0]))
    assert turned[0, :, 0].tolist() == [0, 8, 2, 4, 6, 10]
    assert turned[0, :, 1].tolist() == [1, 3, 5, 7, 9, 11]


# False positives.


def rate_of(p_values: np.ndarray, alpha: float = 0.05) -> tuple[float, float]:
    """99.9 % interval of the fraction at or below alpha."""
    result = stats.binomtest(int((p_values <= alpha).sum()), p_values.size)
    interval = result.proportion_ci(0.999)
    return interval.low, interval.high


def shuffled_like(shuffle: str, rng: np.random.Generator, n_events: int) -> tuple:
    """Planted sequences after one shuffle each: that shuffle's own null."""
    events, templates = random_events(rng, n_events)
    layout, counts = events.layout, np.zeros_like(events.counts)
    for start, stop in zip(layout.edges[:-1], layout.edges[1:], strict=True):
        along = np.linspace(0, 19, stop - start).astype(int)
        made = rng.poisson(templates.rate[0, along] * 5 * WIDTH)
        if shuffle == "cell_identity":
            made = made[:, rng.permutation(made.shape[1])]
        elif shuffle == "spike_train_shift":
            made = np.stack([np.roll(c, rng.integers(len(made))) for c in made.T], axis=1)
        elif shuffle == "time_bin":
            made = made[rng.permutation(len(made))]
        counts[start:stop] = made
    return events.replaced(counts), templates


@pytest.mark.parametrize("shuffle", ["cell_identity", "spike_train_shift", "time_bin"])
def test_p_values_are_uniform_under_the_shuffles_own_null(shuffle, rng):
    events, templates = shuffled_like(shuffle, rng, 400)
    options = ShuffleOptions(199, (shuffle,), GRID)
    p_values = event_p_values(events, templates, options, rng)["p_value"].values[..., 0]
    for column in range(len(SCORES)):
        values = p_values[:, column]
        assert np.isfinite(values).mean() > 0.95
        values = values[np.isfinite(values)]
        low, high = rate_of(values)
        assert low < 0.05 < high
        # Ties of the line score push its p values up: the test is one-sided.
        assert stats.kstest(values, "uniform", alternative="greater").pvalue > 1e-3
    assert stats.kstest(p_values[:, 0], "uniform", nan_policy="omit").pvalue > 1e-3


def test_rotations_are_uniform_under_rotated_posteriors(rng):
    """The same bump at a random place in each bin: its own null around a closed track."""
    positions = (np.arange(12) + 0.5) * 0.1
    bump = np.exp(-0.5 * ((positions - 0.6) / 0.15) ** 2)
    bump /= bump.sum()
    posterior = np.array([np.roll(bump, shift) for shift in rng.integers(0, 12, 400 * 12)])
    events = as_decoded(posterior, np.repeat(np.arange(400), 12), 400, positions)
    p_values = event_significance(events, 199, rng, "rat1")["p_value"]
    for shuffle in ("time_bin", "column_cycle"):
        values = p_values.sel(score="weighted_correlation", shuffle=shuffle).values
        assert stats.kstest(values, "uniform").pvalue > 1e-3, shuffle


def test_the_maximum_over_templates_controls_what_two_tests_do_not(rng):
    events, templates = shuffled_like("cell_identity", rng, 800)
    options = ShuffleOptions(199, ("cell_identity",), None)

    def with_maps(*maps: int) -> np.ndarray:
        chosen = Templates(
            templates.rate[list(maps)], templates.visited[list(maps)], templates.positions
        )
        return event_p_values(events, chosen, options, rng)["p_value"].values.ravel()

    low, high = rate_of(with_maps(0, 1))
    assert low < 0.05 < high
    assert rate_of(np.minimum(with_maps(0), with_maps(1)))[0] > 0.05


def test_random_walks_pass_the_shuffles(rng):
    """A trap: what is significant need not be directed."""
    n_events, n_units = 120, 80
    positions = (np.arange(50) + 0.5) * 0.04
    centre = rng.uniform(0, 2, n_units)
    peak = rng.lognormal(np.log(12), 0.5, n_units)
    rate = 0.2 + peak * np.exp(-0.5 * ((positions[:, None] - centre) / 0.15) ** 2)
    event = np.repeat(np.arange(n_events), rng.integers(20, 60, n_events))
    step = rng.normal(0, 0.08 / 2, event.size)  # 8 cm in 20 ms, by bins of 5 ms
    start = np.flatnonzero(np.diff(event, prepend=-1))
    step[start] = 0
    walk = np.cumsum(step)
    walk += (rng.uniform(0, 2, n_events) - walk[start])[event]
    walk = np.abs((walk + 2) % 4 - 2)  # reflected at both ends
    place = np.minimum((walk / 0.04).astype(int), 49)
    counts = rng.poisson(3 * WIDTH * rate[place]).astype(np.float32)
    p_values = event_p_values(
        EventCounts(counts, event, n_events, WIDTH),
        Templates(rate[None], np.ones((1, 50), bool), positions),
        ShuffleOptions(199, ("time_bin", "column_cycle", "cell_identity"), None),
        rng,
    )["p_value"]
    for shuffle in p_values["shuffle"].values:
        low, _ = rate_of(p_values.sel(shuffle=shuffle).values)
        assert low > 0.15, shuffle


# The rule's Dataset.


def as_decoded(
    posterior: np.ndarray, owner: np.ndarray, n_events: int, positions: np.ndarray, silent=0
) -> xr.Dataset:
    """Events as they come from `decode_events`, as far as they are needed."""
    return xr.Dataset(
        {
            "posterior": (("bin", "position"), posterior.astype(np.float32)),
            "bin_silent": ("bin", np.broadcast_to(silent, owner.shape).astype(np.int8)),
            "bin_event": ("bin", owner),
            "velocity": ("event", np.zeros(n_events)),
        },
        coords={"position": positions},
    )


def test_events_are_tested_one_by_one_on_their_heard_bins(rng):
    positions = (np.arange(12) + 0.5) * 0.1
    centre = np.linspace(0.1, 1.1, 12)
    diagonal = np.exp(-0.5 * ((positions - centre[:, None]) / 0.1) ** 2)
    diagonal /= diagonal.sum(axis=1, keepdims=True)
    there_and_back = np.stack([diagonal, diagonal[::-1]], axis=1).reshape(24, 12)
    still = np.tile(diagonal[4], (4, 1))
    events = as_decoded(
        np.concatenate([there_and_back, still, diagonal[:2]]),
        np.repeat([0, 1, 3], [24, 4, 2]),
        4,
        positions,
        silent=np.concatenate([np.tile([0, 1], 12), np.zeros(6)]),  # the way back
    )
    found = event_significance(events, 499, rng, "rat1", AFTER_DECODING)
    p_value = found["p_value"]
    assert p_value.dims == ("event", "score", "shuffle")
    assert p_value["shuffle"].values.tolist() == list(AFTER_DECODING)
    np.testing.assert_allclose(p_value.sel(shuffle=["time_bin", "column_cycle"])[0], 1 / 500)
    assert np.all(p_value.sel(score="weighted_correlation").values[1] == 1)
    assert np.isnan(p_value.values[2:]).all()  # one without bins, one with two
    both = ("time_bin", "column_cycle")
    passed = is_significant(p_value, 0.01, shuffles=both)
    assert passed.tolist() == [True, False, False, False]


def test_shuffles_that_need_counts_are_refused_without_them(rng):
    events = as_decoded(np.eye(5), np.zeros(5, int), 1, np.arange(5.0))
    with pytest.raises(NeurosimError, match="found 'cell_identity'"):
        event_significance(events, 9, rng, "rat1", ("cell_identity",))


def test_no_events_are_no_error(rng):
    events = as_decoded(np.empty((0, 5)), np.empty(0, int), 0, np.arange(5.0))
    assert event_significance(events, 9, rng, "rat1").sizes["event"] == 0


def test_an_event_is_significant_if_it_passes_every_shuffle():
    nan = np.nan
    p_values = xr.DataArray(
        [[[0.01, 0.01]], [[0.01, 0.2]], [[0.05, 0.05]], [[nan, nan]], [[0.01, nan]]],
        dims=("event", "score", "shuffle"),
        coords={"score": ["line"], "shuffle": ["time_bin", "cell_identity"]},
    )
    passed = is_significant(p_values, 0.05, "line")
    assert passed.tolist() == [True, False, True, False, False]
    first = is_significant(p_values, 0.05, "line", ("time_bin",))
    assert first.tolist() == [True, True, True, False, True]
    assert is_significant(p_values[:0], 0.05, "line").tolist() == []
