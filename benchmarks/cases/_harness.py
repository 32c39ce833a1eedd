"""What every case shares: arguments, one thread, timing, peak memory, the outputs.

A case is a script run by the Python of the tool it measures, as
``python CASE.py INPUTS.npz OUTPUTS.npz REPEATS``. This module needs numpy alone, so that it
works in every environment.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)

LEAST = 2.0  # s that short work is repeated for: one slow moment must not be the median
MOST = 15  # runs


def run(
    prepare: Callable[[Mapping], Callable[[], object]],
    outputs: Callable[[object], Mapping],
    version: Callable[[], str],
    note: str = "",
) -> None:
    """Measure a case and write what came of it.

    Parameters
    ----------
    prepare : callable
        From the inputs, by name, to the work without arguments: what is done here is not timed.
    outputs : callable
        From the last result of the work to the arrays that are checked for agreement.
    version : callable
        Gives the version of the tool.
    note : str
        What a reader of the table must know.
    """
    one_thread()
    import numpy as np

    source, target, repeats = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    with np.load(source, allow_pickle=False) as file:
        inputs = {name: file[name] for name in file.files}
    work = prepare(inputs)
    seconds, cpu, result = [], [], None
    while len(seconds) < repeats or (repeats > 1 and sum(seconds) < LEAST and len(seconds) < MOST):
        result = None  # two results at once would double the peak
        start, spent = time.perf_counter(), processor_time()
        result = work()
        seconds.append(time.perf_counter() - start)
        cpu.append(processor_time() - spent)
    facts = {
        "seconds": seconds,
        "cpu_seconds": cpu,
        "peak_mib": peak_mib(),
        "version": version(),
        "note": note,
        "python": ".".join(map(str, sys.version_info[:3])),
        "numpy": np.__version__,
    }
    np.savez(target, facts=json.dumps(facts), **outputs(result))


def processor_time() -> float:
    """Processor time of this process and of those that it started and waited for, s."""
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def one_thread() -> None:
    """Keep this process on one core, whatever the pools of its libraries think.

    Called before anything heavy is imported: thread pools size themselves by what they find.
    """
    for name in THREADS:
        os.environ[name] = "1"
    os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
    os.environ["JAX_PLATFORMS"] = "cpu"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def peak_mib() -> float:
    """Peak memory of this process in MiB.

    ``ru_maxrss`` is handed on to a process by the one that started it, so it is asked for only
    where the kernel does not say the process's own peak.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)
