"""A language model whose last layers learn from the motor task.

Riveland & Pouget 2024 (doi:10.1038/s41593-024-01607-5) let the last three layers of the transformer
follow the gradient of the sensorimotor loss. The layers below stay frozen, so what they make of the
instructions is computed once.
"""

from copy import deepcopy
from operator import attrgetter
from typing import NamedTuple

import torch
from torch import Tensor, nn

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.models.instructed.language_models import LanguageModel
from neurosim.models.instructed.sentence_encoders import StatesEncoder
from neurosim.models.instructed.token_states import pool


class Family(NamedTuple):
    """Where a kind of transformer keeps its layers, and who attends to whom."""

    layers: str
    last_norm: str | None  # normalises what the last layer gives
    is_causal: bool  # a token attends to those before it only


FAMILIES = {
    "bert": Family("encoder.layer", None, False),
    "roberta": Family("encoder.layer", None, False),
    "gpt2": Family("h", "ln_f", True),
    "clip_text_model": Family("encoder.layers", "final_layer_norm", True),
}


class TunedLanguage(StatesEncoder):
    """The last layers of a language model, to be trained; a copy, the model stays as it is.

    Parameters
    ----------
    model : LanguageModel
        Its pooling is used.
    sentences : list of str
        In the order of their tellings.
    n_tuned : int
        Layers to train, and the normalisation after them where there is one.

    Raises
    ------
    NeurosimError
        If the model has fewer layers, or it is not known where its kind keeps them.
    """

    def __init__(self, model: LanguageModel, sentences: list[str], n_tuned: int = 3) -> None:
        family = _family_of(model)
        if not 1 <= n_tuned <= model.n_layers:
            raise NeurosimError(
                f"language model {model.name}: layers to tune: expected 1 to {model.n_layers}, "
                f"found {n_tuned}"
            )
        super().__init__(model.token_states(sentences, model.n_layers - n_tuned))
        self._pooling, self._is_causal = model.pooling, family.is_causal
        layers = attrgetter(family.layers)(model.transformer)[-n_tuned:]
        self.layers = deepcopy(layers).requires_grad_(True)
        norm = (
            attrgetter(family.last_norm)(model.transformer) if family.last_norm else nn.Identity()
        )
        self.last_norm = deepcopy(norm).requires_grad_(True)
        self.train()

    def train(self, mode: bool = True) -> "TunedLanguage":
        """Set the mode of training, in which the layers stay without dropout.

        Dropout would draw from torch's global generator, and the states below have none.
        """
        super().train(mode)
        self.layers.eval()
        return self

    def encode(self, telling: Tensor) -> Tensor:
        """Read tellings (telling,), each on its own, to vectors (telling, width)."""
        told = self.told(telling)
        hidden, barrier = told.states, _barrier(told.mask, self._is_causal)
        for layer in self.layers:
            hidden = layer(hidden, attention_mask=barrier)
        return pool(self.last_norm(hidden), told.mask, self._pooling)


def _family_of(model: LanguageModel) -> Family:
    kind = model.transformer.config.model_type
    if kind not in FAMILIES:
        raise NeurosimError(
            f"language model {model.name}: tuning: expected one of the kinds {choices(FAMILIES)}, "
            f"found {kind!r}; use it frozen"
        )
    return FAMILIES[kind]


def _barrier(mask: Tensor, is_causal: bool) -> Tensor:
    """What is added to the attention (sentence, 1, to, from): nothing, or so much that it is off.

    Padding is never attended to; a token of a causal model attends to none after it.
    """
    n = mask.shape[1]
    seen = mask[:, None, None, :].expand(-1, 1, n, n)
    if is_causal:
        seen = seen & torch.ones(n, n, dtype=torch.bool, device=mask.device).tril()
    off = torch.finfo(torch.float32).min
    return torch.zeros(seen.shape, device=mask.device).masked_fill(~seen, off)
