"""Decoding into features against decoding into posteriors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.scores import LineGrid, feature_basis
from neurosim.decode.templates import (
    EventCounts,
    Templates,
    decode_features,
    decode_posterior,
    likelihood_matrix,
    with_one,
)

POSITIONS = (np.arange(10) + 0.5) * 0.2
WIDTH = 0.01
VISITED = np.ones((2, 10), bool)
VISITED[0, :3] = VISITED[1, 9] = False


def drawn(seed: int, joint: bool = False) -> tuple[EventCounts, Templates]:
    rng = np.random.default_rng(seed)
    counts = rng.poisson(0.3, (12, 6)).astype(np.float32)
    rate = rng.lognormal(2, 1.5, (2, 10, 6))
    return EventCounts(counts, np.repeat([0, 2], 6), 3, WIDTH), Templates(
        rate, VISITED, POSITIONS, joint
    )


@given(st.integers(0, 10_000), st.booleans())
def test_posteriors_are_those_of_the_decoder(seed, joint):
    events, templates = drawn(seed, joint)
    values = log_likelihood(
        events.counts.astype(float), templates.rate.reshape(20, 6), WIDTH, VISITED.ravel()
    )
    if joint:
        expected = normalise(values).reshape(12, 2, 10).sum(axis=1)[None]
    else:
        expected = normalise(values.reshape(12, 2, 10)).swapaxes(0, 1)
    np.testing.assert_allclose(decode_posterior(events, templates), expected, atol=1e-5)


@given(st.integers(0, 10_000), st.booleans())
def test_features_are_those_of_the_posterior(seed, joint):
    events, templates = drawn(seed, joint)
    basis = feature_basis(POSITIONS, LineGrid(0.3, 3))
    matrix = likelihood_matrix(templates.rate, VISITED, WIDTH)
    found = decode_features(with_one(events.counts), matrix, templates.n_templates, basis)
    expected = decode_posterior(events, templates) @ basis[:, 1:]
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_places_never_visited_hold_nothing():
    posterior = decode_posterior(*drawn(1))
    assert np.all(posterior.swapaxes(1, 2)[~VISITED] == 0)
    np.testing.assert_allclose(posterior.sum(axis=2), 1, rtol=1e-5)


def test_a_map_that_hardly_fits_is_not_lost_beside_one_that_does():
    events, templates = drawn(2)
    far = templates.replaced(templates.rate * np.array([1, 1e4])[:, None, None])
    np.testing.assert_allclose(decode_posterior(events, far).sum(axis=2), 1, rtol=1e-5)


def test_events_can_be_taken_out():
    events, _ = drawn(3)
    assert events.layout.edges.tolist() == [0, 6, 6, 12]
    last = events.take(1, 3)
    assert last.event.tolist() == [1] * 6
    assert last.layout.edges.tolist() == [0, 0, 6]
    np.testing.assert_array_equal(last.counts, events.counts[6:])


@pytest.mark.parametrize(
    ("event", "n_events", "message"),
    [([0, 1, 0], 2, "event 0 after 1 at bin 2"), ([0, 0, 3], 2, "0 to 1"), ([0, 1], 2, "shapes")],
)
def test_events_out_of_order_are_named(event, n_events, message):
    with pytest.raises(NeurosimError, match=message):
        EventCounts(np.zeros((3, 4)), np.array(event), n_events, WIDTH)


@pytest.mark.parametrize(
    ("rate", "visited", "message"),
    [
        (np.zeros((2, 10, 6)), VISITED, "positive"),
        (np.ones((2, 10, 6)), np.zeros((2, 10), bool), "visited"),
        (np.ones((2, 10, 6)), VISITED[:1], "shapes"),
        (np.ones((2, 9, 6)), VISITED[:, :9], "9 positions"),
    ],
)
def test_impossible_templates_are_named(rate, visited, message):
    with pytest.raises(NeurosimError, match=message):
        Templates(rate, visited, POSITIONS)


def test_counts_of_other_units_are_named():
    events, templates = drawn(4)
    with pytest.raises(NeurosimError, match="6 units, found 5"):
        decode_posterior(events.replaced(events.counts[:, :5]), templates)
