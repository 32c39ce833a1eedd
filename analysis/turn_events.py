"""Does the colliculus go on commanding turns in REM, and do turns follow its commands in wake?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    RED,
    WIDTH,
    figure,
    finish,
    interval_points,
    published_range,
    recording_name,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, available, result, rows_of_quantity
from neurosim.decode.turn_events import OF_WAKE, STATES, THRESHOLDS, WITHIN_STATE
from neurosim.decode.turn_patterns import ASLEEP, MEASURES
from neurosim.stats.exact import sign_test
from neurosim.stats.intervals import Estimate, fraction_interval, geometric_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

EVENTS, NULL = "population_events", "poisson_null"
RATES = {"run": "C013", "nrem": "C014", "rem": "C015"}  # with the threshold of the same state
RATIOS = {"rem": "C016", "nrem": "C017"}
SUMMED_RATE = "C018"
STATE_WORDS = {"run": "wake", "rem": "REM", "nrem": "NREM"}
DIRECTION_COLOURS = {"clockwise": RED, "counter_clockwise": BLUE}
GROUPS = ("rates", "wake", "patterns", "example")
NO_POPULATION = "too few turn cells of a direction, or no such state"


@dataclass(frozen=True)
class TurnEvents:
    """Population turn events of all recordings.

    Attributes
    ----------
    data : Mapping of group name to Mapping of recording name to Dataset
        Groups of the rule measure_turns.
    missing : Mapping of group name to Mapping of recording name to str
        Why a recording has none.
    planted : Mapping of state to float
        Commanded fast turns of one direction, 1/s.
    simulated : tuple of str
    """

    data: Mapping[str, Mapping[str, xr.Dataset]]
    missing: Mapping[str, Mapping[str, str]]
    planted: Mapping[str, float]
    simulated: tuple[str, ...]


def load_turn_events(
    turns: Sequence[Path], planted: Mapping[str, float], simulated: Sequence[str]
) -> TurnEvents:
    """Load the output of the rule measure_turns."""
    loaded = {group: available(turns, group) for group in GROUPS}
    return TurnEvents(
        {group: data for group, (data, _) in loaded.items()},
        {group: missing for group, (_, missing) in loaded.items()},
        planted,
        tuple(simulated),
    )


def analyse(turns: TurnEvents, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise rates of population turn events, what follows them and patterns of units.

    Numbers of an animal are means over the directions that have enough turn cells.

    Returns
    -------
    DataTree
        ``/summary``; ``/ratios``: rates by state, a row a recording; ``/course`` (recording,
        delay): probability of a turn about events; ``/example``: seconds of population rates.
    """
    rows = [
        *_rate_rows(turns, references),
        *_ratio_rows(turns, references),
        *_wake_rows(turns),
        *_pattern_rows(turns),
    ]
    data = {"ratios": _rates_table(turns), "course": _courses(turns)}
    examples = list(turns.data["example"].items())
    if examples:  # the first recording with both directions, else the first
        name, shown = max(examples, key=lambda item: _n_directions(item[1]))
        data["example"] = shown.assign_attrs(recording=name)
    return result(rows, {name: dataset for name, dataset in data.items() if dataset.sizes})


def _n_directions(example: xr.Dataset) -> int:
    return int(np.isfinite(example["threshold_rate"].sel(state="run")).sum())


def _over_directions(values: xr.DataArray) -> float:
    """Mean over the directions that were measured; NaN where none was."""
    numbers = values.values[np.isfinite(values.values)]
    return float(numbers.mean()) if numbers.size else NAN


def _answers(
    turns: TurnEvents, group: str, number: Callable[[xr.Dataset], float], truth: float = NAN
) -> dict[str, Answer]:
    """Ask every recording for a number of a group; simulated ones have a truth."""
    return {
        name: Answer(Estimate(number(data), NAN, NAN, 1), truth if name in turns.simulated else NAN)
        for name, data in turns.data[group].items()
    }


def event_rate(
    rates: xr.Dataset, state: str, threshold: str, variable: str = "event_rate"
) -> float:
    """Rate of one recording (1/s), averaged over directions."""
    return _over_directions(rates[variable].sel(state=state, threshold=threshold))


def _rate_rows(turns: TurnEvents, references: Mapping[str, Reference]) -> list[Row]:
    """Rates by state and threshold, and those of Poisson populations."""
    rows: list[Row] = []
    for state in STATES:
        for threshold in THRESHOLDS:
            if state == "run" and threshold == OF_WAKE:
                continue  # the same
            within = threshold == WITHIN_STATE
            published = references[RATES[state]] if within else None
            for estimator, variable in ((EVENTS, "event_rate"), (NULL, "poisson_rate")):
                truth, origin = turns.planted[state], "planted"
                if estimator == NULL:
                    truth = _closed_form(turns) if within else NAN
                    origin = "recovered" if within else "emergent"
                rows += rows_of_quantity(
                    Quantity("heading", "turn_event_rate", "s-1", estimator, origin),
                    f"{state},{threshold}",
                    _answers(
                        turns,
                        "rates",
                        lambda data, s=state, t=threshold, v=variable: event_rate(data, s, t, v),
                        truth,
                    ),
                    turns.missing["rates"],
                    turns.simulated,
                    published if estimator == EVENTS else None,
                    NO_POPULATION,
                )
    return rows


