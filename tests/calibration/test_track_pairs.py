"""The log odds tell a detector that finds replay from one that finds nothing."""

import numpy as np
import pytest

from neurosim.calibration.track_pairs import compare_tracks, track_pair_table
from neurosim.decode.nulls import null_events
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.templates import EventCounts, Templates

WIDTH, N_UNITS, N_PLACES = 0.01, 40, 20
POSITIONS = (np.arange(N_PLACES) + 0.5) * 0.1
ALPHAS = (0.02, 0.2)
OPTIONS = ShuffleOptions(99, grid=None)


@pytest.fixture(scope="module")
def tracks() -> tuple[EventCounts, Templates]:
    """Sweeps along two tracks with unrelated maps, 150 each."""
    rng = np.random.default_rng(12)
    centre = rng.uniform(0, 2, (2, 1, N_UNITS))
    rate = 0.3 + 12 * np.exp(-0.5 * ((POSITIONS[:, None] - centre) / 0.15) ** 2)
    track = np.repeat([0, 1], 150 * N_PLACES)
    place = np.tile(np.arange(N_PLACES), 300)
    counts = rng.poisson(2 * WIDTH * rate[track, place]).astype(np.float32)
    events = EventCounts(counts, np.repeat(np.arange(300), N_PLACES), 300, WIDTH)
    return events, Templates(rate, np.ones((2, N_PLACES), bool), POSITIONS)


def test_detected_replay_is_of_the_tracks_cells(tracks, rng):
    table = track_pair_table(*tracks, ALPHAS, ["time_bin", "cell_identity"], OPTIONS, rng)
    assert table["difference"].dims == ("detector", "score", "alpha")
    assert np.all(table["difference"] > 5 * table["standard_error"])
    assert np.all(table["detected_fraction"] > 0.7)
    # A looser alpha finds more events, more of them on both tracks.
    assert np.all(table["detected_fraction"].diff("alpha") >= 0)
    assert np.all(table["n_both"].diff("alpha") > 0)


def test_what_is_detected_among_null_events_is_of_no_track(tracks, rng):
    [(null, templates)] = null_events("cell_identity", *tracks, rng)
    table = track_pair_table(null, templates, ALPHAS, ["time_bin"], OPTIONS, rng)
    loose = table.sel(alpha=0.2)
    assert np.all(np.abs(loose["difference"]) < 4 * loose["standard_error"])


def test_every_event_is_held_against_both_tracks(tracks, rng):
    events, templates = tracks
    options = ShuffleOptions(99, ("cell_identity", "time_bin"), grid=None)
    compared = compare_tracks(events, templates, options, rng)
    assert compared["p_value"].dims == ("event", "track")
    log_odds = compared["log_odds"].values
    assert (log_odds[:150] > 0).mean() > 0.95
    assert (log_odds[150:] < 0).mean() > 0.95
    p_value = compared["p_value"].values
    assert np.median(p_value[:150, 0]) <= 0.02 < np.median(p_value[:150, 1])
    assert np.all(compared["graded_p_value"].values <= p_value + 1e-12)
