"""Files that appear under their name whole or not at all, whatever happens meanwhile."""

import errno
import os
import platform
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from neurosim import NeurosimError

RUN = "NEUROSIM_RUN"  # process id of the run of the pipeline that this process works for, if any
HOST = re.sub(r"[^A-Za-z0-9-]", "-", platform.node()) or "here"
REMEDY = {
    errno.ENOSPC: "free some space",
    errno.EDQUOT: "free some of your quota",
    errno.EROFS: "make the folder writable",
    errno.EACCES: "make the folder writable",
    errno.EPERM: "make the folder writable",
}
PROBE = bytes(2**20)


@contextmanager
def written_aside(out: Path) -> Iterator[Path]:
    """Yield a path beside `out` to write to; rename it to `out` at the end, remove it on failure.

    Host, process and a random part are in the temporary name, so that two processes that make the
    same file, on one machine or on two, never write to the same one: the later rename counts. The
    bytes reach the disk before the name does. A process that has outlived its run (see `RUN`) gives
    its file up: the run that came after may want another one.

    Raises
    ------
    NeurosimError
        If the disk is full or read-only, or the run is gone.
    """
    out = Path(out)
    aside = out.with_name(
        f".{out.stem}.{HOST}.{os.getpid()}.{secrets.token_hex(4)}.tmp{out.suffix}"
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(out)
        yield aside
        _flush(aside)
        _check_run(out)
        os.replace(aside, out)
    except NeurosimError:
        raise
    except Exception as error:
        cause = _refusal(aside, error)
        if cause is None:
            raise
        raise NeurosimError(
            f"{out}: expected to write it, found: {os.strerror(cause)}; nothing half-written is "
            f"left there: {REMEDY[cause]} and run again"
        ) from error
    finally:
        if aside.exists():
            aside.unlink()


def _flush(path: Path) -> None:
    """Wait until the bytes are on the disk: a name may survive a power cut that they do not."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _check_run(out: Path) -> None:
    run = os.environ.get(RUN, "")
    if run.isdigit() and not _is_running(int(run)):
        raise NeurosimError(
            f"{out}: expected the run that it was made for (process {run}), found that it is gone; "
            "nothing was written: run again"
        )


def _refusal(aside: Path, error: Exception) -> int | None:
    """What the disk had against it, as errno; netCDF says no more than that it failed."""
    if isinstance(error, OSError) and error.errno in REMEDY:
        return error.errno
    try:
        with aside.open("ab") as file:
            file.write(PROBE)
            file.flush()
            os.fsync(file.fileno())
    except OSError as refused:
        return refused.errno if refused.errno in REMEDY else None
    return None


def _remove_leftovers(out: Path) -> None:
    """Remove what killed processes of this machine left beside `out`."""
    for leftover in out.parent.glob(f".{out.stem}.*.tmp{out.suffix}"):
        parts = leftover.name[len(out.stem) + 2 :].removesuffix(f".tmp{out.suffix}").split(".")
        is_ours = len(parts) == 3 and parts[0] == HOST and parts[1].isdigit()
        if is_ours and not _is_running(int(parts[1])):
            leftover.unlink(missing_ok=True)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
