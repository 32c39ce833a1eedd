"""Sequenceness against a plain implementation, and against what was planted."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurosim import MissingData, NeurosimError
from neurosim.decode.course_filters import fitted_autoregression, whitened, without_rhythm
from neurosim.decode.lag_moments import lag_moments
from neurosim.decode.sequenceness import (
    projected,
    rank_threshold,
    sequenceness,
    transition_weights,
)
from neurosim.decode.state_orders import chain_transitions, distinct_orders
from neurosim.decode.tdlm import FORMS, Tdlm, state_coefficients

CHAINS = [[0, 1, 2, 3], [4, 5, 6, 7]]
TWO_CHAINS = chain_transitions(CHAINS, 8)
SHORT = Tdlm(max_lag_s=0.12, period_s=0.03, autoregression_s=0.03, n_permutations=50)


def plain_coefficients(courses, method):
    """The first level as it is written down: a design matrix and least squares for each lag."""
    if method.form == "notched":
        courses = without_rhythm(courses, 1 / 0.03 - 3, 1 / 0.03 + 3, 0.01)
    if method.form in ("whitened", "notched"):
        courses = plain_whitened(courses, method.bins(method.autoregression_s))
    n_lags = method.n_lags * (2 if method.form == "multi_step" else 1)
    courses = [one for one in courses if len(one) > n_lags]
    target = np.concatenate([one[n_lags:] for one in courses])
    found = []
    for lag in range(1, method.n_lags + 1):
        joint = [lag]
        if method.form == "multi_step":
            joint = [2 * lag, lag]
        if method.form == "alpha_corrected":
            period = method.bins(method.period_s)
            others = range((lag - 1) % period + 1, method.n_lags + 1, period)
            joint = [lag, *(other for other in others if other != lag)]
        past = [np.concatenate([x[n_lags - a : len(x) - a] for x in courses]) for a in joint]
        design = np.hstack([*past, np.ones((len(target), 1))])
        found.append(np.linalg.lstsq(design, target, rcond=None)[0][: target.shape[1]])
    return np.stack(found)


def plain_whitened(courses, order):
    """Residuals of the Yule-Walker autoregression, sample by sample."""
    total, n = np.zeros(order + 1), sum(len(x) - order for x in courses)
    for state in range(courses[0].shape[1]):
        window = np.concatenate(
            [[x[t - order : t + 1, state][::-1] for t in range(order, len(x))] for x in courses]
        )
        window = window - window.mean(axis=0)
        of_state = window[:, :1].T @ window / n
        total += of_state[0] / of_state[0, 0]
    matrix = total[np.abs(np.subtract.outer(np.arange(order), np.arange(order)))]
    phi = np.linalg.solve(matrix, total[1:])
    return [
        np.stack([x[t] - phi @ x[t - order : t][::-1] for t in range(order, len(x))])
        for x in courses
    ]


def plain_sequenceness(coefficients, matrix, form):
    """The second level as it is written down: a regression for each lag."""
    parts = [matrix, matrix.T, np.eye(len(matrix)), np.ones_like(matrix)]
    if form == "multi_step":
        parts = [matrix @ matrix, (matrix @ matrix).T, *parts]
    design = np.stack([part.ravel() for part in parts], axis=1)
    found = [np.linalg.lstsq(design, one.ravel(), rcond=None)[0][:2] for one in coefficients]
    forward, backward = np.transpose(found)
    return np.stack([forward, backward, forward - backward])


def walks(rng, lengths=(160, 90), n_states=8):
    return [np.cumsum(rng.normal(size=(n, n_states)), axis=0) * 0.1 + 3 for n in lengths]


def with_runs(rng, chains, n_events, lag=4, n_time=30_000, sd=1.0):
    """White noise with runs through the chains, a state every `lag` samples."""
    course = rng.normal(0, sd, (n_time, 8))
    for start in rng.integers(0, n_time - 40, n_events):
        for step, state in enumerate(chains[rng.integers(len(chains))]):
            course[start + lag * step, state] += 3.0
    return [course]


@pytest.mark.parametrize("form", FORMS)
def test_both_levels_are_those_of_a_plain_implementation(form, rng):
    method = Tdlm(form, max_lag_s=0.12, period_s=0.03, autoregression_s=0.03)
    courses = walks(rng)
    ours = state_coefficients(courses, method)
    np.testing.assert_allclose(ours, plain_coefficients(courses, method), rtol=1e-6, atol=1e-8)
    orders = distinct_orders(TWO_CHAINS, 5, rng)
    values = projected(ours, transition_weights(TWO_CHAINS, form), orders)
    for order, found in zip(orders, values, strict=True):
        permuted = TWO_CHAINS[np.ix_(order, order)]
        expected = plain_sequenceness(ours, permuted, form)
        np.testing.assert_allclose(found, expected, atol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 6), st.lists(st.integers(1, 40), min_size=1, max_size=4), st.integers(0, 99))
def test_covariances_are_those_of_all_samples_that_have_every_lag(n_lags, lengths, seed):
    rng = np.random.default_rng(seed)
    courses = [rng.normal(2.0, 1.0, (n, 3)) for n in lengths]
    rows = [
        x[np.arange(t, t - n_lags - 1, -1)] for x in courses for t in range(n_lags, len(x))
    ]  # (lag, state) each
    if not rows:
        with pytest.raises(MissingData, match="stretch"):
            lag_moments(courses, n_lags)
        return
    about = np.array(rows) - np.mean(rows, axis=0)
    expected = np.einsum("tai,tbj->abij", about, about) / len(rows)
    found = lag_moments(courses, n_lags)
    assert found.n_samples == len(rows)
    np.testing.assert_allclose(found.covariance, expected, atol=1e-12)


def test_courses_that_sum_to_one_have_the_shortest_coefficients(rng):
    course = rng.dirichlet(np.ones(4), 300)
    found = state_coefficients([course], Tdlm(max_lag_s=0.02))[0]
    past, target = course[1:-1] - course[1:-1].mean(axis=0), course[2:]
    np.testing.assert_allclose(found, np.linalg.pinv(past, rcond=1e-8) @ target, atol=1e-8)


def test_orders_are_all_there_are_but_the_true_one_either_way(rng):
    matrix = chain_transitions([[0, 1, 2], [3, 4]], 5)
    known = {
        frozenset(
            one[np.ix_(order, order)].tobytes() for one in (matrix, np.ascontiguousarray(matrix.T))
        )
        for order in permutations(range(5))
    }
    orders = distinct_orders(matrix, 10_000, rng)
    found = [
        frozenset(
            one[np.ix_(order, order)].tobytes() for one in (matrix, np.ascontiguousarray(matrix.T))
        )
        for order in orders
    ]
    assert len(set(found)) == len(found) == len(known) - 1
    assert frozenset([matrix.tobytes(), np.ascontiguousarray(matrix.T).tobytes()]) not in found


@pytest.mark.parametrize(
    ("chains", "n_states", "number"),
    [(CHAINS, 8, 10_079), ([[0, 1, 2, 3]], 8, 839), ([[0, 1, 2, 3]], 4, 11), ([[0, 1, 2]], 3, 2)],
)
def test_number_of_distinct_orders_is_that_of_combinatorics(chains, n_states, number, rng):
    assert len(distinct_orders(chain_transitions(chains, n_states), 20_000, rng)) == number


def test_orders_of_many_states_are_drawn_and_differ(rng):
    matrix = chain_transitions([list(range(12))], 12)
    orders = distinct_orders(matrix, 300, rng)
    assert orders.shape == (300, 12)
    names = {tuple(min(order.tolist(), order[::-1].tolist())) for order in np.argsort(orders)}
    assert len(names) == 300
    assert tuple(range(12)) not in names
    assert len(distinct_orders(chain_transitions([[0, 1]], 12), 300, rng)) == 65  # pairs less one


@given(st.integers(1, 300), st.sampled_from([0.05, 0.01, 0.2]))
def test_threshold_is_passed_by_chance_in_at_most_alpha_of_ranks(n, alpha):
    chance = np.arange(1.0, n + 1)
    threshold = rank_threshold(chance, alpha)
    true = np.arange(0.5, n + 1)  # every rank that a true value can have, equally likely
    p_values = (1 + (chance >= true[:, None]).sum(axis=1)) / (1 + n)
    assert np.array_equal(true > threshold, p_values <= alpha + 1e-12)
    assert (true > threshold).mean() <= alpha + 1e-12


@pytest.mark.parametrize("form", ["standard", "alpha_corrected", "whitened", "notched"])
@pytest.mark.parametrize("way", ["forward", "backward"])
def test_planted_runs_are_found_at_their_lag_and_direction_alone(form, way, rng):
    chains = CHAINS if way == "forward" else [chain[::-1] for chain in CHAINS]
    found = sequenceness(with_runs(rng, chains, 300), {"a": TWO_CHAINS}, Tdlm(form), rng)
    tested = found.sel(order="a", direction=way)
    assert tested["p_value"] == pytest.approx(1 / 101)
    assert tested["peak_lag"] == pytest.approx(0.04)
    assert float(tested["sequenceness"].max()) > float(tested["threshold"])
    sign = 1 if way == "forward" else -1
    difference = found.sel(order="a", direction="difference")
    assert sign * float(difference["sequenceness"].sel(lag=0.04, method="nearest")) > 0
    assert difference["p_value"] == pytest.approx(1 / 101)


def test_runs_of_three_are_told_from_pairs_one_by_one():
    """The first study's trap: pairs alone give all the sequenceness of one step."""
    pairs = [[a, b] for chain in CHAINS for a, b in pairwise(chain)]
    significant = {}
    for name, chains in (("pairs", pairs), ("runs", CHAINS)):
        for form in ("standard", "multi_step"):
            rng = np.random.default_rng(5)
            p_values = [
                float(
                    sequenceness(
                        with_runs(rng, chains, 1500), {"a": TWO_CHAINS}, Tdlm(form), rng
                    ).sel(order="a", direction="forward")["p_value"]
                )
                for _ in range(8)
            ]
            significant[name, form] = np.mean(np.array(p_values) <= 0.05)
    assert significant["pairs", "standard"] == significant["runs", "standard"] == 1.0
    assert significant["runs", "multi_step"] == 1.0
    assert significant["pairs", "multi_step"] <= 0.5


