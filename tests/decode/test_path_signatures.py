"""Discounts by regression and by starts: against another library, and planted values."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from test_path_lines import track_fields

from neurosim.decode.path_lines import route_space
from neurosim.decode.path_signatures import (
    Rewards,
    conditional_poisson,
    possible_starts,
    starts_discount,
)
from neurosim.world.graph import w_track


@given(st.integers(0, 200))
def test_conditioning_is_a_poisson_regression_with_an_indicator_an_event(seed):
    rng = np.random.default_rng(seed)
    event = np.repeat(np.arange(6), 12)
    offset = rng.normal(0, 0.3, event.size)
    x = rng.normal(size=(event.size, 2))
    gain = rng.normal(0.5, 0.5, 6)[event]
    spikes = rng.poisson(np.exp(gain + offset + x @ [-0.3, 0.4])).astype(float)
    coefficient, covariance = conditional_poisson(spikes, offset, x, event)
    design = np.column_stack([x, event[:, None] == np.unique(event[np.flatnonzero(spikes)])])
    used = np.isin(event, event[np.flatnonzero(spikes)])
    fit = sm.GLM(spikes[used], design[used], family=sm.families.Poisson(), offset=offset[used])
    expected = fit.fit(tol=1e-12)
    np.testing.assert_allclose(coefficient, expected.params[:2], atol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), expected.bse[:2], rtol=1e-4)


def test_what_the_data_say_nothing_of_is_no_number(rng):
    event = np.repeat([0, 1], 5)
    flat = np.column_stack([event, rng.normal(size=10)])  # constant within events
    assert np.isnan(conditional_poisson(np.ones(10), np.zeros(10), flat, event)[0]).all()
    assert np.isnan(conditional_poisson(np.zeros(10), np.zeros(10), flat, event)[0]).all()


@pytest.mark.parametrize("discount", [0.7, 0.9, 1.0])
def test_starts_recover_the_discount_whatever_was_possible(discount, rng):
    steps, weight, observed = [], [], []
    for _ in range(1500):
        at = np.sort(rng.uniform(0, 8, rng.integers(2, 40)))
        often = rng.uniform(0.5, 2, at.size)
        p = often * discount**at
        steps.append(at)
        weight.append(often)
        observed.append(rng.choice(at, p=p / p.sum()))
    assert starts_discount(steps, weight, np.array(observed)) == pytest.approx(discount, abs=0.03)
    assert np.isnan(starts_discount([], [], np.zeros(0)))


def test_steps_are_counted_from_the_reward_nearest_to_the_start(rng):
    graph = w_track(0.8, 0.4)
    space = route_space(track_fields(graph, "w", rng), graph)
    left, right = (graph.node_position_on_track(well) for well in (3, 5))
    rewards = Rewards(np.array([left, right]), 0.25, 0.15)
    places, starts = np.array([left - 0.5, 0.0, left]), np.array([left, right, right])
    np.testing.assert_allclose(rewards.steps(space, places, starts), [2, 8, 9.6], atol=1e-6)
    near = rewards.is_near_decision(space, np.array([0.7, 0.6, 0.9, 1.0]))
    assert near.tolist() == [True, False, True, False]


def test_starts_are_possible_where_the_path_fits_on_a_route_that_is_run(rng):
    graph = w_track(0.8, 0.4)
    space = route_space(track_fields(graph, "w", rng), graph)
    rewards = Rewards(np.array([graph.node_position_on_track(3)]), 0.25, 0.15)
    runs = np.array([1, 0, 0, 0, 0, 0])  # from the centre to the left only
    back, weight = possible_starts(space, runs, rewards, 1.5, True)
    ahead, _ = possible_starts(space, runs, rewards, 1.5, False)
    assert (back.min(), back.max()) == pytest.approx((0, 2), abs=0.05)
    assert (ahead.min(), ahead.max()) == pytest.approx((6, 8), abs=0.05)
    assert weight.sum() == pytest.approx(1)
    assert possible_starts(space, runs, rewards, 2.1, True)[0].size == 0
