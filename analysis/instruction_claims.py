"""What was claimed of instructed networks, and what was asked of them here: a verdict each.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import xarray as xr

from analysis.instruction_asked import MARGIN, comparisons, told_what_to_do
from analysis.instruction_axes_claims import axes_claims
from analysis.instruction_claims_figure import draw
from analysis.instruction_conditional_claims import deficit_claims
from analysis.instruction_correlation import TASK_MEANS
from analysis.instruction_data import Measurements, by_task, in_both, networks_in, task_table
from analysis.instruction_regimes import ANY, communication_table, condition_of
from analysis.instruction_rows import NETWORKS, is_control, none_rows
from analysis.instruction_verdicts import (
    FEWEST,
    HOLDS,
    UNCLEAR,
    above,
    chosen,
    claimed,
    estimate_of,
    paired_row,
)
from analysis.results import result
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row

__all__ = ["analyse", "draw"]

PUBLISHED_BATCHES = 1500  # of learning by input weights
NOTHING = "there is no number in this run that would tell"
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
    n_least : int
        Trained networks that it takes to decide; 0 for claims over tasks.
    """

    name: str
    quantity: str
    said: str
    judge: Callable[[Estimate], str]
    ends: str = ""
    has: str = ""
    of: Callable[[str], bool] = lambda name: not is_control(name)
    n_least: int = 0

    def verdict(self, row: Row) -> tuple[str, str]:
        """Verdict on a row, and the claim in words with why it is not decided."""
        n = row.n if row.n_unit == NETWORKS else 1  # others count what one network has
        if n < self.n_least:
            few = f"not decided: {self.n_least} trained networks are needed, found {n}"
            return UNCLEAR, f"{self.said}; {few}"
        return self.judge(estimate_of(row)), self.said


def chance(share: float) -> Callable[[Estimate], str]:
    """Judge whether a share is above that of chance."""
    return lambda estimate: above(estimate, share)


def may_be_later(least: float) -> Callable[[Estimate], str]:
    """Judge whether something was learned; what was not is no proof that it cannot be."""
    return lambda estimate: HOLDS if above(estimate, least) == HOLDS else UNCLEAR


def _turned(
    family: str,
    quantity: str,
    least: float,
    what: str,
    part: str = "units",
    window: str = "response",
) -> Claim:
    return Claim(
        f"{family}_{part}_change", quantity, f"{what}, also where one task was never trained; "
        f"holds from {least:g} of tuned units, which is chance", chance(least),
        ends=f",{family},held out,{window}", of=told_what_to_do, n_least=FEWEST,
    )  # fmt: skip


CLAIMS = (
    Claim("swapped_drop", "swapped_drop", "wrong instructions make held-out tasks worse", above,
          of=told_what_to_do),
    Claim("ccgp_swapped_drop", "ccgp_swapped_drop", "wrong instructions undo the structure of "
          "representations", above, of=told_what_to_do),
    Claim("ccgp_above_simplenet", "ccgp_difference", "representations of held-out tasks are more "
          "structured than those of a network that is told nothing of them", above,
          of=told_what_to_do),
    Claim("ccgp_correlation", "ccgp_correlation", "structure goes with zero-shot performance, over "
          "tasks, since networks share these", above, of=lambda name: name == TASK_MEANS),
    Claim("input_weights_suffice", "input_weights_only", "a new task is learned by input weights "
          f"alone, to {LEARNED:.0%}; what is not after {PUBLISHED_BATCHES} batches, as published, "
          "or fewer may be after more", may_be_later(LEARNED)),
    _turned("go", "preferred_direction_turn", 0.25, "preferred directions turn by pi in AntiGo"),
    _turned("decision", "preferred_direction_turn", 0.25, "integration swaps its sign in AntiDM"),
    _turned("decision", "preferred_direction_turn", 0.25, "ramps, as steep as the contrast is "
            "strong, swap their sign in AntiDM", "ramps", "ramp"),
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
    judged = {"conditional_deficit": deficit_claims(rows), "parallel_axes": axes_claims(measured),
              "novel_instructions_work": _novel(measured)}  # fmt: skip
    judged |= {claim.name: _judged(claim, rows) for claim in CLAIMS}
    found = comparisons(measured, table)
    for name, own in judged.items():
        found += own or none_rows(f"claim_{name}", measured, (), NOTHING)[-1:]
    return result(found)


def _judged(claim: Claim, rows: Sequence[Row]) -> list[Row]:
    """Rows of a claim; what rests on too few networks decides nothing."""
    own = chosen(rows, claim.quantity, ends=claim.ends, has=claim.has)
    return [
        claimed(row, claim.name, *claim.verdict(row)) for name, row in own.items() if claim.of(name)
    ]


def _novel(measured: Measurements) -> list[Row]:
    """Rows of whether partners do about as well with novel instructions as with all."""
    table = communication_table(measured.communication)
    rows = []
    for name in networks_in(measured.communication):
        novel, written = (
            by_task(table, f"all,all,{told}", name, ANY) for told in ("novel", "instruction")
        )
        novel, written = in_both(novel, written)
        if novel.empty:
            continue
        both = novel.notna() & written.notna()
        rows.append(
            paired_row(
                "novel_instructions_work",
                condition_of(measured, "all", "all", "novel"),
                name,
                (novel.where(both), written.where(both)),
                f"novel instructions are as good as all that were written, within {MARGIN:g}, over "
                f"the tasks with any",
                lambda more: above(more, -MARGIN),
            )
        )
    return rows
