"""What is common to all formats: arrays under documented names become a recording file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neurosim import NeurosimError
from neurosim.files import Provenance
from neurosim.importing.epochs import EpochColumns
from neurosim.importing.positions import Scale, ordered_positions, track_positions
from neurosim.importing.units import described_units, sorted_spikes
from neurosim.recording import save_recording, spikes_dataset
from neurosim.world.behaviour import behaviour_dataset, eye_position
from neurosim.world.graph import linear_track
from neurosim.world.track import ENVIRONMENTS, track_dataset


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
    """

    path: Path
    kind: str
    parameters: Mapping[str, object]


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
    path = source.path
    times, unit = sorted_spikes(arrays, path)
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
            environment.astype(object),
            ENVIRONMENTS,
            tracks,
            scale.unit,
        ),
        "epochs": epochs.dataset(),
        "units": described_units(arrays, unit, region, path),
        "spikes": spikes_dataset(times, unit),
    }
    if "eye_position_rad" in positions:
        groups["behaviour"] = groups["behaviour"].assign(
            eye_position=eye_position(positions["eye_position_rad"])
        )
    if tracks:
        groups["track"] = track_dataset(tracks, scale.unit)
    parameters = dict(source.parameters) | {f"{scale.unit}_per_unit": factor}
    provenance = Provenance("Imported recording", "import", 0, parameters, {source.kind: path})
    save_recording(groups, out, provenance, origin="imported")
