"""Events of a recording as counts, and what a calibrated alpha changes."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.decode.event_tests import event_counts, passes, track_pair, track_templates


def test_spikes_of_each_event_are_counted_in_bins_of_its_own(rng):
    times, unit = np.sort(rng.uniform(0, 3, 400)), rng.integers(0, 5, 400)
    recording = SimpleNamespace(spikes_of=lambda units: (times, unit))
    start, lasting = np.array([0.5, 1.2, 2.0]), np.array([0.1, 0.04, 0.2])
    events = xr.Dataset({"start": ("event", start), "stop": ("event", start + lasting)})
    found = event_counts(recording, np.arange(5), events, 0.02)
    assert np.bincount(found.event).tolist() == [5, 2, 10]
    for number, first in enumerate(start):
        rows = found.counts[found.event == number]
        for k, row in enumerate(rows):
            inside = (times >= first + 0.02 * k - 1e-9) & (times < first + 0.02 * (k + 1) - 1e-9)
            np.testing.assert_array_equal(row, np.bincount(unit[inside], minlength=5))


def as_tested(plain, graded, **attributes) -> xr.Dataset:
    dims, score = ("event", "score", "shuffle"), {"score": ["weighted_correlation"]}
    shape = (len(plain), 1, 1)
    values = {"p_value": plain, "graded_p_value": graded}
    arrays = {name: (dims, np.reshape(value, shape)) for name, value in values.items()}
    return xr.Dataset(arrays, score, attributes)


def test_a_calibrated_alpha_is_held_against_graded_p_values():
    plain, graded = [0.01, 0.01, 0.04, np.nan], [0.001, 0.009, 0.035, np.nan]
    assert passes(as_tested(plain, graded), 0.05).tolist() == [True, True, True, False]
    found = passes(as_tested(plain, graded, calibrated_alpha=0.005), 0.05)
    assert found.tolist() == [True, False, False, False]


def fields(positions, n_directions=2) -> xr.Dataset:
    shape = (n_directions, len(positions), 3)
    return xr.Dataset(
        {
            "rate": (("direction", "position", "unit"), np.ones(shape)),
            "occupancy": (("direction", "position"), np.ones(shape[:2])),
        },
        {"position": positions},
    )


def test_tracks_of_one_shape_are_paired():
    long, short, arena = fields(np.arange(4.0)), fields(np.arange(3.0)), fields(np.arange(4.0), 1)
    maps = {"a": short, "b": long, "arena": arena, "c": long}
    assert track_pair(maps) == ("b", "c")
    both = track_templates(maps["b"], maps["c"])
    assert both.rate.shape == (4, 4, 3)
    with pytest.raises(MissingData, match="found a, b"):
        track_pair({"a": short, "b": long})
    with pytest.raises(MissingData, match="found none"):
        track_pair({"arena": arena})