def _closed_form(turns: TurnEvents) -> float:
    """Events a second of any population of constant rate, by its smoothing and threshold."""
    rates = [float(data.attrs["closed_form_rate"]) for data in turns.data["rates"].values()]
    return rates[0] if rates else NAN


def _ratio_rows(turns: TurnEvents, references: Mapping[str, Reference]) -> list[Row]:
    """Ratios of sleep to wake an animal, with a sign test over animals."""
    rows = []
    for state, reference in RATIOS.items():
        name, truth = f"turn_event_ratio_{state}_wake", turns.planted[state] / turns.planted["run"]
        for threshold in THRESHOLDS:

            def ratio(rates: xr.Dataset, state: str = state, threshold: str = threshold) -> float:
                return event_rate(rates, state, threshold) / event_rate(rates, "run", threshold)

            published = references[reference] if threshold == WITHIN_STATE else None
            rows += _signed_rows(turns, name, threshold, "planted", ratio, truth, published)

    def summed(rates: xr.Dataset) -> float:
        mean = rates["mean_rate"]
        return _over_directions(mean.sel(state="rem") / mean.sel(state="run"))

    name, published = "turn_cell_rate_ratio_rem_wake", references[SUMMED_RATE]
    return rows + _signed_rows(turns, name, "summed", "emergent", summed, NAN, published)


def _signed_rows(
    turns: TurnEvents,
    name: str,
    condition: str,
    origin: str,
    ratio: Callable[[xr.Dataset], float],
    truth: float,
    reference: Reference | None,
) -> list[Row]:
    """Rows of a ratio; that over animals with a sign test against one."""
    answers = _answers(turns, "rates", ratio, truth)
    rows = rows_of_quantity(
        Quantity(
            "heading", name, "1", EVENTS, origin, interval=geometric_interval, test="t interval"
        ),
        condition,
        answers,
        turns.missing["rates"],
        turns.simulated,
        reference,
        NO_POPULATION,
    )
    values = [answers[n].estimate.value for n in turns.simulated if n in answers]
    return [
        _with_sign_test(row, np.array(values) - 1, "over subjects on logarithms") for row in rows
    ]


def _with_sign_test(row: Row, differences: np.ndarray, words: str) -> Row:
    """Add a sign test over animals to the row over simulated subjects."""
    if row.origin == "measured" or not np.isfinite(row.estimate):
        return row
    signs = sign_test(differences)
    text = f"t interval {words}; sign test, {signs.n_above} of {signs.n} higher"
    return replace(row, test=text, p_value=signs.p_value)


def _wake_rows(turns: TurnEvents) -> list[Row]:
    """Probability of a turn of the head after an event, and at any time."""
    numbers = {
        "after_event": lambda data: _over_directions(data["probability"]),
        "any_time": lambda data: _over_directions(data["baseline"]),
        "after_event,opposite": lambda data: _over_directions(data["opposite_probability"]),
    }
    found = {condition: _answers(turns, "wake", number) for condition, number in numbers.items()}
    rows = []
    for condition, answers in found.items():
        quantity = Quantity(
            "heading",
            "wake_turn_probability",
            "1",
            EVENTS,
            "emergent",
            interval=fraction_interval,
        )
        own = rows_of_quantity(
            quantity,
            condition,
            answers,
            turns.missing["wake"],
            turns.simulated,
            nothing=NO_POPULATION,
        )
        if condition == "after_event":
            raised = _differences(turns, answers, found["any_time"])
            own = [_with_sign_test(row, raised, "over subjects; against any time") for row in own]
        rows += own
    return rows


def _differences(
    turns: TurnEvents, first: Mapping[str, Answer], second: Mapping[str, Answer]
) -> np.ndarray:
    """Differences of two numbers (subject,) in simulated subjects."""
    return np.array(
        [
            first[name].estimate.value - second[name].estimate.value
            for name in turns.simulated
            if name in first
        ]
    )


