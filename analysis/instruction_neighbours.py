"""Networks beside their neighbours in the published order, by the published test.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 2b: two-sided t tests with unequal
variances.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from analysis.instruction_data import in_both
from analysis.instruction_rows import effect_words, instruction_row
from analysis.reverse_models import corrected
from neurosim.stats.differences import compare_means
from neurosim.stats.summary import Row

LANGUAGE = (  # the first one that was trained stands for language
    *("sbertnet", "sbertnet_published", "sbertnet_l", "clipnet_s", "bertnet", "gptnet_xl"),
    "gptnet",
)


def language_in(names: Sequence[str]) -> str | None:
    """Name the network that stands for language, if one was trained."""
    return next((name for name in LANGUAGE if name in names), None)


def published_order(names: Sequence[str]) -> list[str]:
    """Give the published order of networks, best first, without language where none has it.

    >>> published_order(["simplenet", "bownet", "sbertnet"])
    ['structurenet', 'sbertnet', 'bownet', 'simplenet']
    """
    language = language_in(names)
    return ["structurenet", *([language] if language else []), "bownet", "simplenet"]


def neighbour_rows(
    quantity: str,
    condition: str,
    values: Mapping[str, pd.DataFrame],
    order: Sequence[str],
    what: str,
) -> list[Row]:
    """Rows of how much more each network has than the next one of an order.

    Parameters
    ----------
    quantity, condition : str
    values : Mapping of network to DataFrame (number, task)
    order : sequence of str
        Names of networks; pairs of which one was not measured are left out.
    what : str
        What it is, in words.

    Returns
    -------
    list of Row
        The interval and the p value (by Holm over pairs) are Welch's, over tasks and trainings.
    """
    pairs = {
        (better, other): in_both(values[better], values[other])
        for better, other in pairwise(order)
        if not values.get(better, pd.DataFrame()).empty
        and not values.get(other, pd.DataFrame()).empty
    }
    found = {
        names: compare_means(*(each.to_numpy() for each in pair)) for names, pair in pairs.items()
    }
    p_values = corrected({names: each.p_value for names, each in found.items()})
    return [
        instruction_row(
            quantity,
            f"{condition},over={other}",
            better,
            each.difference,
            n_unit="task and training, of both",
            test=f"{what} less that of {other}, its neighbour in the published order; Welch's t "
            f"test over tasks and trainings {each.t:.2f}, {each.df:.0f} degrees of freedom, as "
            f"published (tasks are taken for independent), Holm over pairs; {effect_words(each)}",
            p_value=p_values[better, other],
            reason=f"no task was measured of both {better} and {other}",
        )
        for (better, other), each in found.items()
    ]
