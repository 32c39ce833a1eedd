"""The recording of a network: what it holds, what designs share, what controls take away."""

from dataclasses import replace

import numpy as np
import pytest
from planted_packets import constants, parameters_of

from neurosim import NeurosimError
from neurosim.contract import validate
from neurosim.emergent import (
    Design,
    controlled,
    gains_of,
    learn_from_laps,
    run_laps,
    simulate_network_recording,
)
from neurosim.network.occupancy import GainSearch
from neurosim.seeds import generator

SMALL = {
    "n_pyramidal": 120,
    "laps_s": 60.0,
    "nrem_s": 5.0,
    "gain": {
        "occupancy": 0.25,
        "threshold": 5.0,
        "coarse_s": 1.0,
        "fine_s": 1.0,
        "n_fine": 2,
        "n_rounds": 1,
    },
}


def of_design(**design):
    parameters = parameters_of("linear", **SMALL)
    return replace(parameters, design=replace(parameters.design, **design))


@pytest.fixture(scope="module")
def groups():
    return simulate_network_recording(of_design(), constants(), 1, 1)


def test_it_is_an_ordinary_recording(groups):
    names = ("behaviour", "track", "rewards", "epochs", "oscillations", "units", "spikes")
    validate({name: groups[name] for name in names}, "network")
    assert set(groups["units"]["region"].values) == {"CA1"}
    assert not [name for name in groups if "events" in name]
    field = groups["oscillations"]["field_potential"].values
    run = groups["oscillations"]["time"].values < 60.0
    assert np.isnan(field[run]).all()
    assert np.isfinite(field[~run]).all()


def test_weights_and_spikes_are_its_truth(groups):
    weights = groups["truth/weights"]["weight"].values
    assert weights.shape == (120, 120)
    assert 0 < weights.max() <= 20.0
    assert not weights.diagonal().any()
    spikes = groups["truth/ca3_spikes"]
    assert np.all((spikes["time"] >= 60.0) & (spikes["time"] <= 75.0))
    assert groups["truth/network"]["gain"].sizes["state"] == 3


def test_the_same_seed_gives_the_same_bytes(groups):
    again = simulate_network_recording(of_design(), constants(), 1, 1)
    for name, dataset in groups.items():
        assert dataset.identical(again[name]), name
    other = simulate_network_recording(of_design(), constants(), 1, 2)
    assert not groups["spikes"].equals(other["spikes"])


def test_designs_of_a_number_share_their_laps(groups):
    rewarded = simulate_network_recording(of_design(is_rewarded=True), constants(), 1, 1)
    assert groups["behaviour"].identical(rewarded["behaviour"])
    assert groups["truth/cells/CA3"].identical(rewarded["truth/cells/CA3"])
    before, after = (g["truth/weights"]["weight"].values.astype(float) for g in (groups, rewarded))
    assert after.sum() > 1.05 * before.sum()


@pytest.fixture(scope="module")
def learned():
    parameters = of_design()

    def rng(purpose):
        return generator(1, "test", purpose)

    laps = run_laps(parameters, constants(), rng)
    return parameters, learn_from_laps(parameters, constants(), laps, rng), rng


def test_neighbours_are_joined_by_learning(learned):
    parameters, found, rng = learned
    laps = run_laps(parameters, constants(), rng)
    fields = laps.ca3.fields
    centre = np.full(120, np.nan)
    centre[fields.cell] = fields.place[:, 0]
    both = fields.peak.argmax(axis=0)
    away = np.abs(centre[:, None] - centre)
    same = np.zeros((120, 120), dtype=bool)
    same[np.ix_(fields.cell, fields.cell)] = both[:, None] == both
    near, far = (found.wiring.recurrent[same & mask].mean() for mask in (away < 0.2, away > 1.0))
    assert near > 10 * far


def test_controls_take_what_they_say(learned):
    parameters, found, rng = learned
    whole = found.wiring.recurrent
    shuffled = controlled(Design("linear", "symmetric", "shuffled_weights"), found.wiring, rng)
    assert np.array_equal(np.sort(shuffled.recurrent, axis=None), np.sort(whole, axis=None))
    assert not np.array_equal(shuffled.recurrent, whole)
    flat = controlled(Design("linear", "symmetric", "no_learning"), found.wiring, rng).recurrent
    assert np.unique(flat[flat > 0]).size == 1
    assert flat.sum() == pytest.approx(whole.sum(), rel=1e-4)
    assert controlled(parameters.design, found.wiring, rng) is found.wiring


def test_gains_are_set_in_nrem_or_in_every_state(learned):
    parameters, found, rng = learned
    search = GainSearch(0.25, 5.0, 0.6, 0.6, 1, 1)
    one = gains_of(replace(parameters, search=search), constants(), found.wiring, rng)
    assert one["rest"] is one["nrem"] is one["rem"]
    own = replace(parameters, search=search, design=replace(parameters.design, own_gain=True))
    each = gains_of(own, constants(), found.wiring, rng)
    assert each["rem"].gain > each["nrem"].gain


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"rule": "hebbian"}, "rule: expected one of 'asymmetric', 'symmetric', found 'hebbian'"),
        ({"control": "none at all"}, "control: expected one of .*found 'none at all'"),
    ],
)
def test_an_unknown_design_is_one_clear_line(given, words):
    with pytest.raises(NeurosimError, match=words):
        Design(**({"track": "linear", "rule": "symmetric"} | given))


def test_a_state_shorter_than_a_stretch_is_said():
    with pytest.raises(NeurosimError, match=r"emergent\.nrem_s: expected at least"):
        parameters_of("linear", nrem_s=1.0)
