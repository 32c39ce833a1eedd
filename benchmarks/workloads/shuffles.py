"""Weighted correlation of candidate events against cell-identity shuffles, decoded anew."""

import numpy as np

from benchmarks.workloads.common import (
    TRACK_LENGTH,
    Agreement,
    Arrays,
    Peer,
    Workload,
    bin_centres,
    draw_fields,
    field_rates,
    largest_difference,
)

WIDTH = 0.005  # s
GAIN = 3.0
SHORTEST, LONGEST = 12, 60  # bins
EQUAL = 1e-4
MOST = 5.0  # standard errors that a p value may be off


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Counts of events of 60-300 ms: half move at a constant speed, half jump."""
    n, n_events = sizes["positions"], sizes["events"]
    position = bin_centres(n)
    rate = field_rates(position, *draw_fields(sizes["cells"], rng)) * GAIN
    length = rng.integers(SHORTEST, LONGEST + 1, n_events)
    event = np.repeat(np.arange(n_events), length)
    within = np.arange(event.size) - np.repeat(np.cumsum(length) - length, length)
    start, stop = rng.uniform(0, TRACK_LENGTH, (2, n_events))
    path = start[event] + (stop - start)[event] * within / length[event]
    path = np.where(event % 2 == 0, path, rng.uniform(0, TRACK_LENGTH, event.size))
    counts = rng.poisson(rate[(path / TRACK_LENGTH * n).astype(int)] * WIDTH)
    return {
        "counts": counts.astype(np.float32),
        "event": event,
        "length": length,
        "rate": rate,
        "position": position,
        "width": np.array(WIDTH),
        "n_shuffles": np.array(sizes["shuffles"]),
    }


def brute_force(given: Arrays, events: np.ndarray) -> np.ndarray:
    """Absolute weighted correlation (event,) from the definition, with bins of spikes alone."""
    expected, found = given["rate"] * WIDTH, []
    for event in events:
        counts = given["counts"][given["event"] == event].astype(float)
        time = np.arange(len(counts))[counts.any(axis=1)]
        log_values = counts[time] @ np.log(expected).T - expected.sum(axis=1)
        weight = np.exp(log_values - log_values.max(axis=1, keepdims=True))
        weight /= weight.sum()
        weight /= weight.sum(axis=1, keepdims=True) * len(time)
        t = time - weight.sum(axis=1) @ time
        x = given["position"] - weight.sum(axis=0) @ given["position"]
        scale = np.sqrt((weight.sum(axis=1) @ t**2) * (weight.sum(axis=0) @ x**2))
        found.append(abs(t @ weight @ x / scale))
    return np.array(found)


def check_oracle(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare the scores of twenty events with the definition."""
    events = np.arange(min(20, outputs["score"].size))
    off = largest_difference(outputs["score"][events], brute_force(given, events))
    return Agreement(off < EQUAL, f"scores within {off:.1e} of the definition")


def check_peer(given: Arrays, ours: Arrays, theirs: Arrays) -> Agreement:
    """Compare the scores, and the p values within the error of their shuffles."""
    off = largest_difference(ours["score"], theirs["score"])
    p = 0.5 * (ours["p_value"] + theirs["p_value"])
    n = np.array([float(given["n_shuffles"]), float(theirs["n_shuffles"])])
    # A p value of none above is no certainty: one shuffle's worth of doubt stays.
    error = np.sqrt((p * (1 - p) + 1 / n.min()) * (1 / n).sum())
    worst = float(np.nanmax(np.abs(ours["p_value"] - theirs["p_value"]) / error))
    return Agreement(
        off < EQUAL and worst < MOST,
        f"scores within {off:.1e}, p values at most {worst:.1f} standard errors apart",
    )


WORKLOAD = Workload(
    name="shuffles",
    sizes={
        "full": {"events": 500, "shuffles": 1000, "positions": 200, "cells": 100},
        "small": {"events": 20, "shuffles": 30, "positions": 40, "cells": 20},
    },
    inputs=inputs,
    check_reference=check_oracle,
    check_peer=check_peer,
    peers=(Peer("nelpy", 15.0, repeats=1, options=(("n_shuffles", 50),), scale=20.0),),
)
