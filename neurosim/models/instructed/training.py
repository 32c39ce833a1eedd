"""Training of instructed networks on many tasks, which can be interrupted.

Adam, the gradients' values clipped, the rate falling by the same factor at every update
(Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, has one task a batch; mixed batches learn
faster).
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.optim import Optimizer
from torch.optim.lr_scheduler import ChainedScheduler, ExponentialLR, LinearLR, LRScheduler

from neurosim import NeurosimError
from neurosim.files import written_aside
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.models.instructed.sensorimotor import task_loss
from neurosim.progress import progress
from neurosim.tasks import psychophysics
from neurosim.tasks.psychophysics.catalogue import find_task
from neurosim.tasks.psychophysics.source import TrialSource

# What is trained, and on which trials: other code would give other weights.
_FOLDERS = (Path(__file__).parent, Path(psychophysics.__file__).parent)
Judge = Callable[[InstructedNetwork], bool]


@dataclass(frozen=True)
class TrainingParameters:
    """Budget of a training.

    Attributes
    ----------
    n_updates : int
        At least.
    n_most : int, optional
        If the criterion is not reached by then, training goes on for so many updates in all.
    criterion : float
        Performance that every task should reach.
    n_tasks : int
        Tasks of a batch; 1 as published.
    n_each : int
        Trials of each of them.
    learning_rate : float
        At the first update, or what it rises to.
    falls_to : float
        Part of the learning rate that is left after `n_updates`; it falls exponentially.
    clip : float
        Largest gradient of a weight.
    language_rate : float, optional
        Learning rate of a language model that learns too; that of the network if not given.
    rises_over : int
        First updates in which the rate rises in a line, which keeps rectified units from falling
        silent for good where the rate is high (Goyal et al. 2017, doi:10.48550/arXiv.1706.02677).
    """

    n_updates: int
    n_tasks: int = 8
    n_each: int = 8
    learning_rate: float = 0.002
    falls_to: float = 0.05
    clip: float = 0.5
    language_rate: float | None = None
    n_most: int | None = None
    criterion: float = 0.95
    rises_over: int = 0

    @property
    def limit(self) -> int:
        """Updates at most."""
        return max(self.n_updates, self.n_most or 0)

    def __post_init__(self) -> None:
        """Refuse numbers that cannot be used."""
        for key in ("n_updates", "n_tasks", "n_each", "learning_rate", "falls_to", "clip"):
            if not getattr(self, key) > 0:
                raise NeurosimError(
                    f"training: {key}: expected more than 0, found {getattr(self, key)}"
                )
        if self.rises_over < 0:
            raise NeurosimError(
                f"training: rises_over: expected 0 or more, found {self.rises_over}"
            )


class Training:
    """One training under way.

    Parameters
    ----------
    network : InstructedNetwork
    tasks : sequence of str
        What is trained.
    parameters : TrainingParameters
    rng : numpy.random.Generator
        Draws tasks, trials and tellings; its state is part of a checkpoint.
    source : TrialSource
    """

    def __init__(
        self,
        network: InstructedNetwork,
        tasks: Sequence[str],
        parameters: TrainingParameters,
        rng: np.random.Generator,
        source: TrialSource,
    ) -> None:
        self.network, self.parameters, self._rng = network, parameters, rng
        self._tasks = [find_task(name).name for name in tasks]
        if parameters.n_tasks > len(self._tasks):
            raise NeurosimError(
                f"training: n_tasks: expected at most the {len(self._tasks)} tasks that are "
                f"trained, found {parameters.n_tasks}"
            )
        self._source = source
        self._weights = [weight for weight in network.parameters() if weight.requires_grad]
        self._optimiser = torch.optim.Adam(self._groups(), lr=parameters.learning_rate, fused=True)
        self._schedule = _schedule(self._optimiser, parameters)
        self._losses: list[float] = []
        self._key = self._identity()

    @property
    def update(self) -> int:
        """Updates done."""
        return len(self._losses)

    @property
    def loss(self) -> np.ndarray:
        """Loss (update,) of the updates done."""
        return np.array(self._losses)

    def advance(self, n_updates: int) -> None:
        """Make some more updates, as far as the budget goes."""
        self.network.train()
        for _ in range(min(n_updates, self.parameters.limit - self.update)):
            self._losses.append(self._advance_once())
            self._schedule.step()

    def _advance_once(self) -> float:
        chosen = list(self._rng.choice(self._tasks, self.parameters.n_tasks, replace=False))
        trials = self._source.draw_mixed(chosen, self.parameters.n_each, self._rng)
        telling = torch.from_numpy(self.network.information.tell(trials.task, self._rng))
        output, _ = self.network(torch.from_numpy(trials.inputs), telling)
        loss = task_loss(output, torch.from_numpy(trials.target), torch.from_numpy(trials.mask))
        self._optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_value_(self._weights, self.parameters.clip)
        self._optimiser.step()
        return loss.item()

    def _groups(self) -> list[dict]:
        """Weights by their learning rate."""
        language, others = [], []
        for name, weight in self.network.named_parameters():
            if weight.requires_grad:
                (language if name.startswith("information.reader.") else others).append(weight)
        rate = self.parameters.language_rate or self.parameters.learning_rate
        return [{"params": others}] + ([{"params": language, "lr": rate}] if language else [])

    def save(self, path: Path) -> None:
        """Write all that continuing takes."""
        state = {
            "key": self._key,
            "network": self.network.state_dict(),
            "optimiser": self._optimiser.state_dict(),
            "schedule": self._schedule.state_dict(),
            "rng": json.dumps(self._rng.bit_generator.state),
            "loss": self._losses,
        }
        with written_aside(path) as aside:
            torch.save(state, aside)

    def resume(self, path: Path) -> bool:
        """Go on from a checkpoint, if it is there and of this very training; say whether."""
        try:
            state = torch.load(path, weights_only=True)
        except Exception:  # no file, one that was cut off, or something else: begin anew
            return False
        if not isinstance(state, dict) or state.get("key") != self._key:
            return False
        self.network.load_state_dict(state["network"])
        self._optimiser.load_state_dict(state["optimiser"])
        self._schedule.load_state_dict(state["schedule"])
        self._rng.bit_generator.state = json.loads(state["rng"])
        self._losses = list(state["loss"])
        return True

    def _identity(self) -> str:
        """What a checkpoint must share with a training to continue it: all but the updates done."""
        words = [self._tasks, asdict(self.parameters), asdict(self._source), torch.__version__]
        words.append(self._rng.bit_generator.state)
        digest = hashlib.sha256(json.dumps(words, default=np.ndarray.tolist).encode())
        for folder in _FOLDERS:
            for module in sorted(folder.glob("*.py")):
                digest.update(module.read_bytes())
        for values in self.network.state_dict().values():
            digest.update(values.numpy().tobytes())
        return digest.hexdigest()


def _schedule(optimiser: Optimizer, given: TrainingParameters) -> LRScheduler:
    """Learning rate by update: it falls, and rises before where that is asked for."""
    falling = ExponentialLR(optimiser, given.falls_to ** (1 / given.n_updates))
    if not given.rises_over:
        return falling
    rising = LinearLR(optimiser, 1 / given.rises_over, total_iters=given.rises_over)
    return ChainedScheduler([rising, falling], optimiser)


def train(
    training: Training,
    checkpoint: Path | None = None,
    save_every: int = 500,
    is_good: Judge | None = None,
) -> np.ndarray:
    """Train to the end of the budget, from the checkpoint on if there is one.

    Parameters
    ----------
    training : Training
    checkpoint : Path, optional
        Written every `save_every` updates, removed at the end by whoever keeps the network.
    save_every : int
    is_good : callable, optional
        Says of the network whether it needs no more than `TrainingParameters.n_updates`; asked
        after these, and whenever a checkpoint is due. All updates that are allowed if not given.

    Returns
    -------
    (update,) array
        Loss.
    """
    given = training.parameters
    if checkpoint is not None:
        training.resume(checkpoint)
    for stop in progress(_stops(training.update, given, save_every), "train a network"):
        if training.update >= given.n_updates and is_good and is_good(training.network.eval()):
            break
        training.advance(stop - training.update)
        if checkpoint is not None:
            training.save(checkpoint)
    training.network.eval()
    return training.loss


def _stops(update: int, given: TrainingParameters, every: int) -> list[int]:
    """Updates after which a checkpoint is due: the same however often training is resumed."""
    sure = [*range(every, given.n_updates, every), given.n_updates]
    more = [*range(given.n_updates + every, given.limit, every), given.limit]
    return sorted({stop for stop in (*sure, *more) if stop > update})
