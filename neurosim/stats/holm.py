"""Holm's correction of many p values, one a unit, say."""

import numpy as np

from neurosim import NeurosimError


def correct_holm(p_values: np.ndarray) -> np.ndarray:
    """P values corrected for their number (Holm 1979, https://www.jstor.org/stable/4615733).

    The k-th smallest of n is multiplied by n + 1 - k, and is at least as large as the one before.

    Parameters
    ----------
    p_values : array (test,)
        NaN stays, and does not count.

    Raises
    ------
    NeurosimError
        If a p value is not in 0 to 1.

    Examples
    --------
    >>> correct_holm([0.25, 0.0625, float("nan")]).tolist()
    [0.25, 0.125, nan]
    """
    found = np.array(p_values, dtype=float)
    made = np.isfinite(found)
    values = found[made]
    if found.ndim != 1 or ((values < 0) | (values > 1)).any() or np.isinf(found).any():
        raise NeurosimError(
            f"Holm's correction: expected p values (test,) from 0 to 1, found shape {found.shape}, "
            f"{values.min(initial=1):g} to {values.max(initial=0):g}"
        )
    order = np.argsort(values, kind="stable")
    steps = values[order] * np.arange(values.size, 0, -1)
    values[order] = np.minimum(1.0, np.maximum.accumulate(steps))
    found[made] = values
    return found
