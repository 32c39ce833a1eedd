"""Fields and positions in every environment of a recording, against what was planted there."""

from dataclasses import replace

import numpy as np
import pytest
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.cells.spikes import thin_poisson
from neurosim.decode.common import laps_in, laps_of
from neurosim.decode.heading import HeadingSpikes
from neurosim.decode.position import decode_wake_position, fit_maps, fit_place_fields
from neurosim.decode.tuning import FieldParameters, arena_run, track_run
from neurosim.files import flag_names
from neurosim.recording import Recording, spikes_dataset, units_dataset
from neurosim.world.behaviour import simulate_behaviour
from neurosim.world.hypnogram import Session, hypnogram
from neurosim.world.movement import Movement
from neurosim.world.track import make_environment, track_dataset

FIELDS = FieldParameters(
    n_bins=80,
    smoothing_bins=1.5,
    min_speed_m_s=0.08,
    speed_smoothing_s=0.2,
    rate_floor_hz=0.05,
    arena_bin_m=0.05,
)
WIDTH = 0.12  # m, SD of the planted fields
N = 60
MEASURES = {
    "w": {"arm_m": 0.8, "spacing_m": 0.4, "error_fraction": 0.2},
    "y": {"arm_m": 0.8},
    "loop": {"length_m": 2.4},
    "linear": {"length_m": 2.0},
    "arena": {"side_m": 1.0},
}
PLACES = [
    make_environment(name, {"kind": name, "duration_s": 300.0} | measures)
    for name, measures in MEASURES.items()
]
TRACKS = [place.name for place in PLACES if place.name != "arena"]
GRAPHS = {place.name: place.graph for place in PLACES if place.name != "arena"}


