"""What one network infers of a task by acting, writes down, and another does on reading it.

An instructor infers from motor feedback what a task must have been told, a writer words what its
sensorimotor units then do, and a partner is told these words; or the inferred embedding is copied
to the partner as it is (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import cycle, islice

import numpy as np
import torch
import xarray as xr

from neurosim import NeurosimError
from neurosim.models.instructed.audience import NO_HOLD_OUT, PARTNERS, Audience
from neurosim.models.instructed.communication_table import (
    REGIMES,
    TOLD,
    described,
    mean_or_nan,
)
from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.information import in_order
from neurosim.models.instructed.motor_feedback import (
    Embeddings,
    FeedbackParameters,
    centre_of,
    infer_embeddings,
)
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.readers import Features, remembered, require_reader
from neurosim.models.instructed.writer import Writer, summarise
from neurosim.models.instructed.writer_training import WriterParameters, follow, train_writer
from neurosim.seeds import generator
from neurosim.stats.confusion import OTHER
from neurosim.tasks.examples import made
from neurosim.tasks.psychophysics.instructions import Instructions, tokenise
from neurosim.tasks.psychophysics.source import TrialSource
from neurosim.tasks.psychophysics.trials import Trials


@dataclass(frozen=True)
class CommunicationParameters:
    """How instructors and partners are measured.

    Attributes
    ----------
    n_messages : int
        Instructions that are written for a task; the inferred embeddings take turns.
    n_trials : int
        That a partner does on each message.
    sampled : bool
        Draw the words of a message by their probability, instead of taking the likeliest.
    held_out_only : bool
        Let an instructor that trained on all tasks teach only those that some partner lacks.
    feedback : FeedbackParameters
    writer : WriterParameters
    """

    n_messages: int = 50
    n_trials: int = 32
    sampled: bool = False
    held_out_only: bool = False
    feedback: FeedbackParameters = field(default_factory=FeedbackParameters)
    writer: WriterParameters = field(default_factory=WriterParameters)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be used."""
        for key in ("n_messages", "n_trials"):
            if getattr(self, key) < 1:
                raise NeurosimError(
                    f"communication: {key}: expected at least 1, found {getattr(self, key)}"
                )

    @classmethod
    def from_mapping(cls, given: Mapping) -> "CommunicationParameters":
        """Build from the keys of the configuration."""
        options = dict(given)
        for name, kind in (("feedback", FeedbackParameters), ("writer", WriterParameters)):
            if name in options:
                options[name] = made(kind, options[name], f"communication.{name}")
        return made(cls, options, "communication")


def measure_communication(
    instructor: InstructedNetwork,
    partners: Mapping[str, Sequence[InstructedNetwork]],
    hold_out: str,
    number: int,
    experiment: Experiment,
    instructions: Instructions,
    features: Features,
    parameters: CommunicationParameters,
) -> xr.Dataset:
    """Let an instructor teach partners what it inferred from motor feedback.

    An instructor that trained on all tasks makes the regime ``all``; one with a hold-out the
    regimes ``held_out`` (its writer learned the instructions of all tasks) and
    ``held_out_by_writer`` (its writer did not see those of the held-out tasks either), in which
    the held-out tasks are taught.

    Parameters
    ----------
    instructor : InstructedNetwork
    partners : mapping of str to sequence of InstructedNetwork
        By hold-out, ``none`` for those that trained on all tasks. Others are told the tasks that
        they lack; an instructor with a hold-out tells those with the same one.
    hold_out : str
        What the instructor was trained without.
    number : int
        Of the instructor's training.
    experiment : Experiment
        With thresholds.
    instructions : Instructions
        That all networks were trained with.
    features : callable
        From texts to what all networks are told by (text, feature).
    parameters : CommunicationParameters

    Returns
    -------
    Dataset
        See `neurosim.models.instructed.communication_table`.

    Raises
    ------
    NeurosimError
        If a network cannot be told in new words, or there is nobody or nothing to tell.
    """
    require_reader(instructor)
    audience = Audience(partners, remembered(features)).of_instructor(hold_out)
    study = _Study(
        instructor=instructor,
        audience=audience,
        trained=experiment.split(hold_out)[0],
        tasks=_tasks_to_teach(hold_out, audience, experiment, parameters),
        source=experiment.source,
        instructions=instructions,
        parameters=parameters,
        rng=partial(generator, experiment.seed, "instruction", number, "communication", hold_out),
    )
    inferred = {task: study.infer(task) for task in study.tasks}
    heard = {task: study.tell_without_writer(task, inferred[task]) for task in study.tasks}
    writers = _known_to_writers(hold_out, experiment)
    found = [study.write(known, inferred, heard) for known in writers.values()]
    taught = xr.concat(found, "regime").assign_coords(regime=list(writers))
    return described(taught, experiment.tasks, instructor.name, hold_out, number)


