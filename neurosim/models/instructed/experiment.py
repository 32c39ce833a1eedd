"""What all instructed networks of a study share."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import xarray as xr

from neurosim.files import load
from neurosim.models.instructed.training import TrainingParameters
from neurosim.tasks.examples import made
from neurosim.tasks.psychophysics.catalogue import TASKS, find_task, held_out_tasks
from neurosim.tasks.psychophysics.decision import Thresholds
from neurosim.tasks.psychophysics.source import TrialSource
from neurosim.tasks.psychophysics.timing import Timing


@dataclass(frozen=True)
class Experiment:
    """What all networks of a study share.

    Attributes
    ----------
    tasks : tuple of str
        Those of the study, held out or not, in the order of the catalogue.
    n_units : int
        Of the sensorimotor network.
    source : TrialSource
    training : TrainingParameters
    seed : int
        Of the run.
    """

    tasks: tuple[str, ...]
    n_units: int
    source: TrialSource
    training: TrainingParameters
    seed: int

    @classmethod
    def from_mapping(cls, given: Mapping, seed: int) -> "Experiment":
        """Build from keys of the configuration: tasks, n_units, n_steps and training."""
        named = given["tasks"] or list(TASKS)
        chosen = {find_task(name).name for name in named}
        return cls(
            tasks=tuple(name for name in TASKS if name in chosen),
            n_units=given["n_units"],
            source=TrialSource(Timing(given["n_steps"])),
            training=made(TrainingParameters, given["training"], "training"),
            seed=seed,
        )

    def with_thresholds(self, found: xr.Dataset) -> "Experiment":
        """Give the same experiment with the thresholds that `find_confidence` found."""
        thresholds = Thresholds(found["above"].values, found["below"].values)
        return replace(self, source=self.source.with_thresholds(thresholds))

    def with_file(self, thresholds: Path | None) -> "Experiment":
        """Give the same experiment with the thresholds of a file, if there is one."""
        return self.with_thresholds(load(thresholds)) if thresholds else self

    def split(self, hold_out: str) -> tuple[list[str], list[str]]:
        """Part the tasks into those that are trained and those that are held out."""
        left_out = held_out_tasks(hold_out)
        trained = [name for name in self.tasks if name not in left_out]
        return trained, [name for name in self.tasks if name in left_out]
