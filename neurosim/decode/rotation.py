"""How far a decoded heading turns in a block of sleep: net rotation, full turns, directions.

Angles are positive counter-clockwise. A *block* is an uninterrupted stretch of one state, an epoch
of the recording: the unit that an inactivation can be tested on, since its bins depend on each
other.

A heading is known on the circle only, so rotation is added up from bin to bin along the shorter
way. That is right as long as the heading turns less than half a circle from one decoded bin to
the next: at most 1800 deg/s in bins of 100 ms, and less across silent bins. Where bins are silent
for long nobody can tell how often the heading went round; such gaps count neither as rotation nor
as time.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.decode.bayes import circular_difference

FULL_TURN = 360.0  # deg


@dataclass(frozen=True)
class RotationParameters:
    """What counts as rotation.

    Attributes
    ----------
    reversal_deg : float
        A stretch of rotation ends where the heading has come back by more than this, deg. Larger
        than the errors of the decoder, or noise ends every turn.
    max_gap_s : float
        Silence between two decoded bins that is bridged by the shorter way, s. In that time half
        a circle must be more than the heading can turn.
    """

    reversal_deg: float
    max_gap_s: float

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            if not value > 0:
                raise NeurosimError(f"rotation: {name}: expected more than 0, found {value}")


def cumulative_rotation(
    heading: np.ndarray, interval: np.ndarray, width: float, max_gap: float
) -> np.ndarray:
    """Add up the rotation of a heading since the beginning of its block.

    Parameters
    ----------
    heading : array (bin,)
        rad; NaN in silent bins.
    interval : array (bin,)
        Block of each bin, non-decreasing.
    width : float
        Bin, s.
    max_gap : float
        Two decoded bins further apart than this (s) are not joined: the rotation stands still.

    Returns
    -------
    array (bin,)
        deg, 0 in the first decoded bin of each block; NaN in silent bins.
    """
    known = np.flatnonzero(np.isfinite(heading))
    steps = _steps(heading, interval, known, width, max_gap)[0]
    total = np.concatenate([[0.0], np.cumsum(steps)])[: known.size]
    first = np.searchsorted(interval[known], interval[known])
    rotation = np.full(heading.size, np.nan)
    rotation[known] = total - total[first]
    return rotation


def _steps(
    heading: np.ndarray, interval: np.ndarray, known: np.ndarray, width: float, max_gap: float
) -> tuple[np.ndarray, np.ndarray]:
    """Rotation in deg (known - 1,) between decoded bins and whether they are joined (the same)."""
    apart = np.diff(known) * width
    joined = (np.diff(interval[known]) == 0) & (apart <= max_gap + 1e-9 * width)
    steps = np.rad2deg(circular_difference(heading[known[1:]], heading[known[:-1]]))
    return np.where(joined, steps, 0.0), joined


def turning_points(rotation: np.ndarray, reversal: float) -> np.ndarray:
    """Find where a rotation changes direction, blind to wobbles up to `reversal`.

    The rotation is followed to its furthest point; that is a turning point once the heading has
    come back from it by more than `reversal`, and the search goes on from there the other way. So
    noise neither ends a stretch nor makes one, and the stretches between turning points alternate
    in direction.

    Parameters
    ----------
    rotation : array (bin,)
        deg, without NaN.
    reversal : float
        deg.

    Returns
    -------
    array (point,) of int
        Bins, increasing: where each stretch begins, and where the last one ends. Empty where
        nothing turns by more than `reversal`.
    """
    values = rotation.tolist()  # a scalar at a time: lists are faster than arrays
    if not values:
        return np.empty(0, dtype=int)
    points: list[int] = []
    highest = lowest = 0
    direction = 0
    for k, value in enumerate(values):
        if value > values[highest]:
            highest = k
        if value < values[lowest]:
            lowest = k
        if direction >= 0 and values[highest] - value > reversal:
            points.append(highest)
            direction, lowest = -1, k
        elif direction <= 0 and value - values[lowest] > reversal:
            points.append(lowest)
            direction, highest = 1, k
    if direction:
        points.append(highest if direction > 0 else lowest)
    return np.array(points, dtype=int)


def stretches(rotation: np.ndarray, reversal: float) -> np.ndarray:
    """Rotation of each stretch of one direction (stretch,), deg; see `turning_points`."""
    return np.diff(rotation[turning_points(rotation, reversal)])


def full_turns(amplitudes: np.ndarray) -> tuple[int, int]:
    """Count uninterrupted turns of 360 degrees, clockwise and counter-clockwise.

    A stretch of 800 degrees holds two.

    Parameters
    ----------
    amplitudes : array (stretch,)
        deg, from `stretches`.
    """
    whole = np.floor(np.abs(amplitudes) / FULL_TURN).astype(int)
    return int(whole[amplitudes < 0].sum()), int(whole[amplitudes > 0].sum())


@dataclass(frozen=True)
class BlockRotation:
    """Rotation within one block.

    Attributes
    ----------
    start, stop : float
        First and last sample (middle of a decoded bin), s.
    duration : float
        Time over which rotation was followed, gaps left out, s.
    net : float
        deg, positive counter-clockwise.
    clockwise, counter_clockwise : float
        Rotation of the stretches in each direction, deg, both positive.
    clockwise_turns, counter_clockwise_turns : int
        Uninterrupted turns of 360 degrees.
    """

    start: float
    stop: float
    duration: float
    net: float
    clockwise: float
    counter_clockwise: float
    clockwise_turns: int
    counter_clockwise_turns: int

    @property
    def net_rate(self) -> float:
        """deg/min."""
        return self._a_minute(self.net)

    @property
    def clockwise_fraction(self) -> float:
        """Clockwise share of the rotation within stretches; NaN where nothing turned.

        Of stretches and not of bins: in single bins the decoder's noise turns either way as
        often, which draws a share of bins towards one half.
        """
        total = self.clockwise + self.counter_clockwise
        return self.clockwise / total if total > 0 else np.nan

    def _a_minute(self, number: float) -> float:
        return number / self.duration * 60.0 if self.duration > 0 else np.nan


def block_rotation(
    time: np.ndarray, heading: np.ndarray, width: float, parameters: RotationParameters
) -> BlockRotation:
    """Measure the rotation of a heading within one block.

    Parameters
    ----------
    time, heading : array (bin,)
        Middle of each bin, s; rad, NaN in silent bins.
    width : float
        Bin, s.
    parameters : RotationParameters
    """
    known = np.flatnonzero(np.isfinite(heading))
    here = np.zeros(heading.size, dtype=int)
    steps, joined = _steps(heading, here, known, width, parameters.max_gap_s)
    rotation = np.concatenate([[0.0], np.cumsum(steps)])[: known.size]
    return path_rotation(time[known], rotation, parameters.reversal_deg, joined)


def path_rotation(
    time: np.ndarray, rotation: np.ndarray, reversal: float, joined: np.ndarray | None = None
) -> BlockRotation:
    """Measure a rotation that was followed from sample to sample within one block.

    Parameters
    ----------
    time, rotation : array (sample,)
        s; deg, unwrapped.
    reversal : float
        What ends a stretch, deg; see `turning_points`.
    joined : array (sample - 1,) of bool, optional
        Whether the rotation was followed from one sample to the next; by default everywhere.
    """
    if rotation.size == 0:
        return BlockRotation(np.nan, np.nan, 0.0, 0.0, 0.0, 0.0, 0, 0)
    steps = np.diff(time)
    joined = np.ones(steps.size, dtype=bool) if joined is None else joined
    # A turn is not followed across a gap: each run between gaps has stretches of its own.
    runs = np.split(rotation, np.flatnonzero(~joined) + 1)
    amplitudes = np.concatenate([stretches(run, reversal) for run in runs])
    turns = full_turns(amplitudes)
    return BlockRotation(
        start=float(time[0]),
        stop=float(time[-1]),
        duration=float(steps[joined].sum()),
        net=float(np.diff(rotation)[joined].sum()),
        clockwise=float(-amplitudes[amplitudes < 0].sum()),
        counter_clockwise=float(amplitudes[amplitudes > 0].sum()),
        clockwise_turns=turns[0],
        counter_clockwise_turns=turns[1],
    )


def measure_blocks(decoded: xr.Dataset, parameters: RotationParameters) -> xr.Dataset:
    """Measure the rotation in every block of a decoded state.

    Parameters
    ----------
    decoded : Dataset (time)
        ``estimate`` rad, NaN in silent bins; ``interval``, the block of each bin; ``bin_s``.
    parameters : RotationParameters

    Returns
    -------
    Dataset (block)
        ``interval``, ``first_bin``; ``start``, ``stop``, ``duration`` s; ``net_rotation`` and
        ``net_rate`` (deg, deg/min); ``clockwise`` and ``counter_clockwise`` deg;
        ``clockwise_fraction``; ``full_turns`` (block, direction). Blocks in which no two bins
        were decoded are left out.
    """
    width = float(decoded.attrs["bin_s"])
    time, heading = decoded["time"].values, decoded["estimate"].values.astype(float)
    interval = decoded["interval"].values
    first = np.flatnonzero(np.diff(interval, prepend=-1))
    found = [
        block_rotation(time[rows], heading[rows], width, parameters)
        for rows in map(slice, first, np.append(first[1:], interval.size))
    ]
    followed = np.array([block.duration > 0 for block in found], dtype=bool)
    first = first[followed]
    return blocks_dataset([b for b in found if b.duration > 0], interval[first], first)


DIRECTIONS = ("clockwise", "counter_clockwise")
_VARIABLES: Mapping[str, tuple[str, str, str]] = {  # attribute, unit, long name
    "start": ("start", "s", "middle of the first decoded bin"),
    "stop": ("stop", "s", "middle of the last decoded bin"),
    "duration": ("duration", "s", "time over which rotation was followed"),
    "net_rotation": ("net", "degree", "net rotation, positive counter-clockwise"),
    "net_rate": ("net_rate", "degree min-1", "net rotation a minute"),
    "clockwise": ("clockwise", "degree", "rotation of clockwise stretches"),
    "counter_clockwise": (
        "counter_clockwise",
        "degree",
        "rotation of counter-clockwise stretches",
    ),
    "clockwise_fraction": ("clockwise_fraction", "1", "clockwise share of that rotation"),
}


def blocks_dataset(
    blocks: list[BlockRotation], interval: np.ndarray, first: np.ndarray
) -> xr.Dataset:
    """Put blocks into the Dataset (block) of `measure_blocks`."""
    variables = {
        name: (
            "block",
            np.array([getattr(block, attribute) for block in blocks], dtype=float),
            {"units": unit, "long_name": long_name},
        )
        for name, (attribute, unit, long_name) in _VARIABLES.items()
    }
    turns = [(block.clockwise_turns, block.counter_clockwise_turns) for block in blocks]
    variables["full_turns"] = (
        ("block", "direction"),
        np.array(turns, dtype=np.int32).reshape(-1, 2),
        {"units": "1", "long_name": "uninterrupted turns of 360 degrees"},
    )
    variables["interval"] = (
        "block",
        interval.astype(np.int32),
        {"long_name": "epoch of the block, as in the decoded heading"},
    )
    variables["first_bin"] = ("block", first.astype(np.int32), {"long_name": "its first bin"})
    return xr.Dataset(variables, {"direction": list(DIRECTIONS)})
