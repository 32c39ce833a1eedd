"""Figures draw what is there, say what is missing and are the same bytes each time."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure
from rows import not_run_row, papers_dataset

from analysis import (
    bursts,
    compression,
    direction,
    drift,
    dynamics,
    estimators,
    event_browser,
    false_positives,
    heading_error,
    heading_tuning,
    literature,
    map_similarity,
    plots,
    position,
    rem_compression,
    reward_discount,
    significance,
    similarity,
    theta_compression,
    tracks,
    turn_cells,
    turn_events_figure,
    virtual_turns,
)
from analysis.results import events_dataset, result
from neurosim.decode.slopes import SLOPES
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import flags
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import make_row

NAN = float("nan")
CHECKED = Reference("A1", 20.0, NAN, NAN, "", "primary", "", "", "", "", "")
RANGE = Reference("A2", 25.0, 15.0, 40.0, "", "recalled", "", "", "", "", "")
CLAIMED = Reference("H1", 0.8, NAN, NAN, "", "seed-claim", "", "", "", "", "")
NUMBER = re.compile(r"[\d.\N{MINUS SIGN}]+|\$.*\$")
CASES = ("imported", "not run", "nothing")


def rows_of(
    quantity: str, conditions: list[str], case: str, estimators=("bayes",), reference=CHECKED
) -> list:
    """Rows as `analyse` makes them, in each case that a run can come to.

    With an imported recording; with one that could not be run and a single subject, so without
    intervals; with no estimate at all.
    """
    low, high = (NAN, NAN) if case == "not run" else (0.4, 0.6)
    value = NAN if case == "nothing" else 0.5
    shared = {"unit": "1", "estimate": Estimate(value, low, high, 3), "reference": reference}
    planted = {"origin": "recovered", "n_unit": "subject", "truth": 0.45}
    rows = [
        make_row("study", quantity, condition=condition, estimator=estimator, **planted, **shared)
        for condition in conditions
        for estimator in estimators
    ]
    if case == "imported":
        rows += [
            make_row(
                "study",
                quantity,
                condition=f"{conditions[0]},recording=linear_track_ca1",
                estimator=next(iter(estimators)),
                origin="measured",
                n_unit="event",
                **shared,
            )
        ]
    if case == "not run":
        condition = f"{conditions[0]},recording=other"
        rows.append(
            not_run_row("study", quantity, condition=condition, origin="measured", reason="no CA1")
        )
    return rows


def compression_tree(case: str) -> xr.DataTree:
    rng = np.random.default_rng(1)
    n = 0 if case == "nothing" else 90
    planted = rng.uniform(10, 30, n)
    events = pd.DataFrame(
        {
            "significant": np.arange(n) % 3 > 0,
            "compression_likelihood": planted + rng.normal(size=n),
        }
        | {f"compression_{name}": np.where(planted > 25, NAN, 0.8 * planted) for name in SLOPES}
    )
    if case != "imported":
        events["planted_compression"] = np.where(np.arange(n) % 4, planted, NAN)
    rows = rows_of("compression_ratio", ["rest", "nrem"], case, ESTIMATORS)
    return result(rows, {"events": events_dataset({"rat1": events})})


def direction_tree(case: str) -> xr.DataTree:
    planted, decoded = ["forward", "reverse", "empty", "none"], ["forward", "unresolved"]
    counts = np.zeros((2, 4, 2), int) if case == "nothing" else np.arange(16).reshape(2, 4, 2)
    confusion = xr.Dataset(
        {"n_events": (("state", "planted", "decoded"), counts)},
        {"state": ["rest", "nrem"], "planted": planted, "decoded": decoded},
    )
    return result(rows_of("forward_share", ["rest", "nrem"], case), {"confusion": confusion})


def significance_tree(case: str) -> xr.DataTree:
    n = np.zeros(4, int) if case == "nothing" else np.array([5, 4, 3, 0])
    fraction = np.where(n > 0, n / 5, NAN)
    kinds = xr.Dataset(
        {"significant_fraction": ("kind", fraction), "n_events": ("kind", n)},
        {"kind": ["forward", "reverse", "empty", "none"]},
    )
    rows = rows_of("significant_fraction", ["rest", "nrem,before running"], case)
    return result(rows, {"kinds": kinds})


def dynamics_tree(case: str) -> xr.DataTree:
    tables, read = ["cells=80", "cells=80,spikes=bursty"], ["directed", "diffusive"]
    n = np.zeros((2, 3, 2), int) if case == "nothing" else np.arange(12).reshape(2, 3, 2)
    dims = ("table", "planted", "read")
    confusion = xr.Dataset(
        {"share": (dims, n / 12), "n_events": (dims, n)},
        {"table": tables, "planted": [*read, "hover_and_jump"], "read": read},
    )
    f1 = np.full((2, 3), NAN) if case == "nothing" else [[NAN, 0.8, 0.9], [0.5, NAN, 0.7]]
    groups = ["0-19", "20-39", "40-79"]
    spikes = xr.Dataset({"f1": (("table", "spikes"), f1)}, {"table": tables, "spikes": groups})
    rows = rows_of("dynamics_f1", tables, "nothing" if case == "nothing" else "simulated")
    rows += rows_of("dynamics_share", ["rest,directed", "nrem,directed"], case)
    return result(rows, {"confusion": confusion, "spikes": spikes})


def position_tree(case: str) -> xr.DataTree:
    time = np.concatenate([np.arange(8), np.arange(20, 25)]) * 0.5
    estimate = np.full(time.size, NAN) if case == "nothing" else np.linspace(0, 2, time.size)
    example = xr.Dataset(
        {"position": ("time", np.linspace(0, 2, time.size)), "estimate": ("time", estimate)},
        {"time": time},
        {"track_length": 2.0, "bin_s": 0.5},
    )
    confusion = xr.Dataset({"probability": (("position", "estimate"), np.eye(4))})
    rows = rows_of("wake_position_error_median", ["125ms", "500ms"], case)
    return result(rows, {"example": example, "confusion": confusion})


def headings(case: str) -> dict:
    """True and decoded heading over four turns, with a gap; true only in part."""
    true = np.linspace(0, 8 * np.pi, 200) % (2 * np.pi)
    true[150:] = NAN
    if case == "nothing":
        true[:] = NAN
    time = np.arange(200) * 0.1 + np.where(np.arange(200) > 80, 3.0, 0.0)
    return {"time": time, "true": true, "estimate": (true + 0.1) % (2 * np.pi)}


def heading_error_tree(case: str) -> xr.DataTree:
    given = headings(case)
    example = xr.Dataset(
        {"heading": ("time", given["true"]), "estimate": ("time", given["estimate"])},
        {"time": given["time"]},
        {"bin_s": 0.1},
    )
    names = ["rat1", "linear_track_ca1"] if case == "imported" else ["rat1", "rat2"]
    spread = xr.Dataset(
        {"error": (("recording", "quantile"), np.outer([1, 2], np.arange(5)))},
        {"recording": names, "quantile": np.linspace(0, 1, 5)},
    )
    rem = xr.Dataset({"error": ("recording", [NAN if case == "nothing" else 4.0])})
    rows = rows_of("wake_heading_error_median", ["100ms"], case)
    rows += rows_of("rem_heading_error_median", ["100ms"], "simulated")
    groups = {"example": example, "quantiles": spread, "rem": rem}
    return result(rows, {"rem": rem} if case == "nothing" else groups)


def animals_of(case: str) -> list[str]:
    return ["rat1", "linear_track_ca1"] if case == "imported" else ["rat1", "rat2"]


def heading_tuning_tree(case: str) -> xr.DataTree:
    rows = rows_of("anticipation", ["run"], case, ("tuning_information",), RANGE)
    if case == "nothing":
        return result(rows)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    tuning = xr.Dataset({"rate": (("heading", "unit"), np.ones((12, 2)))}, {"heading": angle})
    shift = np.linspace(-0.1, 0.1, 5)
    bits = xr.Dataset(
        {"relative": (("recording", "shift"), np.ones((2, 5)))},
        {"recording": animals_of(case), "shift": shift},
    )
    leads = xr.Dataset({"lead": ("recording", [21.0, NAN]), "truth": ("recording", [NAN, 20.0])})
    return result(rows, {"tuning": tuning, "information": bits, "animals": leads})


def drift_tree(case: str) -> xr.DataTree:
    rows = rows_of("rem_drift_speed", ["50ms", "100ms"], case)
    for state in ("rem", "nrem"):
        for name, condition in ((drift.ABSTRACT, "100ms"), (drift.REANALYSIS, "all bins")):
            published = replace(CHECKED, id=name[state], value=2.0)
            condition = f"{state}/wake,{condition}"
            rows += rows_of("drift_ratio", [condition], case, reference=published)
    if case == "nothing":
        return result(rows)
    speed = xr.Dataset(
        {
            "drift_speed": (
                ("recording", "state", "bin", "estimator"),
                np.arange(2 * 3 * 2 * 2).reshape(2, 3, 2, 2) + 100.0,
            )
        },
        {
            "recording": animals_of(case),
            "state": ["wake", "rem", "nrem"],
            "bin": [0.05, 0.1],
            "estimator": ["bayes", "shifted_cells"],
        },
    )
    values = np.full((3, 4), 0.2)
    values[2] = NAN if case == "not run" else 0.1
    pairs = xr.Dataset(
        {"correlation": (("state", "pair"), values)}, {"state": ["wake", "rem", "nrem"]}
    )
    return result(rows, {"drift": speed, "pairs": pairs})


def virtual_turns_tree(case: str) -> xr.DataTree:
    rows = rows_of("turn_lag", ["rem"], case, ("same_epochs", "other_epochs"), None)
    if case == "nothing":
        return result(rows)
    given = headings("simulated")
    shown = xr.Dataset(
        {"true": ("time", given["true"]), "estimate": ("time", given["estimate"])},
        {"time": given["time"]},
        {"bin_s": 0.1},
    )
    events = xr.Dataset(
        {
            "start": ("event", [1.0, 3.0]),
            "stop": ("event", [1.5, 3.2]),
            "direction": ("event", [1, -1]),
        }
    )
    lines = np.zeros((2, 2, 5))
    lines[:, 1] = NAN if case == "not run" else 0.0
    dims, lag = ("recording", "pairs", "lag"), np.linspace(-0.3, 0.3, 5)
    coordinates = {
        "recording": animals_of(case),
        "pairs": ["same_epochs", "other_epochs"],
        "lag": lag,
    }
    groups = {
        "wake": shown,
        "wake_events": events,
        "rem": shown,
        "rem_events": events.isel(event=[]),
        "triggered": xr.Dataset({"velocity": (dims, lines)}, coordinates),
        "correlation": xr.Dataset({"correlation": (dims, lines)}, coordinates),
        "eye": xr.Dataset({"eye": ("movement", [1.0]), "heading": ("movement", [2.0])}),
    }
    return result(rows, groups)


def similarity_tree(case: str) -> xr.DataTree:
    sources, orders = ["true_paths", "replay_decoded"], ["forward", "reverse"]
    training = xr.Dataset(
        {"loss": (("source", "order", "seed", "step"), 2.0 ** -np.arange(24).reshape(2, 2, 2, 3))},
        {"source": sources, "order": orders},
    )
    conditions = [f"linear_track,{source}" for source in sources]
    rows = rows_of("similarity", conditions, case, orders, CLAIMED)
    return result(rows, {"training": training})


def false_positives_tree(case: str) -> xr.DataTree:
    value = NAN if case == "nothing" else 0.06
    detectors, tables = ["time_bin", "cell_identity+time_bin"], ["cells=80", "cells=20,score=line"]
    rows = [
        make_row(
            "replay",
            "false_positive_rate",
            condition=f"{level},{table}",
            estimator=detector,
            estimate=Estimate(value, *([NAN] * 2 if case == "not run" else [0.04, 0.09]), 4),
            **{"origin": "recovered", "unit": "1", "n_unit": "population", "truth": 0.05},
        )
        for level in ("nominal", "calibrated")
        for table in tables
        for detector in detectors
    ]
    power = xr.Dataset(
        {"power": (("detector", "level", "kind"), np.full((2, 1, 2), value))},
        {"detector": detectors, "level": ["calibrated"], "kind": ["forward", "empty"]},
    )
    return result(rows, {"power": xr.Dataset() if case == "not run" else power})


def bursts_tree(case: str) -> xr.DataTree:
    n = 0 if case == "nothing" else 20
    edges = xr.Dataset(
        {
            "edge": ("row", np.array(["start", "stop"] * (n // 2), dtype=object)),
            "error": ("row", np.linspace(-0.2, 0.02, n)),
        }
    )
    rows = [
        *rows_of("burst_detection_rate", ["rest", "nrem"], case),
        *rows_of("burst_precision", ["rest", "nrem"], case),
    ]
    return result(rows, {"edges": edges})


def tracks_tree(case: str) -> xr.DataTree:
    n = 0 if case == "nothing" else 20
    planted = ["unknown"] * n if case == "imported" else ["first", "second", "none", "none"] * 5
    events = xr.Dataset(
        {
            "log_odds": ("row", np.where(np.arange(n) % 7, np.linspace(-3, 4, n), NAN)),
            "planted": ("row", np.array(planted[:n], dtype=object)),
        }
    )
    rows = rows_of("track_log_odds_difference", ["rest", "nrem"], case)
    return result(rows, {"events": events})


def literature_tree(case: str) -> xr.DataTree:
    rows = rows_of("published_estimate", ["davidson2009,speed"], case)
    return result(rows, {} if case == "nothing" else {"papers": papers_dataset()})


def map_similarity_tree(case: str) -> xr.DataTree:
    n = 0 if case == "nothing" else 3
    truth = np.full(n, NAN) if case == "imported" else np.linspace(0.4, 0.6, n)
    pairs = xr.Dataset(
        {
            "recording": ("row", np.full(n, "rat1", dtype=object)),
            "a": ("row", np.full(n, "linear", dtype=object)),
            "b": ("row", np.full(n, "linear_b", dtype=object)),
            "truth": ("row", truth),
        }
        | {name: ("row", np.linspace(0.3, 0.5, n)) for name in map_similarity.ESTIMATORS}
    )
    conditions = ["linear,linear", "linear,linear_b"]
    rows = rows_of("map_similarity", conditions, case, map_similarity.ESTIMATORS)
    return result(rows, {"pairs": pairs})


def theta_compression_tree(case: str) -> xr.DataTree:
    distance = np.linspace(-0.4, 0.4, 30)
    pairs = xr.Dataset(
        {
            "distance": ("field_pair", distance),
            "lag": ("field_pair", np.angle(np.exp(10j * distance)) / (2 * np.pi * 8.5)),
            "weight": ("field_pair", np.arange(30.0)),
            "lag_slope": 10 / (2 * np.pi * 8.5),
            "frequency": 8.5,
        }
    )
    sweep = xr.Dataset(
        {
            "spike_probability": (("theta_phase", "displacement"), np.full((4, 5), 0.2)),
            "sweep_span": 0.3,
            "sweep_middle": 0.0,
            "sweep_cut": 1.0,
        },
        {"theta_phase": np.arange(4) * 1.5, "displacement": np.linspace(-0.5, 0.5, 5)},
    )
    rows = rows_of("theta_compression", ["run"], case, theta_compression.ESTIMATORS)
    return result(rows, {} if case == "nothing" else {"pairs": pairs, "sweep": sweep})


def reward_discount_tree(case: str) -> xr.DataTree:
    shape = ("direction", "steps")
    counts = np.full((2, 4), 0.0 if case == "not run" else 20.0)
    names = ("spikes", "expected_spikes", "starts", "expected_starts")
    profile = xr.Dataset(
        dict.fromkeys(names, (shape, counts)),
        {"direction": ["reverse", "forward"], "steps": np.arange(4) + 0.5},
        {"reward_discount": 0.9, "decision_gain": 1.5},
    )
    conditions = ["reverse,firing", "reverse,firing,planted in bulk"]
    rows = rows_of("reward_discount", conditions, case, ["poisson_regression"])
    rows += rows_of("decision_point_gain", ["firing"], case, ["poisson_regression"])
    return result(rows, {} if case == "nothing" else {"profile": profile})


def rem_compression_tree(case: str) -> xr.DataTree:
    n = 0 if case == "nothing" else 4
    sources = np.array(["likelihood", "template_correlation", "planted", "planted"], dtype=object)
    sequences = xr.Dataset(
        {"source": ("row", sources[:n]), "compression": ("row", np.linspace(0.5, 1.5, n))}
    )
    rows = rows_of("rem_compression", ["rem"], case, rem_compression.GROUPS)
    return result(rows, {"sequences": sequences})


def estimators_tree(case: str) -> xr.DataTree:
    ratios = [f"cells={n},ratio={ratio}" for n in (20, 80) for ratio in (5, 20)]
    short = [f"cells=80,duration=60-300ms,n_spikes={group}" for group in ("5-9", "20-39")]
    if case == "nothing":
        return result([])
    rows = rows_of("compression_bias", [*ratios, *short], "simulated", ESTIMATORS)
    covered = ESTIMATORS if case == "simulated" else ESTIMATORS[:1]
    rows += rows_of("interval_coverage", [*ratios, *short], case, covered)
    return result(rows)


def turn_cells_tree(case: str) -> xr.DataTree:
    conditions = ["planted in bulk,gain=0.01,depth=0.13", "planted in bulk,gain=0.1,depth=0.56"]
    rows = rows_of("turn_cell_precision", ["recordings", *conditions], case, ["time_shift"])
    rows += rows_of("turn_cell_recall", conditions, case, ["time_shift"])
    if case == "nothing":
        return result(rows)
    units = xr.Dataset(
        {
            "preferred_turn": ("row", [-1, 1, 0] if case == "imported" else [0, 0, 0]),
            "hemisphere": ("row", np.array(["left", "right", "left"], dtype=object)),
            "recording": ("row", np.array(["rat1"] * 3, dtype=object)),
        }
    )
    examples = xr.Dataset(
        {
            "kind": ("example", np.array(["clockwise", "no turn cell"], dtype=object)),
            "turn_tuning": (("example", "speed"), np.ones((2, 3))),
            "average_turn": (("example", "lag"), np.ones((2, 5))),
        },
        {"speed": [-100.0, 0.0, 100.0], "lag": np.linspace(-0.5, 0.5, 5)},
        {"recording": "rat1"},
    )
    return result(rows, {"units": units, "examples": examples})


def turn_events_tree(case: str) -> xr.DataTree:
    conditions = ["run,within_state", "rem,within_state", "rem,wake_threshold"]
    estimators = ["population_events", "poisson_null"]
    rows = rows_of("turn_event_rate", conditions, case, estimators)
    rows += rows_of("turn_event_ratio_rem_wake", ["within_state", "wake_threshold"], case)
    patterns = ["rem,pairwise_correlations", "rem,event_pattern"]
    rows += rows_of("pattern_similarity", patterns, case, ["units", "permuted_units"])
    if case == "nothing":
        return result(rows)
    names, states = ["rat1", "mouse1"], ["run", "rem", "nrem"]
    thresholds, directions = ["within_state", "wake_threshold"], ["clockwise", "counter_clockwise"]
    ratios = xr.Dataset(
        {"event_rate": (("recording", "state", "threshold"), np.full((2, 3, 2), 0.5))},
        {"recording": names, "state": states, "threshold": thresholds},
    )
    course = xr.Dataset(
        {
            "course": (("recording", "delay"), np.full((2, 5), 0.4)),
            "baseline": ("recording", [0.2, NAN]),
        },
        {"recording": names, "delay": np.linspace(-1, 1, 5)},
    )
    level = np.array([[100.0] * 3, [NAN] * 3])
    example = xr.Dataset(
        {
            "rate": (("direction", "state", "time"), level[..., None] + np.arange(-5.0, 5.0)),
            "threshold_rate": (("direction", "state"), level),
        },
        {"direction": directions, "state": states, "time": np.arange(10.0)},
        {"recording": "rat1"},
    )
    return result(rows, {"ratios": ratios, "course": course, "example": example})


QUESTIONS = {
    "turn_cells": (turn_cells.draw, turn_cells_tree),
    "turn_events": (turn_events_figure.draw, turn_events_tree),
    "estimators": (estimators.draw, estimators_tree),
    "false_positives": (false_positives.draw, false_positives_tree),
    "bursts": (bursts.draw, bursts_tree),
    "tracks": (tracks.draw, tracks_tree),
    "literature": (literature.draw, literature_tree),
    "map_similarity": (map_similarity.draw, map_similarity_tree),
    "theta_compression": (theta_compression.draw, theta_compression_tree),
    "reward_discount": (reward_discount.draw, reward_discount_tree),
    "rem_compression": (rem_compression.draw, rem_compression_tree),
    "compression": (compression.draw, compression_tree),
    "direction": (direction.draw, direction_tree),
    "significance": (significance.draw, significance_tree),
    "dynamics": (dynamics.draw, dynamics_tree),
    "position": (position.draw, position_tree),
    "heading_error": (heading_error.draw, heading_error_tree),
    "heading_tuning": (heading_tuning.draw, heading_tuning_tree),
    "drift": (drift.draw, drift_tree),
    "virtual_turns": (virtual_turns.draw, virtual_turns_tree),
    "similarity": (similarity.draw, similarity_tree),
}


def words(drawn: Figure) -> str:
    """All that is written in a figure."""
    found = drawn.findobj(lambda artist: hasattr(artist, "get_text") and artist.get_visible())
    return " ".join(text.get_text() for text in found)


def shows_numbers(axis) -> bool:
    """Whether an axis has numbers, not names, at its ticks."""
    labels = [label for label in axis.get_majorticklabels() if label.get_visible()]
    return any(NUMBER.fullmatch(label.get_text()) for label in labels)


def assert_axes_are_labelled(drawn: Figure) -> None:
    """Every axis that shows numbers has a label with a unit in brackets."""
    for axes in filter(lambda axes: axes.axison, drawn.axes):
        for axis in filter(shows_numbers, (axes.xaxis, axes.yaxis)):
            assert "(" in axis.label.get_text(), (axes.get_title("left"), axis)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_drawn_in_every_case(question, case):
    draw, tree = QUESTIONS[question]
    assert_axes_are_labelled(draw(tree(case)))


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_question_is_drawn_the_same_twice(question, tmp_path):
    draw, tree = QUESTIONS[question]
    paths = [tmp_path / "a.svg", tmp_path / "b.svg"]
    for path in paths:
        drawn = draw(tree("simulated"))
        plots.save_figure(drawn, path)
    assert_axes_are_labelled(drawn)
    first, second = (path.read_bytes() for path in paths)
    assert first == second
    assert b"<dc:date>" not in first


@pytest.mark.parametrize(
    "question",
    [
        *("compression", "direction", "dynamics", "significance", "position"),
        *("heading_error", "heading_tuning", "drift", "virtual_turns"),
    ],
)
def test_imported_recordings_are_named_and_missing_ones_are_not(question):
    draw, tree = QUESTIONS[question]
    assert "linear_track_ca1" in words(draw(tree("imported")))
    assert "other" not in words(draw(tree("not run"))).split()


@pytest.mark.parametrize("question", ["compression", "significance", "direction", "dynamics"])
def test_truth_and_published_values_stand_beside_the_decoded(question):
    draw, tree = QUESTIONS[question]
    shown = words(draw(tree("simulated")))
    assert "planted" in shown
    assert "published" in shown


def test_claims_are_told_from_published_values():
    shown = words(similarity.draw(similarity_tree("simulated")))
    assert "claimed, not checked" in shown
    assert "published" not in shown


def test_titles_reach_the_file(tmp_path):
    with plots.figure(1, 1) as (drawn, _):
        drawn.suptitle("rat1\nforward")
    plots.save_figure(drawn, tmp_path / "a.png")
    assert b"rat1; forward" in (tmp_path / "a.png").read_bytes()


def test_lines_break_at_gaps():
    time, values = plots.broken(np.array([0.0, 1.0, 5.0]), np.array([1.0, 2.0, 3.0]), gap=1.5)
    np.testing.assert_array_equal(time, [0, 1, NAN, 5])
    np.testing.assert_array_equal(values, [1, 2, NAN, 3])


def test_headings_do_not_jump():
    with plots.figure(3, 2) as (_, axes):
        given = headings("simulated")
        plots.draw_headings(axes, given["time"], given["true"], given["estimate"], 0.1)
        true, decoded = (line.get_ydata() for line in axes.lines)
    assert np.nanmax(np.abs(np.diff(true))) < 20
    assert np.nanmax(np.abs(np.diff(decoded))) < 20
    assert np.nanmax(true) > 900


@pytest.mark.parametrize(
    ("condition", "label"),
    [
        ("125ms", "125 ms"),
        ("nrem,before running", "nrem\nbefore running"),
        ("nrem,recording=linear_track_ca1", "nrem\nlinear_track_ca1"),
    ],
)
def test_conditions_are_worded(condition, label):
    assert plots.condition_label(condition) == label


def decoded_recording(planted: bool, silent: bool = False) -> event_browser.DecodedRecording:
    """Two events of 0.05 s at 1 s and 2 s; ten units with fields along the track."""
    n = 10
    position_m = np.linspace(0.1, 1.9, n)
    rate = np.stack([np.eye(n), 2 * np.eye(n)[::-1]])
    fields = xr.Dataset(
        {"rate": (("direction", "position", "unit"), rate), "unit_index": ("unit", np.arange(n))},
        {"position": position_m},
        {"track_length": 2.0},
    )
    start = np.array([1.0, 2.0])
    others = [NAN if silent else 0.3] * len(SLOPES)
    path = [[0.1, *others], [0.2, *others]]
    events = xr.Dataset(
        {
            "start": ("event", start),
            "stop": ("event", start + 0.05),
            "peak_z": ("event", [4.0, 5.0]),
            "state": flags(np.zeros(2, int), ("rest",), "event", "state"),
            "direction": flags(np.array([0, 1]), ("forward", "reverse"), "event", "direction"),
            "compression": (
                ("event", "estimator"),
                [[12.0] + [11.0] * len(SLOPES), [NAN] * len(ESTIMATORS)],
            ),
            "path_start": (("event", "estimator"), path),
            "path_stop": (("event", "estimator"), path),
            "posterior": (("bin", "position"), np.full((20, n), 1 / n)),
            "bin_event": ("bin", np.repeat([0, 1], n)),
            "bin_time": ("bin", np.concatenate([s + 0.0025 + 0.005 * np.arange(n) for s in start])),
            "bin_silent": ("bin", np.full(20, silent).astype(int)),
        },
        {"estimator": list(ESTIMATORS), "position": position_m},
    )
    truth = xr.Dataset(
        {
            "planted_kind": flags(np.array([0, 1]), ("forward", "none"), "event", "kind"),
            "planted_environment": flags(np.array([1, 0]), ("none", "linear"), "event", "place"),
            "planted_start": ("event", [1.0, NAN]),
            "planted_stop": ("event", [1.04, NAN]),
            "planted_path_start": ("event", [0.0, NAN]),
            "planted_path_stop": ("event", [1.0, NAN]),
            "planted_compression": ("event", [12.5, NAN]),
        },
        attrs={"home": "linear"},
    )
    spikes = np.array([]) if silent else np.linspace(0.99, 1.06, 20)
    return event_browser.DecodedRecording(
        recording=SimpleNamespace(
            name="rat1",
            length_unit="m",
            spikes_of=lambda units: (spikes, np.arange(spikes.size) % n),
        ),
        fields=fields,
        events=events,
        significance=xr.Dataset(
            {"p_value": (("event", "score", "shuffle"), [[[0.01, 0.02]], [[0.5, NAN]]])},
            coords={"score": ["weighted_correlation"]},
        ),
        planted=truth if planted else None,
        alpha=0.05,
    )


@pytest.mark.parametrize(
    ("event", "silent", "planted"), [(0, False, True), (1, False, True), (0, True, False)]
)
def test_event_is_drawn(event, silent, planted):
    drawn = event_browser.draw_event(decoded_recording(planted, silent), event)
    drawn.draw_without_rendering()
    assert_axes_are_labelled(drawn)
    top, below = drawn.axes[:2]
    assert top.get_xlim() == pytest.approx(below.get_xlim())
    assert top.get_position().x1 == pytest.approx(below.get_position().x1)
    assert ("planted path" in words(drawn)) == (planted and event == 0)


def test_caption_of_an_event_says_what_was_decoded_and_planted():
    drawn = event_browser.draw_event(decoded_recording(planted=True), 0)
    assert drawn.get_suptitle().splitlines() == [
        "rat1, rest, 50 ms",
        "decoded: forward, compressed 12.0-fold, significant",
        "planted: forward, compressed 12.5-fold",
    ]
    drawn = event_browser.draw_event(decoded_recording(planted=True), 1)
    assert drawn.get_suptitle().splitlines()[1:] == [
        "decoded: reverse, not significant",
        "planted: none",
    ]


def test_browser_takes_kinds_in_turn():
    decoded = decoded_recording(planted=True)
    np.testing.assert_array_equal(event_browser.choose_events(decoded, 1), [0])
    np.testing.assert_array_equal(event_browser.choose_events(decoded, 5), [0, 1])
