"""Claims that a condition in an instruction costs, judged beside what doing nothing gives.

Many conditional trials call for no response, so that a network that does nothing does them better
than imperative ones: its plain deficit has the wrong sign. What a condition costs beyond what it
costs STRUCTURENET, which has no language, is the published argument (Riveland & Pouget 2024,
doi:10.1038/s41593-024-01607-5, fig. 2f).
"""

from collections.abc import Sequence

import numpy as np

from analysis.instruction_asked import told_in_words
from analysis.instruction_conditional import OVER, WITHHOLDING
from analysis.instruction_rows import is_control, words
from analysis.instruction_verdicts import FAILS, UNCLEAR, below, chosen, claimed, estimate_of
from neurosim.stats.summary import Row

ROUNDING = 1e-9


def deficit_claims(rows: Sequence[Row]) -> list[Row]:
    """Rows of what a condition costs each network, and those told in words.

    Parameters
    ----------
    rows : sequence of Row
        Of the question about controls.
    """
    plain = chosen(rows, "conditional_deficit")
    floor = plain.get(WITHHOLDING)
    over = chosen(rows, "conditional_deficit_difference")
    found = [
        _of_network(row, over.get(name), floor)
        for name, row in plain.items()
        if name != WITHHOLDING and not is_control(name)
    ]
    said = "a condition costs networks that are told in words more than one without language"
    return found + [
        _judged(row, "conditional_deficit_of_words", said, floor)
        for name, row in over.items()
        if told_in_words(name)
    ]


def floor_differs(floor: Row | None) -> bool:
    """Whether doing nothing does conditional tasks better, or worse, than imperative ones."""
    if floor is None:
        return False
    if not np.isfinite([floor.ci_low, floor.ci_high]).all():
        return abs(floor.estimate) > ROUNDING
    return floor.ci_low > 0 or floor.ci_high < 0


def _of_network(row: Row, over: Row | None, floor: Row | None) -> Row:
    name, said = "conditional_deficit", "a condition in the instruction costs"
    if not floor_differs(floor):
        return claimed(row, name, below(estimate_of(row)), said)
    said += f"; doing nothing has {floor.estimate:+.2f}, so that the plain deficit says little"
    if over is None:
        said += f" and only a lead over {words(OVER)}, as published, is judged"
        return claimed(row, name, UNCLEAR, said)
    said += f" ({row.estimate:+.2f}) and the one beyond that of {words(OVER)} is judged, as in "
    return _judged(over, name, said + "the published argument", floor)


def _judged(row: Row, name: str, said: str, floor: Row | None) -> Row:
    """Judge a difference of deficits; a floor that hides a deficit proves none absent."""
    verdict = below(estimate_of(row))
    if verdict == FAILS and floor_differs(floor) and floor.estimate > 0:
        verdict = UNCLEAR
        said += "; doing nothing hides what a condition costs, so that none is no proof"
    return claimed(row, name, verdict, said)
