"""A recording from an NWB file that this project wrote: all of it, as it was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurosim.files import sha256
from neurosim.nwb.layout import decoded, read_layout, restored
from neurosim.nwb.library import opened_hdf5
from neurosim.recording import save_recording


@dataclass(frozen=True)
class KeptProvenance:
    """Provenance of a recording that went through an NWB file: its own, and that file's checksum.

    Attributes
    ----------
    kept : Mapping
        Global attributes of the recording.
    path : Path
        The NWB file.
    """

    kept: Mapping[str, Any]
    path: Path

    def attributes(self) -> dict[str, Any]:
        """Build the global attributes."""
        inputs = json.loads(self.kept.get("inputs", "{}")) | {"nwb": sha256(self.path)}
        return dict(self.kept) | {"inputs": json.dumps(inputs)}


def is_own(path: Path) -> bool:
    """Whether an NWB file has the layout of a recording in it.

    Raises
    ------
    NeurosimError
        If the file cannot be read.
    """
    with opened_hdf5(path) as file:
        return read_layout(file) is not None


def restore_recording(path: Path, out: Path) -> None:
    """Make a recording again from an NWB file that `neurosim.nwb.export` wrote.

    Parameters
    ----------
    path : Path
        The NWB file.
    out : Path
        The recording to write: every group, variable and attribute as it was, and the checksum of
        the NWB file among the inputs.

    Raises
    ------
    NeurosimError
        If the file is damaged, or was changed so that it is no recording any more.
    """
    with opened_hdf5(path) as file:
        layout = read_layout(file)
        attributes, groups = decoded(layout["attributes"]), restored(file, layout)
    origin = str(attributes.get("origin", "imported"))
    save_recording(groups, out, KeptProvenance(attributes, path), origin=origin)
