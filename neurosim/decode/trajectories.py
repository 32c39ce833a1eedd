"""Which way and how fast: trajectories of offline events on a track, by every estimator.

``likelihood`` is ours (`neurosim.decode.kinematics`): spikes along trajectories, with intervals
that are tested to cover what they say. Beside it stand the slopes of the field
(`neurosim.decode.slopes`), reported for their bias.
"""

from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.kinematics import Kinematics, SpeedPrior, Track, fit_trajectories
from neurosim.decode.piecewise import Piecewise, compare_pieces
from neurosim.decode.slopes import (
    SLOPES,
    DecodedBins,
    Slope,
    line_fit,
    map_regression,
    posterior_regression,
    rank_order,
    step_size,
)
from neurosim.files import flags
from neurosim.progress import progress
from neurosim.recording import Recording
from neurosim.world.laps import DIRECTIONS, LapTimes

ESTIMATORS = ("likelihood", *SLOPES)
EVENTS = 4096  # decoded at a time, so that a day's take no more memory than an hour's
EVENT_DIRECTIONS = ("forward", "reverse", "unresolved")


@dataclass(frozen=True)
class TrajectoryParameters:
    """How events are decoded.

    Attributes
    ----------
    bin_s : float
        Time bin within events.
    min_map_probability : float
        An event's direction is resolved where its map, and its direction of movement on it, hold
        at least this much.
    slowest_ratio, fastest_ratio : float
        The prior of the speed is log-uniform between these multiples of the laps' median speed.
    """

    bin_s: float
    min_map_probability: float
    slowest_ratio: float
    fastest_ratio: float


