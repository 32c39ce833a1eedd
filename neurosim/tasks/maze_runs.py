"""Runs of an alternation on a W track, as spike counts and the places that come next.

A run is two laps: from a side arm to the centre well, and out to the other side arm. Where the
centre arm ends the next place depends on the arm that the animal came from, which no cell tells
there.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import numpy as np

from neurosim import NeurosimError
from neurosim.cells.maps import PlaceGrid
from neurosim.cells.place import PlaceCellParameters, Resemblance, draw_place_maps
from neurosim.tasks.chains import steps_of
from neurosim.tasks.examples import NOT_ASKED, Examples, made
from neurosim.tasks.track_mazes import TrackPlaces
from neurosim.world.graph import w_track

CELLS = PlaceCellParameters(
    n_cells=40,
    peak_rate_median_hz=12.0,
    peak_rate_log_sd=0.5,
    field_sd_m=0.15,
    arena_field_sd_m=0.12,
    mean_fields=1.2,
    field_number_shape=2.0,
    bidirectional_fraction=0.3,
    background_rate_hz=0.2,
    precession_deg=270.0,
)


@dataclass(frozen=True)
class MazeParameters:
    """How mazes become tasks.

    Attributes
    ----------
    n_mazes : int
    shared_fraction : float
        Fraction of cells that keep in every maze the fields of the first; the others remap.
    n_train, n_test : int
        Runs a maze.
    arm_m, spacing_m, place_m : float
        Length of an arm, distance of the arms and length of a place, m.
    bin_s : float
        Time in which spikes are counted, once in a place, s.
    linger : float
        Probability that spikes are counted in a place twice, the animal being slow there.
    cells : PlaceCellParameters or Mapping of its attributes
        Those left out are as in `CELLS`.
    """

    n_mazes: int = 5
    shared_fraction: float = 0.0
    n_train: int = 100
    n_test: int = 100
    arm_m: float = 0.9
    spacing_m: float = 0.3
    place_m: float = 0.3
    bin_s: float = 0.25
    linger: float = 0.0
    cells: PlaceCellParameters = field(default=CELLS)

    def __post_init__(self) -> None:
        """Take cells as the configuration gives them, and hold values to what they can be."""
        if isinstance(self.cells, Mapping):
            object.__setattr__(
                self,
                "cells",
                made(
                    PlaceCellParameters, {**asdict(CELLS), **self.cells}, "remapping_mazes: cells"
                ),
            )
        for name in ("n_mazes", "n_train", "n_test", "arm_m", "spacing_m", "place_m", "bin_s"):
            if getattr(self, name) <= 0:
                raise NeurosimError(
                    f"remapping_mazes: {name}: expected more than 0, found {getattr(self, name)}"
                )
        for name in ("shared_fraction", "linger"):
            if not 0 <= getattr(self, name) <= 1:
                raise NeurosimError(
                    f"remapping_mazes: {name}: expected 0 to 1, found {getattr(self, name)}"
                )

    @property
    def places(self) -> TrackPlaces:
        """Places of the track."""
        return TrackPlaces(w_track(self.arm_m, self.spacing_m), self.place_m)


@dataclass(frozen=True)
class Alternation:
    """The two runs of an alternation, one from each side arm, place by place.

    Attributes
    ----------
    path : array (side, index) of int
        Places.
    inbound : array (index,) of bool
        Whether the animal runs towards the centre well; it turns after it has arrived there.
    choice : int
        Index at which the runs part: the end of the centre arm on the way out.
    n_starts : int
        Number of indices at which a run may begin: the places of the side arm.
    """

    path: np.ndarray
    inbound: np.ndarray
    choice: int
    n_starts: int

    @classmethod
    def on(cls, places: TrackPlaces) -> "Alternation":
        """Lay the runs on a W track, whose edges lead away from the centre well, its first.

        They are laps of the project: places that lie within the zones of the wells are left out.
        """
        centre, *sides = places.graph.wells
        runs = []
        for side, other in (sides, sides[::-1]):
            inward = places.of_trip((side, centre))
            runs.append(steps_of(np.concatenate([inward, places.of_trip((centre, other))])))
        path = np.stack(runs)
        inbound = np.arange(path.shape[1]) < inward.size
        choice = int(np.flatnonzero(path[0] == path[1])[-1])
        last_arm = places.size - places.per_edge[-1]  # edges come arm by arm
        return cls(path, inbound, choice, int((inward >= last_arm).sum()))


def place_rates(parameters: MazeParameters, n_mazes: int, rng: np.random.Generator) -> np.ndarray:
    """Draw maps and give the mean rates in each place (maze, direction, place, cell), Hz."""
    places = parameters.places
    grids = [PlaceGrid(f"maze {number}", places.graph) for number in range(n_mazes)]
    first = Resemblance(grids[0].name, parameters.shared_fraction)
    shared = {grid.name: first for grid in grids[1:]} if parameters.shared_fraction else None
    maps = draw_place_maps(parameters.cells, grids, rng, shared)
    member = np.eye(places.size)[places.at(grids[0].centres)]
    weights = member / member.sum(axis=0)
    rates = np.stack([maps.map_of(number) for number in range(n_mazes)])
    by_bin = rates.reshape(n_mazes, 2, len(member), -1)
    return np.einsum("mdbc,bp->mdpc", by_bin, weights)


def draw_runs(
    runs: Alternation,
    rate: np.ndarray,
    n: int,
    parameters: MazeParameters,
    rng: np.random.Generator,
) -> Examples:
    """Draw runs through a maze: square roots of spike counts, and the next place.

    Parameters
    ----------
    runs : Alternation
    rate : array (direction, place, cell)
        Hz.
    n : int
    parameters : MazeParameters
    rng : numpy.random.Generator

    Returns
    -------
    drawn : Examples
        Spike counts are Poisson. Shorter runs are filled up with zeros that are not asked.
    """
    n_index = runs.path.shape[1] - 1  # the last place has no next one
    side = rng.integers(0, 2, n)
    begins = rng.integers(0, runs.n_starts, n)
    lingers = rng.random((n, n_index)) < parameters.linger
    index = np.full((n, n_index * (2 if parameters.linger else 1)), -1)
    for row in range(n):
        visited = np.arange(begins[row], n_index)
        visited = np.repeat(visited, 1 + lingers[row, begins[row] :])
        index[row, : visited.size] = visited
    is_there, at = index >= 0, np.maximum(index, 0)
    place = runs.path[side[:, None], at]
    rates = rate[runs.inbound[at].astype(int), place]
    counts = rng.poisson(rates * parameters.bin_s * is_there[..., None])
    following = np.where(is_there, runs.path[side[:, None], at + 1], NOT_ASKED)
    return Examples(np.sqrt(counts).astype(np.float32), following, index == runs.choice)
