"""Turn cells planted in bulk at known gains: how weak may they be, and still be found?"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.cells.colliculus import (
    ColliculusCells,
    ColliculusParameters,
    draw_colliculus_cells,
)
from neurosim.cells.spikes import thin_poisson
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.planted_turns import precision_and_recall
from neurosim.decode.turn_cells import angular_velocity
from neurosim.decode.turn_tests import TurnCellTest, classify_units
from neurosim.seeds import generator
from neurosim.world.foraging import forage
from neurosim.world.movement import Movement
from neurosim.world.plant import Plant
from neurosim.world.track import Arena

STEP = 0.004  # s, between samples of the command
DEPTH_STEP = 25  # samples, of the planted depth


@dataclass(frozen=True)
class TurnCellDesign:
    """What is planted.

    Attributes
    ----------
    n_turn_cells : tuple of int
        Turn cells of each animal, all in the left colliculus, among others in the proportion of
        the simulation.
    gains_hz_per_deg_s : tuple of float
        Added rate for each deg/s of angular velocity in the preferred direction.
    """

    n_turn_cells: tuple[int, ...]
    gains_hz_per_deg_s: tuple[float, ...]


@dataclass(frozen=True)
class Walk:
    """How an animal turns in the arena.

    Attributes
    ----------
    command : array (sample,)
        Turn command, rad s-1, every `STEP` s.
    clock, heading : array (time,)
        Behaviour clock, s, and the head's direction, rad.
    """

    command: np.ndarray
    clock: np.ndarray
    heading: np.ndarray


def draw_walk(arena: Arena, movement: Movement, plant: Plant, rng: np.random.Generator) -> Walk:
    """Walk through the arena; the head follows its commands as the plant does."""
    n = round(arena.duration_s * movement.sample_rate_hz)
    clock = np.arange(n) / movement.sample_rate_hz
    _, intended = forage(n, 1 / movement.sample_rate_hz, arena, movement, rng)
    time = np.arange(0.0, clock[-1], STEP)
    command = np.gradient(np.interp(time, clock, intended), STEP)
    turned = np.cumsum(plant.follow(command, STEP)) * STEP
    return Walk(command, clock, np.interp(clock, time, turned))


def calibrate_turn_cells(
    design: TurnCellDesign,
    arena: Arena,
    movement: Movement,
    colliculus: ColliculusParameters,
    plant: Plant,
    test: TurnCellTest,
    seed: int,
) -> xr.Dataset:
    """Plant turn cells of every gain in every animal, and look for them as in a recording.

    Parameters
    ----------
    design : TurnCellDesign
    arena : Arena
        Where the animals walk, and how long.
    movement : Movement
    colliculus : ColliculusParameters
        Rates and fractions; numbers of units and gains are those of `design`.
    plant : Plant
        The head.
    test : TurnCellTest
    seed : int

    Returns
    -------
    Dataset (gain, animal)
        ``precision``, ``recall``; ``false_positive_rate``, the share of other units whose p value
        is at most `test.alpha`; ``depth`` (gain), the planted median of (rate in preferred turns
        - rate at rest) / (their sum); ``n_turn_cells`` (animal).
    """
    shape = (len(design.gains_hz_per_deg_s), len(design.n_turn_cells))
    names = ("precision", "recall", "false_positive_rate", "depth")
    numbers = {name: np.full(shape, np.nan) for name in names}
    for j, n_turn_cells in enumerate(design.n_turn_cells):
        rng = generator(seed, "calibrate_turn_cells", j)
        walk = draw_walk(arena, movement, plant, rng)
        n_units = round(n_turn_cells / colliculus.turn_cell_fraction)
        parameters = replace(colliculus, n_left=n_units, n_right=0)
        end = walk.command.size * STEP
        bins = make_bins(np.array([[0.0, end]]), test.bin_s)
        velocity = angular_velocity(walk.clock, walk.heading, bins)
        for i, gain in enumerate(design.gains_hz_per_deg_s):
            cells = draw_colliculus_cells(replace(parameters, gain_hz_per_deg_s=gain), rng)
            times, units = _spikes(cells, walk.command, end, rng)
            counts = count_spikes(times, units, bins, n_units)
            classes = classify_units(counts, velocity, test)
            others = cells.preferred == 0
            numbers["precision"][i, j], numbers["recall"][i, j] = precision_and_recall(
                classes.preferred, cells.preferred
            )
            if others.any():
                false = classes.p_value[others] <= test.alpha
                numbers["false_positive_rate"][i, j] = false.mean()
            numbers["depth"][i, j] = _planted_depth(cells, walk.command, test.turn_speed_deg_s)
    return _dataset(design, numbers)


def _spikes(
    cells: ColliculusCells, command: np.ndarray, end: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Spikes (spike,) of all cells under a command (sample,): times in s, cells."""

    def rate(times: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        sample = np.minimum((times / STEP).astype(int), command.size - 1)
        return cells.rate(command[sample], chosen)

    return thin_poisson(rate, cells.max_rate, np.array([[0.0, end]]), rng)


def _planted_depth(cells: ColliculusCells, command: np.ndarray, turn_speed: float) -> float:
    """Median contrast of the turn cells' rates in preferred turns and at rest."""
    limit, depths = np.deg2rad(turn_speed), []
    command = command[::DEPTH_STEP]
    for cell in np.flatnonzero(cells.preferred):
        towards = cells.preferred[cell] * command
        rate = cells.rate(command, np.full(command.size, cell))
        turning, rest = rate[towards > limit].mean(), rate[np.abs(command) <= limit].mean()
        depths.append((turning - rest) / (turning + rest))
    return float(np.median(depths))


def _dataset(design: TurnCellDesign, numbers: dict[str, np.ndarray]) -> xr.Dataset:
    words = {
        "precision": "share of the turn cells found that were planted",
        "recall": "share of the planted turn cells that were found",
        "false_positive_rate": "share of other units at the level of a single test",
    }
    variables = {
        name: (("gain", "animal"), numbers[name], {"units": "1", "long_name": long_name})
        for name, long_name in words.items()
    }
    variables["depth"] = (
        "gain",
        numbers["depth"].mean(axis=1),
        {"units": "1", "long_name": "planted rate in preferred turns against rest"},
    )
    variables["n_turn_cells"] = (
        "animal",
        np.array(design.n_turn_cells, dtype=np.int32),
        {"long_name": "turn cells of the animal"},
    )
    gains = np.array(design.gains_hz_per_deg_s, dtype=float)
    described = {"units": "Hz degree-1 s", "long_name": "planted gain"}
    return xr.Dataset(variables, coords={"gain": ("gain", gains, described)})
