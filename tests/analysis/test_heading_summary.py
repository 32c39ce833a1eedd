"""Decoded headings, summarised from files made by hand: numbers, controls, and what is missing."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from analysis import drift, heading_error, heading_tuning, virtual_turns
from analysis.headings import Headings, load_headings, permutation_p
from neurosim.files import Provenance, flags, save
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import load_references
from neurosim.stats.summary import Row, dataset_to_rows, make_row

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
MADE = Provenance("By hand", "test", 1)
LIMITS = {"min_speed_deg_s": 60.0, "min_angle_deg": 30.0}
ANIMALS = ("rat1", "mouse1")
PAIRS = ["same_epochs", "other_epochs"]
NO_SC = "own: expected units in SC, found none"


def rows_by(tree: xr.DataTree) -> dict[tuple[str, str, str], Row]:
    rows = dataset_to_rows(tree["summary"].to_dataset())
    found = {(row.quantity, row.condition, row.estimator): row for row in rows}
    assert len(found) == len(rows)
    return found


def decoded_bins(state: str, n: int = 100) -> xr.Dataset:
    """A heading that turns by 10 deg a bin for half of the time, then rests; 4 deg off awake."""
    heading = np.deg2rad(10.0) * np.minimum(np.arange(n), n // 2)
    data = {
        "estimate": ("time", np.mod(heading, 2 * np.pi)),
        "interval": ("time", np.zeros(n, int)),
        "inactivation": flags(np.full(n, "none"), ("none", "saline"), "time", "inactivation"),
    }
    if state == "wake":
        data["heading"] = data["estimate"]
        data["error"] = ("time", np.full(n, 4.0))
    return xr.Dataset(data, {"time": np.arange(n) * 0.1}, {"bin_s": 0.1, "state": state})


def decoded_file(scale: float = 1.0) -> xr.DataTree:
    """Drift of 100, 100 and 250 deg/s decoded, 400 and more of shifted cells."""
    speeds = np.array([[[100.0, 400.0]] * 2, [[100.0, 500.0]] * 2, [[250.0, 600.0]] * 2])
    speeds[1] *= scale
    coordinates = {
        "state": ["wake", "rem", "nrem"],
        "bin": [0.05, 0.1],
        "estimator": ["bayes", "shifted_cells"],
    }
    null = np.linspace(-0.2, 0.2, 99)
    return xr.DataTree.from_dict(
        {
            "/tuning": xr.Dataset(
                {
                    "rate": (("heading", "unit"), np.ones((8, 3))),
                    "vector_length": ("unit", [0.9, 0.5, 0.7]),
                },
                {"heading": np.linspace(0, 6, 8)},
            ),
            "/wake/bin_100ms": decoded_bins("wake"),
            "/rem/bin_100ms": decoded_bins("rem"),
            "/drift": xr.Dataset({"drift_speed": (tuple(coordinates), speeds)}, coordinates),
            "/pair_correlations": xr.Dataset(
                {
                    "correlation": (("state", "pair"), np.zeros((3, 4))),
                    "similarity": ("sleep", [0.9, np.nan]),
                    "null": (("sleep", "permutation"), np.stack([null, np.full(99, np.nan)])),
                },
                {"state": ["wake", "rem", "nrem"], "sleep": ["rem", "nrem"]},
                {"bin_s": 0.1},
            ),
        }
    )


def missing(reason: str) -> xr.Dataset:
    return xr.Dataset(attrs={"missing": reason})


def virtual_file(turned: np.ndarray, *, colliculus: bool = True) -> xr.DataTree:
    lag = np.linspace(-0.3, 0.3, 7)
    other = np.full(turned.size, np.nan)
    groups = {
        "events": xr.Dataset(
            {
                "turn": (("pairs", "event"), np.stack([turned, other])),
                "null_probability": ("permutation", np.full(99, 0.5)),
                "null_amplitude": ("permutation", np.linspace(-9, 9, 99)),
            },
            {"pairs": PAIRS},
        ),
        "triggered": xr.Dataset(
            {"velocity": (("pairs", "lag"), np.zeros((2, 7)))}, {"pairs": PAIRS, "lag": lag}
        ),
        "correlation": xr.Dataset(
            {
                "correlation": (
                    ("pairs", "lag"),
                    np.stack([1 - np.abs(lag), np.full(7, np.nan)]),
                ),
                "turn_lag": ("pairs", [0.018, np.nan]),
            },
            {"pairs": PAIRS, "lag": lag},
        ),
    }
    if not colliculus:
        groups = dict.fromkeys(groups, missing(NO_SC))
    groups["anticipation"] = xr.Dataset(
        {"information": ("shift", [0.5, 1.0, 0.5]), "anticipation": ((), 0.022)},
        {"shift": [-0.1, 0.0, 0.1]},
    )
    groups["eye"] = missing("own: no eyes") if not colliculus else eye_dataset()
    return xr.DataTree.from_dict({f"/{name}": group for name, group in groups.items()})


def eye_dataset(correlation: float = 0.8) -> xr.Dataset:
    return xr.Dataset(
        {
            "eye": ("movement", [1.0, -2.0]),
            "heading": ("movement", [3.0, -4.0]),
            "correlation": ((), correlation),
            "agreement": ((), 0.9),
            "null_correlation": ("permutation", np.linspace(-0.3, 0.3, 99)),
        }
    )


def planted_file() -> xr.DataTree:
    coordinates = {"state": ["wake", "rem", "nrem"], "bin": [0.05, 0.1]}
    table = {
        "error_median": np.full((3, 2), 6.0),
        "drift_speed": np.array([[100.0] * 2, [110.0] * 2, [250.0] * 2]),
        "turn_rate": np.full((3, 2), 0.1),
    }
    return xr.DataTree.from_dict(
        {
            "/decoded": xr.Dataset(
                {name: (tuple(coordinates), values) for name, values in table.items()}, coordinates
            ),
            "/rem": xr.Dataset({"planted": decoded_bins("rem")["estimate"].variable}),
            "/events": xr.Dataset({"turn_probability": 1.0, "turn_amplitude": 60.0}),
            "/correlation": xr.Dataset({"turn_lag": ("pairs", [0.02, np.nan])}, {"pairs": PAIRS}),
            "/anticipation": xr.Dataset({"anticipation": 0.023}),
        }
    )


def turns_file() -> xr.DataTree:
    names = np.array(["run", "rem", "rem"])
    events = xr.Dataset(
        {
            "start": ("event", [1.0, 2.0, 3.0]),
            "stop": ("event", [1.2, 2.2, 3.2]),
            "state": flags(names, ("run", "rem"), "event", "state"),
            "direction": flags(
                np.array(["clockwise", "clockwise", "counter_clockwise"]),
                ("clockwise", "counter_clockwise"),
                "event",
                "direction",
            ),
            "threshold": flags(np.full(3, "within_state"), ("within_state",), "event", "rule"),
        }
    )
    return xr.DataTree.from_dict({"/events": events})


@pytest.fixture
def headings(tmp_path) -> Headings:
    """Two simulated animals, and an imported recording without colliculus, eyes or truth."""
    files = {
        "decoded": {"rat1": decoded_file(), "mouse1": decoded_file(1.21), "own": decoded_file()},
        "turns": {"rat1": turns_file(), "mouse1": turns_file()},
        "virtual": {
            "rat1": virtual_file(np.array([50.0, 70.0, -10.0, np.nan])),
            "mouse1": virtual_file(np.array([60.0, 60.0, 60.0, 60.0])),
            "own": virtual_file(np.zeros(0), colliculus=False),
        },
        "planted": {"rat1": planted_file(), "mouse1": planted_file()},
    }
    paths = {}
    for kind, trees in files.items():
        paths[kind] = []
        for name, tree in trees.items():
            out = tmp_path / kind / f"{name}.nc"
            save(tree, out, MADE)
            paths[kind].append(out)
    return load_headings(paths, ANIMALS, 0.1, LIMITS)


def test_errors_awake_and_in_rem(headings):
    rows = rows_by(heading_error.analyse(headings, REFERENCES))
    assert rows["wake_heading_error_median", "100ms", "bayes"].estimate == 4
    assert rows["rem_heading_error_median", "50ms", "bayes"].estimate == 6
    assert rows["wake_heading_error_median", "100ms,recording=own", "bayes"].origin == "measured"


def test_the_lead_is_in_milliseconds_beside_that_of_the_ring(headings):
    rows = rows_by(heading_tuning.analyse(headings, REFERENCES))
    row = rows["anticipation", "run", "tuning_information"]
    assert (row.estimate, row.truth, row.verdict) == (22, 23, "recovers")
    assert row.reference_id == "B015"
    assert rows["anticipation", "run,recording=own", "tuning_information"].estimate == 22


def test_drift_ratios_are_geometric_means_over_animals_beside_the_control(headings):
    rows = rows_by(drift.analyse(headings, REFERENCES))
    row = rows["drift_ratio", "rem/wake,100ms", "bayes"]
    assert row.estimate == pytest.approx(1.1)
    assert row.truth == pytest.approx(1.1)
    assert (row.reference_id, row.verdict, row.n) == ("B002", "recovers", 2)
    assert rows["drift_ratio", "nrem/wake,50ms", "bayes"].estimate == pytest.approx(2.5)
    assert rows["drift_ratio", "nrem/wake,all bins", "bayes"].reference_id == "B005e"
    control = rows["drift_ratio", "nrem/wake,100ms", "shifted_cells"]
    assert control.estimate == pytest.approx(6)
    assert control.verdict == "no reference"
    assert rows["rem_drift_speed", "100ms", "bayes"].reference_id == "B005b"
    assert rows["rem_drift_speed", "50ms", "bayes"].reference_id == ""


def test_pairs_have_p_values_by_permutation_and_absent_states_say_so(headings):
    rows = rows_by(drift.analyse(headings, REFERENCES))
    row = rows["pair_correlation_similarity", "wake/rem,100ms", "correlation"]
    assert (row.estimate, row.p_value, row.reference_id) == (0.9, 0.01, "B007c")
    assert (row.origin, row.verdict) == ("planted", "holds only when planted")
    null = rows["pair_correlation_similarity", "wake/rem,100ms", "permuted_cells"]
    assert null.estimate == pytest.approx(0.196, abs=0.002)
    absent = rows["pair_correlation_similarity", "wake/nrem,100ms", "correlation"]
    assert absent.verdict == "not run"
    assert "state" in absent.test


def test_turns_follow_commands_with_their_probability_amplitude_and_lag(headings):
    rows = rows_by(virtual_turns.analyse(headings, REFERENCES))
    share = rows["turn_probability", "rem", "same_epochs"]
    assert share.estimate == pytest.approx((2 / 3 + 1) / 2)
    assert share.truth == 1
    assert share.p_value == 0.01
    amplitude = rows["turn_amplitude", "rem", "same_epochs"]
    assert amplitude.estimate == pytest.approx((110 / 3 + 60) / 2)
    assert "no published number (C025)" in amplitude.test
    lag = rows["turn_lag", "rem", "same_epochs"]
    assert (lag.estimate, lag.truth, lag.reference_id) == (18, 20, "")
    assert "no published number (C024)" in lag.test
    assert (lag.verdict, "within 10 ms" in lag.test) == ("recovers", True)
    assert rows["turn_correlation", "rem", "same_epochs"].estimate == pytest.approx(1)
    other = rows["turn_lag", "rem", "other_epochs"]
    assert other.verdict == "not run"
    assert "two epochs" in other.test
    assert rows["rem_turn_rate", "100ms", "bayes"].estimate == pytest.approx(0.1)


def test_the_claim_about_eyes_holds_only_because_it_was_planted(headings):
    rows = rows_by(virtual_turns.analyse(headings, REFERENCES))
    row = rows["eye_heading_correlation", "rem,amplitude", "pearson"]
    assert (row.estimate, row.p_value, row.reference_id) == (0.8, 0.01, "C001")
    assert row.verdict == "holds only when planted"
    assert rows["eye_heading_correlation", "rem,direction", "share_agreeing"].estimate == 0.9


def test_a_recording_with_heading_cells_alone_says_what_it_cannot_answer(headings):
    rows = rows_by(virtual_turns.analyse(headings, REFERENCES))
    own = {key: row for key, row in rows.items() if "recording=own" in key[1]}
    asked = {"turn_probability", "turn_amplitude", "turn_lag", "eye_heading_correlation"}
    assert asked <= {quantity for quantity, _, _ in own}
    for (quantity, _, _), row in own.items():
        if quantity == "rem_turn_rate":
            assert row.origin == "measured"
            continue
        assert row.verdict == "not run"
        assert "own" in row.test


def test_a_recording_with_rem_under_ttx_alone_does_not_fail_the_others(headings):
    group = "rem/bin_100ms"
    found, absent = headings.get("decoded", group)
    n = found["own"].sizes["time"]
    ttx = flags(np.full(n, "ttx_right"), ("none", "ttx_right"), "time", "inactivation")
    silenced = found | {"own": found["own"].assign(inactivation=ttx)}

    def get(kind: str, name: str):
        return (silenced, absent) if name == group else headings.get(kind, name)

    rows = rows_by(virtual_turns.analyse(replace(headings, get=get), REFERENCES))
    own = rows["rem_turn_rate", "100ms,recording=own", "bayes"]
    assert own.verdict == "not run"
    assert "own: rem: expected epochs without inactivation, found ttx_right" in own.test
    assert rows["rem_turn_rate", "100ms", "bayes"].n == 2


def test_a_real_claim_is_judged_by_its_own_movements():
    row = make_row(
        "heading",
        "eye_heading_correlation",
        estimate=Estimate(0.5, np.nan, np.nan, 1),
        origin="measured",
        unit="1",
        n_unit="recording",
    )
    assert virtual_turns._judged(row, 0.01).verdict == "holds"
    assert virtual_turns._judged(row, 0.2).verdict == "does not hold"
    assert virtual_turns._judged(row, np.nan).verdict == "no reference"


def test_a_lag_is_judged_by_milliseconds():
    row = make_row(
        "heading",
        "turn_lag",
        estimate=Estimate(20.0, 19.9, 20.1, 3),
        origin="recovered",
        unit="ms",
        n_unit="subject",
        truth=29.0,
    )
    assert virtual_turns._lag_judged(row).verdict == "recovers"
    assert virtual_turns._lag_judged(replace(row, truth=31.0)).verdict == "does not recover"
    unknown = replace(row, truth=np.nan, verdict="")
    assert virtual_turns._lag_judged(unknown) == unknown


def test_permutations_are_averaged_over_animals():
    null = [np.array([0.0, 1.0, 2.0]), np.array([0.0, 0.0, 5.0])]
    assert permutation_p([1.0, 1.0], null) == pytest.approx(2 / 4)
    assert permutation_p([9.0, np.nan], null) == pytest.approx(1 / 4)
    assert np.isnan(permutation_p([np.nan], [None]))


@pytest.mark.parametrize("question", [heading_error, heading_tuning, drift, virtual_turns])
def test_what_is_found_is_drawn(headings, question):
    tree = question.analyse(headings, REFERENCES)
    assert question.draw(tree).axes


@pytest.mark.parametrize("question", [heading_error, heading_tuning, drift, virtual_turns])
def test_recordings_without_any_heading_are_rows_that_say_why(tmp_path, question):
    paths = {}
    for kind in ("decoded", "virtual"):
        out = tmp_path / kind / "own.nc"
        save(missing("own: expected units in ADN, found none"), out, MADE)
        paths[kind] = [out]
    none = load_headings(paths | {"turns": [], "planted": []}, (), 0.1, LIMITS)
    tree = question.analyse(none, REFERENCES)
    rows = rows_by(tree)
    assert rows
    assert {row.verdict for row in rows.values()} == {"not run"}
    assert all("ADN" in row.test for row in rows.values())
    question.draw(tree)
