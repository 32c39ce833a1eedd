"""Are the colliculus' patterns of wake those of sleep? Pairwise correlations and turn events."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.bins import Bins, count_spikes, make_bins
from neurosim.decode.common import smoothed, units_of
from neurosim.decode.turn_cells import REGION, normal_intervals
from neurosim.decode.turn_events import DIRECTIONS, TurnEventRule
from neurosim.recording import Recording

MEASURES = ("pairwise_correlations", "event_pattern")
ASLEEP = ("rem", "nrem")
EVENT_BIN = 0.01  # s; as fine as the pattern of events of 50 ms needs
FEWEST_UNITS = 4


@dataclass(frozen=True)
class PatternParameters:
    """How patterns are compared.

    Attributes
    ----------
    bin_s : float
        Time bin of pairwise correlations, s.
    n_permutations : int
        Permutations of the units' identities.
    """

    bin_s: float
    n_permutations: int


def pattern_similarity(
    recording: Recording,
    cells: xr.Dataset,
    events: TurnEventRule,
    patterns: PatternParameters,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Compare the colliculus' patterns of wake with those of REM and NREM.

    ``pairwise_correlations``: the correlation, over pairs of units, of their count correlations
    awake and asleep. ``event_pattern``: the correlation, over units, of how much each fires above
    its mean in population turn events awake and asleep. A unit's own spikes make events, so that
    it would fire in them without any pattern: its pattern is taken from events of the others.

    Parameters
    ----------
    recording : Recording
    cells : Dataset (unit)
        From `neurosim.decode.turn_cells.turn_cells`.
    events : TurnEventRule
    patterns : PatternParameters
    rng : numpy.random.Generator
        Permutes the units asleep: the null in which a unit is no more like itself than others.

    Returns
    -------
    Dataset (measure, state)
        ``similarity``, ``permuted_similarity`` (the mean of the null) and ``p_value``, 1, of sleep
        states beside wake; NaN where there is no such state or there are too few turn cells.

    Raises
    ------
    MissingData
        If there is no wake or there are fewer than four units.
    """
    units = units_of(recording, REGION)
    if units.size < FEWEST_UNITS or normal_intervals(recording, "run").size == 0:
        raise MissingData(
            f"{recording.name}: expected time in an open arena and at least {FEWEST_UNITS} units "
            f"in {REGION}, found {units.size} units"
        )
    shape = (len(MEASURES), len(ASLEEP))
    found = {name: np.full(shape, np.nan) for name in ("similarity", "permuted", "p")}
    awake = state_patterns(recording, units, "run", cells, events, patterns.bin_s)
    for j, state in enumerate(ASLEEP):
        if normal_intervals(recording, state).size == 0:
            continue
        asleep = state_patterns(recording, units, state, cells, events, patterns.bin_s)
        orders = np.array([rng.permutation(units.size) for _ in range(patterns.n_permutations)])
        compared = (
            _compare_correlations(awake.correlations, asleep.correlations, orders),
            _compare_events(awake.in_events, asleep.in_events, orders),
        )
        for i, (similarity, null) in enumerate(compared):
            if np.isfinite(similarity):
                found["similarity"][i, j], found["permuted"][i, j] = similarity, null.mean()
                found["p"][i, j] = (1 + np.sum(null >= similarity - 1e-12)) / (1 + null.size)
    words = {
        "similarity": ("similarity", "correlation of a pattern awake and asleep"),
        "permuted_similarity": ("permuted", "mean of permuted units"),
        "p_value": ("p", "share of permutations with as high a similarity"),
    }
    variables = {
        name: (("measure", "state"), found[key], {"units": "1", "long_name": long_name})
        for name, (key, long_name) in words.items()
    }
    return xr.Dataset(variables, coords={"measure": list(MEASURES), "state": list(ASLEEP)})


@dataclass(frozen=True)
class StatePatterns:
    """Patterns of a state.

    Attributes
    ----------
    correlations : array (unit, unit)
        Correlations of counts; NaN for units that are silent.
    in_events : array (direction, unit)
        Rates above the mean in population turn events, Hz, of directions with enough cells.
    """

    correlations: np.ndarray
    in_events: np.ndarray


