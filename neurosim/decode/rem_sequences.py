r"""How fast REM runs through a track, by likelihood lines and by scaled templates of running.

**likelihood**. REM is cut into windows of seconds; in each the straight paths through every
environment are weighed (`neurosim.decode.path_lines`), and neighbouring windows that hold a path
on the first track are joined to a sequence. Its speed is that of the lines through all of it
(`neurosim.decode.kinematics`); the compression is that speed over that of the laps.

**template_correlation** (Louie & Wilson 2001, 10.1016/S0896-6273(01)00186-6, in its simplest
form). The spike counts of the laps of a direction, averaged over laps of normalised time, are a
template (unit by time), which is stretched by factors and correlated with REM at every lag. A
match is a peak whose correlation stands `MIN_Z` standard deviations above that of templates with
permuted units; its compression is one over its factor. Short windows correlate well by chance
more easily, so scores of different factors are compared in these standard deviations. A template
averages over the track: where a lap in REM begins or ends within the window, or the speed
differs from the factors on the grid, it is blurred.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.special import logsumexp

from neurosim import MissingData
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import smoothed
from neurosim.decode.kinematics import SpeedPrior, Track, fit_trajectories
from neurosim.decode.path_lines import PathSpace, nowhere_evidence, path_spaces, weigh_paths
from neurosim.recording import Recording
from neurosim.world.laps import DIRECTIONS, LapTimes

RATIOS = (0.1, 8.0)  # times the speed of the laps: the prior of the speed
MIN_BINS = 4  # a path that is run through in fewer has no speed to speak of
FACTORS = np.exp(np.linspace(np.log(0.4), np.log(4.0), 24))  # by which templates are stretched
MIN_TEMPLATE_BINS = 4  # a shorter template has no order
N_PERMUTED, MIN_Z = 20, 6.0
TEMPLATE_POINTS = 64  # of the normalised time of a lap


@dataclass(frozen=True)
class RemParameters:
    """How sequences in REM are decoded.

    Attributes
    ----------
    bin_s : float
        Time bin.
    window_s : float
        Window in which a path is looked for.
    min_probability : float
        Of the first track, for a window to count.
    min_span_m : float
        Shortest way of a sequence.
    """

    bin_s: float
    window_s: float
    min_probability: float
    min_span_m: float


def rem_counts(recording: Recording, units: np.ndarray, width: float) -> tuple[Bins, np.ndarray]:
    """Count the spikes of some units in bins of REM after running.

    Raises
    ------
    MissingData
        If there is no such REM.
    """
    bins = make_bins(recording.intervals(state="rem", phase="post"), width)
    if bins.size == 0:
        raise MissingData(f"{recording.name}: expected REM after running, found none")
    return bins, count_spikes(*recording.spikes_of(units), bins, units.size)


def home_probability(
    counts: np.ndarray, bins: Bins, spaces: Mapping[str, PathSpace], home: str, n_window: int
) -> np.ndarray:
    """Posterior (window,) that a path on one track made the spikes of each window.

    Windows of `n_window` bins begin at every bin; those that leave an epoch get 0.
    """
    begins = np.arange(max(bins.size - n_window + 1, 0))
    whole = bins.interval[begins] == bins.interval[begins + n_window - 1]
    rows = (begins[whole, None] + np.arange(n_window)).ravel()
    index = np.repeat(np.arange(int(whole.sum())), n_window)
    found = np.zeros(begins.size)
    if rows.size == 0:
        return found
    windows = counts[rows]
    evidence = [weigh_paths(windows, index, space, bins.width)[0] for space in spaces.values()]
    nowhere = nowhere_evidence(windows, index, list(spaces.values()), bins.width)
    values = np.column_stack([*evidence, nowhere])
    values -= logsumexp(values, axis=1, keepdims=True)
    found[whole] = np.exp(values[:, list(spaces).index(home)])
    return found


def joined_windows(good: np.ndarray, interval: np.ndarray, n_window: int) -> np.ndarray:
    """Join windows that begin one after another: first bin and bin after the last (run, 2).

    Parameters
    ----------
    good : array (window,) of bool
    interval : array (window,)
        Epoch of each window; runs do not cross epochs.
    n_window : int
        Bins of a window.

    Examples
    --------
    >>> joined_windows(np.array([0, 1, 1, 0, 1], bool), np.zeros(5), 3).tolist()
    [[1, 5], [4, 7]]
    """
    rows = np.flatnonzero(good)
    if rows.size == 0:
        return np.zeros((0, 2), int)
    breaks = (np.diff(rows) > 1) | (np.diff(interval[rows]) != 0)
    first = rows[np.concatenate([[True], breaks])]
    last = rows[np.concatenate([breaks, [True]])]
    return np.column_stack([first, last + n_window])


def rem_sequences(
    recording: Recording,
    maps: Mapping[str, xr.Dataset],
    laps: LapTimes,
    home: str,
    parameters: RemParameters,
) -> xr.Dataset:
    """Find sequences of the first track in REM, and their compression by likelihood lines.

    Returns
    -------
    Dataset (sequence)
        ``start``, ``stop`` s; ``speed`` m s-1 and its 90 % interval ``speed_low``,
        ``speed_high``; ``path_start``, ``path_stop`` m; ``compression``. Paths that are run
        through in fewer than `MIN_BINS` bins are left out: mostly the last spikes of a lap.

    Raises
    ------
    MissingData
        If there is no REM after running, or no map of the track.
    """
    if home not in maps:
        raise MissingData(f"{recording.name}: expected place fields on {home!r}, found none")
    fields = maps[home]
    bins, counts = rem_counts(recording, fields["unit_index"].values, parameters.bin_s)
    n_window = max(round(parameters.window_s / parameters.bin_s), 2)
    spaces = path_spaces(recording, maps)
    probability = home_probability(counts, bins, spaces, home, n_window)
    good = probability >= parameters.min_probability
    runs = joined_windows(good, bins.interval[: good.size], n_window)
    rows = np.concatenate([np.zeros(0, int), *(np.arange(a, b) for a, b in runs)])
    event = np.repeat(np.arange(len(runs)), np.ptp(runs, axis=1))
    track = Track(
        fields["rate"].values, fields["occupancy"].values > 0, float(fields.attrs["track_length"])
    )
    ends = laps.points[[0, -1]]
    typical = float(laps.median_speed(ends[:1], ends[1:], np.array(["both"]))[0])
    prior = SpeedPrior(RATIOS[0] * typical, RATIOS[1] * typical)
    fit = fit_trajectories(counts[rows], event, track, bins.width, prior)
    start, stop = fit.path(np.ptp(runs, axis=1) * bins.width, track.length)
    direction = np.array(DIRECTIONS)[(fit.outbound < 0.5).astype(int)]
    ratio = fit.speed[:, 1] / laps.median_speed(start, stop, direction)
    span = np.abs(stop - start)
    long = (span >= parameters.min_span_m) & (span >= MIN_BINS * bins.width * fit.speed[:, 1])
    described = {
        "start": (bins.start[runs[:, 0]], "s", "start of the sequence"),
        "stop": (bins.stop[runs[:, 1] - 1], "s", "end of the sequence"),
        "speed": (fit.speed[:, 1], "m s-1", "virtual speed"),
        "speed_low": (fit.speed[:, 0], "m s-1", "5 % quantile of the speed"),
        "speed_high": (fit.speed[:, -1], "m s-1", "95 % quantile of the speed"),
        "path_start": (start, "m", "start of the path"),
        "path_stop": (stop, "m", "end of the path"),
        "compression": (ratio, "1", "time of the laps over that of the sequence"),
    }
    return xr.Dataset(
        {
            n: ("sequence", v[long], {"units": u, "long_name": t})
            for n, (v, u, t) in described.items()
        }
    )


def lap_template(
    recording: Recording, units: np.ndarray, laps: np.ndarray, outbound: bool
) -> tuple[np.ndarray, float]:
    """Average the spikes of the laps of a direction over normalised time.

    Parameters
    ----------
    recording : Recording
    units : array (unit,) of int
    laps : array (time,)
        Lap numbers on the behaviour clock; -1 outside.
    outbound : bool

    Returns
    -------
    rate : array (point, unit)
        Hz, at `TEMPLATE_POINTS` points of the lap.
    duration : float
        Median duration of the laps, s; NaN without a lap.
    """
    times, unit = recording.spikes_of(units)
    position = recording.behaviour["track_position"].values
    counts, durations = np.zeros((TEMPLATE_POINTS, units.size)), []
    for number in np.unique(laps[laps >= 0]).tolist():
        samples = np.flatnonzero(laps == number)
        if (position[samples[-1]] > position[samples[0]]) != outbound:
            continue
        begin, end = recording.time[samples[[0, -1]]]
        inside = slice(*np.searchsorted(times, [begin, end]))
        point = ((times[inside] - begin) / (end - begin) * TEMPLATE_POINTS).astype(int)
        np.add.at(counts, (np.minimum(point, TEMPLATE_POINTS - 1), unit[inside]), 1.0)
        durations.append(end - begin)
    if not durations:
        return counts, float("nan")
    return counts * TEMPLATE_POINTS / np.sum(durations), float(np.median(durations))


def sliding_correlation(counts: np.ndarray, templates: np.ndarray) -> np.ndarray:
    """Correlate templates with the spike counts at every lag, over all units and bins.

    Parameters
    ----------
    counts : array (bin, unit)
    templates : array (template, n, unit)

    Returns
    -------
    array (template, lag)
        Pearson correlation of each template with the `n` bins from each bin on; NaN where
        either does not vary.
    """
    n = templates.shape[1]
    windows = np.lib.stride_tricks.sliding_window_view(counts, n, axis=0)  # (lag, unit, n)
    flat = windows.reshape(len(windows), -1).astype(np.float32)
    flat = flat - flat.mean(axis=1, keepdims=True)
    shapes = templates.transpose(0, 2, 1).reshape(len(templates), -1).astype(np.float32)
    shapes = shapes - shapes.mean(axis=1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        norm = np.linalg.norm(shapes, axis=1)[:, None] * np.linalg.norm(flat, axis=1)
        return (shapes @ flat.T) / norm


def template_matches(
    recording: Recording,
    units: np.ndarray,
    laps: np.ndarray,
    width: float,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Find where templates of the laps, stretched in time, match REM.

    Parameters
    ----------
    recording : Recording
    units : array (unit,) of int
    laps : array (time,)
        Lap numbers on the first track; -1 elsewhere.
    width : float
        Time bin, s.
    rng : numpy.random.Generator
        Permutes units.

    Returns
    -------
    Dataset (match)
        ``start``, ``stop`` s, ``correlation``, ``z_score`` and ``compression``.
    """
    bins, counts = rem_counts(recording, units, width)
    permuted = [rng.permutation(units.size) for _ in range(N_PERMUTED)]
    rows = []
    for outbound in (True, False):
        rate, duration = lap_template(recording, units, laps, outbound)
        for factor in FACTORS if np.isfinite(duration) else ():
            n = round(factor * duration / width)
            if n < MIN_TEMPLATE_BINS:
                continue
            share = (np.arange(n) + 0.5) / n * TEMPLATE_POINTS - 0.5
            shape = smoothed(rate, TEMPLATE_POINTS / n / 2, mode="nearest", axis=0)
            shape = shape[np.clip(np.rint(share).astype(int), 0, TEMPLATE_POINTS - 1)]
            rows += _peaks(
                bins, counts, np.stack([shape, *(shape[:, p] for p in permuted)]), factor
            )
    return _matches(rows)


