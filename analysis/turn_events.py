"""Does the colliculus go on commanding turns in REM, and do turns follow its commands in wake?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.results import (
    Answer,
    Quantity,
    available,
    judged_as_planted,
    result,
    rows_of_quantity,
)
from analysis.turn_cells import load_planted
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
    planted : Mapping of recording name to Dataset
        From the rule match_planted_turns.
    simulated : tuple of str
    """

    data: Mapping[str, Mapping[str, xr.Dataset]]
    missing: Mapping[str, Mapping[str, str]]
    planted: Mapping[str, xr.Dataset]
    simulated: tuple[str, ...]


def load_turn_events(turns: Sequence[Path], planted: Path, simulated: Sequence[str]) -> TurnEvents:
    """Load the outputs of the rules that measure turns and match them with what was planted."""
    loaded = {group: available(turns, group) for group in GROUPS}
    return TurnEvents(
        {group: data for group, (data, _) in loaded.items()},
        {group: missing for group, (_, missing) in loaded.items()},
        load_planted(planted, simulated),
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


Number = Callable[[xr.Dataset], float]


def _answers(
    turns: TurnEvents, group: str, number: Number, truth: Callable[[str], float] | None = None
) -> dict[str, Answer]:
    """Ask every recording for a number of a group; `truth` is asked of the simulated ones."""

    def known(name: str) -> float:
        return truth(name) if truth is not None and name in turns.simulated else NAN

    return {
        name: Answer(Estimate(number(data), NAN, NAN, 1), known(name))
        for name, data in turns.data[group].items()
    }


def command_rate(turns: TurnEvents, name: str, state: str, threshold: str) -> float:
    """Turns in the command (1/s), averaged over the directions that the events are of."""
    rates, planted = turns.data["rates"][name], turns.planted.get(name)
    if planted is None:
        return NAN
    chosen = {"state": state, "threshold": threshold}
    measured = np.isfinite(rates["event_rate"].sel(chosen).values)
    return _over_directions(planted["command_rate"].sel(chosen)[measured])


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
                if estimator == EVENTS:
                    origin = "planted"
                    truth = partial(command_rate, turns, state=state, threshold=threshold)
                else:
                    origin = "recovered" if within else "emergent"
                    truth = (lambda _: _closed_form(turns)) if within else None
                rows += rows_of_quantity(
                    Quantity("heading", "turn_event_rate", "s-1", estimator, origin),
                    f"{state},{threshold}",
                    _answers(
                        turns,
                        "rates",
                        partial(event_rate, state=state, threshold=threshold, variable=variable),
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
        name = f"turn_event_ratio_{state}_wake"
        for threshold in THRESHOLDS:

            def ratio(rates: xr.Dataset, state: str = state, threshold: str = threshold) -> float:
                return event_rate(rates, state, threshold) / event_rate(rates, "run", threshold)

            def truth(recording: str, state: str = state, threshold: str = threshold) -> float:
                awake = command_rate(turns, recording, "run", threshold)
                return command_rate(turns, recording, state, threshold) / awake

            answers = _answers(turns, "rates", ratio, truth)
            published = references[reference] if threshold == WITHIN_STATE else None
            rows += _signed_rows(turns, name, threshold, "planted", answers, published)

    def summed(rates: xr.Dataset) -> float:
        mean = rates["mean_rate"]
        return _over_directions(mean.sel(state="rem") / mean.sel(state="run"))

    name, published = "turn_cell_rate_ratio_rem_wake", references[SUMMED_RATE]
    answers = _answers(turns, "rates", summed)
    # The rates of turns by state drive the cells, so that the ratio is planted without a number.
    return rows + _signed_rows(turns, name, "summed", "planted", answers, published)


def _signed_rows(
    turns: TurnEvents,
    name: str,
    condition: str,
    origin: str,
    answers: Mapping[str, Answer],
    reference: Reference | None,
) -> list[Row]:
    """Rows of a ratio; that over animals with a sign test against one."""
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
    """Add a sign test over animals to the row over simulated subjects.

    What is planted without a number holds, as planted, where every subject lies above.
    """
    if row.origin == "measured" or not np.isfinite(row.estimate):
        return row
    signs = sign_test(differences)
    text = f"t interval {words}; sign test, {signs.n_above} of {signs.n} higher"
    tested = replace(row, test=text, p_value=signs.p_value)
    return judged_as_planted(tested, 0 < signs.n_above == signs.n)


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
    """Similarity of patterns awake and asleep, of the units themselves and of permuted ones.

    Simulated units are tuned alike in every state, so that their similarity is planted.
    """
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
                origin = "planted" if estimator == "units" else "emergent"
                own = rows_of_quantity(
                    Quantity("heading", "pattern_similarity", "1", estimator, origin),
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
