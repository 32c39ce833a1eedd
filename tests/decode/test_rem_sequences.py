"""Sequences in REM: parts against closed forms, both estimators against what was planted."""

import copy

import numpy as np
import pytest

from neurosim import MissingData
from neurosim.decode.common import laps_in, laps_of
from neurosim.decode.planted_signatures import planted_rem_compression
from neurosim.decode.position import fit_maps
from neurosim.decode.rem_sequences import (
    RemParameters,
    joined_windows,
    rem_counts,
    rem_sequences,
    sliding_correlation,
    template_matches,
)
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording
from neurosim.simulation import SimulationParameters, simulate_recording

PUBLIC = ("behaviour", "epochs", "units", "spikes", "track", "rewards")
REM = RemParameters(0.25, 2.0, 0.9, 0.5)


@pytest.fixture(scope="module")
def asleep(small_parameters):
    """A session with much REM; and its truth."""
    wanted = copy.deepcopy(small_parameters)
    wanted["session"] |= {"post_sleep_s": 300.0, "nrem_bout_s": 10.0, "rem_bout_s": 90.0}
    wanted["bursts"]["home_fraction"] = 1.0
    groups = simulate_recording(SimulationParameters.from_mapping(wanted), 3, "rat1")
    recording = Recording(name="rat1", attributes={}, **{n: groups[n] for n in PUBLIC})
    return recording, groups["truth/events"]


def test_windows_do_not_join_over_epochs():
    good, interval = np.ones(4, bool), np.array([0, 0, 1, 1])
    assert joined_windows(good, interval, 2).tolist() == [[0, 3], [2, 5]]
    assert joined_windows(~good, interval, 2).shape == (0, 2)


def test_correlation_is_pearsons_at_every_lag(rng):
    counts = rng.poisson(1.0, (12, 5)).astype(float)
    templates = rng.random((2, 4, 5))
    found = sliding_correlation(counts, templates)
    for number, lag in np.ndindex(2, 9):
        window = counts[lag : lag + 4]
        expected = np.corrcoef(templates[number].ravel(), window.ravel())[0, 1]
        assert found[number, lag] == pytest.approx(expected, abs=1e-5)


def test_both_estimators_recover_the_planted_compression(asleep, rng):
    recording, events = asleep
    planted = np.median(planted_rem_compression(events))
    maps = fit_maps(recording, FieldParameters(50, 1.5, 0.08, 0.25, 0.05), 0.02)
    by_name = {name: group.to_dataset() for name, group in maps.items()}
    ours = rem_sequences(recording, by_name, laps_of(recording), "linear", REM)
    assert float(ours["compression"].median()) == pytest.approx(planted, rel=0.15)
    units = by_name["linear"]["unit_index"].values
    theirs = template_matches(recording, units, laps_in(recording, "linear"), 0.25, rng)
    assert float(theirs["compression"].median()) == pytest.approx(planted, rel=0.3)
    for found in (ours, theirs):
        inside = (events["start"].values < found["stop"].values[:, None]) & (
            events["stop"].values > found["start"].values[:, None]
        )
        assert inside.any(axis=1).mean() > 0.8


def test_without_rem_after_running_there_is_nothing(hand_made):
    with pytest.raises(MissingData, match="REM after running"):
        rem_counts(hand_made(), np.zeros(1, int), 0.25)
