"""Do reverse events respond to reward, forward ones not, and both to points where paths part?"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    COLOURS,
    WIDTH,
    draw_rows,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, result, rows_of_quantity
from analysis.signatures import Signatures
from neurosim.stats.intervals import Estimate, geometric_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

# Ambrose 2016: z of a model of counts, 4 x and no reward. They say that reverse replay responds
# and forward does not; their z are not discounts.
REFERENCES = {"reverse": "A058", "forward": "A058"}
FIRING, STARTS = ("firing", "poisson_regression"), ("starts", "conditional_likelihood")
BULK = "planted in bulk"
VARIABLES = {FIRING: "firing_discount", STARTS: "starts_discount"}
TEST = "t interval over {} on logarithms"
NO_EVENT = "no event along the branching track in this direction"
FEWEST = 5  # spikes or events expected in a bin that is drawn


def analyse(signatures: Signatures, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise reward discounts and the gain at decision points.

    Discounts are factors for each step back from the reward, of the firing along events and of
    the number of events that start there; 1 is no response. Geometric means with t intervals on
    logarithms, over subjects and, where events are planted in bulk, over populations.

    Returns
    -------
    DataTree
        ``/summary``; ``/profile``: spikes and starts by steps from the reward.
    """
    rows: list[Row] = []
    for direction, truth in (("reverse", signatures.rewards["reward_discount"]), ("forward", 1.0)):
        for kind, variable in VARIABLES.items():
            condition = f"{direction},{kind[0]}"
            rows += _rows(
                signatures, "reward_discount", condition, kind[1], variable, truth, direction,
                references[REFERENCES[direction]],
            )  # fmt: skip
    rows += _rows(
        signatures, "decision_point_gain", FIRING[0], FIRING[1], "decision_gain",
        signatures.rewards["decision_gain"],
    )  # fmt: skip
    return result(rows, _profile(signatures))


def _rows(
    signatures: Signatures,
    name: str,
    condition: str,
    estimator: str,
    variable: str,
    truth: float,
    direction: str | None = None,
    reference: Reference | None = None,
) -> list[Row]:
    """Rows of a number: over subjects, of imported recordings, and over populations in bulk."""

    def values(data: xr.Dataset) -> np.ndarray:
        chosen = data[variable] if direction is None else data[variable].sel(direction=direction)
        return np.atleast_1d(chosen.values)

    quantity = Quantity(
        "replay",
        name,
        "1",
        estimator,
        "recovered",
        interval=geometric_interval,
        test=TEST.format("subjects"),
        single_unit="recording",
    )
    answers = {
        recording: Answer(Estimate(float(values(data)[0]), NAN, NAN, 1), truth)
        for recording, data in signatures.data["rewards"].items()
    }
    rows = rows_of_quantity(
        quantity,
        condition,
        answers,
        signatures.missing["rewards"],
        signatures.simulated,
        _as_text(reference),
        NO_EVENT,
    )
    bulk = signatures.calibration
    numbers = np.zeros(0) if bulk is None else values(bulk)
    rows.append(
        make_row(
            "replay",
            name,
            condition=f"{condition},{BULK}",
            estimator=estimator,
            estimate=geometric_interval(numbers),
            origin="recovered",
            unit="1",
            n_unit="population",
            truth=truth,
            reference=_as_text(reference),
            test=TEST.format("populations"),
            reason=signatures.why_no_calibration or NO_EVENT,
        )
    )
    return rows


def _as_text(reference: Reference | None) -> Reference | None:
    """A z value stands beside a discount as words, not as a number to be compared with."""
    if reference is None:
        return None
    text = f"{reference.quantity}: {reference.value:g} ({reference.note})"
    return replace(reference, value=NAN, low=NAN, high=NAN, text=text)


def _profile(signatures: Signatures) -> dict[str, xr.Dataset]:
    """Spikes and starts by steps, summed over populations in bulk, else over subjects."""
    names = ["spikes", "expected_spikes", "starts", "expected_starts"]
    if signatures.calibration is not None:
        summed = signatures.calibration[names].sum("population", keep_attrs=True)
    else:
        parts = [data[names] for data in signatures.data["rewards"].values()]
        if not parts:
            return {}
        summed = xr.concat(parts, "recording").sum("recording", keep_attrs=True)
    attributes = {key: float(value) for key, value in signatures.rewards.items()}
    return {"profile": summed.assign_attrs(attributes)}


def draw(tree: xr.DataTree) -> Figure:
    """Draw firing and starts by steps from the reward, and the discounts."""
    summary = tree["summary"].to_dataset().to_dataframe()
    ratios = {"width_ratios": [1, 1.25], "height_ratios": [1.7, 1]}
    with figure(WIDTH, 8.6, nrows=2, ncols=2, **ratios) as (drawn, axes):
        (firing, discounts), (starts, gains) = axes
        if "profile" in tree:
            profile = tree["profile"].to_dataset()
            _draw_profile(firing, profile, "spikes", "firing (observed / expected)")
            finish(firing, "Firing along events", columns=2, lines=2)
            _draw_profile(starts, profile, "starts", "starts (observed / possible)")
            finish(starts, "Where events start", columns=2, lines=2)
        else:
            say_nothing_to_draw(firing, "no event on a branching track")
            say_nothing_to_draw(starts, "no event on a branching track")
        shown = summary[summary.quantity == "reward_discount"]
        shown = shown.assign(condition=shown.condition.str.replace(",", " ", n=1))
        draw_rows(discounts, shown, "discount a step (factor)")
        finish(discounts, "Reward discount", columns=3, lines=2)
        draw_rows(gains, summary[summary.quantity == "decision_point_gain"], "gain (factor)")
        finish(gains, "Gain where paths part", columns=3, lines=2)
        return drawn


def _draw_profile(axes: Axes, profile: xr.Dataset, name: str, ylabel: str) -> None:
    """Draw observed over expected by steps for both directions, scaled to start at what is planted.

    Only ratios between steps have a meaning: each curve is divided by the mean, weighted by what
    is expected, of its ratio to the planted one.
    """
    steps = profile["steps"].values
    for direction in profile["direction"].values.tolist():
        observed = profile[name].sel(direction=direction).values
        expected = profile[f"expected_{name}"].sel(direction=direction).values
        used = expected >= FEWEST
        if not used.any():
            continue
        factor = profile.attrs["reward_discount"] if direction == "reverse" else 1.0
        planted = factor**steps
        scale = observed[used].sum() / (expected * planted)[used].sum()
        ratio = observed[used] / expected[used] / scale
        colour = COLOURS[direction]
        axes.plot(steps[used], ratio, "o", ms=6, color=colour, label=direction)
        axes.plot(steps[used], planted[used], color=BLACK, lw=1.5, label="planted", zorder=1)
    if not axes.lines:
        return say_nothing_to_draw(axes, "too few events on a branching track")
    axes.set(xlabel="back from the reward (steps)", ylabel=ylabel, ylim=(0, None))
