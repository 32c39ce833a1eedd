"""Chains from laps, decoded laps and decoded events, on tracks as mazes."""

from collections import Counter

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData
from neurosim.decode.common import laps_in
from neurosim.decode.trajectories import EVENT_DIRECTIONS
from neurosim.decode.tuning import FieldParameters
from neurosim.files import flags
from neurosim.tasks.chain_measures import token_bits
from neurosim.tasks.chains import chains_of, split_chains, task_of
from neurosim.tasks.mazes import maze_dataset, maze_from_dataset
from neurosim.tasks.readers import LawReader
from neurosim.tasks.recorded_chains import ChainParameters, RecordedTrack, joined
from neurosim.tasks.track_chains import (
    place_mass,
    replay_chains,
    rewards_of_places,
    spike_chains,
    thinned,
    true_path_chains,
    wake_chains,
)
from neurosim.tasks.track_mazes import (
    TrackPlaces,
    track_maze,
    trips_of_task,
)
from neurosim.world.graph import linear_track, loop_track, w_track, y_track

FIELDS = FieldParameters(
    n_bins=50,
    smoothing_bins=1.5,
    min_speed_m_s=0.08,
    speed_smoothing_s=0.25,
    rate_floor_hz=0.05,
    arena_bin_m=0.04,
)


@pytest.fixture(params=["linear", "w"])
def track(request, recording):
    rewarded = (1, 2) if request.param == "w" else None
    kind = request.param
    here = RecordedTrack.of_task(recording, kind, kind, 0.2, rewarded)
    return recording, kind, here.places, here.maze


@pytest.mark.parametrize(
    ("graph", "kind"),
    [
        (linear_track(3.0), "linear"),
        (linear_track(2.0), "linear"),
        (w_track(0.8, 0.4), "w"),
        (y_track(0.7), "y"),
        (loop_track(3.0), "loop"),
    ],
)
def test_places_cover_a_track_and_its_law_is_one(graph, kind):
    places = TrackPlaces(graph, 0.2)
    maze = track_maze(places, trips_of_task(graph, kind))
    assert places.at(places.centre).tolist() == list(range(places.size))
    assert sum(trips_of_task(graph, kind).values()) == pytest.approx(1.0)
    assert maze.law.n_places == places.size  # also where no lap shows the last ones
    again = maze_from_dataset(maze_dataset(maze))
    assert again.law.n_places == places.size
    first, last = maze.law.endpoint_entropies()
    assert first == pytest.approx(last)


def test_laps_are_the_trips_of_the_law(track):
    """No chain costs more than its choices: what was run is what the law knows."""
    recording, name, places, maze = track
    chains = true_path_chains(recording, name, places, maze)
    assert chains.size == np.unique(laps_in(recording, name)).size - 1
    trips = [places.of_trip(trip).tolist() for trip in trips_of_task(places.graph, name)]
    assert all(chain.tolist() in trips for chain in chains.places)


def test_on_a_w_the_reward_is_at_the_outer_wells_and_paths_part_at_one_place(recording):
    here = RecordedTrack.of_task(recording, "w", "w", 0.2, (1, 2))
    chains, maze = here.laps(), here.maze
    outbound = np.array([chain[0] == 0 for chain in chains.places])
    assert np.array_equal(chains.reward == 1, outbound)
    assert maze.decision.sum() == 1
    assert rewards_of_places(maze).sum() == 2


def test_decoded_laps_have_the_decoders_errors_and_keep_their_lap(track):
    recording, name, places, maze = track
    true = true_path_chains(recording, name, places, maze)
    decoded = wake_chains(recording, name, places, maze, FIELDS, 0.25, 5)
    assert set(decoded.group) <= set(true.group)
    assert any(d.tolist() != t.tolist() for d, t in zip(decoded.places, true.places, strict=False))
    train, test = split_chains(true, 0.3, np.random.default_rng(0))
    held_out = set(true.group[test])
    learned = [lap for lap in decoded.group if lap not in held_out]
    assert held_out.isdisjoint(learned)
    assert train.size


def test_with_fewer_spikes_fewer_laps_can_be_told(recording):
    here = RecordedTrack.of_task(recording, "linear", "linear", 0.2)
    rng = np.random.default_rng(0)
    few = thinned(recording, 0.1, rng)
    share = few.spikes.sizes["spike"] / recording.spikes.sizes["spike"]
    assert share == pytest.approx(0.1, abs=0.01)
    truth = here.laps()
    known = dict(zip(truth.group, truth.places, strict=True))

    def wrong(chains):
        pairs = [
            (c.tolist(), known[g].tolist())
            for c, g in zip(chains.places, chains.group, strict=True)
        ]
        return np.mean([a != b for a, b in pairs])

    given = "linear", here.places, here.maze, FIELDS, 0.25, 5
    assert wrong(wake_chains(few, *given)) >= wrong(wake_chains(recording, *given))


