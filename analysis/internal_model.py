"""What does the inner compass depend on, what is the efference copy for, and what does REM train?

Answers of the model itself, over networks with random numbers of their own. Nothing published
gives the lag, the amplitude or the effect of an inactivation: they are free, and stand here with
their range over plausible constants.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.internal_model_figure import draw, free_values
from analysis.results import judged_as_planted, result
from neurosim.calibration.compass_constants import BASELINE
from neurosim.stats.intervals import Estimate, fraction_interval, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

__all__ = ["analyse", "draw"]
CLAIMED = "C006"  # what is claimed of TTX
ALIKE = 0.5  # least ratio of the smaller to the larger of two amplitudes that count as alike
OVER_NETWORKS = "t interval over networks"
OF_VELOCITY = (
    "root mean square of sensed minus predicted angular velocity; a mismatch of heading is "
    "corrected through vision, not here"
)
NEGLECTED = "neglect is of the intention to turn to one side awake, both colliculi intact"
FREE = {  # variable of the experiments: quantity, condition, unit
    "net_rotation": ("net_rotation", "ttx_right", "degree min-1"),
    "clockwise_turns": ("full_turns", "ttx_right,cw", "min-1"),
    "turn_amplitude": ("turn_amplitude", "rem", "degree"),
    "turn_lag": ("turn_lag", "rem", "ms"),
}
STATES = {"run": "wake", "rem": "rem", "nrem": "nrem"}


def analyse(experiments: xr.DataTree, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise the experiments with the inner compass.

    Parameters
    ----------
    experiments : DataTree
        From `neurosim.calibration.internal_model.run_experiments`.
    references : Mapping of id to Reference

    Returns
    -------
    DataTree
        ``/summary``, and the experiments themselves for the figure.
    """
    data = {name: experiments[name].to_dataset() for name in experiments.children}
    rows = _free_rows(data["constants"], references[CLAIMED])
    rows += _wiring_rows(data["wirings"])
    rows += _error_rows(data["errors"])
    rows += _neglect_rows(data["neglect"])
    rows += _training_rows(data["training"])
    return result(rows, data)


def _row(quantity: str, condition: str, estimate: Estimate, unit: str, **given: object) -> Row:
    """Build a row of the ring itself over networks."""
    shared = {"estimator": "ring", "origin": "emergent", "n_unit": "network", "test": OVER_NETWORKS}
    return make_row(
        "heading", quantity, condition=condition, estimate=estimate, unit=unit, **(shared | given)
    )


def _free_rows(constants: xr.Dataset, claimed: Reference) -> list[Row]:
    """What no published number fixes: over networks, and its range over plausible constants."""
    names = constants["constant"].values.astype(str)
    is_baseline = names == BASELINE
    rows = []
    for variable, (quantity, condition, unit) in FREE.items():
        values = free_values(constants, variable)
        baseline = mean_interval(values[is_baseline])
        reference = claimed if condition == "ttx_right" else None
        given = {"reference": reference}
        if variable == "turn_amplitude":
            commanded = constants["commanded_amplitude"].values[is_baseline]
            given["truth"] = mean_interval(commanded).value
        rows.append(_row(quantity, f"{condition},ring", baseline, unit, **given))
        if "condition" in constants[variable].dims:
            at_once = constants[variable].sel(condition="ttx_right_at_once").values[is_baseline]
            words = f"{OVER_NETWORKS}; with the gains of the normal brain, before wake adapts them"
            where = f"{condition},ring,at_once"
            rows.append(_row(quantity, where, mean_interval(at_once), unit, test=words, **given))
        if is_baseline.all():
            continue
        changed = np.flatnonzero(~is_baseline)
        ends = [changed[pick(values[changed])] for pick in (np.argmin, np.argmax)]
        worded = [f"{names[end]} = {float(constants['value'][end]):g}" for end in ends]
        words = (
            f"free: no published number; not an interval but the range over "
            f"{len(set(names[changed]))} constants, one at a time, from {worded[0]} to {worded[1]}"
        )
        low, high = (float(values[end]) for end in ends)
        ranged = Estimate(baseline.value, low, high, changed.size)
        rows.append(
            _row(
                quantity,
                f"{condition},ring,constants",
                ranged,
                unit,
                n_unit="variant",
                test=words,
                **given,
            )
        )
    return rows


def _wiring_rows(wirings: xr.Dataset) -> list[Row]:
    """Heading awake with the whole circuit, and without parts of it."""
    seconds = float(wirings.attrs["stretch_s"])
    rows = []
    for name in wirings["wiring"].values.astype(str):
        here = wirings.sel(wiring=name)
        words = (
            f"{OVER_NETWORKS}; median over stretches of {seconds:g} s that begin right, against "
            f"the head of the moment"
        )
        error, lead = (mean_interval(here[v].values) for v in ("heading_error", "anticipation"))
        rows.append(_row("ring_heading_error", f"wake,{name}", error, "degree", test=words))
        words = (
            f"{OVER_NETWORKS}; median against the head at the lead of least error, on average "
            f"{float(here['best_lead'].mean()):.0f} ms ahead"
        )
        condition, least = f"wake,{name},best_lead", mean_interval(here["best_lead_error"].values)
        rows.append(_row("ring_heading_error", condition, least, "degree", test=words))
        words = f"{OVER_NETWORKS}; peak of the cross-correlation with the head's velocity"
        rows.append(_row("anticipation", f"ring,{name}", lead, "ms", test=words))
    return rows


