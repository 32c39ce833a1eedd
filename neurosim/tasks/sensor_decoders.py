r"""Decoders of codes from sensors, trained while the objects are shown (a localiser).

A logistic regression for each code against all others of its kind and against samples in which
nothing is shown (Liu et al. 2019, 10.1016/j.cell.2019.06.012, with a ridge where they have a
lasso):

.. math:: P(c \mid y) = \sigma(w_c^T y + b_c)

by Newton's method, all codes in one batch.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from neurosim import NeurosimError
from neurosim.tasks.sensors import Sensors

N_STEPS = 25
TOLERANCE = 1e-6  # of the largest weight


@dataclass(frozen=True)
class Decoders:
    """One logistic decoder a code.

    Attributes
    ----------
    weights : array (sensor, code)
    intercept : array (code,)
    """

    weights: np.ndarray
    intercept: np.ndarray

    def probabilities(self, series: np.ndarray) -> np.ndarray:
        """Time courses (time, code) from what sensors show (time, sensor)."""
        return self.of_readouts(series @ self.weights)

    def of_readouts(self, readouts: np.ndarray) -> np.ndarray:
        """The same from what the decoders read out, weighted sums (time, code) of sensors."""
        return expit(readouts + self.intercept)

    def take(self, codes: slice | np.ndarray) -> "Decoders":
        """Keep the decoders of some codes."""
        return Decoders(self.weights[:, codes], self.intercept[codes])


def localiser(
    sensors: Sensors, codes: np.ndarray, n_trials: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw samples in which codes are active one at a time, and as many in which none is.

    Parameters
    ----------
    sensors : Sensors
    codes : array (code,) of int
        Of one kind.
    n_trials : int
        Of each code. Trials are far apart: their noise is independent.
    rng : numpy.random.Generator

    Returns
    -------
    series : array (trial, sensor)
    shown : array (trial,) of int
        Index into `codes`; -1 where nothing was shown.
    """
    shown = np.repeat(np.arange(codes.size), n_trials)
    series = rng.normal(size=(2 * shown.size, sensors.noise_root.shape[1])) @ sensors.noise_root.T
    series[: shown.size] += sensors.patterns[codes[shown]]
    return series, np.concatenate([shown, np.full(shown.size, -1)])


def fit_decoders(series: np.ndarray, shown: np.ndarray, penalty: float) -> Decoders:
    """Fit a logistic regression with a ridge to every code.

    Parameters
    ----------
    series : array (trial, sensor)
    shown : array (trial,) of int
        Code; -1 for none.
    penalty : float
        Half of it times the squared weights is added to the negative log likelihood.

    Returns
    -------
    Decoders

    Raises
    ------
    NeurosimError
        If the penalty is not positive: sensors are many, and weights would grow without limit.
    """
    if not penalty > 0:
        raise NeurosimError(f"penalty: expected more than 0, found {penalty}")
    n_codes, n_weights = shown.max() + 1, series.shape[1] + 1
    design = np.concatenate([series, np.ones((len(series), 1))], axis=1)
    target = (shown == np.arange(n_codes)[:, None]).astype(float)  # (code, trial)
    ridge = np.diag(np.append(np.full(n_weights - 1, float(penalty)), 0.0))
    weights = np.zeros((n_codes, n_weights))
    for _ in range(N_STEPS):
        probability = expit(weights @ design.T)
        spread = probability * (1 - probability)
        hessian = (design.T * spread[:, None, :]) @ design + ridge
        gradient = (target - probability) @ design - weights @ ridge
        step = np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0]
        weights += step
        if np.abs(step).max() < TOLERANCE * np.abs(weights).max():
            break
    return Decoders(weights[:, :-1].T.copy(), weights[:, -1].copy())


def train_decoders(
    sensors: Sensors,
    kinds: Mapping[str, np.ndarray],
    n_trials: int,
    penalty: float,
    rng: np.random.Generator,
) -> tuple[Decoders, dict[str, float]]:
    """Train the decoders of each kind of code on a localiser of its own, and test on another.

    Parameters
    ----------
    sensors : Sensors
    kinds : Mapping of name to array (code,) of int
        Codes of a kind are decoded against one another; together all codes, in order.
    n_trials : int
        Of each code, in training and in the test.
    penalty : float
    rng : numpy.random.Generator

    Returns
    -------
    decoders : Decoders
        Of all codes.
    accuracy : dict of str to float
        By kind: fraction of the shown trials of the test in which the code shown is the
        likeliest.
    """
    parts, accuracy = [], {}
    for kind, codes in kinds.items():
        decoders = fit_decoders(*localiser(sensors, codes, n_trials, rng), penalty)
        series, shown = localiser(sensors, codes, n_trials, rng)
        guess = decoders.probabilities(series[shown >= 0]).argmax(axis=1)
        accuracy[kind] = float((guess == shown[shown >= 0]).mean())
        parts.append(decoders)
    together = Decoders(
        np.concatenate([one.weights for one in parts], axis=1),
        np.concatenate([one.intercept for one in parts]),
    )
    return together, accuracy
