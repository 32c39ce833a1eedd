"""How many batches a held-out task takes until it is done well: medians over learning curves."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from analysis.instruction_data import SETS, Measurements
from analysis.instruction_rows import ALL_SETS, instruction_row
from neurosim.stats.intervals import Estimate, median_interval
from neurosim.stats.summary import NAN, Row

CRITERION = 0.95  # of trials done right, as published


def to_criterion(
    quantity: str, measured: Measurements, datasets: Sequence[xr.Dataset], network: str
) -> list[Row]:
    """Rows of the batches until a held-out task is done well: the median, and how many are.

    Parameters
    ----------
    quantity : str
    measured : Measurements
    datasets : sequence of Dataset
        With ``batches_to_criterion``, infinite where it was not reached, and ``curve``.
    network : str
    """
    own = [
        data
        for data in datasets
        if data.attrs["network"] == network
        and "batches_to_criterion" in data
        and str(data.attrs["hold_out"]).startswith(SETS)
    ]
    if not own:
        return []
    needed = np.concatenate([data["batches_to_criterion"].values.ravel() for data in own])
    most = max(data.sizes["batch"] for data in own)
    met = np.isfinite(needed)
    counted = f"{int(met.sum())} of {met.size}"
    where = measured.condition(ALL_SETS)
    about = f"learning curves, of held-out tasks and repeats, came to {CRITERION:.0%}"
    return [
        instruction_row(
            quantity,
            where,
            network,
            _median(needed, most),
            unit="batch",
            n_unit="learning curve",
            test="median of the batches learned from, with its distribution-free interval (no end "
            f"where that was not reached); {counted} {about} within {most} batches",
            reason=f"{counted} {about} within {most} batches, so that the median has no number",
        ),
        instruction_row(
            f"{quantity}_reached",
            where,
            network,
            Estimate(float(met.mean()), NAN, NAN, met.size),
            n_unit="learning curve",
            test=f"{counted} {about} within {most} batches",
        ),
    ]


def _median(needed: np.ndarray, most: int) -> Estimate:
    """Median with its interval; an end that lies beyond the last batch is NaN."""
    found = median_interval(np.where(np.isfinite(needed), needed, 2.0 * most))
    ends = (end if end <= most else NAN for end in (found.value, found.low, found.high))
    return Estimate(*ends, found.n)
