"""Made results of learners, with known errors, that tests of the memory study share."""

import numpy as np
import xarray as xr

TRIVIAL = {"zero": 1.0, "mean": 0.9, "task_mean": 0.8}


NOISE = 1e-3  # SD of each error


def learner(learned: float, lost: float, n_seeds: int = 6, n_tasks: int = 3) -> np.ndarray:
    """Error (seed, time, task): 0.95 before a task, `learned` after it, `lost` more at the end.

    Each has a little noise.
    """
    error = np.full((n_seeds, n_tasks + 1, n_tasks), 0.95)
    for task in range(n_tasks):
        error[:, task + 1 :, task] = learned
        if task < n_tasks - 1:
            error[:, -1, task] += lost
    rng = np.random.default_rng(round(1e4 * (learned + 7 * lost)))
    return error + NOISE * rng.standard_normal(error.shape)


def trivial(level: float, n_seeds: int = 6, n_tasks: int = 3) -> np.ndarray:
    """Error (seed, time, task) of what looks at nothing."""
    return np.full((n_seeds, n_tasks + 1, n_tasks), level)


def sequence(
    errors: dict[str, np.ndarray],
    kind: str = "classification",
    floor: float | None = None,
) -> xr.Dataset:
    """Put errors (seed, time, task) of methods side by side, as `compare_methods` does.

    The trivial predictors are added. With `floor` no predictor can have less error.
    """
    first = next(iter(errors.values()))
    n_seeds, n_times, n_tasks = first.shape
    errors = {name: trivial(level, n_seeds, n_tasks) for name, level in TRIVIAL.items()} | errors
    values = np.stack(list(errors.values()))
    dims = ("learner", "seed", "time", "task")
    about = {"units": "1", "long_name": "made"}
    is_regression = kind == "regression"
    data = {
        "error": (dims, values, about),
        "accuracy": (dims, np.full_like(values, np.nan) if is_regression else 1 - values, about),
        "choice_accuracy": (dims, np.full_like(values, np.nan), about),
    }
    if floor is not None:
        data["best_error"] = (("seed", "task"), np.full((n_seeds, n_tasks), floor), about)
    coords = {
        "learner": list(errors),
        "seed": np.arange(n_seeds),
        "time": np.arange(n_times),
        "task": [f"task {number}" for number in range(n_tasks)],
    }
    return xr.Dataset(data, coords, {"sequence": "made", "kind": kind})


def family(curves: dict[str, list[float]], kind: str = "regression", mean_error: float = 1.0):
    """Error (method, seed, task, step) of five trainings on four tasks that are all alike."""
    values = np.array(list(curves.values()))[:, None, None] * np.ones((1, 5, 4, 1))
    values = values + 1e-4 * np.arange(5)[:, None, None]
    about = {"units": "1", "long_name": "made"}
    data = {
        "error": (("learner", "seed", "task", "step"), values, about),
        "mean_error": (("seed", "task"), np.full((5, 4), mean_error), about),
    }
    coords = {"learner": list(curves), "step": np.arange(values.shape[-1])}
    return xr.Dataset(data, coords, {"kind": kind, "family": "made"})


def skill(
    bits: dict[str, list[float]], name: str = "copy", length: int = 10, n_tested: int = 1
) -> xr.Dataset:
    """Share of bits (network, seed, length) right; beyond the trained length it is 0.5."""
    values = np.array([bits[network] for network in ("memory", "memory,reads_zero", "lstm")])
    by_length = np.full((*values.shape, n_tested), 0.5)
    by_length[..., 0] = values
    about = {"units": "1", "long_name": "made"}
    dims = ("network", "seed", "length")
    data = {
        "bits": (dims, by_length, about),
        "sequences": (dims, by_length**80, about),
        "learning": (("network", "seed", "point"), np.tile(values[..., None], 3), about),
        "n_updates": ("network", [600, 600, 2000], about),
    }
    coords = {
        "network": ["memory", "memory,reads_zero", "lstm"],
        "length": length * (1 + np.arange(n_tested)),
        "point": [0.3, 0.6, 1.0],
    }
    return xr.Dataset(data, coords, {"skill": name, "trained_length": length})


def trace(n_steps: int = 5, n_slots: int = 4) -> xr.Dataset:
    """An episode of an agent that writes a slot a step."""
    about = {"units": "1", "long_name": "made"}
    written = np.eye(n_steps, n_slots)
    asked = np.where(np.arange(n_steps)[:, None] > 2, 1.0, np.nan) * np.ones((n_steps, 8))
    data = {
        "input": (("step", "channel"), np.ones((n_steps, 10)), about),
        "target": (("step", "bit"), asked, about),
        "output": (("step", "bit"), np.full((n_steps, 8), 0.5), about),
        "written": (("step", "slot"), written, about),
        "read": (("step", "head", "slot"), np.stack([written, written], axis=1), about),
        "use": (("step", "slot"), written.cumsum(axis=0), about),
        "slots": (("step", "slot", "width"), written[..., None] * [3.0, 4.0], about),
    }
    return xr.Dataset(data)


def rows_of(tree: xr.DataTree):
    """Rows by quantity, condition and estimator."""
    table = tree["summary"].to_dataset().to_dataframe()
    return table.set_index(["quantity", "condition", "estimator"]).sort_index()
