"""Sessions full of replay on a branching track: reward discounts where events are many."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.position import fit_maps
from neurosim.decode.reward_replay import RewardParameters, reward_replay
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording
from neurosim.seeds import integer_seed
from neurosim.simulation import SimulationParameters, simulate_recording

BRANCHING = ("w", "y")
SHORT_S = 150.0  # on the linear track, and of each sleep, which these sessions need but not use
ELSEWHERE = 0.02  # fraction of events on the linear track


@dataclass(frozen=True)
class RewardDesign:
    """What is measured in sessions full of replay.

    Attributes
    ----------
    n_populations : int
        Each has its own cells and laps.
    rest_s : float
        Rest after running, in which the events are planted.
    """

    n_populations: int
    rest_s: float


def rewarded_session(simulation: Mapping[str, Mapping], rest_s: float) -> dict:
    """Change the `simulation` section of a configuration: forward and reverse events on one track.

    Cells, movement, bursts and paths stay as they are.

    Raises
    ------
    MissingData
        If no environment branches.
    """
    changed = copy.deepcopy({k: v for k, v in simulation.items() if k != "subjects"})
    given = {name: e for name, e in changed["environments"].items() if e is not None}
    branching = [name for name, e in given.items() if e["kind"] in BRANCHING]
    linear = [name for name, e in given.items() if e["kind"] == "linear"]
    if not branching or not linear:
        raise MissingData(
            "simulation.environments: expected a linear track and one that branches (kind w or "
            f"y), found {', '.join(given)}"
        )
    home = given[linear[0]] | {"duration_s": SHORT_S}
    changed["environments"] = {linear[0]: home, branching[0]: given[branching[0]]}
    changed["session"] |= {"pre_sleep_s": SHORT_S, "rest_s": rest_s, "post_sleep_s": SHORT_S}
    changed["bursts"]["home_fraction"] = ELSEWHERE
    for state in ("rest", "nrem"):
        changed["events"][state]["kinds"] = {"forward": 0.5, "reverse": 0.5}
    return changed


def calibrate_rewards(
    simulation: Mapping[str, Mapping],
    design: RewardDesign,
    detection: BurstDetection,
    fields: FieldParameters,
    fit_bin_s: float,
    rewards: RewardParameters,
    seed: int,
) -> xr.Dataset:
    """Measure reward discounts in sessions full of replay, as in any other recording.

    Returns
    -------
    Dataset (population, direction, steps)
        As `neurosim.decode.reward_replay.reward_replay` gives them, without single events.
    """
    parameters = SimulationParameters.from_mapping(rewarded_session(simulation, design.rest_s))
    found = []
    for number in range(design.n_populations):
        drawn = integer_seed(seed, "calibrate_rewards", number)
        groups = simulate_recording(parameters, drawn, "calibration")
        public = ("behaviour", "epochs", "units", "spikes", "track", "rewards")
        recording = Recording(
            name="calibration",
            attributes={},
            read_oscillations=partial(groups.get, "oscillations"),
            **{name: groups[name] for name in public},
        )
        maps = fit_maps(recording, fields, fit_bin_s)
        by_name = {name: group.to_dataset() for name, group in maps.items()}
        measured = reward_replay(recording, by_name, find_candidates(recording, detection), rewards)
        found.append(measured.drop_dims(["event", "environment"]))
    index = xr.Variable("population", np.arange(design.n_populations), {"long_name": "population"})
    return xr.concat(found, dim="population", combine_attrs="override").assign_coords(
        population=index
    )
