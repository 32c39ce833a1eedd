"""What acetylcholine makes of the CA3 network in rest, NREM and REM.

Its level comes from microdialysis (Marrosu et al. 1995, 10.1016/0006-8993(94)01399-3), its effects
from the cholinergic state of Ecker et al. 2022 (10.7554/eLife.71850): weaker synapses, and
pyramidal cells that are depolarised. They are taken to be linear in the level above that of NREM
and complete at that of REM.
"""

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.network.ca3_constants import Constants
from neurosim.network.trial import Trial

STATES = ("rest", "nrem", "rem")
WEIGHTS = ("inhibition", "drive", "mutual")


def cholinergic_tone(state: str, constants: Constants) -> float:
    """Level of acetylcholine in a state: 0 as in NREM, 1 as in REM.

    Raises
    ------
    NeurosimError
        If there is no such state.
    """
    if state not in STATES:
        raise NeurosimError(f"state: expected one of {choices(STATES)}, found {state!r}")
    lowest, highest = constants["ach_nrem"], constants["ach_rem"]
    return (constants[f"ach_{state}"] - lowest) / (highest - lowest)


def trial_in(state: str, gain: float, constants: Constants, depression: bool = False) -> Trial:
    """Make a trial of a network in a state.

    Parameters
    ----------
    state : str
        ``rest``, ``nrem`` or ``rem``.
    gain : float
        On the recurrent weights, without acetylcholine.
    constants : Constants
    depression : bool
        Whether recurrent synapses depress for a short term.
    """
    tone = cholinergic_tone(state, constants)

    def factor(name: str) -> float:
        return 1 + tone * (constants[f"ach_{name}"] - 1)

    changed = {
        f"{name}_weight_ns": constants[f"{name}_weight_ns"] * factor(name) for name in WEIGHTS
    }
    changed["mossy_weight_ns"] = constants["mossy_weight_ns"] * factor("mossy_weight")
    changed["mossy_rate_hz"] = constants["mossy_rate_hz"] * factor("mossy_rate")
    return Trial(
        constants.replaced(**changed),
        gain * factor("recurrent"),
        tone * constants["ach_current_pa"],
        depression,
    )
