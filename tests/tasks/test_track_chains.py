"""Chains from laps, decoded laps and decoded events."""

import numpy as np
import xarray as xr

from neurosim.decode.common import laps_in
from neurosim.decode.trajectories import EVENT_DIRECTIONS
from neurosim.files import flags
from neurosim.tasks.track_chains import replay_chains, true_path_chains, wake_chains


def test_a_lap_visits_the_places_between_the_end_zones_in_order(recording):
    chains = true_path_chains(recording, 10, 3)
    assert len(chains.places) == laps_in(recording, "linear").max() + 1
    for chain in chains.places:
        assert np.all(np.abs(np.diff(chain)) == 1)
        assert {chain[0], chain[-1]} <= {0, 1, 8, 9}


def test_decoded_laps_keep_the_decoders_errors_and_pass_over_silent_bins(recording):
    lap = recording.behaviour["lap"].values
    inside = np.flatnonzero(lap == 0)[::5]
    estimate = np.linspace(0.31, 1.69, inside.size)
    estimate[1], estimate[2] = np.nan, 1.99  # a silent bin, and one decoded far off
    outside = np.flatnonzero(lap < 0)[:1]
    decoded = xr.Dataset(
        {"estimate": ("time", np.concatenate([[0.01], estimate]))},
        coords={"time": recording.time[np.concatenate([outside, inside])]},
    )
    chains = wake_chains(recording, decoded, 10, 3)
    (chain,) = chains.places
    assert chain[:3].tolist() == [1, 9, 2]  # the place outside of laps is no part of it
    assert chain[3:].tolist() == list(range(3, 9))
    assert chains.group.tolist() == [f"{recording.name}/lap0"]


def events(posterior, owner, silent, direction=("forward", "forward")):
    n = posterior.shape[0]
    return xr.Dataset(
        {
            "posterior": (("bin", "position"), posterior),
            "bin_event": ("bin", owner),
            "bin_time": ("bin", 0.005 * np.arange(n) + 0.0025),
            "bin_silent": ("bin", silent),
            "start": ("event", np.array([0.0, 0.02])),
            "direction": flags(direction, EVENT_DIRECTIONS, "event", "direction"),
        },
        coords={"position": 0.1 + 0.2 * np.arange(10)},
    )


def test_the_place_of_a_stretch_has_most_posterior_and_silent_bins_say_nothing():
    peak = [1, 1, 3, 3, 5, 5, 0, 7]
    data = events(np.eye(10)[peak], [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 0])
    chains = replay_chains(data, np.array([True, True]), "s", 10, 2, 0.01)
    assert [c.tolist() for c in chains.places] == [[1, 3], [5, 7]]
    assert chains.group.tolist() == ["s/event0", "s/event1"]
    only = replay_chains(data, np.array([False, True]), "s", 10, 2, 0.01)
    assert only.group.tolist() == ["s/event1"]


def test_reverse_events_are_turned_around_and_unresolved_ones_left_out():
    peak = [1, 1, 3, 3, 5, 5, 6, 7]
    silent = [0] * 8
    data = events(np.eye(10)[peak], [0] * 4 + [1] * 4, silent, ("reverse", "unresolved"))
    chains = replay_chains(data, np.array([True, True]), "s", 10, 2, 0.01)
    assert [c.tolist() for c in chains.places] == [[3, 1]]
