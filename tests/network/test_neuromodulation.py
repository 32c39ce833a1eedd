"""States by acetylcholine."""

from pathlib import Path

import pytest

from neurosim import NeurosimError
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.network.neuromodulation import STATES, cholinergic_tone, trial_in

CONSTANTS = constants_of(read_constants(Path(__file__).parents[2] / "config" / "ca3_constants.csv"))


def test_nrem_changes_nothing_and_rem_all():
    nrem, rem = trial_in("nrem", 2.0, CONSTANTS), trial_in("rem", 2.0, CONSTANTS)
    assert dict(nrem.constants) == pytest.approx(dict(CONSTANTS))
    assert (nrem.gain, nrem.current_pa) == (2.0, 0.0)
    assert rem.gain == pytest.approx(2.0 * CONSTANTS["ach_recurrent"])
    assert rem.current_pa == CONSTANTS["ach_current_pa"]
    assert rem.constants["mutual_weight_ns"] == pytest.approx(1.12)
    assert rem.constants["mossy_rate_hz"] == pytest.approx(17.4)


def test_rest_lies_a_third_of_the_way():
    assert [cholinergic_tone(s, CONSTANTS) for s in STATES] == pytest.approx([1 / 3, 0.0, 1.0])
    rest = trial_in("rest", 1.0, CONSTANTS, depression=True)
    assert rest.gain == pytest.approx(1 - (1 - 0.19) / 3)
    assert rest.depression


def test_an_unknown_state_lists_the_known_ones():
    with pytest.raises(NeurosimError, match="expected one of 'nrem', 'rem', 'rest', found 'run'"):
        trial_in("run", 1.0, CONSTANTS)
