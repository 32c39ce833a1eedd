"""Any file of another lab: shown, or made a recording, by what kind it is."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from neurosim import NeurosimError
from neurosim.importing import npz_contents
from neurosim.importing.epochs import EpochColumns
from neurosim.importing.guess import guess_map
from neurosim.importing.mapping import ImportMap
from neurosim.importing.npz import import_npz
from neurosim.importing.showing import shown


def import_file(path: Path, out: Path, given: ImportMap | None) -> None:
    """Make a recording of an ``.npz`` or NWB file.

    Parameters
    ----------
    path : Path
        The file; its kind is told by its ending.
    out : Path
        The recording to write.
    given : ImportMap or None
        What is what in the file, as far as it must be said.

    Raises
    ------
    NeurosimError
        In one line, naming the file and what in it.
    """
    if _is_npz(path):
        import_npz(path, out, given or ImportMap())
        return
    from neurosim.importing.nwb import import_nwb

    import_nwb(path, out, given)


def show_file(path: Path) -> str:
    """Describe an ``.npz`` or NWB file, with a map to edit.

    Raises
    ------
    NeurosimError
        If the file cannot be read.
    """
    return _show_npz(path) if _is_npz(path) else _show_nwb(path)


def _is_npz(path: Path) -> bool:
    kinds = {".npz": True, ".nwb": False}
    if path.suffix.lower() not in kinds:
        raise NeurosimError(
            f"{path}: expected a file ending in .npz or .nwb, found {path.suffix!r}"
        )
    return kinds[path.suffix.lower()]


def _show_npz(path: Path) -> str:
    names = list(npz_contents.find_contents(path, {}).arrays)
    arrays = npz_contents.guess_arrays(names)
    contents = npz_contents.find_contents(path, arrays)
    guessed = replace(guess_map(contents), arrays=arrays, epochs=())

    def epochs() -> EpochColumns:
        if not contents.intervals:
            raise NeurosimError(
                f"{path}: no arrays with epochs: give epochs in the map or with --epoch"
            )
        table = contents.intervals[0]
        columns = [table.columns[name] for name in ("state", "phase", "environment")]
        return EpochColumns(table.start, table.stop, *columns, columns[0])

    return shown(contents, guessed, path, epochs)


def _show_nwb(path: Path) -> str:
    from neurosim.importing.nwb import epoch_columns
    from neurosim.importing.nwb_contents import find_contents
    from neurosim.nwb.library import opened_nwb
    from neurosim.nwb.restore import is_own

    with opened_nwb(path) as nwbfile:
        contents = find_contents(nwbfile, path)
    guessed = guess_map(contents)
    note = ""
    if is_own(path):
        note = "neurosim has written this file: without --map it comes back as it was."
    epochs: Callable[[], EpochColumns] = lambda: epoch_columns(contents, guessed, path)  # noqa: E731
    return shown(contents, guessed, path, epochs, note)
