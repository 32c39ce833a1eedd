"""F1 and shares of dynamics: their arithmetic, and what a row says."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis import dynamics
from analysis.results import EventTables
from neurosim.calibration.dynamics import PLANTED
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.event_dynamics import evidence_dataset
from neurosim.files import flags, save
from neurosim.stats.references import load_references
from neurosim.stats.summary import dataset_to_rows

REFERENCES = "config/references.csv"


@pytest.fixture
def references(request):
    return load_references(request.config.rootpath / REFERENCES)


def f1_by_counting(planted: list[str], read: list[str]) -> float:
    truth, found = (np.isin(names, ["directed", "diffusive"]) for names in (planted, read))
    precision, recall = (truth & found).sum() / found.sum(), (truth & found).sum() / truth.sum()
    return 2 * precision * recall / (precision + recall)


def test_f1_is_that_of_precision_and_recall(rng):
    planted = np.repeat(DYNAMICS, 30).tolist()
    read = rng.choice(DYNAMICS, 120).tolist()
    found = dynamics.f1_score(pd.DataFrame({"planted": planted, "read": read}))
    assert found == pytest.approx(f1_by_counting(planted, read))


def test_f1_weighs_dynamics_alike_however_many_there_are():
    events = pd.DataFrame({"planted": DYNAMICS, "read": ["directed", "stationary"] * 2})
    uneven = pd.concat([events, *[events[events.planted == "diffusive"]] * 9])
    assert dynamics.f1_score(uneven) == dynamics.f1_score(events)
    assert np.isnan(dynamics.f1_score(events, min_events=2))
    assert np.isnan(dynamics.f1_score(events[events.planted != "directed"]))


def table(path, provenance, misread: int):
    """Ten events of each dynamic in two populations; so many diffusive ones read as directed."""
    planted, read, population = [], [], []
    for k, name, number in product(range(2), PLANTED, range(10)):
        planted.append(name)
        right = name if name in DYNAMICS else "directed"
        wrong = name == "diffusive" and number < misread
        read.append(DYNAMICS.index("directed" if wrong else right))
        population.append(k)
    n = len(planted)
    events = evidence_dataset(np.eye(4)[read], np.full(n, 30)).assign(
        planted=flags(np.array(planted, object), tuple(PLANTED), "event", "planted"),
        known_log_evidence=(("event", "dynamic"), np.eye(4)[read[::-1]], {"units": "1"}),
        span=("event", np.tile([0.1, 1.0], n // 2), {"units": "m", "long_name": "span"}),
        population=("event", population, {"long_name": "population"}),
    )
    save(events, path, provenance)
    return path


@pytest.fixture
def events():
    names = [*DYNAMICS, "directed"]
    frame = pd.DataFrame(
        {"state": "rest", "phase": ["post"] * 4 + ["pre"], "dynamic": names, "planted": names}
    )
    own = frame.drop(columns="planted")
    tables = {"rat1": frame, "rat2": frame, "own": own}
    return EventTables(tables, {"short": "no room"}, ("rat1", "rat2"), np.nan)


@pytest.fixture
def rows(tmp_path, provenance, events, references):
    paths = [table(tmp_path / "a.nc", provenance, 3), table(tmp_path / "b.nc", provenance, 0)]
    described = {"a": {"n_cells": 80}, "b": {"n_cells": 80, "spikes": "bursty"}}
    tree = dynamics.analyse(paths, described, events, references, ["rest"])
    assert tree["confusion"]["share"].sel(
        table="cells=80", planted="diffusive"
    ).values.tolist() == [
        0.3,
        0.7,
        0,
        0,
    ]
    assert np.nanmax(tree["spikes"]["f1"]) == 1.0
    found = dataset_to_rows(tree["summary"].to_dataset())
    known = [row for row in found if row.estimator == "evidence_known_fields"]
    assert [row.condition for row in known] == ["cells=80", "cells=80,spikes=bursty"]
    return {(row.quantity, row.condition): row for row in found if row not in known}


def test_rows_of_the_calibration(rows):
    misread = rows["dynamics_confusion", "cells=80,diffusive->directed"]
    assert (misread.estimate, misread.n, misread.n_unit) == (pytest.approx(0.3), 2, "population")
    assert (misread.reference_id, misread.reference) == ("A071b", 0.06)
    other = rows["dynamics_confusion", "cells=80,spikes=bursty,directed->diffusive"]
    assert (other.estimate, other.reference) == (0.0, 0.255)
    score = rows["dynamics_f1", "cells=80"]
    assert (score.estimate, score.truth, score.reference) == (1.0, 1.0, 0.94)
    assert score.origin == "recovered"
    assert ("dynamics_f1", "cells=80,walks>=0.3m") in rows


def test_every_pair_of_planted_and_read_has_a_row(rows):
    pairs = {c.rpartition(",")[2] for q, c in rows if q == "dynamics_confusion"}
    assert pairs == {f"{a}->{b}" for a in PLANTED for b in DYNAMICS}


def test_shares_of_recordings_count_events_after_running(rows):
    together = rows["dynamics_share", "rest,directed or diffusive"]
    assert (together.estimate, together.truth, together.n) == (0.5, 0.5, 2)
    assert together.reference == 0.897
    own = rows["dynamics_share", "rest,directed,recording=own"]
    assert (own.estimate, own.n, own.origin) == (0.25, 4, "measured")
    short = rows["dynamics_share", "rest,directed,recording=short"]
    assert (short.verdict, short.test) == ("not run", "not run: no room")


def test_what_has_no_path_on_the_track_counts_as_fragmented(tmp_path, provenance):
    kinds = ("forward", "hover_and_jump", "diffusive", "empty", "none", "stationary")
    places = ("none", "linear", "w")
    codes = np.array([0, 1, 2, 3, 4, 5, 0])
    where = np.array([1, 1, 1, 1, 0, 1, 2])  # the last is remote
    found = evidence_dataset(np.eye(4)[[0, 0, 1, 3, 3, 2, 0]], np.full(7, 9)).assign(
        state=flags(np.zeros(7, int), ("rest",), "event", "state"),
        phase=flags(np.zeros(7, int), ("post",), "event", "phase"),
    )
    number = ("event", np.full(7, np.nan), {"units": "1", "long_name": "number"})
    truth = xr.Dataset(
        {
            "planted_kind": flags(codes, kinds, "event", "kind"),
            "planted_environment": flags(where, places, "event", "place"),
            "planted_direction": flags(np.zeros(7, int), ("none",), "event", "direction"),
            "planted_compression": number,
            "planted_speed": number,
        },
        attrs={"home": "linear"},
    )
    paths = [tmp_path / "found" / "rat1.nc", tmp_path / "truth" / "rat1.nc"]
    for data, path in zip((found, truth), paths, strict=True):
        path.parent.mkdir()
        save(data, path, provenance)
    made = dynamics.dynamics_tables(paths[:1], paths[1:], ["rat1"]).tables["rat1"]
    assert made.planted.tolist() == [
        *("directed", "directed", "diffusive", "fragmented", "fragmented", "stationary"),
        "fragmented",
    ]
    assert made.dynamic.tolist()[:4] == ["directed", "directed", "diffusive", "fragmented"]