def posterior_moments(
    posterior: np.ndarray, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square (bin,) of the position under posteriors (bin, position)."""
    return posterior @ positions, posterior @ positions**2


def lap_speed(laps: LapTimes) -> float:
    """Median speed of all laps between the end zones, m s-1."""
    ends = laps.points[[0, -1]]
    return float(laps.median_speed(ends[:1], ends[1:], np.array(["both"]))[0])


def decode_events(
    recording: Recording,
    fields: xr.Dataset,
    candidates: xr.Dataset,
    laps: LapTimes,
    parameters: TrajectoryParameters,
) -> xr.Dataset:
    """Decode every candidate event: posterior, direction, velocity, compression.

    Parameters
    ----------
    recording : Recording
    fields : Dataset (direction, position, unit)
        From `neurosim.decode.position.fit_place_fields`.
    candidates : Dataset (event)
        From `neurosim.decode.bursts.find_candidates`.
    laps : LapTimes
        What compression is measured against.
    parameters : TrajectoryParameters

    Returns
    -------
    Dataset (event, estimator, bin, position)
        ``posterior`` (bin, position) of all events after one another, ``bin_event`` and
        ``bin_time``; ``velocity``, ``path_start``, ``path_stop``, ``compression``
        (event, estimator); ``speed_low``, ``speed_high`` (event): the 90 % interval of
        ``likelihood``; ``piecewise_log_bayes_factor``, ``piecewise_knot`` and
        ``piecewise_velocity`` (event, piece): two speeds instead of one;
        ``outbound_probability``, ``forward_probability``, ``log_evidence``; the flag
        ``direction``;
        ``weighted_correlation``; and the candidates' own variables.
    """
    times, unit = recording.spikes_of(fields["unit_index"].values)
    how = _Decoding(fields, Track.from_fields(fields), laps, parameters)
    starts = np.arange(0, max(candidates.sizes["event"], 1), EVENTS)
    parts = []
    for start in progress(starts, "decode events"):
        some = candidates.isel(event=slice(start, start + EVENTS))
        parts.append(_decode(times, unit, some, how))
    return _joined(parts).assign_coords(position=fields["position"], estimator=list(ESTIMATORS))


@dataclass(frozen=True)
class _Decoding:
    """What is the same for all events of a recording."""

    fields: xr.Dataset
    track: Track
    laps: LapTimes
    parameters: TrajectoryParameters

    @property
    def prior(self) -> SpeedPrior:
        typical = lap_speed(self.laps)
        ratios = self.parameters.slowest_ratio, self.parameters.fastest_ratio
        return SpeedPrior(*(ratio * typical for ratio in ratios))


def _decode(
    times: np.ndarray, unit: np.ndarray, candidates: xr.Dataset, how: _Decoding
) -> xr.Dataset:
    """Decode some candidates (event) from spikes (spike,)."""
    track, prior, width = how.track, how.prior, how.parameters.bin_s
    bounds = np.column_stack([candidates["start"].values, candidates["stop"].values])
    bins = make_bins(bounds, width)
    counts = count_spikes(times, unit, bins, how.fields.sizes["unit"])
    decoded = decoded_bins(counts, bins, bounds[:, 0], track, how.fields["position"].values)
    duration = np.bincount(bins.interval, minlength=len(bounds)) * width
    fit = fit_trajectories(counts, bins.interval, track, width, prior)
    slopes, correlation = all_slopes(counts, decoded, track, duration, prior)
    certain = how.parameters.min_map_probability
    events = _kinematics(fit, slopes, duration, track.length, how.laps, certain)
    return events.assign(
        weighted_correlation=(
            "event",
            correlation,
            {"units": "1", "long_name": "posterior-weighted correlation of position and time"},
        ),
        **_pieces(compare_pieces(counts, bins.interval, track, width)),
        **{name: candidates[name] for name in candidates.data_vars},
        **_ragged(bins, decoded),
    )


def _joined(parts: list[xr.Dataset]) -> xr.Dataset:
    """Put events, and bins, of all parts after one another."""
    if len(parts) == 1:
        return parts[0]
    by_bin = [name for name, values in parts[0].data_vars.items() if "bin" in values.dims]
    firsts = np.cumsum([0, *(part.sizes["event"] for part in parts[:-1])])
    bins = [
        part[by_bin].assign(bin_event=(part["bin_event"] + first).astype(np.int32))
        for part, first in zip(parts, firsts.tolist(), strict=True)
    ]
    events = [part.drop_vars(by_bin) for part in parts]
    how = {"data_vars": "all", "combine_attrs": "override"}
    return xr.merge(
        [xr.concat(events, "event", **how), xr.concat(bins, "bin", **how)],
        combine_attrs="override",
    )


def decoded_bins(
    counts: np.ndarray, bins: Bins, starts: np.ndarray, track: Track, positions: np.ndarray
) -> DecodedBins:
    """Decode every time bin of all events on its own, both maps together.

    Parameters
    ----------
    counts : array (bin, unit)
    bins : Bins
        Grouped by event.
    starts : array (event,)
        Beginning of each event, s.
    track : Track
    positions : array (position,)
        Centres of the position bins, m.
    """
    n_maps, n_positions, n_units = track.rate.shape
    values = log_likelihood(
        counts.astype(float),
        track.rate.reshape(-1, n_units),
        bins.width,
        track.visited.reshape(-1),
    )
    posterior = normalise(values).reshape(-1, n_maps, n_positions).sum(axis=1)
    return DecodedBins(
        posterior,
        counts.sum(axis=1) > 0,
        bins.centre - starts[bins.interval],
        bins.interval,
        len(starts),
        positions,
        bins.width,
    )


def all_slopes(
    counts: np.ndarray,
    decoded: DecodedBins,
    track: Track,
    duration: np.ndarray,
    prior: SpeedPrior,
) -> tuple[dict[str, Slope], np.ndarray]:
    """Every slope of the field by its name, and the weighted correlation (event,)."""
    regression, correlation = posterior_regression(decoded, duration)
    all_bins = replace(decoded, heard=np.ones_like(decoded.heard))
    return {
        "posterior_regression": regression,
        "posterior_regression_all_bins": posterior_regression(all_bins, duration)[0],
        "line_fit": line_fit(decoded, (prior.slowest, prior.fastest)),
        "rank_order": rank_order(counts, decoded, track.rate, duration),
        "map_regression": map_regression(decoded, duration),
        "step_size": step_size(decoded),
    }, correlation


def _kinematics(
    fit: Kinematics,
    slopes: dict[str, Slope],
    duration: np.ndarray,
    length: float,
    laps: LapTimes,
    min_probability: float,
) -> xr.Dataset:
    """Put the fits of all events into one Dataset and derive direction and compression."""
    velocity = np.column_stack([fit.velocity, *(slopes[name].velocity for name in SLOPES)])
    ends = [fit.path(duration, length), *((slopes[n].start, slopes[n].stop) for n in SLOPES)]
    start, stop = (np.column_stack(column) for column in zip(*ends, strict=True))
    resolved = fit.is_resolved(min_probability)
    direction = np.where(resolved, np.where(fit.forward > 0.5, *EVENT_DIRECTIONS[:2]), "unresolved")
    maps = np.where(resolved, np.where(fit.outbound > 0.5, *DIRECTIONS), "both")
    compression = np.column_stack(
        [
            np.abs(velocity[:, column])
            / laps.median_speed(*_stretch(start[:, column], stop[:, column], length), maps)
            for column in range(len(ESTIMATORS))
        ]
    )
    both, speed, one = ("event", "estimator"), {"units": "m s-1"}, {"units": "1"}
    return xr.Dataset(
        {
            "velocity": (both, velocity, speed | {"long_name": "virtual velocity"}),
            "speed_low": (
                "event",
                fit.speed[:, 0],
                speed | {"long_name": "5 % quantile of the speed's posterior"},
            ),
            "speed_high": (
                "event",
                fit.speed[:, -1],
                speed | {"long_name": "95 % quantile of the speed's posterior"},
            ),
            "path_start": (both, start, {"units": "m", "long_name": "start of the path"}),
            "path_stop": (both, stop, {"units": "m", "long_name": "end of the path"}),
            "compression": (
                both,
                compression,
                one | {"long_name": "time of the laps over the stretch / time of the event"},
            ),
            "outbound_probability": (
                "event",
                fit.outbound,
                one | {"long_name": "posterior of the outbound map"},
            ),
            "forward_probability": (
                "event",
                fit.forward,
                one | {"long_name": "posterior of movement along the map's running direction"},
            ),
            "log_evidence": (
                "event",
                fit.log_evidence,
                one | {"long_name": "log evidence of trajectories, up to a constant of the event"},
            ),
            "direction": flags(direction, EVENT_DIRECTIONS, "event", "replay direction"),
        }
    )


def _pieces(fit: Piecewise) -> dict[str, tuple]:
    """What two pieces say, as variables of a Dataset."""
    return {
        "piecewise_log_bayes_factor": (
            "event",
            fit.log_bayes_factor,
            {"units": "1", "long_name": "log evidence of two speeds less that of one"},
        ),
        "piecewise_knot": (
            "event",
            fit.knot,
            {"units": "1", "long_name": "part of the event at which the speed changes"},
        ),
        "piecewise_velocity": (
            ("event", "piece"),
            fit.velocity,
            {"units": "m s-1", "long_name": "virtual velocity of the two pieces"},
        ),
    }


def _stretch(start: np.ndarray, stop: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
    """Replace the ends of a path that has none (a step size) by those of the track."""
    known = np.isfinite(start)
    return np.where(known, start, 0.0), np.where(known, stop, length)


def _ragged(bins: Bins, decoded: DecodedBins) -> dict[str, tuple]:
    """Posteriors of all events after one another, as variables of a Dataset."""
    return {
        "posterior": (
            ("bin", "position"),
            decoded.posterior.astype(np.float32),
            {"units": "1", "long_name": "posterior of the position, both maps together"},
        ),
        "bin_event": ("bin", bins.interval.astype(np.int32), {"long_name": "event of the bin"}),
        "bin_time": ("bin", bins.centre, {"units": "s", "long_name": "centre of the bin"}),
        "bin_silent": (
            "bin",
            (~decoded.heard).astype(np.int8),
            {"long_name": "1 where no unit fired"},
        ),
    }