@pytest.fixture(scope="module")
def planted() -> tuple[Recording, dict[str, np.ndarray]]:
    """Cells with one field an environment, half of them in one running direction only."""
    rng = np.random.default_rng(5)
    session = Session(
        pre_sleep_s=10.0, rest_s=10.0, post_sleep_s=10.0, nrem_bout_s=5.0, rem_bout_s=5.0
    )
    movement = Movement(50.0, 0.5, 0.5, 0.15, 140.0, 0.2)
    epochs = hypnogram(session, PLACES, rng)
    behaviour, rewards = simulate_behaviour(epochs, PLACES, movement, rng)
    track = track_dataset({p.name: getattr(p, "graph", p) for p in PLACES})
    where, time = flag_names(behaviour["environment"]), behaviour["time"].values
    centres, times, units = {}, [], []
    for place in PLACES:
        here = np.flatnonzero(where == place.name)
        clock = time[here]
        if place.name == "arena":
            centre = rng.uniform(0, 1, (N, 2))
            position = behaviour["position"].values[here].astype(float)
            distance = np.hypot(*(position[:, None] - centre).T).T
            preferred = np.ones((here.size, N))
        else:
            centre = rng.uniform(0, place.graph.length, N)
            along = behaviour["track_position"].values[here].astype(float)
            edge = behaviour["edge"].values[here]
            along = place.graph.within(along, edge - edge.min())
            distance = place.graph.distance(along, centre)
            travelled, orientation = place.graph.unroll(along, edge - edge.min())
            outbound = np.gradient(travelled) * orientation > 0
            preferred = np.where(np.arange(N) < N // 2, 1.0, outbound[:, None])
        rate = 20.0 * preferred * np.exp(-0.5 * (distance / WIDTH) ** 2) + 0.1
        bounds = np.array([[clock[0], clock[-1]]])
        found = thin_poisson(
            lambda t, c, rate=rate, clock=clock: rate[np.searchsorted(clock, t) - 1, c],
            np.full(N, 20.2),
            bounds,
            rng,
        )
        times.append(found[0])
        units.append(found[1])
        centres[place.name] = centre
    recording = Recording(
        name="planted",
        behaviour=behaviour,
        epochs=epochs,
        units=units_dataset(
            np.full(N, "CA1"), np.full(N, "left"), np.array([f"u{i}" for i in range(N)])
        ),
        spikes=spikes_dataset(np.concatenate(times), np.concatenate(units)),
        track=track,
        attributes={},
        rewards=rewards,
    )
    return recording, centres


@pytest.mark.parametrize("name", TRACKS)
def test_fields_peak_near_the_planted_centres_by_distance_along_the_graph(planted, name):
    recording, centres = planted
    fields = fit_place_fields(recording, FIELDS, 0.02, name)
    assert fields.attrs["environment"] == name
    assert fields.attrs["track_length"] == pytest.approx(GRAPHS[name].length)
    np.testing.assert_array_equal(
        fields["edge"].values, GRAPHS[name].edge_of(fields["position"].values)
    )
    best = fields["rate"].values.max(axis=0).argmax(axis=0)
    off = GRAPHS[name].separation(fields["position"].values[best], centres[name])
    assert np.median(off) < 0.05
    assert np.mean(off < WIDTH) > 0.9


@pytest.mark.parametrize("name", ["w", "y", "linear"])
def test_cells_of_one_direction_have_their_field_in_the_outbound_map(planted, name):
    recording, _ = planted
    rate = fit_place_fields(recording, FIELDS, 0.02, name)["rate"].values.max(axis=1)
    assert np.all(rate[0, N // 2 :] > 2 * rate[1, N // 2 :])
    both = rate[:, : N // 2]
    assert np.mean(both.min(axis=0) > 0.5 * both.max(axis=0)) > 0.9


def test_fields_around_the_junction_reach_into_every_arm(planted):
    """The planted rate at every bin, for cells whose centre is near where paths part."""
    recording, centres = planted
    graph = GRAPHS["w"]
    fields = fit_place_fields(recording, FIELDS, 0.02, "w")
    junction = graph.within(np.array([np.inf]), np.array([0]))
    near = np.flatnonzero(graph.distance(junction, centres["w"])[0] < 1.5 * WIDTH)
    near = near[near < N // 2]
    assert near.size > 2
    distance = graph.distance(fields["position"].values, centres["w"][near])
    expected = 0.1 + 20.0 * np.exp(-0.5 * (distance / WIDTH) ** 2)
    visited = fields["occupancy"].values > 0.3
    found = fields["rate"].values[..., near]
    for edge in (0, 1, 3):
        rows = visited & (fields["edge"].values == edge)
        assert (
            np.corrcoef(found[rows].ravel(), np.tile(expected, (2, 1, 1))[rows].ravel())[0, 1] > 0.9
        )


@pytest.mark.parametrize("name", TRACKS)
def test_occupancy_is_the_time_spent_running_there(planted, name):
    recording, _ = planted
    run = track_run(recording, 0.2, name)
    moving = np.sum(np.abs(run.velocity) > FIELDS.min_speed_m_s) * 0.02
    occupancy = fit_place_fields(recording, FIELDS, 0.02, name)["occupancy"]
    assert occupancy.sum() == pytest.approx(moving, rel=0.02)
    if name == "loop":
        assert occupancy.sel(direction="inbound").sum() == 0


@pytest.mark.parametrize("name", TRACKS)
def test_the_velocity_is_that_along_the_edge(planted, name):
    """Beside the junction too, where the track position jumps."""
    recording, _ = planted
    run, graph = track_run(recording, 0.1, name), GRAPHS[name]
    same = run.edge[1:] == run.edge[:-1]
    moved = np.diff(run.position)
    clear = same & (np.abs(moved) > 0.15 * 0.02)
    assert np.mean(np.sign(run.velocity[1:])[clear] == np.sign(moved[clear])) > 0.995
    crossing = np.flatnonzero(~same)
    assert (crossing.size > 50) == (graph.edge_length.size > 1)
    wells = np.array([graph.node_position_on_track(well) for well in graph.wells])
    crossing = crossing[graph.distance(run.position[crossing], wells).min(axis=1) > 0.1]
    assert np.all(np.abs(run.velocity[crossing]) > 0.2)
    assert np.abs(run.velocity).max() < 1.1


@pytest.mark.parametrize("name", TRACKS)
def test_positions_are_decoded_on_every_track(planted, name):
    recording, _ = planted
    decoded = decode_wake_position(recording, FIELDS, 0.25, 5, name)
    assert decoded.attrs["environment"] == name
    error = decoded["error"].values
    heard = np.isfinite(error)
    expected = GRAPHS[name].separation(
        decoded["estimate"].values[heard], decoded["position"].values[heard]
    )
    np.testing.assert_allclose(error[heard], expected, atol=1e-9)
    assert np.nanmedian(error) < 0.07
    right = (decoded["outbound_probability"].values > 0.5) == (decoded["outbound"].values == 1)
    assert right.mean() > 0.9


def test_fields_in_an_arena_are_those_planted(planted):
    recording, centres = planted
    fields = fit_place_fields(recording, replace(FIELDS, min_speed_m_s=0.03), 0.02, "arena")
    assert fields["rate"].dims == ("direction", "position", "unit")
    assert fields.sizes["direction"] == 1
    assert fields.sizes["position"] == 400
    places = np.column_stack([fields["x"].values, fields["y"].values])
    visited = fields["occupancy"].values[0] > 0.1
    distance = np.hypot(*(places[visited, None] - centres["arena"]).T).T
    expected = 0.1 + 20.0 * np.exp(-0.5 * (distance / WIDTH) ** 2)
    found = fields["rate"].values[0, visited]
    assert np.corrcoef(found.ravel(), expected.ravel())[0, 1] > 0.85
    run = arena_run(recording, "arena")
    assert fields["occupancy"].sum() == pytest.approx(np.sum(run.speed > 0.03) * 0.02, rel=0.03)


def test_every_environment_has_a_map_of_its_own_name(planted):
    recording, _ = planted
    maps = fit_maps(recording, FIELDS, 0.02)
    assert list(maps.children) == [*TRACKS, "arena"]
    for name in TRACKS:
        xr.testing.assert_identical(
            maps[name].to_dataset(), fit_place_fields(recording, FIELDS, 0.02, name)
        )


def test_the_linear_track_is_the_default_and_has_laps(planted):
    recording, _ = planted
    default = fit_place_fields(recording, FIELDS, 0.02)
    assert default.attrs["environment"] == "linear"
    xr.testing.assert_identical(default, fit_place_fields(recording, FIELDS, 0.02, "linear"))
    laps = laps_of(recording)
    assert laps.outbound.size == np.unique(laps_in(recording, "linear")).size - 1
    np.testing.assert_array_equal(laps.outbound, np.arange(laps.outbound.size) % 2 == 0)
    with pytest.raises(MissingData, match=r"linear track.*'w'"):
        laps_of(recording, "w")


def test_an_environment_that_is_not_there_is_named(planted):
    recording, _ = planted
    for function in (
        fit_place_fields,
        lambda *given: decode_wake_position(*given[:3], 5, given[3]),
    ):
        with pytest.raises(NeurosimError, match="'maze'"):
            function(recording, FIELDS, 0.02, "maze")


def scaled_arena(recording: Recording, factor: float) -> Recording:
    """The same with the corners of the arena elsewhere, as positions in another unit have them."""
    here = flag_names(recording.track["node_environment"]) == "arena"
    corners = recording.track["node_position"].values.copy()
    corners[here] *= factor
    position = recording.track["node_position"].copy(data=corners)
    return replace(recording, track=recording.track.assign(node_position=position))


def test_an_arena_in_pixels_is_refused_and_a_point_is_missing(planted):
    recording, _ = planted
    with pytest.raises(NeurosimError, match=r"'arena' to have at most .* pixels") as raised:
        fit_place_fields(scaled_arena(recording, 640.0), FIELDS, 0.02, "arena")
    assert not isinstance(raised.value, MissingData)
    with pytest.raises(MissingData, match="'arena' to span an area"):
        fit_place_fields(scaled_arena(recording, 0.0), FIELDS, 0.02, "arena")


def test_headings_are_taken_from_the_arena_alone(planted):
    recording, _ = planted
    units = recording.units.assign(region=("unit", np.full(N, "ADN", dtype=object)))
    bins, _ = HeadingSpikes.of(replace(recording, units=units)).counts(0.1, "run")
    ((start, stop),) = recording.intervals(environment="arena")
    assert bins.start[0] == start
    assert bins.stop[-1] == pytest.approx(stop)
