"""Frozen language models that read instructions: one interface, whichever family they are of.

Riveland & Pouget 2024 (doi:10.1038/s41593-024-01607-5) take the states of a pretrained transformer,
pool them over the tokens of a sentence, and let a linear map learn the rest. Every layer is given,
since the geometry of instructions is asked layer by layer.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from neurosim import NeurosimError
from neurosim.models.instructed.token_states import TokenStates, pool, require_pooling

if TYPE_CHECKING:  # it takes seconds to import, and is optional
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

N_AT_ONCE = 64  # sentences in a batch


class LanguageModel:
    """A pretrained transformer whose weights stay as they are.

    Parameters
    ----------
    name : str
        Which model it is; results carry it.
    transformer : transformers.PreTrainedModel
        Its weights are frozen here, and dropout is off.
    tokenizer : transformers.PreTrainedTokenizerBase
    pooling : {"mean", "cls", "eos"}
        How states of tokens become one vector a sentence; see `token_states.pool`.

    Raises
    ------
    NeurosimError
        If there is no such pooling, or the tokenizer knows no token to pad with.
    """

    def __init__(
        self,
        name: str,
        transformer: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        pooling: str = "mean",
    ) -> None:
        require_pooling(pooling)
        self.name, self.pooling = name, pooling
        self.transformer = transformer.eval().requires_grad_(False)
        self.tokenizer = tokenizer
        tokenizer.padding_side = "right"  # the last token is where the mask ends
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token  # any will do: it is masked
        if tokenizer.pad_token is None:
            raise NeurosimError(
                f"language model {name}: expected a token for padding or for the end, found neither"
            )

    @property
    def n_layers(self) -> int:
        """Layers of the transformer, its embedding not counted."""
        return self.transformer.config.num_hidden_layers

    @property
    def width(self) -> int:
        """Dimensions of a state."""
        return self.transformer.config.hidden_size

    def hidden(self, sentences: Sequence[str], pooling: str | None = None) -> np.ndarray:
        """Give the pooled states of sentences at every layer.

        Parameters
        ----------
        sentences : sequence of str
        pooling : {"mean", "cls", "eos"}, optional
            Another one than the model's own.

        Returns
        -------
        (layer, sentence, width) float32 array
            The embedding first, so one layer more than `n_layers`; the last one as the model gives
            it (after the final normalisation of GPT and CLIP).

        Raises
        ------
        NeurosimError
            If there is no sentence, one is empty or longer than the model reads, or there is no
            such pooling.
        """
        pooling = self.pooling if pooling is None else pooling
        require_pooling(pooling)
        found = [
            np.stack([pool(states, mask, pooling).numpy() for states in layers])
            for layers, mask in self._read(sentences, pooling)
        ]
        return np.concatenate(found, axis=1)

    def token_states(self, sentences: Sequence[str], layer: int) -> TokenStates:
        """Give the states of every token at one layer, 0 for the embedding.

        Raises
        ------
        NeurosimError
            If there is no such layer, or as in `hidden`.
        """
        if not 0 <= layer <= self.n_layers:
            raise NeurosimError(
                f"language model {self.name}: layer: expected 0 to {self.n_layers}, found {layer}"
            )
        return TokenStates.join(
            [TokenStates(layers[layer], mask) for layers, mask in self._read(sentences)]
        )

    def _read(
        self, sentences: Sequence[str], pooling: str | None = None
    ) -> Iterator[tuple[tuple[Tensor, ...], Tensor]]:
        """States (sentence, token, width) of each layer and mask (sentence, token), by batches."""
        self._require_sentences(sentences)
        texts = self._ended(sentences, pooling or self.pooling)
        for first in range(0, len(texts), N_AT_ONCE):
            tokens = self.tokenizer(
                texts[first : first + N_AT_ONCE], padding=True, return_tensors="pt"
            )
            self._require_length(tokens["input_ids"].shape[1])
            with torch.no_grad():
                found = self.transformer(**tokens, output_hidden_states=True)
            # CLIP lists its last layer before the final normalisation, the others after it
            layers = (*found.hidden_states[:-1], found.last_hidden_state)
            yield layers, tokens["attention_mask"].bool()

    def _ended(self, sentences: Sequence[str], pooling: str) -> list[str]:
        """Sentences with an end token, where that is read and the tokenizer sets none (GPT)."""
        end = self.tokenizer.eos_token
        if pooling != "eos" or end is None:
            return list(sentences)
        has_end = self.tokenizer(sentences[0])["input_ids"][-1] == self.tokenizer.eos_token_id
        return list(sentences) if has_end else [text + end for text in sentences]

    def _require_sentences(self, sentences: Sequence[str]) -> None:
        if isinstance(sentences, str) or not len(sentences) or not all(map(str.strip, sentences)):
            raise NeurosimError(
                f"language model {self.name}: expected a list of sentences, none of them empty, "
                f"found {sentences if isinstance(sentences, str) else list(sentences)[:3]!r}"
            )

    def _require_length(self, n_tokens: int) -> None:
        n_places = self.transformer.config.max_position_embeddings
        before = getattr(getattr(self.transformer, "embeddings", None), "padding_idx", None)
        if before is not None:  # RoBERTa counts its places from after the one of padding
            n_places -= before + 1
        longest = min(self.tokenizer.model_max_length, n_places)
        if n_tokens > longest:
            raise NeurosimError(
                f"language model {self.name}: expected sentences of at most {longest} tokens, "
                f"found {n_tokens}; shorten them"
            )
