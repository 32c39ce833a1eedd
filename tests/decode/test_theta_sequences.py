"""Theta compression: the parts against closed forms, the whole against planted precession."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import MissingData
from neurosim.cells.theta import sequence_compression
from neurosim.decode.position import fit_place_fields
from neurosim.decode.theta_lags import (
    LAG_BIN,
    MAX_LAG,
    correlograms,
    find_fields,
    precession_frequency,
    theta_part,
    wave_number,
)
from neurosim.decode.theta_sequences import (
    RunningSpikes,
    fit_sweep,
    lag_sequences,
    sweep_sequences,
    theta_lags,
)
from neurosim.decode.tuning import FieldParameters
from neurosim.files import load
from neurosim.recording import open_recording

FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
LAG = LAG_BIN * np.arange(-round(MAX_LAG / LAG_BIN), round(MAX_LAG / LAG_BIN) + 1)


def test_fields_are_found_where_they_are():
    x = (np.arange(50) + 0.5) * 0.04
    curves = [8 * np.exp(-0.5 * ((x - 0.53) / 0.12) ** 2), np.full(50, 0.2)]
    curves.append(curves[0] + 5 * np.exp(-0.5 * ((x - 1.5) / 0.12) ** 2))
    curves.append(9 * np.exp(-0.5 * ((x - 2.0) / 0.12) ** 2))  # cut off by the track's end
    fields = find_fields(np.stack([curves, curves]).transpose(0, 2, 1), x)
    assert fields.unit.tolist() == [0, 2, 2, 0, 2, 2]
    assert fields.direction.tolist() == [0, 0, 0, 1, 1, 1]
    np.testing.assert_allclose(fields.centre[:3], [0.53, 0.53, 1.5], atol=0.005)
    half = 0.12 * np.sqrt(2 * np.log(5))
    np.testing.assert_allclose(fields.high[0] - fields.low[0], 2 * half, atol=0.08)


def test_correlograms_count_pairs(rng):
    times, field = np.sort(rng.uniform(0, 3, 80)), rng.integers(0, 3, 80)
    counts = correlograms(times, field, 3)
    place = np.floor((times - times[0]) / LAG_BIN).astype(int)
    for lag in (0, 7, 60):
        pairs = lag == np.subtract.outer(place, place).T
        for a, b in np.ndindex(3, 3):
            assert counts[lag, a, b] == pairs[np.ix_(field == a, field == b)].sum()


@given(st.floats(-0.055, 0.055), st.floats(-0.4, 0.4))
def test_envelope_does_not_move_the_wave(lag, met):
    envelope = np.exp(-0.5 * ((LAG - met) / 0.45) ** 2)
    values = 50 * envelope * (1 + 0.4 * np.cos(2 * np.pi * 8.5 * (LAG - lag)))
    found = np.angle(theta_part(values[:, None], 8.5)[0]) / (2 * np.pi * 8.5)
    assert found == pytest.approx(lag, abs=0.004)


def test_frequency_of_the_firing_is_that_of_its_lags():
    values = np.exp(-0.5 * (LAG / 0.4) ** 2) * (3 + np.cos(2 * np.pi * 8.7 * LAG))
    values[LAG.size // 2] = 1e4  # a spike with itself
    assert precession_frequency(values) == pytest.approx(8.7, abs=0.1)


@given(st.floats(1.0, 20.0), st.integers(0, 1000))
def test_slope_is_found_where_lags_pass_half_a_cycle(number, seed):
    rng = np.random.default_rng(seed)
    distance = rng.uniform(-0.5, 0.5, 300)
    noise = rng.normal(size=300) + 1j * rng.normal(size=300)
    part = np.exp(1j * number * distance) + 0.5 * noise
    assert wave_number(part, distance) == pytest.approx(number, abs=0.5)


def test_sweep_is_the_line_of_the_likelihood():
    ahead = np.arange(-0.5, 0.51, 0.02)
    clock = (np.arange(16) + 0.5) / 16 - 0.5
    place = 0.04 + 0.3 * clock
    terms = -200 * (ahead - np.roll(place, 5)[:, None]) ** 2
    sweep = fit_sweep(terms, np.ones_like(terms), 100, ahead)
    assert sweep.span == pytest.approx(0.3, abs=0.021)
    assert sweep.middle == pytest.approx(0.04, abs=0.011)
    assert sweep.cut == pytest.approx(2 * np.pi * 5 / 16)


def test_planted_precession_is_recovered_and_decoding_sweeps_less(recording_path, small_parameters):
    recording = open_recording(recording_path)
    fields = fit_place_fields(recording, FIELDS, 0.02, "linear")
    lags = lag_sequences(recording, fields, FIELDS)
    sweep = sweep_sequences(recording, fields, load(recording_path, "oscillations"), FIELDS)
    place = small_parameters["place_cells"]
    expected = sequence_compression(
        3 * place["field_sd_m"],
        place["theta"]["frequency_hz"],
        place["precession_deg"],
        lags["running_speed"].item(),
    )
    assert lags["compression"].item() == pytest.approx(expected, rel=0.2)
    assert 1 < sweep["compression"].item() < lags["compression"].item()
    assert sweep["theta_frequency"].item() == pytest.approx(8.0, abs=0.3)


def test_without_fields_that_overlap_there_is_no_lag():
    spikes = RunningSpikes(*np.zeros((3, 0)), *np.zeros((2, 0), int))
    fields = find_fields(np.full((2, 50, 3), 0.1), np.arange(50) * 0.04)
    with pytest.raises(MissingData, match="overlap"):
        theta_lags(spikes, fields)
