"""What checks look at: a recording, the fields and candidate events of its analysis."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import xarray as xr

from neurosim.decode.checks.place_cells import PlaceCells, find_place_cells
from neurosim.decode.tuning import FieldParameters
from neurosim.recording import Recording


@dataclass(frozen=True)
class Material:
    """What is checked of one recording.

    Attributes
    ----------
    recording : Recording
    find_events : callable
        ``find_events()`` gives the candidate events (event) of
        `neurosim.decode.bursts.find_candidates`, or raises MissingData.
    fields : FieldParameters
    fit_bin_s : float
        Bin in which spikes and positions are matched, s.
    states : tuple of str
        States in which candidate events are looked for.
    min_cells : int
        Fewest active units of a candidate event.
    n_shuffles : int
        Of the spatial information.
    rng : numpy.random.Generator
    """

    recording: Recording
    find_events: Callable[[], xr.Dataset]
    fields: FieldParameters
    fit_bin_s: float
    states: tuple[str, ...]
    min_cells: int
    n_shuffles: int
    rng: np.random.Generator

    @cached_property
    def running(self) -> np.ndarray:
        """Whether each sample of the behaviour clock (time,) lies in an epoch of running."""
        inside = np.zeros(self.recording.time.size, dtype=bool)
        for rows in within(self.recording.time, self.recording.intervals(state="run")):
            inside[rows] = True
        return inside

    @cached_property
    def place_cells(self) -> PlaceCells:
        """Which CA1 units are place cells; MissingData without a track or units."""
        return find_place_cells(
            self.recording, self.fields, self.fit_bin_s, self.n_shuffles, self.rng
        )


def within(times: np.ndarray, intervals: np.ndarray) -> list[slice]:
    """Rows of sorted times (time,) that lie in each of some intervals (interval, 2), ends too."""
    first = np.searchsorted(times, intervals[:, 0], side="left")
    last = np.searchsorted(times, intervals[:, 1], side="right")
    return [slice(int(a), int(b)) for a, b in zip(first, last, strict=True)]
