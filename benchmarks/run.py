"""Run neurosim and its peers on the same work and write the table.

``python -m benchmarks.run`` builds what environments are missing, runs every case in a process
of its own, one after another and on one core, and writes ``benchmarks.csv`` and
``benchmarks_machine.csv``. What was measured before is not measured again unless the case, its
inputs, its pins or the library changed, or ``--again`` is given.
"""

import argparse
import csv
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import peers
from benchmarks.peers import OURS, ROOT, NotBuilt
from benchmarks.workloads import WORKLOADS, Peer, Workload

CASES = Path(__file__).resolve().parent / "cases"
COLUMNS = (
    "workload",
    "tool",
    "version",
    "seconds",
    "peak_mib",
    "ratio",
    "bar",
    "agreement",
    "note",
)
SEED = 20240229
REPEATS = 3
TIMEOUT = 3600.0  # s a case
IDLE = 0.9  # of a run on a quiet machine is processor time


@dataclass(frozen=True)
class Measured:
    """A case that was run: its facts, and its outputs by name."""

    seconds: float
    peak_mib: float
    version: str
    note: str
    outputs: dict[str, np.ndarray]
    cpu_seconds: float


def run_workload(
    workload: Workload, scale: str, work: Path, tools: Iterable[str] | None, options: dict
) -> list[dict]:
    """Measure a workload.

    Parameters
    ----------
    workload : Workload
    scale : str
        ``full`` or ``small``.
    work : Path
        Folder for inputs, outputs and what was measured before.
    tools : iterable of str, optional
        Peers to run; all where left out. neurosim always runs.
    options : dict
        ``again`` and ``build`` (bool), ``environment`` (variables for the cases).

    Returns
    -------
    list of dict
        A row a tool, by `COLUMNS`. A tool that cannot run is a row with a note.
    """
    sizes = workload.sizes[scale]
    name = workload.name
    given = workload.inputs(sizes, np.random.default_rng([SEED, *name.encode()]))
    ours = measure(name, Peer(OURS, 1.0, REPEATS), given, work, options)
    check = workload.check_reference(given, ours.outputs)
    rows = [_row(name, OURS, ours, "", "", str(check))]
    for peer in workload.peers:
        if tools is not None and peer.tool not in tools:
            continue
        try:
            if options["build"]:
                peers.build(peer.tool)
            theirs = measure(name, peer, given, work, options)
        except NotBuilt as error:
            blank = dict.fromkeys(COLUMNS, "")
            rows.append(
                blank | {"workload": name, "tool": peer.tool, "bar": peer.bar, "note": str(error)}
            )
            continue
        ratio = f"{theirs.seconds / ours.seconds:.1f}"
        check = workload.check_peer(given, ours.outputs, theirs.outputs)
        row = _row(name, peer.tool, theirs, ratio, f"{peer.bar:g}", str(check))
        if peer.memory:
            times = theirs.peak_mib / ours.peak_mib
            row["note"] += f"; peak memory x {times:.1f}, asked for {peer.memory:g}"
        rows.append(row)
    return rows


def _row(
    workload: str, tool: str, measured: Measured, ratio: str, bar: str, agreement: str
) -> dict:
    return {
        "workload": workload,
        "tool": tool,
        "version": measured.version,
        "seconds": f"{measured.seconds:.4g}",
        "peak_mib": f"{measured.peak_mib:.0f}",
        "ratio": ratio,
        "bar": bar,
        "agreement": agreement,
        "note": measured.note,
    }


