"""Where trials of an experiment come from: their length, their noise and their thresholds."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from neurosim.tasks.psychophysics.catalogue import TASKS, find_task
from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.timing import Timing
from neurosim.tasks.psychophysics.trials import NOISE, Trials, draw_mixed

NUMBERS = {name: number for number, name in enumerate(TASKS)}  # of the tasks


@dataclass(frozen=True)
class TrialSource:
    """Draws trials of any task, all in one setting.

    Attributes
    ----------
    timing : Timing
    noise : (low, high)
        Range of the SD of the input noise.
    thresholds : Thresholds, optional
        Of the confidence tasks; without, these cannot be drawn.
    """

    timing: Timing = field(default_factory=Timing)
    noise: tuple[float, float] = NOISE
    thresholds: Thresholds | None = None

    def draw(self, task: str, n_trials: int, rng: np.random.Generator) -> Trials:
        """Draw trials of one task."""
        return self.draw_mixed([task], n_trials, rng)

    def draw_mixed(self, tasks: Sequence[str], n_each: int, rng: np.random.Generator) -> Trials:
        """Draw as many trials of each of several tasks."""
        return draw_mixed(tasks, n_each, rng, self.timing, self.noise, self.thresholds)

    def with_thresholds(self, thresholds: Thresholds) -> "TrialSource":
        """Give the same source with thresholds for the confidence tasks."""
        return replace(self, thresholds=thresholds)


def without_confidence(tasks: Sequence[str]) -> list[str]:
    """Leave out the tasks that need thresholds."""
    return [name for name in tasks if not find_task(name).confidence]
