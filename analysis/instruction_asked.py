"""Claims that compare networks, or ways of telling, over the same tasks.

What was asked of the networks here, and what Riveland & Pouget 2024 say of them
(doi:10.1038/s41593-024-01607-5).
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.instruction_data import FAMILIES, SETS, Measurements, by_task, in_both, networks_in
from analysis.instruction_neighbours import language_in, published_order
from analysis.instruction_published import reads
from analysis.instruction_rows import ALL_SETS, RULES, instruction_row, is_control, paired, words
from analysis.instruction_verdicts import (
    FAILS,
    HOLDS,
    LEVEL,
    UNCLEAR,
    above,
    all_of,
    below,
    claimed,
    paired_claim,
    paired_row,
    within,
)
from neurosim.stats.intervals import fraction_interval
from neurosim.stats.summary import Row

CRITERION = 0.95  # of every trained task
MARGIN = 0.1  # of trials, below which two performances are called the same; our choice


def comparisons(measured: Measurements, table: pd.DataFrame) -> list[Row]:
    """Rows of all claims that compare performances over tasks.

    Parameters
    ----------
    measured : Measurements
    table : DataFrame
        Of `analysis.instruction_data.task_table`.
    """
    where, names = measured.condition(ALL_SETS), networks_in(measured.held_out)
    rows = _order(table, where, names) + _asked(table, where, names)
    rows += [row for name in names for row in _published(table, where, name)]
    return rows + _blank(table, where, names)


def told_what_to_do(name: str) -> bool:
    """Whether a network is told what its task demands, in words or by structured rules."""
    return not is_control(name) and not name.startswith("simplenet")


def told_in_words(name: str) -> bool:
    """Whether a network is told in words, and in those of its task."""
    return not is_control(name) and not name.startswith(RULES)


def _zero_shot(table: pd.DataFrame, network: str) -> pd.DataFrame:
    return by_task(table, "zero_shot", network, SETS)


def _order(table: pd.DataFrame, where: str, names: Sequence[str]) -> list[Row]:
    """Rows of the published order of networks, step by step and as a whole."""
    language, order = language_in(names), published_order(names)
    steps = [
        paired_claim(
            "order",
            f"{where},over={other}",
            better,
            (_zero_shot(table, better), _zero_shot(table, other)),
            f"zero-shot performance of {words(better)} above that of {words(other)}",
        )
        for better, other in pairwise(order)
    ]
    smallest = min(steps, key=lambda row: row.estimate if np.isfinite(row.estimate) else -np.inf)
    said = f"{' > '.join(words(name) for name in order)}, all steps together; here the smallest"
    verdict = all_of([step.verdict for step in steps])
    if language:
        said += f"; {words(language)} is told by {reads(language)}"
    else:
        said += "; no network with a language model was trained, so that the order is not decided"
        verdict = UNCLEAR if verdict == HOLDS else verdict
    whole = claimed(smallest, "order", verdict, said)
    return [replace(whole, condition=where, estimator="all networks"), *steps]


def _asked(table: pd.DataFrame, where: str, names: Sequence[str]) -> list[Row]:
    """Rows of what was asked of the networks here."""
    base = _zero_shot(table, "simplenet")
    rows = []
    for name in filter(told_what_to_do, names):
        own = _zero_shot(table, name)
        others = {
            "above_simplenet": (base, "zero-shot performance above that of SIMPLENET"),
            "above_neighbour": (
                by_task(table, "neighbour", name),
                "better than with the best trained task's instruction",
            ),
            "above_withholding": (
                by_task(table, "withholding", name),
                "better than never responding",
            ),
        }
        rows += [
            paired_claim(claim, where, name, (own, other), said, level=LEVEL)
            for claim, (other, said) in others.items()
            if not own.empty
        ]
    rows += [_control(table, where, name) for name in filter(is_control, names)]
    trained = {name: by_task(table, "training", name) for name in RULES}
    return rows + [_worst(v, where, name) for name, v in trained.items() if not v.empty]


def _control(table: pd.DataFrame, where: str, name: str) -> Row:
    """Row of a network that is told each task as another one.

    That it does no better than SIMPLENET says nothing where the network that it is a control of
    does not either.
    """
    base = _zero_shot(table, "simplenet")
    told = ",".join(part for part in name.split(",") if part != "shuffled")
    lead = paired(_zero_shot(table, told), base).difference
    said = f"told each task as another one: at the level of SIMPLENET, within {MARGIN:g}"
    said += f", where {words(told)} is above it (here by {lead.value:.3f})"
    pair = _zero_shot(table, name), base
    row = paired_row("shuffled_control", where, name, pair, said, lambda each: within(each, MARGIN))
    helps = above(lead) == HOLDS
    return row if helps or row.verdict != HOLDS else replace(row, verdict=UNCLEAR)


def _worst(values: pd.DataFrame, where: str, name: str) -> Row:
    """Row of the trained task that is done worst; the verdict is on the mean over trainings."""
    worst = str(values.mean().idxmin())
    estimate = fraction_interval(values[worst].to_numpy())
    row = instruction_row(
        "claim_training_criterion",
        where,
        name,
        estimate,
        n_unit="training",
        test=f"every trained task at {CRITERION:.0%} or more; lowest: {worst}, mean over trainings",
    )
    return replace(row, verdict=HOLDS if estimate.value >= CRITERION else FAILS)


def _published(table: pd.DataFrame, where: str, name: str) -> list[Row]:
    """Rows of what was published of a network, beside SIMPLENET or beside itself."""
    own = {m: by_task(table, m, name) for m in ("zero_shot", "composed", "swapped")}
    base = {m: by_task(table, m, "simplenet") for m in own}
    pairs = {}
    if name == "simplenet":
        said = "information composed of related tasks helps where there was none"
        pairs["composed_rules_help"] = own["composed"], own["zero_shot"], said
    if told_in_words(name):
        said = "composed instructions do better than composed rules of SIMPLENET"
        pairs["composed_words_help_more"] = own["composed"], base["composed"], said
    if told_what_to_do(name):
        said = "wrong instructions cost more than they cost SIMPLENET"
        drops = _drop(own), _drop(base)
        pairs["swapped_drop_above_simplenet"] = *drops, said
        said = "a task whose whole family was held out is done worse"
        family = by_task(table, "zero_shot", name, FAMILIES)
        pairs["families_are_harder"] = own["zero_shot"], family, said
    plain, _, variant = name.partition(",")
    untouched = _zero_shot(table, plain)
    if variant == "tuned":
        said = "training the last layers of the language model helps"
        pairs["tuned_is_better"] = own["zero_shot"], untouched, said
    if variant == "mlp":
        said = "a layer more between words and network makes it worse"
        pairs["mlp_is_worse"] = untouched, own["zero_shot"], said
    rows = [
        paired_claim(claim, where, name, (first, second), said)
        for claim, (first, second, said) in pairs.items()
        if not (first.empty or second.empty)
    ]
    if variant == "plus" and not (own["zero_shot"].empty or untouched.empty):
        said = f"layers between rules and network do not help, by {MARGIN:g}"
        pair = own["zero_shot"], untouched
        rows.append(
            paired_row("plus_is_no_better", where, name, pair, said, lambda d: below(d, MARGIN))
        )
    return rows


def _drop(values: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """What wrong instructions cost (number, task)."""
    right, wrong = in_both(values["zero_shot"], values["swapped"])
    return right - wrong


def _blank(table: pd.DataFrame, where: str, names: Sequence[str]) -> list[Row]:
    """Rows of language models that were never trained, beside one that was."""
    language = language_in(names)
    if language is None:
        return []
    return [
        paired_claim(
            "training_language_matters",
            f"{where},over={name}",
            language,
            (_zero_shot(table, language), _zero_shot(table, name)),
            f"a trained language model does better than a blank one ({words(name)})",
        )
        for name in names
        if name.startswith("blank_") and not is_control(name)
    ]