def _peaks(
    bins: Bins, counts: np.ndarray, templates: np.ndarray, factor: float
) -> list[tuple[float, ...]]:
    """Where the first template stands above the permuted ones: z, start, stop, factor, r."""
    n, found = templates.shape[1], []
    null, ours = [], []
    for interval in np.unique(bins.interval).tolist():
        rows = bins.rows(interval)
        if rows.stop - rows.start < n:
            continue
        values = sliding_correlation(counts[rows], templates)
        null.append(values[1:].ravel())
        ours.append((rows.start, values[0]))
    if not ours:
        return found
    spread = np.concatenate(null)
    mean, sd = np.nanmean(spread), np.nanstd(spread)
    for begin, values in ours:
        z = (values - mean) / sd
        for lag in np.flatnonzero(z > MIN_Z).tolist():
            first = begin + lag
            start, stop = bins.start[first], bins.stop[first + n - 1]
            found.append((float(z[lag]), start, stop, factor, float(values[lag])))
    return found


def _matches(rows: list[tuple[float, ...]]) -> xr.Dataset:
    """Keep the best of matches that overlap by more than half of the shorter."""
    kept: list[tuple[float, ...]] = []
    for row in sorted(rows, reverse=True):
        if all(_overlap(row, other) <= 0.5 for other in kept):
            kept.append(row)
    table = np.array(sorted(kept, key=lambda row: row[1])).reshape(-1, 5).T
    described = {
        "start": (table[1], "s", "start of the match"),
        "stop": (table[2], "s", "end of the match"),
        "correlation": (table[4], "1", "correlation of the template with REM"),
        "z_score": (table[0], "1", "above templates with permuted units, in SDs"),
        "compression": (1 / table[3], "1", "duration of the laps over that of the match"),
    }
    return xr.Dataset(
        {n: ("match", v, {"units": u, "long_name": t}) for n, (v, u, t) in described.items()}
    )


def _overlap(a: tuple[float, ...], b: tuple[float, ...]) -> float:
    common = min(a[2], b[2]) - max(a[1], b[1])
    return common / min(a[2] - a[1], b[2] - b[1])
