"""Run a call in a process of its own: a crash or a hang inside a library is an outcome."""

import multiprocessing
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from neurosim import NeurosimError

CONTEXT = multiprocessing.get_context("fork")  # what was imported is there at once


@dataclass(frozen=True)
class Ended:
    """How a call ended: ``returned``, ``refused``, ``raised``, ``crashed`` or ``hung``.

    `value` is what it returned, or what was said.
    """

    how: str
    value: object


def isolated(call: Callable[[], object], limit_s: float = 30.0) -> Ended:
    """Call in a fork; the limit is many times what the slowest call takes."""
    ours, theirs = CONTEXT.Pipe(duplex=False)
    process = CONTEXT.Process(target=_report, args=(call, theirs))
    process.start()
    theirs.close()
    try:
        ended = ours.recv() if ours.poll(limit_s) else Ended("hung", f"for {limit_s:g} s")
    except EOFError:
        process.join()
        ended = Ended("crashed", _cause(process.exitcode))
    if ended.how == "hung":
        process.kill()
    process.join()
    ours.close()
    return ended


def _report(call: Callable[[], object], pipe: object) -> None:
    try:
        ended = Ended("returned", call())
    except NeurosimError as error:
        ended = Ended("refused", str(error))
    except BaseException:
        ended = Ended("raised", traceback.format_exc())
    pipe.send(ended)


def _cause(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
