"""Partners: networks that are told what another one found out, and act on it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from neurosim import NeurosimError
from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.readers import Features, require_reader, understand
from neurosim.tasks.psychophysics.catalogue import held_out_tasks
from neurosim.tasks.psychophysics.judging import judge
from neurosim.tasks.psychophysics.trials import Trials

PARTNERS = ("all", "held_out")  # trained on all tasks, or without the one that they are told
NO_HOLD_OUT = "none"


@dataclass(frozen=True)
class Audience:
    """The partners of an instructor.

    Attributes
    ----------
    by_hold_out : mapping of str to sequence of InstructedNetwork
        By the hold-out that they were trained with.
    features : callable
        From texts to what all of them are told by (text, feature).
    """

    by_hold_out: Mapping[str, Sequence[InstructedNetwork]]
    features: Features

    def __post_init__(self) -> None:
        """Refuse unknown hold-outs, partners that cannot be told in words, and an empty room."""
        for hold_out in self.by_hold_out:
            held_out_tasks(hold_out)
        networks = [network for group in self.by_hold_out.values() for network in group]
        if not networks:
            raise NeurosimError("communication: partners: expected at least one, found none")
        for network in networks:
            require_reader(network)

    def of_instructor(self, hold_out: str) -> "Audience":
        """Keep those that an instructor with a hold-out has; one without has all."""
        if hold_out == NO_HOLD_OUT:
            return self
        kept = {k: v for k, v in self.by_hold_out.items() if k in (NO_HOLD_OUT, hold_out)}
        return Audience(kept, self.features)

    def lack(self, task: str) -> bool:
        """Whether some of them were trained without a task."""
        return bool(self._of("held_out", task))

    def _of(self, kind: str, task: str) -> Sequence[InstructedNetwork]:
        if kind == "all":
            return self.by_hold_out.get(NO_HOLD_OUT, ())
        lacking = (v for k, v in self.by_hold_out.items() if task in held_out_tasks(k) and v)
        return next(lacking, ())

    def read(self, task: str, trials: Trials, texts: Sequence[str]) -> np.ndarray:
        """Performance (partner, text) of a task when it is told in texts.

        Parameters
        ----------
        task : str
        trials : Trials
            Of the task, as many for each text, one text after the other.
        texts : sequence of str

        Returns
        -------
        (partner, text) array
            Mean over the networks of each of `PARTNERS`; NaN where there is none.
        """
        n, features = len(texts), self.features
        return self._act(task, trials, n, lambda network: understand(network, texts, features))

    def take(self, task: str, trials: Trials, embedding: np.ndarray) -> np.ndarray:
        """Performance (partner, embedding) when embeddings (embedding, information) are copied."""
        copied = torch.from_numpy(embedding)
        return self._act(task, trials, len(copied), lambda _: copied)

    def _act(
        self, task: str, trials: Trials, n: int, told: Callable[[InstructedNetwork], Tensor]
    ) -> np.ndarray:
        """Performance (partner, message) told each of `n` messages (message, information)."""
        found = np.full((len(PARTNERS), n), np.nan)
        for row, kind in zip(found, PARTNERS, strict=True):
            done = [_done(network, trials, told(network)) for network in self._of(kind, task)]
            if done:
                row[:] = np.mean(done, axis=0)
        return found


def _done(network: InstructedNetwork, trials: Trials, information: Tensor) -> np.ndarray:
    """Part of the trials done right (message,) with each information (message, information)."""
    n_each = len(trials.inputs) // len(information)
    told = information.repeat_interleave(n_each, dim=0)
    output, _ = respond(network.sensorimotor, trials.inputs, told)
    return judge(output, trials).reshape(-1, n_each).mean(axis=1)
