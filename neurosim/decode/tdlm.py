r"""Temporally delayed linear modelling: does activity of one state foretell that of the next?

Liu et al. 2021 (10.7554/eLife.66917). Two linear models, one upon the other:

.. math::
    x_j(t) &= \sum_i \beta_{ij}(l) \, x_i(t - l) + c_j(l) + e_j(t) \\
    \beta(l) &= f(l) \, T + b(l) \, T^T + s(l) \, I + m(l) + \epsilon(l)

with time courses :math:`x` of the states, a lag :math:`l` and a transition matrix :math:`T`.
Forward and backward sequenceness are :math:`f` and :math:`b`. Their greatest values over lags are
ranked among those under orders of the states that give other transitions
(`neurosim.decode.sequenceness`).

Five forms of the first level:

``standard``
    A regression for every lag by itself.
``alpha_corrected``
    Lags a period of the alpha rhythm apart are regressors together, so that what a rhythm of that
    period adds at all of them is shared out.
``whitened``
    The standard form after an autoregression, one for all states, has been taken from the time
    courses (Box & Jenkins' prewhitening, 10.1002/9781118619193).
``notched``
    The whitened form after the band about the alpha rhythm has been filtered out. Whitening makes
    a rhythm as small as the noise at its frequency, and leaves how it is ordered over states.
``multi_step``
    Runs of three states, over and above their pairs: lags :math:`l` and :math:`2l` are regressors
    together, and the coefficients at :math:`2l` are projected on the transitions two steps long,
    beside those of one step. Where pairs are replayed one by one, the first of a run says nothing
    of the third that the second does not. This is linear; it is not the product of two courses
    that the paper's appendix regresses on.

All samples that have all lags are used, where the published toolbox pads with zeros before the
first sample.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim import NeurosimError
from neurosim.decode.course_filters import whitened, without_rhythm
from neurosim.decode.lag_moments import lag_moments
from neurosim.errors import choices

FORMS = ("standard", "alpha_corrected", "whitened", "notched", "multi_step")


@dataclass(frozen=True)
class Tdlm:
    """How sequenceness is measured.

    Attributes
    ----------
    form : {"standard", "alpha_corrected", "whitened", "notched", "multi_step"}
    bin_s : float
        Time between samples, s.
    max_lag_s : float
        Longest lag, s; the first is one bin.
    n_permutations : int
        Orders of the states that the true one is compared with.
    alpha : float
        Level of the test over all lags.
    period_s : float
        Of the rhythm that ``alpha_corrected`` corrects for and ``notched`` filters out, s.
    autoregression_s : float
        Reach of the autoregression of ``whitened`` and ``notched``, s.
    notch_hz : float
        Half the width of the band of ``notched``, Hz.
    """

    form: str = "standard"
    bin_s: float = 0.01
    max_lag_s: float = 0.6
    n_permutations: int = 100
    alpha: float = 0.05
    period_s: float = 0.1
    autoregression_s: float = 0.2
    notch_hz: float = 3.0

    def __post_init__(self):
        if self.form not in FORMS:
            raise NeurosimError(f"form: expected one of {choices(FORMS)}, found {self.form!r}")
        if self.n_lags < 1:
            raise NeurosimError(
                f"max_lag_s: expected at least a bin of {self.bin_s} s, found {self.max_lag_s}"
            )
        if self.form == "alpha_corrected" and not 1 <= self.bins(self.period_s) <= self.n_lags:
            raise NeurosimError(
                f"period_s: expected at least a bin of {self.bin_s} s and at most the longest "
                f"lag, {self.max_lag_s} s, found {self.period_s}"
            )

    def bins(self, duration: float) -> int:
        """Whole number of bins that is nearest to a duration (s)."""
        return round(duration / self.bin_s)

    @property
    def n_lags(self) -> int:
        """Number of lags."""
        return self.bins(self.max_lag_s)

    @property
    def lags(self) -> np.ndarray:
        """Lags (lag,), s."""
        return self.bin_s * np.arange(1, self.n_lags + 1)


def state_coefficients(courses: Sequence[np.ndarray], method: Tdlm) -> np.ndarray:
    """Regress the time course of every state on those of all states before it (first level).

    Parameters
    ----------
    courses : sequence of array (time, state)
        Stretches without a gap, a sample every `method.bin_s`.
    method : Tdlm

    Returns
    -------
    array (lag, state, state)
        Weight of the state in the row, a lag ago, for that in the column now. Of ``multi_step``
        the weight two lags ago, beside that of one lag ago.

    Raises
    ------
    MissingData
        If no stretch is longer than the lags.
    """
    lags = np.arange(1, method.n_lags + 1)
    if method.form == "multi_step":
        moments = lag_moments(courses, 2 * method.n_lags)
        return moments.batched_coefficients(np.stack([lags, 2 * lags], axis=1))[:, 1]
    moments = lag_moments(filtered(courses, method), method.n_lags)
    if method.form != "alpha_corrected":
        return moments.batched_coefficients(lags[:, None])[:, 0]
    period = method.bins(method.period_s)
    found = np.empty((lags.size, *moments.covariance.shape[2:]))
    for first in range(period):
        found[first::period] = moments.coefficients(lags[first::period])
    return found


def filtered(courses: Sequence[np.ndarray], method: Tdlm) -> list[np.ndarray]:
    """Time courses (time, state) after the filters of a form; as they are where it has none."""
    if method.form == "notched":
        middle = 1 / method.period_s
        courses = without_rhythm(
            courses, middle - method.notch_hz, middle + method.notch_hz, method.bin_s
        )
    if method.form in ("whitened", "notched"):
        courses = whitened(courses, method.bins(method.autoregression_s))
    return list(courses)
