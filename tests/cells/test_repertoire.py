"""Paths that are given, in place of drawn ones."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.cells.virtual import Repertoire
from neurosim.files import flag_names
from neurosim.simulation import SimulationParameters, simulate_recording, with_repertoire


@given(st.integers(1, 400), st.integers(0, 200), st.integers(0, 100))
def test_any_number_of_draws_holds_the_right_share_of_reverse_paths(n, n_reverse, seed):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0.0, 1.0, 200)
    away = rng.uniform(0.1, 0.9, 200)
    stop = np.where(np.arange(200) < n_reverse, start - away, start + away)
    paths = Repertoire(np.zeros(200, int), start, stop)
    drawn = paths.even_draws(n, rng)
    share = paths.reverse[drawn].mean()
    assert abs(share - n_reverse / 200) <= 3 * np.log2(n + 2) / n  # independent: a root of n


def test_a_path_that_goes_nowhere_is_refused():
    with pytest.raises(NeurosimError, match=r"path 1: .* at 0.5 m"):
        Repertoire(np.zeros(2, int), np.array([0.2, 0.5]), np.array([0.9, 0.5]))


def test_rest_and_sleep_replay_the_repertoire_and_nothing_else(small_parameters):
    home = {"linear": small_parameters["environments"]["linear"]}
    start, stop = np.array([0.2, 1.7, 0.3]), np.array([1.5, 0.4, 1.1])
    paths = Repertoire(np.array([0, 0, 1]), start, stop)
    parameters = SimulationParameters.from_mapping(small_parameters | {"environments": home})
    given_paths = with_repertoire(parameters, paths, rate_hz=0.5, empty_fraction=0.2)
    events = simulate_recording(given_paths, 3, "agent")["truth/events"]
    after = events.isel(event=flag_names(events["phase"]) == "post")
    kind, way = flag_names(after["kind"]), flag_names(after["direction"])
    assert set(kind) == {"forward", "reverse", "empty"}
    assert np.array_equal(way[kind != "empty"], kind[kind != "empty"])
    moving = after.isel(event=kind != "empty")
    ends = np.column_stack([moving["path_start"], moving["path_stop"]])
    known = [(0.2, 1.5), (1.7, 0.4), (2.0 - 0.3, 2.0 - 1.1)]  # inbound from the other end
    assert {min(range(3), key=lambda i: np.abs(e - known[i]).sum()) for e in ends} == {0, 1, 2}
    assert all(min(np.abs(e - k).sum() for k in known) < 0.01 for e in ends)
    assert set(flag_names(events.isel(event=flag_names(events["phase"]) == "pre")["kind"])) <= {
        "empty"
    }
