"""The course of a session."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sessions import KINDS, environment

from neurosim import NeurosimError
from neurosim.files import flag_names
from neurosim.world.hypnogram import Session, hypnogram

DURATIONS = {
    "pre_sleep_s": 240.0,
    "rest_s": 200.0,
    "post_sleep_s": 600.0,
    "nrem_bout_s": 80.0,
    "rem_bout_s": 40.0,
}
SECONDS = st.floats(0.5, 5000.0)
PLACES = st.lists(
    st.tuples(st.sampled_from(list(KINDS)), SECONDS),
    min_size=1,
    max_size=4,
    unique_by=lambda p: p[0],
)
LINEAR = environment("linear", 100.0)


def time_in(epochs, **wanted: str) -> float:
    keep = np.ones(epochs.sizes["epoch"], dtype=bool)
    for name, value in wanted.items():
        keep &= flag_names(epochs[name]) == value
    return float((epochs["stop"] - epochs["start"]).values[keep].sum())


@given(st.builds(Session, **dict.fromkeys(DURATIONS, SECONDS)), PLACES, st.integers(0, 1000))
def test_durations_add_up_and_every_state_is_visited(session, places, seed):
    environments = [environment(kind, seconds) for kind, seconds in places]
    epochs = hypnogram(session, environments, np.random.default_rng(seed))
    assert time_in(epochs, phase="pre") == pytest.approx(session.pre_sleep_s)
    for kind, seconds in places:
        assert time_in(epochs, environment=kind) == pytest.approx(seconds)
    assert time_in(epochs, state="run") == pytest.approx(sum(seconds for _, seconds in places))
    assert time_in(epochs, state="rest") == pytest.approx(session.rest_s)
    assert time_in(epochs, phase="post") == pytest.approx(session.rest_s + session.post_sleep_s)
    for phase in ("pre", "post"):
        assert time_in(epochs, phase=phase, state="nrem") > 0
        assert time_in(epochs, phase=phase, state="rem") > 0


@given(st.builds(Session, **dict.fromkeys(DURATIONS, SECONDS)), PLACES, st.integers(0, 1000))
def test_epochs_follow_one_another_without_gap_or_overlap(session, places, seed):
    environments = [environment(kind, seconds) for kind, seconds in places]
    epochs = hypnogram(session, environments, np.random.default_rng(seed))
    start, stop = epochs["start"].values, epochs["stop"].values
    assert start[0] == 0
    assert np.all(stop > start)
    np.testing.assert_array_equal(start[1:], stop[:-1])


def test_sleep_alternates_and_begins_with_nrem(rng):
    epochs = hypnogram(Session(**DURATIONS), [LINEAR], rng)
    states, phases = flag_names(epochs["state"]), flag_names(epochs["phase"])
    before = states[phases == "pre"].tolist()
    after = states[phases == "post"].tolist()
    assert before == ["nrem", "rem"] * 2
    assert after == ["rest", *["nrem", "rem"] * 5]
    assert set(flag_names(epochs["inactivation"])) == {"none"}


def test_bouts_have_their_mean_and_vary(rng):
    session = Session(**DURATIONS | {"post_sleep_s": 120_000.0})
    epochs = hypnogram(session, [LINEAR], rng)
    length = (epochs["stop"] - epochs["start"]).values
    after = flag_names(epochs["phase"]) == "post"
    for state, mean in (("nrem", 80.0), ("rem", 40.0)):
        bouts = length[after & (flag_names(epochs["state"]) == state)]
        assert bouts.mean() == pytest.approx(mean, rel=0.05)
        assert bouts.std() / bouts.mean() == pytest.approx(8**-0.5, rel=0.12)


@pytest.mark.parametrize("name", DURATIONS)
@pytest.mark.parametrize("duration", [0.0, -1.0, float("nan")])
def test_a_state_that_is_never_visited_is_refused_by_the_name_of_its_key(name, duration, rng):
    with pytest.raises(NeurosimError) as error:
        hypnogram(Session(**DURATIONS | {name: duration}), [LINEAR], rng)
    assert f"session.{name}" in str(error.value)
    assert str(duration) in str(error.value)
    assert "\n" not in str(error.value)


@given(PLACES)
def test_environments_are_run_in_their_order_and_named_in_the_flags(places):
    environments = [environment(kind, seconds) for kind, seconds in places]
    epochs = hypnogram(Session(**DURATIONS), environments, np.random.default_rng(0))
    names = [kind for kind, _ in places]
    assert epochs["environment"].attrs["flag_meanings"].split() == ["none", *names]
    running = flag_names(epochs["phase"]) == "run"
    assert flag_names(epochs["environment"])[running].tolist() == names
    assert set(flag_names(epochs["state"])[running]) == {"run"}


def test_an_environment_without_time_is_refused_by_the_name_of_its_key(rng):
    with pytest.raises(NeurosimError, match=r"environments\.w\.duration_s.*found 0"):
        hypnogram(Session(**DURATIONS), [LINEAR, environment("w", 0.0)], rng)
