"""Verdicts on claims about instructed networks: an interval beside a bound, and their rows."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.instruction_rows import effect_words, instruction_row, paired
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import NAN, Row

LEVEL = 0.01  # of the differences that the study was asked for
FEWEST = 3  # trained networks that decide a claim about what networks do
HOLDS, FAILS, UNCLEAR = "holds", "does not hold", "inconclusive"


def above(estimate: Estimate, bound: float = 0.0) -> str:
    """Whether a number lies above a bound, as far as its interval tells.

    >>> above(Estimate(0.2, 0.1, 0.3, 9)), above(Estimate(0.2, 0.1, 0.3, 9), 0.3)
    ('holds', 'does not hold')
    """
    if not np.isfinite([estimate.low, estimate.high]).all():
        return UNCLEAR
    if estimate.low > bound:
        return HOLDS
    return FAILS if estimate.high <= bound else UNCLEAR


def below(estimate: Estimate, bound: float = 0.0) -> str:
    """Whether a number lies below a bound, as far as its interval tells."""
    value, low, high = -estimate.value, -estimate.high, -estimate.low
    return above(Estimate(value, low, high, estimate.n), -bound)


def within(estimate: Estimate, margin: float) -> str:
    """Whether a difference is smaller than a margin to either side, as far as its interval tells.

    >>> [within(Estimate(0, *ends, 9), 0.1) for ends in ((-0.05, 0.05), (0.2, 0.3), (-0.2, 0.2))]
    ['holds', 'does not hold', 'inconclusive']
    """
    if not np.isfinite([estimate.low, estimate.high]).all():
        return UNCLEAR
    if -margin < estimate.low and estimate.high < margin:
        return HOLDS
    return FAILS if estimate.low >= margin or estimate.high <= -margin else UNCLEAR


def all_of(verdicts: Sequence[str]) -> str:
    """Verdict on a claim that has several parts."""
    if FAILS in verdicts:
        return FAILS
    return HOLDS if verdicts and set(verdicts) == {HOLDS} else UNCLEAR


def estimate_of(row: Row) -> Estimate:
    """Number of a row with its interval."""
    return Estimate(row.estimate, row.ci_low, row.ci_high, row.n)


def claimed(row: Row, name: str, verdict: str, said: str) -> Row:
    """Make a claim of a row of the summary: its number, judged by another rule.

    Parameters
    ----------
    row : Row
    name : str
        Of the claim, without ``claim_``.
    verdict : str
        Ours, where there is a number.
    said : str
        The claim, in words.
    """
    there = np.isfinite(row.estimate)
    return replace(
        row,
        quantity=f"claim_{name}",
        test=f"{said}; {row.test}" if there else row.test,
        verdict=verdict if there else row.verdict,
        reference_id="",
        reference=NAN,
        reference_low=NAN,
        reference_high=NAN,
        reference_text="",
        trust="",
    )


def paired_row(
    name: str,
    condition: str,
    estimator: str,
    pair: tuple[pd.DataFrame, pd.DataFrame],
    said: str,
    judge: Callable[[Estimate], str],
) -> Row:
    """Row of a claim about the difference between two networks, or ways of telling.

    Parameters
    ----------
    name, condition, estimator : str
    pair : (DataFrame, DataFrame)
        Values (number, task) of the one and of the other.
    said : str
        The claim, in words, and when it holds.
    judge : callable
        Verdict from the difference.
    """
    more = paired(*pair)
    row = instruction_row(
        f"claim_{name}",
        condition,
        estimator,
        more.difference,
        test=f"{said}; difference over the same tasks, paired t test; {effect_words(more)}",
        p_value=more.p_value,
        reason="no task was measured of both",
    )
    if not np.isfinite(more.difference.value):
        return row
    return replace(row, verdict=judge(more.difference))


def paired_claim(
    name: str,
    condition: str,
    estimator: str,
    pair: tuple[pd.DataFrame, pd.DataFrame],
    said: str,
    *,
    level: float = 0.05,
) -> Row:
    """Row of the claim that the one does better than the other, with p below a level."""
    row = paired_row(name, condition, estimator, pair, f"{said}, with p < {level:g}", above)
    return replace(row, verdict=UNCLEAR) if row.verdict == HOLDS and row.p_value >= level else row


def chosen(
    rows: Sequence[Row], quantity: str, *, ends: str = "", has: str = ""
) -> Mapping[str, Row]:
    """Rows of a quantity by estimator, whose condition ends so and has that part.

    Those that could not be run are left out.
    """
    return {
        row.estimator: row
        for row in rows
        if row.quantity == quantity
        and row.condition.endswith(ends)
        and has in row.condition
        and np.isfinite(row.estimate)
    }
