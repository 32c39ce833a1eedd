"""What was claimed of instructed networks, and what was asked of them here: a verdict each.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import xarray as xr

from analysis.instruction_asked import (
    MARGIN,
    comparisons,
    told_in_words,
    told_what_to_do,
)
from analysis.instruction_claims_figure import draw
from analysis.instruction_data import Measurements, networks_in, task_table
from analysis.instruction_rows import instruction_row, is_control, none_rows
from analysis.instruction_square import FOLLOWED, parallelism_of
from analysis.instruction_verdicts import (
    FAILS,
    HOLDS,
    UNCLEAR,
    above,
    below,
    chosen,
    claimed,
    estimate_of,
)
from analysis.results import result
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

__all__ = ["analyse", "draw"]

PUBLISHED_BATCHES = 1500  # of learning by input weights
LEARNED = 0.85  # the published criterion of the tasks that are hardest to learn


@dataclass(frozen=True)
class Claim:
    """A claim about a number that is a row of the summary already.

    Attributes
    ----------
    name : str
    quantity : str
        Of the row.
    said : str
        The claim, in words.
    judge : callable
        Verdict from the row's estimate.
    ends, has : str
        What the row's condition ends with, and has in it.
    of : callable
        Which networks it is about.
    """

    name: str
    quantity: str
    said: str
    judge: Callable[[Estimate], str]
    ends: str = ""
    has: str = ""
    of: Callable[[str], bool] = lambda name: not is_control(name)


def chance(share: float) -> Callable[[Estimate], str]:
    """Judge whether a share is above that of chance."""
    return lambda estimate: above(estimate, share)


def may_be_later(least: float) -> Callable[[Estimate], str]:
    """Judge whether something was learned; what was not is no proof that it cannot be."""
    return lambda estimate: HOLDS if above(estimate, least) == HOLDS else UNCLEAR


def _turned(family: str, quantity: str, least: float, what: str) -> Claim:
    return Claim(
        f"{family}_units_change", quantity, f"{what}, also where one task was never trained; holds "
        f"from {least:g} of tuned units, which is chance", chance(least),
        ends=f",{family},held out,response", of=told_what_to_do,
    )  # fmt: skip


CLAIMS = (
    Claim("conditional_deficit", "conditional_deficit", "a condition in the instruction costs",
          below),
    Claim("conditional_deficit_of_words", "conditional_deficit_difference", "a condition costs "
          "networks that are told in words more than one without language", below,
          of=told_in_words),
    Claim("swapped_drop", "swapped_drop", "wrong instructions make held-out tasks worse", above,
          of=told_what_to_do),
    Claim("ccgp_swapped_drop", "ccgp_swapped_drop", "wrong instructions undo the structure of "
          "representations", above, of=told_what_to_do),
    Claim("ccgp_above_simplenet", "ccgp_difference", "representations of held-out tasks are more "
          "structured than those of a network that is told nothing of them", above,
          of=told_what_to_do),
    Claim("ccgp_correlation", "ccgp_correlation", "structure goes with zero-shot performance",
          above, of=lambda name: " " in name),
    Claim("input_weights_suffice", "input_weights_only", "a new task is learned by input weights "
          f"alone, to {LEARNED:.0%}; what is not after {PUBLISHED_BATCHES} batches, as published, "
          "or fewer may be after more", may_be_later(LEARNED)),
    _turned("go", "preferred_direction_turn", 0.25, "preferred directions turn by pi in AntiGo"),
    _turned("decision", "preferred_direction_turn", 0.25, "integration swaps its sign in AntiDM"),
    _turned("matching", "slope_flip", 0.5, "tuning to distance flips from DMS to DNMS"),
    _turned("comparison", "slope_flip", 0.5, "tuning to contrast flips from COMP1 to COMP2"),
    Claim("words_over_copies", "words_over_copies", "a written instruction says more to another "
          "network than a copied embedding", above, has="instructor=all,partner=all"),
)  # fmt: skip


def analyse(
    measured: Measurements, references: Mapping[str, Reference], rows: Sequence[Row]
) -> xr.DataTree:
    """Rows of all claims.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference
        Numbers are compared in the rows of other questions; claims stand alone.
    rows : sequence of Row
        Of all other questions about instructed networks.

    Returns
    -------
    DataTree
        ``/summary``.
    """
    table = task_table(measured.held_out)
    found = comparisons(measured, table) + _parallel_axes(measured) + _novel(rows)
    for claim in CLAIMS:
        own = chosen(rows, claim.quantity, ends=claim.ends, has=claim.has)
        own = {name: row for name, row in own.items() if claim.of(name)}
        judged = [
            claimed(row, claim.name, claim.judge(estimate_of(row)), claim.said)
            for row in own.values()
        ]
        reason = "there is no number in this run that would tell"
        found += judged or none_rows(f"claim_{claim.name}", measured, (), reason)[-1:]
    return result(found)


def _parallel_axes(measured: Measurements) -> list[Row]:
    """Rows of the step from DM to AntiDM, of which one was never trained, beside SIMPLENET's."""
    space, axis = "network", "strongest_weakest"
    found = {}
    for name in networks_in(measured.representation):
        own = [
            data
            for data in measured.representation
            if data.attrs["network"] == name and data.attrs["hold_out"] == FOLLOWED
            if "parallelism" in data
        ]
        if own:
            found[name] = parallelism_of(own, space, axis)
    base = found.pop("simplenet", None)
    return [
        replace(
            instruction_row(
                "claim_parallel_axes",
                measured.condition(FOLLOWED, space, axis),
                name,
                estimate,
                n_unit=n_unit,
                test="the step from DM to AntiDM is more alike in both modalities than that of "
                f"SIMPLENET ({base[0].value:.2f}, {base[0].low:.2f} to {base[0].high:.2f}); holds "
                f"if intervals are apart; {how}",
            ),
            verdict=apart(estimate, base[0]),
        )
        for name, (estimate, n_unit, how) in found.items()
        if base is not None and told_what_to_do(name) and np.isfinite(estimate.value)
    ]


def apart(first: Estimate, second: Estimate) -> str:
    """Whether one number is above another, judged by whether their intervals are apart."""
    if first.low > second.high:
        return HOLDS
    return FAILS if first.high < second.low else UNCLEAR


def _novel(rows: Sequence[Row]) -> list[Row]:
    """Rows of whether partners do about as well with novel instructions as with all."""
    where = "instructor=all,partner=all,told="
    written = chosen(rows, "partner_performance", ends=f"{where}instruction")
    novel = chosen(rows, "partner_performance", ends=f"{where}novel")
    return [
        claimed(
            novel[name],
            "novel_instructions_work",
            above(estimate_of(novel[name]), row.estimate - MARGIN),
            f"novel instructions are as good as all that were written ({row.estimate:.2f}), within "
            f"{MARGIN:g}",
        )
        for name, row in written.items()
        if name in novel
    ]
