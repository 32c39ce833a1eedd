"""Similarity of estimated maps: what noise takes away, the correction gives back."""

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.cells.maps import map_similarity
from neurosim.decode.map_reliability import (
    corrected_similarity,
    estimated_similarity,
    whole_reliability,
)
from neurosim.decode.position import fit_halves, fit_maps, fit_place_fields
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import open_recording

FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
WIDTH = 0.02


def noisy(rate, seconds, rng):
    return rng.poisson(rate * seconds) / seconds


def test_correction_gives_back_what_noise_took(rng):
    a, other = rng.gamma(1.0, 2.0, (2, 300, 60))
    b = np.where(rng.random(60) < 0.5, a, other)
    halves = [[noisy(rate, 0.5, rng) for _ in range(2)] for rate in (a, b)]
    whole = [0.5 * (first + second) for first, second in halves]
    raw = map_similarity(*whole)
    reliability = [whole_reliability(map_similarity(*pair)) for pair in halves]
    assert raw < 0.9 * map_similarity(a, b)
    assert corrected_similarity(raw, *reliability) == pytest.approx(map_similarity(a, b), abs=0.02)


def test_correction_of_noise_alone_is_no_number():
    assert np.isnan(corrected_similarity(0.1, -0.2, 0.9))
    assert np.isnan(corrected_similarity(0.1, np.nan, 0.9))


def test_halves_make_up_the_whole(recording_path):
    recording = open_recording(recording_path)
    whole = fit_place_fields(recording, FIELDS, WIDTH, "linear")
    halves = fit_halves(recording, FIELDS, WIDTH, "linear")
    seconds = sum(half["occupancy"] for half in halves)
    np.testing.assert_allclose(seconds, whole["occupancy"])
    assert min(float(half["occupancy"].sum()) for half in halves) > 0.4 * float(seconds.sum())


def test_tracks_are_compared_with_themselves_and_with_those_of_the_same_bins(recording_path):
    recording = open_recording(recording_path)
    maps = fit_maps(recording, FIELDS, WIDTH)
    found = estimated_similarity(recording, maps, FIELDS, WIDTH)
    pairs = list(zip(found["environment_a"].values, found["environment_b"].values, strict=True))
    assert pairs == [("linear", "linear"), ("w", "w")]
    assert float(found["population_vector"][0]) > 0.7
    assert np.isnan(found["population_vector_corrected"]).all()
    with pytest.raises(MissingData, match="place fields on a track"):
        estimated_similarity(recording, xr.DataTree(), FIELDS, WIDTH)
