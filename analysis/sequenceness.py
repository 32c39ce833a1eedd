"""Sequenceness of the order that was seen and of the order that can be inferred."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.agents import agent_row
from analysis.plots import BLACK, BLUE, GREY, RED, WIDTH, figure, finish, plain_log
from analysis.results import result
from neurosim.stats.intervals import Estimate, mean_interval, proportion_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

PUBLISHED = {  # study 2; after reward only study 1 was tested
    ("before", "rewarded"): "D005",
    ("before", "neutral"): "D005",
    ("after", "rewarded"): "D003",
}
STRUCTURE, ACCURACY = "D006", "D008"
NOMINAL, TOLERANCE = 0.05, 0.013  # of false positives
POWER = 0.9
ENOUGH = 1500  # simulations that a rate can be judged by
MS = 1000.0


def analyse(
    sessions: Mapping[str, xr.Dataset],
    nulls: Mapping[str, xr.Dataset],
    power: xr.Dataset,
    tracks: Mapping[str, xr.Dataset],
    references: Mapping[str, Reference],
) -> xr.DataTree:
    """Rows of lag and size by order and reward, of the structure's lead, and of calibration.

    Parameters
    ----------
    sessions : Mapping of learner to Dataset (subject, condition, order, sequence, direction, lag)
        From `neurosim.tasks.scrambled_session.scrambled_session`.
    nulls : Mapping of background to Dataset (form, direction)
        From `neurosim.calibration.sequenceness.false_positives`.
    power : Dataset (form, background, n_events)
        From `neurosim.calibration.sequenceness.detection_power`.
    tracks : Mapping of recording to Dataset (state, direction, lag)
        From `neurosim.decode.segments.track_sequenceness`, after running.
    references : Mapping of id to Reference
    """
    rows = [
        row for learner in sessions for row in _of_learner(learner, sessions[learner], references)
    ]
    rows += _accuracy(sessions, references) + _false_positives(nulls) + _broken_by(nulls)
    rows += _power(power) + _on_tracks(tracks)
    along = xr.Variable("learner", list(sessions), {"long_name": "learner whose order is replayed"})
    plain = [data.drop_attrs(deep=False) for data in sessions.values()]
    groups = {"sessions": xr.concat(plain, dim=along), "power": power}
    background = xr.Variable("background", list(nulls), {"long_name": "what sensors show"})
    groups["nulls"] = xr.concat([n.drop_attrs(deep=False) for n in nulls.values()], dim=background)
    return result(rows, groups)


def _of_learner(learner: str, data: xr.Dataset, references: Mapping[str, Reference]) -> list[Row]:
    """Rows of the subjects who replay as one learner believes."""
    form, true_order = data.attrs["form"], data.attrs["replayed"]
    lag = float(data.attrs["planted_lag_s"]) * MS
    rows = []
    for condition in data["condition"].values.astype(str):
        for order in data["order"].values.astype(str):
            for sequence in data["sequence"].values.astype(str):
                here = data.sel(condition=condition, order=order, sequence=sequence)
                here = here.sel(direction="difference")
                where = f"{order} order,{condition} reward,{sequence},{learner}"
                planted = order == true_order and sequence != "both"
                sign = (-1 if condition == "after" and sequence == "rewarded" else 1) * planted
                peak = here["sequenceness"].sel(lag=lag / MS, method="nearest").values
                significant = int((here["p_value"] <= NOMINAL).sum())
                test = (
                    f"forward less backward; {significant} of {peak.size} subjects significant "
                    "over all lags by permuted orders"
                )
                if sequence == "both":
                    continue  # after reward the directions of the two cancel
                row = agent_row(
                    "sequenceness_peak",
                    where,
                    form,
                    peak,
                    origin="recovered",
                    n_unit="subject",
                    test=f"at the planted lag, {test}; holds where it is "
                    + ("none" if sign == 0 else "forward" if sign > 0 else "backward"),
                )
                rows.append(replace(row, verdict=_signed(row, sign)))
                if planted:
                    known = true_order == "inferred" and (condition, sequence) in PUBLISHED
                    published = references[PUBLISHED[condition, sequence]] if known else None
                    rows.append(
                        agent_row(
                            "sequenceness_lag",
                            where,
                            form,
                            MS * here["peak_lag"].values,
                            unit="ms",
                            origin="recovered",
                            truth=lag,
                            n_unit="subject",
                            test=f"lag of the peak, {test}",
                            reference=published,
                        )
                    )
    for code in data["code_kind"].values.astype(str):
        lead = data["structure_lead"].sel(order=true_order, code_kind=code).values
        rows.append(
            agent_row(
                "structure_lead",
                f"{code},{learner}",
                "whitened",
                MS * lead,
                unit="ms",
                origin="recovered",
                truth=MS * float(data.attrs["planted_lead_s"]),
                n_unit="subject",
                reference=references[STRUCTURE] if true_order == "inferred" else None,
            )
        )
    return rows


def _accuracy(sessions: Mapping[str, xr.Dataset], references: Mapping[str, Reference]) -> list[Row]:
    """How well objects are decoded from sensors, beside what was published."""
    values = np.concatenate([d["accuracy"].sel(code="stimulus").values for d in sessions.values()])
    row = agent_row(
        "decoding_accuracy",
        "objects",
        "ridge",
        values,
        origin="recovered",
        n_unit="subject",
        reference=references[ACCURACY],
    )
    return [replace(row, verdict="no reference")]  # the strength of patterns was set to it


def _broken_by(nulls: Mapping[str, xr.Dataset]) -> list[Row]:
    """What of noise and rhythms makes most false positives, for each form."""
    rows = []
    for form in next(iter(nulls.values()))["form"].values.astype(str):
        rate = {
            background: float(data["false_positive_rate"].sel(form=form).max())
            for background, data in nulls.items()
        }
        worst = max(rate, key=rate.__getitem__)
        total = int(nulls[worst]["n_simulations"])
        share = _share(round(rate[worst] * total), total)
        row = agent_row(
            "tdlm_broken_by",
            worst.replace(" ", "_"),
            form,
            np.zeros(0),
            interval=lambda _, share=share: share,
            origin="recovered",
            n_unit="simulation",
            test="false positives of the worst direction beside what makes most of them",
        )
        rows.append(replace(row, verdict="no reference"))
    return rows


def _false_positives(nulls: Mapping[str, xr.Dataset]) -> list[Row]:
    rows = []
    for background, data in nulls.items():
        total = int(data["n_simulations"])
        forms = data["form"].values.astype(str)
        for form, direction in product(forms, ("forward", "difference")):
            here = data["n_significant"].sel(form=form, direction=direction)
            rate = _share(int(here.values.ravel()[0]), total)
            row = agent_row(
                "tdlm_false_positive_rate",
                f"{background.replace(' ', '_')},{direction}",
                form,
                np.zeros(0),
                interval=lambda _, rate=rate: rate,
                origin="recovered",
                n_unit="simulation",
                test=f"sessions without replay that are significant; {NOMINAL:g} is nominal, and "
                f"holds within {TOLERANCE:g}",
            )
            rows.append(replace(row, verdict=_near_nominal(rate)))
    return rows


def _signed(row: Row, sign: int) -> str:
    """Whether an interval lies on the side of 0 that was planted, or holds 0 where nothing was."""
    if not np.isfinite(row.ci_low):
        return "inconclusive"
    if sign == 0:
        return "holds" if row.ci_low <= 0 <= row.ci_high else "does not hold"
    low, high = sorted((sign * row.ci_low, sign * row.ci_high))
    return "holds" if low > 0 else "does not hold" if high < 0 else "inconclusive"


def _near_nominal(rate: Estimate) -> str:
    """Whether false positives are within the tolerance, as far as the simulations tell."""
    if abs(rate.value - NOMINAL) <= TOLERANCE:
        return "holds" if rate.n >= ENOUGH else "inconclusive"
    apart = rate.low > NOMINAL + TOLERANCE or rate.high < NOMINAL - TOLERANCE
    return "does not hold" if apart else "inconclusive"


def _share(n: int, total: int) -> Estimate:
    return proportion_interval(np.arange(total) < n)


def _power(data: xr.Dataset) -> list[Row]:
    total = int(data["n_simulations"])
    rows = []
    for form in data["form"].values.astype(str):
        for background in data["background"].values.astype(str):
            for n_events in data["n_events"].values.tolist():
                at = {"form": form, "background": background, "n_events": n_events}
                found = int(data["n_significant"].sel(at | {"direction": "forward"}))
                near = int(data["n_near"].sel(at))
                share = _share(found, total)
                row = agent_row(
                    "tdlm_power",
                    f"{background.replace(' ', '_')},events={n_events}",
                    form,
                    np.zeros(0),
                    interval=lambda _, share=share: share,
                    origin="recovered",
                    n_unit="simulation",
                    test=f"sessions whose forward replay is significant; the peak is within "
                    f"10 ms of the planted lag in {near} of {total}; holds where both are at "
                    f"least {POWER:g}",
                )
                enough = share.value >= POWER and near >= POWER * total
                verdict = "holds" if enough else "does not hold"
                rows.append(replace(row, verdict=verdict))
    return rows


def _on_tracks(tracks: Mapping[str, xr.Dataset]) -> list[Row]:
    """Sequenceness along the track in rest and sleep after running, over simulated subjects.

    Replay that stays or wanders passes permuted states; of the direction only stretches that are
    turned round in time tell.
    """
    if not tracks:
        return []
    first = next(iter(tracks.values()))
    tests = {
        "forward": ("peak_lag", "p_value", "permuted segments"),
        "backward": ("peak_lag", "p_value", "permuted segments"),
        "forward less backward": ("reversal_lag", "reversal_p_value", "stretches turned in time"),
    }
    rows = []
    for state in first["state"].values.astype(str):
        for name, (lag, p_value, null) in tests.items():
            here = [data.sel(state=state) for data in tracks.values()]
            if lag == "peak_lag":
                here = [data.sel(direction=name) for data in here]
            significant = sum(float(one[p_value]) <= NOMINAL for one in here)
            row = agent_row(
                "sequenceness_lag",
                f"track,{state},{name}",
                str(first.attrs["form"]),
                [MS * float(one[lag]) for one in here],
                unit="ms",
                origin="recovered",
                n_unit="subject",
                test=f"lag of the peak from one segment of the track to the next; "
                f"{significant} of {len(here)} subjects significant by {null}",
            )
            rows.append(replace(row, verdict="no reference"))
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """Draw sequenceness by lag, the structure's lead, false positives and power."""
    sessions = tree["sessions"].to_dataset()
    with figure(WIDTH, 9.5, nrows=3, ncols=2) as (drawn, panels):
        for axes, learner in zip(panels[0], sessions["learner"].values.astype(str), strict=False):
            _curves(axes, sessions.sel(learner=learner), learner)
        _rewarded(panels[1, 0], sessions)
        _structure(panels[1, 1], sessions)
        _draw_nulls(panels[2, 0], tree["nulls"].to_dataset())
        _draw_power(panels[2, 1], tree["power"].to_dataset())
        return drawn