def measure(workload: str, peer: Peer, given: dict, work: Path, options: dict) -> Measured:
    """Run a case, or take what it gave before; raises NotBuilt where it cannot run."""
    python = peers.require(peer.tool)
    case = CASES / f"{workload}_{peer.tool}.py"
    folder = work / workload
    folder.mkdir(parents=True, exist_ok=True)
    source, target = folder / f"{peer.tool}.inputs.npz", folder / f"{peer.tool}.outputs.npz"
    key_file = folder / f"{peer.tool}.key"
    np.savez(source, **(given | {name: np.array(value) for name, value in peer.options}))
    key = _key(case, source, peer, options)
    if options["again"] or not target.exists() or _read(key_file) != key:
        print(f"{workload}: {peer.tool}", flush=True)
        key_file.unlink(missing_ok=True)
        environment = os.environ | options["environment"] | {"PYTHONPATH": ""}
        if peer.tool == OURS:
            environment["PYTHONPATH"] = str(ROOT)
        command = [str(python), "-W", "ignore", str(case), str(source), str(target)]
        try:
            done = subprocess.run(
                [*command, str(peer.repeats)],
                env=environment,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
            )
        except subprocess.TimeoutExpired as error:
            raise NotBuilt(f"no end after {TIMEOUT:.0f} s") from error
        if done.returncode:
            if peer.tool == OURS:
                raise RuntimeError(f"{case.name} failed:\n{done.stderr}")
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise NotBuilt(f"failed: {last[:200]}")
        key_file.write_text(key)
    source.unlink()
    with np.load(target, allow_pickle=False) as file:
        facts = json.loads(str(file["facts"]))
        outputs = {name: file[name] for name in file.files if name != "facts"}
    seconds, cpu = (statistics.median(facts[name]) for name in ("seconds", "cpu_seconds"))
    n_runs = len(facts["seconds"])
    notes = [f"median of {n_runs}" if n_runs > 1 else "one run", facts["note"]]
    if peer.scale != 1.0:
        notes.append(f"a part of the work was run, time x {peer.scale:g}")
    if cpu < IDLE * seconds:
        notes.append(f"busy machine: {cpu * peer.scale:.3g} s of processor time")
    return Measured(
        seconds * peer.scale,
        facts["peak_mib"],
        facts["version"],
        "; ".join(note for note in notes if note),
        outputs,
        cpu * peer.scale,
    )


def _key(case: Path, source: Path, peer: Peer, options: dict) -> str:
    """What a measurement depends on."""
    if peer.tool == OURS:
        rest = sorted((ROOT / "neurosim").rglob("*.py"))
    else:
        rest = [peers.PINS / f"{peer.tool}.txt"]
    arguments = json.dumps([peer.repeats, peer.options, sorted(options["environment"].items())])
    return f"{peers.digest(case, CASES / '_harness.py', source, *rest)} {arguments}"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def machine_facts() -> dict[str, str]:
    """Tell on what machine, with which versions and how many threads it was measured."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        lines = cpuinfo.read_text().splitlines()
        model = next((li.split(":", 1)[1].strip() for li in lines if "model name" in li), model)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {
        "cpu": model,
        "cores": str(os.cpu_count()),
        "memory_gib": f"{memory:.0f}",
        "system": platform.system(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "threads": "1, on one core",
    }


def write_table(path: Path, columns: Iterable[str], rows: Iterable[dict]) -> None:
    """Write rows as a CSV, aside and renamed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    with aside.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    aside.replace(path)


def _merged(table: Path, rows: list[dict]) -> list[dict]:
    """Rows by workload; those of workloads that were not run this time stay as they were."""
    stay = []
    if table.exists():
        with table.open(newline="") as file:
            stay = list(csv.DictReader(file))
    new = {row["workload"] for row in rows}
    order = list(WORKLOADS)
    kept = [row for row in stay if row["workload"] in order and row["workload"] not in new]
    return sorted([*kept, *rows], key=lambda row: order.index(row["workload"]))


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.run", description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=sorted(WORKLOADS), help="workloads to run")
    parser.add_argument(
        "--scale", choices=("full", "small"), default="full", help="small: neurosim alone"
    )
    parser.add_argument("--tools", nargs="*", help="peers to run; all at full scale, else none")
    parser.add_argument("--again", action="store_true", help="measure again what was measured")
    parser.add_argument("--no-build", action="store_true", help="build no environment")
    parser.add_argument("--nelpy", type=Path, help="checkout to take nelpy from")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "benchmarks")
    return parser.parse_args(arguments)


def main(arguments: list[str] | None = None) -> list[dict]:
    """Run the workloads and write the tables.

    Returns
    -------
    list of dict
        Rows of the table.
    """
    asked = parse(arguments)
    tools = [] if asked.scale == "small" and asked.tools is None else asked.tools
    options = {
        "again": asked.again,
        "build": not asked.no_build and asked.scale == "full",
        "environment": {"NELPY_PATH": str(asked.nelpy.resolve())} if asked.nelpy else {},
    }
    rows = []
    for name in asked.only or WORKLOADS:
        rows += run_workload(WORKLOADS[name], asked.scale, asked.work / asked.scale, tools, options)
    table = asked.out / "benchmarks.csv"
    write_table(table, COLUMNS, _merged(table, rows))
    facts = [{"fact": fact, "value": value} for fact, value in machine_facts().items()]
    write_table(asked.out / "benchmarks_machine.csv", ("fact", "value"), facts)
    for row in rows:
        print(" | ".join(f"{row[column]}" for column in COLUMNS))
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
