r"""Which way and how fast: trajectories of offline events on a track.

Two estimators of the virtual velocity stand here side by side.

``likelihood``
    The log likelihood of the spikes, summed along every straight trajectory (start and end on
    the track, either map). The prior is flat over velocities and over starts given the velocity;
    the estimate is the posterior's median. A flat time bin adds the same to every trajectory, so
    it does not pull the slope to zero.
``posterior_regression``
    The slope of a posterior-weighted regression of position on time, the slope behind the
    weighted correlation. Flat posteriors pull it to zero: it is reported for its bias.
"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim.decode.bayes import log_likelihood, normalise
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.files import flags
from neurosim.progress import progress
from neurosim.recording import Recording
from neurosim.world.laps import DIRECTIONS, LapTimes

ESTIMATORS = ("likelihood", "posterior_regression")
EVENT_DIRECTIONS = ("forward", "reverse", "unresolved")
INTERVAL = (0.05, 0.5, 0.95)  # quantiles of the velocity's posterior


@dataclass(frozen=True)
class LineFit:
    """Straight trajectories through one event.

    Attributes
    ----------
    velocity : array (3,)
        5 %, 50 % and 95 % quantiles of the posterior, m s-1, positive towards the track's end.
    path : tuple of float
        Start and end of the most probable trajectory, m.
    outbound : float
        Posterior probability of the outbound map.
    log_evidence : float
        Log of the likelihood averaged over the prior.
    """

    velocity: np.ndarray
    path: tuple[float, float]
    outbound: float
    log_evidence: float


def fit_lines(log_values: np.ndarray, positions: np.ndarray, duration: float) -> LineFit:
    """Weigh every straight trajectory by the likelihood of an event's spikes.

    Parameters
    ----------
    log_values : array (bin, direction, position)
        Log likelihood by time bin, map and position.
    positions : array (position,)
        m, equally spaced.
    duration : float
        Duration of the bins together, s.

    Returns
    -------
    LineFit
    """
    n_time, n_maps, n = log_values.shape
    start, stop = np.meshgrid(np.arange(n), np.arange(n), indexing="ij")
    total = np.zeros((n_maps, n, n))
    for k in range(n_time):
        progress_made = (k + 0.5) / n_time
        column = np.rint(start + (stop - start) * progress_made).astype(int)
        total += log_values[k][:, column]
    # There are fewer long paths than short ones on a track. Weighing each velocity alike, and
    # within it each start, keeps the prior from favouring slow ones.
    prior = 1.0 / (n - np.abs(stop - start))
    prior /= n_maps * prior.sum()
    peak = total.max()
    weights = np.exp(total - peak) * prior
    mass = weights.sum()
    by_displacement = np.bincount(
        (stop - start + n - 1).ravel(), weights=weights.sum(axis=0).ravel(), minlength=2 * n - 1
    )
    step = positions[1] - positions[0]
    speeds = (np.arange(2 * n - 1) - (n - 1)) * step / duration
    cumulative = (np.cumsum(by_displacement) - 0.5 * by_displacement) / mass
    best = np.unravel_index(total.argmax(), total.shape)
    return LineFit(
        velocity=np.interp(INTERVAL, cumulative, speeds),
        path=(float(positions[best[1]]), float(positions[best[2]])),
        outbound=float(weights[0].sum() / mass),
        log_evidence=float(peak + np.log(mass)),
    )


@dataclass(frozen=True)
class Regression:
    """Posterior-weighted regression of position on time.

    Attributes
    ----------
    slope : float
        m s-1; NaN where fewer than two bins have spikes.
    path : tuple of float
        Position at the event's start and end, m, within the track.
    correlation : float
        Weighted correlation of position and time.
    """

    slope: float
    path: tuple[float, float]
    correlation: float


def posterior_moments(
    posterior: np.ndarray, positions: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square (bin,) of the position under posteriors (bin, position)."""
    return posterior @ positions, posterior @ positions**2


def regress_posterior(
    posterior: np.ndarray, times: np.ndarray, positions: np.ndarray, duration: float
) -> Regression:
    """Regress position on time, weighted by the posterior.

    Parameters
    ----------
    posterior : array (bin, position)
        Of bins with spikes only; silent ones say nothing.
    times : array (bin,)
        Centres, s from the event's start.
    positions : array (position,)
        m.
    duration : float
        Duration of the event, s.
    """
    if times.size < 2:
        return Regression(np.nan, (np.nan, np.nan), np.nan)
    mean, square = posterior_moments(posterior, positions)
    centred = times - times.mean()
    covariance = (centred * mean).mean()
    slope = covariance / (centred**2).mean()
    variance = square.mean() - mean.mean() ** 2
    intercept = mean.mean() - slope * times.mean()
    ends = np.clip(intercept + slope * np.array([0.0, duration]), positions[0], positions[-1])
    correlation = covariance / np.sqrt((centred**2).mean() * variance) if variance > 0 else np.nan
    return Regression(float(slope), (float(ends[0]), float(ends[1])), float(correlation))


