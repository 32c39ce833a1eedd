"""Simulate an hour of three regions recorded together, through wake, NREM and REM, on one core.

``python -m benchmarks.session`` writes ``session.csv``. Everything is as in `config/config.yaml`
but for the durations, which are stretched to the hour.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import yaml

from benchmarks.peers import OURS, ROOT
from benchmarks.run import measure, write_table
from benchmarks.workloads import Peer

SECONDS = {"full": 3600.0, "small": 600.0}
COLUMNS = ("hours", "CA1", "ADN", "SC", "spikes", "seconds", "peak_mib")
SEED = 7


def stretched(simulation: dict, seconds: float) -> dict:
    """Scale the durations of a simulation so that its session lasts some seconds."""
    session = dict(simulation["session"])
    parts = ("pre_sleep_s", "rest_s", "post_sleep_s")
    places = {name: place for name, place in simulation["environments"].items() if place}
    now = sum(session[p] for p in parts) + sum(p["duration_s"] for p in places.values())
    factor = seconds / now
    session |= {part: session[part] * factor for part in parts}
    return simulation | {
        "session": session,
        "environments": {
            name: place | {"duration_s": place["duration_s"] * factor}
            for name, place in places.items()
        },
    }


def main(arguments: list[str] | None = None) -> dict:
    """Measure and write the table.

    Returns
    -------
    dict
        Its only row.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.session", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=tuple(SECONDS), default="full")
    parser.add_argument("--again", action="store_true", help="measure again what was measured")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "benchmarks")
    asked = parser.parse_args(arguments)
    text = (ROOT / "config" / "config.yaml").read_text(encoding="utf-8")
    simulation = stretched(yaml.safe_load(text)["simulation"], SECONDS[asked.scale])
    given = {"simulation": np.array(json.dumps(simulation)), "seed": np.array(SEED)}
    options = {"again": asked.again, "build": False, "environment": {}}
    found = measure("session", Peer(OURS, 1.0, 1), given, asked.work / asked.scale, options)
    counts = {name: int(found.outputs[f"n_{name}"]) for name in ("CA1", "ADN", "SC")}
    colliculus = simulation["colliculus_cells"]
    row = {
        "hours": f"{float(found.outputs['duration']) / 3600:.3g}",
        "CA1": simulation["place_cells"]["n_cells"],
        "ADN": simulation["heading_cells"]["n_cells"],
        "SC": colliculus["n_left"] + colliculus["n_right"],
        "spikes": sum(counts.values()),
        "seconds": f"{found.seconds:.3g}",
        "peak_mib": f"{found.peak_mib:.0f}",
    }
    write_table(asked.out / "session.csv", COLUMNS, [row])
    print(" | ".join(f"{name} {row[name]}" for name in COLUMNS))
    return row


if __name__ == "__main__":
    main(sys.argv[1:])
