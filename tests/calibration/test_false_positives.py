"""Calibration on populations: whose events are counted, and which walks pass."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from neurosim import NeurosimError
from neurosim.calibration.false_positives import (
    SignificanceDesign,
    calibrate_significance,
    share_evenly,
)
from neurosim.calibration.kinds import EventParameters, plant_kind, running_templates
from neurosim.calibration.population import Population, PopulationParameters, draw_populations
from neurosim.decode.shuffles import ShuffleOptions, event_p_values

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config" / "config.yaml").read_text())
DESIGN = {
    "n_null_events": 40,
    "n_transfer_events": 10,
    "n_planted_events": 6,
    "n_shuffles": 39,
    "bin_s": 0.02,
    "gain": 3.0,
}


@pytest.fixture(scope="module")
def populations() -> list[Population]:
    simulation, replay = CONFIG["simulation"], CONFIG["replay"]
    cells = {k: v for k, v in simulation["place_cells"].items() if k not in ("theta", "spiking")}
    parameters = {
        "n_populations": 4,
        "track_length_m": 2.0,
        "cells": cells | {"n_cells": 60},
        "theta": simulation["place_cells"]["theta"],
        "spiking": simulation["place_cells"]["spiking"],
        "wake": {
            "duration_s": 200.0,
            "bin_s": replay["fit_bin_s"],
            "movement": simulation["movement"],
            "fields": replay["fields"],
        },
    }
    parameters = PopulationParameters.from_mapping(parameters)
    return draw_populations(parameters, np.random.default_rng(5))


def test_the_second_half_of_the_populations_is_counted(populations, rng):
    table = calibrate_significance(populations, SignificanceDesign(**DESIGN), rng)
    assert table.sizes["population"] == 2
    assert table["score"].values.tolist() == ["weighted_correlation"]
    crossed = table["n_null"].sel(null="cross_experiment", detector="time_bin")
    assert 0 < int(crossed.sum()) <= 10
    main = table["n_null"].sel(null="cell_identity", detector="time_bin")
    assert 30 < int(main.sum()) <= 40
    assert np.all(table["n_planted"].sum("population") <= 6)
    known = table["power"].sel(kind="forward", level="nominal", detector="cell_identity")
    assert float(known.mean()) > 0.5


def test_two_populations_lend_each_other_no_fields(populations, rng):
    design = SignificanceDesign(**DESIGN, detectors=("time_bin",))
    table = calibrate_significance(populations[:2], design, rng)
    assert "cross_experiment" not in table["null"].values
    with pytest.raises(NeurosimError, match="found 1"):
        calibrate_significance(populations[:1], design, rng)


def test_the_line_score_is_measured_beside_the_correlation_alone():
    with pytest.raises(NeurosimError, match="scores"):
        SignificanceDesign(**DESIGN, scores=("line",))


def test_events_are_shared_evenly():
    assert share_evenly(10, 4) == [2, 3, 2, 3]
    assert sum(share_evenly(101, 7)) == 101


def passing(populations, parameters: EventParameters, rng) -> np.ndarray:
    """Share of diffusive events that pass each of three shuffles."""
    options = ShuffleOptions(99, ("time_bin", "column_cycle", "cell_identity"), None)
    found = [
        event_p_values(
            plant_kind(one, "diffusive", 60, parameters, rng), running_templates(one), options, rng
        )["p_value"].values[:, 0]
        for one in populations
    ]
    values = np.concatenate(found)
    return (values[np.isfinite(values).all(axis=1)] <= 0.05).mean(axis=0)


def test_long_random_walks_pass_as_often_as_published_and_short_ones_seldom(populations, rng):
    """Why 55-61 % of walks pass elsewhere and 14-37 % here: how long they last.

    A walk of 8 cm per 20 ms covers a field's width (0.4 m) in half a second. Measured with 80
    cells, 300 walks: 60-300 ms .29, .25, .16 (time bin, column cycle, cell identity); 300-600 ms
    .51, .50, .33, of one map .59, .54, .47; 600-1200 ms in 20 ms bins .73, .72, .64. Within 10
    points are bins of 10 or 20 ms, one map for two, true fields for estimated ones, and silent
    bins counted. Three times as many spikes do what a longer event does.
    """
    short = passing(populations, EventParameters(width_s=0.02), rng)
    lasting = {"duration_low_s": 0.3, "duration_high_s": 0.6}
    long = passing(populations, EventParameters(width_s=0.02, **lasting), rng)
    assert short.mean() < 0.3
    assert long.mean() > 0.35
    assert np.all(long > short + 0.1)
