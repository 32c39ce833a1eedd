"""What the analysis is worth on a recording's own cells, and what lies behind what it found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.results import AFTER, planted_columns, result
from neurosim import MissingData
from neurosim.calibration.significance import TARGET
from neurosim.decode.shuffles import is_significant
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import flag_names, load
from neurosim.seeds import generator
from neurosim.stats.deconvolution import Draws, LogNormal, find_log_normal
from neurosim.stats.intervals import Estimate, median_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

BEST = ESTIMATORS[0]
REFERENCES = {"rest": "A008", "nrem": "A006"}  # as the question `compression`
QUANTILES = {"q05": 0.05, "q25": 0.25, "median": 0.5, "q75": 0.75, "q95": 0.95}
REPORTED = ("q05", "median", "q95")
MOST_FALSE = 0.5  # of the events that pass; beyond, what passes is mostly not replay
MANY = 24  # events from which on short and long ones have kernels of their own
RESOLVED = ("forward", "reverse")


@dataclass(frozen=True)
class Files:
    """Files of one recording.

    Attributes
    ----------
    own : Path
        Output of the rule calibrate_recording.
    events, significance : Path
        Outputs of the rules decode_events and shuffle_events.
    planted : Path or None
        Output of match_planted_events, of a simulated subject.
    """

    own: Path
    events: Path
    significance: Path
    planted: Path | None


def analyse(
    files: Sequence[Files],
    states: Sequence[str],
    references: Mapping[str, Reference],
    seed: int,
) -> xr.DataTree:
    """Summarise the bias table of each recording, and correct its compression by it.

    Bias, coverage, direction, false positives and power are those of events planted in twins of
    the recording (`neurosim.calibration.own_cells`). ``compression_corrected`` are quantiles of
    the compression behind the recorded events that pass: those of the distribution that, planted
    in the twins and read in the same way, reads as the recording did
    (`neurosim.stats.deconvolution`). Events that are expected to pass by chance are part of the
    fit; where they are more than half, nothing is said.

    Returns
    -------
    DataTree
        ``/summary``; ``/twins`` (row): planted events; ``/distribution`` (row): what was
        measured, fitted and corrected.
    """
    rows: list[Row] = []
    twins, distributions = [], []
    for one in files:
        name = one.own.stem
        try:
            own = load(one.own)
            rows += _calibration_rows(name, own)
            twins.append(_twin_table(name, own))
            table = _recorded(one, own)
        except MissingData as gap:
            rows += _rows_not_run(name, states, str(gap))
            continue
        for state in states:
            found, shape = _corrected(name, state, table, own, references, one.planted, seed)
            rows += found
            distributions += shape
    data = {}
    if twins:
        data["twins"] = _described(pd.concat(twins, ignore_index=True))
    if distributions:
        data["distribution"] = _described(pd.concat(distributions, ignore_index=True))
    return result(rows, data)


def _row(name: str, quantity: str, estimate: Estimate, unit: str, **more) -> Row:
    return make_row(
        "replay",
        quantity,
        condition=",".join(filter(None, (more.pop("part", ""), f"recording={name}"))),
        estimate=estimate,
        unit=unit,
        **{"origin": "recovered", "n_unit": "planted event", "estimator": BEST} | more,
    )


def _calibration_rows(name: str, own: xr.Dataset) -> list[Row]:
    """Rows on events planted in twins."""
    planted = own["set"].values == 0
    passed = own["significant"].values == 1
    kept = own.isel(event=planted & passed)
    nothing = "no planted event passes the test"
    rows = [
        _row(
            name,
            "own_speed_bias",
            median_interval(
                kept["compression"].sel(estimator=estimator) / kept["true_compression"]
            ),
            "1",
            estimator=estimator,
            truth=1.0,
            test="order-statistic interval over planted events of the median ratio",
            reason=nothing,
        )
        for estimator in ESTIMATORS
    ]
    inside = (kept["speed_low"] <= kept["true_speed"]) & (kept["true_speed"] <= kept["speed_high"])
    direction = flag_names(kept["direction"])
    right = (direction == "forward") == (kept["true_forward"].values == 1)
    wilson = {"test": "Wilson interval over events", "reason": nothing}
    shares = {
        "own_interval_coverage": (inside.values, 0.9),
        "own_direction_accuracy": (right[np.isin(direction, RESOLVED)], 1.0),
        "own_power": (passed[planted], NAN),
        "own_false_positive_rate": (passed[~planted], TARGET),
    }
    for quantity, (successes, truth) in shares.items():
        unit = "null event" if quantity == "own_false_positive_rate" else "planted event"
        origin = "emergent" if quantity == "own_power" else "recovered"  # nobody planted a power
        rows.append(
            _row(
                name,
                quantity,
                proportion_interval(successes),
                "1",
                truth=truth,
                n_unit=unit,
                origin=origin,
                **wilson,
            )
        )
    return rows


def _rows_not_run(name: str, states: Sequence[str], reason: str) -> list[Row]:
    nothing = Estimate(NAN, NAN, NAN, 0)
    parts = [f"{state},{quantile}" for state in states for quantile in REPORTED]
    return [_row(name, "own_speed_bias", nothing, "1", reason=reason)] + [
        _row(name, "compression_corrected", nothing, "1", part=part, reason=reason)
        for part in parts
    ]


def _recorded(files: Files, own: xr.Dataset) -> pd.DataFrame:
    """Recorded events after running, tested at the alpha of the recording's own cells."""
    events, tested = load(files.events), load(files.significance)
    table = pd.DataFrame(
        {
            "state": flag_names(events["state"]),
            "duration": events["stop"].values - events["start"].values,
            "compression": events["compression"].sel(estimator=BEST).values,
            "passed": is_significant(tested["graded_p_value"], own.attrs["calibrated_alpha"]),
            "planted": NAN,
        }
    )
    if files.planted is not None:
        table["planted"] = planted_columns(load(files.planted))["planted_compression"]
    return table[flag_names(events["phase"]) == AFTER]