def _pattern_rows(turns: TurnEvents) -> list[Row]:
    """Similarity of patterns awake and asleep, of the units themselves and of permuted ones."""
    rows = []
    for measure in MEASURES:
        for state in ASLEEP:
            found = {
                estimator: _answers(
                    turns,
                    "patterns",
                    lambda data, v=variable, m=measure, s=state: float(
                        data[v].sel(measure=m, state=s)
                    ),
                )
                for estimator, variable in (
                    ("units", "similarity"),
                    ("permuted_units", "permuted_similarity"),
                )
            }
            for estimator, answers in found.items():
                own = rows_of_quantity(
                    Quantity("heading", "pattern_similarity", "1", estimator, "emergent"),
                    f"{state},{measure}",
                    answers,
                    turns.missing["patterns"],
                    turns.simulated,
                    nothing=NO_POPULATION,
                )
                if estimator == "units":
                    more = _differences(turns, answers, found["permuted_units"])
                    words = "over subjects; against permuted units"
                    own = [_with_sign_test(row, more, words) for row in own]
                rows += own
    return rows


def _rates_table(turns: TurnEvents) -> xr.Dataset:
    """Event rates (recording, state, threshold), averaged over directions."""
    names = list(turns.data["rates"])
    values = np.array(
        [
            [[event_rate(turns.data["rates"][n], s, t) for t in THRESHOLDS] for s in STATES]
            for n in names
        ]
    ).reshape(len(names), len(STATES), len(THRESHOLDS))
    attributes = {"units": "s-1", "long_name": "population turn events"}
    return xr.Dataset(
        {"event_rate": (("recording", "state", "threshold"), values, attributes)},
        coords={"recording": names, "state": list(STATES), "threshold": list(THRESHOLDS)},
    )


def _courses(turns: TurnEvents) -> xr.Dataset:
    """Probability of a turn about events (recording, delay), averaged over directions."""
    wake = turns.data["wake"]
    if not wake:
        return xr.Dataset()
    courses = [data["course"].mean("direction", keep_attrs=True) for data in wake.values()]
    names = xr.Variable("recording", list(wake), {"long_name": "recording"})
    joined = xr.concat(courses, "recording").assign_coords(recording=names)
    baseline = [_over_directions(data["baseline"]) for data in wake.values()]
    attributes = {"units": "1", "long_name": "turns at any time"}
    return joined.to_dataset().assign(baseline=("recording", baseline, attributes))


def draw(tree: xr.DataTree) -> Figure:
    """Draw population rates, rates of events by state, ratios, and what follows events."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 8.2, nrows=2, ncols=3) as (drawn, axes):
        for place, state in zip(axes[0, :2], ("run", "rem"), strict=True):
            if "example" in tree:
                _draw_example(place, tree["example"].to_dataset(), state)
            else:
                say_nothing_to_draw(place, NO_POPULATION)
        _draw_course(axes[0, 2], tree["course"].to_dataset() if "course" in tree else None)
        _draw_rates(axes[1, 0], summary[summary.quantity == "turn_event_rate"])
        _draw_ratios(axes[1, 1], tree, summary)
        _draw_patterns(axes[1, 2], summary[summary.quantity == "pattern_similarity"])
        return drawn


def _draw_example(axes: Axes, example: xr.Dataset, state: str) -> None:
    """Draw seconds of the summed rates of both directions over their thresholds."""
    time = example["time"].values
    for direction, colour in DIRECTION_COLOURS.items():
        chosen = example.sel(direction=direction, state=state)
        rate, level = chosen["rate"].values, float(chosen["threshold_rate"])
        if not np.isfinite(level):
            continue
        label = direction.replace("_", "-")
        axes.plot(time, rate, lw=1, color=colour, label=label)
        above = np.where(rate > level, rate, np.nan)
        axes.fill_between(time, level, above, color=colour, alpha=0.35, lw=0)
        axes.axhline(level, color=colour, lw=0.8, ls="--")
    axes.set(xlabel="time (s)", ylabel="summed rate (Hz)", xlim=(0, 10), ylim=(0, None))
    title = f"{STATE_WORDS[state]}, {example.attrs['recording']}"
    finish(axes, title[:1].upper() + title[1:], columns=2)


def _draw_course(axes: Axes, course: xr.Dataset | None) -> None:
    """Draw the probability of a turn about events in wake, a line a recording."""
    if course is None or not np.isfinite(course["course"].values).any():
        return say_nothing_to_draw(axes, "no population turn event in wake")
    delay = 1000 * course["delay"].values
    for index, values in enumerate(course["course"].values):
        label = "turn the same way" if index == 0 else None
        axes.plot(delay, values, lw=1, color=BLUE, alpha=0.7, label=label)
    axes.axhline(float(course["baseline"].mean()), color=GREY, lw=1, ls="--", label="at any time")
    axes.set(xlabel="delay from the event's start (ms)", ylabel="probability (1)", ylim=(0, 1))
    axes.set_xlim(delay[0], delay[-1])
    finish(axes, "Turns that follow events in wake", columns=2)


def _draw_rates(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw rates by state with both thresholds, of Poisson populations, and as published."""
    rows = rows[np.isfinite(rows.estimate) & (rows.condition.map(recording_name) == "")]
    if rows.empty:
        return say_nothing_to_draw(axes, NO_POPULATION)
    parts = rows.condition.str.split(",", expand=True)
    rows = rows.assign(place=parts[0].map(list(STATES).index), threshold=parts[1])
    styles = (
        (EVENTS, WITHIN_STATE, -0.24, BLUE, "o", "threshold within the state"),
        (EVENTS, OF_WAKE, -0.08, ORANGE, "s", "threshold of wake"),
        (NULL, WITHIN_STATE, 0.08, GREY, "^", "Poisson, within the state"),
        (NULL, OF_WAKE, 0.24, GREY, "v", "Poisson, threshold of wake"),
    )
    for estimator, threshold, shift, colour, mark, label in styles:
        chosen = rows[(rows.estimator == estimator) & (rows.threshold == threshold)]
        if len(chosen):
            style = {"fmt": mark, "color": colour, "label": label}
            interval_points(axes, chosen.place + shift, chosen, **style)
    for row in rows[rows.reference.notna()].itertuples():
        low, high = published_range(row)
        axes.bar(
            row.place - 0.24, high - low, 0.2, low, color=GREEN, alpha=0.25, label="published range"
        )
    events = rows[(rows.estimator == EVENTS) & (rows.threshold == WITHIN_STATE)]
    axes.hlines(
        events.truth,
        events.place - 0.4,
        events.place + 0.05,
        color=BLACK,
        lw=2,
        label="planted commands",
    )
    axes.set_xticks(range(len(STATES)), [STATE_WORDS[state] for state in STATES])
    axes.set(ylabel="events of a direction (1/s)", ylim=(0, None))
    finish(axes, "Rate of population turn events", columns=1, lines=6)


