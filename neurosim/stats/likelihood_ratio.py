r"""What passing a test tells: how much more often it is passed where there is something to find.

With power :math:`q` and false-positive rate :math:`p` the odds that there is something are
multiplied by :math:`q / p` when a test is passed (the positive likelihood ratio). Below 2 that is
"small and rarely important" (Jaeschke, Guyatt & Sackett 1994,
doi:10.1001/jama.1994.03510330081039); at 1 the test tells nothing.
"""

import numpy as np
from scipy.special import ndtri

from neurosim.stats.intervals import LEVEL, Estimate

HARDLY = 2.0  # a ratio below this changes little


def likelihood_ratio(hits: np.ndarray, false: np.ndarray) -> Estimate:
    r"""Power over false-positive rate with a 95 % interval.

    On the logarithm, with :math:`a` of :math:`m` hits and :math:`b` of :math:`n` false ones,

    .. math:: SE^2 = 1/a - 1/m + 1/b - 1/n

    (Simel, Samsa & Matchar 1991, doi:10.1016/0895-4356(91)90128-V). Half an event is added to
    each number, so that none is zero.

    Parameters
    ----------
    hits : array (event,) of bool
        Whether events with something to find pass.
    false : array (event,) of bool
        Whether events with nothing to find pass.

    Returns
    -------
    Estimate
        NaN where there are no events of either kind.
    """
    m, n = len(hits), len(false)
    if not m or not n:
        return Estimate(np.nan, np.nan, np.nan, 0)
    a, b = float(np.sum(hits)) + 0.5, float(np.sum(false)) + 0.5
    m, n = m + 0.5, n + 0.5
    ratio = (a / m) / (b / n)
    half = ndtri(0.5 + LEVEL / 2) * (1 / a - 1 / m + 1 / b - 1 / n) ** 0.5
    return Estimate(ratio, float(ratio / np.exp(half)), float(ratio * np.exp(half)), int(m + n - 1))


def discriminates(ratio: Estimate) -> str:
    """Word what a pass is worth: ``cannot``, ``hardly`` or ``can`` tell.

    ``cannot`` where the interval of the ratio holds 1, ``hardly`` where it holds `HARDLY` or lies
    below.

    Examples
    --------
    >>> [discriminates(Estimate(r, r / 1.3, r * 1.3, 9)) for r in (1.2, 2.2, 5.0)]
    ['cannot', 'hardly', 'can']
    """
    if not ratio.low > 1:
        return "cannot"
    return "can" if ratio.low > HARDLY else "hardly"
