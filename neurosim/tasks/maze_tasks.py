"""Mazes of one geometry whose place maps remap: predict the next place from spikes.

The same cells get other place fields in each maze, as place cells of CA3 do between rooms
(Leutgeb et al. 2005, 10.1126/science.1114037). A network that has learned to read one map has to
read another one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neurosim import NeurosimError
from neurosim.tasks.examples import Task, TaskSequence, made
from neurosim.tasks.maze_observer import Observer
from neurosim.tasks.maze_runs import Alternation, MazeParameters, draw_runs, place_rates


def remapping_mazes(parameters: MazeParameters, rng: np.random.Generator) -> TaskSequence:
    """Mazes of one geometry in which the same cells have other place fields.

    `TaskSequence.best` is what observers score that know all maps, but not in which maze they are
    (`neurosim.tasks.maze_observer.Observer`).
    """
    runs, numbers = Alternation.on(parameters.places), (parameters.n_train, parameters.n_test)
    rates = place_rates(parameters, parameters.n_mazes, rng)
    tasks = tuple(
        Task(f"maze {maze}", *(draw_runs(runs, rate, n, parameters, rng) for n in numbers))
        for maze, rate in enumerate(rates)
    )
    observer = Observer(runs, rates, parameters.bin_s, parameters.linger)
    scores = [observer.scores(task.test) for task in tasks]
    best = {measure: np.array([score[measure] for score in scores]) for measure in scores[0]}
    n_places = parameters.places.size
    return TaskSequence("remapping_mazes", "classification", n_places, tasks, best)


@dataclass(frozen=True)
class MazeFamily:
    """What a maze of the family is.

    Attributes
    ----------
    maze : MazeParameters or Mapping of its attributes
        The track and the cells; numbers of mazes and of runs are not used.
    n_support, n_query : int
        Runs to learn from and to be tested on.
    """

    maze: MazeParameters = field(default_factory=MazeParameters)
    n_support: int = 5
    n_query: int = 20

    def __post_init__(self) -> None:
        """Take a maze as the configuration gives it, and hold values to what they can be."""
        if isinstance(self.maze, Mapping):
            object.__setattr__(self, "maze", made(MazeParameters, self.maze, "family of mazes"))
        for name in ("n_support", "n_query"):
            if getattr(self, name) < 1:
                raise NeurosimError(
                    f"family of mazes: {name}: expected at least 1, found {getattr(self, name)}"
                )

    @property
    def n_features(self) -> int:
        """Cells."""
        return self.maze.cells.n_cells

    @property
    def n_outputs(self) -> int:
        """Places."""
        return self.maze.places.size


def draw_maze_task(rng: np.random.Generator, family: MazeFamily | None = None) -> Task:
    """Draw a maze: the same track, with a new map of the same cells.

    Maps are continuous: that of a task of a sequence never comes again.

    Parameters
    ----------
    rng : numpy.random.Generator
    family : MazeFamily, optional

    Returns
    -------
    Task
        ``train`` is its support and ``test`` its query.
    """
    family = family or MazeFamily()
    runs = Alternation.on(family.maze.places)
    (rate,) = place_rates(family.maze, 1, rng)
    numbers = family.n_support, family.n_query
    return Task("maze", *(draw_runs(runs, rate, n, family.maze, rng) for n in numbers))
