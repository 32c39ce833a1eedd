r"""What was there, from what was read: a log-normal distribution behind noisy, biased readings.

Readings :math:`\hat r` of a positive quantity :math:`r` follow some kernel
:math:`K(\hat r \mid r, s)` that depends on a stratum :math:`s` (short events are read worse than
long ones). The kernel is known by draws :math:`(r_m, \hat r_m, s_m)`, with :math:`\log r_m` uniform
over a range of width :math:`w_m`. A part :math:`\phi` of the readings is background. With
:math:`r` log-normal, the probability of a reading in cell :math:`j` of stratum :math:`s` is

.. math:: P_{sj}(\mu, \sigma) = (1 - \phi) \frac{\sum_{m \in s,j} g_m}{\sum_{m \in s} g_m}
          + \phi B_{sj}, \qquad g_m = w_m \mathcal{N}(\log r_m; \mu, \sigma^2),

and :math:`(\mu, \sigma)` are those of the highest likelihood on a grid. Intervals are percentiles
of a bootstrap over readings and draws together: the kernel is known by so many draws and no
more. (A parametric form of empirical-Bayes deconvolution: Efron 2016, doi:10.1093/biomet/asv068.)
"""

from dataclasses import dataclass

import numpy as np

from neurosim import MissingData, NeurosimError

N_CELLS = 12  # of readings, on the logarithm
LOG_STEP = 0.05  # of the grid of mu
SPREADS = np.geomspace(0.05, 1.2, 12)  # grid of sigma
N_BOOTSTRAP = 300
PERCENTILES = (2.5, 97.5)
FEWEST = 8  # readings that a distribution is told from
TINY = 1e-12  # a weight that no draw is without
SMOOTHING = 0.5  # draws added to every cell of a stratum


@dataclass(frozen=True)
class Draws:
    """Draws that the kernel is known by.

    Attributes
    ----------
    true, read : array (draw,)
        NaN readings are a reading of their own: nothing could be read.
    log_range : array (draw,)
        Width of the range that log `true` was uniform over.
    stratum : array (draw,) of int
    """

    true: np.ndarray
    read: np.ndarray
    log_range: np.ndarray
    stratum: np.ndarray


@dataclass(frozen=True)
class LogNormal:
    """What lies behind readings.

    Attributes
    ----------
    median, spread : (value, low, high)
        Of the log-normal distribution: exp(mu) and sigma, with 95 % intervals.
    quantiles : array (quantile, 3)
        Of the quantity behind the readings that are no background: value, low, high.
    probability : array (cell,)
        Of a reading in each cell, fitted; the last is that of nothing read.
    edges : array (cell,)
        Edges of the cells of readings.
    n : int
        Readings.
    """

    median: tuple[float, float, float]
    spread: tuple[float, float, float]
    quantiles: np.ndarray
    probability: np.ndarray
    edges: np.ndarray
    n: int


def find_log_normal(
    read: np.ndarray,
    stratum: np.ndarray,
    draws: Draws,
    background: Draws,
    share: float,
    at: tuple[float, ...],
    rng: np.random.Generator,
) -> LogNormal:
    """Find the log-normal distribution behind readings.

    Parameters
    ----------
    read : array (reading,)
        Positive, or NaN.
    stratum : array (reading,) of int
    draws : Draws
        Of the quantity that is sought.
    background : Draws
        Readings where there is nothing (`true` is not used).
    share : float
        Part of the readings that is background, 0 to 1.
    at : tuple of float
        Quantiles of what lies behind the readings.
    rng : numpy.random.Generator
        Of the bootstrap.

    Returns
    -------
    LogNormal

    Raises
    ------
    MissingData
        With fewer than `FEWEST` readings.
    NeurosimError
        If a stratum has no draw, or a share is none.
    """
    _check(read, stratum, draws, share)
    problem = _Problem(read, stratum, draws, background, share, at)
    sizes = (read.size, draws.read.size, background.read.size)
    best, quantiles, probability = problem.fit(*(np.ones(size) for size in sizes))
    again = [problem.fit(*(_resampled(size, rng) for size in sizes)) for _ in range(N_BOOTSTRAP)]
    points = [one[0] for one in again]
    spread = np.percentile([one[1] for one in again], PERCENTILES, axis=0)
    median, sigma = (
        (float(values[best]), *np.percentile(values[points], PERCENTILES).tolist())
        for values in (np.exp(problem.mu), problem.sigma)
    )
    return LogNormal(
        median,
        sigma,
        np.column_stack([quantiles, *spread]),
        probability,
        problem.edges,
        int(np.isfinite(read).sum()),
    )


def _check(read: np.ndarray, stratum: np.ndarray, draws: Draws, share: float) -> None:
    n_read = int(np.isfinite(read).sum())
    if n_read < FEWEST:
        raise MissingData(
            f"expected at least {FEWEST} readings to tell a distribution by, found {n_read}"
        )
    if not 0 <= share < 1:
        raise NeurosimError(f"share of the background: expected 0 to below 1, found {share}")
    lacking = np.setdiff1d(stratum, draws.stratum)
    if lacking.size:
        raise NeurosimError(f"draws: expected some of stratum {lacking[0]}, found none")


