"""Spikes of place cells along ten minutes of running."""

import numpy as np

from benchmarks.workloads.common import (
    BACKGROUND,
    FIELD_SD,
    TRACK_LENGTH,
    Agreement,
    Arrays,
    Peer,
    Workload,
    draw_fields,
    field_rates,
    lap_path,
)

STEP = 0.001  # s
MOST = 5.0  # standard deviations that the count of one of 100 cells may be off


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Path sampled at 1 ms, and fields."""
    centre, peak = draw_fields(sizes["cells"], rng)
    return {
        "path": lap_path(np.arange(sizes["seconds"] * 1000) * STEP),
        "step_s": np.array(STEP),
        "length": np.array(TRACK_LENGTH),
        "centre": centre,
        "peak": peak,
        "width": np.array(FIELD_SD),
        "background": np.array(BACKGROUND),
    }


def check_counts(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare each cell's number of spikes with what its rate lets expect."""
    if "expected" in outputs:  # the tool walked a path of its own
        expected = outputs["expected"]
    else:
        expected = np.zeros(given["centre"].size)
        for part in np.array_split(given["path"], 50):
            expected += field_rates(part, given["centre"], given["peak"]).sum(axis=0) * STEP
    found = np.zeros(expected.size)
    found[: outputs["n_spikes"].size] = outputs["n_spikes"]
    off = float(np.abs((found - expected) / np.sqrt(expected)).max())
    ratio = found.sum() / expected.sum()
    return Agreement(
        off < MOST,
        f"{ratio:.4f} of the expected spikes, cells at most {off:.1f} SD off",
    )


WORKLOAD = Workload(
    name="simulate",
    sizes={"full": {"seconds": 600, "cells": 100}, "small": {"seconds": 20, "cells": 20}},
    inputs=inputs,
    check_reference=check_counts,
    check_peer=lambda given, ours, theirs: check_counts(given, theirs),
    peers=(Peer("ratinabox", 300.0, repeats=1), Peer("elephant", 20.0)),
)
