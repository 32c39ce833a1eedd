"""Place fields and cross-validated decoding of the running animal's position."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData, NeurosimError
from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import contiguous_folds, units_of
from neurosim.decode.places import ArenaBins, PlaceBins, TrackBins
from neurosim.decode.tuning import (
    ArenaRun,
    FieldParameters,
    TrackRun,
    arena_run,
    count_dispersion,
    place_fields,
    rates_from_counts,
    state_of,
    track_run,
)
from neurosim.files import flag_names
from neurosim.recording import Recording, unit_index

MOST_PLACES = 250_000  # of an arena: 20 m by 20 m in bins of 4 cm


@dataclass(frozen=True)
class _Running:
    """The time bins in which the animal runs in one environment.

    Attributes
    ----------
    bins : Bins
    counts : array (bin, unit)
    state : array (bin,)
    position : array (bin,) or (bin, space)
        Track position or place in the arena, m.
    places : TrackBins or ArenaBins
    """

    bins: Bins
    counts: np.ndarray
    state: np.ndarray
    position: np.ndarray
    places: PlaceBins


def _running(
    recording: Recording, width: float, parameters: FieldParameters, run: TrackRun | ArenaRun
) -> _Running:
    """Count the spikes of CA1 units in the bins in which the animal runs."""
    units = units_of(recording, "CA1")
    epochs = recording.intervals(state="run")
    there = (epochs[:, 0] <= run.time[-1]) & (epochs[:, 1] >= run.time[0])
    epochs = np.clip(epochs[there], run.time[0], run.time[-1])
    bins = make_bins(epochs, width)
    if isinstance(run, TrackRun):
        places: PlaceBins = TrackBins(run.graph, parameters.n_bins)
        position, edge, velocity = run.at(bins.centre)
        column = places.index(position, edge)
    else:
        places = _arena_bins(recording, run, parameters.arena_bin_m)
        position, velocity = run.at(bins.centre)
        column = places.index(position)
    state = state_of(column, velocity, parameters.min_speed_m_s, places)
    moving = np.flatnonzero(state >= 0)
    counts = count_spikes(*recording.spikes_of(units), bins, units.size)
    return _Running(bins.take(moving), counts[moving], state[moving], position[moving], places)


def running_bins(
    recording: Recording,
    parameters: FieldParameters,
    width: float,
    environment: str | None = None,
) -> tuple[Bins, np.ndarray]:
    """Find the time bins that place fields are estimated from.

    Returns
    -------
    bins : Bins
    state : array (bin,) of int
        Decoder's state in each; see `neurosim.decode.tuning.state_of`.
    """
    running, _ = _running_in(recording, width, parameters, environment)
    return running.bins, running.state


def _arena_bins(recording: Recording, run: ArenaRun, width: float) -> ArenaBins:
    """Lay a grid over an arena: between its corners, or where it was visited.

    Raises
    ------
    MissingData
        If the arena is no wider than a line.
    NeurosimError
        If it has more places than any arena: its positions are in another unit.
    """
    corners = run.position
    if recording.track is not None:
        here = flag_names(recording.track["node_environment"]) == run.environment
        corners = recording.track["node_position"].values[here] if here.any() else corners
    low, high = corners.min(axis=0), corners.max(axis=0)
    if not np.all(high > low):
        raise MissingData(
            f"{recording.name}: expected {run.environment!r} to span an area, found a line or point"
        )
    places = ArenaBins(tuple(low), tuple(high), width)
    if places.size > MOST_PLACES:
        raise NeurosimError(
            f"{recording.name}: expected {run.environment!r} to have at most {MOST_PLACES} places "
            f"of {width} m, found {high[0] - low[0]:g} by {high[1] - low[1]:g} m; are its "
            "positions in pixels or cm? import them with their scale"
        )
    return places


def fit_place_fields(
    recording: Recording,
    parameters: FieldParameters,
    width: float,
    environment: str | None = None,
) -> xr.Dataset:
    """Estimate the place fields of CA1 units from running in one environment.

    Parameters
    ----------
    recording : Recording
    parameters : FieldParameters
    width : float
        Bin in which spikes and positions are matched, s.
    environment : str, optional
        A track or an arena; by default the track of `Recording.track_name`.

    Returns
    -------
    Dataset (direction, position, unit)
        ``rate``, ``occupancy``, ``unit_index`` (the unit's index in the recording) and
        ``dispersion`` (see `neurosim.decode.tuning.count_dispersion`). On a track directions are
        outbound and inbound and ``edge`` (position) lies beside ``position``; in an arena there
        is one direction and ``x``, ``y`` (position).
    """
    running, environment = _running_in(recording, width, parameters, environment)
    return _fields(recording, running, np.arange(running.bins.size), parameters, environment)


def fit_halves(
    recording: Recording, parameters: FieldParameters, width: float, environment: str
) -> tuple[xr.Dataset, xr.Dataset]:
    """Estimate the place fields of CA1 units twice: from the first and second half of running.

    Parameters and returned Datasets are those of `fit_place_fields`.
    """
    running, environment = _running_in(recording, width, parameters, environment)
    first, second = contiguous_folds(running.bins.size, 2)
    return (
        _fields(recording, running, first, parameters, environment),
        _fields(recording, running, second, parameters, environment),
    )


def _running_in(
    recording: Recording, width: float, parameters: FieldParameters, environment: str | None
) -> tuple[_Running, str]:
    """Find the time bins of running in an environment; and its name."""
    run: TrackRun | ArenaRun
    if environment in recording.arena_environments:
        run = arena_run(recording, environment)
    else:
        run = track_run(recording, parameters.speed_smoothing_s, environment)
    running = _running(recording, width, parameters, run)
    if running.bins.size == 0:
        raise MissingData(
            f"{recording.name}: expected running in {run.environment!r} faster than "
            f"{parameters.min_speed_m_s} m/s, found none"
        )
    return running, run.environment


def _fields(
    recording: Recording,
    running: _Running,
    rows: np.ndarray,
    parameters: FieldParameters,
    environment: str,
) -> xr.Dataset:
    """Estimate fields from some of the time bins of running."""
    width, places = running.bins.width, running.places
    rate, occupancy = rates_from_counts(
        running.counts[rows], running.state[rows], width, parameters, places
    )
    fields = place_fields(rate, occupancy, places, environment, recording.length_unit)
    expected = rate.reshape(-1, rate.shape[2])[running.state[rows]] * width
    return fields.assign(
        unit_index=unit_index(recording.units_in("CA1")),
        dispersion=(
            (),
            count_dispersion(running.counts[rows], expected, running.bins.start[rows]),
            {"units": "1", "long_name": "variance over mean of counts about the fields, awake"},
        ),
    )


def fit_maps(recording: Recording, parameters: FieldParameters, width: float) -> xr.DataTree:
    """Estimate the place fields of every environment, a group each, named after it.

    An environment in which the animal does not run has no group.

    Raises
    ------
    MissingData
        If there is none at all, or no CA1 unit.
    """
    maps, missing = {}, None
    for name in (*recording.track_environments, *recording.arena_environments):
        try:
            maps[f"/{name}"] = fit_place_fields(recording, parameters, width, name)
        except MissingData as gap:
            missing = gap
    if not maps:
        raise missing or MissingData(f"{recording.name}: expected running, found none")
    return xr.DataTree.from_dict(maps)


def decode_wake_position(
    recording: Recording,
    parameters: FieldParameters,
    width: float,
    n_folds: int,
    environment: str | None = None,
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
    environment : str, optional
        A track; by default that of `Recording.track_name`.

    Returns
    -------
    Dataset (time)
        ``position``, ``estimate`` (NaN in silent bins) and ``error``, the distance along the
        track, in the recording's unit of length; ``n_spikes``, ``outbound``,
        ``outbound_probability`` and ``fold``.
    """
    run = track_run(recording, parameters.speed_smoothing_s, environment)
    running = _running(recording, width, parameters, run)
    bins, counts, state, places = running.bins, running.counts, running.state, running.places
    n_bins, position = places.size, running.position
    estimate, outbound = np.empty(bins.size), np.empty(bins.size)
    fold_of = np.empty(bins.size, dtype=np.int32)
    for number, fold in enumerate(contiguous_folds(bins.size, n_folds)):
        fold_of[fold] = number
        training = np.ones(bins.size, dtype=bool)
        training[fold] = False
        rate, occupancy = rates_from_counts(
            counts[training], state[training], width, parameters, places
        )
        log_values = log_likelihood(
            counts[fold].astype(float),
            rate.reshape(2 * n_bins, -1),
            width,
            occupancy.reshape(-1) > 0,
        )
        posterior = normalise(log_values).reshape(-1, 2, n_bins)
        estimate[fold] = places.centre[posterior.sum(axis=1).argmax(axis=1)]
        outbound[fold] = posterior[:, 0].sum(axis=1)
    n_spikes = counts.sum(axis=1).astype(np.int32)
    error = run.graph.separation(estimate, position)
    estimate[n_spikes == 0], error[n_spikes == 0] = np.nan, np.nan
    metres = {"units": recording.length_unit}
    return xr.Dataset(
        {
            "position": ("time", position, metres | {"long_name": "position along the track"}),
            "estimate": ("time", estimate, metres | {"long_name": "decoded position"}),
            "error": (
                "time",
                error,
                metres | {"long_name": "distance of the decoded position along the track"},
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
        attrs={
            "environment": run.environment,
            "track_length": run.length,
            "bin_s": width,
        },
    )