def _tasks_to_teach(
    hold_out: str, audience: Audience, experiment: Experiment, parameters: CommunicationParameters
) -> list[str]:
    """Tasks that are held out; of an instructor that trained on all, all or those some lack."""
    trained, left_out = experiment.split(hold_out)
    if hold_out == NO_HOLD_OUT:
        left_out = [t for t in trained if audience.lack(t) or not parameters.held_out_only]
    if not left_out:
        raise NeurosimError(
            f"communication: hold-out {hold_out!r}: expected tasks to teach, found none in the "
            "study; take another hold-out, other partners or more tasks"
        )
    return left_out


def _known_to_writers(hold_out: str, experiment: Experiment) -> dict[str, list[str]]:
    """Tasks whose instructions the writer learns, by regime."""
    trained, _ = experiment.split(hold_out)
    if hold_out == NO_HOLD_OUT:
        return {REGIMES[0]: trained}
    return dict(zip(REGIMES[1:], (list(experiment.tasks), trained), strict=True))


@dataclass(frozen=True)
class _Study:
    """One instructor, what it was trained on, what it teaches, and to whom."""

    instructor: InstructedNetwork
    audience: Audience
    trained: list[str]
    tasks: list[str]
    source: TrialSource
    instructions: Instructions
    parameters: CommunicationParameters
    rng: Callable[..., np.random.Generator]

    def infer(self, task: str) -> Embeddings:
        network, parameters = self.instructor, self.parameters.feedback
        centre = centre_of(network.information, self.trained, parameters)
        rng = self.rng("infer", task)
        return infer_embeddings(network.sensorimotor, task, self.source, parameters, rng, centre)

    def tell_without_writer(self, task: str, inferred: Embeddings) -> dict[str, np.ndarray]:
        """Performance (partner, message) told in the project's words, or a copied embedding."""
        trials, n = self._partner_trials(task), self.parameters.n_messages
        wordings = list(islice(cycle(self.instructions.train[task]), n))
        copied = inferred.embedding[np.arange(n) % len(inferred.embedding)]
        return {
            "wording": self.audience.read(task, trials, wordings),
            "embedding": self.audience.take(task, trials, copied),
        }

    def write(
        self,
        known: list[str],
        inferred: Mapping[str, Embeddings],
        heard: Mapping[str, Mapping[str, np.ndarray]],
    ) -> xr.Dataset:
        """Train a writer on tasks that it shall know, and let it word all that was inferred."""
        texts, parameters = in_order(self.instructions), self.parameters.writer
        rng = self.rng("writer")  # regimes share their first weights
        writer, loss = train_writer(self.instructor, texts, known, self.source, parameters, rng)
        whose = {tokenise(text): task for task in known for text in self.instructions.train[task]}
        by_task = [self._teach(t, writer, whose, inferred[t], heard[t]) for t in self.tasks]
        found = xr.concat(by_task, "task").assign_coords(task=self.tasks)
        return found.assign(writer_loss=("epoch", loss))

    def _teach(
        self,
        task: str,
        writer: Writer,
        whose: Mapping[tuple[str, ...], str],
        inferred: Embeddings,
        heard: Mapping[str, np.ndarray],
    ) -> xr.Dataset:
        """Word what was inferred of a task, and tell partners."""
        messages = self._word(task, writer, inferred)
        understood = [whose.get(tokenise(text), OTHER) for text in messages]
        novel = np.array([each == OTHER for each in understood])
        read = self.audience.read(task, self._partner_trials(task), messages)
        told = {**heard, "instruction": read, "novel": np.where(novel, read, np.nan)}
        retold = [whose.get(tokenise(text)) == task for text in self._retell(task, writer)]
        return xr.Dataset(
            {
                "partner_performance": (
                    ("partner", "told"),
                    np.stack([mean_or_nan(told[each]) for each in TOLD], axis=1),
                ),
                "message_performance": (("partner", "message"), read),
                "message_text": ("message", messages),
                "message_understood": ("message", understood),
                "novel": novel.mean(),
                "retold": np.mean(retold),
                "embedding_performance": ("embedding", inferred.performance),
                "batches_to_embedding": ("embedding", inferred.n_batches),
            },
            coords={"partner": list(PARTNERS), "told": list(TOLD)},
        )

    def _word(self, task: str, writer: Writer, inferred: Embeddings) -> list[str]:
        """Write messages (message,), each from one trial with one of the embeddings."""
        n = self.parameters.n_messages
        told = torch.from_numpy(inferred.embedding[np.arange(n) % len(inferred.embedding)])
        inputs = self.source.draw(task, n, self.rng("activity", task)).inputs
        _, activity = respond(self.instructor.sensorimotor, inputs, told)
        return writer.write(summarise(activity), self._choice_of_words(task))

    def _retell(self, task: str, writer: Writer) -> list[str]:
        """Write messages (message,) while the instructor follows its own instructions."""
        n, rng = self.parameters.n_messages, self.rng("retell", task)
        followed = follow(self.instructor, [task], self.source, n, rng)
        return writer.write(followed.summary, self._choice_of_words(task))

    def _choice_of_words(self, task: str) -> np.random.Generator | None:
        return self.rng("words", task) if self.parameters.sampled else None

    def _partner_trials(self, task: str) -> Trials:
        """Trials that every partner does, however it is told: as many for each message."""
        n = self.parameters.n_messages * self.parameters.n_trials
        return self.source.draw(task, n, self.rng("partners", task))
