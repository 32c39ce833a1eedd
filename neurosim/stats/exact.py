"""Exact tests over animals or seeds: few units set a floor under the p value.

With n paired differences there are 2^n patterns of signs, and a two-sided test counts at least two
of them: four animals cannot give less than .125, five seeds not less than .0625, ten give .002.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import bdtr

from neurosim import NeurosimError

MAX_EXACT = 16  # units; 32,768 patterns of signs
SAME = 1e-9  # sums that differ by less than this part are tied


@dataclass(frozen=True)
class SignFlip:
    """What a sign-flip test found.

    Attributes
    ----------
    p_value : float
        Two-sided; NaN without differences.
    smallest_p : float
        The least that so many differences (and draws) could have given: what lies above the
        level that is asked for says nothing about the effect.
    n : int
        Differences that are not NaN.
    exact : bool
        Whether all patterns of signs were counted.
    """

    p_value: float
    smallest_p: float
    n: int
    exact: bool


def smallest_exact_p(n: int) -> float:
    """Least two-sided p value of an exact paired test over n units, 2^(1 - n).

    >>> [smallest_exact_p(n) for n in (4, 5, 10)]
    [0.125, 0.0625, 0.001953125]

    Raises
    ------
    NeurosimError
        If n is below one.
    """
    if n < 1:
        raise NeurosimError(f"n: expected at least one unit (animal, seed), found {n}")
    return 2.0 ** (1 - n)


def sign_flip_test(
    differences: np.ndarray, rng: np.random.Generator | None = None, n_draws: int = 9999
) -> SignFlip:
    """Test whether paired differences are symmetric about zero, by flipping their signs.

    The p value is the share of patterns of signs whose sum is at least as large in size as the
    one that was found (Fisher 1935, The Design of Experiments). All patterns are counted up to
    `MAX_EXACT` units; beyond, p = (1 + as large) / (1 + drawn) over random ones
    (Phipson & Smyth 2010, 10.2202/1544-6115.1585).

    Parameters
    ----------
    differences : array (unit,)
        One an animal or seed; NaN units are left out, zeros count.
    rng : numpy.random.Generator, optional
        For more than `MAX_EXACT` units.
    n_draws : int
        Random patterns.

    Raises
    ------
    NeurosimError
        If there are more than `MAX_EXACT` units and no generator.
    """
    values = np.asarray(differences, dtype=float)
    values = values[np.isfinite(values)]
    n = values.size
    if n == 0:
        return SignFlip(np.nan, np.nan, 0, True)
    exact = n <= MAX_EXACT
    if exact:
        # a pattern and its mirror have sums of the same size: the first sign stays
        pattern = np.arange(2 ** (n - 1))[:, None] >> np.arange(n) & 1
    elif rng is not None:
        pattern = rng.integers(0, 2, (n_draws, n))
    else:
        raise NeurosimError(
            f"rng: expected a generator for {n} units, found none; all patterns of signs are "
            f"counted up to {MAX_EXACT} units only"
        )
    found = np.abs(values.sum())
    as_large = np.abs((1 - 2 * pattern) @ values) >= found - SAME * np.abs(values).sum()
    if exact:
        return SignFlip(float(as_large.mean()), smallest_exact_p(n), n, True)
    p_value = (1 + int(as_large.sum())) / (1 + n_draws)
    return SignFlip(p_value, max(smallest_exact_p(n), 1 / (1 + n_draws)), n, False)


@dataclass(frozen=True)
class SignTest:
    """What a sign test found.

    Attributes
    ----------
    n_above, n : int
        Units above zero, and units that are neither NaN nor zero.
    p_value : float
        Two-sided, binomial; NaN without units.
    """

    n_above: int
    n: int
    p_value: float


def sign_test(differences: np.ndarray) -> SignTest:
    """Test whether as many paired differences lie above zero as below.

    Parameters
    ----------
    differences : array (unit,)
        One an animal or seed; NaN and zeros are left out.

    Examples
    --------
    >>> sign_test([0.1, 0.3, 0.2, 0.4, 0.2, 0.1])
    SignTest(n_above=6, n=6, p_value=0.03125)
    """
    values = np.asarray(differences, dtype=float)
    values = values[np.isfinite(values) & (values != 0)]
    n, above = values.size, int(np.count_nonzero(values > 0))
    if n == 0:
        return SignTest(0, 0, np.nan)
    return SignTest(above, n, min(1.0, 2 * float(bdtr(min(above, n - above), n, 0.5))))
