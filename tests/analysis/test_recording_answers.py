"""What a page says first: the words follow the numbers."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis import recording_answers as answers
from neurosim.decode.checks.verdicts import Check, Limits, judge, not_run
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import make_row

NAN = float("nan")


def own_table(n, power, false):
    """Twins of which the parts `power` and `false` pass."""
    passed = [np.arange(n) < power * n, np.arange(n) < false * n]
    return xr.Dataset(
        {
            "set": ("event", np.repeat([0, 1], n)),
            "significant": ("event", np.concatenate(passed).astype(int)),
        }
    )


def row(quantity, condition, value, **more):
    given = {"origin": "measured", "unit": "1", "n_unit": "event", "estimator": "likelihood"}
    estimate = Estimate(value, 0.8 * value, 1.2 * value, 9 if np.isfinite(value) else 0)
    return make_row("replay", quantity, condition=condition, estimate=estimate, **given | more)


def recording_of(own=None, passing=40, n=100, rows=(), calibrated=True):
    """One recording with its answers given."""
    events = pd.DataFrame(
        {
            "state": ["nrem"] * n,
            "significant": np.arange(n) < passing,
            "direction": np.where(np.arange(n) % 4 == 0, "reverse", "forward"),
        }
    )
    tested = xr.Dataset(attrs={"calibrated_alpha": 0.03} if calibrated else {})
    files = {"own": own, "significance": tested, "wake": None}

    def find(quantity, *parts, estimator=None):
        for one in rows:
            if one.quantity == quantity and set(parts) <= set(one.condition.split(",")):
                return one if one.verdict != "not run" else None
        return None

    return SimpleNamespace(
        loaded=lambda kind, group=None: files[kind],
        rows=list(rows),
        row=find,
        events=events,
        options=SimpleNamespace(states=("nrem",), alpha=0.05, bins_s=(0.125, 0.25)),
    )


@pytest.mark.parametrize(
    ("power", "false", "words"),
    [
        (0.055, 0.05, "cannot tell replay from chance"),
        (0.1, 0.05, "hardly tells replay from chance"),
        (0.6, 0.05, "can tell replay from chance"),
    ],
)
def test_power_that_is_hardly_above_false_positives_is_said(power, false, words):
    found = answers.worth(recording_of(own_table(600, power, false)))
    assert words in " ".join(answers.told(found))
    assert f"{100 * found.power.value:.0f} % (" in answers.told(found)[0]


def test_events_beyond_chance_are_told_with_compression_and_direction():
    rows = [
        row("compression_ratio", "nrem,recording=x", 18.0),
        row("compression_corrected", "nrem,median,recording=x", 15.0),
        row("forward_share", "nrem,recording=x", 0.75),
    ]
    one = recording_of(own_table(600, 0.6, 0.05), rows=rows)
    text = " ".join(answers.came_out(one, answers.worth(one)))
    assert "40 of 100 candidate events in NREM pass the test; 5 (4 to 7) are expected" in text
    assert "more than chance gives" in text
    assert "compressed 18 (14.4 to 21.6) times" in text
    assert "by chance, 15 (12 to 18) times" in text
    assert "Of the 40 among them that have a direction 75 % (" in text


def test_nothing_is_said_of_replay_where_chance_gives_as_much():
    rows = [
        row("compression_ratio", "nrem,recording=x", 18.0),
        row("forward_share", "nrem,recording=x", 0.75),
    ]
    one = recording_of(own_table(600, 0.1, 0.05), passing=6, rows=rows)
    text = " ".join(answers.came_out(one, answers.worth(one)))
    assert "no more than chance may give" in text
    assert "say nothing of replay" in text
    assert "forward" not in text


def test_why_a_compression_was_not_corrected_is_said():
    rows = [
        row("compression_ratio", "nrem,recording=x", 18.0),
        row("compression_corrected", "nrem,median,recording=x", NAN, reason="too few pass"),
    ]
    one = recording_of(own_table(600, 0.6, 0.05), rows=rows)
    text = " ".join(answers.came_out(one, answers.worth(one)))
    assert "that could not be corrected: too few pass" in text


def test_without_a_calibration_the_nominal_level_is_said():
    rows = [row("own_speed_bias", "recording=x", NAN, reason="expected a linear track, found none")]
    one = recording_of(None, rows=rows, calibrated=False)
    found = answers.worth(one)
    assert "expected a linear track, found none" in answers.told(found)[0]
    assert "nominal level" in answers.told(found)[0]
    passing = answers.count_passing(one, found, "nrem")
    assert passing.nominal
    assert passing.expected.value == pytest.approx(5)
    assert "at the nominal level of 0.05; 5 are expected" in answers.came_out(one, found)[0]


@pytest.mark.parametrize(("passing", "beyond"), [(5, False), (9, False), (12, True), (40, True)])
def test_beyond_chance_takes_more_than_the_upper_false_positive_rate(passing, beyond):
    one = recording_of(own_table(600, 0.6, 0.05), passing=passing)
    found = answers.worth(one)
    assert answers.count_passing(one, found, "nrem").beyond == beyond


def test_problems_come_before_what_to_look_at():
    def check(name: str, value: float) -> Check:
        return judge(name, value, "units", Limits(20, 5), (9, "unit"), "Found.", "Do that.")

    checks = [check("few", 12), check("none", 1), check("many", 30), not_run("absent", "none")]
    assert [one.name for one in answers.to_look_at(checks)] == ["none", "few"]
    assert check("few", 12).sentence == "Found. Do that."
    assert check("many", 30).sentence == "Found."