def _curve(axes, data: xr.DataArray, **style) -> None:
    """Draw a mean over subjects with its interval."""
    lag = MS * data["lag"].values
    means = [mean_interval(values) for values in data.transpose("lag", "subject").values]
    axes.plot(lag, [m.value for m in means], **style)
    band = {"color": style["color"], "alpha": 0.15, "lw": 0}
    axes.fill_between(lag, [m.low for m in means], [m.high for m in means], **band)


def _curves(axes, data: xr.Dataset, learner: str) -> None:
    here = data["sequenceness"].sel(condition="before", sequence="both", direction="forward")
    for order, colour in (("seen", BLUE), ("inferred", RED)):
        _curve(axes, here.sel(order=order), color=colour, label=f"{order} order")
    bound = data["threshold"].sel(condition="before", sequence="both", direction="forward")
    axes.axhline(float(bound.mean()), color=GREY, ls="--", lw=1, label="threshold")
    axes.axvline(40, color=BLACK, lw=1, ls=":", label="planted lag")
    axes.set(xlabel="lag (ms)", ylabel="sequenceness, forward (1)")
    finish(axes, f"Replay as {learner}, before reward", columns=2, lines=2)


def _rewarded(axes, sessions: xr.Dataset) -> None:
    data = sessions.sel(learner="imagination", order="inferred", direction="difference")
    for condition, line in (("before", ":"), ("after", "-")):
        for sequence, colour in (("rewarded", RED), ("neutral", GREY)):
            here = data["sequenceness"].sel(condition=condition, sequence=sequence)
            _curve(axes, here, color=colour, ls=line, label=f"{sequence}, {condition}")
    axes.axhline(0, color=BLACK, lw=0.8)
    axes.set(xlabel="lag (ms)", ylabel="forward less backward (1)")
    finish(axes, "A reward turns its sequence around", columns=2, lines=2)


