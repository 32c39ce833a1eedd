"""Turn cells planted in bulk: found where they are strong, and at the level where they are not."""

import numpy as np
import pytest

from neurosim.calibration.turn_cells import TurnCellDesign, calibrate_turn_cells, draw_walk
from neurosim.cells.colliculus import ColliculusParameters
from neurosim.decode.turn_tests import TurnCellTest
from neurosim.network.constants import CompassParameters
from neurosim.world.movement import Movement
from neurosim.world.track import Arena

TEST = TurnCellTest(0.02, 0.04, 0.5, 5.0, 5.0, 0.05, 50.0)
DESIGN = TurnCellDesign(n_turn_cells=(17, 7, 30), gains_hz_per_deg_s=(0.0, 0.004, 0.02, 0.1))


@pytest.fixture(scope="module")
def movement(small_parameters):
    return Movement.from_mapping(small_parameters["movement"])


@pytest.fixture(scope="module")
def plant(small_parameters):
    return CompassParameters(**small_parameters["compass"]).plant


@pytest.fixture(scope="module")
def planted(small_parameters, movement, plant):
    arena = Arena(side=1.0, duration_s=200.0)
    shares = {"turn_cell_fraction": 0.5, "contraversive_fraction": 0.88}
    colliculus = ColliculusParameters(**small_parameters["colliculus_cells"] | shares)
    return calibrate_turn_cells(DESIGN, arena, movement, colliculus, plant, TEST, 3)


def test_strong_cells_are_found_and_weak_ones_are_not(planted):
    recall, precision = planted["recall"].mean("animal"), planted["precision"].mean("animal")
    assert (recall.sel(gain=[0.02, 0.1]) >= 0.9).all()
    assert (precision.sel(gain=[0.02, 0.1]) >= 0.9).all()
    assert recall.sel(gain=0.004) < 0.5
    assert recall.sel(gain=0.0) < 0.1


def test_depth_grows_with_gain_from_nothing(planted):
    depth = planted["depth"].values
    assert depth[0] == pytest.approx(0.0, abs=1e-9)
    assert (np.diff(depth) > 0).all()
    assert depth[-1] < 1


def test_other_units_pass_a_single_test_no_more_often_than_its_level(planted):
    n = 4 * (17 + 7 + 30)
    weights = planted["n_turn_cells"]
    rate = planted["false_positive_rate"].weighted(weights).mean().item()
    assert rate < 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / n)


def test_the_head_follows_its_commands_by_the_plant(movement, plant, rng):
    walk = draw_walk(Arena(side=1.0, duration_s=60.0), movement, plant, rng)
    velocity = np.gradient(walk.heading, walk.clock)
    command = np.interp(walk.clock, np.arange(walk.command.size) * 0.004, walk.command)
    lags = np.arange(6)
    together = [np.corrcoef(command[: -lag or None], velocity[lag:])[0, 1] for lag in lags]
    assert 0.02 * int(np.argmax(together)) == pytest.approx(
        plant.delay_s + plant.time_constant_s, abs=0.02
    )
