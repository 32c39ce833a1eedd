"""Does silencing one colliculus turn the inner compass in REM, in every animal, and how far?

The sign follows from the wiring of the ring and is planted, and so is that saline does nothing;
the size of the rotation, the full turns and how both depend on the state are emergent. Blocks
are the unit within an animal, animals the unit over animals.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from analysis.inactivation_blocks import (
    CONDITIONS,
    STATES,
    TREATED,
    InactivatedBlocks,
    load_blocks,
    measure,
    named,
)
from analysis.inactivation_figure import draw, figure_data
from analysis.inactivation_tests import (
    Tests,
    as_planted,
    describe,
    effect_rows,
    effects_of,
    pooled_rows,
)
from analysis.results import Answer, Quantity, result, rows_of_quantity
from neurosim.stats.intervals import Estimate, fraction_interval, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

__all__ = ["analyse", "draw"]
CLAIMED = "C006"  # what is claimed of TTX
NOTHING = Estimate(NAN, NAN, NAN, 0)
WIRED = "the sign is planted by the wiring, the size is emergent"
ROTATION = Quantity("heading", "net_rotation", "degree min-1", "bayes", "emergent")
FULL = Quantity("heading", "full_turns", "min-1", "bayes", "emergent")
SHARE = Quantity(
    "heading", "clockwise_fraction", "1", "bayes", "emergent", interval=fraction_interval
)


@dataclass(frozen=True)
class Measure:
    """What is measured of blocks: a quantity, what its conditions add, its column of the table."""

    quantity: Quantity
    suffix: str
    column: str


NET = Measure(ROTATION, "", "net")
MEASURES = (
    NET,
    Measure(FULL, ",cw", "cw_turns"),
    Measure(FULL, ",ccw", "ccw_turns"),
    Measure(SHARE, "", "clockwise"),
)


def analyse(
    measured: Sequence[Path],
    planted: Sequence[Path],
    simulated: Sequence[str],
    n_permutations: int,
    references: Mapping[str, Reference],
    seed: int,
) -> xr.DataTree:
    """Summarise rotation by condition, state and animal.

    Parameters
    ----------
    measured, planted : sequence of Path
        Outputs of measure_inactivation and match_planted_inactivation, a group a state.
    simulated : sequence of str
        Names of the simulated animals.
    n_permutations : int
        Relabellings of blocks; all of them where there are no more.
    references : Mapping of id to Reference
    seed : int
        Seed of the run; draws relabellings.

    Returns
    -------
    DataTree
        ``/summary``; ``/animals`` (state, condition, recording): what the figure shows;
        ``/rotation/{recording}`` (time): cumulative rotation in REM.
    """
    blocks = load_blocks(measured, planted, simulated)
    tests = Tests(blocks, n_permutations, seed)
    rows: list[Row] = []
    for what in MEASURES:
        for state in STATES if what is NET else ("rem",):
            for condition in CONDITIONS:
                rows += _rows_over_animals(blocks, tests, state, condition, what, references)
        rows += _animal_rows(blocks, tests, what)
    rows += effect_rows(blocks, tests)
    rows += pooled_rows(blocks, tests, references)
    rows += _claim_rows(blocks, tests, references[CLAIMED])
    return result(rows, figure_data(blocks))


def _answers(
    blocks: InactivatedBlocks, state: str, condition: str, column: str
) -> dict[str, Answer]:
    """What each recording answers in a condition; nothing where it was not in that condition."""
    answers, number = {}, measure(column)
    for name in blocks.measured[state]:
        here = blocks.of(state, condition, name)
        if here.empty:
            answers[name] = Answer(NOTHING)
            continue
        planted = number(here, "planted_") if name in blocks.simulated else NAN
        answers[name] = Answer(mean_interval([number(here, "")]), planted)
    return answers


def _rows_over_animals(
    blocks: InactivatedBlocks,
    tests: Tests,
    state: str,
    condition: str,
    what: Measure,
    references: Mapping[str, Reference],
) -> list[Row]:
    """Measure a condition over animals and for each imported recording, and test it on blocks."""
    is_claimed = (what, state, condition) == (NET, "rem", "ttx_right")
    claimed = references[CLAIMED] if is_claimed else None
    rows = rows_of_quantity(
        what.quantity,
        named(condition, state) + what.suffix,
        _answers(blocks, state, condition, what.column),
        blocks.missing[state],
        blocks.simulated,
        claimed,
        f"no block in {state} under {condition}",
    )
    if condition == "none":
        return rows
    tested = []
    for row in [as_planted(row, condition) for row in rows]:
        imported = row.condition.partition("recording=")[2]
        animals = [imported] if imported else blocks.animals(state, (condition, "none"))
        test = tests.of(state, condition, animals, what.column)
        if test is None or not np.isfinite(row.estimate):
            tested.append(row)
            continue
        words = f"{row.test}; p: {describe(test, condition)}"
        tested.append(replace(row, p_value=test.p_value, test=words))
    return tested


def _animal_rows(blocks: InactivatedBlocks, tests: Tests, what: Measure) -> list[Row]:
    """Measure each simulated animal in REM, with its null interval in words."""
    rows, quantity = [], what.quantity
    for condition in CONDITIONS:
        answers = _answers(blocks, "rem", condition, what.column)
        for name in blocks.simulated:
            if name not in answers or not answers[name].estimate.n:
                continue
            n_blocks = len(blocks.of("rem", condition, name))
            row = make_row(
                quantity.study,
                quantity.name,
                condition=f"{condition}{what.suffix},subject={name}",
                estimator=quantity.estimator,
                estimate=replace(answers[name].estimate, n=n_blocks),
                origin=quantity.origin,
                unit=quantity.unit,
                n_unit="block",
                truth=answers[name].truth,
                test="none: one subject",
            )
            test = None if condition == "none" else tests.of("rem", condition, [name], what.column)
            if test is not None:
                words = (
                    f"{describe(test, condition)}; effect {test.effect:.4g} {quantity.unit}, "
                    f"null interval {test.null_low:.4g} to {test.null_high:.4g}"
                )
                row = replace(row, p_value=test.p_value, test=words)
            rows.append(as_planted(row, condition))
    return rows


def _claim_rows(blocks: InactivatedBlocks, tests: Tests, claimed: Reference) -> list[Row]:
    """Say of each claim about the inactivations in how many animals it holds."""
    effects = {c: effects_of(blocks, tests, "rem", c) for c in ("saline", *TREATED)}
    net = {c: _answers(blocks, "rem", c, NET.column) for c in ("ttx_right", "ttx_left")}
    rotation = {c: {n: answers[n].estimate.value for n in effects[c]} for c, answers in net.items()}
    rows = [
        _claim(
            "ttx_right,clockwise",
            {n: value < 0 for n, value in rotation["ttx_right"].items()},
            "net rotation is clockwise in every subject; " + WIRED,
            "planted",
            reference=claimed,
        ),
        _claim(
            "ttx_left,counter_clockwise",
            {n: value > 0 for n, value in rotation["ttx_left"].items()},
            "net rotation mirrors that under ttx_right in every subject; " + WIRED,
            "planted",
        ),
    ]
    for condition, origin, words in (
        (
            "saline",
            "planted",
            "the effect of saline, which does nothing in the model, lies inside the null interval "
            "of every subject",
        ),
        (
            "ttx_both",
            "emergent",
            "without either colliculus rotation is back inside the null interval",
        ),
    ):
        tested = effects[condition]
        chance = 1 - 0.95 ** len(tested)
        words += f"; by chance some subject lies outside in {chance:.0%} of runs"
        decided = all(test.can_reject for test in tested.values())
        rows.append(
            _claim(
                f"{condition},inside_null",
                {n: test.inside_null for n, test in tested.items()},
                words if decided else words + "; too few blocks to lie outside",
                origin,
                decided=decided,
            )
        )
    return rows


def _claim(
    condition: str,
    holds: Mapping[str, bool],
    words: str,
    origin: str,
    *,
    reference: Reference | None = None,
    decided: bool = True,
) -> Row:
    """Build the row of a claim about every animal."""
    n = len(holds)
    share = Estimate(np.mean(list(holds.values())), NAN, NAN, n) if n else NOTHING
    row = make_row(
        "heading",
        "inactivation_claim",
        condition=condition,
        estimate=share,
        origin=origin,
        unit="1",
        n_unit="subject",
        reference=reference,
        test=words,
        reason="no simulated subject was inactivated",
    )
    if not n:
        return row
    verdict = "holds" if all(holds.values()) else "does not hold"
    return replace(row, verdict=verdict if decided else "inconclusive")
