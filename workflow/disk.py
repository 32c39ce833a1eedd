"""Whether a run can write at all: said in a line before it starts, not in the middle of it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from neurosim import NeurosimError


def check_writable(folders: Sequence[str]) -> None:
    """Write a byte into each folder, or into the one that it would be made in.

    Raises
    ------
    NeurosimError
        If a disk is full or read-only.
    """
    for folder in folders:
        there = Path(folder).absolute()
        while not there.exists():
            there = there.parent
        try:
            with tempfile.TemporaryFile(dir=there) as file:
                file.write(b"0")
                file.flush()
        except OSError as error:
            raise NeurosimError(
                f"{folder}: expected a folder to write to, found: {error.strerror}; make it "
                "writable or free some space, and run again"
            ) from error
