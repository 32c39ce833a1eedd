"""The mix of events that published estimators read, and what they read."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr
from test_population import LENGTH, PARAMETERS

from neurosim import NeurosimError
from neurosim.calibration.papers import (
    DURATIONS,
    KINDS,
    MOVING,
    PaperDesign,
    draw_mix,
    replicate_papers,
)
from neurosim.calibration.population import PATH_STEP, draw_populations
from neurosim.cells.virtual import PathParameters
from neurosim.files import flag_names

PATHS = PathParameters(1.0, 4.0, 0.0167, 0.0112, 0.08, 0.005, 1.0, 0.25, 1.0, 0.15)
KIND_SHARES = {
    "forward": 0.4,
    "reverse": 0.1,
    "accelerating": 0.1,
    "hover_and_jump": 0.1,
    "diffusive": 0.1,
    "stationary": 0.1,
    "fragmented": 0.1,
}
DESIGN = PaperDesign(
    n_events=100,
    kinds=KIND_SHARES,
    compression_median=18.0,
    compression_log_sd=0.3,
    gain=3.0,
    run_speed_m_s=0.5,
    slowest_ratio=1.0,
    fastest_ratio=100.0,
    bin_s=0.005,
    n_shuffles=39,
    alpha=0.05,
    paths=PATHS,
)


@pytest.fixture(scope="module")
def populations():
    return draw_populations(PARAMETERS, np.random.default_rng(8))


@pytest.fixture(scope="module")
def read(populations):
    return replicate_papers(populations, DESIGN, np.random.default_rng(2))


def test_mix_has_the_shares_it_was_given(rng):
    mix = draw_mix(DESIGN, 200, LENGTH, rng)
    names, numbers = np.unique(mix.kind, return_counts=True)
    assert dict(zip(names, numbers.tolist(), strict=True)) == {
        kind: round(200 * share) for kind, share in KIND_SHARES.items()
    }
    going = mix.direction[np.isin(mix.kind, MOVING)]
    assert set(going) == {"forward", "reverse"}
    assert set(mix.direction[~np.isin(mix.kind, MOVING)]) == {"none"}


def test_paths_have_the_speeds_and_directions_they_are_said_to_have(rng):
    mix = draw_mix(DESIGN, 300, LENGTH, rng)
    assert mix.paths.position.min() >= 0
    assert mix.paths.position.max() <= LENGTH
    assert np.all(mix.paths.duration <= DURATIONS[1] + 1e-9)
    parts = np.split(mix.paths.position, mix.paths.first[1:])
    for event, path in enumerate(parts):
        assert path.size == round(mix.paths.duration[event] / PATH_STEP)
        if mix.kind[event] in MOVING[:2]:
            rising = mix.paths.outbound[event] == (mix.direction[event] == "forward")
            velocity = (path[-1] - path[0]) / (path.size - 1) / PATH_STEP
            assert velocity == pytest.approx(mix.speed[event] * (1 if rising else -1))
        elif mix.kind[event] not in MOVING:
            assert np.isnan(mix.speed[event])
    ratio = mix.speed[np.isfinite(mix.speed)] / DESIGN.run_speed_m_s
    assert np.median(ratio) == pytest.approx(18.0, rel=0.08)
    assert np.std(np.log(ratio)) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize(
    ("kinds", "words"),
    [({"forward": 0.5}, "sum of 0.5"), ({"forward": 0.5, "sideways": 0.5}, "sideways")],
)
def test_mixes_that_are_none_are_refused(kinds, words):
    with pytest.raises(NeurosimError, match=words):
        replace(DESIGN, kinds=kinds)


def test_every_event_is_read_by_every_reader(read):
    assert read.sizes["event"] == DESIGN.n_events
    assert np.bincount(read["source"].values).tolist() == [50, 50]
    assert set(flag_names(read["kind"])) == set(KINDS)
    assert 0 < read.attrs["calibrated_alpha"] < 0.3
    np.testing.assert_allclose(read["model_share"].sum("model"), 1)
    np.testing.assert_allclose(read["recovered_share"].sum("model"), 1)
    planted = read["displacement"].sel(place="planted", group="forward")
    assert np.all(np.diff(planted.values, axis=1) > 0)


def test_readers_find_the_planted_speed_where_their_method_does(read):
    moving = np.isin(flag_names(read["kind"]), MOVING)
    ratio = read["speed"][moving] / read["true_speed"][moving]
    middle = ratio.median("event").to_series()
    assert middle["ours"] == pytest.approx(1.0, abs=0.1)
    assert middle["davidson2009"] == pytest.approx(1.0, abs=0.2)
    assert middle["denovellis2021"] < 0.85
    assert middle["krause2022"] < 0.95


def test_rest_passes_the_shuffles_of_the_line_but_is_not_directed(read):
    """The shuffles reject "no structure", not "no movement"."""
    resting = read.sel(event=(flag_names(read["kind"]) == "stationary") & (read["duration"] >= 0.1))
    assert resting.sizes["event"] >= 5
    # p values are multiples of 1/41 here and a handful of events: by chance a tenth would pass
    assert (resting["line_p_value"] <= 0.1).mean() > 0.5
    assert "directed" not in flag_names(resting["our_model"])


def test_populations_without_events_are_left_out(populations):
    small = replace(DESIGN, n_events=1, kinds={"forward": 1.0})
    read = replicate_papers(populations, small, np.random.default_rng(3))
    assert read.sizes["event"] == 1
    assert read.sizes["population"] == 1


def test_same_generator_gives_the_same_numbers(populations):
    small = replace(DESIGN, n_events=16)
    one, two = (replicate_papers(populations, small, np.random.default_rng(4)) for _ in range(2))
    xr.testing.assert_identical(one, two)
