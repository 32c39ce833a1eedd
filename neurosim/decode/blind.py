"""Events of a recording from its spikes to their directions, in one go: nothing else is read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.contract import STATES
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.position import fit_place_fields
from neurosim.decode.route_events import RouteDecoding, decode_route_events, seconds_in
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording


@dataclass(frozen=True)
class BlindDecoding:
    """Settings of all steps.

    Attributes
    ----------
    fields : FieldParameters
    fit_bin_s : float
        Bin of the laps that fields are fitted on, s.
    detection : BurstDetection
    events : RouteDecoding
    """

    fields: FieldParameters
    fit_bin_s: float
    detection: BurstDetection
    events: RouteDecoding

    @classmethod
    def from_mapping(cls, given: Mapping) -> "BlindDecoding":
        """Build from keys of the configuration; `with_alpha` then sets the level of the test."""
        significance, candidates = given["significance"], given["candidates"]
        fields = FieldParameters(**given["fields"])
        shuffles = tuple(significance["shuffles"])
        return cls(
            fields,
            given["fit_bin_s"],
            BurstDetection(**{**candidates, "states": tuple(candidates["states"])}),
            RouteDecoding(
                TrajectoryParameters(**given["trajectories"]),
                ShuffleOptions(significance["n_shuffles"], shuffles, grid=None),
                significance["bin_s"],
                np.nan,
                fields.min_speed_m_s,
            ),
        )

    def with_alpha(self, alpha: float) -> "BlindDecoding":
        """Give the same settings with a level of the test."""
        return replace(self, events=replace(self.events, alpha=alpha))


def decode_blind(
    recording: Recording,
    fields: xr.Dataset,
    settings: BlindDecoding,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Find, decode and test the events of a recording.

    Parameters
    ----------
    recording : Recording
    fields : Dataset
        From `neurosim.decode.position.fit_place_fields`, with these settings.
    settings : BlindDecoding
    rng : numpy.random.Generator
        Of the shuffles.

    Returns
    -------
    Dataset (event, bin, position)
        That of `neurosim.decode.route_events.decode_route_events`, with ``seconds`` (searched,)
        in each state but running, and ``seconds_after`` of it after running.
    """
    candidates = find_candidates(recording, settings.detection)
    events = decode_route_events(recording, fields, candidates, settings.events, rng)
    return events.assign(
        seconds=seconds_in(recording, STATES[1:]),
        seconds_after=seconds_in(recording, STATES[1:], "post"),
    )


def fitted_fields(recording: Recording, settings: BlindDecoding) -> xr.Dataset:
    """Fields from the laps of a recording."""
    return fit_place_fields(recording, settings.fields, settings.fit_bin_s)
