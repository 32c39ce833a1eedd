"""Eye movements in REM: do they go with the turns of the decoded heading?"""

from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.decode.drift import find_turns
from neurosim.decode.heading import heading_epochs, intervals_of
from neurosim.decode.virtual_turns import FineHeading, rotation_between
from neurosim.recording import Recording

MIN_MOVEMENTS = 10


@dataclass(frozen=True)
class EyeMovements:
    """What counts as a rapid eye movement.

    Attributes
    ----------
    min_speed_deg_s : float
        Every step is at least this fast.
    min_angle_deg : float
        The eye moves at least this far.
    """

    min_speed_deg_s: float
    min_angle_deg: float


def eye_dataset(
    recording: Recording,
    fine: FineHeading,
    what: EyeMovements,
    margin: float,
    n_permutations: int,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Rapid eye movements in REM beside the rotation of the heading at the same time.

    Parameters
    ----------
    recording : Recording
    fine : FineHeading
    what : EyeMovements
    margin : float
        The heading is read from so long before the movement to so long after it, s: the kernel of
        the decoder has smeared the turn by as much.
    n_permutations : int
        Of the movements' order.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (movement)
        ``eye`` and ``heading`` deg, positive counter-clockwise; scalars ``correlation`` and
        ``agreement`` (share of movements with the heading's direction); ``null_correlation``
        (permutation) with the movements' order permuted.

    Raises
    ------
    MissingData
        Without eye positions, or with fewer than ten movements.
    """
    if "eye_position" not in recording.behaviour:
        raise MissingData(f"{recording.name}: expected '/behaviour/eye_position', found none")
    epochs = intervals_of(recording, heading_epochs(recording, "rem", "none"))
    start, stop, moved = eye_movements(recording, epochs, what)
    turned = np.rad2deg(rotation_between(fine.rotation, fine.bins, start - margin, stop + margin))
    known = np.isfinite(turned)
    moved, turned = moved[known], turned[known]
    if moved.size < MIN_MOVEMENTS:
        raise MissingData(
            f"{recording.name}: expected at least {MIN_MOVEMENTS} rapid eye movements in REM, "
            f"found {moved.size}"
        )
    orders = np.stack([rng.permutation(moved.size) for _ in range(n_permutations)])
    x, y = moved - moved.mean(), turned - turned.mean()
    norm = np.sqrt((x @ x) * (y @ y))
    return xr.Dataset(
        {
            "eye": ("movement", moved, {"units": "degree", "long_name": "eye movement"}),
            "heading": ("movement", turned, {"units": "degree", "long_name": "virtual turn"}),
            "correlation": ((), x @ y / norm, {"units": "1", "long_name": "correlation"}),
            "agreement": (
                (),
                float((moved * turned > 0).mean()),
                {"units": "1", "long_name": "share of movements with the heading's direction"},
            ),
            "null_correlation": (
                "permutation",
                y[orders] @ x / norm,
                {"units": "1", "long_name": "correlation with the movements permuted"},
            ),
        },
        coords={
            "time": ("movement", start[known], {"units": "s", "long_name": "start of the movement"})
        },
    )


def eye_movements(
    recording: Recording, epochs: np.ndarray, what: EyeMovements
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start, stop (movement,) in s and amplitude in deg of rapid eye movements in some epochs."""
    clock = recording.time
    owner = np.searchsorted(epochs[:, 0], clock, side="right") - 1
    inside = (
        (owner >= 0) & (clock < epochs[owner, 1]) if len(epochs) else np.zeros(clock.size, bool)
    )
    sample = np.flatnonzero(inside)
    position = recording.behaviour["eye_position"].values.astype(float)[sample]
    step = float(np.median(np.diff(clock)))
    found = find_turns(position, owner[sample], step, what.min_speed_deg_s, what.min_angle_deg)
    times = clock[sample]
    return (
        times[found["first"].values],
        times[found["last"].values],
        found["amplitude"].values.astype(float),
    )
