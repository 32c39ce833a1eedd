"""Made results of instructed networks, with known answers, that tests of the study share."""

import numpy as np
import xarray as xr

from analysis.instruction_data import Measurements
from neurosim.tasks.psychophysics.catalogue import CONDITIONAL, TASKS, held_out_tasks

LEVELS = {  # mean zero-shot performance that is planted
    "simplenet": 0.3,
    "bownet": 0.6,
    "sbertnet": 0.75,
    "sbertnet,shuffled": 0.3,
    "structurenet": 0.9,
}
DEFICIT = 0.1  # what a condition costs
GAP = {"swapped": 0.25, "composed": 0.05, "zero_shot_validation": 0.02}  # less than zero-shot
N_BATCHES = 10
WITHHELD = 0.2


def effect_of(task: str) -> float:
    """What a task has more than the mean of all, the same for all networks."""
    names = list(TASKS)
    spread = 0.05 * np.cos(2.4 * names.index(task))
    return spread - DEFICIT * (task in CONDITIONAL)


def held_out(network: str, hold_out: str, number: int = 0, level: float | None = None):
    """What `measure_held_out` gives of a network that is this good at tasks it never trained."""
    level = LEVELS[network] if level is None else level
    left_out = list(held_out_tasks(hold_out))
    trained = [name for name in TASKS if name not in left_out]
    rng = np.random.default_rng([number, len(network), len(hold_out), round(100 * level)])

    def near(value: np.ndarray) -> np.ndarray:
        return np.clip(value + 0.005 * rng.standard_normal(np.shape(value)), 0, 1)

    zero_shot = near(np.array([level + effect_of(task) for task in left_out]))
    found = xr.Dataset(coords={"trained": trained, "held_out": left_out})
    found["training"] = "trained", near(np.full(len(trained), 0.98))
    found["validation"] = "trained", near(np.full(len(trained), 0.93))
    if left_out:
        found["zero_shot"] = "held_out", zero_shot
        for name, gap in GAP.items():
            found[name] = "held_out", near(zero_shot - gap)
        found["neighbour"] = "held_out", near(np.full(len(left_out), 0.4))
        found["neighbour_name"] = "held_out", [trained[0]] * len(left_out)
        found["withholding"] = "held_out", np.full(len(left_out), WITHHELD)
        share = np.linspace(0, 1, N_BATCHES)
        curve = zero_shot[:, None, None] + (1 - zero_shot[:, None, None]) * share
        found["curve"] = ("held_out", "repeat", "batch"), np.repeat(curve, 2, axis=1)
        met = np.where(zero_shot[:, None] > 0.5, 6.0, np.inf)
        found["batches_to_criterion"] = ("held_out", "repeat"), np.repeat(met, 2, axis=1)
    found.attrs = {"network": network, "hold_out": hold_out, "number": number}
    return found


def input_learning(network: str, hold_out: str, number: int = 0, final: float = 0.97):
    """What `measure_input_learning` gives of a network that gets this good."""
    left_out = list(held_out_tasks(hold_out))
    curve = np.tile(np.minimum(np.linspace(0, 2 * final, 20), final), (len(left_out), 1))
    met = np.full(len(left_out), 12.0 if final > 0.95 else np.inf)
    data = {"curve": (("held_out", "batch"), curve), "batches_to_criterion": ("held_out", met)}
    about = {"network": network, "hold_out": hold_out, "number": number}
    return xr.Dataset(data, {"held_out": left_out}, about)


def measured(
    networks: tuple[str, ...] = tuple(LEVELS),
    hold_outs: tuple[str, ...] = tuple(f"set_{number}" for number in range(1, 11)),
    numbers: tuple[int, ...] = (0, 1),
    **others: object,
) -> Measurements:
    """All planted results of some networks."""
    each = [(n, h, k) for n in networks for h in hold_outs for k in numbers]
    given = {
        "held_out": [held_out(*one) for one in each],
        "input_learning": [input_learning(*one) for one in each if one[1].startswith("set_")],
        "missing": {"sbertnet_l": "language model x: expected a cache, found none"},
    }
    return Measurements("test", **(given | others))


def rows_of(tree: xr.DataTree):
    """Rows by quantity, condition and estimator."""
    table = tree["summary"].to_dataset().to_dataframe()
    return table.set_index(["quantity", "condition", "estimator"]).sort_index()
