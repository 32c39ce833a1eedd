"""Do pairs of cells keep their correlation from wake to sleep?"""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim import MissingData

MIN_PAIRS = 3
BINS = 2**16  # at a time


def correlation_matrix(counts: np.ndarray) -> np.ndarray:
    """Correlations (unit, unit) of counts (bin, unit); NaN for a unit whose count never changes.

    From sums of products, some bins at a time: of whole numbers they are exact.
    """
    n_bins, n_units = counts.shape
    if n_bins < 2:
        return np.full((n_units, n_units), np.nan)
    product, total = np.zeros((n_units, n_units)), np.zeros(n_units)
    for start in range(0, n_bins, BINS):
        part = np.asarray(counts[start : start + BINS], dtype=float)
        product += part.T @ part
        total += part.sum(axis=0)
    scaled = n_bins * product - np.outer(total, total)
    norm = np.sqrt(np.diag(scaled))
    norm[norm == 0] = np.nan
    return scaled / np.outer(norm, norm)


def similarity(first: np.ndarray, second: np.ndarray, orders: np.ndarray) -> np.ndarray:
    """Correlate two correlation matrices over pairs, the units of the second in other orders.

    Parameters
    ----------
    first, second : array (unit, unit)
        Symmetric.
    orders : array (permutation, unit) of int
        Orders of the second matrix's units.

    Returns
    -------
    array (permutation,)
        Pearson's correlation over the pairs known in both; NaN with fewer than three.
    """
    a, b = np.triu_indices(first.shape[0], 1)
    x = first[a, b]
    y = second[orders[:, a], orders[:, b]]  # (permutation, pair)
    known = np.isfinite(x) & np.isfinite(y)
    n = known.sum(axis=1)
    x, y = np.where(known, x, 0.0), np.where(known, y, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(known, x - (x.sum(axis=1) / n)[:, None], 0.0)
        y = np.where(known, y - (y.sum(axis=1) / n)[:, None], 0.0)
        r = (x * y).sum(axis=1) / np.sqrt((x**2).sum(axis=1) * (y**2).sum(axis=1))
    return np.where(n >= MIN_PAIRS, r, np.nan)


def pair_correlations(
    counts: Mapping[str, np.ndarray], n_permutations: int, rng: np.random.Generator, source: str
) -> xr.Dataset:
    """Correlate counts by pair of units in each state, and the pairs of wake with those of sleep.

    Parameters
    ----------
    counts : Mapping of state to array (bin, unit)
        ``wake`` first; the same units in each state.
    n_permutations : int
        Of the units in sleep: the correlations that remain when pairs are no longer the same.
    rng : numpy.random.Generator
    source : str
        The recording's name; the beginning of the message.

    Returns
    -------
    Dataset
        ``correlation`` (state, pair); ``similarity`` (sleep) of a sleep state's pairs with those
        of wake, and ``null`` (sleep, permutation).

    Raises
    ------
    MissingData
        With fewer than three pairs.
    """
    states = list(counts)
    n_units = counts[states[0]].shape[1]
    if n_units * (n_units - 1) // 2 < MIN_PAIRS:
        raise MissingData(f"{source}: expected pairs of 3 head-direction cells, found {n_units}")
    matrices = {state: correlation_matrix(counts[state]) for state in states}
    orders = np.stack(
        [np.arange(n_units), *(rng.permutation(n_units) for _ in range(n_permutations))]
    )
    a, b = np.triu_indices(n_units, 1)
    alike = np.stack([similarity(matrices[states[0]], matrices[s], orders) for s in states[1:]])
    unit_one = {"units": "1"}
    return xr.Dataset(
        {
            "correlation": (
                ("state", "pair"),
                np.stack([matrices[state][a, b] for state in states]),
                unit_one | {"long_name": "correlation of the counts of two cells"},
            ),
            "similarity": (
                "sleep",
                alike[:, 0],
                unit_one | {"long_name": "correlation over pairs, wake with sleep"},
            ),
            "null": (
                ("sleep", "permutation"),
                alike[:, 1:].astype(np.float32),
                unit_one | {"long_name": "the same with the cells of sleep permuted"},
            ),
        },
        coords={"state": states, "sleep": states[1:]},
    )
