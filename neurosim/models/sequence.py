"""A small encoder-decoder Transformer that generates a chain from one of its ends.

The reverse model reads the outcome and generates its causes; its forward twin reads the start
and generates what follows. They are the same class with the same size and the same number of
training steps; only the order of the chain differs (Vaswani et al. 2017,
10.48550/arXiv.1706.03762).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import xarray as xr
from torch import nn

from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.chains import (
    N_SPECIAL,
    ORDERS,
    PAD,
    START,
    STOP,
    Chains,
    similarity,
    split_groups,
    task_tokens,
)


@dataclass(frozen=True)
class ModelParameters:
    """Size of the model and budget of its training.

    Attributes
    ----------
    width : int
        Size of the embedding.
    n_heads, n_layers : int
        Attention heads; layers of the encoder and of the decoder.
    n_steps : int
        Updates (Adam).
    batch_size : int
        Chains an update.
    learning_rate : float
    """

    width: int
    n_heads: int
    n_layers: int
    n_steps: int
    batch_size: int
    learning_rate: float


class ChainModel(nn.Module):
    """Encoder-decoder over place tokens.

    Parameters
    ----------
    n_tokens : int
        Places and special tokens.
    max_length : int
        Longest target.
    parameters : ModelParameters
    """

    def __init__(self, n_tokens: int, max_length: int, parameters: ModelParameters):
        super().__init__()
        width = parameters.width
        self.token = nn.Embedding(n_tokens, width, padding_idx=PAD)
        self.place_in_chain = nn.Embedding(max_length, width)
        self.transformer = nn.Transformer(
            d_model=width,
            nhead=parameters.n_heads,
            num_encoder_layers=parameters.n_layers,
            num_decoder_layers=parameters.n_layers,
            dim_feedforward=2 * width,
            dropout=0.0,
            batch_first=True,
        )
        self.read_out = nn.Linear(width, n_tokens)

    def forward(self, source: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        """Logits (chain, step, token) of the token after each of the target's tokens."""
        steps = torch.arange(target.shape[1])
        ahead = nn.Transformer.generate_square_subsequent_mask(target.shape[1])
        hidden = self.transformer(
            self.token(source),
            self.token(target) + self.place_in_chain(steps),
            tgt_mask=ahead,
            tgt_is_causal=True,
        )
        return self.read_out(hidden)

    @torch.no_grad()
    def generate(self, source: torch.Tensor, max_length: int) -> list[list[int]]:
        """Generate chains greedily until the stop token: places of each chain."""
        tokens = torch.full((source.shape[0], 1), START)
        for _ in range(max_length - 1):
            logits = self(source, tokens)[:, -1]
            logits[:, [PAD, START]] = -torch.inf
            tokens = torch.cat([tokens, logits.argmax(dim=1, keepdim=True)], dim=1)
        return [_until_stop(row) for row in tokens[:, 1:].tolist()]


def _until_stop(tokens: list[int]) -> list[int]:
    length = tokens.index(STOP) if STOP in tokens else len(tokens)
    return [token - N_SPECIAL for token in tokens[:length]]


@dataclass(frozen=True)
class TrainingResult:
    """What one training gives.

    Attributes
    ----------
    loss : array (step,)
        Cross entropy a token, nats.
    test : array (chain,)
        Indices of the held-out chains.
    similarity : array (chain,)
        Similarity of each generated chain to the true one.
    exact_match : float
        Fraction of held-out chains that are generated without error.
    """

    loss: np.ndarray
    test: np.ndarray
    similarity: np.ndarray
    exact_match: float


def train_model(
    chains: Chains,
    order: str,
    parameters: ModelParameters,
    test_fraction: float,
    rng: np.random.Generator,
) -> TrainingResult:
    """Train one model and test it on laps or events that it has not seen.

    Parameters
    ----------
    chains : Chains
    order : {"forward", "reverse"}
    parameters : ModelParameters
    test_fraction : float
        Share of laps or events that are held out.
    rng : numpy.random.Generator
        Draws the split, the initial weights and the batches. Forward and reverse twins that get
        equal generators get the same split.

    Returns
    -------
    TrainingResult
    """
    train, test = split_groups(chains.group, test_fraction, rng)
    source, target = (torch.from_numpy(tokens) for tokens in task_tokens(chains, order))
    model = _initialised(chains.n_places + N_SPECIAL, target.shape[1], parameters, rng)
    loss = _fit(model, source[train], target[train], parameters, rng, order)
    model.eval()
    generated = model.generate(source[test], target.shape[1])
    true = [_until_stop(row[1:]) for row in target[test].tolist()]
    scores = [similarity(g, t) for g, t in zip(generated, true, strict=True)]
    exact = [g == t for g, t in zip(generated, true, strict=True)]
    return TrainingResult(loss, test, np.array(scores), float(np.mean(exact)))


