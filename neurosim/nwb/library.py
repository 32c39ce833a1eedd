"""pynwb, which is slow to import and need not be installed."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from neurosim import NeurosimError


def load_pynwb() -> ModuleType:
    """Import pynwb with the parts of it that are used here.

    Raises
    ------
    NeurosimError
        If it is not installed.
    """
    try:
        import pynwb
        import pynwb.behavior
        import pynwb.epoch
        import pynwb.misc
    except ImportError as error:
        raise NeurosimError(
            f"NWB files need pynwb, which cannot be imported ({error}); "
            "install it: pip install pynwb"
        ) from error
    return pynwb


@contextmanager
def understood(path: Path) -> Iterator[None]:
    """Word what h5py, hdmf and pynwb raise over a broken file: a dozen kinds of exception."""
    try:
        yield
    except NeurosimError:
        raise
    except Exception as error:
        said = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise NeurosimError(
            f"{path}: expected an NWB file (HDF5), but it cannot be read ({said}); it may be "
            "truncated, damaged or of another kind"
        ) from error


@contextmanager
def opened_hdf5(path: Path) -> Iterator[Any]:
    """Open an HDF5 file for reading; all that is raised within is about this file."""
    load_pynwb()
    import h5py

    if not Path(path).exists():
        raise NeurosimError(f"{path}: no such file")
    with understood(path), h5py.File(path, "r") as file:
        yield file


@contextmanager
def opened_nwb(path: Path) -> Iterator[Any]:
    """Open an NWB file for reading; all that is raised within is about this file."""
    pynwb = load_pynwb()
    with opened_hdf5(path) as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about namespaces and tables of others, not ours to mend
        with pynwb.NWBHDF5IO(file=file, mode="r", load_namespaces=True) as source:
            yield source.read()
