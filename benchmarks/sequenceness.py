"""Sequenceness: 1000 permuted orders x 60 lags on five minutes at 100 Hz, by each form.

``python -m benchmarks.sequenceness`` writes ``sequenceness_speed.csv``, beside a plain two-level
regression lag by lag and order by order, timed on a few orders and scaled.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.decode.sequenceness import sequenceness
from neurosim.decode.state_orders import chain_transitions
from neurosim.decode.tdlm import FORMS, Tdlm
from neurosim.seeds import generator

SIZES = {
    "full": (30_000, 1000, 20),
    "small": (2_000, 20, 2),
}  # samples, orders, orders timed plainly
N_STATES, N_REPEATS = 8, 3
COLUMNS = ("form", "tool", "seconds", "ratio", "note")


def plain(courses: np.ndarray, transitions: np.ndarray, method: Tdlm, orders: np.ndarray) -> None:
    """Regress lag by lag and order by order, as the definition says."""
    n = courses.shape[1]
    for lag in range(1, method.n_lags + 1):
        past = np.column_stack([courses[:-lag], np.ones(len(courses) - lag)])
        betas = np.linalg.lstsq(past, courses[lag:], rcond=None)[0][:n]
        for order in orders:
            permuted = transitions[np.ix_(order, order)]
            design = [permuted, permuted.T, np.eye(n), np.ones((n, n))]
            columns = np.column_stack([part.ravel() for part in design])
            np.linalg.lstsq(columns, betas.ravel(), rcond=None)


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.sequenceness", description=__doc__)
    parser.add_argument("--scale", choices=tuple(SIZES), default="full")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    n_samples, n_orders, n_plain = SIZES[asked.scale]
    rng = generator(1, "benchmark", "sequenceness")
    courses = rng.standard_normal((n_samples, N_STATES))
    transitions = chain_transitions([range(4), range(4, 8)], N_STATES)
    own = {}
    for form in FORMS:
        method = Tdlm(form, n_permutations=n_orders)
        own[form] = _seconds(
            lambda m=method: sequenceness([courses], {"order": transitions}, m, rng)
        )
    orders = np.array([rng.permutation(N_STATES) for _ in range(n_plain)])
    method = Tdlm("standard", n_permutations=n_orders)
    none = _seconds(lambda: plain(courses, transitions, method, orders[:0]))
    some = _seconds(lambda: plain(courses, transitions, method, orders))
    scaled = none + (some - none) * n_orders / n_plain
    note = f"{n_samples} samples, {n_orders} orders, {method.n_lags} lags, one core"
    rows = [_row(form, "neurosim", spent, 1.0, note) for form, spent in own.items()]
    plain_note = f"{note}; scaled from {n_plain} orders"
    rows.append(
        _row(
            "standard", "plain regression", scaled, scaled / max(own["standard"], 1e-9), plain_note
        )
    )
    write_table(asked.out / "sequenceness_speed.csv", COLUMNS, rows)
    return rows


def _seconds(work) -> float:
    """Least processor time of some repetitions, s."""
    spent = []
    for _ in range(N_REPEATS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def _row(form: str, tool: str, seconds: float, ratio: float, note: str) -> dict:
    return {
        "form": form,
        "tool": tool,
        "seconds": f"{seconds:.3g}",
        "ratio": f"{ratio:.3g}",
        "note": note,
    }


if __name__ == "__main__":
    main(sys.argv[1:])
