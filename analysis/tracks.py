"""Of which of two tracks is an event? Log odds of events detected on either (Takigawa 2024)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREY,
    RED,
    WIDTH,
    draw_rows,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import AFTER, Answer, Quantity, available, result, rows_of_quantity
from neurosim.decode.log_odds import log_odds_difference
from neurosim.files import flag_names
from neurosim.stats.intervals import Estimate, fraction_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

REFERENCES = {"rest": "F010a", "nrem": "F010b"}  # Takigawa 2024: awake after running, and sleep
ESTIMATOR = "track_log_odds"
FEW = "fewer than two events were detected on one of the tracks"
NONE = "no event that was planted on that track was found"
PLANTED = {
    "first": (BLUE, "planted on the first"),
    "second": (RED, "on the second"),
    "none": (BLACK, "elsewhere or empty"),
    "unknown": (GREY, "not known"),
}
Z = 1.96  # half width of the interval of one recording, in standard errors


@dataclass(frozen=True)
class Choice:
    """Which events count.

    Attributes
    ----------
    simulated : tuple of str
        Names of the simulated subjects.
    states : tuple of str
    alpha : float
        Nominal level of the test on each track.
    """

    simulated: tuple[str, ...]
    states: tuple[str, ...]
    alpha: float


def analyse(
    compared: Sequence[Path],
    planted: Mapping[str, Path],
    choice: Choice,
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Summarise the log odds of events after running.

    Parameters
    ----------
    compared : sequence of Path
        Outputs of compare_track_maps.
    planted : Mapping of recording name to Path
        Outputs of match_planted_events; read for simulated subjects alone.
    choice : Choice
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/events`` (row): log odds by the planted track.
    """
    data, missing = available(compared)
    truth, _ = available([planted[name] for name in choice.simulated if name in data])
    tables = {name: _table(one, truth.get(name), choice.alpha) for name, one in data.items()}
    rows: list[Row] = []
    for state in choice.states:
        quantity = Quantity(
            *("replay", "track_log_odds_difference", "1", ESTIMATOR, "emergent"),
            test="t interval over subjects; z scores of events detected on the first track less "
            f"those on the second, both at {choice.alpha:g}",
            single_test="1.96 standard errors of the difference over events",
        )
        answers = {name: _difference(table, state) for name, table in tables.items()}
        known = references.get(REFERENCES.get(state, ""))
        rows += rows_of_quantity(quantity, state, answers, missing, choice.simulated, known, FEW)
    lost = {name: why for name, why in missing.items() if name in choice.simulated}
    for place in ("first", "second"):
        quantity = Quantity(
            *("replay", "remote_event_accuracy", "1", ESTIMATOR, "recovered"),
            interval=fraction_interval,
            test="t interval over subjects; sign of the log odds of events planted on that track",
        )
        answers = {n: _accuracy(tables[n], place) for n in choice.simulated if n in tables}
        where = f"{place} track"
        rows += rows_of_quantity(quantity, where, answers, lost, choice.simulated, None, NONE)
    return result(rows, {"events": _events(tables)})


def _table(compared: xr.Dataset, truth: xr.Dataset | None, alpha: float) -> pd.DataFrame:
    """Events after running: log odds, tracks on which they are detected, track planted on."""
    names = compared["track"].values.astype(str)
    detected = compared["p_value"].transpose("event", "track").values <= alpha
    table = pd.DataFrame(
        {
            "state": flag_names(compared["state"]),
            "log_odds": compared["log_odds"].values,
            "on_first": detected[:, 0],
            "on_second": detected[:, 1],
            "planted": "unknown",
        }
    )
    if truth is not None:
        place = flag_names(truth["planted_environment"])
        empty = flag_names(truth["planted_kind"]) == "empty"
        table["planted"] = np.select(
            [empty, place == names[0], place == names[1]], ["none", "first", "second"], "none"
        )
    return table[flag_names(compared["phase"]) == AFTER]


def _difference(table: pd.DataFrame, state: str) -> Answer:
    here = table[table.state == state]
    found = log_odds_difference(
        *(here[name].to_numpy() for name in ("log_odds", "on_first", "on_second"))
    )
    half = Z * found.standard_error
    return Answer(
        Estimate(
            found.difference,
            found.difference - half,
            found.difference + half,
            found.n_first + found.n_second,
        )
    )


def _accuracy(table: pd.DataFrame, place: str) -> Answer:
    """Share of the events planted on a track whose log odds have its sign."""
    values = table[(table.planted == place) & np.isfinite(table.log_odds)].log_odds.to_numpy()
    return Answer(proportion_interval(values > 0 if place == "first" else values < 0), 1.0)


def _events(tables: Mapping[str, pd.DataFrame]) -> xr.Dataset:
    """Put the events of all recordings into one Dataset (row)."""
    empty = pd.DataFrame({"log_odds": [], "planted": []})
    table = pd.concat([empty, *(t for t in tables.values() if len(t))], ignore_index=True)
    return xr.Dataset(
        {
            "log_odds": (
                "row",
                table.log_odds.to_numpy(float),
                {"units": "1", "long_name": "log odds of the first track, z score"},
            ),
            "planted": (
                "row",
                table.planted.to_numpy(object),
                {"long_name": "track on which the event was planted"},
            ),
        }
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw the log odds by the planted track, and their difference by the detected one."""
    summary = tree["summary"].to_dataset().to_dataframe()
    events = tree["events"].to_dataset().to_dataframe()
    with figure(WIDTH, 3.9, ncols=2, width_ratios=[1.4, 1]) as (drawn, (left, right)):
        events = events[np.isfinite(events.log_odds)]
        if events.empty:
            say_nothing_to_draw(left, "no event on a pair of tracks")
        else:
            bins = np.linspace(*np.quantile(events.log_odds, [0, 1]), 31)
            for place, (colour, label) in PLANTED.items():
                values = events[events.planted == place].log_odds
                if len(values):
                    shape = {"histtype": "step", "lw": 2, "density": True}
                    left.hist(values, bins, color=colour, label=label, **shape)
            left.axvline(0, color=BLACK, ls="--", lw=1)
            left.set(xlabel="log odds of the first track (z)", ylabel="density (1)")
            finish(left, "Candidate events after running", columns=3)
        draw_rows(right, summary[summary.quantity == "track_log_odds_difference"], "difference (z)")
        finish(right, "Detected on the first less on the second", columns=2)
        return drawn
