"""A small encoder-decoder Transformer that generates a chain from one of its ends.

The reverse model reads the outcome and generates its causes; its forward twin reads the start and
generates what follows. They are the same class with the same size and budget; only the order of
the chain differs (Vaswani et al. 2017, 10.48550/arXiv.1706.03762).
"""

from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import nn

from neurosim.tasks.chains import N_SPECIAL, PAD, START

N_CONTEXTS = 4  # contexts and sizes of a reward that a source can tell
MASK = START  # what stands where a place is hidden: never met there otherwise


@dataclass(frozen=True)
class ModelParameters:
    """Size of a model.

    Attributes
    ----------
    width : int
        Size of the embedding.
    n_heads, n_layers : int
        Attention heads; layers of the encoder and of the decoder.
    discount : float
        Factor on what the decoder reads, for each step from where it began: as in the seed's
        pseudo-code, where the decoder's input is updated with a discount. 1 for none.
    """

    width: int
    n_heads: int
    n_layers: int
    discount: float = 1.0


@dataclass(frozen=True)
class TaskSize:
    """What a model must hold.

    Attributes
    ----------
    n_tokens : int
        Places and special tokens.
    longest : int
        Tokens of the longest chain, its START included.
    n_cells : int
        Cells whose spikes are the source; 0 where the source is tokens.
    """

    n_tokens: int
    longest: int
    n_cells: int = 0


class Source(nn.Module):
    """Embedding of what is read: a place, its reward and the context; or spikes, bin by bin."""

    def __init__(self, size: TaskSize, token: nn.Embedding) -> None:
        super().__init__()
        width = token.embedding_dim
        self.token = token
        self.reward = nn.Embedding(N_CONTEXTS, width)
        self.context = nn.Embedding(N_CONTEXTS, width)
        self.cells = nn.Linear(size.n_cells, width) if size.n_cells else None

    def forward(self, source: torch.Tensor) -> torch.Tensor:
        """Embed (chain, item, width) from (chain, 3) tokens or (chain, bin, cell) spikes."""
        if self.cells is not None:
            return self.cells(source.sqrt())  # of Poisson counts: makes their spread even
        place, reward, context = source.unbind(dim=1)
        return torch.stack([self.token(place), self.reward(reward), self.context(context)], dim=1)