def _corrected(
    name: str,
    state: str,
    table: pd.DataFrame,
    own: xr.Dataset,
    references: Mapping[str, Reference],
    planted: Path | None,
    seed: int,
) -> tuple[list[Row], list[pd.DataFrame]]:
    """Rows of one state, and the distribution behind them."""
    here = table[table.state == state]
    passed = here[here.passed]
    truth = dict.fromkeys(REPORTED, NAN)
    try:
        if passed.empty:
            raise MissingData("no event after running passes the test")
        false = min(TARGET * len(here) / len(passed), 1.0)
        found = _deconvolved(passed, own, false, generator(seed, "own_cells", name, state))
        estimates = {
            quantile: Estimate(*found.quantiles[list(QUANTILES).index(quantile)], found.n)
            for quantile in REPORTED
        }
        if planted is not None and passed.planted.notna().any():
            truth = {q: float(np.nanquantile(passed.planted, QUANTILES[q])) for q in REPORTED}
        reason, shape = "", [_shape(name, state, passed, found)]
    except MissingData as gap:
        estimates, reason, shape = dict.fromkeys(REPORTED, Estimate(NAN, NAN, NAN, 0)), str(gap), []
    rows = [
        _row(
            name,
            "compression_corrected",
            estimates[quantile],
            "1",
            part=f"{state},{quantile}",
            origin="measured" if planted is None else "recovered",
            n_unit="event",
            truth=truth[quantile],
            reference=references[REFERENCES[state]]
            if quantile == "median" and state in REFERENCES
            else None,
            test="bootstrap over events and twins",
            reason=reason,
        )
        for quantile in REPORTED
    ]
    return rows, shape


def _deconvolved(
    passed: pd.DataFrame, own: xr.Dataset, false: float, rng: np.random.Generator
) -> LogNormal:
    """Find the distribution of compression behind the events that pass."""
    if false > MOST_FALSE:
        raise MissingData(
            f"{len(passed)} events pass, of which {false:.0%} are expected to be false: too many "
            "to tell how fast the others are"
        )
    cuts = np.quantile(passed.duration, [1 / 3, 2 / 3]) if len(passed) >= MANY else np.array([])
    kept = own["significant"].values == 1
    planted = own["set"].values == 0

    def draws(of: np.ndarray) -> Draws:
        return Draws(
            own["true_compression"].values[of],
            own["compression"].sel(estimator=BEST).values[of],
            own["log_range"].values[of],
            np.searchsorted(cuts, own["duration"].values[of]),
        )

    return find_log_normal(
        passed.compression.to_numpy(),
        np.searchsorted(cuts, passed.duration),
        draws(planted & kept),
        draws(~planted & kept),
        false,
        tuple(QUANTILES.values()),
        rng,
    )


COLUMNS = {
    "recording": ("", "recording"),
    "state": ("", "state"),
    "estimator": ("", "estimator"),
    "true_compression": ("1", "planted compression"),
    "compression": ("1", "decoded compression"),
    "significant": ("1", "1 where the planted event passes the test"),
    "low": ("1", "lower edge of the compression"),
    "high": ("1", "upper edge of the compression"),
    "measured": ("1", "share of the events that pass"),
    "fitted": ("1", "the same, of the distribution that fits best"),
    **{q: ("1", f"corrected compression: quantile {at:g}") for q, at in QUANTILES.items()},
    "n": ("1", "events"),
}


def _twin_table(name: str, own: xr.Dataset) -> pd.DataFrame:
    """Planted events (row) by estimator, in long form."""
    planted = own.isel(event=own["set"].values == 0)
    parts = [
        pd.DataFrame(
            {
                "recording": name,
                "estimator": estimator,
                "true_compression": planted["true_compression"].values,
                "compression": planted["compression"].sel(estimator=estimator).values,
                "significant": planted["significant"].values,
            }
        )
        for estimator in ESTIMATORS
    ]
    return pd.concat(parts, ignore_index=True)


def _shape(name: str, state: str, passed: pd.DataFrame, found: LogNormal) -> pd.DataFrame:
    """Measured and fitted share (row) of the events in each cell of compression."""
    cells = np.searchsorted(found.edges, passed.compression.dropna())
    measured = np.bincount(cells, minlength=found.edges.size + 1) / len(passed)
    step = found.edges[1] / found.edges[0]
    edges = np.array([found.edges[0] / step, *found.edges, found.edges[-1] * step])
    return pd.DataFrame(
        {
            "recording": name,
            "state": state,
            "low": edges[:-1],
            "high": edges[1:],
            "measured": measured,
            "fitted": found.probability[:-1],
            **{q: found.quantiles[i, 0] for i, q in enumerate(QUANTILES)},
            "n": len(passed),
        }
    )


def _described(table: pd.DataFrame) -> xr.Dataset:
    """Put a table into a Dataset (row)."""
    variables = {}
    for name in table:
        unit, long_name = COLUMNS[name]
        values = table[name].to_numpy()
        values = values if values.dtype.kind in "if" else values.astype(object)
        variables[name] = (
            "row",
            values,
            {"long_name": long_name} | ({"units": unit} if unit else {}),
        )
    return xr.Dataset(variables)
