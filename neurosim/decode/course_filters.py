"""Filters of time courses that are the same for all states, so that none moves in time."""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_toeplitz
from scipy.signal import butter, lfilter, sosfiltfilt

from neurosim import MissingData, NeurosimError
from neurosim.decode.lag_moments import lag_moments

STOP_ORDER = 3  # of the Butterworth filter, which is run both ways
MARGIN = 30  # samples that running it both ways needs at the ends


def fitted_autoregression(courses: Sequence[np.ndarray], order: int) -> np.ndarray:
    r"""Fit one autoregression to all time courses by the Yule-Walker equations.

    All states share it, so that whitening moves none of them in time against another.

    Parameters
    ----------
    courses : sequence of array (time, state)
    order : int

    Returns
    -------
    array (order,)
        Weights :math:`\phi_k` of :math:`x(t) = \sum_k \phi_k x(t - k) + e(t)`.

    Raises
    ------
    MissingData
        If no stretch is longer than the order, or no course changes.
    """
    covariance = lag_moments(courses, order).covariance[:, 0]
    by_state = np.diagonal(covariance, axis1=1, axis2=2)
    changing = by_state[0] > 0
    if not changing.any():
        raise MissingData("time courses: expected states that change, found constant ones")
    correlation = (by_state[:, changing] / by_state[0, changing]).mean(axis=1)
    return solve_toeplitz(correlation[:-1], correlation[1:])


def whitened(courses: Sequence[np.ndarray], order: int) -> list[np.ndarray]:
    """Take from every time course what an autoregression fitted to all of them foresees.

    Parameters and errors are those of `fitted_autoregression`.

    Returns
    -------
    list of array (time - order, state)
        Of the stretches longer than the order.
    """
    taps = np.concatenate([[1.0], -fitted_autoregression(courses, order)])
    return [lfilter(taps, [1.0], one, axis=0)[order:] for one in courses if len(one) > order]


def without_rhythm(
    courses: Sequence[np.ndarray], low_hz: float, high_hz: float, bin_s: float
) -> list[np.ndarray]:
    """Take a band of frequencies from every time course, without a shift in time.

    Parameters
    ----------
    courses : sequence of array (time, state)
    low_hz, high_hz : float
        Edges of the band, Hz.
    bin_s : float
        Time between samples, s.

    Returns
    -------
    list of array (time, state)
        Of the stretches longer than 30 samples.

    Raises
    ------
    NeurosimError
        If the band does not lie between 0 and half the sampling rate.
    """
    half = 0.5 / bin_s
    if not 0 < low_hz < high_hz < half:
        raise NeurosimError(
            f"rhythm: expected a band between 0 and {half:g} Hz, found {low_hz:g} to {high_hz:g} Hz"
        )
    stop = butter(STOP_ORDER, [low_hz, high_hz], "bandstop", fs=1 / bin_s, output="sos")
    return [sosfiltfilt(stop, one, axis=0) for one in courses if len(one) > MARGIN]
