"""Networks whose language model learns with them: it reads the instructions anew in every batch.

Once trained it is frozen: what it makes of every instruction becomes features like any other's.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from copy import deepcopy

import numpy as np
from torch import Tensor, nn

from neurosim.models.instructed import information as told
from neurosim.models.instructed.blank_language import (
    BlankBagOfWords,
    BlankEncoder,
    draw_word_states,
)
from neurosim.models.instructed.information import TaskInformation, Wordings
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.sentence_encoders import SentenceEncoder
from neurosim.tasks.psychophysics.instructions import Instructions


class ReadInformation(TaskInformation):
    """Information from sentences that are read by a model in training.

    Parameters
    ----------
    reader : SentenceEncoder
        From tellings (trial,) to vectors (trial, feature).
    wordings : Wordings
    encoder : Module
        From these vectors to information.
    """

    def __init__(self, reader: SentenceEncoder, wordings: Wordings, encoder: nn.Module) -> None:
        super().__init__(reader.features(), wordings, encoder)
        self.reader = reader

    def forward(self, telling: Tensor) -> Tensor:
        """Information (trial, information) of tellings (trial,)."""
        return self.encoder(self.reader(telling))

    def frozen(self) -> TaskInformation:
        """Give the same information with what the reader makes of each telling now."""
        return TaskInformation(self.reader.features(), self.wordings, deepcopy(self.encoder))


def blank_reader(
    name: str, instructions: Instructions, rng: np.random.Generator
) -> SentenceEncoder:
    """Build a language model that was never trained.

    Parameters
    ----------
    name : {"blank_words", "blank_encoder"}
    instructions : Instructions
    rng : numpy.random.Generator
    """
    if name == "blank_words":
        return BlankBagOfWords(told.bag_of_words(instructions), rng)
    return BlankEncoder(draw_word_states(told.in_order(instructions), rng), rng)


def let_read(network: InstructedNetwork, reader: SentenceEncoder) -> InstructedNetwork:
    """Give a network that reads its instructions itself, all else being a copy."""
    before = network.information
    read = ReadInformation(reader, before.wordings, deepcopy(before.encoder))
    return InstructedNetwork(network.name, read, deepcopy(network.sensorimotor))


def freeze_reader(network: InstructedNetwork) -> InstructedNetwork:
    """Give a network that is told what its reader makes of the instructions now."""
    information = network.information
    if isinstance(information, ReadInformation):
        information = information.frozen()
    return InstructedNetwork(network.name, information, network.sensorimotor).eval()
