"""Which dynamics do events have, and how well are dynamics told apart?"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.estimators import describe_table
from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    ORANGE,
    OTHERS,
    SKY,
    WIDTH,
    draw_rows,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import (
    AFTER,
    Answer,
    EventTables,
    Quantity,
    planted_columns,
    result,
    rows_of_quantity,
    share,
)
from neurosim import MissingData
from neurosim.calibration.dynamics import PLANTED
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.event_dynamics import best_dynamics
from neurosim.files import flag_names, load
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

ESTIMATOR, KNOWN = "evidence", "evidence_known_fields"
POSITIVE = DYNAMICS[:2]  # directed or diffusive: a path
TOGETHER = "directed or diffusive"
MIN_SPAN = 0.3  # m, two SDs of a field: a walk within is hardly told from a place held
SPIKE_EDGES = (0, 20, 40, 80, 160, 320)
SPIKE_GROUPS = [f"{a}-{b - 1}" for a, b in pairwise(SPIKE_EDGES)]
MIN_EVENTS = 5  # of each dynamic, in a group of spike counts
F1 = "A071"  # Krause & Drugowitsch 2022, as are all that follow
MISREAD = {("directed", "diffusive"): "A071a", ("diffusive", "directed"): "A071b"}
SHARES = {TOGETHER: "A068", "directed": "A068a", "diffusive": "A068b", "stationary": "A068c"}
KIND_DYNAMIC = {
    "forward": "directed",
    "reverse": "directed",
    "accelerating": "directed",
    "hover_and_jump": "directed",
    "diffusive": "diffusive",
    "stationary": "stationary",
}  # whatever else was planted has no path on the track


def dynamics_tables(
    dynamics: Sequence[Path], planted: Sequence[Path], simulated: Sequence[str]
) -> EventTables:
    """Candidate events of all recordings: state, phase, dynamic; and what was planted.

    Parameters
    ----------
    dynamics, planted : sequence of Path
        Outputs of the rules compare_dynamics and match_planted_events, a recording each.
    simulated : sequence of str
        Names of the simulated subjects.
    """
    tables, missing = {}, {}
    for file, truth in zip(dynamics, planted, strict=True):
        try:
            found = load(file)
            table = pd.DataFrame(
                {
                    "state": flag_names(found["state"]),
                    "phase": flag_names(found["phase"]),
                    "dynamic": best_dynamics(found),
                }
            )
            if file.stem in simulated:
                kinds = pd.Series(planted_columns(load(truth))["planted_kind"])
                table["planted"] = kinds.map(KIND_DYNAMIC).fillna("fragmented").to_numpy()
            tables[file.stem] = table
        except MissingData as gap:
            missing[file.stem] = str(gap)
    return EventTables(tables, missing, tuple(simulated), NAN)


def analyse(
    tables: Sequence[Path],
    described: Mapping[str, Mapping],
    events: EventTables,
    references: Mapping[str, Reference],
    states: Sequence[str],
) -> xr.DataTree:
    """Summarise the calibration tables, and the candidate events of recordings.

    F1 and the confusion are computed within a population and then averaged over populations
    (t interval). Positive is what has a path: directed or diffusive. The share of events that a
    dynamic explains best is taken over all candidate events of a state after running.

    Parameters
    ----------
    tables : sequence of Path
        Outputs of calibrate_dynamics, named after their tables.
    described : Mapping of table name to Mapping
        What each table differs in.
    events : EventTables
        From `dynamics_tables`.
    references : Mapping of id to Reference
    states : sequence of str

    Returns
    -------
    DataTree
        ``/summary``; ``/confusion`` (table, planted, read): share of planted events;
        ``/spikes`` (table, spikes): F1 by the number of spikes.
    """
    conditions = [describe_table(described[path.stem]) for path in tables]
    frames = [_frame(load(path)) for path in tables]
    rows: list[Row] = []
    for condition, frame in zip(conditions, frames, strict=True):
        rows += _calibration_rows(frame, condition, references)
    for state in states:
        for name in (TOGETHER, *DYNAMICS):
            rows += _share_rows(events, state, name, references)
    data = {"confusion": _confusion(frames, conditions), "spikes": _by_spikes(frames, conditions)}
    return result(rows, data)


def _frame(events: xr.Dataset) -> pd.DataFrame:
    """Events as a table: planted, read (with fields known too), spikes, span (m), population."""
    frame = pd.DataFrame({name: events[name].values for name in ("n_spikes", "span", "population")})
    frame["planted"] = flag_names(events["planted"])
    frame["read"] = best_dynamics(events)
    frame["read_if_known"] = best_dynamics(events, "known_log_evidence")
    frame["group"] = pd.cut(frame.n_spikes, SPIKE_EDGES, right=False, labels=SPIKE_GROUPS)
    return frame


def f1_score(events: pd.DataFrame, min_events: int = 1) -> float:
    """F1 of directed or diffusive against the rest, all four dynamics weighing the same.

    Parameters
    ----------
    events : DataFrame
        Columns ``planted`` and ``read``; other than the four dynamics is left out.
    min_events : int
        NaN where there are fewer of one of the dynamics.

    Examples
    --------
    >>> events = pd.DataFrame({"planted": DYNAMICS, "read": ["directed"] * 2 + ["diffusive"] * 2})
    >>> round(f1_score(events), 3)  # two right, two false
    0.667
    """
    path = events.read.isin(POSITIVE).groupby(events.planted)
    if any(path.size().get(name, 0) < min_events for name in DYNAMICS):
        return NAN
    found = path.mean()
    hits, false = found[list(POSITIVE)].sum(), found[list(DYNAMICS[2:])].sum()
    return float(2 * hits / (hits + false + len(POSITIVE)))


def _calibration_rows(
    frame: pd.DataFrame, condition: str, references: Mapping[str, Reference]
) -> list[Row]:
    """F1 of a table, also with fields known and without walks that go nowhere; its confusion."""
    shared = {"unit": "1", "n_unit": "population"}
    rows = []
    far = frame[(frame.planted != "diffusive") | (frame.span >= MIN_SPAN)]
    if_known = frame.assign(read=frame.read_if_known)
    for events, where, estimator in (
        (frame, condition, ESTIMATOR),
        (if_known, condition, KNOWN),
        (far, f"{condition},walks>={MIN_SPAN:g}m", ESTIMATOR),
    ):
        values = [f1_score(group) for _, group in events.groupby("population")]
        rows.append(
            make_row(
                "replay",
                "dynamics_f1",
                condition=where,
                estimator=estimator,
                estimate=fraction_interval(np.array(values)),
                origin="recovered",
                truth=1.0,
                reference=references[F1] if estimator == ESTIMATOR else None,
                test=f"t interval over populations; {len(events)} events",
                reason="too few events of a dynamic",
                **shared,
            )
        )
    for planted in PLANTED:
        group = frame[frame.planted == planted]
        for read in DYNAMICS:
            right = planted == read
            values = (group.read == read).groupby(group.population).mean().to_numpy(float)
            rows.append(
                make_row(
                    "replay",
                    "dynamics_confusion",
                    condition=f"{condition},{planted}->{read}",
                    estimator=ESTIMATOR,
                    estimate=fraction_interval(values),
                    origin="recovered" if right else "emergent",
                    truth=1.0 if right else NAN,
                    reference=references.get(MISREAD.get((planted, read), "")),
                    test=f"t interval over populations; {len(group)} events",
                    **shared,
                )
            )
    return rows


def _share(table: pd.DataFrame, single: bool, state: str, name: str) -> Answer:
    """Share of a state's events that a dynamic explains best, and of those it was planted in."""
    events = table[(table.state == state) & (table.phase == AFTER)]
    names = POSITIVE if name == TOGETHER else (name,)
    estimate = share(events.dynamic.isin(names), single=single)
    if single:
        return Answer(estimate)
    return Answer(estimate, share(events.planted.isin(names), single=False).value)


