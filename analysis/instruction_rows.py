"""What the questions about instructed networks share: rows over tasks, references, colours."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.instruction_data import Measurements, in_both, networks_in
from analysis.instruction_published import (
    PUBLISHED,
    SINGLE,
    beside,
    names_model,
    published,
    reads,
)
from analysis.plots import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from analysis.reverse_models import corrected
from neurosim.stats.differences import Difference, compare_means, compare_pairs, mean_over_seeds
from neurosim.stats.intervals import Estimate, fraction_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

STUDY = "instruction"
BASE = "simplenet"  # is told which task it is, and nothing of what it demands
RULES = ("simplenet", "structurenet")  # are not told in words
NETWORKS = "trained network"  # what is counted: trainings, each without its set
ALL_SETS, ALL_FAMILIES = "all sets", "all families"
COLOURS = {
    "simplenet": GREY,
    "bownet": ORANGE,
    "blank_words": YELLOW,
    "blank_encoder": PURPLE,
    "gptnet": RED,
    "gptnet_xl": RED,
    "bertnet": GREEN,
    "clipnet_s": SKY,
    "sbertnet": BLUE,
    "sbertnet_published": SKY,
    "sbertnet_l": PURPLE,
    "structurenet": BLACK,
}


def instruction_row(
    quantity: str,
    condition: str,
    estimator: str,
    estimate: Estimate,
    *,
    unit: str = "1",
    n_unit: str = "task",
    test: str,
    p_value: float = NAN,
    reference: Reference | None = None,
    tasks: Collection[str] = (),
    networks: Collection[str] | None = None,
    reason: str = "no data",
) -> Row:
    """Make a row of a trained network.

    Where a published number stands beside it, `tasks` are those held out that ours is about, and
    `networks` those that it is about if it is not of one alone; see `beside`.
    """
    if names_model(estimator):
        test, reason = (f"{said}; {reads(estimator)}" for said in (test, reason))
    row = make_row(
        STUDY,
        quantity,
        condition=condition,
        estimator=estimator,
        estimate=estimate,
        origin="learned",
        unit=unit,
        n_unit=n_unit,
        reference=reference,
        test=test,
        p_value=p_value,
        reason=reason,
    )
    return beside(row, tasks, networks)


def over_tasks(values: pd.DataFrame) -> Estimate:
    """Mean over tasks of the mean over trainings, with its interval over tasks.

    Parameters
    ----------
    values : DataFrame (number, task)
    """
    return fraction_interval(mean_over_seeds(values.to_numpy())) if values.size else _nothing()


def measured_tasks(values: pd.DataFrame) -> list[str]:
    """Name the tasks that have a number in any training."""
    return values.dropna(axis="columns", how="all").columns.astype(str).tolist()


def _nothing() -> Estimate:
    return Estimate(NAN, NAN, NAN, 0)


def said_of(values: pd.DataFrame, what: str = "") -> str:
    """Say what an interval over tasks rests on."""
    each = values.notna().sum()
    fewest, most = (int(n) for n in ((each.min(), each.max()) if each.size else (0, 0)))
    n = f"{most}" if fewest == most else f"{fewest} to {most}"
    trainings = f"means over {n} trainings of each" if most > 1 else "each of one training"
    return f"{what}{'; ' if what else ''}t interval over tasks, {trainings}"


def not_run_rows(
    quantity: str,
    measured: Measurements,
    references: Mapping[str, Reference],
    rows: Sequence[Row],
    condition: str = ALL_SETS,
) -> list[Row]:
    """Rows of networks that could not be trained, and of published ones that were not.

    Parameters
    ----------
    quantity : str
    measured : Measurements
    references : Mapping of id to Reference
    rows : sequence of Row
        Those that there are.
    condition : str
        The part of it that names the hold-outs.
    """
    there = {row.estimator for row in rows if row.quantity == quantity}
    asked = [*measured.missing, *PUBLISHED.get(quantity, {})]
    return [
        instruction_row(
            quantity,
            measured.condition(condition),
            network,
            _nothing(),
            test="",
            reference=published(references, quantity, network),
            reason=measured.missing.get(network, _not_asked(network, measured)),
        )
        for network in dict.fromkeys(asked)
        if network not in there
    ]


def none_rows(
    quantity: str,
    measured: Measurements,
    rows: Sequence[Row],
    reason: str,
    references: Mapping[str, Reference] | None = None,
) -> list[Row]:
    """Make the one row of a quantity of which there is no row, and of networks that are missing.

    Parameters
    ----------
    quantity : str
    measured : Measurements
    rows : sequence of Row
        Those that there are.
    reason : str
        Why there is none.
    references : Mapping of id to Reference, optional
        Where the quantity has one published number for all networks.
    """
    there = {row.estimator for row in rows if row.quantity == quantity}
    known = (references or {}).get(SINGLE.get(quantity, ""))
    reasons = {name: why for name, why in measured.missing.items() if name not in there}
    if not there:
        reasons[""] = reason
    return [
        instruction_row(
            quantity,
            measured.condition(ALL_SETS),
            name,
            _nothing(),
            test="",
            reference=None if name else known,
            reason=why,
        )
        for name, why in reasons.items()
    ]


def is_control(network: str) -> bool:
    """Whether a network is told each task as another one."""
    return "shuffled" in network.split(",")


def _not_asked(network: str, measured: Measurements) -> str:
    if network in networks_in(measured.held_out):
        return "this was not measured at this scale"
    return "this network is not trained at this scale"


def difference_rows(
    quantity: str,
    condition: str,
    values: Mapping[str, pd.DataFrame],
    base: str = BASE,
    what: str = "performance",
) -> list[Row]:
    """Rows of how much more each network has than one of them, over the same tasks.

    Parameters
    ----------
    quantity, condition : str
    values : Mapping of network to DataFrame (number, task)
    base : str
        The one that others are compared with; without it there is nothing to compare.
    what : str
        What it is, in words.

    Returns
    -------
    list of Row
        The p value is that of pairs of tasks, by Holm over networks; that of the published test
        stands in ``test``.
    """
    if base not in values or values[base].empty:
        return []
    pairs = {
        name: in_both(own, values[base])
        for name, own in values.items()
        if name != base and not own.empty
    }
    found = {name: paired(*pair) for name, pair in pairs.items()}
    p_values = corrected({name: difference.p_value for name, difference in found.items()})
    return [
        instruction_row(
            quantity,
            f"{condition},over={base}",
            name,
            difference.difference,
            test=f"{what} less that of {base}, paired over tasks; paired t test, Holm over "
            f"networks; {effect_words(difference)}; {as_published(*pairs[name])}",
            p_value=p_values[name],
            reason=f"no task was measured of both {name} and {base}",
        )
        for name, difference in found.items()
    ]


def paired(first: pd.DataFrame, second: pd.DataFrame) -> Difference:
    """Compare two networks over the tasks (number, task) of both."""
    first, second = in_both(first, second)
    if not first.size:
        return compare_pairs(np.array([]), np.array([]))
    return compare_pairs(first.to_numpy(), second.to_numpy())


def effect_words(difference: Difference) -> str:
    """Word the size of a difference."""
    effect = difference.effect
    return f"Hedges' g {effect.value:.2f} ({effect.low:.2f} to {effect.high:.2f})"


def as_published(first: pd.DataFrame, second: pd.DataFrame) -> str:
    """Word the published test: unequal variances, over all tasks and trainings."""
    first, second = in_both(first, second)
    found = compare_means(first.to_numpy(), second.to_numpy())
    return f"Welch's t over tasks and trainings {found.t:.2f}, p {found.p_value:.2g}"


def colour_of(network: str) -> str:
    """Colour of a network; its variants have that of what they are variants of."""
    return COLOURS.get(network.split(",")[0], GREEN)


def words(network: str) -> str:
    """Word a network's name as published ones are written.

    >>> words("sbertnet_l,mlp")
    'SBERTNET (L), mlp'
    """
    base, _, variants = network.partition(",")
    name, _, size = base.partition("net")
    known = f"{name}net".upper() + (f" ({size[1:].upper()})" if size in ("_l", "_xl", "_s") else "")
    if "net" not in base or size not in ("", "_l", "_xl", "_s"):
        known = base.replace("_", " ")
    return f"{known}, {variants.replace(',', ', ')}" if variants else known
