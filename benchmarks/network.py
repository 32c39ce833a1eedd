"""The CA3 network beside Brian2: cost of a simulated second, rates and inter-spike intervals.

``python -m benchmarks.network`` learns a network of 2,000 pyramidal cells from laps, sets its gain
by occupancy, runs it here and in Brian2 (C++ standalone and its default mode) on one core, and
writes ``ca3_speed.csv``.

Costs are measured at the step that the pipeline uses, rates and intervals also at a quarter of it:
at the longer step the two differ in how they integrate (Brian2 by exponential Euler, with synapses
a step later), and what a network at the edge of its events does depends on that.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import yaml

from benchmarks import peers
from benchmarks.peers import OURS, ROOT, NotBuilt
from benchmarks.run import measure, write_table
from benchmarks.workloads import Peer
from neurosim.emergent import NetworkParameters, gains_of, learn_from_laps, run_laps
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.seeds import generator
from workflow.networks import network_parameters

SIZES = {"full": (2000, 60.0), "small": (200, 1.0)}  # pyramidal cells; simulated s
SEED = 11
STEP_MS, FINE_MS = 0.2, 0.05  # of the pipeline; where integration no longer decides the rates
SEGMENT = 5.0  # s, of which rates are compared; longer than events keep together
COLUMNS = (
    "tool", "version", "mode", "step_ms", "trials", "cpu_s_per_simulated_s", "ratio", "bar",
    "build_s", "rate_hz", "basket_rate_hz", "isi_cv", "agreement", "note",
)  # fmt: skip
# Tool, mode, choices (``times`` on the duration), bar on the ratio of costs.
RUNS = (
    (OURS, "16 trials side by side", {"n_trials": 16, "step_ms": STEP_MS}, 1.0),
    (OURS, "1 trial", {"n_trials": 1, "step_ms": STEP_MS}, None),
    ("brian2", "C++ standalone", {"mode": "standalone", "step_ms": STEP_MS}, 1.0),
    ("brian2", "default (Cython)", {"mode": "runtime", "step_ms": STEP_MS}, 4.0),
    (OURS, "16 trials, fine", {"n_trials": 16, "step_ms": FINE_MS, "times": 1 / 3}, None),
    ("brian2", "standalone, fine", {"mode": "standalone", "step_ms": FINE_MS, "times": 3.0}, None),
)


def network_inputs(n_pyramidal: int, duration: float) -> dict[str, np.ndarray]:
    """Weights, connections, constants and gain of a network that learned from laps."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    config["emergent"] |= {"n_pyramidal": n_pyramidal}
    constants = constants_of(read_constants(ROOT / "config" / "ca3_constants.csv"))
    design = next(iter(config["emergent"]["designs"]))
    parameters = NetworkParameters.from_mapping(network_parameters(config, design))

    def rng(purpose: str) -> np.random.Generator:
        return generator(SEED, "benchmark", purpose)

    laps = run_laps(parameters, constants, rng)
    wiring = learn_from_laps(parameters, constants, laps, rng).wiring
    gain = gains_of(parameters, constants, wiring, rng)["nrem"].gain
    return {
        "recurrent": wiring.recurrent,
        "drive": wiring.drive,
        "inhibition": wiring.inhibition,
        "mutual": wiring.mutual,
        "constants": np.array(json.dumps(dict(constants))),
        "gain": np.array(gain),
        "duration": np.array(duration),
        "seed": np.array(SEED),
    }


