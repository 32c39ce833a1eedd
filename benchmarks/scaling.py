"""Measure how cost grows with duration, positions and cells, and decode a whole day.

``python -m benchmarks.scaling`` writes ``scaling.csv``: one point a row, each decoded in a process
of its own. ``exponent`` is the slope of log seconds on log size over the points of one group: 1
is linear growth. Peak memory is that of the whole process.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from benchmarks.peers import OURS, ROOT
from benchmarks.run import measure, write_table
from benchmarks.workloads import Peer
from benchmarks.workloads.common import bin_centres, draw_fields, field_rates, lap_path
from benchmarks.workloads.statespace import MOVEMENT_VARIANCE, STAY

WIDTH = 0.002  # s
PATH_STEP = 0.01  # s
BASE = {"minutes": 10, "positions": 200, "cells": 100}
VARIED = {
    "minutes": (5, 10, 20, 40),
    "positions": (100, 200, 400, 800),
    "cells": (50, 100, 200, 400),
}
SMALL = {"minutes": 0.1, "positions": 40, "cells": 20}
SMALL_VARIED = {"minutes": (0.1, 0.2)}
DAY = 24 * 60
PERIOD = 5  # minutes of spikes, repeated
DECODERS = ("memoryless", "statespace")
COLUMNS = (
    "decoder",
    "varied",
    "minutes",
    "positions",
    "cells",
    "bins",
    "seconds",
    "peak_mib",
    "exponent",
)
SEED = 7


def inputs(decoder: str, minutes: float, positions: int, cells: int) -> dict[str, np.ndarray]:
    """Rates, the path as index of the position, and the size of the work."""
    rng = np.random.default_rng(SEED)
    centre = bin_centres(positions)
    times = np.arange(round(min(minutes, PERIOD) * 60 / PATH_STEP)) * PATH_STEP
    return {
        "decoder": np.array(decoder),
        "n_bins": np.array(round(minutes * 60 / WIDTH)),
        "width": np.array(WIDTH),
        "rate": field_rates(centre, *draw_fields(cells, rng)),
        "path": (lap_path(times) / 2.0 * positions).astype(np.int64),
        "step_s": np.array(PATH_STEP),
        "position": centre,
        "movement_variance": np.array(MOVEMENT_VARIANCE),
        "stay": np.array(STAY),
    }


def point(decoder: str, varied: str, sizes: dict, work: Path, options: dict, repeats: int) -> dict:
    """Decode one size: a row without its exponent.

    Raises
    ------
    RuntimeError
        If posteriors do not sum to the number of bins: some were lost.
    """
    given = inputs(decoder, **sizes)
    name = "_".join(f"{value:g}{key}" for key, value in sizes.items())
    found = measure(
        "scaling", Peer(OURS, 1.0, repeats), given, work / f"scaling_{decoder}_{name}", options
    )
    n_bins = int(given["n_bins"])
    if not np.isclose(found.outputs["total"].sum(), n_bins, rtol=1e-4):
        raise RuntimeError(
            f"{decoder}, {name}: expected posteriors of {n_bins} bins, found "
            f"{found.outputs['total'].sum():.1f}"
        )
    return {
        "decoder": decoder,
        "varied": varied,
        **{key: f"{value:g}" for key, value in sizes.items()},
        "bins": n_bins,
        "seconds": f"{found.seconds:.4g}",
        "peak_mib": f"{found.peak_mib:.0f}",
        "exponent": "",
    }


def group(decoder: str, varied: str, values: tuple, base: dict, work: Path, options: dict) -> list:
    """Measure one group of sizes and how cost grows over them."""
    rows = [
        point(decoder, varied, base | {varied: value}, work, options, repeats=3) for value in values
    ]
    seconds = np.log([float(row["seconds"]) for row in rows])
    slope = np.polyfit(np.log(np.array(values, dtype=float)), seconds, 1)[0]
    return [row | {"exponent": f"{slope:.2f}"} for row in rows]


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.scaling", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=("full", "small"), default="full")
    parser.add_argument("--decoders", nargs="+", choices=DECODERS, default=list(DECODERS))
    parser.add_argument("--no-day", action="store_true", help="leave out the 24 hours")
    parser.add_argument("--again", action="store_true", help="measure again what was measured")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, default=ROOT / "results" / "benchmarks")
    asked = parser.parse_args(arguments)
    small = asked.scale == "small"
    base, varied = (SMALL, SMALL_VARIED) if small else (BASE, VARIED)
    options = {"again": asked.again, "build": False, "environment": {}}
    work = asked.work / asked.scale
    rows = []
    for decoder in asked.decoders:
        for name, values in varied.items():
            rows += group(decoder, name, values, base, work, options)
        if not (asked.no_day or small):
            day = base | {"minutes": DAY}
            rows.append(point(decoder, "day", day, work, options, repeats=1))
    write_table(asked.out / "scaling.csv", COLUMNS, rows)
    for row in rows:
        print(" | ".join(str(row[column]) for column in COLUMNS))
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
