"""What decoding of position and of heading share."""

import numpy as np

from neurosim import MissingData
from neurosim.recording import Recording


def contiguous_folds(n: int, n_folds: int) -> list[np.ndarray]:
    """Split indices 0 to n - 1 into contiguous folds, for time series.

    Raises
    ------
    MissingData
        If there are fewer samples than folds.
    """
    if n < n_folds:
        raise MissingData(
            f"cross-validation: expected at least {n_folds} time bins, found {n}; "
            "the animal hardly moves, or the speed threshold is too high"
        )
    return np.array_split(np.arange(n), n_folds)


def units_of(recording: Recording, region: str) -> np.ndarray:
    """Indices (unit,) of the units of a region; MissingData where there are none."""
    units = recording.units_in(region)
    if units.size == 0:
        raise MissingData(f"{recording.name}: expected units in {region}, found none")
    return units
