"""Turn cells: contraversive, rectified, saturating."""

from dataclasses import replace

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.cells.colliculus import (
    ColliculusCells,
    ColliculusParameters,
    draw_colliculus_cells,
    unrecorded_rate,
)

PARAMETERS = ColliculusParameters(
    n_left=3000,
    n_right=3000,
    n_population=5000,
    turn_cell_fraction=0.5,
    contraversive_fraction=0.88,
    base_rate_hz=5.0,
    base_log_sd=0.5,
    gain_hz_per_deg_s=0.1,
    max_drive_deg_s=400.0,
)


@pytest.fixture
def cells(rng) -> ColliculusCells:
    return draw_colliculus_cells(PARAMETERS, rng)


@pytest.mark.parametrize(("side", "turn"), [("left", -1), ("right", 1)])
def test_the_left_colliculus_prefers_clockwise_turns_and_the_right_the_others(cells, side, turn):
    preferred = cells.preferred[cells.hemisphere == side]
    assert preferred.size == 3000
    responding = preferred[preferred != 0]
    assert responding.size / 3000 == pytest.approx(0.5, abs=0.04)
    assert np.mean(responding == turn) == pytest.approx(0.88, abs=0.03)


@pytest.mark.parametrize("preferred", [-1, 0, 1])
def test_the_rate_is_rectified_linear_and_saturating(cells, preferred):
    cell = np.flatnonzero(cells.preferred == preferred)[:1]
    degrees = np.array([-800.0, -400.0, -100.0, 0.0, 100.0, 400.0, 800.0])
    rate = cells.rate(np.deg2rad(degrees), np.repeat(cell, degrees.size))
    added = 0.1 * np.clip(preferred * degrees, 0, 400.0)
    np.testing.assert_allclose(rate, cells.base[cell] + added)
    assert rate.max() == pytest.approx(cells.max_rate[cell[0]])


def test_base_rates_are_log_normal(cells):
    assert np.median(cells.base) == pytest.approx(5.0, rel=0.05)
    assert np.log(cells.base).std() == pytest.approx(0.5, rel=0.05)


def test_fractions_hold_exactly_and_those_of_one_leave_no_exception(rng):
    every = replace(PARAMETERS, n_left=50, n_right=20, turn_cell_fraction=1.0)
    every = replace(every, contraversive_fraction=1.0)
    cells = draw_colliculus_cells(every, rng)
    assert cells.dataset()["preferred_turn"].values.tolist() == [-1] * 50 + [1] * 20
    some = replace(PARAMETERS, n_left=14, n_right=0, recorded_contraversive_fraction=0.43)
    preferred = draw_colliculus_cells(some, rng).preferred
    assert np.bincount(preferred + 1).tolist() == [3, 7, 4]  # 7 turn cells, 3 of them clockwise


@pytest.mark.parametrize(
    ("change", "word"),
    [({"contraversive_fraction": 0.5}, "more than 0.5"), ({"n_population": 100}, "n_population")],
)
def test_populations_that_could_not_drive_the_ring_are_refused(change, word):
    with pytest.raises(NeurosimError, match=word):
        replace(PARAMETERS, **change)


def test_the_difference_of_the_two_sides_is_the_command(rng):
    command = np.deg2rad(np.array([-300.0, -50.0, 0.0, 50.0, 300.0]))
    left, right = (unrecorded_rate(PARAMETERS, side, command, 0) for side in ("left", "right"))
    np.testing.assert_allclose((right - left) / PARAMETERS.population_gain, command, atol=1e-12)
    assert left[0] > left[2]  # the left colliculus: clockwise
    assert right[-1] > right[2]


def test_the_unrecorded_rate_is_the_mean_of_many_recorded_cells(cells):
    for side in ("left", "right"):
        turn = np.flatnonzero((cells.hemisphere == side) & (cells.preferred != 0))
        for command in np.deg2rad([-120.0, 0.0, 120.0]):
            summed = cells.rate(np.full(turn.size, command), turn).sum() / turn.size
            alike = unrecorded_rate(PARAMETERS, side, np.array([command]), 0)[0] / 5000
            assert alike == pytest.approx(summed, rel=0.05)