def statistics_of(outputs: dict[str, np.ndarray], sizes: tuple[int, int], duration: float) -> dict:
    """Mean rates and CV of inter-spike intervals, each with its standard error over segments.

    Intervals are those within a segment: over longer stretches the pauses between events decide.
    """
    n_trials = int(outputs["n_trials"])
    n_segments = max(1, round(duration / SEGMENT))
    span = duration / n_segments
    found = {}
    for name, prefix, size in zip(("pyramidal", "basket"), ("", "basket_"), sizes, strict=True):
        time, unit = outputs[f"{prefix}time"], outputs[f"{prefix}unit"]
        part = (unit // 1_000_000) * n_segments
        part = part + np.minimum((time / span).astype(int), n_segments - 1)
        counts = np.bincount(part, minlength=n_trials * n_segments)
        found[name] = _with_error(counts / (span * size))
        order = np.lexsort((time, unit, part))
        same = (np.diff(unit[order]) == 0) & (np.diff(part[order]) == 0)
        gaps, of_part = np.diff(time[order])[same], part[order][1:][same]
        found[f"{name}_cv"] = _with_error(_variation(gaps, of_part, counts.size))
    return found


def _variation(gaps: np.ndarray, part: np.ndarray, n_parts: int) -> np.ndarray:
    """SD over mean of the gaps of each part that has some (part,)."""
    n = np.bincount(part, minlength=n_parts)
    there = n > 1
    mean = np.bincount(part, gaps, n_parts)[there] / n[there]
    square = np.bincount(part, gaps**2, n_parts)[there] / n[there]
    return np.sqrt(np.maximum(square - mean**2, 0)) / mean


def _with_error(values: np.ndarray) -> tuple[float, float]:
    error = values.std(ddof=1) / np.sqrt(values.size) if values.size > 1 else np.nan
    return float(values.mean()), float(error)


def agreement(ours: dict, theirs: dict) -> str:
    """How far rates and CVs lie apart, in standard errors of the difference."""
    words = []
    for key, name in (
        ("pyramidal", "pyramidal rate"),
        ("basket", "basket rate"),
        ("pyramidal_cv", "pyramidal CV"),
        ("basket_cv", "basket CV"),
    ):
        off = ours[key][0] - theirs[key][0]
        words.append(f"{name} {off / np.hypot(ours[key][1], theirs[key][1]):+.1f} SE")
    return ", ".join(words)


def run_network(tool: str, mode: str, choices: dict, given: dict, asked: argparse.Namespace):
    """Run one tool once, in its own environment.

    Raises
    ------
    NotBuilt
        If the environment of the tool is not there.
    """
    options = choices | {"duration": float(given["duration"]) * choices.get("times", 1.0)}
    peer = Peer(tool, 1.0, 1, options=tuple(options.items()))
    peers.build(tool)
    work = asked.work / asked.scale / "-".join(mode.replace(",", "").split())
    return measure("network", peer, given, work, {"again": asked.again, "environment": {}})


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.network", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=tuple(SIZES), default="full")
    parser.add_argument("--tools", nargs="*", help="peers to run; all at full scale, else none")
    parser.add_argument("--again", action="store_true", help="measure again what was measured")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "benchmarks")
    asked = parser.parse_args(arguments)
    tools = asked.tools if asked.tools is not None else ["brian2"] * (asked.scale == "full")
    n_pyramidal, duration = SIZES[asked.scale]
    given = network_inputs(n_pyramidal, duration)
    sizes = n_pyramidal, len(given["mutual"])
    rows, ours, cost = [], {}, None
    for tool, mode, choices, bar in RUNS:
        if tool not in (OURS, *tools):
            continue
        row = dict.fromkeys(COLUMNS, "") | {"tool": tool, "mode": mode, "bar": bar or ""}
        row["step_ms"] = choices["step_ms"]
        rows.append(row)
        try:
            found = run_network(tool, mode, choices, given, asked)
        except NotBuilt as error:
            row["note"] = str(error)
            continue
        n_trials, span = int(found.outputs["n_trials"]), duration * choices.get("times", 1.0)
        seconds = found.cpu_seconds / span / n_trials
        cost = seconds if cost is None else cost
        numbers = statistics_of(found.outputs, sizes, span)
        first = ours.setdefault(choices["step_ms"], numbers)
        row |= {
            "version": found.version,
            "trials": n_trials,
            "cpu_s_per_simulated_s": f"{seconds:.3g}",
            "ratio": f"{seconds / cost:.2f}",
            "build_s": f"{float(found.outputs['made']):.0f}" if tool != OURS else "",
            "rate_hz": f"{numbers['pyramidal'][0]:.3g}",
            "basket_rate_hz": f"{numbers['basket'][0]:.3g}",
            "isi_cv": f"{numbers['pyramidal_cv'][0]:.3g}",
            "agreement": agreement(first, numbers) if numbers is not first else "",
            "note": found.note,
        }
        print(" | ".join(f"{row[column]}" for column in COLUMNS))
    write_table(asked.out / "ca3_speed.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
