"""Candidate events of a recording as counts and templates: what shuffles before decoding need."""

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import count_spikes, make_bins
from neurosim.decode.shuffles import ShuffleOptions, event_p_values, is_significant
from neurosim.decode.templates import EventCounts, Templates
from neurosim.recording import Recording

CALIBRATED = "calibrated_alpha"  # attribute of tested events


def event_counts(
    recording: Recording, units: np.ndarray, events: xr.Dataset, width: float
) -> EventCounts:
    """Count the spikes of events in bins of their own.

    Parameters
    ----------
    recording : Recording
    units : array (unit,) of int
        Indices in the recording, in the order of the fields.
    events : Dataset (event)
        ``start`` and ``stop``, s.
    width : float
        Time bin, s. It need not be that of the trajectories.
    """
    bounds = np.column_stack([events["start"].values, events["stop"].values])
    bins = make_bins(bounds, width)
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    return EventCounts(counts, bins.interval, len(bounds), width)


def track_templates(*fields: xr.Dataset) -> Templates:
    """Make a template of each running direction of each track.

    Parameters
    ----------
    fields : Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_place_fields`, of tracks with the same positions.
    """
    rate = np.concatenate([one["rate"].values for one in fields])
    visited = np.concatenate([one["occupancy"].values > 0 for one in fields])
    return Templates(rate, visited, fields[0]["position"].values)


def shuffle_candidates(
    recording: Recording,
    fields: xr.Dataset,
    events: xr.Dataset,
    width: float,
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Test the candidate events of a recording; see `neurosim.decode.shuffles.event_p_values`.

    The two running directions are two templates, as in the calibration.
    """
    units = fields["unit_index"].values
    counts = event_counts(recording, units, events, width)
    name = f"events of {recording.name}"
    return event_p_values(counts, track_templates(fields), options, rng, name)


def passes(tested: xr.Dataset, alpha: float) -> np.ndarray:
    """Decide which events (event,) are significant: those that pass every shuffle that was made.

    Parameters
    ----------
    tested : Dataset (event, score, shuffle)
        From `shuffle_candidates`. With an attribute ``calibrated_alpha`` the graded p values are
        held against it.
    alpha : float
        Nominal level, for plain p values where nothing was calibrated.
    """
    if CALIBRATED in tested.attrs:
        return is_significant(tested["graded_p_value"], float(tested.attrs[CALIBRATED]))
    return is_significant(tested["p_value"], alpha)


def track_pair(maps: dict[str, xr.Dataset]) -> tuple[str, str]:
    """Find two tracks whose maps can be compared: the first with another of the same positions.

    Parameters
    ----------
    maps : dict of environment to Dataset (direction, position, unit)
        In the order in which they were run.

    Raises
    ------
    MissingData
        If there are no two such tracks.
    """
    names = [name for name, one in maps.items() if "edge" in one or one.sizes["direction"] == 2]
    for first in names:
        for second in names[names.index(first) + 1 :]:
            ours, theirs = (maps[name]["position"].values for name in (first, second))
            if ours.shape == theirs.shape and np.allclose(ours, theirs):
                return first, second
    raise MissingData(
        f"expected two tracks of the same shape, found {', '.join(names) or 'none'}; the log odds "
        "of a pair of tracks need both"
    )