def _initialised(
    n_tokens: int, max_length: int, parameters: ModelParameters, rng: np.random.Generator
) -> ChainModel:
    """Make a model with weights from our generator, leaving torch's global state alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(rng.integers(2**63 - 1)))
        return ChainModel(n_tokens, max_length, parameters)


def _fit(
    model: ChainModel,
    source: torch.Tensor,
    target: torch.Tensor,
    parameters: ModelParameters,
    rng: np.random.Generator,
    description: str,
) -> np.ndarray:
    """Minimise the cross entropy of the next token; returns the loss (step,)."""
    optimiser = torch.optim.Adam(model.parameters(), lr=parameters.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, parameters.n_steps)
    losses = np.empty(parameters.n_steps)
    for step in progress(range(parameters.n_steps), f"train the {description} model"):
        batch = torch.from_numpy(rng.integers(0, len(source), parameters.batch_size))
        logits = model(source[batch], target[batch, :-1])
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), target[batch, 1:].flatten(), ignore_index=PAD
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses[step] = loss.item()
    return losses


def train_models(
    chains: Chains,
    order: str,
    parameters: ModelParameters,
    test_fraction: float,
    seed: int,
    source: str,
    n_seeds: int,
) -> xr.Dataset:
    """Train one model a seed; the split of a seed is the same for both orders.

    Parameters
    ----------
    chains, order, parameters, test_fraction
        See `train_model`.
    seed : int
        Seed of the run.
    source : str
        What the chains come from; part of the streams' names.
    n_seeds : int
        Number of trainings.

    Returns
    -------
    Dataset (seed, subject, step)
        ``similarity`` (seed, subject): mean over the held-out chains of a subject, NaN where it
        has none; ``exact_match``, ``n_test`` (seed); ``loss`` (seed, step).
    """
    results = [
        train_model(
            chains,
            order,
            parameters,
            test_fraction,
            generator(seed, "train_chain_models", source, number),
        )
        for number in range(n_seeds)
    ]
    owner = np.array([name.split("/")[0] for name in chains.group.tolist()])
    subjects = np.unique(owner)
    return xr.Dataset(
        {
            "similarity": (
                ("seed", "subject"),
                np.array([_by_subject(result, owner, subjects) for result in results]),
                {"units": "1", "long_name": "similarity on held-out chains"},
            ),
            "exact_match": (
                "seed",
                [result.exact_match for result in results],
                {"units": "1", "long_name": "held-out chains generated without error"},
            ),
            "n_test": ("seed", [result.test.size for result in results], {"long_name": "chains"}),
            "loss": (
                ("seed", "step"),
                np.stack([result.loss for result in results]).astype(np.float32),
                {"units": "nat", "long_name": "cross entropy a token"},
            ),
        },
        coords={
            "seed": ("seed", np.arange(n_seeds), {"long_name": "training"}),
            "subject": ("subject", subjects.astype(object), {"long_name": "subject"}),
        },
    )


def train_twins(chains: Chains, *options: Any) -> xr.Dataset:
    """Train the forward and the reverse model alike: `train_models` along a dimension ``order``."""
    twins = [train_models(chains, order, *options) for order in ORDERS]
    return xr.concat(twins, dim=xr.Variable("order", list(ORDERS), {"long_name": "order"}))


def _by_subject(result: TrainingResult, owner: np.ndarray, subjects: np.ndarray) -> list[float]:
    """Mean similarity (subject,) of each subject's held-out chains."""
    chosen = [result.similarity[owner[result.test] == subject] for subject in subjects]
    return [float(scores.mean()) if scores.size else np.nan for scores in chosen]
