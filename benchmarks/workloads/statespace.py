"""State-space classification of a minute at 2 ms into stationary, continuous, fragmented."""

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

WIDTH = 0.002  # s
MOVEMENT_VARIANCE = 6e-4  # m2 a bin: 6 cm2, as published
STAY = 0.98
GAIN = 3.0  # rates in bursts relative to running
SPELL = 500  # bins of one dynamic
EQUAL = 1e-3


def inputs(sizes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Counts of spells that stand still, move and jump; none in the last bin (a peer drops it)."""
    n, n_bins = sizes["positions"], sizes["bins"]
    position = bin_centres(n)
    rate = field_rates(position, *draw_fields(sizes["cells"], rng)) * GAIN
    k = np.arange(n_bins)
    spell = (k // SPELL) % 3
    moving = 0.5 * TRACK_LENGTH * (1 + 0.9 * np.sin(k / 100))
    path = np.choose(spell, [np.full(n_bins, 0.7), moving, rng.uniform(0, TRACK_LENGTH, n_bins)])
    counts = rng.poisson(rate[(path / TRACK_LENGTH * n).astype(int)] * WIDTH)
    counts[-1] = 0
    return {
        "counts": counts.astype(np.float32),
        "rate": rate,
        "width": np.array(WIDTH),
        "position": position,
        "movement_variance": np.array(MOVEMENT_VARIANCE),
        "stay": np.array(STAY),
    }


def brute_force(given: Arrays) -> tuple[np.ndarray, np.ndarray]:
    """Smooth with dense matrices over all states, in double precision.

    Returns
    -------
    tuple of array
        Posterior of the dynamics (bin, state) and of the position (bin, position).
    """
    position, n = given["position"], given["position"].size
    walk = np.exp(-0.5 * (position[:, None] - position) ** 2 / given["movement_variance"])
    walk /= walk.sum(axis=1, keepdims=True)
    anywhere = np.full((n, n), 1 / n)
    stay = float(given["stay"])
    sticky = np.full((3, 3), (1 - stay) / 2) + np.eye(3) * (stay - (1 - stay) / 2)
    moves = [[np.eye(n), walk, anywhere]] * 2 + [[anywhere] * 3]
    blocks = zip(sticky, moves, strict=True)
    joint = np.block([[p * m for p, m in zip(*row, strict=True)] for row in blocks])
    expected = given["rate"] * given["width"]
    log_values = given["counts"].astype(float) @ np.log(expected).T - expected.sum(axis=1)
    likelihood = np.tile(np.exp(log_values - log_values.max(axis=1, keepdims=True)), 3)
    forward = np.empty_like(likelihood)
    state = np.full(3 * n, 1 / (3 * n))
    for k, weight in enumerate(likelihood):
        forward[k] = (state if k == 0 else forward[k - 1] @ joint) * weight
        forward[k] /= forward[k].sum()
    smoothed, message = forward.copy(), np.ones(3 * n)
    for k in range(len(likelihood) - 2, -1, -1):
        message = joint @ (message * likelihood[k + 1])
        message /= message.max()
        smoothed[k] *= message
        smoothed[k] /= smoothed[k].sum()
    by_state = smoothed.reshape(-1, 3, n)
    return by_state.sum(axis=2), by_state.sum(axis=1)


def check_oracle(given: Arrays, outputs: Arrays) -> Agreement:
    """Compare with dense matrices on the last bins, which depend on earlier ones but weakly.

    The oracle starts flat 1,500 bins before the first that is compared.
    """
    n_bins, warm = given["counts"].shape[0], 1500
    start = max(n_bins - 3000, 0) // 10 * 10
    part = dict(given) | {"counts": given["counts"][start:]}
    state, position = brute_force(part)
    skip = warm if start else 0
    off = max(
        largest_difference(outputs["state"][start + skip :], state[skip:]),
        largest_difference(outputs["position"][(start + skip) // 10 :], position[skip::10]),
    )
    return Agreement(off < EQUAL, f"posteriors within {off:.1e} of dense matrices")


def check_peer(given: Arrays, ours: Arrays, theirs: Arrays) -> Agreement:
    """Compare the posteriors of dynamics and position."""
    state = largest_difference(ours["state"], theirs["state"])
    position = largest_difference(ours["position"], theirs["position"])
    return Agreement(
        max(state, position) < EQUAL, f"dynamics within {state:.1e}, position within {position:.1e}"
    )


WORKLOAD = Workload(
    name="statespace",
    sizes={
        "full": {"bins": 30_000, "positions": 200, "cells": 100},
        "small": {"bins": 1_000, "positions": 40, "cells": 20},
    },
    inputs=inputs,
    check_reference=check_oracle,
    check_peer=check_peer,
    peers=(Peer("non_local_detector", 4.0), Peer("replay_trajectory_classification", 20.0)),
)