def _structure(axes, sessions: xr.Dataset) -> None:
    data = sessions.sel(learner="imagination", order="inferred")
    for code, colour in zip(data["code_kind"].values.astype(str), (RED, BLUE), strict=False):
        here = data["structure_sequenceness"].sel(code_kind=code)
        _curve(axes, here.rename(code_lag="lag"), color=colour, label=f"{code} code")
    axes.axvline(50, color=BLACK, lw=1, ls=":", label="planted lead")
    axes.set(xlabel="lead over the object's code (ms)", ylabel="lagged coefficient (1)")
    finish(axes, "Structure comes before objects", columns=2, lines=2)


def _draw_nulls(axes, data: xr.Dataset) -> None:
    forms, backgrounds = data["form"].values.astype(str), data["background"].values.astype(str)
    rate = data["false_positive_rate"].sel(direction="difference")
    for row, background in enumerate(backgrounds):
        values = rate.sel(background=background).values.ravel()
        label = background.replace("_oscillation", "").replace("_", " ")
        axes.plot(values, np.arange(forms.size) + 0.12 * (row - 2), "o", label=label)
    axes.axvspan(NOMINAL - TOLERANCE, NOMINAL + TOLERANCE, color=GREY, alpha=0.3, lw=0)
    axes.set_yticks(range(forms.size), [form.replace("_", " ") for form in forms])
    axes.set(xlabel="sessions without replay that are significant (1)", xlim=(-0.02, 1.02))
    finish(axes, "False positives, by noise and rhythm", columns=3, lines=2)


def _draw_power(axes, data: xr.Dataset) -> None:
    power = data["power"].sel(direction="forward").isel(background=0)
    for form in data["form"].values.astype(str):
        axes.plot(data["n_events"], power.sel(form=form), "o-", label=form.replace("_", " "))
    axes.axhline(0.9, color=GREY, ls="--", lw=1)
    axes.set(xlabel="planted events in five minutes", ylabel="power (1)", xscale="log")
    axes.set(ylim=(0, 1.03))
    plain_log(axes.xaxis)
    finish(axes, "Power to find the planted order", columns=3, lines=2)
