"""What was planted beside single events, measured in one recording: maps, theta, rewards, REM."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.decode.common import laps_in, laps_of
from neurosim.decode.map_reliability import estimated_similarity
from neurosim.decode.rem_sequences import RemParameters, rem_sequences, template_matches
from neurosim.decode.reward_replay import RewardParameters, reward_replay
from neurosim.decode.theta_sequences import lag_sequences, sweep_sequences
from neurosim.decode.tuning import FieldParameters
from neurosim.files import explained
from neurosim.recording import Recording


@dataclass(frozen=True)
class SignatureParameters:
    """How the signatures are measured.

    Attributes
    ----------
    fields : FieldParameters
        Those that the maps were estimated with.
    fit_bin_s : float
        The time bin that they were estimated with.
    rewards : RewardParameters
    rem : RemParameters
    """

    fields: FieldParameters
    fit_bin_s: float
    rewards: RewardParameters
    rem: RemParameters


def measure_signatures(
    recording: Recording,
    maps: Callable[[], xr.DataTree],
    oscillations: Callable[[], xr.Dataset],
    candidates: Callable[[], xr.Dataset],
    parameters: SignatureParameters,
    rng: np.random.Generator,
) -> xr.DataTree:
    """Measure each signature; what the recording cannot give is a group that says why.

    Parameters
    ----------
    recording : Recording
    maps, oscillations, candidates : callable
        Give the place fields of every environment, the group ``/oscillations`` and the candidate
        events, or raise `MissingData`.
    parameters : SignatureParameters
    rng : numpy.random.Generator

    Returns
    -------
    DataTree
        ``/maps``, ``/theta_lag``, ``/theta_sweep``, ``/rewards``, ``/rem_likelihood`` and
        ``/rem_template``.
    """
    fields = parameters.fields

    def home() -> str:
        return recording.track_name()

    def by_name() -> Mapping[str, xr.Dataset]:
        return {name: group.to_dataset() for name, group in maps().items()}

    makers = {
        "maps": lambda: estimated_similarity(recording, maps(), fields, parameters.fit_bin_s),
        "theta_lag": lambda: lag_sequences(recording, by_name()[home()], fields),
        "theta_sweep": lambda: sweep_sequences(
            recording, by_name()[home()], oscillations(), fields
        ),
        "rewards": lambda: reward_replay(recording, by_name(), candidates(), parameters.rewards),
        "rem_likelihood": lambda: rem_sequences(
            recording, by_name(), laps_of(recording), home(), parameters.rem
        ),
        "rem_template": lambda: template_matches(
            recording,
            by_name()[home()]["unit_index"].values,
            laps_in(recording, home()),
            parameters.rem.bin_s,
            rng,
        ),
    }
    return xr.DataTree.from_dict({f"/{name}": explained(make) for name, make in makers.items()})
