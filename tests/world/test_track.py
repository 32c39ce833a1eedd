"""Environments: made from their measures, written as nodes and edges, read back as graphs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import KINDS, environment

from neurosim import MissingData, NeurosimError
from neurosim.recording import Recording
from neurosim.world.behaviour import behaviour_dataset
from neurosim.world.graph import TrackGraph
from neurosim.world.hypnogram import epochs_dataset
from neurosim.world.track import make_environment, track_dataset


def recording_of(names: list[str], track, drop: tuple[str, ...] = ()) -> Recording:
    """A recording that holds the environments of some kinds and nothing else."""
    tracks = {n: environment(n).graph for n in names if n != "arena"}
    flag = ("none", *names)
    n = len(names)
    return Recording(
        name="test",
        behaviour=behaviour_dataset(
            np.arange(2 * n) * 0.1,
            np.zeros((2 * n, 2)),
            np.where(np.repeat(np.array(names) != "arena", 2), 0.1, np.nan),
            None,
            np.repeat(names, 2),
            flag,
            tracks,
        ),
        epochs=epochs_dataset(
            np.arange(n), np.arange(n) + 1.0, ["run"] * n, ["run"] * n, np.array(names), flag
        ),
        units=None,
        spikes=None,
        track=track.drop_vars(drop) if track is not None else None,
        attributes={},
    )


@given(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=5, unique=True))
def test_a_recording_gives_its_graphs_back(names):
    places = {n: getattr(environment(n), "graph", environment(n)) for n in names}
    recording = recording_of(names, track_dataset(places))
    assert recording.track_environments == tuple(n for n in names if n != "arena")
    assert recording.arena_environments == tuple(n for n in names if n == "arena")
    for name in recording.track_environments:
        graph = recording.track_graph(name)
        np.testing.assert_array_equal(graph.node_position, places[name].node_position)
        np.testing.assert_array_equal(graph.edge_node, places[name].edge_node)
        assert graph.wells == places[name].wells


@given(st.permutations(["w", "linear", "y", "arena"]))
def test_the_default_track_is_the_first_linear_one_else_the_first(names):
    places = {n: getattr(environment(n), "graph", environment(n)) for n in names}
    recording = recording_of(names, track_dataset(places))
    assert recording.track_name() == "linear"
    assert recording.track_length == 2.0
    without = [n for n in names if n != "linear"]
    recording = recording_of(without, track_dataset({n: places[n] for n in without}))
    assert recording.track_name() == next(n for n in without if n != "arena")


def test_without_flags_of_wells_they_are_where_a_track_ends():
    track = track_dataset({"w": environment("w").graph})
    recording = recording_of(["w"], track, drop=("well", "edge_environment", "edge_length"))
    assert recording.track_graph("w").wells == environment("w").graph.wells


def test_a_track_that_is_not_there_is_named_with_those_that_are():
    track = track_dataset({"w": environment("w").graph})
    with pytest.raises(NeurosimError, match=r"'w', found 'loop'"):
        recording_of(["w"], track).track_graph("loop")
    with pytest.raises(MissingData, match="expected a track"):
        recording_of(["arena"], None).track_graph()


def test_nodes_and_edges_have_their_sizes():
    linear, arena = environment("linear").graph, environment("arena")
    written = track_dataset({"linear": linear, "arena": arena})
    nodes = written["node_position"].values
    first, last = written["edge_node"].values[0]
    assert np.hypot(*(nodes[last] - nodes[first])) == written["edge_length"].values[0] == 2.0
    corners = nodes[written["node_environment"].values == 2]
    assert np.ptp(corners, axis=0).tolist() == [1.0, 1.0]
    assert len({tuple(corner) for corner in corners.tolist()}) == 4
    assert written["well"].values.tolist() == [1, 1, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"kind": "zigzag"}, r"here\.kind.*'linear'.*found 'zigzag'"),
        ({}, r"here\.kind.*found None"),
        ({"kind": "w", "arm_m": 1.0}, r"here.*'spacing_m'.*'w'"),
    ],
)
def test_an_environment_that_cannot_be_made_is_refused_by_its_key(values, words):
    with pytest.raises(NeurosimError, match=words):
        make_environment("here", values)


def test_a_track_takes_what_the_animal_does_there():
    place = make_environment(
        "b", KINDS["w"] | {"duration_s": 9.0, "similar_to": "a", "shared_fraction": 0.5}
    )
    assert isinstance(place.graph, TrackGraph)
    assert (place.name, place.duration_s, place.rewarded_wells) == ("b", 9.0, (1, 2))
    assert (place.similar_to, place.shared_fraction, place.error_fraction) == ("a", 0.5, 0.2)
    assert place.alternates
    assert not environment("y").alternates
