"""Parallel axes: is the step from one pole to the other the same in two contexts?

Where activity adds up what a task demands, the step from DMMod1 to AntiDMMod1 is that from DMMod2
to AntiDMMod2 (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5; Bernardi et al. 2020,
doi:10.1016/j.cell.2020.09.031). Noise makes the steps between measured means longer than the true
ones, hence the plain cosine too small; here it is taken out of the lengths. Noise along the steps
then makes the cosine too large (it is in the product as well); a jackknife takes that out.
"""

import numpy as np
from scipy.special import stdtrit

from neurosim import NeurosimError
from neurosim.stats.intervals import LEVEL, Estimate

Step = tuple[np.ndarray, np.ndarray]  # samples (sample, feature) at the one and the other pole


def compare_steps(first: Step, second: Step) -> Estimate:
    r"""Cosine between the steps from pole to pole in two contexts, free of the bias of noise.

    With the steps :math:`a = \bar x_+ - \bar x_-` and :math:`b` between means of samples,

    .. math:: \cos = a \cdot b / \sqrt{\ell_a \ell_b}, \qquad
              \ell_a = |a|^2 - \operatorname{tr} S_+ / n_+ - \operatorname{tr} S_- / n_-,

    where :math:`S` is the unbiased covariance of samples. The product in :math:`\ell` is the mean
    over all pairs of different samples, that is, fully cross-validated (Walther et al. 2016,
    doi:10.1016/j.neuroimage.2015.12.012); that of :math:`a` and :math:`b` rests on different
    samples as it is. Where there is an interval, the bias that a jackknife over the samples of each
    mean finds, the sum over means of :math:`(n - 1) (\overline{\cos_{-i}} - \cos)`, is taken off:
    noise of variance :math:`\sigma^2` of a mean along parallel steps would otherwise add
    :math:`\sigma^2 / 2 |a|^2` for each. The interval is Student's, with the standard error of that
    jackknife.

    Parameters
    ----------
    first, second : (array (sample, feature), array (sample, feature))
        Samples at the two poles. A single sample (a rule vector) is taken to be free of noise.

    Returns
    -------
    Estimate
        1 for parallel, 0 for orthogonal, -1 for opposite; noise can take it somewhat beyond. NaN
        where a step is no longer than noise makes it. The interval covers at least as often as
        it says; it needs three samples at every pole, and steps that are longer than their noise.
        ``n`` counts all samples.

    Raises
    ------
    NeurosimError
        If an array is no finite (sample, feature), or features differ in number.
    """
    steps = _checked((first, second))
    sizes = [len(cell) for step in steps for cell in step]
    a, b = (p.mean(axis=0) - q.mean(axis=0) for p, q in steps)
    noise = [_noise(p) + _noise(q) for p, q in steps]
    lengths = (float(a @ a - noise[0]), float(b @ b - noise[1]))
    value = float(_cosine(a @ b, *lengths))
    clear = all(length > part for length, part in zip(lengths, noise, strict=True))
    if min(sizes) < 3 or not clear:
        return Estimate(value, np.nan, np.nan, sum(sizes))
    bias, variance = np.sum(
        [
            _jackknife(cell, sign, here, there, of_both, value)
            for step, here, there, of_both in (
                (steps[0], a, b, lengths),
                (steps[1], b, a, lengths[::-1]),
            )
            for cell, sign in zip(step, (1, -1), strict=True)
        ],
        axis=0,
    )
    if not np.isfinite(bias):  # without some sample, a step is no longer than its noise
        return Estimate(value, np.nan, np.nan, sum(sizes))
    value -= float(bias)
    half = float(stdtrit(min(sizes) - 1, 0.5 + LEVEL / 2) * np.sqrt(variance))
    return Estimate(value, value - half, value + half, sum(sizes))


def compare_axes(square: tuple[Step, Step]) -> tuple[Estimate, Estimate]:
    """Parallelism of both axes of a square of conditions.

    Parameters
    ----------
    square : ((array, array), (array, array))
        Samples (sample, feature): first the two poles of one axis (pro, anti) in the first context
        (modality 1), then the same poles in the second.

    Returns
    -------
    (Estimate, Estimate)
        Of the steps between poles (pro to anti, over contexts), and of those between contexts
        (modality 1 to 2, over poles).
    """
    (p, q), (r, s) = square
    return compare_steps((p, q), (r, s)), compare_steps((p, r), (q, s))


def _checked(steps: tuple[Step, Step]) -> tuple[Step, Step]:
    cells = [np.asarray(cell, dtype=float) for step in steps for cell in step]
    if any(cell.ndim != 2 or not cell.size for cell in cells):
        raise NeurosimError(
            "parallel axes: expected samples (sample, feature) of each condition, found shapes "
            f"{[cell.shape for cell in cells]}"
        )
    if len({cell.shape[1] for cell in cells}) > 1:
        raise NeurosimError(
            "parallel axes: expected as many features in all conditions, found "
            f"{[cell.shape[1] for cell in cells]}"
        )
    if not all(np.isfinite(cell).all() for cell in cells):
        raise NeurosimError("parallel axes: expected finite samples, found others")
    return (cells[0], cells[1]), (cells[2], cells[3])


def _noise(cell: np.ndarray) -> float:
    """Expected squared length that noise gives the mean of samples."""
    return float(cell.var(axis=0, ddof=1).sum() / len(cell)) if len(cell) > 1 else 0.0


def _cosine(product: np.ndarray, length: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Cosine from products; NaN where a squared length is not above zero."""
    real = (length > 0) & (other > 0)
    return np.where(real, product / np.sqrt(np.where(real, length * other, 1.0)), np.nan)


def _jackknife(
    cell: np.ndarray,
    sign: int,
    step: np.ndarray,
    other: np.ndarray,
    lengths: tuple[float, float],
    value: float,
) -> tuple[float, float]:
    """Bias and variance of a cosine by leaving out each sample of one condition.

    `step` is the step between the condition and the opposite one (from that one if `sign` is 1),
    `other` that of the other context, `lengths` are the squared lengths of both without noise.
    """
    n = len(cell)
    away = cell - cell.mean(axis=0)
    squares = (away**2).sum(axis=1)
    # leaving sample i out moves the mean by -away / (n - 1)
    moved = -sign * away / (n - 1)
    length = lengths[0] + 2 * moved @ step + squares / (n - 1) ** 2
    left = squares.sum() - squares * n / (n - 1)
    length += squares.sum() / (n * (n - 1)) - left / ((n - 1) * (n - 2))
    found = _cosine(step @ other + moved @ other, length, lengths[1])
    bias = (n - 1) * (found.mean() - value)
    return float(bias), float((n - 1) / n * ((found - found.mean()) ** 2).sum())