def _error_rows(errors: xr.Dataset) -> list[Row]:
    """Prediction error by state; zero where the gate that the model has is shut."""
    rows = []
    for state, worded in STATES.items():
        for gate in ("gated", "gate_open"):
            here = errors["prediction_error"].sel(state=state, gate=gate).values
            if state == "run" and gate == "gate_open":
                continue  # the gate is open awake
            shut = state != "run" and gate == "gated"
            condition = worded if gate == "gated" else f"{worded},{gate}"
            estimate = mean_interval(here)
            given = {"origin": "planted", "truth": 0.0} if shut else {}
            words = f"{OF_VELOCITY}; {OVER_NETWORKS}" + (
                "; gated off" if shut else "" if state == "run" else "; the head lies still"
            )
            rows.append(
                _row("prediction_error", condition, estimate, "degree s-1", test=words, **given)
            )
    return rows


def _neglect_rows(neglect: xr.Dataset) -> list[Row]:
    """Turns both ways in REM, where wake turned one way.

    The clockwise share is planted in every state: REM's commands go both ways alike, and those
    of neglect awake one way, by a share of turns that slow turning dilutes.
    """
    rows = []
    intact = neglect["clockwise_fraction"].sel(group="intact", state="run").values
    for group in neglect["group"].values.astype(str):
        here = neglect.sel(group=group)
        words = f"{OVER_NETWORKS}; {NEGLECTED}" if group == "neglect" else OVER_NETWORKS
        for state in ("run", "rem"):
            values = here["clockwise_fraction"].sel(state=state).values
            one_sided = (group, state) == ("neglect", "run")
            row = _row(
                "clockwise_fraction",
                f"{group},{STATES[state]}",
                fraction_interval(values),
                "1",
                origin="planted",
                truth=NAN if one_sided else 0.5,
                test=words,
            )
            further = np.abs(values - 0.5) > np.abs(intact - 0.5)
            rows.append(judged_as_planted(row, bool(further.all())))
        for direction, short in (("clockwise", "cw"), ("counter_clockwise", "ccw")):
            amplitude = mean_interval(here["turn_amplitude"].sel(direction=direction).values)
            condition = f"{group},rem,{short}"
            rows.append(_row("turn_amplitude", condition, amplitude, "degree", test=words))
    amplitude = neglect["turn_amplitude"].sel(group="neglect")
    ends = (amplitude.min("direction").values, amplitude.max("direction").values)
    words = (
        f"after wake that turned one way, fast turns of the ring in REM to either side are at "
        f"least {ALIKE:g} times as large as those to the other, in every network; that commands "
        f"go both ways in REM (clockwise share one half) is planted by construction, how far the "
        f"ring turns on them either way is not; {NEGLECTED}"
    )
    rows.append(_claim("neglect,rem_turns_both_ways", ends[0] >= ALIKE * np.abs(ends[1]), words))
    return rows


def _training_rows(training: xr.Dataset) -> list[Row]:
    """What is left of a wrong gain after training awake, and in REM."""
    rows = []
    for name in training["training"].values.astype(str):
        here = training.sel(training=name)
        gain, before = here["gain"].values, here["error_before"].values.mean()
        shut = name == "rem,gated"
        fixed = {"origin": "planted"} if shut else {}
        gated = "; planted: the gate sets the error to nought, so that nothing is learned" * shut
        condition = f"trained,{name}"
        seconds = float(training["time"].values[-1])
        words = (
            f"{OVER_NETWORKS}; over the right gain, after {seconds:g} s that began at "
            f"{gain[:, 0].mean():.2g}{gated}"
        )
        estimate = mean_interval(gain[:, -1])
        fixed["truth"] = gain[:, 0].mean() if shut else NAN
        rows.append(_row("prediction_gain", condition, estimate, "1", test=words, **fixed))
        after = mean_interval(here["error_after"].values)
        words = (
            f"{OF_VELOCITY}, awake with the gains after training; before {before:.3g}; "
            f"{OVER_NETWORKS}{gated}"
        )
        place = f"wake,{condition}"
        fixed["truth"] = before if shut else NAN
        rows.append(_row("prediction_error", place, after, "degree s-1", test=words, **fixed))
        nearer = np.abs(gain[:, -1] - 1) < np.abs(gain[:, 0] - 1)
        words = f"a wrong gain of the prediction is nearer the right one after training{gated}"
        origin = "planted" if shut else "emergent"
        rows.append(_claim(f"{condition},learns", nearer, words, origin))
    return rows


def _claim(condition: str, holds: np.ndarray, words: str, origin: str = "emergent") -> Row:
    """Build the row of a claim about every network (network,)."""
    share = Estimate(float(np.mean(holds)), NAN, NAN, holds.size)
    row = _row("internal_model_claim", condition, share, "1", test=words, origin=origin)
    if origin == "planted":
        return judged_as_planted(row, bool(holds.all()))
    return replace(row, verdict="holds" if holds.all() else "does not hold")
