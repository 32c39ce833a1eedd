"""What every adapter does around its one call: arguments, log, threads, errors."""

import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from neurosim import NeurosimError

HIDDEN_PARAMETERS = ("modules",)  # only there so that Snakemake sees edits of the library


def _as_path(value: Any) -> Path | list[Path]:
    return Path(value) if isinstance(value, str) else [Path(item) for item in value]


def arguments(snakemake: Any) -> dict[str, Any]:
    """Turn named inputs, outputs and params of a rule into keyword arguments."""
    values: dict[str, Any] = {}
    for files in (snakemake.input, snakemake.output):
        values |= {name: _as_path(value) for name, value in files.items()}
    values |= dict(snakemake.params.items())
    return {name: value for name, value in values.items() if name not in HIDDEN_PARAMETERS}


@contextmanager
def job(snakemake: Any) -> Iterator[dict[str, Any]]:
    """Open the rule's log, set threads, word errors; yields the adapter's arguments.

    A `NeurosimError` reaches the user as one line; its traceback goes to the log. So does that
    of any other error, which is a defect and says so.
    """
    log_file = Path(str(snakemake.log[0]))
    _open_log(log_file, snakemake.rule)
    gc.freeze()  # what was imported stays: statsmodels' Holm correction collects at each call
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(snakemake.threads)
    try:
        yield arguments(snakemake)
        logging.info("%s done", snakemake.rule)
    except NeurosimError as error:
        _stop(f"error in {snakemake.rule}: {error}")
    except MemoryError as error:
        _stop(
            f"error in {snakemake.rule}: expected to fit into memory, found: {error or 'no more'}; "
            "ask for less (shorter durations, fewer cells, wider bins), or for a larger machine"
        )
    except Exception as error:
        name = type(error).__name__
        _stop(f"unexpected error in {snakemake.rule}: {name}: {error}; traceback in {log_file}")


def _open_log(log_file: Path, rule: str) -> None:
    logging.raiseExceptions = False  # on a full disk the log is the least of it
    try:
        log_file.parent.mkdir(parents=True, exist_ok=True)
        logging.basicConfig(
            filename=log_file,
            filemode="w",
            level=logging.INFO,
            format="%(levelname)s %(message)s",
            force=True,
        )
    except OSError as error:
        _stop(f"error in {rule}: {log_file}: expected to write the log, found: {error.strerror}")
    logging.captureWarnings(True)


def _stop(message: str) -> None:
    logging.exception(message)
    print(f"\n{message}\n", file=sys.stderr, flush=True)
    sys.exit(1)
