"""Heading from head-direction cells: twenty minutes at 100 ms, at 120 angles."""

import numpy as np

from benchmarks.workloads.common import Agreement, Arrays, Peer, Workload, largest_difference

WIDTH = 0.1  # s
CONCENTRATION = 5.7  # von Mises
EQUAL = 1e-5  # posteriors of single and double precision
EQUAL_ANGLE = 1e-3  # rad


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Counts (bin, unit) of a head that turns, the rates (state, unit) and the angles (state,)."""
    angles = (np.arange(sizes["angles"]) + 0.5) * 2 * np.pi / sizes["angles"]
    peak = 40.0 * np.exp(rng.normal(0, 0.4, sizes["cells"]))
    preferred = rng.uniform(0, 2 * np.pi, sizes["cells"])

    def tuned(heading: np.ndarray) -> np.ndarray:
        return 1 + peak * np.exp(CONCENTRATION * (np.cos(heading[:, None] - preferred) - 1))

    heading = np.cumsum(rng.normal(0, np.deg2rad(110) * WIDTH, sizes["bins"]))
    counts = rng.poisson(tuned(heading) * WIDTH).astype(np.float32)
    return {"counts": counts, "rate": tuned(angles), "angles": angles, "width": np.array(WIDTH)}


def direction(posterior: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Mean direction (bin,) of posteriors (bin, state), rad."""
    return np.angle(posterior @ np.exp(1j * angles))


def check_oracle(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare posteriors with scipy's Poisson distribution, and headings with their directions."""
    from scipy.stats import poisson

    rows = np.linspace(0, outputs["posterior"].shape[0] - 1, 100).astype(int)
    counts = given["counts"][rows * 10]
    log_values = poisson.logpmf(counts[:, None, :], given["rate"] * WIDTH).sum(axis=2)
    expected = np.exp(log_values - log_values.max(axis=1, keepdims=True))
    expected /= expected.sum(axis=1, keepdims=True)
    off = largest_difference(outputs["posterior"][rows], expected)
    turned = outputs["heading"][rows] - direction(expected, given["angles"])
    angle = float(np.nanmax(np.abs(np.angle(np.exp(1j * turned)))))
    text = f"posterior within {off:.1e} of scipy's Poisson, heading within {angle:.1e} rad"
    return Agreement(off < EQUAL and angle < EQUAL_ANGLE, text)


def check_peer(given: Arrays, ours: Arrays, theirs: Arrays) -> Agreement:
    """Compare posteriors; a peer may leave silent bins undecided, and those alone."""
    undecided = np.isnan(theirs["posterior"]).any(axis=1)
    silent = given["counts"][::10].sum(axis=1) == 0
    off = largest_difference(ours["posterior"], theirs["posterior"])
    return Agreement(off < EQUAL and not np.any(undecided & ~silent), f"posterior within {off:.1e}")


WORKLOAD = Workload(
    name="heading",
    sizes={
        "full": {"bins": 12_000, "angles": 120, "cells": 60},
        "small": {"bins": 1_000, "angles": 60, "cells": 20},
    },
    inputs=inputs,
    check_reference=check_oracle,
    check_peer=check_peer,
    peers=(Peer("pynapple", 15.0, memory=10.0),),
)
