"""Outcomes of a network while its constants vary."""

from pathlib import Path

import numpy as np
import pytest
from planted_packets import ROOT, parameters_of

from neurosim import NeurosimError
from neurosim.calibration.network_sensitivity import OUTCOMES, context_of, vary_constants
from neurosim.network.ca3_constants import read_constants

TABLE = read_constants(Path(ROOT) / "config" / "ca3_constants.csv")
SMALL = {
    "n_pyramidal": 120,
    "laps_s": 60.0,
    "nrem_s": 5.0,
    "gain": {
        "occupancy": 0.25,
        "threshold": 5.0,
        "coarse_s": 0.7,
        "fine_s": 0.7,
        "n_fine": 1,
        "n_rounds": 1,
    },
}


@pytest.fixture(scope="module")
def varied():
    names = ["recurrent_decay_ms", "inhibition_delay_ms", "field_sd_m", "ach_rest"]
    return vary_constants(parameters_of("linear", **SMALL), TABLE, names, [0.5, 1.5], 1, 1)


def test_every_constant_has_every_outcome_at_every_factor(varied):
    assert varied["value"].dims == ("constant", "factor", "outcome")
    assert varied["factor"].values.tolist() == [0.5, 1.0, 1.5]
    assert varied["outcome"].values.tolist() == list(OUTCOMES)
    rates = varied["value"].sel(outcome="event_rate")
    assert (rates >= 0).all()
    assert varied["context"].values.tolist()[-1] == "rest,linear,symmetric"


def test_the_unchanged_network_is_the_same_for_all_constants_of_a_context(varied):
    base = varied["value"].sel(factor=1.0, constant=varied["constant"][:3]).values
    np.testing.assert_array_equal(base, np.broadcast_to(base[:1], base.shape))


def test_slower_excitation_needs_less_gain(varied):
    gain = varied["gain"].sel(constant="recurrent_decay_ms").values
    assert gain[0] > gain[2]


def test_constants_are_varied_where_they_do_something():
    contexts = {row.name: context_of(row) for row in TABLE}
    assert contexts["asymmetric_window_ms"].rule == "asymmetric"
    assert contexts["ach_current_pa"].state == "rest"
    assert contexts["depression_ms"].depression
    assert contexts["pc_leak_ns"].rule == "symmetric"


def test_an_unknown_constant_is_one_clear_line():
    with pytest.raises(NeurosimError, match="expected a row 'speed', found none"):
        vary_constants(parameters_of("linear", **SMALL), TABLE, ["speed"], [0.5, 1.5], 1, 1)
