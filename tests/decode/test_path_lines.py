"""Paths through environments: against brute force, and which environment made an event."""

import numpy as np
import pytest
import xarray as xr

from neurosim.decode.path_lines import (
    arena_space,
    nowhere_evidence,
    route_runs,
    route_space,
    weigh_paths,
)
from neurosim.decode.places import ArenaBins, TrackBins
from neurosim.decode.position import fit_place_fields
from neurosim.decode.tuning import FieldParameters, place_fields
from neurosim.recording import open_recording
from neurosim.world.graph import linear_track, w_track

WIDTH = 0.005


def track_fields(graph, name, rng, n_units=30, n_bins=24) -> xr.Dataset:
    bins = TrackBins(graph, n_bins)
    centres = rng.uniform(0, graph.length, n_units)
    bump = np.exp(-0.5 * (graph.distance(bins.centre, centres) / 0.15) ** 2)
    way = rng.integers(0, 2, n_units)
    rate = np.stack([0.2 + 12 * bump * (way == d) for d in (0, 1)])
    return place_fields(rate, np.ones(rate.shape[:2]), bins, name)


def arena_fields(rng, n_units=30) -> xr.Dataset:
    bins = ArenaBins((0.0, 0.0), (1.0, 1.0), 0.1)
    away = np.linalg.norm(bins.centres[:, None] - rng.uniform(0, 1, (n_units, 2)), axis=2)
    rate = (0.2 + 12 * np.exp(-0.5 * (away / 0.12) ** 2))[None]
    return place_fields(rate, np.ones(rate.shape[:2]), bins, "arena")


def test_routes_lead_from_well_to_well_in_the_running_direction(rng):
    graph = w_track(0.8, 0.4)
    space = route_space(track_fields(graph, "w", rng), graph)
    assert space.ends == ((0, 3), (0, 5), (3, 0), (3, 5), (5, 0), (5, 3))
    n = TrackBins(graph, 24).size
    outbound = [np.mean(way < n) for way in space.space.way]
    np.testing.assert_allclose(outbound, [1, 1, 0, 0.5, 0, 0.5])
    for number, route in enumerate(space.routes):
        place, _ = graph.along(route, space.travelled[number])
        np.testing.assert_allclose(space.position[number], place)
    stretches = np.abs(space.span())
    assert stretches.max() == pytest.approx(max(r.length for r in space.routes), rel=0.1)


def test_evidence_and_posterior_are_those_of_every_path_written_out(rng):
    graph = linear_track(1.0)
    space = route_space(track_fields(graph, "linear", rng, 8, 6), graph).space
    counts, event = rng.poisson(0.7, (9, 8)).astype(float), np.repeat([0, 1], [5, 4])
    evidence, paths = weigh_paths(counts, event, space, WIDTH)
    for number in (0, 1):
        found = counts[event == number]
        values = []
        for line in range(space.n_lines):
            rate = space.rate[space.states(len(found), np.array([line]))[0]]
            total = rate.sum() * WIDTH
            values.append(np.sum(found * np.log(rate)) - found.sum() * np.log(total))
        weight = np.exp(values)
        assert evidence[number] == pytest.approx(np.log(weight.mean()), abs=1e-4)
        best = paths[number]
        np.testing.assert_allclose(
            best.weight, weight[best.line] / weight[best.line].sum(), rtol=1e-3
        )


def test_paths_over_places_where_nobody_was_are_ruled_out(rng):
    graph = linear_track(1.0)
    fields = track_fields(graph, "linear", rng, 8, 6)
    fields["occupancy"][:, 0] = 0.0
    space = route_space(fields, graph).space
    _, (paths,) = weigh_paths(
        rng.poisson(1.0, (6, 8)).astype(float), np.zeros(6, int), space, WIDTH
    )
    assert (space.states(6, paths.line) >= 0).all()


def test_the_environment_that_made_an_event_is_told_from_the_others(rng):
    tracks = {"linear": linear_track(2.0), "w": w_track(0.8, 0.4)}
    maps = {name: track_fields(graph, name, rng) for name, graph in tracks.items()}
    spaces = {name: route_space(maps[name], graph).space for name, graph in tracks.items()}
    spaces["arena"] = arena_space(arena_fields(rng))
    made, counts = [], []
    for index, space in enumerate(spaces.values()):
        for line in rng.integers(0, space.n_lines, 15):
            states = space.states(24, np.array([line]))[0]
            counts.append(rng.poisson(3 * WIDTH * space.rate[states]))
            made.append(index)
    rows = np.concatenate(counts).astype(float)
    event = np.repeat(np.arange(len(made)), 24)
    evidence = [weigh_paths(rows, event, space, WIDTH)[0] for space in spaces.values()]
    best = np.argmax(evidence, axis=0)
    assert np.mean(best == made) > 0.9
    nowhere = nowhere_evidence(rows, event, list(spaces.values()), WIDTH)
    assert np.mean(nowhere.max(axis=1) < np.max(evidence, axis=0)) > 0.8


def test_a_burst_without_a_place_is_no_path(rng):
    graph = linear_track(2.0)
    space = route_space(track_fields(graph, "linear", rng), graph).space
    mean = 3 * WIDTH * space.rate.mean(axis=0)
    counts = rng.poisson(np.tile(mean, (24 * 30, 1))).astype(float)
    event = np.repeat(np.arange(30), 24)
    evidence, _ = weigh_paths(counts, event, space, WIDTH)
    assert np.mean(nowhere_evidence(counts, event, [space], WIDTH)[:, 1] > evidence) > 0.9


def test_runs_are_counted_by_route(recording_path):
    recording = open_recording(recording_path)
    fields = fit_place_fields(recording, FieldParameters(50, 1.5, 0.08, 0.25, 0.05), 0.02, "w")
    space = route_space(fields, recording.track_graph("w"))
    runs = dict(zip(space.ends, route_runs(recording, space).tolist(), strict=True))
    centre = space.graph.wells[0]
    laps = recording.behaviour["lap"].values[recording.samples_in("w")]
    assert sum(runs.values()) == np.unique(laps[laps >= 0]).size
    assert sum(n for ends, n in runs.items() if centre not in ends) == 0
