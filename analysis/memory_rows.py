"""What the questions about memory share: rows over trainings, paired tests, verdicts, colours."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.plots import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from analysis.reverse_models import corrected, paired_p_value
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

STUDY = "memory"
LEAST = 2  # trainings from which anything is judged
BASE = "fine_tuning"  # does nothing against forgetting
TRIVIAL = ("zero", "mean", "task_mean")
UNTOLD = ("zero", "mean")  # trivial predictors that are not told the task
READS_ZERO = "reads_zero"
AGENTS = ("agent", "seed_agent")  # whose parts are left out
PARTS = ("no_memory", "no_replay", "no_meta")
ONE_STEP = "one step an example: nothing that is written can be read, only a learned table"
OVER_TRAININGS = "t interval over trainings"
COLOURS = {
    "fine_tuning": GREY,
    "er": ORANGE,
    "der++": YELLOW,
    "ewc": SKY,
    "joint": BLACK,
    "agent": BLUE,
    "agent,no_memory": GREEN,
    "agent,no_replay": RED,
    "agent,no_meta": PURPLE,
    "seed_agent": BLUE,
    "seed_agent,no_replay": RED,
    "seed_plain": ORANGE,
    "seed_plain,no_replay": GREY,
}


def memory_row(
    quantity: str,
    condition: str,
    estimator: str,
    values: np.ndarray,
    *,
    unit: str = "1",
    test: str = OVER_TRAININGS,
    p_value: float = NAN,
    reference: Reference | None = None,
    reason: str = "no data",
    n_unit: str = "training",
    estimate: Estimate | None = None,
) -> Row:
    """Make a row over trainings; an `estimate` that is given stands for their mean."""
    return make_row(
        STUDY,
        quantity,
        condition=condition,
        estimator=estimator,
        estimate=mean_interval(values) if estimate is None else estimate,
        origin="learned",
        unit=unit,
        n_unit=n_unit,
        reference=reference,
        test=test,
        p_value=p_value,
        reason=reason,
    )


def claim_row(
    name: str, condition: str, estimator: str, values: np.ndarray, verdict: str, **about: object
) -> Row:
    """Make a claim's row: the verdict is ours, not one of a reference, which is only shown."""
    row = memory_row(f"claim_{name}", condition, estimator, values, **about)
    return replace(row, verdict=verdict) if np.isfinite(row.estimate) else row


def at_most(values: np.ndarray, bound: float) -> str:
    """Whether the mean of values (training,) lies at or below a bound, as far as they tell."""
    values = values[np.isfinite(values)]
    if values.size < LEAST:
        return "inconclusive"
    if np.ptp(values) == 0:
        return "holds" if values[0] <= bound else "does not hold"
    estimate = mean_interval(values)
    if estimate.high <= bound:
        return "holds"
    return "does not hold" if estimate.low > bound else "inconclusive"


def at_least(values: np.ndarray, bound: float) -> str:
    """Whether the mean of values (training,) lies at or above a bound, as far as they tell."""
    return at_most(-values, -bound)


def all_of(*verdicts: str) -> str:
    """Verdict on a claim that has several parts."""
    if "does not hold" in verdicts:
        return "does not hold"
    return "holds" if set(verdicts) == {"holds"} else "inconclusive"


def share_taken(lost: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Share (training,) of what one method loses that another one keeps; NaN where none is lost."""
    return 1 - kept / np.where(lost > 0, lost, np.nan)


def takes(lost: np.ndarray, kept: np.ndarray, least: float) -> str:
    """Whether at least a share of what is lost (training,) is taken away.

    Judged on `(1 - least) * lost - kept`: shares leave out trainings in which nothing is lost, and
    are of any size in those in which hardly anything is.
    """
    return at_least((1 - least) * lost - kept, 0.0)


def left_out(lost: np.ndarray) -> str:
    """Word how many trainings a share leaves out, if any."""
    n_without = int((np.isfinite(lost) & (lost <= 0)).sum())
    return f"{n_without} of {lost.size} that lose nothing are left out of it; " if n_without else ""


def values_of(data: xr.Dataset, name: str, method: str) -> np.ndarray:
    """A variable of a method, without that dimension."""
    return data[name].sel(learner=method).values.astype(float)


def methods_in(data: xr.Dataset) -> list[str]:
    """Names of all methods of a sequence."""
    return data["learner"].values.astype(str).tolist()


def has_one_step(data: xr.Dataset) -> bool:
    """Whether examples have one step, so that what is written in it is never read."""
    return data.attrs.get("n_steps", 1) == 1


def learners_in(data: xr.Dataset) -> list[str]:
    """Names of the methods that learn: neither trivial predictors nor lesioned networks."""
    return [
        name
        for name in methods_in(data)
        if name not in TRIVIAL and not name.endswith(f",{READS_ZERO}")
    ]


def against(values: Mapping[str, np.ndarray], base: str) -> dict[str, float]:
    """P values of paired t tests of each method (training,) against one, Holm over methods."""
    if base not in values:
        return dict.fromkeys(values, NAN)
    others = {
        name: paired_p_value(np.round(v - values[base], 12))  # equal ones differ by rounding
        for name, v in values.items()
        if name != base
    }
    return {base: NAN} | corrected(others)


def without_replay(method: str, methods: list[str]) -> str | None:
    """Name of the same network without replay, if it was trained."""
    network, _, parts = method.partition(",")
    if network in ("er", "der++"):
        twin = ",".join(filter(None, (BASE, parts if parts == "recurrent" else "")))
    else:
        left_out = {*parts.split(","), "no_replay"}
        twin = ",".join((network, *(part for part in PARTS if part in left_out)))
    return twin if twin in methods and twin != method else None


def words(name: str) -> str:
    """Word a name for an axis; what is left out gets a minus.

    >>> words("agent,no_memory,no_replay")
    'agent − memory − replay'
    >>> words("agent,no_memory,no_replay,no_meta")
    'agent − all three'
    """
    name = name.replace(",".join(PARTS), "no_all three")
    first, *parts = name.split(",")
    rest = [
        part.replace("no_", "− ", 1) if part.startswith("no_") else f", {part}" for part in parts
    ]
    return " ".join([first, *rest]).replace("_", " ").replace(" ,", ",")
