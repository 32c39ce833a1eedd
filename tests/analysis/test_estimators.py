"""The table of estimators: bias, spread and coverage of each, counted by hand."""

import numpy as np
import pytest
import xarray as xr

from analysis import estimators
from neurosim.decode.slopes import SLOPES_WITH_INTERVAL
from neurosim.decode.trajectories import ESTIMATORS
from neurosim.files import save
from neurosim.stats.summary import dataset_to_rows

N = 40  # events, in two populations
SPEED = 10.0  # m s-1
HALVES = {"likelihood": 1.0, "posterior_regression": 0.5, "rank_order": 3.0}  # m s-1


def planted_events(ratio: float = 20.0, n_spikes: int = 30) -> xr.Dataset:
    """The estimates of all: 8 m/s in the first population, 10 in the second.

    Intervals reach as far as HALVES on either side; those of map_regression are all missing in
    the first population and for half of the second's events.
    """
    population = np.repeat([0, 1], N // 2)
    speed = np.where(population == 0, 8.0, 10.0)[:, None] * np.ones(len(ESTIMATORS))
    half = np.array([HALVES.get(name, np.nan) for name in ESTIMATORS]) * np.ones((N, 1))
    half[:, ESTIMATORS.index("posterior_regression_all_bins")] = np.nan
    half[population == 1, ESTIMATORS.index("map_regression")] = np.tile([1.0, np.nan], N // 4)
    both = ("event", "estimator")
    columns = {
        "ratio": np.full(N, ratio),
        "true_speed": np.full(N, SPEED),
        "true_forward": np.ones(N),
        "forward_probability": np.full(N, 0.9),
        "outbound_probability": np.full(N, 0.9),
        "n_spikes": np.full(N, n_spikes),
        "population": population,
    }
    return xr.Dataset(
        {name: ("event", values, {"units": "1"}) for name, values in columns.items()}
        | {
            "speed": (both, speed, {"units": "m s-1"}),
            "speed_low": (both, speed - half, {"units": "m s-1"}),
            "speed_high": (both, speed + half, {"units": "m s-1"}),
        },
        coords={"estimator": list(ESTIMATORS)},
    )


@pytest.fixture
def tree(tmp_path, provenance):
    path = tmp_path / "cells80.nc"
    groups = {"/traversal": planted_events(), "/short": planted_events(np.nan)}
    save(xr.DataTree.from_dict(groups), path, provenance)
    return estimators.analyse([path], {"cells80": {"n_cells": 80}}, 2 / 3)


def test_coverage_is_averaged_over_populations_of_events_that_have_an_interval(tree):
    rows = dataset_to_rows(tree["summary"].to_dataset())
    covers = {
        row.estimator: row
        for row in rows
        if row.quantity == "interval_coverage" and row.condition == "cells=80,ratio=20"
    }
    assert list(covers) == ["likelihood", *SLOPES_WITH_INTERVAL]
    for name, share in {"likelihood": 0.5, "posterior_regression": 0.5, "rank_order": 1.0}.items():
        row = covers[name]
        assert (row.estimate, row.n, row.n_unit, row.truth) == (share, 2, "population", 0.9)
        assert row.test == "t interval over populations; 40 events"
    known = covers["map_regression"]
    assert (known.estimate, known.n) == (1.0, 1)
    assert known.test == "t interval over populations; 10 events"
    nothing = covers["posterior_regression_all_bins"]
    assert (nothing.verdict, nothing.test) == ("not run", "not run: no event with an interval")


def test_the_table_has_bias_spread_and_coverage_of_every_estimator(tree):
    table = tree["table"].to_dataset().to_dataframe()
    first = table[table.condition == "cells=80,ratio=20"].set_index("estimator")
    assert tuple(first.index) == ESTIMATORS
    np.testing.assert_allclose(first.bias, np.sqrt(0.8))  # between two equal halves, in logarithms
    np.testing.assert_allclose(first.spread, -np.log(0.8) / 1.349)
    assert first.coverage["likelihood"] == 0.5
    assert first.coverage[["line_fit", "step_size"]].isna().all()
    short = table[table.condition == "cells=80,duration=60-300ms,n_spikes=20-39"]
    assert short.coverage.tolist() == pytest.approx(first.coverage.tolist(), nan_ok=True)


def test_few_events_have_no_row(tmp_path, provenance):
    path = tmp_path / "cells80.nc"
    few = planted_events().isel(event=slice(estimators.MIN_EVENTS - 1))
    save(xr.DataTree.from_dict({"/traversal": few, "/short": few}), path, provenance)
    tree = estimators.analyse([path], {"cells80": {"n_cells": 80}}, 2 / 3)
    assert tree["summary"].sizes["row"] == tree["table"].sizes["row"] == 0
    estimators.draw(tree)
