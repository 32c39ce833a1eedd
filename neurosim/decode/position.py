"""Place fields and cross-validated decoding of the running animal's position."""

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import contiguous_folds, units_of
from neurosim.decode.tuning import (
    FieldParameters,
    place_fields,
    rates_from_counts,
    state_of,
    track_run,
)
from neurosim.recording import Recording, unit_index


def _running_counts(
    recording: Recording, width: float, parameters: FieldParameters
) -> tuple[Bins, np.ndarray, np.ndarray, np.ndarray, float]:
    """Bins on the track, their counts (bin, unit), states and positions, and the track's length.

    Only bins in which the animal runs are kept.
    """
    units = units_of(recording, "CA1")
    run = track_run(recording, parameters.speed_smoothing_s)
    epochs = recording.intervals(state="run")
    on_track = (epochs[:, 0] <= run.time[-1]) & (epochs[:, 1] >= run.time[0])
    epochs = np.clip(epochs[on_track], run.time[0], run.time[-1])
    bins = make_bins(epochs, width)
    position, velocity = run.at(bins.centre)
    state = state_of(position, velocity, parameters, run.length)
    moving = np.flatnonzero(state >= 0)
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    return bins.take(moving), counts[moving], state[moving], position[moving], run.length


def fit_place_fields(recording: Recording, parameters: FieldParameters, width: float) -> xr.Dataset:
    """Estimate the place fields of CA1 units from running on the track.

    Parameters
    ----------
    recording : Recording
    parameters : FieldParameters
    width : float
        Bin in which spikes and positions are matched, s.

    Returns
    -------
    Dataset (direction, position, unit)
        ``rate``, ``occupancy`` and ``unit_index`` (the unit's index in the recording).
    """
    bins, counts, state, _, length = _running_counts(recording, width, parameters)
    if bins.size == 0:
        raise MissingData(
            f"{recording.name}: expected running on the track faster than "
            f"{parameters.min_speed_m_s} m/s, found none"
        )
    rate, occupancy = rates_from_counts(counts, state, width, parameters)
    fields = place_fields(rate, occupancy, length, recording.length_unit)
    return fields.assign(unit_index=unit_index(recording.units_in("CA1")))


def decode_wake_position(
    recording: Recording, parameters: FieldParameters, width: float, n_folds: int
) -> xr.Dataset:
    """Decode the running animal's position from bins that its fields were not fitted on.

    States are position by running direction; the estimate is the peak of the posterior summed
    over directions.

    Parameters
    ----------
    recording : Recording
    parameters : FieldParameters
    width : float
        Bin, s.
    n_folds : int
        Contiguous folds of the running bins.

    Returns
    -------
    Dataset (time)
        ``position``, ``estimate`` (NaN in silent bins) and ``error`` in the recording's unit of
        length, ``n_spikes``, ``outbound``, ``outbound_probability`` and ``fold``.
    """
    bins, counts, state, position, length = _running_counts(recording, width, parameters)
    n_bins = parameters.n_bins
    centres = (np.arange(n_bins) + 0.5) * length / n_bins
    estimate, outbound = np.empty(bins.size), np.empty(bins.size)
    fold_of = np.empty(bins.size, dtype=np.int32)
    for number, fold in enumerate(contiguous_folds(bins.size, n_folds)):
        fold_of[fold] = number
        training = np.ones(bins.size, dtype=bool)
        training[fold] = False
        rate, occupancy = rates_from_counts(counts[training], state[training], width, parameters)
        log_values = log_likelihood(
            counts[fold].astype(float),
            rate.reshape(2 * n_bins, -1),
            width,
            occupancy.reshape(-1) > 0,
        )
        posterior = normalise(log_values).reshape(-1, 2, n_bins)
        estimate[fold] = centres[posterior.sum(axis=1).argmax(axis=1)]
        outbound[fold] = posterior[:, 0].sum(axis=1)
    n_spikes = counts.sum(axis=1).astype(np.int32)
    estimate[n_spikes == 0] = np.nan
    metres = {"units": recording.length_unit}
    return xr.Dataset(
        {
            "position": ("time", position, metres | {"long_name": "position along the track"}),
            "estimate": ("time", estimate, metres | {"long_name": "decoded position"}),
            "error": (
                "time",
                np.abs(estimate - position),
                metres | {"long_name": "absolute error of the decoded position"},
            ),
            "outbound": (
                "time",
                (state < n_bins).astype(np.int8),
                {"long_name": "1 running outbound, 0 inbound"},
            ),
            "outbound_probability": (
                "time",
                outbound,
                {"units": "1", "long_name": "posterior of running outbound"},
            ),
            "n_spikes": ("time", n_spikes, {"long_name": "spikes in the bin"}),
            "fold": ("time", fold_of, {"long_name": "fold of the cross-validation"}),
        },
        coords={"time": ("time", bins.centre, {"units": "s", "long_name": "time"})},
        attrs={"track_length": length, "bin_s": width},
    )
