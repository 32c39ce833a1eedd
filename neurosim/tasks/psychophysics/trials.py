"""Trials of the tasks: drawn conditions, and what a network is shown and asked for."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import TASKS, Task, find_task
from neurosim.tasks.psychophysics.comparison import draw_comparison
from neurosim.tasks.psychophysics.decision import Thresholds, draw_confidence, draw_decision
from neurosim.tasks.psychophysics.duration import draw_duration
from neurosim.tasks.psychophysics.encoding import render_inputs, render_mask, render_target
from neurosim.tasks.psychophysics.go import draw_go
from neurosim.tasks.psychophysics.matching import draw_matching
from neurosim.tasks.psychophysics.scene import Scene
from neurosim.tasks.psychophysics.timing import Schedule, Timing, draw_schedule

NOISE = (0.1, 0.15)  # range of the SD of a batch
_NUMBER = {name: number for number, name in enumerate(TASKS)}


class Trials(NamedTuple):
    """A batch of trials.

    Attributes
    ----------
    inputs : (trial, step, input) float32 array
        65: fixation, then 32 units of each modality.
    target : (trial, step, output) float32 array
        33: fixation, then 32 units of the response.
    mask : (trial, step, output) float32 array
        Weight of the squared error.
    direction : (trial,) array
        Of the right response, rad in [0, 2 pi); NaN where none is due.
    epochs : (trial, epoch) array
        First step of each of `timing.EPOCHS`.
    task : (trial,) array
        Number of the task in the order of `catalogue.TASKS`.
    shown : Scene
        Direction, strength, duration (trial, stimulus, modality) and noise (trial,) as drawn.
    timing : Timing
    """

    inputs: np.ndarray
    target: np.ndarray
    mask: np.ndarray
    direction: np.ndarray
    epochs: np.ndarray
    task: np.ndarray
    shown: Scene
    timing: Timing


def draw_trials(
    task: str,
    n_trials: int,
    rng: np.random.Generator,
    timing: Timing | None = None,
    noise: tuple[float, float] = NOISE,
    thresholds: Thresholds | None = None,
) -> Trials:
    """Draw trials of one task.

    Parameters
    ----------
    task : str
        A name in `catalogue.TASKS`.
    n_trials : int
    rng : numpy.random.Generator
    timing : Timing, optional
        150 steps if not given.
    noise : (low, high)
        Range of the SD of the input noise, drawn once for all trials. Confidence tasks have the
        noise of their thresholds.
    thresholds : Thresholds, optional
        Needed by confidence tasks.

    Returns
    -------
    Trials

    Raises
    ------
    NeurosimError
        If the task is unknown, a number cannot be used, or thresholds are needed.
    """
    return draw_mixed([task], n_trials, rng, timing, noise, thresholds)


def draw_mixed(
    tasks: Sequence[str],
    n_each: int,
    rng: np.random.Generator,
    timing: Timing | None = None,
    noise: tuple[float, float] = NOISE,
    thresholds: Thresholds | None = None,
) -> Trials:
    """Draw as many trials of each of several tasks, one task after the other.

    Parameters
    ----------
    tasks : sequence of str
    n_each : int
        Trials of each.
    rng, timing, noise, thresholds
        As of `draw_trials`; the SD of the noise is drawn for each task.

    Returns
    -------
    Trials

    Raises
    ------
    NeurosimError
        As of `draw_trials`, or if there is no task.
    """
    timing = timing or Timing()
    if not tasks:
        raise NeurosimError("trials: tasks: expected at least one name, found none")
    if n_each < 1:
        raise NeurosimError(f"trials: number of trials: expected at least 1, found {n_each}")
    if not 0 <= noise[0] <= noise[1]:
        raise NeurosimError(
            f"trials: noise: expected a range of SDs from 0 up, low to high, found {noise}"
        )
    drawn = [_draw(find_task(name), n_each, rng, timing, noise, thresholds) for name in tasks]
    scene = Scene(*(np.concatenate(part) for part in zip(*(s for s, _ in drawn), strict=True)))
    schedule = Schedule(
        *(np.concatenate(part) for part in zip(*(s for _, s in drawn), strict=True))
    )
    return Trials(
        inputs=render_inputs(scene, schedule, scene.noise, timing, rng),
        target=render_target(scene.response, schedule, timing),
        mask=render_mask(schedule, timing),
        direction=scene.response,
        epochs=schedule.epochs,
        task=np.repeat([_NUMBER[name] for name in tasks], n_each),
        shown=scene,
        timing=timing,
    )


def _draw(
    task: Task,
    n: int,
    rng: np.random.Generator,
    timing: Timing,
    noise: tuple[float, float],
    thresholds: Thresholds | None,
) -> tuple[Scene, Schedule]:
    """Conditions and times of trials of one task, with all that may be left to the batch filled."""
    sd = rng.uniform(*noise)
    scene = _draw_scene(task, n, rng, timing, thresholds)
    schedule = draw_schedule(task, n, scene.duration, timing, rng)
    length = (schedule.offset - schedule.onset) * (scene.strength > 0)
    sds = np.full(n, sd) if scene.noise is None else scene.noise
    return scene._replace(duration=length, noise=sds), schedule


def _draw_scene(
    task: Task,
    n: int,
    rng: np.random.Generator,
    timing: Timing,
    thresholds: Thresholds | None,
) -> Scene:
    """Conditions of trials of one task, by the rules of its family."""
    if task.confidence:
        return draw_confidence(task, n, rng, thresholds)
    if task.family == "duration":
        return draw_duration(task, n, timing, rng)
    of_family = {
        "go": draw_go,
        "decision": draw_decision,
        "comparison": draw_comparison,
        "matching": draw_matching,
    }
    return of_family[task.family](task, n, rng)