def test_whitening_leaves_white_noise_of_the_size_that_drove_it(rng):
    phi = np.array([1.2, -0.5])
    noise = rng.normal(size=(20_000, 3))
    course = np.zeros_like(noise)
    for t in range(2, len(noise)):
        course[t] = phi[0] * course[t - 1] + phi[1] * course[t - 2] + noise[t]
    np.testing.assert_allclose(fitted_autoregression([course], 4), [*phi, 0, 0], atol=0.02)
    np.testing.assert_allclose(whitened([course], 2)[0][500:], noise[502:], atol=0.2)


def test_notch_takes_the_rhythm_and_shifts_nothing_else():
    time = 0.01 * np.arange(3000)
    rhythm, slow = np.sin(2 * np.pi * 10 * time), np.sin(2 * np.pi * 3 * time)
    found = without_rhythm([(rhythm + slow)[:, None], np.ones((20, 1))], 7.0, 13.0, 0.01)
    assert len(found) == 1
    np.testing.assert_allclose(found[0][300:-300, 0], slow[300:-300], atol=0.02)


def test_what_cannot_be_measured_is_named(rng):
    courses = [rng.normal(size=(100, 8))]
    with pytest.raises(NeurosimError, match="form: expected one of"):
        Tdlm("fancy")
    with pytest.raises(NeurosimError, match="max_lag_s"):
        Tdlm(max_lag_s=0.001)
    with pytest.raises(NeurosimError, match="period_s"):
        Tdlm("alpha_corrected", period_s=0.001)
    with pytest.raises(MissingData, match="longer stretches or shorter lags"):
        sequenceness(courses, {"a": TWO_CHAINS}, Tdlm(max_lag_s=1.0), rng)
    with pytest.raises(NeurosimError, match="expected 8 states"):
        sequenceness(courses, {"a": TWO_CHAINS[:4, :4]}, SHORT, rng)
    with pytest.raises(NeurosimError, match="differ from one another"):
        transition_weights(np.ones((3, 3)))
    with pytest.raises(NeurosimError, match="chains of three"):
        transition_weights(chain_transitions([[0, 1]], 4), "multi_step")
    with pytest.raises(NeurosimError, match="without negative"):
        transition_weights(-np.eye(3))
    with pytest.raises(NeurosimError, match="square"):
        distinct_orders(np.ones((2, 3)), 4, rng)
    courses[0][3, 2] = np.nan
    with pytest.raises(NeurosimError, match="finite"):
        sequenceness(courses, {"a": TWO_CHAINS}, SHORT, rng)
    with pytest.raises(NeurosimError, match=r"rhythm: expected a band between 0 and 50 Hz"):
        sequenceness(courses, {"a": TWO_CHAINS}, Tdlm("notched", notch_hz=20.0), rng)
    with pytest.raises(MissingData, match="constant ones"):
        whitened([np.ones((50, 2))], 3)


def test_three_states_have_too_few_orders_for_a_threshold(rng):
    water_vase_dog = chain_transitions([[2, 1, 0]], 3)
    found = sequenceness([rng.normal(size=(400, 3))], {"inferred": water_vase_dog}, SHORT, rng)
    assert found["n_permutations"].item() == 2
    assert np.isnan(found["threshold"]).all()
    assert float(found["p_value"].min()) >= 1 / 3
