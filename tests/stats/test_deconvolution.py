"""Distributions behind noisy and biased readings: recovered, covered, and refused."""

import numpy as np
import pytest

from neurosim import MissingData, NeurosimError
from neurosim.stats.deconvolution import Draws, find_log_normal

AT = (0.05, 0.5, 0.95)
BIAS, NOISE = 0.7, (0.6, 0.2)  # of readings; short and long events


def read(true, stratum, rng):
    return true * BIAS * np.exp(rng.normal(0, np.array(NOISE)[stratum]))


def draws(rng, n=1200):
    stratum = rng.integers(0, 2, n)
    true = np.exp(rng.uniform(np.log(2), np.log(200), n))
    return Draws(true, read(true, stratum, rng), np.full(n, np.log(100)), stratum)


def nothing(rng, n=500):
    return Draws(
        np.full(n, np.nan), rng.uniform(20, 120, n), np.full(n, np.nan), rng.integers(0, 2, n)
    )


def planted(rng, n, median=15.0, spread=0.3):
    stratum = rng.integers(0, 2, n)
    true = median * np.exp(rng.normal(0, spread, n))
    return true, read(true, stratum, rng), stratum


def test_quantiles_are_recovered_where_the_readings_are_biased_and_blurred(rng):
    true, readings, stratum = planted(rng, 4000)
    found = find_log_normal(readings, stratum, draws(rng), nothing(rng), 0.0, AT, rng)
    assert np.median(readings) < 0.75 * np.median(true)
    assert found.quantiles[:, 0] == pytest.approx(np.quantile(true, AT), rel=0.1)
    assert found.median[0] == pytest.approx(15.0, rel=0.07)
    assert found.spread[0] == pytest.approx(0.3, abs=0.08)
    assert found.probability.sum() == pytest.approx(1)


def test_intervals_of_the_median_cover_the_planted_one(rng):
    kernel, none = draws(rng, 400), nothing(rng, 100)
    covered = []
    for _ in range(30):
        true, readings, stratum = planted(rng, 60)
        median = find_log_normal(readings, stratum, kernel, none, 0.0, AT, rng).quantiles[1]
        covered.append(median[1] <= np.median(true) <= median[2])
    assert np.mean(covered) >= 0.8


def test_readings_of_nothing_are_told_from_those_of_something(rng):
    true, readings, stratum = planted(rng, 900)
    background = nothing(rng)
    false = rng.integers(background.read.size, size=300)
    both = np.concatenate([readings, background.read[false]])
    strata = np.concatenate([stratum, background.stratum[false]])
    kernel = draws(rng)
    blind = find_log_normal(both, strata, kernel, background, 0.0, AT, rng).quantiles[1, 0]
    seeing = find_log_normal(both, strata, kernel, background, 0.25, AT, rng).quantiles[1, 0]
    assert abs(np.log(seeing / np.median(true))) < 0.5 * abs(np.log(blind / np.median(true)))


def test_events_that_give_no_reading_are_a_reading_of_their_own(rng):
    _, readings, stratum = planted(rng, 200)
    readings[:20] = np.nan
    kernel = draws(rng)
    kernel.read[:120] = np.nan
    found = find_log_normal(readings, stratum, kernel, nothing(rng), 0.0, AT, rng)
    assert found.n == 180
    assert found.probability[-1] == pytest.approx(0.1, abs=0.03)


def test_the_same_generator_gives_the_same_numbers(rng):
    _, readings, stratum = planted(rng, 50)
    kernel, none = draws(rng), nothing(rng)
    first, second = (
        find_log_normal(readings, stratum, kernel, none, 0.1, AT, np.random.default_rng(1))
        for _ in range(2)
    )
    assert np.array_equal(first.quantiles, second.quantiles)


def test_what_cannot_be_told_is_refused(rng):
    _, readings, stratum = planted(rng, 50)
    kernel, none = draws(rng), nothing(rng)
    with pytest.raises(MissingData, match="at least 8 readings"):
        find_log_normal(readings[:7], stratum[:7], kernel, none, 0.0, AT, rng)
    with pytest.raises(NeurosimError, match="share of the background"):
        find_log_normal(readings, stratum, kernel, none, 1.0, AT, rng)
    with pytest.raises(NeurosimError, match="stratum 5"):
        find_log_normal(readings, np.full(50, 5), kernel, none, 0.0, AT, rng)
