"""A subject of the scrambled task: what is planted, and what comes back of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.decode.tdlm import Tdlm
from neurosim.files import flag_names
from neurosim.tasks.scrambled_session import orders_to_test, scrambled_session
from neurosim.tasks.scrambled_subject import ScrambledStudy
from neurosim.tasks.sensor_replay import (
    Codes,
    ReplayParameters,
    activation_series,
    plant_replay,
)

CODES = Codes(8, 4, 2)
CHAINS = [[3, 1, 0, 2], [7, 6, 5, 4]]
MANY = ScrambledStudy(replay=ReplayParameters(3000))
METHOD = Tdlm("whitened", max_lag_s=0.3)


@given(st.integers(0, 200), st.integers(0, 30))
def test_every_event_runs_through_its_chain_led_by_its_structure(seed, n_events):
    rng = np.random.default_rng(seed)
    parameters = ReplayParameters(n_events)
    events = plant_replay(CHAINS, ["forward", "reverse"], parameters, 20.0, CODES, rng)
    ways = flag_names(events["way"])
    for number in range(n_events):
        rows = events.isel(activation=events["event_index"].values == number)
        code, time = rows["code"].values, rows["time"].values
        chain = int(events["chain"][number])
        assert ways[number] == ("forward", "reverse")[chain]
        forward = chain == 0
        is_object = code < 8
        order = np.argsort(time[is_object])
        assert code[is_object][order].tolist() == (CHAINS[0] if forward else CHAINS[1][::-1])
        np.testing.assert_allclose(np.diff(time[is_object][order]), 0.04)
        position = (code >= 8) & (code < 12)
        order = np.argsort(time[position])
        assert (code[position][order] - 8).tolist() == ([0, 1, 2, 3] if forward else [3, 2, 1, 0])
        assert (code[code >= 12] == 12 + chain).all()
        lead = np.sort(time[is_object]) - np.sort(time[position])
        np.testing.assert_allclose(lead, 0.05)
    series = activation_series(events, CODES.size, 0.01)
    assert series.shape == (2000, 14)
    assert series.sum() == pytest.approx(12 * n_events)


def test_events_without_structure_or_of_another_gain(rng):
    parameters = ReplayParameters(5, gain=2.0, structure_gain=0.0)
    events = plant_replay(CHAINS, ["forward"] * 2, parameters, 10.0, CODES, rng)
    assert events["code"].values.max() < 8
    assert activation_series(events, 14, 0.01).sum() == pytest.approx(5 * 4 * 2.0)


@pytest.fixture(scope="module", params=["inferred", "seen"])
def session(request):
    return scrambled_session(MANY, request.param, METHOD, np.random.default_rng(8))


def test_the_order_of_the_learner_is_found_and_the_other_is_not(session):
    replayed = session.attrs["replayed"]
    other = {"seen": "inferred", "inferred": "seen"}[replayed]
    before = session.sel(condition="before", sequence="both", direction="forward")
    assert float(before["p_value"].sel(order=replayed)) == pytest.approx(1 / 101)
    assert float(before["peak_lag"].sel(order=replayed)) == pytest.approx(0.04, abs=0.0101)
    assert float(before["p_value"].sel(order=other)) > 0.05


def test_reward_turns_its_own_sequence_round_and_leaves_the_neutral_one(session):
    difference = (
        session["sequenceness"]
        .sel(order=session.attrs["replayed"], direction="difference")
        .sel(lag=0.04, method="nearest")
    )
    sign = np.sign(difference)
    assert sign.sel(sequence="rewarded").values.tolist() == [1, -1]
    assert sign.sel(sequence="neutral").values.tolist() == [1, 1]
    peak = session["peak_lag"].sel(order=session.attrs["replayed"], direction="difference")
    single = peak.sel(sequence=["rewarded", "neutral"])
    np.testing.assert_allclose(single, 0.04, atol=0.0101)
    counts = session["n_events"]
    assert counts.sel(sequence="both").sum("way").values.tolist() == [3000, 3000]
    reverse = counts.sel(way="reverse", condition="after")
    assert reverse.sel(sequence="neutral") == 0
    assert reverse.sel(sequence="rewarded") == reverse.sel(sequence="both") > 1000
    assert counts.sel(way="reverse", condition="before").sum() == 0


def test_structure_leads_the_objects_of_its_order(session):
    lead = session.sel(order=session.attrs["replayed"])
    np.testing.assert_allclose(lead["structure_lead"], 0.05, atol=0.0101)
    # Eight objects fall to two sequences in 69 other ways, many of them much like the true one.
    assert lead["structure_p_value"].sel(code_kind="position") <= 0.05


def test_learners_and_units_are_told(session):
    assert (session["learned_transitions"].sum(("from_object", "to_object")) == 6).all()
    for name, variable in session.variables.items():
        if variable.dtype.kind in "fi":
            assert "long_name" in variable.attrs, name
    assert session["structure_lead"].attrs["units"] == session["peak_lag"].attrs["units"] == "s"


def test_reward_is_in_one_chain_of_each_order():
    learned = {"seen": np.eye(8, k=1), "inferred": np.eye(8, k=-1)}
    learned["seen"][3, 4] = learned["inferred"][4, 3] = 0
    orders = orders_to_test(learned, rewarded=6)
    assert orders["seen"]["rewarded"] == [[4, 5, 6, 7]]
    assert orders["inferred"]["neutral"] == [[3, 2, 1, 0]]


def test_what_does_not_fit_is_named(rng):
    with pytest.raises(NeurosimError, match="replayed: expected one of"):
        scrambled_session(MANY, "dreamt", METHOD, rng)
    with pytest.raises(NeurosimError, match=r"bin_s: expected 0.01 s"):
        scrambled_session(MANY, "seen", Tdlm(bin_s=0.02), rng)
    with pytest.raises(NeurosimError, match="duration_s: expected more than"):
        plant_replay(CHAINS, ["forward"] * 2, ReplayParameters(3), 0.1, CODES, rng)
    with pytest.raises(NeurosimError, match="chains: expected at most 1"):
        plant_replay(CHAINS, ["forward"] * 2, ReplayParameters(3), 9.0, Codes(8, 4, 1), rng)
    short = replace(MANY, duration_s=0.1)
    with pytest.raises(NeurosimError, match="duration_s"):
        scrambled_session(short, "seen", METHOD, rng)
