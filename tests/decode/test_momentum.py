"""A place whose velocity persists, beside all paths of a small track."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import logsumexp

from neurosim import NeurosimError
from neurosim.decode import momentum as module
from neurosim.decode.momentum import LEAK, Momentum, displacement_steps, momentum_evidence

STEP = 0.04


def steps_by_hand(mean: float, spread: float, place: int, n: int, reach: int) -> np.ndarray:
    """Probability of the next places (n,): a Gaussian about a mean, both in bins."""
    near = np.abs(np.arange(n) - place) <= reach
    weight = np.where(near, np.exp(-((np.arange(n) - mean) ** 2) / (2 * spread**2)), 0.0)
    return (1 - LEAK) * weight / weight.sum() + LEAK * near / near.sum()


def sum_over_paths(likelihood: np.ndarray, prior: np.ndarray, reach: int, m: Momentum) -> float:
    """Log evidence of one row: likelihood (bin, position), every path by itself."""
    n_bins, n = likelihood.shape
    total = 0.0
    for path in product(range(n), repeat=n_bins):
        weight = prior[path[0]] * likelihood[0, path[0]]
        for t in range(1, n_bins):
            mean, spread = path[t - 1], m.first_m / STEP
            if t > 1:
                mean, spread = mean + m.carry * (path[t - 1] - path[t - 2]), m.spread_m / STEP
            chances = steps_by_hand(mean, spread, path[t - 1], n, reach)
            weight *= chances[path[t]] * likelihood[t, path[t]]
        total += weight
    return float(np.log(total))


def relative(rng: np.random.Generator, n_bins: int, n_rows: int, n: int) -> np.ndarray:
    values = np.exp(rng.normal(0, 1.5, (n_bins, n_rows, n)))
    return values / values.max(axis=2, keepdims=True)


def flat(n_rows: int, n: int) -> np.ndarray:
    return np.full((n_rows, n), 1 / n)


@given(
    st.integers(0, 1000),
    st.floats(0, 1),
    st.floats(0.4, 3.0),
    st.floats(0.4, 3.0),
    st.integers(1, 3),
)
def test_evidence_is_the_sum_over_all_paths(seed, carry, spread, first, reach):
    rng = np.random.default_rng(seed)
    likelihood, prior = relative(rng, 4, 2, 4), rng.dirichlet(np.ones(4), 2)
    m = Momentum(carry, spread * STEP, first * STEP)
    found = momentum_evidence(likelihood, np.array([4, 3]), prior, STEP, reach * STEP, m)
    expected = [
        sum_over_paths(likelihood[:bins, row], prior[row], reach, m)
        for row, bins in ((0, 4), (1, 3))
    ]
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)


def test_steps_sum_to_one_and_stay_on_the_track():
    steps = displacement_steps(7, 3, STEP, Momentum(0.8, 0.3 * STEP, STEP))
    np.testing.assert_allclose(steps.sum(axis=1), 1)
    target = np.arange(7)[:, None] + np.arange(-3, 4)
    assert np.all(steps[(target < 0) | (target >= 7)] == 0)
    # Three bins a step, two bins from the end: it can only go there, and loses its speed.
    assert steps[4, 3 + 2, 6] == pytest.approx(1, abs=1e-3)


@given(st.integers(0, 100), st.floats(0.5, 2.0), st.floats(1.0, 500.0))
def test_when_velocity_decays_at_once_it_is_diffusion(seed, spread, bin_ms):
    """With the same variance a bin: a chain of single places, step by step."""
    rng = np.random.default_rng(seed)
    n, n_bins, tau = 9, 12, bin_ms / 1000
    likelihood = relative(rng, n_bins, 1, n)
    decay = 1e9 / tau
    m = Momentum.of_velocity(decay, spread * STEP * 1e9 / tau**1.5, tau, spread * STEP)
    assert m.spread_m == pytest.approx(spread * STEP)
    found = momentum_evidence(likelihood, np.array([n_bins]), flat(1, n), STEP, 1.0, m)
    chain = np.stack([steps_by_hand(x, spread, x, n, n) for x in range(n)])
    place = likelihood[0, 0] / n
    for row in likelihood[1:, 0]:
        place = (place @ chain) * row
    assert found[0] == pytest.approx(np.log(place.sum()), abs=1e-4)


@pytest.mark.parametrize("speed", [-2, -1, 0, 1, 2])
def test_without_decay_and_noise_only_straight_lines_are_left(rng, speed):
    n, n_bins, reach = 15, 4, 3
    likelihood = relative(rng, n_bins, 1, n)
    likelihood[0, 0] = np.arange(n) == 7
    likelihood[1, 0] = np.arange(n) == 7 + speed
    m = Momentum(1.0, 0.05 * STEP, np.inf)
    found = momentum_evidence(likelihood, np.array([n_bins]), flat(1, n), STEP, reach * STEP, m)
    line = 7 + speed * np.arange(n_bins)
    expected = np.log(likelihood[np.arange(n_bins), 0, line]).sum() - np.log(n * (2 * reach + 1))
    assert found[0] == pytest.approx(expected, abs=1e-3)


@given(st.integers(0, 1000), st.floats(0.0, 0.99), st.floats(1.2, 1.6))
def test_reversed_in_time_events_have_the_same_evidence(seed, carry, spread):
    """Away from the ends, from a flat prior: steady displacements are reversible."""
    rng = np.random.default_rng(seed)
    n, n_bins, middle = 41, 7, slice(18, 23)
    likelihood = np.zeros((n_bins, 1, n))
    likelihood[..., middle] = relative(rng, n_bins, 1, 5)
    m = Momentum(carry, spread * STEP, spread * STEP / np.sqrt(1 - carry**2))
    there, back = (
        momentum_evidence(values, np.array([n_bins]), flat(1, n), STEP, 17 * STEP, m)
        for values in (likelihood, likelihood[::-1])
    )
    assert there[0] == pytest.approx(back[0], abs=2e-4)


def test_mirrored_tracks_have_the_same_evidence(rng):
    likelihood = relative(rng, 20, 3, 12)
    args = np.array([20, 18, 5]), flat(3, 12), STEP, 0.2, Momentum(0.9, 0.03, 0.05)
    np.testing.assert_allclose(
        momentum_evidence(likelihood, *args),
        momentum_evidence(likelihood[:, :, ::-1], *args),
        atol=1e-4,
    )


def test_rows_do_not_depend_on_those_beside_them(rng, monkeypatch):
    lengths = np.array([30, 30, 22, 9, 2, 1])
    likelihood = relative(rng, 30, 6, 10)
    args = STEP, 0.16, Momentum.of_velocity(50.0, 100.0, 0.003, 0.002)
    whole = momentum_evidence(likelihood, lengths, flat(6, 10), *args)
    monkeypatch.setattr(module, "BLOCK_VALUES", 1)
    alone = momentum_evidence(likelihood, lengths, flat(6, 10), *args)
    np.testing.assert_allclose(whole, alone, atol=1e-4)


def test_a_straight_path_has_more_evidence_with_momentum_and_a_walk_with_diffusion(rng):
    """Places known to a bin, as nearly as one likes."""
    n, n_bins = 80, 35
    line = np.arange(n_bins) * 2 + 4
    walk = np.clip(n // 2 + np.cumsum(np.rint(rng.normal(0, 2, n_bins))), 0, n - 1)
    paths = np.stack([line, walk])
    likelihood = np.exp(-((np.arange(n) - paths.T[:, :, None]) ** 2) / 0.2)
    args = np.array([n_bins] * 2), flat(2, n), STEP, 8 * STEP
    grid = [0.5, 1.0, 2.0, 4.0]
    carried, diffused = (
        logsumexp(
            [momentum_evidence(likelihood, *args, Momentum(a, s * STEP, 0.1)) for s in grid], axis=0
        )
        for a in (0.95, 0.0)
    )
    assert carried[0] > diffused[0] + 5
    assert diffused[1] > carried[1] + 5


def test_of_velocity_keeps_the_long_run_variance_of_continuous_time(rng):
    """Places of a velocity that decays: variance (sd / decay)^2 a second."""
    decay, sd, tau = 80.0, 100.0, 0.003
    m = Momentum.of_velocity(decay, sd, tau, 1.0)
    a_second = m.spread_m**2 / (1 - m.carry) ** 2 / tau
    assert a_second == pytest.approx((sd / decay) ** 2)
    assert m.carry == pytest.approx(np.exp(-tau * np.log(1 + decay * tau) / tau))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"length": np.array([3, 4])}, "falling"),
        ({"length": np.array([5, 3])}, "1 to 4"),
        ({"prior": np.ones((3, 6)) / 6}, "each row"),
        ({"reach_m": 0.01}, "raise it"),
    ],
)
def test_wrong_input_is_refused(change, words):
    args = {
        "likelihood": np.ones((4, 2, 6)),
        "length": np.array([4, 3]),
        "prior": flat(2, 6),
        "step_m": STEP,
        "reach_m": 0.2,
        "momentum": Momentum(0.5, 0.1, 0.1),
    }
    with pytest.raises(NeurosimError, match=words):
        momentum_evidence(**(args | change))


@pytest.mark.parametrize("values", [(1.5, 0.1, 0.1), (0.5, 0.0, 0.1), (0.5, 0.1, 0.0)])
def test_parameters_that_are_none_are_refused(values):
    with pytest.raises(NeurosimError, match="expected"):
        Momentum(*values)
