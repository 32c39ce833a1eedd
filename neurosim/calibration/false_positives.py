"""Significance calibrated on populations of place cells: half of them set alpha, half are counted.

Alpha and the rate it gives are measured on other subjects' cells, laps and events, as they are
when a lab takes its alpha from a simulation or from another animal. Null events start as replay of
constant speed, whose order a null set then destroys. Replay the other way round would make the
same null events, so all of it runs forward.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.calibration.kinds import KINDS, EventParameters, plant_kind, running_templates
from neurosim.calibration.population import Population
from neurosim.calibration.significance import DETECTORS, NullSource, significance_tables
from neurosim.decode.scores import SCORES, LineGrid
from neurosim.decode.shuffles import ShuffleOptions

NULL_KIND = "forward"


@dataclass(frozen=True)
class SignificanceDesign:
    """Events of a calibration table of significance.

    Attributes
    ----------
    n_null_events : int
        Counted, over all populations that are counted; as many others set alpha.
    n_transfer_events : int
        Counted with each null set that is not a detector's main one.
    n_planted_events : int
        Of each kind.
    n_shuffles : int
    bin_s : float
        Time bin, s.
    gain : float
        Rate within events over the rate while running.
    scores : tuple of str
        ``weighted_correlation``, and ``line`` with it.
    detectors : tuple of str
        Shuffles, or several joined by ``+``.
    """

    n_null_events: int
    n_transfer_events: int
    n_planted_events: int
    n_shuffles: int
    bin_s: float
    gain: float
    scores: tuple[str, ...] = SCORES[:1]
    detectors: tuple[str, ...] = DETECTORS

    def __post_init__(self):
        if self.scores not in (SCORES[:1], SCORES):
            raise NeurosimError(
                f"scores: expected {SCORES[0]}, alone or with {SCORES[1]}, found "
                f"{', '.join(self.scores)}"
            )


def share_evenly(number: int, among: int) -> list[int]:
    """Whole numbers that add up to `number`, as even as can be.

    Examples
    --------
    >>> share_evenly(10, 4)
    [2, 3, 2, 3]
    """
    return np.diff(np.linspace(0, number, among + 1).astype(int)).tolist()


def calibrate_significance(
    populations: Sequence[Population], design: SignificanceDesign, rng: np.random.Generator
) -> xr.Dataset:
    """Find alpha on the first half of the populations, and count false positives on the second.

    Parameters
    ----------
    populations : sequence of Population
        At least two, all with as many cells. With four or more the fields of the other counted
        populations make the null set ``cross_experiment``.
    design : SignificanceDesign
    rng : numpy.random.Generator

    Returns
    -------
    Dataset
        See `neurosim.calibration.significance.significance_tables`.
    """
    if len(populations) < 2:
        raise NeurosimError(
            f"populations: expected at least 2, so that other cells set alpha than are counted, "
            f"found {len(populations)}"
        )
    parameters = EventParameters(width_s=design.bin_s, gain=design.gain)
    half = len(populations) // 2
    first, second = (
        _sources(group, design.n_null_events, parameters, rng)
        for group in (populations[:half], populations[half:])
    )
    numbers = share_evenly(design.n_planted_events, len(second))
    planted = {
        kind: [
            plant_kind(population, kind, n, parameters, rng)
            for population, n in zip(populations[half:], numbers, strict=True)
        ]
        for kind in KINDS
    }
    options = ShuffleOptions(
        design.n_shuffles, grid=LineGrid() if "line" in design.scores else None
    )
    n_transfer = max(1, design.n_transfer_events // len(second))
    return significance_tables(first, second, planted, options, rng, design.detectors, n_transfer)


def _sources(
    populations: Sequence[Population],
    n_events: int,
    parameters: EventParameters,
    rng: np.random.Generator,
) -> list[NullSource]:
    """Make a source of null events of each population, with the others' fields beside it."""
    templates = [running_templates(population) for population in populations]
    numbers = share_evenly(n_events, len(populations))
    return [
        NullSource(
            plant_kind(population, NULL_KIND, numbers[i], parameters, rng),
            templates[i],
            templates[:i] + templates[i + 1 :],
        )
        for i, population in enumerate(populations)
    ]
