"""Turn cells: contraversive, rectified, saturating."""

import numpy as np
import pytest

from neurosim.cells.colliculus import (
    ColliculusCells,
    ColliculusParameters,
    draw_colliculus_cells,
)

PARAMETERS = ColliculusParameters(
    n_cells_per_hemisphere=3000,
    turn_cell_fraction=0.5,
    contraversive_fraction=0.88,
    base_rate_hz=5.0,
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


def test_fractions_of_one_leave_no_exception(rng):
    every = ColliculusParameters(50, 1.0, 1.0, 5.0, 0.1, 400.0)
    cells = draw_colliculus_cells(every, rng)
    assert set(cells.preferred[cells.hemisphere == "left"]) == {-1}
    assert set(cells.preferred[cells.hemisphere == "right"]) == {1}
    assert cells.dataset()["preferred_turn"].values.tolist() == [-1] * 50 + [1] * 50