class ChainTransformer(nn.Module):
    """Encoder-decoder over places.

    Parameters
    ----------
    size : TaskSize
    parameters : ModelParameters
    """

    kind = "transformer"

    def __init__(self, size: TaskSize, parameters: ModelParameters) -> None:
        super().__init__()
        width = parameters.width
        self.n_tokens = size.n_tokens
        self.size, self.parameters_used = size, parameters
        self.token = nn.Embedding(size.n_tokens, width, padding_idx=PAD)
        self.source = Source(size, self.token)
        self.place_in_chain = nn.Embedding(size.longest, width)
        self.transformer = nn.Transformer(
            d_model=width,
            nhead=parameters.n_heads,
            num_encoder_layers=parameters.n_layers,
            num_decoder_layers=parameters.n_layers,
            dim_feedforward=2 * width,
            dropout=0.0,
            batch_first=True,
        )
        self.read_out = nn.Linear(width, size.n_tokens)
        steps = torch.arange(size.longest)
        self.register_buffer("steps", steps, persistent=False)
        self.register_buffer("faded", parameters.discount ** steps[:, None], persistent=False)
        ahead = nn.Transformer.generate_square_subsequent_mask(size.longest)
        self.register_buffer("ahead", ahead, persistent=False)

    def forward(self, source: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (chain, step, token) of the token after each of the tokens (chain, step)."""
        n = tokens.shape[1]
        read = self.token(tokens) * self.faded[:n] + self.place_in_chain(self.steps[:n])
        hidden = self.transformer(
            self.source(source), read, tgt_mask=self.ahead[:n, :n], tgt_is_causal=True
        )
        return self.read_out(hidden)

    def loss_inputs(
        self, target: torch.Tensor, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What is read in training, and which tokens (chain, step) are to be predicted."""
        return target[:, :-1], target[:, 1:] != PAD

    def predict(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`."""
        return _log2(self, torch.from_numpy(source), torch.from_numpy(tokens))

    def follow(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`."""
        return self.predict(source, tokens)[:, -1]


class MaskedModel(nn.Module):
    """A Transformer encoder that predicts hidden places from both sides.

    It is trained on chains with a random part of their tokens hidden (Devlin et al. 2019,
    10.48550/arXiv.1810.04805; the part itself drawn, so that any number may be hidden). Read in
    order, with all that follows hidden, it is a reader like the others.
    """

    kind = "masked"

    def __init__(self, size: TaskSize, parameters: ModelParameters) -> None:
        super().__init__()
        width = parameters.width
        self.n_tokens = size.n_tokens
        self.size, self.parameters_used = size, parameters
        self.token = nn.Embedding(size.n_tokens, width)
        self.source = Source(size, self.token)
        self.place_in_chain = nn.Embedding(size.longest, width)
        layer = nn.TransformerEncoderLayer(
            width, parameters.n_heads, 2 * width, dropout=0.0, batch_first=True
        )
        self.transformer = nn.TransformerEncoder(layer, 2 * parameters.n_layers)
        self.read_out = nn.Linear(width, size.n_tokens)

    def forward(self, source: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (chain, step, token) of the tokens, some of which are `MASK`."""
        steps = torch.arange(tokens.shape[1])
        read = torch.cat([self.source(source), self.token(tokens) + self.place_in_chain(steps)], 1)
        return self.read_out(self.transformer(read)[:, -tokens.shape[1] :])

    def loss_inputs(
        self, target: torch.Tensor, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What is read in training, and which tokens (chain, step) are to be predicted.

        Padding is predicted too, since where a chain ends is not known.
        """
        came = target[:, 1:]
        part = torch.from_numpy(rng.random((len(came), 1)))
        hidden = torch.from_numpy(rng.random(tuple(came.shape))) < part
        return torch.where(hidden, MASK, came), hidden

    def predict(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`; a pass for each step."""
        steps = range(1, tokens.shape[1] + 1)
        return np.stack([self.follow(source, tokens[:, :step]) for step in steps], axis=1)

    def follow(self, source: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """See `neurosim.tasks.readers.Reader`: all that comes is hidden."""
        n, step = len(tokens), tokens.shape[1] - 1
        read = np.full((n, self.size.longest - 1), MASK)
        read[:, :step] = tokens[:, 1:]
        return _log2(self, torch.from_numpy(source), torch.from_numpy(read))[:, step]

    def fill(self, source: np.ndarray, target: np.ndarray, hidden: np.ndarray) -> np.ndarray:
        """Most probable token (chain,) at one hidden step (chain,) of otherwise known chains."""
        came, rows = target[:, 1:].copy(), np.arange(len(target))
        came[rows, hidden] = MASK
        found = _log2(self, torch.from_numpy(source), torch.from_numpy(came))
        return found[rows, hidden].argmax(axis=1)


MODELS = {model.kind: model for model in (ChainTransformer, MaskedModel)}
ChainModel = ChainTransformer | MaskedModel


@torch.no_grad()
def _log2(model: nn.Module, source: torch.Tensor, tokens: torch.Tensor) -> np.ndarray:
    """Log2 probabilities (chain, step, token) of a model that is not being trained."""
    model.eval()
    logits = model(source, tokens)
    logits[..., [PAD, START]] = -torch.inf
    return torch.log_softmax(logits.double(), dim=-1).numpy() / np.log(2)


def new_model(
    kind: str, size: TaskSize, parameters: ModelParameters, rng: np.random.Generator
) -> ChainModel:
    """Make a model with weights from our generator, leaving torch's global state alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        return MODELS[kind](size, parameters)


def size_of_task(source: np.ndarray, target: np.ndarray, n_places: int) -> TaskSize:
    """What a model must hold for a task (see `neurosim.tasks.chains.Task`)."""
    n_cells = source.shape[2] if source.ndim == 3 else 0
    return TaskSize(N_SPECIAL + n_places, target.shape[1], n_cells)


def describe(model: ChainModel) -> dict:
    """Configuration of a model, as numbers and words."""
    return {
        "kind": model.kind,
        "size": asdict(model.size),
        "model": asdict(model.parameters_used),
    }
