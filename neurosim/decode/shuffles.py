"""Significance of the weighted correlation against shuffled posteriors.

Both shuffles act on the posterior's mean and mean square by time bin, so a thousand shuffles
cost a matrix product, not a thousand decodings:

``time_bin``
    The bins of an event in random order. The variances stay; only the covariance changes.
``column_cycle``
    Each bin's posterior rotated around the track by a random amount (Davidson et al. 2009,
    10.1016/j.neuron.2009.07.027). The moments of every rotation come from one product with a
    circulant matrix.

They reject "no structure", not "no direction": a random walk passes them as well.
"""

import numpy as np
import xarray as xr

from neurosim.decode.trajectories import posterior_moments
from neurosim.progress import progress

SHUFFLES = ("time_bin", "column_cycle")


def weighted_correlation(mean: np.ndarray, square: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Correlation of position and time from the moments of the posterior.

    Parameters
    ----------
    mean, square : array (..., bin)
        Mean and mean square of the position in each bin.
    times : array (bin,)

    Returns
    -------
    array (...)
        Zero where the position does not vary.
    """
    centred = times - times.mean()
    covariance = mean @ centred / times.size
    variance = square.mean(axis=-1) - mean.mean(axis=-1) ** 2
    scale = np.sqrt(np.maximum(variance, 0) * (centred**2).mean())
    return np.divide(covariance, scale, out=np.zeros_like(covariance), where=scale > 1e-12)


def rotated_moments(posterior: np.ndarray, positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and mean square (bin, rotation) of posteriors (bin, position) rotated by every step."""
    step = np.arange(positions.size)
    turned = positions[(step[:, None] - step) % positions.size]  # a circulant matrix
    return posterior @ turned, posterior @ turned**2


def shuffle_p_values(
    posterior: np.ndarray,
    times: np.ndarray,
    positions: np.ndarray,
    n_shuffles: int,
    rng: np.random.Generator,
) -> dict[str, float]:
    """Two-sided p value of the weighted correlation of one event for each shuffle.

    Parameters
    ----------
    posterior : array (bin, position)
        Bins with spikes.
    times : array (bin,)
        s.
    positions : array (position,)
        m.
    n_shuffles : int
    rng : numpy.random.Generator

    Returns
    -------
    dict of shuffle name to float
        ``(1 + number at least as large) / (1 + n_shuffles)``; NaN with fewer than three bins.
    """
    if times.size < 3:
        return dict.fromkeys(SHUFFLES, np.nan)
    mean, square = posterior_moments(posterior, positions)
    observed = abs(float(weighted_correlation(mean[None], square[None], times)[0]))
    order = rng.permuted(np.tile(np.arange(times.size), (n_shuffles, 1)), axis=1)
    turned_mean, turned_square = rotated_moments(posterior, positions)
    rotation = rng.integers(0, positions.size, (n_shuffles, times.size))
    row = np.arange(times.size)
    null = {
        "time_bin": weighted_correlation(mean[order], square[order], times),
        "column_cycle": weighted_correlation(
            turned_mean[row, rotation], turned_square[row, rotation], times
        ),
    }
    return {
        name: (1 + int((np.abs(values) >= observed - 1e-12).sum())) / (1 + n_shuffles)
        for name, values in null.items()
    }


def event_significance(
    events: xr.Dataset, n_shuffles: int, rng: np.random.Generator, name: str
) -> xr.Dataset:
    """Test every decoded event against both shuffles.

    Parameters
    ----------
    events : Dataset
        From `neurosim.decode.trajectories.decode_events`.
    n_shuffles : int
    rng : numpy.random.Generator
    name : str
        The recording, for the progress bar.

    Returns
    -------
    Dataset (event, shuffle)
        ``p_value``.
    """
    positions = events["position"].values
    heard = events["bin_silent"].values == 0
    owner = events["bin_event"].values
    n_events = events.sizes["event"]
    p_values = np.full((n_events, len(SHUFFLES)), np.nan)
    edges = np.searchsorted(owner, np.arange(n_events + 1))
    for event in progress(range(n_events), f"shuffle events of {name}"):
        rows = np.arange(edges[event], edges[event + 1])
        rows = rows[heard[rows]]
        result = shuffle_p_values(
            events["posterior"].values[rows].astype(float),
            events["bin_time"].values[rows],
            positions,
            n_shuffles,
            rng,
        )
        p_values[event] = [result[shuffle] for shuffle in SHUFFLES]
    return xr.Dataset(
        {
            "p_value": (
                ("event", "shuffle"),
                p_values,
                {"units": "1", "long_name": "p value of the weighted correlation"},
            )
        },
        coords={"shuffle": list(SHUFFLES)},
    )


def is_significant(p_values: np.ndarray, alpha: float) -> np.ndarray:
    """Decide which events (event,) pass every shuffle (event, shuffle); untested ones do not."""
    return np.all(np.nan_to_num(p_values, nan=1.0) <= alpha, axis=1)
