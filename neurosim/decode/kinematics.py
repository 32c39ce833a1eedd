r"""Speed and direction of offline events by likelihood along trajectories.

A trajectory moves at constant velocity :math:`v` and is at :math:`x_m` in the middle of the
event; beyond the ends of the track it rests at the end. With spike counts :math:`n_{ti}` and
place fields :math:`f_i`, and an unknown gain :math:`g` of the whole event (bursts fire at several
times the rate of running) under the scale-invariant prior :math:`p(g) \propto 1/g`,

.. math:: \log p(n \mid v, x_m) = \sum_{ti} n_{ti} \log f_i(x_t) - N \log \sum_{ti} f_i(x_t) \tau
          + const, \qquad N = \sum_{ti} n_{ti}.

The prior is log-uniform over speeds, even over both directions of movement and over maps, and
flat over the middle from where a trajectory would just reach the track. A flat time bin adds the
same to every trajectory, so it does not pull the speed to zero, as it does with regressions of
the posterior.

Spikes that are more variable than Poisson ones (bursts, a gain that fluctuates) say less: the log
likelihood is divided by the dispersion of counts about the fields, measured awake
(`neurosim.decode.tuning.count_dispersion`).

All trajectories of all events of one duration are one sparse product. The log likelihood is
smooth on the scale of a place field; where the posterior is narrower than the grid it is
interpolated (bicubic) before it is summed, so that intervals are not those of the grid.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import xarray as xr
from scipy.sparse import csr_array

from neurosim import NeurosimError

# With steps of 8 % and 96 middles, intervals of 160 cells covered 86 % instead of 90 %.
SPEED_STEP = 0.05  # of the logarithm of the speed
N_MIDDLES = 128  # places of a trajectory's middle
REFINED = 6  # fine points for each coarse one, near the peak
REACH = (12, 16)  # coarse points around the peak that are refined: speeds, middles
FLOOR = -60.0  # log of weights that no sum would show
BATCH = 256  # events that are weighed together: memory, not results, depends on it
INTERVAL = (0.05, 0.5, 0.95)  # quantiles of the speed's posterior


@dataclass(frozen=True)
class SpeedPrior:
    """Log-uniform prior of the virtual speed.

    Attributes
    ----------
    slowest, fastest : float
        m s-1.
    """

    slowest: float
    fastest: float

    def __post_init__(self):
        if not 0 < self.slowest < self.fastest:
            raise NeurosimError(
                f"speed prior: expected 0 < slowest < fastest, found {self.slowest} and "
                f"{self.fastest} m/s"
            )

    @property
    def log_range(self) -> float:
        """Logarithm of the fastest over the slowest speed."""
        return float(np.log(self.fastest / self.slowest))

    @property
    def speeds(self) -> np.ndarray:
        """Grid of speeds (speed,), m s-1."""
        n = max(int(np.ceil(self.log_range / SPEED_STEP)), 4)
        return self.slowest * np.exp((np.arange(n) + 0.5) * self.log_range / n)


@lru_cache(maxsize=4)
def _trajectories(
    n_bins: int, width: float, n_positions: int, step: float, prior: SpeedPrior
) -> csr_array:
    """Weights (sign, speed, middle; bin, position) of every trajectory in every bin and place.

    Between the centres of position bins weights are linear.
    """
    duration, length = n_bins * width, n_positions * step
    speed = prior.speeds
    velocity = np.concatenate([-speed, speed])
    reach = length + np.abs(velocity) * duration
    fraction = (np.arange(N_MIDDLES) + 0.5) / N_MIDDLES
    middle = 0.5 * (length - reach[:, None]) + reach[:, None] * fraction
    clock = (np.arange(n_bins) + 0.5) * width - 0.5 * duration
    # In place wherever that works: these are the largest arrays of a fit.
    place = middle[..., None] + velocity[:, None, None] * clock
    place /= step
    place -= 0.5
    np.clip(place, 0, n_positions - 1, out=place)
    place = place.astype(np.float32).reshape(-1, n_bins)
    low = place.astype(np.int32)
    np.minimum(low, n_positions - 2, out=low)
    weights = np.empty((*place.shape, 2))
    np.subtract(place, low, out=weights[..., 1])
    np.subtract(1, weights[..., 1], out=weights[..., 0])
    columns = np.empty((*place.shape, 2), np.int32)
    np.add(low, np.arange(n_bins, dtype=np.int32) * n_positions, out=columns[..., 0])
    np.add(columns[..., 0], 1, out=columns[..., 1])
    pointer = np.arange(place.shape[0] + 1, dtype=np.int32) * (2 * n_bins)
    return csr_array(
        (weights.ravel(), columns.ravel(), pointer), shape=(place.shape[0], n_bins * n_positions)
    )


@dataclass(frozen=True)
class Kinematics:
    """What the likelihood along trajectories says of events.

    Attributes
    ----------
    speed : array (event, quantile)
        Quantiles of the posterior of the speed, m s-1.
    velocity : array (event,)
        Of the most probable trajectory, m s-1, positive towards increasing positions.
    middle : array (event,)
        Position of that trajectory in the middle of the event, m; may lie beyond the ends.
    outbound : array (event,)
        Posterior probability of the first map (outbound).
    forward : array (event,)
        Posterior probability of movement along the running direction of the map.
    log_evidence : array (event,)
        Log likelihood averaged over the prior, without terms that no trajectory changes.
    """

    speed: np.ndarray
    velocity: np.ndarray
    middle: np.ndarray
    outbound: np.ndarray
    forward: np.ndarray
    log_evidence: np.ndarray

    @classmethod
    def empty(cls, n_events: int, n_quantiles: int) -> "Kinematics":
        """Make room for events of which nothing is known yet (NaN)."""
        return cls(
            np.full((n_events, n_quantiles), np.nan),
            *(np.full(n_events, np.nan) for _ in range(5)),
        )

    def path(self, duration: np.ndarray, length: float) -> tuple[np.ndarray, np.ndarray]:
        """Start and end (event,) of the most probable trajectory on the track, m."""
        half = 0.5 * self.velocity * duration
        return np.clip(self.middle - half, 0, length), np.clip(self.middle + half, 0, length)

    def is_resolved(self, min_probability: float) -> np.ndarray:
        """Whether both the map and the direction of each event (event,) hold enough probability."""
        of_map = np.maximum(self.outbound, 1 - self.outbound)
        of_direction = np.maximum(self.forward, 1 - self.forward)
        return np.minimum(of_map, of_direction) >= min_probability


@dataclass(frozen=True)
class Track:
    """What events are decoded with.

    Attributes
    ----------
    rate : array (map, position, unit)
        Place fields, Hz, positive; the outbound map first.
    visited : array (map, position) of bool
        Trajectories that pass where the animal never was are ruled out.
    length : float
        m.
    dispersion : float
        Variance over mean of counts about the fields; log likelihoods are divided by it.
    """

    rate: np.ndarray
    visited: np.ndarray
    length: float
    dispersion: float = 1.0

    @classmethod
    def from_fields(cls, fields: xr.Dataset) -> "Track":
        """Take what decoding needs from estimated fields (direction, position, unit)."""
        return cls(
            fields["rate"].values,
            fields["occupancy"].values > 0,
            float(fields.attrs["track_length"]),
            float(fields["dispersion"]) if "dispersion" in fields else 1.0,
        )

    @property
    def step(self) -> float:
        """Width of a position bin, m."""
        return self.length / self.rate.shape[1]


def fit_trajectories(
    counts: np.ndarray,
    event_index: np.ndarray,
    track: Track,
    width: float,
    prior: SpeedPrior,
    quantiles: tuple[float, ...] = INTERVAL,
) -> Kinematics:
    """Weigh trajectories of constant velocity by the likelihood of each event's spikes.

    Parameters
    ----------
    counts : array (bin, unit)
        Spikes of all events after one another.
    event_index : array (bin,) of int
        Event of each bin, from 0 without gaps, in order.
    track : Track
    width : float
        Bin, s.
    prior : SpeedPrior
    quantiles : tuple of float
        Of the speed's posterior.

    Returns
    -------
    Kinematics
    """
    n_events = int(event_index[-1]) + 1 if event_index.size else 0
    first = np.searchsorted(event_index, np.arange(n_events + 1))
    n_bins_of = np.diff(first)
    log_rate = np.log(track.rate).astype(np.float32)
    out = Kinematics.empty(n_events, len(quantiles))
    for n_bins in np.unique(n_bins_of[n_bins_of > 0]).tolist():
        lines = _Lines(n_bins, width, track, prior)
        events = np.flatnonzero(n_bins_of == n_bins)
        for chosen in np.array_split(events, -(-events.size // BATCH)):
            found = counts[first[chosen, None] + np.arange(n_bins)]
            _weigh(lines.log_likelihood(found, log_rate), lines, quantiles, chosen, out)
    return out


class _Lines:
    """Trajectories through events of one duration.

    Arrays are (map, sign, speed, middle); a sign of 0 stands for decreasing positions.
    """

    def __init__(self, n_bins: int, width: float, track: Track, prior: SpeedPrior):
        self.prior, self.length, self.duration = prior, track.length, n_bins * width
        self.dispersion = np.float32(track.dispersion)
        self.weights = _trajectories(n_bins, width, track.rate.shape[1], track.step, prior)
        silence = np.where(track.visited, track.rate.sum(axis=2), 0.0)
        expected = self.weights @ np.tile(silence, n_bins).T * width
        if not track.visited.all():
            closed = np.tile((~track.visited).astype(float), n_bins)
            expected[self.weights @ closed.T > 0] = np.inf
        self.log_expected = np.log(expected).T.astype(np.float32)
        self.log_expected = self.log_expected.reshape(-1, 2, prior.speeds.size, N_MIDDLES)

    def log_likelihood(self, counts: np.ndarray, log_rate: np.ndarray) -> np.ndarray:
        """Log likelihood (event, map, sign, speed, middle) of counts (event, bin, unit)."""
        n_events, n_bins = counts.shape[:2]
        terms = np.tensordot(log_rate, counts.astype(np.float32), axes=(2, 2))
        terms = terms.transpose(3, 1, 2, 0).reshape(n_bins * log_rate.shape[1], -1)
        total = (self.weights @ terms).reshape(-1, n_events, log_rate.shape[0])
        total = total.transpose(1, 2, 0).reshape(n_events, *self.log_expected.shape)
        n_spikes = counts.sum(axis=(1, 2), dtype=np.float32)
        total -= n_spikes[:, None, None, None, None] * self.log_expected
        return total / self.dispersion

    def fine_speeds(self) -> np.ndarray:
        """Speeds (fine,) of the refined grid, m s-1."""
        n = self.prior.speeds.size * REFINED
        return self.prior.slowest * np.exp((np.arange(n) + 0.5) * self.prior.log_range / n)

    def middle(self, speed: np.ndarray, fraction: np.ndarray) -> np.ndarray:
        """Positions of middles at fractions (event,) of what a speed (event,) can reach, m."""
        return 0.5 * self.length + (self.length + speed * self.duration) * (fraction - 0.5)


def _weigh(
    log_values: np.ndarray,
    lines: _Lines,
    quantiles: tuple[float, ...],
    chosen: np.ndarray,
    out: Kinematics,
) -> None:
    """Turn log likelihoods (event, map, sign, speed, middle) into what is known of each event."""
    n_events, n_maps = log_values.shape[:2]
    peak = log_values.max(axis=(1, 2, 3, 4))
    log_values -= peak[:, None, None, None, None]
    weights = np.exp(log_values)
    by_slab = weights.sum(axis=(3, 4), dtype=float)
    mass = by_slab.sum(axis=(1, 2))
    out.outbound[chosen] = by_slab[:, 0].sum(axis=1) / mass
    along = by_slab[:, 0, 1] + (by_slab[:, 1, 0] if n_maps > 1 else 0.0)
    out.forward[chosen] = along / mass
    out.log_evidence[chosen] = peak + np.log(mass / by_slab[0].size / weights[0, 0, 0].size)
    slab = by_slab.reshape(n_events, -1).argmax(axis=1)
    best = log_values.reshape(n_events, -1, *log_values.shape[3:])[np.arange(n_events), slab]
    by_speed = weights.sum(axis=(1, 2, 4), dtype=float)
    posterior, speed, fraction = _refined(best, by_speed, lines.fine_speeds())
    edges = np.log(lines.fine_speeds()) + 0.5 * lines.prior.log_range / posterior.shape[1]
    below = np.cumsum(posterior, axis=1)
    below /= below[:, -1:]
    out.speed[chosen] = np.exp([np.interp(quantiles, row, edges) for row in below])
    out.velocity[chosen] = np.where(slab % 2 == 1, speed, -speed)
    out.middle[chosen] = lines.middle(speed, fraction)


def _refined(
    log_values: np.ndarray, by_speed: np.ndarray, fine_speeds: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Interpolate the neighbourhood of the peak.

    Parameters
    ----------
    log_values : array (event, speed, middle)
        Of the most probable map and direction.
    by_speed : array (event, speed)
        Weights of all maps, directions and middles.
    fine_speeds : array (fine,)
        m s-1.

    Returns
    -------
    posterior : array (event, fine)
        Mass at the fine speeds: that of the grid, with the neighbourhood's replaced.
    speed : array (event,)
        Of the most probable trajectory, m s-1.
    fraction : array (event,)
        Its middle, as a fraction of what the speed can reach.
    """
    n_events, n_speeds, n_middles = log_values.shape
    n_rows, n_columns = min(2 * REACH[0] + 1, n_speeds), min(2 * REACH[1] + 1, n_middles)
    top = log_values.reshape(n_events, -1).argmax(axis=1)
    row = np.clip(top // n_middles - REACH[0], 0, n_speeds - n_rows)
    column = np.clip(top % n_middles - REACH[1], 0, n_middles - n_columns)
    event = np.arange(n_events)[:, None]
    window = log_values[
        event[:, :, None],
        (row[:, None] + np.arange(n_rows))[:, :, None],
        (column[:, None] + np.arange(n_columns))[:, None, :],
    ]
    window = np.maximum(window, FLOOR)
    fine_values = _interpolation(n_rows) @ window @ _interpolation(n_columns).T
    fine = np.exp(fine_values)
    places = REFINED * row[:, None] + np.arange(REFINED * n_rows)
    posterior = np.repeat(by_speed / REFINED, REFINED, axis=1)
    posterior[event, places] -= np.repeat(np.exp(window).sum(axis=2) / REFINED, REFINED, axis=1)
    np.maximum(posterior, 0.0, out=posterior)
    posterior[event, places] += fine.sum(axis=2) / REFINED**2
    peak = fine_values.reshape(n_events, -1).argmax(axis=1)
    speed = fine_speeds[REFINED * row + peak // fine.shape[2]]
    fraction = column + (peak % fine.shape[2] + 0.5) / REFINED
    return posterior, speed, fraction / n_middles


@lru_cache(maxsize=8)
def _interpolation(n: int) -> np.ndarray:
    """Weights (fine, coarse) of cubic convolution (Keys 1981, 10.1109/TASSP.1981.1163711)."""
    place = (np.arange(n * REFINED) + 0.5) / REFINED - 0.5
    matrix = np.zeros((place.size, n), dtype=np.float32)
    base = np.floor(place).astype(int)
    for offset in (-1, 0, 1, 2):
        t = np.abs(place - (base + offset))
        near = 1.5 * t**3 - 2.5 * t**2 + 1
        far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
        column = np.clip(base + offset, 0, n - 1)
        np.add.at(matrix, (np.arange(place.size), column), np.where(t <= 1, near, far))
    return matrix
