"""Sequenceness of place cells: transitions on graphs, and replay planted in sleep."""

import copy

import numpy as np
import pytest

from neurosim import MissingData, NeurosimError
from neurosim.decode.bins import make_bins
from neurosim.decode.places import TrackBins
from neurosim.decode.position import fit_place_fields
from neurosim.decode.segments import TrackSegments, posterior_in, track_sequenceness
from neurosim.decode.tdlm import Tdlm
from neurosim.decode.tuning import FieldParameters, place_fields
from neurosim.recording import Recording
from neurosim.simulation import SimulationParameters, simulate_recording
from neurosim.world.graph import linear_track, loop_track, w_track

PUBLIC = ("behaviour", "epochs", "units", "spikes", "track", "rewards")
FIELDS = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
METHOD = Tdlm(bin_s=0.005, max_lag_s=0.2)


@pytest.fixture(scope="module")
def asleep(small_parameters):
    """A function that makes a session with much sleep, and replay of some kinds in it."""

    def make(seed=3, **kinds):
        wanted = copy.deepcopy(small_parameters)
        wanted["session"] |= {"post_sleep_s": 300.0}
        wanted["bursts"]["home_fraction"] = 1.0
        wanted["events"]["nrem"]["kinds"] = kinds
        groups = simulate_recording(SimulationParameters.from_mapping(wanted), seed, "rat1")
        recording = Recording(name="rat1", attributes={}, **{n: groups[n] for n in PUBLIC})
        return recording, groups["truth/events"]

    return make


def measured(recording, **where):
    fields = fit_place_fields(recording, FIELDS, 0.02)
    where = {"n_segments": 8, "state": "nrem", "phase": "post"} | where
    return track_sequenceness(recording, fields, METHOD, np.random.default_rng(1), **where)


@pytest.mark.parametrize(
    ("kind", "sign", "alone"), [("forward", 1, "forward"), ("reverse", -1, "backward")]
)
def test_planted_replay_is_found_in_its_direction_and_at_its_speed(asleep, kind, sign, alone):
    recording, events = asleep(**{kind: 1.0})
    found = measured(recording)
    difference = found.sel(direction="difference")
    peak = difference["sequenceness"].isel(lag=np.abs(difference["sequenceness"]).values.argmax())
    assert np.sign(float(peak)) == sign
    assert float(difference["p_value"]) == pytest.approx(1 / 101)
    assert float(found["reversal_p_value"]) == pytest.approx(1 / 101)
    other = "backward" if alone == "forward" else "forward"
    assert float(found["p_value"].sel(direction=other)) > 0.05
    nrem = events.isel(event=np.isfinite(events["speed"].values) & (events["state"].values == 2))
    planted = float(np.median(np.abs(nrem["speed"].values)))
    step = float(found["speed"].sel(direction=alone))
    lag = float(found["peak_lag"].sel(direction=alone))
    assert abs(0.25 / planted - lag) <= 2 * METHOD.bin_s  # a segment is a quarter of a metre
    assert step == pytest.approx(0.25 / lag)


@pytest.mark.parametrize("kind", ["stationary", "diffusive"])
def test_what_goes_nowhere_passes_permuted_states_but_not_turned_time(asleep, kind):
    """Neighbours share cells: only an arrow of time says that something moved along the track."""
    found = measured(asleep(**{kind: 1.0})[0])
    assert (found["p_value"].sel(direction=["forward", "backward"]) <= 0.05).all()
    assert float(found["reversal_p_value"]) > 0.05


@pytest.mark.parametrize(
    "graph", [linear_track(2.0), w_track(0.8, 0.4), loop_track(3.0)], ids=["linear", "w", "loop"]
)
def test_transitions_lead_to_touching_segments_in_the_running_direction(graph):
    segments = TrackSegments.of(graph, 16)
    bins, n = segments.bins, segments.bins.size
    matrix = segments.transitions()
    outbound, inbound = matrix[:n, :n], matrix[n:, n:]
    np.testing.assert_array_equal(outbound, inbound.T)
    assert not matrix[:n, n:].any()
    assert not matrix[n:, :n].any()
    distance = graph.distance(bins.centre, bins.centre)
    before, after = np.nonzero(outbound)
    half = graph.edge_length / np.bincount(bins.edge) / 2
    touching = half[bins.edge[before]] + half[bins.edge[after]]
    np.testing.assert_allclose(distance[before, after], touching)
    same = bins.edge[before] == bins.edge[after]
    assert (bins.centre[after] > bins.centre[before])[same].all()
    assert same.sum() == n - graph.edge_length.size
    start, end = graph.edge_node.T
    assert (~same).sum() == (end[:, None] == start).sum()


def test_courses_hold_all_mass_of_the_posterior_and_stop_at_gaps(rng):
    graph = linear_track(2.0)
    places = TrackBins(graph, 20)
    fields = place_fields(np.ones((2, 20, 3)), np.ones((2, 20)), places, "linear")
    bins = make_bins(np.array([[0.0, 1.0], [2.0, 2.6]]), 0.1)
    posterior = rng.dirichlet(np.ones(40), bins.size).reshape(-1, 2, 20)
    courses = TrackSegments.of(graph, 5).courses(posterior, fields, bins)
    assert [one.shape for one in courses] == [(10, 10), (6, 10)]
    together = np.concatenate(courses)
    np.testing.assert_allclose(together.sum(axis=1), 1.0)
    np.testing.assert_allclose(together[:, 6], posterior[:, 1, 4:8].sum(axis=1))  # inbound


def test_silent_bins_are_flat_and_every_bin_sums_to_one(recording):
    fields = fit_place_fields(recording, FIELDS, 0.02)
    posterior, bins = posterior_in(recording, fields, np.array([[0.0, 5.0]]), 0.01)
    assert posterior.shape == (500, 2, fields.sizes["position"])
    np.testing.assert_allclose(posterior.sum(axis=(1, 2)), 1.0, rtol=1e-6)
    assert bins.size == 500


def test_what_cannot_be_measured_is_named(recording):
    with pytest.raises(NeurosimError, match="at least 4"):
        TrackSegments.of(linear_track(2.0), 3)
    with pytest.raises(MissingData, match="expected rem in phase run, found none"):
        measured(recording, state="rem", phase="run")
