"""What is common to all formats: arrays under documented names become a recording file."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.files import Provenance
from neurosim.importing.arrays import times
from neurosim.importing.epochs import EpochColumns
from neurosim.importing.positions import Scale, ordered_positions, track_positions
from neurosim.importing.units import described_units, sorted_spikes
from neurosim.recording import save_recording, spikes_dataset
from neurosim.world.behaviour import behaviour_dataset, eye_position, rewards_dataset
from neurosim.world.graph import linear_track
from neurosim.world.track import ENVIRONMENTS, track_dataset

log = logging.getLogger(__name__)

MAX_REWARD_GAP = 1.0  # s from the nearest tracked position, for a reward to be on the track


@dataclass(frozen=True)
class Source:
    """Where arrays come from.

    Attributes
    ----------
    path : Path
        The file; the beginning of every message.
    kind : str
        ``npz`` or ``nwb``: under which name its checksum is noted.
    parameters : Mapping
        How it was read.
    attributes : Mapping
        What else the file says, for the global attributes of the recording.
    """

    path: Path
    kind: str
    parameters: Mapping[str, object]
    attributes: Mapping[str, str] = field(default_factory=dict)


def write_recording(
    arrays: Mapping[str, np.ndarray],
    epochs: EpochColumns,
    out: Path,
    *,
    source: Source,
    region: str | None,
    scale: Scale,
) -> None:
    """Check arrays under documented names and write them as a recording.

    Parameters
    ----------
    arrays : Mapping
        See `neurosim.importing.npz` for the names.
    epochs : EpochColumns
    out : Path
        The recording to write.
    source : Source
    region : str or None
        Region of all units, where the arrays do not say.
    scale : Scale
        How positions become metres.

    Raises
    ------
    NeurosimError
        In one line, naming the file and the array.
    """
    groups, factor = assemble(arrays, epochs, source.path, region=region, scale=scale)
    parameters = dict(source.parameters) | {f"{scale.unit}_per_unit": factor}
    inputs = {source.kind: source.path}
    provenance = Provenance("Imported recording", "import", 0, parameters, inputs)
    save_recording(groups, out, provenance, origin="imported", attributes=source.attributes)


def assemble(
    arrays: Mapping[str, np.ndarray],
    epochs: EpochColumns,
    path: Path,
    *,
    region: str | None,
    scale: Scale,
) -> tuple[dict[str, xr.Dataset], float]:
    """Make the groups of a recording; with the metres (or parts of the track) per unit.

    Parameters and errors are those of `write_recording`; `path` begins every message.
    """
    spike_times, unit = sorted_spikes(arrays, path)
    positions = ordered_positions(arrays, path)
    epochs.check(path)
    environment = epochs.environment_at(positions["time"])
    if not (environment != "none").any() and (epochs.environment != "none").any():
        raise NeurosimError(
            f"{path}: epochs: expected positions within the epochs on a track or in an arena, "
            f"found positions from {positions['time'][0]} to {positions['time'][-1]} s only; "
            "do both use one clock?"
        )
    along, length, factor = track_positions(positions, environment == "linear", scale, path)
    tracks = {} if length is None else {"linear": linear_track(length)}
    groups = {
        "behaviour": behaviour_dataset(
            positions["time"],
            factor * np.column_stack([positions["x"], positions["y"]]),
            along,
            positions.get("head_direction_rad"),
            environment,
            ENVIRONMENTS,
            tracks,
            scale.unit,
        ),
        "epochs": epochs.dataset(),
        "units": described_units(arrays, unit, region, path),
        "spikes": spikes_dataset(spike_times, unit),
    }
    if "eye_position_rad" in positions:
        groups["behaviour"] = groups["behaviour"].assign(
            eye_position=eye_position(positions["eye_position_rad"])
        )
    if tracks:
        groups["track"] = track_dataset(tracks, scale.unit)
    if "reward_time_s" in arrays:
        when = np.sort(times(arrays, "reward_time_s", path))
        groups |= _rewards(when, positions["time"], along, length, scale, path)
    return groups, factor


def _rewards(
    when: np.ndarray,
    time: np.ndarray,
    along: np.ndarray | None,
    length: float | None,
    scale: Scale,
    path: Path,
) -> dict[str, xr.Dataset]:
    """Rewards on the track (reward,), at the end that is nearer; others have no well to be at."""
    tracked = np.flatnonzero(np.isfinite(along)) if along is not None else np.empty(0, dtype=int)
    nearest = np.full(when.size, -1)
    if tracked.size:
        after = np.clip(np.searchsorted(time[tracked], when), 1, max(tracked.size - 1, 1))
        pair = tracked[np.clip(np.stack([after - 1, after]), 0, tracked.size - 1)]
        nearer = np.argmin(np.abs(time[pair] - when), axis=0)
        chosen = pair[nearer, np.arange(when.size)]
        nearest = np.where(np.abs(time[chosen] - when) <= MAX_REWARD_GAP, chosen, -1)
    kept = nearest >= 0
    if not kept.all():
        log.warning("%s: left out %d rewards that are not on the track", path.name, (~kept).sum())
    if not kept.any():
        return {}
    position = along[nearest[kept]]
    rewards = rewards_dataset(
        when[kept],
        position,
        (position > length / 2).astype(int),
        np.full(position.size, "linear", dtype=object),
        ENVIRONMENTS,
        scale.unit,
    )
    return {"rewards": rewards}
