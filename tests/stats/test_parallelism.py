"""Parallel axes: planted squares, brute-force cross-validation and jackknife, coverage."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from neurosim import NeurosimError
from neurosim.stats.parallelism import compare_axes, compare_steps

N_FEATURES = 30
SEEDS = st.integers(0, 2**32 - 1)


def planted(rng, angle, n_samples, noise, length=3.0):
    """Steps at an angle to each other, in noise that differs over conditions."""
    basis = np.linalg.qr(rng.normal(size=(N_FEATURES, 4)))[0].T
    along = np.cos(angle) * basis[0] + np.sin(angle) * basis[1]
    means = [length * basis[0], 0 * basis[0], length * along + 5 * basis[2], 5 * basis[2]]
    p, q, r, s = (
        mean + rng.normal(0, noise * (1 + k / 4), (n_samples, N_FEATURES))
        for k, mean in enumerate(means)
    )
    return (p, q), (r, s)


def brute_cosine(first, second):
    """The same by going through all pairs of different samples."""

    def between(cell):
        return np.mean([cell[i] @ cell[j] for i, j in permutations(range(len(cell)), 2)])

    lengths = [
        between(p) + between(q) - 2 * p.mean(axis=0) @ q.mean(axis=0) for p, q in (first, second)
    ]
    a, b = (p.mean(axis=0) - q.mean(axis=0) for p, q in (first, second))
    return a @ b / np.sqrt(lengths[0] * lengths[1])


@given(SEEDS)
def test_lengths_are_cross_validated_over_all_pairs_of_samples(seed):
    first, second = planted(np.random.default_rng(seed), 1.0, 2, 0.2)
    assert compare_steps(first, second).value == pytest.approx(brute_cosine(first, second))


def test_bias_and_interval_are_those_of_a_jackknife(rng):
    cells = [*sum(planted(rng, 1.0, 6, 0.3), ())]
    found = compare_steps(tuple(cells[:2]), tuple(cells[2:]))
    whole = brute_cosine(cells[:2], cells[2:])
    variance = bias = 0.0
    for k, cell in enumerate(cells):
        left = []
        for i in range(len(cell)):
            others = [*cells[:k], np.delete(cell, i, axis=0), *cells[k + 1 :]]
            left.append(brute_cosine(others[:2], others[2:]))
        variance += 5 / 6 * np.sum((left - np.mean(left)) ** 2)
        bias += 5 * (np.mean(left) - whole)
    assert found.value == pytest.approx(whole - bias)
    half = 2.570582 * np.sqrt(variance)  # t of 5 degrees of freedom
    assert (found.low, found.high) == pytest.approx((found.value - half, found.value + half))
    assert found.n == 24


@pytest.mark.parametrize("angle", [0.0, 1.0, np.pi / 2, np.pi])
def test_planted_angles_are_found_without_bias_and_covered(rng, angle):
    found = [compare_steps(*planted(rng, angle, 25, 0.7)) for _ in range(300)]
    values = np.array([estimate.value for estimate in found])
    error = 3 * values.std() / 300**0.5
    assert values.mean() == pytest.approx(np.cos(angle), abs=max(error, 0.03))
    plain = [_plain_cosine(*planted(rng, angle, 25, 0.7)) for _ in range(100)]
    if np.cos(angle) == 1:
        assert np.mean(plain) < 0.9  # what the correction is for
    low, high = np.array([[estimate.low, estimate.high] for estimate in found]).T
    covered = int(np.sum((low <= np.cos(angle)) & (np.cos(angle) <= high)))
    assert binomtest(covered, 300, 0.95, alternative="less").pvalue > 1e-3
    assert np.median(high - low) < 8 * values.std()  # and not for being endless


def test_noise_along_the_steps_makes_them_no_more_parallel(rng):
    def cell(place):
        strength = place + rng.normal(0, 1.4, (10, 1))  # what the conditions differ in varies most
        return np.concatenate([strength, rng.normal(0, 0.1, (10, 5))], axis=1)

    squares = [((cell(3), cell(0)), (cell(3), cell(0))) for _ in range(300)]
    found = [compare_steps(*square) for square in squares]
    values = np.array([estimate.value for estimate in found])
    assert np.median(values) == pytest.approx(1.0, abs=0.02)
    once_corrected = [brute_cosine(*square) for square in squares]
    assert np.median(once_corrected) > 1.03  # what the jackknife is for


def _plain_cosine(first, second):
    a, b = (p.mean(axis=0) - q.mean(axis=0) for p, q in (first, second))
    return a @ b / np.linalg.norm(a) / np.linalg.norm(b)


def test_steps_shorter_than_their_noise_have_no_interval(rng):
    found = [compare_steps(*planted(rng, 1.0, 6, 1.0)) for _ in range(200)]
    shown = [e for e in found if np.isfinite(e.low)]
    assert len(shown) < 100 < np.isfinite([e.value for e in found]).sum()


def test_rule_vectors_have_a_cosine_without_interval():
    pro, anti, one, two = np.eye(4)
    adding = compare_axes((([pro + one], [anti + one]), ([pro + two], [anti + two])))
    assert [axis.value for axis in adding] == pytest.approx([1, 1])
    assert np.isnan([axis.low for axis in adding]).all()
    orthogonal = compare_axes((([pro], [anti]), ([one], [two])))
    assert [axis.value for axis in orthogonal] == pytest.approx([0, 0])


def test_the_axes_of_a_square_are_its_poles_and_its_contexts(rng):
    (p, q), (r, s) = planted(rng, 0.6, 40, 0.01)
    of_poles, of_contexts = compare_axes(((p, q), (r, s)))
    assert of_poles.value == pytest.approx(np.cos(0.6), abs=0.01)
    assert of_contexts == compare_steps((p, r), (q, s))


def test_a_step_that_is_noise_has_no_direction(rng):
    noise = rng.normal(size=(4, 200, 10))
    noise -= noise.mean(axis=1, keepdims=True)  # means that are closer than noise makes them
    found = compare_steps((noise[0], noise[1]), (noise[2], noise[3]))
    assert np.isnan([found.value, found.low, found.high]).all()


@given(SEEDS)
def test_turning_and_stretching_space_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    first, second = planted(rng, 0.5, 5, 0.2)
    turn = 7 * np.linalg.qr(rng.normal(size=(N_FEATURES, N_FEATURES)))[0]
    one = compare_steps(first, second)
    other = compare_steps(*(tuple(cell @ turn + 3 for cell in step) for step in (first, second)))
    assert (one.value, one.low) == pytest.approx((other.value, other.low))
    opposite = compare_steps(first, second[::-1])
    assert (opposite.value, opposite.high) == pytest.approx((-one.value, -one.low))


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (np.zeros(N_FEATURES), "expected samples"),
        (np.zeros((0, N_FEATURES)), "expected samples"),
        (np.zeros((3, 2)), "as many features"),
        (np.full((3, N_FEATURES), np.inf), "finite"),
    ],
)
def test_samples_that_cannot_be_used_are_refused(rng, cell, message):
    first, (r, _) = planted(rng, 0.5, 4, 0.1)
    with pytest.raises(NeurosimError, match=message):
        compare_steps(first, (r, cell))
