"""What passing a test tells, against its formula and counts drawn anew."""

import numpy as np
import pytest

from neurosim.stats.intervals import Estimate
from neurosim.stats.likelihood_ratio import HARDLY, discriminates, likelihood_ratio


def passes(number, n):
    return np.arange(n) < number


def test_ratio_and_interval_are_those_of_the_formula():
    found = likelihood_ratio(passes(60, 100), passes(10, 200))
    ratio = (60.5 / 100.5) / (10.5 / 200.5)
    error = np.sqrt(1 / 60.5 - 1 / 100.5 + 1 / 10.5 - 1 / 200.5)
    assert found.value == pytest.approx(ratio)
    assert found.low == pytest.approx(ratio * np.exp(-1.959964 * error), rel=1e-6)
    assert found.high == pytest.approx(ratio * np.exp(1.959964 * error), rel=1e-6)
    assert found.n == 300


def test_interval_covers_the_true_ratio(rng):
    power, false = 0.3, 0.05
    inside = 0
    for _ in range(400):
        found = likelihood_ratio(rng.random(300) < power, rng.random(300) < false)
        inside += found.low <= power / false <= found.high
    assert 0.91 < inside / 400 < 0.99


@pytest.mark.parametrize(
    ("hits", "false", "word"), [(30, 30, "cannot"), (60, 30, "hardly"), (300, 30, "can")]
)
def test_a_pass_is_worth_what_its_interval_says(hits, false, word):
    assert discriminates(likelihood_ratio(passes(hits, 600), passes(false, 600))) == word


def test_nothing_to_count_cannot_tell():
    found = likelihood_ratio(passes(0, 0), passes(1, 10))
    assert np.isnan(found.value)
    assert discriminates(found) == "cannot"


def test_no_false_event_leaves_a_finite_ratio():
    found = likelihood_ratio(passes(50, 100), passes(0, 100))
    assert np.isfinite([found.value, found.low, found.high]).all()


def test_limits_are_where_they_are_said_to_be():
    assert discriminates(Estimate(3, HARDLY, 5, 9)) == "hardly"
    assert discriminates(Estimate(3, 1.0, 5, 9)) == "cannot"
