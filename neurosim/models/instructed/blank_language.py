"""Language models without pretraining: what the motor task alone can teach them.

Riveland & Pouget 2024 (doi:10.1038/s41593-024-01607-5) train two, a bag of words through a
multilayer perceptron, and the word embeddings of BERT through one transformer layer with random
weights. Their weights are drawn from a generator and trained with the sensorimotor network; call
``requires_grad_(False)`` to leave them as they were drawn.
"""

from itertools import pairwise

import numpy as np
import torch
from torch import Tensor, nn

from neurosim import NeurosimError
from neurosim.models.instructed.sentence_encoders import SentenceEncoder, StatesEncoder
from neurosim.models.instructed.token_states import TokenStates, pool
from neurosim.tasks.psychophysics.instructions import find_vocabulary, tokenise

UNITS_A_HEAD = 64  # as in BERT


class BlankBagOfWords(SentenceEncoder):
    """A bag of words through rectified layers.

    Parameters
    ----------
    words : (telling, word) array
        1 where an instruction has a word, else 0.
    rng : numpy.random.Generator
    width : int
        Units of a layer; the published size is not known.
    n_layers : int
    """

    def __init__(
        self, words: np.ndarray, rng: np.random.Generator, width: int = 128, n_layers: int = 2
    ) -> None:
        super().__init__()
        self.n_tellings, n_words = words.shape
        self.width = width
        self.register_buffer("_words", torch.tensor(words, dtype=torch.float32), persistent=False)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63 - 1)))
            sizes = (n_words, *[width] * n_layers)
            layers = [
                part
                for before, after in pairwise(sizes)
                for part in (nn.Linear(before, after), nn.ReLU())
            ]
            self.layers = nn.Sequential(*layers)

    def encode(self, telling: Tensor) -> Tensor:
        """Read tellings (telling,), each on its own, to vectors (telling, width)."""
        return self.layers(self._words[telling])


class BlankEncoder(StatesEncoder):
    """Frozen word embeddings through one transformer layer, its output averaged over tokens.

    Parameters
    ----------
    states : TokenStates
        Embeddings of the words of every telling: `LanguageModel.token_states` of BERT at layer 0,
        as published, or `draw_word_states` where there is no BERT.
    rng : numpy.random.Generator

    Raises
    ------
    NeurosimError
        If the width cannot be shared out among heads of attention.
    """

    def __init__(self, states: TokenStates, rng: np.random.Generator) -> None:
        super().__init__(states)
        n_heads = max(1, self.width // UNITS_A_HEAD)
        if self.width % n_heads:
            raise NeurosimError(
                f"blank encoder: width: expected a multiple of its {n_heads} heads, found "
                f"{self.width}; take a multiple of {UNITS_A_HEAD}"
            )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**63 - 1)))
            self.layer = nn.TransformerEncoderLayer(
                self.width, n_heads, 4 * self.width, dropout=0.0, activation="gelu",
                batch_first=True,
            )  # fmt: skip

    def encode(self, telling: Tensor) -> Tensor:
        """Read tellings (telling,), each on its own, to vectors (telling, width)."""
        told = self.told(telling)
        hidden = self.layer(told.states, src_key_padding_mask=~told.mask)
        return pool(hidden, told.mask, "mean")


def draw_word_states(
    sentences: list[str], rng: np.random.Generator, width: int = 256
) -> TokenStates:
    """Embed the words of sentences by random vectors, of the word and of its place.

    Parameters
    ----------
    sentences : list of str
    rng : numpy.random.Generator
    width : int

    Returns
    -------
    TokenStates
        (sentence, word, width), of mean 0 and variance 1 over a word's dimensions, as BERT's
        normalised embeddings are.

    Raises
    ------
    NeurosimError
        If a sentence has no word.
    """
    words = [tokenise(sentence) for sentence in sentences]
    if not words or not all(words):
        raise NeurosimError("blank encoder: expected sentences of at least one word, found none")
    place = {word: number for number, word in enumerate(find_vocabulary(sentences))}
    longest = max(map(len, words))
    of_word = rng.standard_normal((len(place), width), dtype=np.float32)
    of_place = rng.standard_normal((longest, width), dtype=np.float32)
    states = np.zeros((len(words), longest, width), np.float32)
    mask = np.zeros((len(words), longest), bool)
    for number, found in enumerate(words):
        states[number, : len(found)] = of_word[[place[word] for word in found]]
        states[number, : len(found)] += of_place[: len(found)]
        mask[number, : len(found)] = True
    normalised = nn.functional.layer_norm(torch.from_numpy(states), (width,))
    return TokenStates(normalised * torch.from_numpy(mask)[..., None], torch.from_numpy(mask))