def state_patterns(
    recording: Recording,
    units: np.ndarray,
    state: str,
    cells: xr.Dataset,
    rule: TurnEventRule,
    width: float,
) -> StatePatterns:
    """Measure the patterns of a state; correlations of counts in bins of `width` s."""
    spikes, intervals = recording.spikes_of(units), normal_intervals(recording, state)
    bins, fine = make_bins(intervals, width), make_bins(intervals, EVENT_BIN)
    preferred = cells["preferred_turn"].values
    members = [preferred == sign for sign in DIRECTIONS.values()]
    large = [chosen for chosen in members if chosen.sum() >= rule.min_cells]
    counts = count_spikes(*spikes, fine, units.size)
    return StatePatterns(
        _count_correlations(count_spikes(*spikes, bins, units.size)),
        event_patterns(fine, counts, np.array(large).reshape(-1, units.size), rule),
    )


def _count_correlations(counts: np.ndarray) -> np.ndarray:
    """Correlations (unit, unit) of counts (bin, unit); NaN for constant ones."""
    centred = counts - counts.mean(axis=0)
    norm = np.sqrt((centred**2).sum(axis=0))
    scaled = np.divide(centred, norm, out=np.full_like(centred, np.nan), where=norm > 0)
    return scaled.T @ scaled


def _compare_correlations(
    awake: np.ndarray, asleep: np.ndarray, orders: np.ndarray
) -> tuple[float, np.ndarray]:
    """Similarity of matrices of correlations (unit, unit), and its null (permutation,)."""
    active = np.isfinite(np.diag(awake)) & np.isfinite(np.diag(asleep))
    if active.sum() < FEWEST_UNITS:
        return np.nan, np.empty(0)
    first, second = (matrix[np.ix_(active, active)] for matrix in (awake, asleep))
    i, j = np.triu_indices(len(first), 1)
    ranks = np.cumsum(active) - 1
    kept = ranks[orders[active[orders]].reshape(len(orders), -1)]
    similarity = _correlations(
        first[i, j], np.vstack([second[i, j], second[kept[:, i], kept[:, j]]])
    )
    return float(similarity[0]), similarity[1:]


def _compare_events(
    awake: np.ndarray, asleep: np.ndarray, orders: np.ndarray
) -> tuple[float, np.ndarray]:
    """Similarity of rates in events (direction, unit), averaged over directions, and its null."""
    if len(awake) == 0:
        return np.nan, np.empty(0)
    pairs = zip(awake, asleep, strict=True)
    found = [_correlations(first, np.vstack([second, second[orders]])) for first, second in pairs]
    similarity = np.mean(found, axis=0)
    return float(similarity[0]), similarity[1:]


def event_patterns(
    bins: Bins, counts: np.ndarray, members: np.ndarray, rule: TurnEventRule
) -> np.ndarray:
    """How much each unit fires above its mean in events of the others, Hz.

    Parameters
    ----------
    bins : Bins
        Bins (bin,) of a state.
    counts : array (bin, unit)
    members : array (direction, unit) of bool
        Turn cells of each direction, whose summed rate makes events.
    rule : TurnEventRule
        The threshold is mean plus SD within the state.

    Returns
    -------
    array (direction, unit)
    """
    by_unit = np.ascontiguousarray(counts.T)
    smooth = np.empty_like(by_unit)
    for interval in np.unique(bins.interval):
        rows = bins.rows(interval)
        smooth[:, rows] = smoothed(
            by_unit[:, rows], rule.smoothing_s / bins.width, mode="reflect", axis=1
        )
    found, mean = np.zeros(members.shape), by_unit.mean(axis=1)
    for k, chosen in enumerate(members):
        total = smooth[chosen].sum(axis=0)
        inside = _above_threshold(total, rule)
        if inside.any():
            found[k] = by_unit[:, inside].mean(axis=1) - mean
        for unit in np.flatnonzero(chosen):
            inside = _above_threshold(total - smooth[unit], rule)
            found[k, unit] = by_unit[unit, inside].mean() - mean[unit] if inside.any() else 0.0
    return found / bins.width


def _above_threshold(rate: np.ndarray, rule: TurnEventRule) -> np.ndarray:
    """Bins (bin,) in which a rate is above its threshold."""
    return rate > rate.mean() + rule.threshold_sd * rate.std()


def _correlations(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Pearson correlations (row,) of values (item,) with each of rows (row, item)."""
    a = values - values.mean()
    b = rows - rows.mean(axis=1, keepdims=True)
    norm = np.sqrt((a**2).sum() * (b**2).sum(axis=1))
    return np.divide(b @ a, norm, out=np.zeros(len(b)), where=norm > 0)