def test_spikes_are_those_before_a_lap_and_after_it(recording):
    here = RecordedTrack.of_task(recording, "linear", "linear", 0.2)
    chains = spike_chains(recording, "linear", here.places, here.maze, 0.25)
    laps, units = laps_in(recording, "linear"), recording.units_in("CA1")
    last = recording.time[np.flatnonzero(laps == 0)[-1]]
    time, unit = recording.spikes_of(units)
    there = (time >= last) & (time < last + 1.0)
    expected = np.bincount(unit[there], minlength=units.size)
    assert np.array_equal(chains.counts[0, 1].sum(axis=0), expected)


def events(posterior, owner, silent, direction=("forward", "forward")):
    n = posterior.shape[0]
    return xr.Dataset(
        {
            "posterior": (("bin", "position"), posterior),
            "bin_event": ("bin", np.array(owner)),
            "bin_time": ("bin", 0.005 * np.arange(n) + 0.0025),
            "bin_silent": ("bin", np.array(silent)),
            "direction": flags(direction, EVENT_DIRECTIONS, "event", "direction"),
        },
        coords={"position": 0.1 + 0.2 * np.arange(10)},
    )


LAPS = chains_of([list(range(10)), list(range(9, -1, -1))] * 2, ["u0", "d0", "u1", "d1"], 10)


def replayed(data, chosen=(True, True), pooled_s=0.005):
    places = TrackPlaces(linear_track(2.0), 0.2)
    mass = place_mass(places, data, np.array(chosen))
    return replay_chains(mass, np.ones(10, int), LAPS, pooled_s, np.random.default_rng(0))


def test_the_place_of_a_stretch_has_most_posterior_and_silent_bins_say_nothing():
    peak = [1, 2, 3, 4, 5, 6, 0, 7]
    data = events(np.eye(10)[peak], [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 0, 0, 0, 0, 1, 0])
    chains, _ = replayed(data)
    assert [c.tolist() for c in chains.places] == [[1, 2, 3, 4], [5, 6, 7]]
    assert replayed(data, (False, True))[0].size == 1


def test_reverse_events_are_turned_around_and_unresolved_ones_left_out():
    peak = [1, 2, 3, 4, 5, 6, 7, 8]
    owner = [0] * 4 + [1] * 4
    chains, is_reverse = replayed(events(np.eye(10)[peak], owner, [0] * 8, ("reverse", "forward")))
    assert chains.places[0].tolist() == [4, 3, 2, 1]
    assert is_reverse.tolist() == [True, False]
    chains, _ = replayed(events(np.eye(10)[peak], owner, [0] * 8, ("unresolved", "forward")))
    assert chains.size == 1


def test_a_replay_goes_where_a_lap_along_its_path_goes():
    peak = [1, 2, 3, 4, 8, 7, 6, 5]
    chains, _ = replayed(events(np.eye(10)[peak], [0] * 4 + [1] * 4, [0] * 8))
    assert [name[0] for name in chains.group] == ["u", "d"]


def test_without_a_direction_there_is_nothing_to_learn():
    data = events(np.eye(10)[[1, 2, 3, 4]], [0] * 4, [0] * 4, ("unresolved", "unresolved"))
    with pytest.raises(MissingData, match="direction"):
        replayed(data)


PARAMETERS = ChainParameters(0.2, 0.25, 0.02, FIELDS, 5, 0.05)


@pytest.mark.parametrize("source", ["true_paths", "wake_decoded", "wake_kept_50", "spikes"])
def test_every_source_gives_chains_of_the_laps(recording, source):
    here = RecordedTrack.of_task(recording, "w", "w", 0.2, (1, 2))
    chains, is_reverse, maze = here.chains(source, PARAMETERS, np.random.default_rng(0))
    assert set(chains.group) <= set(here.laps().group)
    assert (chains.counts is not None) == (source == "spikes")
    assert is_reverse.shape == (chains.size,)
    assert not is_reverse.any()
    assert maze is here.maze


def test_the_law_of_an_unknown_task_is_that_of_its_laps(recording):
    """Each path costs what its share among all laps says."""
    here = RecordedTrack.of_laps(recording, "w", 0.2)
    laps = here.laps()
    words = [tuple(chain.tolist()) for chain in laps.places]
    starts = Counter(word[0] for word in words)
    task = task_of(laps, "forward")
    predicted = LawReader(here.maze.law).predict(task.source, task.target[:, :-1])
    bits = np.nansum(token_bits(predicted, task.target), axis=1)
    expected = [np.log2(starts[word[0]] / words.count(word)) for word in words]
    assert np.allclose(bits, expected)
    assert (laps.reward == 1).all()


def test_a_recording_without_chains_leaves_those_of_the_others(recording):
    here = RecordedTrack.of_task(recording, "linear", "linear", 0.2)

    def some():
        return here.chains("true_paths", PARAMETERS, np.random.default_rng(0))

    def none():
        raise MissingData("no laps")

    chains, _ = joined([none, some])
    assert chains.sizes["chain"] == here.laps().size
    with pytest.raises(MissingData, match="no laps"):
        joined([none, none])