def _draw_ratios(axes: Axes, tree: xr.DataTree, summary: pd.DataFrame) -> None:
    """Draw the ratio of REM to wake of each recording, with both thresholds."""
    rows = summary[summary.quantity == "turn_event_ratio_rem_wake"]
    rows = rows[np.isfinite(rows.estimate)]
    if rows.empty or "ratios" not in tree:
        return say_nothing_to_draw(axes, NO_POPULATION)
    rates = tree["ratios"].to_dataset()["event_rate"]
    ratio = rates.sel(state="rem") / rates.sel(state="run")
    spread = np.linspace(-0.15, 0.15, ratio.sizes["recording"])
    for place, (threshold, colour) in enumerate(((WITHIN_STATE, BLUE), (OF_WAKE, ORANGE))):
        values = ratio.sel(threshold=threshold).values
        axes.plot(place + spread, values, "o", ms=5, mfc="none", color=colour)
        over = rows[rows.condition == threshold]
        if len(over):
            interval_points(axes, [place + 0.3], over, color=colour)
    published = rows[rows.reference.notna()]
    if len(published):
        row = next(published.itertuples())
        low, high = published_range(row)
        axes.axhspan(low, high, color=GREEN, alpha=0.2, lw=0, label="published range")
        axes.axhline(row.reference, color=GREEN, lw=1)
    if np.isfinite(rows.truth).any():
        axes.axhline(rows.truth.max(), color=BLACK, lw=1.5, label="planted commands")
    axes.axhline(1, color=GREY, lw=0.8, ls=":")
    axes.set_xticks([0.1, 1.1], ["threshold\nwithin the state", "threshold\nof wake"])
    axes.set(ylabel="REM over wake (1)", xlim=(-0.4, 1.6))
    finish(axes, "A circle a recording", columns=1, lines=6)


def _draw_patterns(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw the similarity of patterns awake and asleep beside that of permuted units."""
    rows = rows[np.isfinite(rows.estimate) & (rows.condition.map(recording_name) == "")]
    if rows.empty:
        return say_nothing_to_draw(axes, NO_POPULATION)
    conditions = list(dict.fromkeys(rows.condition))
    for estimator, colour, label in (
        ("units", BLUE, "the units themselves"),
        ("permuted_units", GREY, "permuted units"),
    ):
        chosen = rows[rows.estimator == estimator]
        places = chosen.condition.map(conditions.index)
        interval_points(axes, places, chosen, color=colour, label=label)
    axes.axhline(0, color=GREY, lw=0.8, ls=":")
    labels = []
    for condition in conditions:
        state, measure = condition.split(",")
        labels.append(f"{STATE_WORDS[state]}\n{measure.replace('_', chr(10))}")
    axes.set_xticks(range(len(conditions)), labels)
    axes.set(
        ylabel="correlation with wake (1)", xlim=(-0.5, len(conditions) - 0.5), ylim=(-0.3, 1.1)
    )
    finish(axes, "Patterns of wake in sleep", columns=1, lines=6)
