r"""A network that writes, from what sensorimotor units do, the instruction they seem to follow.

A GRU of rectified units (see `neurosim.models.instructed.sensorimotor`) starts from a rectified
linear map of the mean and the largest activity of each sensorimotor unit in a trial, and gives the
scores of one token after another:

.. math::

    h_0 &= [W_0 [\langle s_t \rangle_t, \max_t s_t] + b_0]_+ \\
    p(w_k) &\propto \exp(V h_k + c), \qquad h_k = \mathrm{GRU}(w_{k-1}, h_{k-1})

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5; what the text leaves open (the size of a
word, where numbers are dropped, the rectified start) is as in the public code.
"""

import numpy as np
import torch
from torch import Tensor, nn

from neurosim.models.instructed.vocabulary import NOTHING, Vocabulary

N_UNITS = 256
N_WORD = 64  # dimensions of a word that is read
DROPOUT = 0.05


def summarise(activity: np.ndarray) -> np.ndarray:
    """Mean, then maximum over the steps (trial, 2 unit) of activity (trial, step, unit)."""
    return np.concatenate([activity.mean(axis=1), activity.max(axis=1)], axis=1)


class Writer(nn.Module):
    """From the summary of a trial's activity to a text.

    Parameters
    ----------
    vocabulary : Vocabulary
    n_summary : int
        Numbers of a summary.
    n_units : int
    dropout : float
        Part of a summary's numbers that are dropped while it learns.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        n_summary: int,
        n_units: int = N_UNITS,
        dropout: float = DROPOUT,
    ) -> None:
        super().__init__()
        self.vocabulary = vocabulary
        self.register_buffer("mean", torch.zeros(n_summary))
        self.register_buffer("spread", torch.ones(n_summary))
        self.first = nn.Linear(n_summary, n_units)
        self.words = nn.Embedding(vocabulary.size + 1, N_WORD)  # the last is the start
        self.dropout = nn.Dropout(dropout)
        self.driven = nn.Linear(N_WORD, 3 * n_units)
        self.recurrent = nn.Linear(n_units, 3 * n_units)
        self.read_out = nn.Linear(n_units, vocabulary.size)

    def standardise(self, summary: np.ndarray) -> None:
        """Take summaries (trial, number) for what all are measured by.

        The linear map after it could do the same, but learns sooner from numbers of one size.
        """
        self.mean.copy_(torch.from_numpy(summary.mean(axis=0)))
        spread = summary.std(axis=0)
        self.spread.copy_(torch.from_numpy(np.where(spread > 0, spread, 1)))

    def forward(self, summary: Tensor, wanted: Tensor, told: bool) -> Tensor:
        """Score every token at each place of a text.

        Parameters
        ----------
        summary : (trial, number) tensor
        wanted : (trial, place) tensor
            The text as it should be, `NOTHING` after its end.
        told : bool
            Whether the wanted token is told after each place (teacher forcing), or else the one
            with the highest score.

        Returns
        -------
        (trial, place, token) tensor
        """
        state, token = self._start(summary)
        given = wanted.masked_fill(wanted == NOTHING, Vocabulary.END)
        scores = []
        for place in range(wanted.shape[1]):
            state = self._advance(token, state)
            scores.append(self.read_out(state))
            token = given[:, place] if told else scores[-1].detach().argmax(dim=1)
        return torch.stack(scores, dim=1)

    @torch.no_grad()
    def write(self, summary: np.ndarray, rng: np.random.Generator | None = None) -> list[str]:
        """Write a text for each trial.

        Parameters
        ----------
        summary : (trial, number) array
        rng : numpy.random.Generator, optional
            Draws each token by its probability; the likeliest is taken if not given.

        Returns
        -------
        list of str (trial,)
            Each starts with a word, and is no longer than the longest of the vocabulary's texts.
        """
        state, token = self._start(torch.from_numpy(summary))
        no_word = torch.from_numpy(~self.vocabulary.is_word)
        written = []
        for place in range(self.vocabulary.longest - 1):
            state = self._advance(token, state)
            scores = self.read_out(state)
            if place == 0:
                scores = scores.masked_fill(no_word, -torch.inf)
            token = scores.argmax(dim=1) if rng is None else _draw(scores, rng)
            written.append(token)
        return self.vocabulary.decode(torch.stack(written, dim=1).numpy())

    def _start(self, summary: Tensor) -> tuple[Tensor, Tensor]:
        """State (trial, unit) and token (trial,) before the first word."""
        state = torch.relu(self.first(self.dropout((summary - self.mean) / self.spread)))
        return state, torch.full((len(summary),), self.vocabulary.size)

    def _advance(self, token: Tensor, state: Tensor) -> Tensor:
        """State (trial, unit) after one more token (trial,)."""
        drive = self.driven(torch.relu(self.words(token))).chunk(3, dim=1)
        back = self.recurrent(state).chunk(3, dim=1)
        reset, keep = (torch.sigmoid(drive[k] + back[k]) for k in range(2))
        candidate = torch.relu(drive[2] + reset * back[2])
        return torch.lerp(candidate, state, keep)


def _draw(scores: Tensor, rng: np.random.Generator) -> Tensor:
    """Draw a token (trial,) by the probabilities that scores (trial, token) stand for."""
    below = torch.softmax(scores.double(), dim=1).cumsum(dim=1).numpy()
    level = rng.random((len(below), 1)) * below[:, -1:]
    return torch.from_numpy((below <= level).sum(axis=1))
