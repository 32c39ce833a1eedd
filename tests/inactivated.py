"""Decoded headings of animals that were inactivated, with a rotation that is known."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim.contract import INACTIVATIONS
from neurosim.decode.inactivation import measure_inactivation, planted_rotation
from neurosim.decode.rotation import RotationParameters
from neurosim.files import Provenance, explained, flags, save

WIDTH = 0.1
PARAMETERS = RotationParameters(reversal_deg=45.0, max_gap_s=0.5)
DRIFTS = {"none": 0.0, "saline": 0.0, "ttx_right": -900.0, "ttx_left": 900.0, "ttx_both": 0.0}
N_BLOCKS = {"none": 7, "saline": 3, "ttx_right": 3, "ttx_left": 3, "ttx_both": 3}


def decoded_heading(
    rng: np.random.Generator,
    drifts: Mapping[str, float] = DRIFTS,
    n_blocks: Mapping[str, int] = N_BLOCKS,
    noise: float = 8.0,
    turn_sd: float = 60.0,
    seconds: tuple[float, float] = (25.0, 45.0),
) -> tuple[xr.Dataset, xr.Dataset]:
    """Decoded heading and truth of one state.

    In each block the heading turns with a drift (deg/min by condition) and an
    Ornstein-Uhlenbeck velocity on top (SD in deg/s, 0.5 s); the decoder errs by `noise` deg.
    """
    conditions = [name for name in drifts for _ in range(n_blocks[name])]
    heading, estimate, interval, velocity = [], [], [], []
    for row, name in enumerate(conditions):
        n = int(rng.uniform(*seconds) / WIDTH)
        turning = np.empty(n)
        turning[0] = rng.normal(0, turn_sd)
        keep = np.exp(-WIDTH / 0.5)
        for k in range(1, n):
            turning[k] = keep * turning[k - 1] + (1 - keep**2) ** 0.5 * rng.normal(0, turn_sd)
        turning += drifts[name] / 60
        rotation = np.concatenate([[0.0], np.cumsum(turning[1:] * WIDTH)]) + rng.uniform(0, 360)
        heading.append(np.deg2rad(rotation))
        velocity.append(np.deg2rad(turning))
        estimate.append(np.mod(heading[-1] + np.deg2rad(rng.normal(0, noise, n)), 2 * np.pi))
        interval.append(np.full(n, row))
    interval = np.concatenate(interval)
    # Blocks lie ten seconds apart.
    time = {"time": ("time", WIDTH * np.arange(interval.size) + 10.0 * interval, {"units": "s"})}
    names = np.array(conditions, dtype=object)[interval]
    decoded = xr.Dataset(
        {
            "estimate": ("time", np.concatenate(estimate)),
            "interval": ("time", interval.astype(np.int32)),
            "inactivation": flags(names, INACTIVATIONS, "time", "inactivation"),
        },
        time,
        {"bin_s": WIDTH},
    )
    truth = xr.Dataset(
        {
            "heading": ("time", np.concatenate(heading)),
            "angular_velocity": ("time", np.concatenate(velocity)),
        },
        time,
    )
    return decoded, truth


def write_animals(
    folder: Path, rng: np.random.Generator, drifts=DRIFTS, n_animals: int = 4, **options
) -> tuple[list[Path], list[Path]]:
    """Write what measure_inactivation and match_planted_inactivation make of some animals."""
    measured, planted = [], []
    for k in range(n_animals):
        states = {
            "rem": decoded_heading(rng, drifts, **options),
            "nrem": decoded_heading(rng, dict.fromkeys(drifts, 0.0), turn_sd=300.0),
            "wake": decoded_heading(
                rng, dict.fromkeys(drifts, 0.0), dict.fromkeys(drifts, 1), seconds=(60.0, 90.0)
            ),
        }
        blocks = {
            state: explained(lambda data=data: measure_inactivation(data, PARAMETERS))
            for state, (data, _) in states.items()
        }
        matched = {
            state: blocks[state]
            if "missing" in blocks[state].attrs
            else planted_rotation(blocks[state], states[state][1], PARAMETERS)
            for state in states
        }
        for kind, groups, paths in (("m", blocks, measured), ("p", matched, planted)):
            path = folder / kind / f"mouse{9 + k}.nc"
            tree = xr.DataTree.from_dict({f"/{state}": data for state, data in groups.items()})
            save(tree, path, Provenance("a test", "make_test", 1, {}, {}))
            paths.append(path)
    return measured, planted
