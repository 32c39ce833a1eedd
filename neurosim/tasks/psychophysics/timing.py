"""When things happen in a trial: epochs, and the times at which each stimulus is shown.

All durations are published for trials of 150 steps of 20 ms and scale with the number of steps.
Ranges leave out their lowest and include their highest number, as published.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import Task

PUBLISHED_STEPS = 150
FEWEST_STEPS = 30  # with fewer, the durations of a long and a short stimulus round to one
EPOCHS = ("preparation", "stimulus_1", "delay", "stimulus_2", "response")
RESPONSE, STIMULUS, DELAY = (20, 25), (37, 50), (15, 25)
GRACE = 5  # steps into the response epoch in which a network may still be changing its output
WITHHELD = (6, 2)  # steps before the end between which a withheld response is judged


@dataclass(frozen=True)
class Timing:
    """How long a trial is.

    Attributes
    ----------
    n_steps : int
        Steps of a trial; published durations are scaled by ``n_steps / 150``.
    """

    n_steps: int = PUBLISHED_STEPS

    def __post_init__(self) -> None:
        """Hold the trial to a length at which its parts can be told apart."""
        if self.n_steps < FEWEST_STEPS:
            raise NeurosimError(
                f"timing of a trial: n_steps: expected at least {FEWEST_STEPS}, "
                f"found {self.n_steps}"
            )

    def scaled(self, steps: float) -> int:
        """Give a published number of steps at this trial's length, at least 1."""
        return max(1, int(steps * self.n_steps / PUBLISHED_STEPS + 0.5))

    def draw(self, between: tuple[float, float], n: int, rng: np.random.Generator) -> np.ndarray:
        """Draw durations from a published range (n,), steps."""
        low, high = (self.scaled(end) for end in between)
        return rng.integers(min(low + 1, high), high + 1, n)

    @property
    def grace(self) -> int:
        """Steps at the start of the response epoch that the loss leaves out."""
        return self.scaled(GRACE)

    @property
    def withheld(self) -> slice:
        """Steps on which a response that is not due must be absent."""
        first, last = (self.n_steps - self.scaled(steps) for steps in WITHHELD)
        return slice(first, last + 1)


class Schedule(NamedTuple):
    """When things happen in each trial, steps.

    Attributes
    ----------
    epochs : (trial, epoch) array
        First step of each of `EPOCHS`.
    onset, offset : (trial, stimulus, modality) array
        First step of a stimulus, and the first after it.
    fixation_off : (trial,) array
        First step without the fixation input.
    """

    epochs: np.ndarray
    onset: np.ndarray
    offset: np.ndarray
    fixation_off: np.ndarray


def draw_schedule(
    task: Task, n: int, duration: np.ndarray | None, timing: Timing, rng: np.random.Generator
) -> Schedule:
    """Draw the epochs of trials backwards from their end, and place the stimuli in them.

    Parameters
    ----------
    task : Task
    n : int
        Trials.
    duration : (trial, stimulus, modality) array, optional
        Steps of each stimulus. An epoch then lasts as long as its longest stimulus, and the delay
        gives way where the trial would be too short (it does with the longest stimuli of the
        tasks that sum durations over modalities). Without, stimuli fill their epochs.
    timing : Timing
    rng : numpy.random.Generator

    Returns
    -------
    Schedule
    """
    response = timing.draw(RESPONSE, n, rng)
    second = timing.draw(STIMULUS, n, rng)
    delay = timing.draw(DELAY, n, rng)
    first = timing.draw(STIMULUS, n, rng)
    if duration is not None:
        first, second = duration.max(axis=2).T
    delay = np.minimum(delay, timing.n_steps - response - second - first)
    lengths = np.stack([first, delay, second, response], axis=1)
    starts = timing.n_steps - np.cumsum(lengths[:, ::-1], axis=1)[:, ::-1]
    epochs = np.concatenate([np.zeros((n, 1), int), starts], axis=1)
    onset, offset = _shown(task, epochs, timing.n_steps)
    if duration is not None:
        offset = onset + duration
    off = np.full(n, timing.n_steps) if task.reaction else epochs[:, -1]
    return Schedule(epochs, onset, offset, off)


def _shown(task: Task, epochs: np.ndarray, n_steps: int) -> tuple[np.ndarray, np.ndarray]:
    """First step of each stimulus and the first after it (trial, stimulus, modality)."""
    _, first, delay, second, response = epochs.T
    if task.reaction:
        start, stop = (response, response), (np.full_like(response, n_steps),) * 2
    elif task.family in ("go", "decision"):
        start, stop = (first, first), (response, response)
    else:
        start, stop = (first, second), (delay, response)
    return tuple(np.repeat(np.stack(at, axis=1)[:, :, None], 2, axis=2) for at in (start, stop))
