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
    curve -= 0.001 * np.arange(len(left_out))[:, None]
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


SQUARE = ("DMMod1", "AntiDMMod1", "DMMod2", "AntiDMMod2")
SCORES = {"hidden_5": 0.7, "hidden_6": 0.75, "features": 0.55, "information": 0.8}


def representation(
    network: str,
    hold_out: str,
    number: int = 0,
    layers: tuple[str, ...] = ("features", "information", "network"),
):
    """What `measure_representation` gives of a network whose CCGP is that of its performance."""
    tasks = list(TASKS)
    left_out = held_out_tasks(hold_out)
    level = LEVELS[network]
    rng = np.random.default_rng([7, number, len(network), sum(map(ord, hold_out))])
    ccgp = np.empty((len(layers), 2, len(tasks)))
    for row, layer in zip(ccgp, layers, strict=True):
        planted = SCORES.get(layer, 0.5 + 0.5 * level)
        row[:] = [planted + effect_of(task) for task in tasks]
    ccgp = np.clip(ccgp + 0.002 * rng.standard_normal(ccgp.shape), 0, 1)
    held = np.isin(tasks, left_out)
    swapped = np.where(held, ccgp[-1] - 0.2 - 0.01 * rng.random(len(tasks)), np.nan)
    corners = np.array([[-1, -1, 0], [-1, 1, 0], [1, -1, 0], [1, 1, 0]], float)
    corners[1] += (1 - level) * np.array([0.8, -1.2, 0.5])  # the task that was held out
    samples = corners[:, None] + 0.1 * rng.standard_normal((2, 4, 60, 3))
    samples[1, :, 15:] = np.nan  # wordings
    parallel = np.full((3, 2, 2), level) + np.array([0, -0.05, 0.05])[:, None, None]
    names = ("parallelism", "parallelism_low", "parallelism_high")
    return xr.Dataset(
        {
            "ccgp": (("layer", "scaling", "task"), ccgp),
            "ccgp_axis": (
                ("layer", "scaling", "axis"),
                np.broadcast_to([0.9, 0.4 + 0.01 * number], (len(layers), 2, 2)),
            ),
            "ccgp_swapped": (("scaling", "task"), swapped),
            "is_held_out": ("task", held.astype(np.int8)),
            "component": (("space", "decoded", "sample", "axis3"), samples.astype(np.float32)),
            "explained": (("space", "axis3"), np.tile([0.5, 0.3, 0.1], (2, 1))),
            **{n: (("space", "axis"), v) for n, v in zip(names, parallel, strict=True)},
            **units(rng, tasks, left_out),
        },
        {
            "layer": list(layers),
            "scaling": ["published", "unit"],
            "task": tasks,
            "space": ["network", "information"],
            "axis": ["strongest_weakest", "modality"],
            "decoded": list(SQUARE),
            "window": ["stimuli", "response", "ramp"],
            "turning": ["Go, AntiGo", "DM, AntiDM"],
            "flipping": ["DMS, DNMS", "COMP1, COMP2"],
            "pole": ["first", "second"],
            "n_tried": [2, 3, 4],
        },
        {"network": network, "hold_out": hold_out, "number": number},
    )


def units(rng: np.random.Generator, tasks: list[str], left_out: tuple[str, ...]) -> dict:
    """Units of three clusters, whose preferred directions turn by pi and whose slopes flip."""
    n_units = 30
    label = np.repeat([0, 1, 2], 10)
    family = np.arange(len(tasks)) * 3 // len(tasks)
    share = np.where(label[:, None] == family, 0.9, 0.1) + 0.05 * rng.random((n_units, len(tasks)))
    label[-1] = -1
    share[-1] = np.nan
    near = np.array([[0.9, 0.95, 0.95], [0.7, 0.8, 0.8]]) - 0.02 * rng.random()
    turns = np.pi + 0.3 * rng.standard_normal((2, 3, n_units))

    def held(pairs: tuple[tuple[str, str], ...]) -> np.ndarray:
        return np.isin(pairs, left_out).astype(np.int8)

    return {
        "task_variance": (("unit", "task"), np.nan_to_num(share)),
        "task_variance_share": (("unit", "task"), share),
        "cluster": ("unit", label),
        "n_clusters": 3,
        "silhouette": 0.6,
        "silhouette_of": ("n_tried", [0.4, 0.6, 0.5]),
        "silhouette_null": ("shuffle", [0.1, 0.12, 0.08, 0.1]),
        "turn": (("turning", "window", "unit"), np.angle(np.exp(1j * turns))),
        "turn_tuned": (("turning", "window", "unit"), np.ones((2, 3, n_units), np.int8)),
        "turn_n": (("turning", "window"), np.full((2, 3), n_units)),
        "turn_near": (("turning", "window"), near),
        "turn_near_low": (("turning", "window"), near - 0.1),
        "turn_near_high": (("turning", "window"), near + 0.04),
        "turn_v_p": (("turning", "window"), np.full((2, 3), 1e-9)),
        "turning_held_out": (("turning", "pole"), held((("Go", "AntiGo"), ("DM", "AntiDM")))),
        "flip_share": (("flipping", "window"), near - 0.05),
        "flip_share_low": (("flipping", "window"), near - 0.2),
        "flip_share_high": (("flipping", "window"), near + 0.04),
        "flip_n": (("flipping", "window"), [[20, 20, 20], [0, 10, 10]]),
        "flip_correlation": (("flipping", "window"), [[-0.8, -0.7, -0.7], [-0.4, -0.5, -0.5]]),
        "flipping_held_out": (("flipping", "pole"), held((("DMS", "DNMS"), ("COMP1", "COMP2")))),
    }


HEARD = {  # planted performance by what a partner is told
    "wording": 0.95,
    "instruction": 0.9,
    "novel": 0.85,
    "embedding": 0.3,
}
N_MESSAGES = 10


def communication(
    network: str = "bownet",
    number: int = 0,
    regimes: tuple[str, ...] = ("all", "held_out", "held_out_by_writer"),
    tasks: tuple[str, ...] = tuple(TASKS)[:12],
):
    """What `join_communication` gives: words are understood, copies are not; half are novel."""
    told, partners = list(HEARD), ["all", "held_out"]
    less = np.array([[0.0, 0.15], [0.1, 0.2], [0.2, 0.3]])[: len(regimes), :, None, None]
    level = np.array(list(HEARD.values()))[:, None] + np.array([effect_of(t) for t in tasks])
    performance = np.clip(level - less, 0, 1)
    performance[:, :, -1] *= np.linspace(0.9, 1.1, len(tasks))
    understood = [*TASKS, "other"]
    counts = np.zeros((len(regimes), len(tasks), len(understood)), int)
    for row, task in enumerate(tasks):
        counts[:, row, understood.index(task)] = N_MESSAGES // 2
        counts[:, row, -1] = N_MESSAGES - N_MESSAGES // 2
    dims = ("regime", "partner", "told", "task")
    shape = (len(regimes), len(tasks))
    return xr.Dataset(
        {
            "partner_performance": (dims, performance),
            "novel": (("regime", "task"), np.full(shape, 0.5)),
            "retold": (("regime", "task"), np.full(shape, 0.9)),
            "embedding_performance": (("regime", "task", "embedding"), np.full((*shape, 3), 0.92)),
            "confusion": (("regime", "task", "understood"), counts),
        },
        {
            "regime": list(regimes),
            "partner": partners,
            "told": told,
            "task": list(tasks),
            "understood": understood,
        },
        {"network": network, "hold_out": "none, set_1", "number": number},
    )
