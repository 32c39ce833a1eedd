"""What the claims about reverse models share: their rows, paired differences and judgements."""

from dataclasses import replace

import numpy as np
import xarray as xr

from analysis.reverse_models import (
    Reversed,
    corrected,
    learned_row,
    paired_p_value,
    values_of,
)
from neurosim.stats.intervals import mean_interval
from neurosim.stats.summary import NAN, Row

NEGLIGIBLE = 0.02  # of shares and bits: less is no difference
ENTROPIES = "holds only when the start is more predictable than the end"


def claim_row(
    name: str,
    condition: str,
    values: np.ndarray,
    verdict: str,
    test: str,
    *,
    unit: str = "1",
    p_value: float = NAN,
    reason: str = "no data",
    n_unit: str = "training",
) -> Row:
    """Make a claim's row: the verdict is ours, not one of a reference."""
    row = learned_row(
        name,
        condition,
        "reverse",
        values,
        unit=unit,
        interval=mean_interval,
        test=test,
        p_value=p_value,
        reason=reason,
        n_unit=n_unit,
    )
    return replace(row, verdict=verdict) if np.isfinite(row.estimate) else row


def judged(difference: np.ndarray, margin: float = NEGLIGIBLE) -> str:
    """Whether paired differences lie above zero, by more than a margin that matters."""
    there = difference[np.isfinite(difference)]
    if there.size < 2:
        return "inconclusive"
    if np.ptp(there) == 0:
        return "holds" if there[0] > 0 else "does not hold"
    estimate = mean_interval(there)
    if estimate.low > 0 and estimate.value >= margin:
        return "holds"
    return "does not hold" if estimate.high < margin else "inconclusive"


def twins(data: xr.Dataset, measure: str) -> np.ndarray:
    """Reverse minus forward (seed,)."""
    return values_of(data, measure, "reverse") - values_of(data, measure, "forward")


def sides_of(given: Reversed, measure: str) -> dict[str, tuple[float, np.ndarray, float]]:
    """H(last) - H(first), reverse minus forward and corrected p, by maze, from true paths."""
    mazes = given.from_true_paths()
    difference = {maze: twins(data, measure) for maze, data in mazes.items()}
    p_values = corrected({maze: paired_p_value(d) for maze, d in difference.items()})
    found = {}
    for maze in mazes:
        first, last = given.entropies(f"{maze},true_paths")
        found[maze] = (last - first, difference[maze], p_values[maze])
    return found