@dataclass(frozen=True)
class TrajectoryParameters:
    """How events are decoded.

    Attributes
    ----------
    bin_s : float
        Time bin within events.
    min_map_probability : float
        An event's direction is resolved where one map holds at least this much.
    """

    bin_s: float
    min_map_probability: float


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
        (event, estimator); ``velocity_low``, ``velocity_high`` (event): the 90 % interval of
        ``likelihood``; ``outbound_probability``; the flag ``direction``;
        ``weighted_correlation``; and the candidates' own variables.
    """
    n_maps, n_positions, n_units = fields["rate"].shape
    bounds = np.column_stack([candidates["start"].values, candidates["stop"].values])
    bins = make_bins(bounds, parameters.bin_s)
    counts = count_spikes(*recording.spikes_of(fields["unit_index"].values), bins, n_units)
    log_values = log_likelihood(
        counts.astype(float),
        fields["rate"].values.reshape(-1, n_units),
        parameters.bin_s,
        fields["occupancy"].values.reshape(-1) > 0,
    )
    posterior = normalise(log_values).reshape(-1, n_maps, n_positions).sum(axis=1)
    log_values = log_values.reshape(-1, n_maps, n_positions)
    silent = counts.sum(axis=1) == 0
    positions = fields["position"].values
    lines, slopes = [], []
    for event in progress(range(len(bounds)), f"decode events of {recording.name}"):
        rows = bins.rows(event)
        duration = (rows.stop - rows.start) * parameters.bin_s
        heard = np.flatnonzero(~silent[rows]) + rows.start
        times = bins.centre[heard] - bounds[event, 0]
        lines.append(fit_lines(log_values[rows], positions, duration))
        slopes.append(regress_posterior(posterior[heard], times, positions, duration))
    events = _kinematics(lines, slopes, laps, parameters.min_map_probability)
    return events.assign(
        **{name: candidates[name] for name in candidates.data_vars},
        **_ragged(bins, posterior, silent),
    ).assign_coords(position=fields["position"], estimator=list(ESTIMATORS))


def _kinematics(
    lines: list[LineFit], slopes: list[Regression], laps: LapTimes, min_map_probability: float
) -> xr.Dataset:
    """Put the fits of all events into one Dataset and derive direction and compression."""
    quantiles = np.array([line.velocity for line in lines]).reshape(-1, 3)
    velocity = np.column_stack([quantiles[:, 1], [fit.slope for fit in slopes]]).reshape(-1, 2)
    paths = np.array([(line.path, fit.path) for line, fit in zip(lines, slopes, strict=True)])
    paths = paths.reshape(-1, 2, 2)
    outbound = np.array([line.outbound for line in lines])
    resolved = np.maximum(outbound, 1 - outbound) >= min_map_probability
    resolved &= velocity[:, 0] != 0  # without net movement there is no direction
    is_forward = (velocity[:, 0] > 0) == (outbound > 0.5)
    direction = np.where(resolved, np.where(is_forward, "forward", "reverse"), "unresolved")
    maps = np.where(resolved, np.where(outbound > 0.5, *DIRECTIONS), "both")
    compression = np.column_stack(
        [
            np.abs(velocity[:, column])
            / laps.median_speed(paths[:, column, 0], paths[:, column, 1], maps)
            for column in range(len(ESTIMATORS))
        ]
    )
    both = ("event", "estimator")
    speed = {"units": "m s-1"}
    return xr.Dataset(
        {
            "velocity": (both, velocity, speed | {"long_name": "virtual velocity"}),
            "velocity_low": ("event", quantiles[:, 0], speed | {"long_name": "5 % quantile"}),
            "velocity_high": ("event", quantiles[:, 2], speed | {"long_name": "95 % quantile"}),
            "path_start": (both, paths[:, :, 0], {"units": "m", "long_name": "start of the path"}),
            "path_stop": (both, paths[:, :, 1], {"units": "m", "long_name": "end of the path"}),
            "compression": (
                both,
                compression,
                {
                    "units": "1",
                    "long_name": "time of the laps over the stretch / time of the event",
                },
            ),
            "outbound_probability": (
                "event",
                outbound,
                {"units": "1", "long_name": "posterior of the outbound map"},
            ),
            "direction": flags(direction, EVENT_DIRECTIONS, "event", "replay direction"),
            "weighted_correlation": (
                "event",
                np.array([fit.correlation for fit in slopes]),
                {"units": "1", "long_name": "posterior-weighted correlation of position and time"},
            ),
        }
    )


def _ragged(bins: Bins, posterior: np.ndarray, silent: np.ndarray) -> dict[str, tuple]:
    """Posteriors of all events after one another, as variables of a Dataset."""
    return {
        "posterior": (
            ("bin", "position"),
            posterior.astype(np.float32),
            {"units": "1", "long_name": "posterior of the position, both maps together"},
        ),
        "bin_event": ("bin", bins.interval.astype(np.int32), {"long_name": "event of the bin"}),
        "bin_time": ("bin", bins.centre, {"units": "s", "long_name": "centre of the bin"}),
        "bin_silent": ("bin", silent.astype(np.int8), {"long_name": "1 where no unit fired"}),
    }
