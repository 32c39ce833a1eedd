"""A recording as an NWB file."""

import uuid
from pathlib import Path
from typing import Any

import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import attributes_of, group_of, opened, sha256, written_aside
from neurosim.nwb.layout import WHERE, Layout
from neurosim.nwb.library import load_pynwb
from neurosim.nwb.placing import place_groups
from neurosim.nwb.session import describe_session
from neurosim.recording import group_names, open_recording

NAMESPACE = uuid.UUID("6f1d3c52-6a3c-5a8e-9a55-0f0c5b2f9e11")  # of the ids that are made here


def export_nwb(path: Path, out: Path, *, truth: bool = True) -> None:
    """Write a recording as an NWB file.

    The same recording gives the same file. NWB wants a date and time at which the session began:
    those of the NWB file that a recording came from, else `neurosim.nwb.session.REFERENCE_DATE`.

    Parameters
    ----------
    path : Path
        The recording.
    out : Path
        The NWB file to write.
    truth : bool
        Whether the truth of a simulated recording is written, as a processing module.

    Raises
    ------
    NeurosimError
        If the file is no recording, or pynwb is not installed.
    """
    pynwb = load_pynwb()
    attributes, groups = _read(Path(path), truth)
    identifier = uuid.uuid5(NAMESPACE, f"{sha256(path)} {'with' if truth else 'without'} truth")
    layout = Layout(attributes, groups)
    nwbfile = describe_session(attributes, Path(path).stem, str(identifier))
    place_groups(nwbfile, layout)
    nwbfile.add_scratch(
        pynwb.core.ScratchData(
            name=WHERE.rsplit("/", 1)[-1],
            description="where each variable of the neurosim recording is in this file (JSON)",
            data=layout.text(),
        )
    )
    with written_aside(out) as aside:
        with pynwb.NWBHDF5IO(aside, "w") as file:
            file.write(nwbfile)
        _fix_ids(aside, identifier)


def _read(path: Path, truth: bool) -> tuple[dict[str, Any], dict[str, xr.Dataset]]:
    """Global attributes and groups of a recording."""
    open_recording(path)  # checks it
    names = [n for n in group_names(path) if truth or n.split("/")[0] != "truth"]
    with opened(path) as file:
        if file.variables:
            raise NeurosimError(
                f"{path}: expected variables in groups, found {choices(file.variables)} outside; "
                "move them into a group"
            )
        return attributes_of(file), {name: group_of(file, name) for name in names}


def _fix_ids(path: Path, identifier: uuid.UUID) -> None:
    """Give every object an id that follows from the file's and from where the object is.

    pynwb draws them at random; the same recording would give another file each time.
    """
    import h5py

    def fix(name: str, item: Any) -> None:
        if "object_id" in item.attrs:
            item.attrs["object_id"] = str(uuid.uuid5(identifier, f"/{name}"))

    with h5py.File(path, "r+") as file:
        fix("", file)
        file.visititems(fix)
