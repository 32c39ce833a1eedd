"""Calibration of dynamics: what is planted, and that the evidence reads it back."""

from dataclasses import replace

import numpy as np
import pytest
from test_population import LENGTH, PARAMETERS

from neurosim.calibration.dynamics import PLANTED, DynamicsDesign, calibrate_dynamics
from neurosim.calibration.kinds import EventParameters
from neurosim.calibration.population import draw_populations
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DYNAMICS
from neurosim.files import flag_names

EVENTS = EventParameters(fragment_s=0.005)
DECODER = DynamicsParameters(bin_s=0.005, speed_ratio=1.15)


@pytest.fixture(scope="module")
def populations():
    return draw_populations(
        replace(PARAMETERS, cells=replace(PARAMETERS.cells, n_cells=80)), np.random.default_rng(8)
    )


@pytest.fixture(scope="module")
def events(populations):
    design = DynamicsDesign(51, EVENTS, DECODER)
    return calibrate_dynamics(populations, design, np.random.default_rng(2))


def test_every_dynamic_has_its_events_in_every_population(events):
    planted, population = flag_names(events["planted"]), events["population"].values
    for name in PLANTED:
        number = np.bincount(population[planted == name])
        assert number.sum() == 51
        assert np.ptp(number) <= len(PLANTED[name])


def test_planted_events_are_what_they_are_called(events):
    planted, span = flag_names(events["planted"]), events["span"].values
    assert events["duration"].min() >= 0.06
    assert events["duration"].max() <= 0.305
    for name in ("directed", "accelerating", "hover_and_jump"):
        assert span[planted == name].min() > 0.4  # samples lie within the ends
        assert span[planted == name].max() <= LENGTH
    assert np.all(span[planted == "stationary"] == 0)
    walk = planted == "diffusive"
    # The mean range of Brownian motion is sqrt(8 t / pi) SDs (Feller 1951); walls cut some off.
    expected = np.sqrt(8 * events["duration"].values[walk] / 0.02 / np.pi) * 0.08
    assert np.mean(span[walk] / expected) == pytest.approx(0.93, abs=0.1)


def test_evidence_reads_what_was_planted(events):
    read = np.array(DYNAMICS)[events["log_evidence"].values.argmax(axis=1)]
    planted = flag_names(events["planted"])
    share = {(a, b): np.mean(read[planted == a] == b) for a in PLANTED for b in DYNAMICS}
    assert share["directed", "directed"] > 0.9
    assert share["diffusive", "directed"] < 0.15
    assert share["diffusive", "diffusive"] > 0.5
    assert share["stationary", "stationary"] > 0.75
    assert share["fragmented", "fragmented"] > 0.95
    assert share["accelerating", "directed"] > 0.7


def test_walks_that_go_far_are_read_better(events):
    walk = flag_names(events["planted"]) == "diffusive"
    path = events["probability"].values[walk, :2].sum(axis=1)
    far = events["span"].values[walk] >= 0.3
    assert path[far].mean() > path[~far].mean() + 0.1


def test_known_fields_give_the_planted_dynamic_more_evidence(events):
    planted = flag_names(events["planted"])
    right = [
        [
            evidence[planted == name, DYNAMICS.index(name)]
            - np.logaddexp.reduce(evidence[planted == name], axis=1)
            for name in DYNAMICS
        ]
        for evidence in (events["log_evidence"].values, events["known_log_evidence"].values)
    ]
    estimated, known = (np.concatenate(parts).mean() for parts in right)
    assert known > estimated


def test_same_generator_gives_the_same_bytes(populations):
    design = DynamicsDesign(3, EVENTS, DECODER)
    one, two = (calibrate_dynamics(populations, design, np.random.default_rng(4)) for _ in range(2))
    assert one.identical(two)
