"""What the questions about agents share: rows over agents, paired ratios, colours of policies."""

from collections.abc import Callable, Mapping

import numpy as np
import xarray as xr

from analysis.plots import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

STUDY = "imagination"
ALPHA = 0.05
COLOURS = {
    "none": GREY,
    "td_lambda": BLACK,
    "movie_forward": BLUE,
    "movie_reverse": SKY,
    "uniform": ORANGE,
    "prioritised": PURPLE,
    "prioritised_sweeping": GREEN,
    "imagination": RED,
}
OVER_AGENTS = "t interval over agents"


def agent_row(
    quantity: str,
    condition: str,
    estimator: str,
    values: np.ndarray,
    *,
    unit: str = "1",
    interval: Callable[[np.ndarray], Estimate] = mean_interval,
    test: str = OVER_AGENTS,
    origin: str = "learned",
    p_value: float = NAN,
    truth: float = NAN,
    reference: Reference | None = None,
    reason: str = "no data",
    n_unit: str = "agent",
) -> Row:
    """Make a row over agents, or over whatever `n_unit` names."""
    return make_row(
        STUDY,
        quantity,
        condition=condition,
        estimator=estimator,
        estimate=interval(np.asarray(values, dtype=float)),
        origin=origin,
        unit=unit,
        n_unit=n_unit,
        truth=truth,
        reference=reference,
        test=test,
        p_value=p_value,
        reason=reason,
    )


def paired_log_p_value(ratio: np.ndarray) -> float:
    """Two-sided p value of a t test of log ratios (agent,) against 0; NaN where all are equal."""
    logs = np.log(ratio[np.isfinite(ratio) & (ratio > 0)])
    if logs.size < 2 or np.ptp(logs) == 0:
        return NAN
    from scipy import stats  # takes a second to import

    return float(stats.ttest_1samp(logs, 0.0).pvalue)


def by_agent(data: xr.Dataset, name: str, **chosen: object) -> np.ndarray:
    """Values (agent,) of a variable."""
    return data[name].sel(chosen).values.astype(float)


def words(name: str) -> str:
    """Word a name for an axis."""
    return name.replace("_", " ")


def mazes_of(datasets: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Put mazes side by side (maze, ...); those with fewer values are filled with NaN."""
    along = xr.Variable("maze", list(datasets), {"long_name": "maze"})
    parts = [data.drop_attrs(deep=False) for data in datasets.values()]
    shortest = [data.attrs["shortest"] for data in datasets.values()]
    about = {"units": "1", "long_name": "steps of the shortest way"}
    return xr.concat(parts, dim=along, join="outer").assign(shortest=("maze", shortest, about))
