"""Are bursts found, are others taken for one, and where do they begin and end?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import BLACK, BLUE, ORANGE, WIDTH, figure, finish, say_nothing_to_draw
from analysis.results import Answer, Quantity, available, result, rows_of_quantity
from neurosim.files import flag_names
from neurosim.stats.intervals import Estimate, fraction_interval
from neurosim.stats.summary import Row

EDGES = {"start": BLUE, "stop": ORANGE}
ESTIMATOR = "population_burst"
SHARES = {  # label, colour
    "burst_detection_rate": ("of planted events found", BLUE),
    "burst_precision": ("of candidates planted", ORANGE),
}
NOTHING = "no planted event was found"
NO_CANDIDATE = "there was no candidate"
WITHIN = 0.1  # s, of the histogram


def _number(value: float, truth: float) -> Answer:
    return Answer(Estimate(value, np.nan, np.nan, 1), truth)


def analyse(
    candidates: Sequence[Path], planted: Sequence[Path], states: Sequence[str]
) -> xr.DataTree:
    """Summarise how many planted events are found and how far off their edges are.

    Events of all kinds count, empty bursts too: all are bursts. ``burst_detection_rate`` is the
    share of planted events that are found (recall), ``burst_precision`` the share of candidates
    in which one was planted. The error of an edge is detected less planted time, its median
    within a subject.

    Returns
    -------
    DataTree
        ``/summary``; ``/edges`` (row): error of every edge that was found.
    """
    found, missing = available(candidates)
    beside, _ = available(planted)
    names = [name for name in found if name in beside]
    everyone = [path.stem for path in candidates]
    errors = {name: _errors(found[name], beside[name]) for name in names}
    rows: list[Row] = []
    for state in states:
        for edge in EDGES:
            quantity = Quantity("replay", "burst_edge_error", "ms", ESTIMATOR, "recovered")
            answers = {}
            for name in names:
                table = errors[name]
                values = table[(table.state == state) & (table.edge == edge)].error
                answers[name] = _number(1000 * values.median() if len(values) else np.nan, 0.0)
            where = f"{state},{edge}"
            rows += rows_of_quantity(quantity, where, answers, missing, everyone, None, NOTHING)
        for label, share, nothing in (
            ("burst_detection_rate", _rate, NOTHING),
            ("burst_precision", _precision, NO_CANDIDATE),
        ):
            quantity = Quantity(
                *("replay", label, "1", ESTIMATOR, "recovered"), interval=fraction_interval
            )
            answers = {
                name: _number(share(found[name], beside[name], state), 1.0) for name in names
            }
            rows += rows_of_quantity(quantity, state, answers, missing, everyone, None, nothing)
    return result(rows, {"edges": _dataset(errors)})


def _rate(candidates: xr.Dataset, planted: xr.Dataset, state: str) -> float:
    """Share of a state's planted events beside which there is a candidate."""
    total = int(planted["n_planted"].sel(state=state))
    return float((flag_names(planted["planted_state"]) == state).sum() / total) if total else np.nan


def _precision(candidates: xr.Dataset, planted: xr.Dataset, state: str) -> float:
    """Share of a state's candidates in which an event was planted."""
    here = flag_names(candidates["state"]) == state
    return float((planted["planted_index"].values[here] >= 0).mean()) if here.any() else np.nan


def _errors(candidates: xr.Dataset, planted: xr.Dataset) -> pd.DataFrame:
    """Errors (s) of both edges of every planted event that was found."""
    chosen = planted["planted_index"].values >= 0
    state = flag_names(planted["planted_state"])[chosen]
    parts = [
        pd.DataFrame(
            {
                "state": state,
                "edge": edge,
                "error": (candidates[edge].values - planted[f"planted_{edge}"].values)[chosen],
            }
        )
        for edge in EDGES
    ]
    return pd.concat(parts, ignore_index=True)


def _dataset(errors: dict[str, pd.DataFrame]) -> xr.Dataset:
    """Put the errors of all subjects into one Dataset (row)."""
    empty = pd.DataFrame({"state": [], "edge": [], "error": []})
    table = pd.concat([empty, *(t for t in errors.values() if len(t))], ignore_index=True)
    return xr.Dataset(
        {
            "state": ("row", table.state.to_numpy(object), {"long_name": "state"}),
            "edge": ("row", table.edge.to_numpy(object), {"long_name": "edge of the burst"}),
            "error": (
                "row",
                table.error.to_numpy(float),
                {"units": "s", "long_name": "detected less planted time"},
            ),
        }
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw the errors of both edges, and the share of planted events that was found."""
    summary = tree["summary"].to_dataset().to_dataframe()
    edges = tree["edges"].to_dataset().to_dataframe()
    with figure(WIDTH, 3.9, ncols=2, width_ratios=[1.6, 1]) as (drawn, (left, right)):
        _draw_errors(left, edges)
        _draw_shares(right, summary[np.isfinite(summary.estimate)])
        return drawn


def _draw_shares(axes, summary: pd.DataFrame) -> None:
    """Draw recall and precision side by side for each state."""
    rates = summary[summary.quantity.isin(list(SHARES))]
    if rates.empty:
        return say_nothing_to_draw(axes, NOTHING)
    states = list(dict.fromkeys(rates.condition))
    for offset, (quantity, (label, colour)) in zip((-0.2, 0.2), SHARES.items(), strict=True):
        values = rates[rates.quantity == quantity].set_index("condition").estimate
        values = values.reindex(states)
        bars = axes.bar(np.arange(len(states)) + offset, values, 0.38, color=colour, label=label)
        labels = [f"{value:.2f}" if np.isfinite(value) else "" for value in values]
        axes.bar_label(bars, labels, label_type="center", color="white")
    axes.axhline(1.0, color=BLACK, ls="--", lw=1)
    axes.set_xticks(range(len(states)), [state.replace(",", "\n") for state in states])
    axes.set(ylabel="share (1)", ylim=(0, 1.12))
    finish(axes, "Found, by state", columns=1)


def _draw_errors(axes, edges: pd.DataFrame) -> None:
    if edges.empty:
        return say_nothing_to_draw(axes, NOTHING)
    bins = np.linspace(-WITHIN, WITHIN, 41)
    for edge, colour in EDGES.items():
        values = edges[edges.edge == edge].error.clip(-WITHIN, WITHIN)
        axes.hist(1000 * values, 1000 * bins, histtype="step", lw=2, color=colour, label=edge)
        axes.axvline(1000 * values.median(), color=colour, lw=1)
    axes.axvline(0, color=BLACK, ls="--", lw=1, label="planted")
    axes.set(xlabel="detected less planted time (ms)", ylabel="events (number)")
    finish(axes, "Edges of the bursts that were found", columns=3, lines=2)
