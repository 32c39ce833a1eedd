"""Null sets: what they keep, what they destroy, and the alpha that is found on them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.nulls import (
    DIMENSION,
    NULLS,
    calibrated_alpha,
    independent_nulls,
    null_events,
)
from neurosim.decode.shuffles import SHUFFLES
from neurosim.decode.templates import EventCounts, Templates

POSITIONS = np.arange(8.0)
VISITED = np.ones((2, 8), bool)


def drawn(seed: int) -> tuple[EventCounts, Templates, list[Templates]]:
    rng = np.random.default_rng(seed)
    event = np.repeat(np.arange(5), rng.integers(1, 7, 5))
    counts = rng.poisson(0.5, (event.size, 6)).astype(np.float32)
    made = [Templates(rng.lognormal(0, 1, (2, 8, 6)), VISITED, POSITIONS) for _ in range(3)]
    return EventCounts(counts, event, 5, 0.005), made[0], made[1:]


def rows_of(counts: np.ndarray) -> list[tuple]:
    return sorted(map(tuple, counts.tolist()))


@given(st.integers(0, 10_000), st.sampled_from(NULLS))
def test_every_event_stays_one_event_with_its_spikes(seed, null):
    events, templates, others = drawn(seed)
    parts = null_events(null, events, templates, np.random.default_rng(seed), others)
    assert sum(part.n_events for part, _ in parts) == events.n_events
    made = np.concatenate([part.counts for part, _ in parts])
    lengths = np.concatenate([part.layout.lengths for part, _ in parts])
    np.testing.assert_array_equal(lengths, events.layout.lengths)
    for e in range(events.n_events):
        rows = events.event == e
        old, new = events.counts[rows], made[rows]
        if null == "time_bin":
            assert rows_of(new) == rows_of(old)
        elif null == "cell_identity":
            assert rows_of(new.T) == rows_of(old.T)
        elif null == "spike_train_shift":
            for before, after in zip(old.T, new.T, strict=True):
                turns = [np.roll(before, k).tolist() for k in range(before.size)]
                assert after.tolist() in turns
        else:
            np.testing.assert_array_equal(new, old)


def test_events_are_randomised_apart():
    """Were all events given one permutation, replay of the permuted map would look like replay."""
    counts = np.tile(np.eye(6, dtype=np.float32), (50, 1))
    events = EventCounts(counts, np.repeat(np.arange(50), 6), 50, 0.005)
    _, templates, _ = drawn(0)
    for null in ("cell_identity", "time_bin", "spike_train_shift"):
        [(made, _)] = null_events(null, events, templates, np.random.default_rng(1))
        assert len({made.counts[k : k + 6].tobytes() for k in range(0, 300, 6)}) > 25, null


def test_rotated_fields_are_those_of_the_units():
    _, templates, _ = drawn(3)
    events = EventCounts(np.ones((20, 6), np.float32), np.arange(20), 20, 0.005)
    parts = null_events("place_field_rotation", events, templates, np.random.default_rng(2))
    assert len({turned.rate.tobytes() for _, turned in parts}) == len(parts) == 3
    for _, turned in parts:
        np.testing.assert_allclose(np.sort(turned.rate, axis=1), np.sort(templates.rate, axis=1))


@pytest.mark.parametrize("shuffle", SHUFFLES)
def test_a_null_never_shares_its_shuffles_dimension(shuffle):
    nulls = independent_nulls(shuffle)
    assert nulls
    assert all(DIMENSION[null] != DIMENSION[shuffle] for null in nulls)


def test_what_cannot_be_made_is_named():
    events, templates, others = drawn(4)
    rng = np.random.default_rng(0)
    with pytest.raises(NeurosimError, match="'wish'"):
        null_events("wish", events, templates, rng)
    with pytest.raises(NeurosimError, match="other subjects, found none"):
        null_events("cross_experiment", events, templates, rng)
    fewer = Templates(others[0].rate[..., :4], VISITED, POSITIONS)
    with pytest.raises(NeurosimError, match="6 units in every subject, found 4"):
        null_events("cross_experiment", events, templates, rng, [fewer])
    with pytest.raises(NeurosimError, match="'wish'"):
        independent_nulls("wish")


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=200),
    st.floats(0.01, 0.5),
)
def test_alpha_is_the_largest_that_keeps_the_target(numbers, target):
    p_values = np.array(numbers) / 30
    found = calibrated_alpha(np.append(p_values, np.nan), target)
    rates = {k / 30: (p_values <= k / 30).mean() for k in range(31)}
    allowed = [alpha for alpha, rate in rates.items() if rate <= target + 1e-12]
    # Between observed p values alpha could rise without a change of what is significant.
    assert found.false_positive_rate == pytest.approx(rates[max(allowed)])
    assert found.alpha in (0.0, *p_values)
    assert found.alpha <= max(allowed) + 1e-12
    assert found.low <= found.alpha <= found.high
    assert found.n == len(numbers)


def test_alpha_recovers_a_liberal_test():
    """P values whose square root is uniform: 5 % needs alpha 0.0025."""
    rng = np.random.default_rng(6)
    inside = 0
    for _ in range(40):
        found = calibrated_alpha(rng.random(2000) ** 2)
        inside += found.low <= 0.0025 <= found.high
        assert found.false_positive_rate == pytest.approx(0.05)
    assert inside >= 35


def test_where_nothing_is_rare_alpha_is_zero():
    assert calibrated_alpha(np.full(10, 0.01)).alpha == 0


@pytest.mark.parametrize(("values", "target"), [([], 0.05), ([np.nan], 0.05), ([0.1], 0.0)])
def test_alpha_needs_null_events_and_a_target(values, target):
    with pytest.raises(NeurosimError, match="p values of null events"):
        calibrated_alpha(np.array(values), target)
