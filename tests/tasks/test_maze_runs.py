"""Runs of an alternation: what is shown, what is asked, and where memory is needed."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.cells.maps import map_similarity
from neurosim.tasks.maze_runs import (
    CELLS,
    Alternation,
    MazeParameters,
    draw_runs,
    place_rates,
)
from neurosim.tasks.maze_tasks import MazeFamily, draw_maze_task, remapping_mazes
from neurosim.world.laps import END_ZONE

TRACKS = {
    "default": MazeParameters(),
    "fine": MazeParameters(arm_m=0.6, spacing_m=0.3, place_m=0.1),
    "long_arm": MazeParameters(arm_m=1.2, spacing_m=0.2, place_m=0.2),
}


@pytest.fixture(params=TRACKS)
def track(request):
    given = TRACKS[request.param]
    return given, Alternation.on(given.places)


def test_runs_lead_from_one_side_to_the_centre_and_to_the_other(track):
    given, runs = track
    arm, spacing = (round(length / given.place_m) for length in (given.arm_m, given.spacing_m))
    zone = END_ZONE * (2 * given.arm_m + given.spacing_m)  # about each well, of the shortest way
    hidden = int(zone / given.place_m + 1e-6)  # places that lie within it
    left, right = runs.path
    centre = np.arange(hidden, arm)
    sides = [arm + k * (arm + spacing) + np.arange(arm + spacing - hidden) for k in (0, 1)]
    way = [centre[::-1], centre[1:]]  # the place of the centre well comes once
    np.testing.assert_array_equal(left, np.concatenate([sides[0][::-1], *way, sides[1]]))
    np.testing.assert_array_equal(right, np.concatenate([sides[1][::-1], *way, sides[0]]))
    assert runs.inbound.sum() == 2 * arm + spacing - 2 * hidden
    assert runs.n_starts == arm - hidden


def test_steps_lead_to_the_next_place_of_the_track(track):
    given, runs = track
    graph, centre = given.places.graph, given.places.centre
    for path in runs.path:
        np.testing.assert_allclose(
            graph.separation(centre[path[:-1]], centre[path[1:]]), given.place_m, rtol=1e-6
        )


def test_only_the_choice_takes_memory(track):
    _, runs = track
    following = {}
    for path in runs.path:
        for index, (here, after) in enumerate(pairwise(path)):
            following.setdefault((here, bool(runs.inbound[index])), set()).add(int(after))
    ambiguous = [key for key, places in following.items() if len(places) > 1]
    assert ambiguous == [(runs.path[0, runs.choice], False)]


@pytest.mark.parametrize("linger", [0.0, 0.4])
def test_examples_are_runs(linger):
    given = MazeParameters(n_mazes=1, n_train=300, linger=linger)
    runs = Alternation.on(given.places)
    part = remapping_mazes(given, np.random.default_rng(0)).tasks[0].train
    starts, repeats = [], []
    for x, y, choice in zip(part.x, part.y, part.choice, strict=True):
        asked = int((y >= 0).sum())
        assert (y[asked:] == -1).all()
        assert (x[asked:] == 0).all()
        assert not choice[asked:].any()
        visits = y[:asked][np.flatnonzero(np.diff(y[:asked], prepend=-1))]
        (path,) = [p for p in runs.path if p[-1] == y[asked - 1]]
        np.testing.assert_array_equal(visits, path[-visits.size :])
        assert set(y[:asked][choice[:asked]]) == {path[runs.choice + 1]}
        starts.append(path.size - 1 - visits.size)
        repeats.append(asked - visits.size)
    assert set(starts) == set(range(runs.n_starts))
    n_places = 300 * (runs.path.shape[1] - 1) - sum(starts)
    spread = np.sqrt(n_places * linger * (1 - linger))
    assert abs(sum(repeats) - linger * n_places) <= 4 * spread


def test_counts_are_poisson_with_the_rate_of_place_and_direction():
    given = MazeParameters(bin_s=0.5)
    runs = Alternation.on(given.places)
    (rate,) = place_rates(given, 1, np.random.default_rng(0))
    part = draw_runs(runs, rate, 4000, given, np.random.default_rng(1))
    counts, n_steps = np.square(part.x, dtype=float), part.x.shape[1]
    np.testing.assert_allclose(counts, np.rint(counts), atol=1e-3)
    # A run ends with its path, so its length tells where it is at each step.
    asked = (part.y >= 0).sum(axis=1)
    side = (part.y[np.arange(4000), asked - 1] == runs.path[1, -1]).astype(int)
    index = np.arange(n_steps) + (n_steps - asked)[:, None]
    for here in range(n_steps):
        for way in (0, 1):
            seen = counts[(index == here) & (side[:, None] == way)]
            expected = rate[int(runs.inbound[here]), runs.path[way, here]] * given.bin_s
            error = np.sqrt(expected / len(seen))
            assert (np.abs(seen.mean(axis=0) - expected) < 5 * error).all()
            fano = seen.var(axis=0)[expected > 0.5] / expected[expected > 0.5]
            assert np.abs(fano - 1).max() < 5 * np.sqrt(4 / len(seen))


def test_rates_of_places_are_means_of_the_map_there():
    given = replace(TRACKS["fine"], cells=replace(CELLS, n_cells=5))
    fine = replace(given, place_m=0.01)  # as fine as the map
    rates, bins = (
        place_rates(each, 2, np.random.default_rng(0)).astype(float) for each in (given, fine)
    )
    np.testing.assert_allclose(rates, bins.reshape(2, 2, -1, 10, 5).mean(axis=3), rtol=1e-5)


def test_maps_remap_between_mazes_unless_cells_keep_their_fields():
    similar = {}
    for shared in (0.0, 0.5, 1.0):
        given = MazeParameters(shared_fraction=shared, cells=replace(CELLS, n_cells=200))
        first, *others = place_rates(given, 3, np.random.default_rng(0)).reshape(3, -1, 200)
        similar[shared] = [map_similarity(first, other) for other in others]
    assert np.abs(similar[0.0]).max() < 0.2
    assert 0.3 < min(similar[0.5]) < max(similar[0.5]) < 0.7
    np.testing.assert_allclose(similar[1.0], 1)


def test_family_keeps_the_track_and_draws_new_maps():
    family = MazeFamily({"cells": {"n_cells": 12}, "linger": 0.2}, n_support=4, n_query=6)
    first, again, other = (
        draw_maze_task(np.random.default_rng(seed), family) for seed in (0, 0, 1)
    )
    assert first.train.x.shape == (4, 24, 12)
    assert first.test.x.shape == (6, 24, 12)
    assert first.train.x.tobytes() == again.train.x.tobytes()
    means = [np.square(t.test.x).mean(axis=(0, 1)) for t in (first, other)]
    assert np.corrcoef(means)[0, 1] < 0.9  # the same cells fire elsewhere, and otherwise
    assert family.n_features == 12
    assert family.n_outputs == 11


def test_values_that_cannot_be_are_named():
    with pytest.raises(NeurosimError, match=r"cells: expected options among .*found 'n_cell'"):
        MazeParameters(cells={"n_cell": 12})
    with pytest.raises(NeurosimError, match="bin_s: expected more than 0, found 0"):
        MazeParameters(bin_s=0)
    with pytest.raises(NeurosimError, match="family of mazes: expected options among"):
        MazeFamily({"n_maze": 2})
    with pytest.raises(NeurosimError, match="n_query: expected at least 1, found 0"):
        MazeFamily(n_query=0)