class _Problem:
    """Readings and draws, and the likelihood of every point of the grid (point,)."""

    def __init__(
        self,
        read: np.ndarray,
        stratum: np.ndarray,
        draws: Draws,
        background: Draws,
        share: float,
        at: tuple[float, ...],
    ) -> None:
        self.draws, self.background, self.share, self.at = draws, background, share, at
        self.edges = _edges(read)
        self.mu, self.sigma = _grid(draws.true)
        self.weights = _weights(draws, self.mu, self.sigma)
        self.strata = np.unique(stratum)
        self.part = np.array([(stratum == one).mean() for one in self.strata])
        self.stratum, self.cell = stratum, _cells(read, self.edges)
        self.kernels = [_Kernel(self.weights, draws, one, self.edges) for one in self.strata]
        even = np.ones((1, background.read.size), np.float32)
        self.nothing = [_Kernel(even, background, one, self.edges) for one in self.strata]

    def fit(
        self, readings: np.ndarray, of: np.ndarray, nothing: np.ndarray
    ) -> tuple[int, np.ndarray, np.ndarray]:
        """Find the best point with readings, draws and background (each,) so often.

        Returns
        -------
        best : int
        quantiles : array (quantile,)
        probability : array (cell,)
        """
        n_cells = self.edges.size + 2
        log_likelihood, fitted = np.zeros(self.mu.size), np.zeros((self.mu.size, n_cells))
        for one, part, kernel, none in zip(
            self.strata, self.part, self.kernels, self.nothing, strict=True
        ):
            table = (1 - self.share) * kernel.table(of) + self.share * none.table(nothing)
            here = self.stratum == one
            log_likelihood += np.log(table) @ np.bincount(self.cell[here], readings[here], n_cells)
            fitted += part * table
        best = int(log_likelihood.argmax())
        return best, self._quantiles(self.weights[best] * of), fitted[best]

    def _quantiles(self, weights: np.ndarray) -> np.ndarray:
        """Quantiles of the quantity where strata are as frequent as among the readings."""
        total = np.zeros(weights.size)
        for one, part in zip(self.strata, self.part, strict=True):
            of = self.draws.stratum == one
            total[of] = part * weights[of] / max(weights[of].sum(), TINY)
        order = np.argsort(self.draws.true)
        reached = np.cumsum(total[order])
        return np.interp(self.at, reached / reached[-1], self.draws.true[order])


class _Kernel:
    """Draws of one stratum; of all strata where there is none of it."""

    def __init__(self, weights: np.ndarray, draws: Draws, stratum: int, edges: np.ndarray) -> None:
        of = draws.stratum == stratum
        self.of = of if of.any() else np.ones_like(of)
        self.weights = np.ascontiguousarray(weights[:, self.of])
        self.indicator = np.eye(edges.size + 2, dtype=np.float32)[
            _cells(draws.read[self.of], edges)
        ]
        # As much smoothing as the draws that count are few.
        size = self.weights.sum(axis=1) ** 2 / (self.weights**2).sum(axis=1)
        self.kept = (size / (size + SMOOTHING))[:, None]

    def table(self, often: np.ndarray) -> np.ndarray:
        """Probability (point, cell) of readings, with the draws (draw,) so often."""
        indicator = self.indicator * often[self.of, None].astype(np.float32)
        table = (self.weights @ indicator).astype(float)
        table /= np.maximum(table.sum(axis=1, keepdims=True), TINY)
        return self.kept * table + (1 - self.kept) / table.shape[1]


def _resampled(n: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n is drawn in a bootstrap sample (n,)."""
    return np.bincount(rng.integers(n, size=n), minlength=n).astype(float)


def _edges(read: np.ndarray) -> np.ndarray:
    """Edges between cells, even on the logarithm over all but the outermost readings."""
    logs = np.log(read[np.isfinite(read)])
    low, high = np.percentile(logs, [2, 98])
    return np.exp(np.linspace(low, max(high, low + 0.1), N_CELLS - 1))


def _cells(read: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Cell of each reading; the last is that of nothing read."""
    found = np.searchsorted(edges, read)
    return np.where(np.isfinite(read), np.minimum(found, edges.size), edges.size + 1)


def _grid(true: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (point,) of mu and sigma; mu over the range of the draws."""
    low, high = np.log(np.nanmin(true)), np.log(np.nanmax(true))
    mu, sigma = np.meshgrid(np.arange(low, high + LOG_STEP, LOG_STEP), SPREADS, indexing="ij")
    return mu.ravel(), sigma.ravel()


def _weights(draws: Draws, mu: np.ndarray, sigma: np.ndarray) -> np.ndarray:
    """Weight (point, draw) that turns the draws into draws of each distribution."""
    z = (np.log(draws.true) - mu[:, None]) / sigma[:, None]
    return (draws.log_range * np.exp(-0.5 * z**2) / sigma[:, None] + TINY).astype(np.float32)
