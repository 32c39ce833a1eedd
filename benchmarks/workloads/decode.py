"""Memoryless Bayesian decoding of twenty minutes at 20 ms."""

import numpy as np

from benchmarks.workloads.common import (
    Agreement,
    Arrays,
    Peer,
    Workload,
    bin_centres,
    draw_fields,
    field_rates,
    lap_path,
    largest_difference,
)

WIDTH = 0.02  # s
EQUAL = 1e-5  # posteriors of single and double precision


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Counts (bin, unit) of a running animal and the rates (state, unit) behind them."""
    rate = field_rates(bin_centres(sizes["positions"]), *draw_fields(sizes["cells"], rng))
    place = lap_path((np.arange(sizes["bins"]) + 0.5) * WIDTH) / 2.0 * sizes["positions"]
    counts = rng.poisson(rate[place.astype(int)] * WIDTH)
    return {"counts": counts.astype(np.float32), "rate": rate, "width": np.array(WIDTH)}


def check_oracle(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare posteriors with those of scipy's Poisson distribution on a hundred bins."""
    from scipy.stats import poisson

    rows = np.linspace(0, outputs["posterior"].shape[0] - 1, 100).astype(int)
    counts = given["counts"][rows * 10]
    log_values = poisson.logpmf(counts[:, None, :], given["rate"] * WIDTH).sum(axis=2)
    expected = np.exp(log_values - log_values.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    off = largest_difference(outputs["posterior"][rows], expected)
    return Agreement(off < EQUAL, f"posterior within {off:.1e} of scipy's Poisson")


def check_peer(given: Arrays, ours: Arrays, theirs: Arrays) -> Agreement:
    """Compare posteriors; a peer may leave silent bins undecided, and those alone."""
    undecided = np.isnan(theirs["posterior"]).any(axis=1)
    silent = given["counts"][::10].sum(axis=1) == 0
    off = largest_difference(ours["posterior"], theirs["posterior"])
    return Agreement(off < EQUAL and not np.any(undecided & ~silent), f"posterior within {off:.1e}")


WORKLOAD = Workload(
    name="decode",
    sizes={
        "full": {"bins": 60_000, "positions": 200, "cells": 100},
        "small": {"bins": 3_000, "positions": 50, "cells": 20},
    },
    inputs=inputs,
    check_reference=check_oracle,
    check_peer=check_peer,
    peers=(Peer("nelpy", 8.0), Peer("pynapple", 40.0)),
)
