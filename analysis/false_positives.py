"""How often do shuffles find replay where there is none? False positives and power."""

from collections.abc import Mapping, Sequence
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
    PALE,
    WIDTH,
    figure,
    finish,
    interval_points,
    say_nothing_to_draw,
)
from analysis.results import result
from neurosim.calibration.significance import LEVELS, TARGET
from neurosim.decode.scores import SCORES
from neurosim.files import load
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row

BAND = 0.013  # about what a rate of 5 % of 1000 events, or an alpha set on as many, varies by
PUBLISHED = {"place_field_rotation+time_bin": "F001"}
PUBLISHED_RANGE = "F004"  # over eight methods
LEVEL_COLOURS = {"nominal": ORANGE, "calibrated": BLUE}


def analyse(
    paths: Sequence[Path],
    tables: Mapping[str, Mapping],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Summarise every calibration table of significance.

    Rates are those of populations that did not set alpha, with a t interval over populations. At
    the calibrated alpha the truth is the target; the nominal rate is fixed by no parameter.

    Parameters
    ----------
    paths : sequence of Path
        Outputs of calibrate_significance, named after their tables.
    tables : Mapping of table name to Mapping
        What each table differs in.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``; ``/power`` (detector, level, kind): of the first table and the weighted
        correlation; ``/alpha`` (table, detector): calibrated, of the weighted correlation.
    """
    rows: list[Row] = []
    measured = {path.stem: load(path) for path in paths}
    for name, table in measured.items():
        for score in table["score"].values.astype(str):
            where = describe_table(tables[name])
            where += "" if score == SCORES[0] else f",score={score}"
            chosen = table.sel(score=score)
            rows += _false_positive_rows(chosen, where, references)
            rows += _power_rows(chosen, where)
    return result(rows, {"power": _power(measured), "alpha": _alphas(measured)})


def _false_positive_rows(
    table: xr.Dataset, where: str, references: Mapping[str, Reference]
) -> list[Row]:
    rows = []
    for detector in table["detector"].values.astype(str):
        one = table.sel(detector=detector)
        null = str(one["main_null"].values)
        one = one.sel(null=null)
        n = int(one["n_null"].sum())
        for level in LEVELS:
            nominal = level == "nominal"
            known = references.get(PUBLISHED.get(detector, PUBLISHED_RANGE))
            rows.append(
                make_row(
                    "replay",
                    "false_positive_rate",
                    condition=f"{level},{where}",
                    estimator=detector,
                    estimate=fraction_interval(one["false_positive_rate"].sel(level=level).values),
                    origin="emergent" if nominal else "recovered",
                    truth=np.nan if nominal else TARGET,
                    reference=known if nominal else None,
                    unit="1",
                    n_unit="population",
                    test=f"t interval over populations; {n} events of the null set {null}",
                    reason="no null event could be tested",
                )
            )
    return rows


def _power_rows(table: xr.Dataset, where: str) -> list[Row]:
    """Power at the calibrated alpha: at another the detectors cannot be compared."""
    rows = []
    for detector in table["detector"].values.astype(str):
        for kind in table["kind"].values.astype(str):
            values = table["power"].sel(detector=detector, kind=kind, level="calibrated").values
            rows.append(
                make_row(
                    "replay",
                    "detection_power",
                    condition=f"{where},kind={kind}",
                    estimator=detector,
                    estimate=fraction_interval(values),
                    origin="emergent",
                    unit="1",
                    n_unit="population",
                    test="t interval over populations; calibrated alpha; "
                    f"{int(table['n_planted'].sel(kind=kind).sum())} events",
                    reason="no event could be tested",
                )
            )
    return rows


def _power(measured: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Power over all populations, of the first table and the weighted correlation."""
    if not measured:
        return xr.Dataset()
    first = next(iter(measured.values())).sel(score=SCORES[0])
    power = first["power"].weighted(first["n_planted"]).mean("population")
    power.attrs = first["power"].attrs
    return power.to_dataset(name="power").reset_coords(drop=True)


def _alphas(measured: Mapping[str, xr.Dataset]) -> xr.Dataset:
    """Calibrated alphas of the weighted correlation."""
    if not measured:
        return xr.Dataset()
    alphas = [
        table["alpha"].sel(score=SCORES[0], bound="value").reset_coords(drop=True)
        for table in measured.values()
    ]
    joined = xr.concat(alphas, "table", join="outer").assign_coords(table=list(measured))
    joined.attrs = alphas[0].attrs
    return joined.to_dataset(name="alpha")


def draw(tree: xr.DataTree) -> Figure:
    """Draw false-positive rates at both alphas, and power by what was planted."""
    summary = tree["summary"].to_dataset().to_dataframe()
    rates = summary[(summary.quantity == "false_positive_rate") & np.isfinite(summary.estimate)]
    with figure(WIDTH, 4.6, ncols=2, width_ratios=[1, 1.15]) as (drawn, (left, right)):
        if rates.empty:
            say_nothing_to_draw(left, "no null event could be tested")
        else:
            _draw_rates(left, rates)
        _draw_power(right, tree["power"].to_dataset())
        return drawn


def _worded(detector: str) -> str:
    return detector.replace("_", " ").replace("+", "\n+ ")


def _draw_rates(axes, rates: pd.DataFrame) -> None:
    """Draw rates of the first table with intervals, and those of the others beside them."""
    detectors = list(dict.fromkeys(rates.estimator))
    level, where = rates.condition.str.split(",", n=1).str[0], rates.condition.str.split(",", n=1)
    where = where.str[1]
    first = where.iloc[0]
    axes.axvspan(TARGET - BAND, TARGET + BAND, color=PALE, label="within 1.3 points", zorder=0)
    axes.axvline(TARGET, color=BLACK, ls="--", lw=1, label=f"{TARGET:g}")
    for shift, (name, colour) in zip((-0.15, 0.15), LEVEL_COLOURS.items(), strict=True):
        chosen = rates[(level == name) & (where == first)]
        places = [detectors.index(one) + shift for one in chosen.estimator]
        interval_points(axes, places, chosen, sideways=True, color=colour, label=name, ms=5)
        others = rates[(level == name) & (where != first)]
        places = [detectors.index(one) + shift for one in others.estimator]
        axes.plot(others.estimate, places, "o", mfc="none", mec=colour, ms=4, zorder=2)
    axes.plot([], [], "o", mfc="none", mec=GREY, ms=4, label="other tables")
    axes.set_yticks(range(len(detectors)), [_worded(one) for one in detectors])
    axes.set(xlabel="false-positive rate (1)", ylim=(len(detectors) - 0.5, -0.5))
    axes.set_xlim(left=0)
    axes.tick_params("y", length=0)
    finish(axes, f"Null events: {first.replace(',', ', ')}", columns=3)


def _draw_power(axes, power: xr.Dataset) -> None:
    """Draw the share of events that is found, shaded, by shuffle and kind."""
    if "power" not in power or not np.isfinite(power["power"]).any():
        return say_nothing_to_draw(axes, "no planted event could be tested")
    values = power["power"].sel(level="calibrated").transpose("detector", "kind").values
    axes.imshow(values, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value):
            colour = "white" if value > 0.5 else BLACK
            axes.text(column, row, f"{value:.2f}", ha="center", va="center", color=colour)
    kinds = [str(kind) for kind in power["kind"].values]
    axes.set_xticks(range(len(kinds)), kinds, rotation=30, ha="right")
    axes.set_yticks(range(len(values)), [""] * len(values))
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0)
    axes.set_xlabel("planted")
    finish(axes, "Found at the calibrated alpha (share of events)")
