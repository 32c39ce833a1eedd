"""Instructed networks by name: what each is told, and how it is built.

A name is that of a network as published, in small letters, then its variants: ``simplenet``,
``structurenet,plus``, ``bownet``, ``sbertnet,mlp``, ``sbertnet,shuffled``.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.instructed import information as told
from neurosim.models.instructed.information import RULES, TaskInformation, Wordings
from neurosim.models.instructed.sensorimotor import SensorimotorNetwork
from neurosim.tasks.psychophysics.instructions import Instructions

RULE_NETWORKS = ("simplenet", "structurenet")
BLANK = ("blank_words", "blank_encoder")  # language models that were never trained
VARIANTS = ("plus", "mlp", "shuffled", "tuned")


@dataclass(frozen=True)
class NetworkName:
    """What the name of a network says.

    Attributes
    ----------
    base : str
        ``simplenet``, ``structurenet``, ``bownet`` or one that is told by a language model.
    variants : tuple of str
        ``plus`` (layers between rules and network), ``mlp`` (a layer between words and network),
        ``shuffled`` (each task is told as another one), ``tuned`` (the last layers of the language
        model are trained too).
    """

    base: str
    variants: tuple[str, ...] = ()

    @classmethod
    def parse(cls, name: str) -> "NetworkName":
        """Take a name apart.

        Raises
        ------
        NeurosimError
            If a variant is unknown or does not suit the network.
        """
        base, *variants = name.split(",")
        for variant in variants:
            if variant not in VARIANTS:
                raise NeurosimError(
                    f"instructed network {name!r}: variant: expected one of {choices(VARIANTS)}, "
                    f"found {variant!r}"
                )
        rules = base in RULE_NETWORKS
        parsed = cls(base, tuple(variants))
        spoken = parsed.language_model is not None
        for variant, suits in (("plus", rules), ("mlp", not rules), ("tuned", spoken)):
            if variant in variants and not suits:
                raise NeurosimError(
                    f"instructed network {name!r}: variant: expected 'plus' with rules, 'mlp' "
                    f"with words and 'tuned' with a language model, found {variant!r}"
                )
        return parsed

    @property
    def language_model(self) -> str | None:
        """The language model that it is told by, if it is told by one that was trained."""
        return None if self.base in (*RULE_NETWORKS, "bownet", *BLANK) else self.base


class InstructedNetwork(nn.Module):
    """A sensorimotor network, and what it is told.

    Parameters
    ----------
    name : str
    information : TaskInformation
    sensorimotor : SensorimotorNetwork
    """

    def __init__(
        self, name: str, information: TaskInformation, sensorimotor: SensorimotorNetwork
    ) -> None:
        super().__init__()
        self.name = name
        self.information, self.sensorimotor = information, sensorimotor

    def forward(self, inputs: Tensor, telling: Tensor) -> tuple[Tensor, Tensor]:
        """Output (trial, step, 33) and activity (trial, step, unit) to inputs and tellings."""
        return self.sensorimotor(inputs, self.information(telling))


def features_of(
    name: str, instructions: Instructions, hidden: np.ndarray | None, rng: np.random.Generator
) -> tuple[np.ndarray, Wordings]:
    """Give the frozen features of what a network is told.

    Parameters
    ----------
    name : str
    instructions : Instructions
    hidden : (telling, feature) array, optional
        A language model's view of each instruction, in the order of `information.in_order`.
    rng : numpy.random.Generator
        Draws rules and the order of shuffled tasks.

    Returns
    -------
    features : (telling, feature) array
    wordings : Wordings

    Raises
    ------
    NeurosimError
        If the name is unknown, or its language model's view is missing.
    """
    parsed = NetworkName.parse(name)
    wordings = told.wordings_of(instructions)
    if parsed.base in RULE_NETWORKS:
        draw = told.rule_features if parsed.base == "simplenet" else told.structure_features
        features, wordings = draw(rng), RULES
    elif parsed.base == "bownet":
        features = told.bag_of_words(instructions)
    elif hidden is None:
        raise NeurosimError(
            f"instructed network {name!r}: expected what its language model makes of the "
            "instructions, found none"
        )
    else:
        features = hidden
    if "shuffled" in parsed.variants:
        features = told.shuffled_over_tasks(features, wordings, rng)
    return features, wordings


def build_network(
    name: str,
    features: np.ndarray,
    wordings: Wordings,
    n_units: int,
    rng: np.random.Generator,
) -> InstructedNetwork:
    """Build an untrained network; its first weights come from the generator alone.

    Networks of one generator share the first weights of the sensorimotor network.

    Parameters
    ----------
    name : str
    features : (telling, feature) array
    wordings : Wordings
        See `features_of`.
    n_units : int
    rng : numpy.random.Generator
    """
    parsed = NetworkName.parse(name)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        sensorimotor = SensorimotorNetwork(n_units)
        if parsed.base in RULE_NETWORKS:
            through = "plus" in parsed.variants
            encoder = told.rules_through_layers() if through else told.rules_as_told()
        else:
            make = told.through_layer if "mlp" in parsed.variants else told.linear
            encoder = make(features.shape[1])
        information = TaskInformation(features, wordings, encoder)
        return InstructedNetwork(name, information, sensorimotor)