def _share_rows(
    events: EventTables, state: str, name: str, references: Mapping[str, Reference]
) -> list[Row]:
    quantity = Quantity(
        "replay",
        "dynamics_share",
        "1",
        ESTIMATOR,
        "recovered",
        interval=fraction_interval,
        single_unit="event",
        single_test="Wilson interval over events",
    )
    return rows_of_quantity(
        quantity,
        f"{state},{name}",
        events.answers(_share, state, name),
        events.missing,
        events.simulated,
        references.get(SHARES.get(name, "")) if state == "rest" else None,
        "no candidate event after running",
    )


def _confusion(frames: Sequence[pd.DataFrame], conditions: Sequence[str]) -> xr.Dataset:
    """Share of planted events by what they were read as, all populations together."""
    counts = np.zeros((len(frames), len(PLANTED), len(DYNAMICS)), dtype=np.int64)
    for t, frame in enumerate(frames):
        for p, planted in enumerate(PLANTED):
            for r, read in enumerate(DYNAMICS):
                counts[t, p, r] = ((frame.planted == planted) & (frame.read == read)).sum()
    total = np.maximum(counts.sum(axis=2, keepdims=True), 1)
    dims = ("table", "planted", "read")
    return xr.Dataset(
        {
            "share": (dims, counts / total, {"units": "1", "long_name": "share of planted events"}),
            "n_events": (dims, counts, {"long_name": "events"}),
        },
        coords={"table": list(conditions), "planted": list(PLANTED), "read": list(DYNAMICS)},
    )


def _by_spikes(frames: Sequence[pd.DataFrame], conditions: Sequence[str]) -> xr.Dataset:
    """F1 (table, spikes); NaN where there are too few events."""
    values = [
        [f1_score(frame[frame.group == group], MIN_EVENTS) for group in SPIKE_GROUPS]
        for frame in frames
    ]
    return xr.Dataset(
        {
            "f1": (
                ("table", "spikes"),
                np.array(values).reshape(len(frames), len(SPIKE_GROUPS)),
                {"units": "1", "long_name": "F1 of directed or diffusive against the rest"},
            )
        },
        coords={"table": list(conditions), "spikes": SPIKE_GROUPS},
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw planted against read, F1 by table and by spikes, and the shares in recordings."""
    summary = tree["summary"].to_dataset().to_dataframe()
    shares = summary[summary.quantity == "dynamics_share"]
    scores = summary[summary.quantity == "dynamics_f1"]
    heights = [max(3.9, 1.4 + 0.5 * len(scores)), max(4.2, 1.4 + 0.45 * len(shares))]
    ratios = {"height_ratios": heights}
    with figure(WIDTH, sum(heights), nrows=2, ncols=2, gridspec_kw=ratios) as (drawn, axes):
        _draw_confusion(axes[0, 0], tree["confusion"].to_dataset())
        draw_rows(axes[0, 1], scores, "F1, directed or diffusive (1)")
        finish(axes[0, 1], "Path or no path", columns=2, lines=2)
        _draw_spikes(axes[1, 0], tree["spikes"].to_dataset())
        draw_rows(axes[1, 1], shares, "share of candidate events (1)")
        finish(axes[1, 1], "Recordings, after running", columns=3, lines=4)
        return drawn


def _draw_confusion(axes, confusion: xr.Dataset) -> None:
    """Draw shares of planted events for the plain table of 80 cells, or else the first."""
    names = [str(name) for name in confusion["table"].values]
    if not names or not confusion["n_events"].values.any():
        return say_nothing_to_draw(axes, "no table of dynamics")
    chosen = "cells=80" if "cells=80" in names else names[0]
    shares = confusion["share"].sel(table=chosen).values
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(shares):
        colour = "white" if value > 0.5 else BLACK if value >= 0.005 else GREY
        axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour)
    for axis, dim in ((axes.xaxis, "read"), (axes.yaxis, "planted")):
        labels = [str(name).replace("_", " ") for name in confusion[dim].values]
        axis.set_ticks(range(len(labels)), labels)
    axes.set(xlabel="read as (share of planted)", ylabel="planted")
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8)
    finish(axes, f"Planted events, {chosen.replace('=', ' = ')}", lines=2)


def _draw_spikes(axes, scores: xr.Dataset) -> None:
    """Draw F1 against the number of spikes, a line a table."""
    values = scores["f1"].values
    if not np.isfinite(values).any():
        return say_nothing_to_draw(axes, "too few planted events")
    colours = (BLUE, SKY, ORANGE, *OTHERS, GREY)
    for number, (name, line) in enumerate(zip(scores["table"].values, values, strict=True)):
        known = np.flatnonzero(np.isfinite(line))
        colour = colours[number % len(colours)]
        axes.plot(known, line[known], "o-", ms=5, color=colour, label=str(name))
    ticks = [str(group).replace("-", "–") for group in scores["spikes"].values]
    axes.set_xticks(range(len(ticks)), ticks)
    lowest = min(0.5, float(np.nanmin(values)) - 0.05)
    axes.set(xlabel="spikes in the event", ylabel="F1 (1)", ylim=(lowest, 1.02))
    finish(axes, "With few spikes", columns=1, lines=4)
