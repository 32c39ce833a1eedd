"""Virtual paths: where the animal is not, but the map is.

Every planted event follows a path that is sampled every `STEP` s. On a track, paths with a
direction follow a route on which the animal runs: ``forward`` along it, ``reverse`` against it,
and the maps that fire are those of running that way. In an arena they are straight lines.
"""

import numpy as np

from neurosim.cells.virtual import PathParameters, Stretches, VirtualEnvironment, reward_factor
from neurosim.world.graph import TrackGraph

STEP = 0.001  # s between the samples of a path
EPOCH_SHAPE = 4.0  # gamma shape of the durations of holds and jumps: coefficient of variation 0.5
BROWNIAN_TIME = 0.02  # s in which a diffusive path moves by its SD
MOVING = ("forward", "reverse", "accelerating", "hover_and_jump", "remote")  # along a stretch
KINDS = (*MOVING, "diffusive", "stationary", "fragmented", "empty")


def draw_stretches(
    environment: VirtualEnvironment,
    reverse: np.ndarray,
    parameters: PathParameters,
    rng: np.random.Generator,
) -> Stretches:
    """Draw a stretch for each event: route, length and place uniform.

    Reverse ones are then kept with probability ``reward_discount ** steps``, where steps are
    those of their start from the nearest well with a reward along the track; others are drawn
    anew, so that the density of starts is weighted by that factor.

    Parameters
    ----------
    environment : VirtualEnvironment
    reverse : array (event,) of bool
        Whether the event runs against the direction of its route.
    parameters : PathParameters
    rng : numpy.random.Generator
    """
    if environment.grid.graph is None:
        return _draw_lines(environment.grid.side, reverse.size, parameters, rng)
    n = reverse.size
    drawn = Stretches(
        np.zeros(n, dtype=int), np.zeros(n), np.zeros(n), np.zeros((n, 2)), np.zeros(n)
    )
    missing = np.arange(n)
    while missing.size:
        route, low, high = _draw_on_routes(environment, missing.size, parameters.min_span_m, rng)
        backwards = reverse[missing]
        drawn.route[missing] = route
        drawn.start[missing] = np.where(backwards, high, low)
        drawn.stop[missing] = np.where(backwards, low, high)
        starts, _ = drawn.at(environment, missing, np.zeros(missing.size))
        kept = rng.random(missing.size) < np.where(
            backwards, reward_factor(environment, starts, starts, parameters), 1.0
        )
        missing = missing[~kept]
    return drawn


def _draw_on_routes(
    environment: VirtualEnvironment, n: int, min_span: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw routes, and where the stretch begins and ends on them (event,), m."""
    route = rng.integers(0, len(environment.routes), n)
    length = np.array([one.length for one in environment.routes])[route]
    shortest = np.minimum(min_span, length)
    span = shortest + rng.random(n) * (length - shortest)
    low = rng.random(n) * (length - span)
    if environment.laps is not None:
        # A stretch within an end zone has no lap time: move it until it reaches two lap points.
        reach = environment.laps.points[[1, -2]]
        ends = np.where(
            np.array([one.outbound[0] for one in environment.routes])[route],
            reach[:, None],
            length - reach[::-1, None],
        )
        low = np.clip(low, ends[0] - span, ends[1])
    return route, low, low + span


def _draw_lines(
    side: float, n: int, parameters: PathParameters, rng: np.random.Generator
) -> Stretches:
    """Draw straight lines that stay in an arena; at least half a side long where that is less."""
    origin, heading, span = np.zeros((n, 2)), np.zeros(n), np.zeros(n)
    shortest = min(parameters.min_span_m, side / 2)
    missing = np.arange(n)
    while missing.size:
        origin[missing] = rng.uniform(0, side, (missing.size, 2))
        heading[missing] = rng.uniform(0, 2 * np.pi, missing.size)
        span[missing] = rng.uniform(shortest, max(side, shortest), missing.size)
        way = np.column_stack([np.cos(heading), np.sin(heading)])[missing]
        end = origin[missing] + span[missing, None] * way
        missing = missing[~((end > 0) & (end < side)).all(axis=1)]
    return Stretches(np.full(n, -1), np.zeros(n), span, origin, heading)


def accelerated(progress: np.ndarray, factor: float) -> np.ndarray:
    """Part of the stretch done after a part of the time, where speed rises linearly by a factor.

    v(u) = v(0) (1 + (factor - 1) u), so x(u) = 2 (u + (factor - 1) u^2 / 2) / (1 + factor).
    """
    return 2 * (progress + (factor - 1) * progress**2 / 2) / (1 + factor)


def hover_and_jump(
    durations: np.ndarray,
    n_samples: np.ndarray,
    hold_s: float,
    jump_s: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Part of the stretch done at each sample where holds alternate with jumps.

    The first hold is followed by a jump, and so on; all jumps of an event have one speed. An
    event too short for a jump jumps all the time.

    Parameters
    ----------
    durations : array (event,)
        s.
    n_samples : array (event,) of int
    hold_s, jump_s : float
        Mean durations of holds and jumps.
    rng : numpy.random.Generator

    Returns
    -------
    array (sample,)
        Samples of all events, one event after another.
    """
    mean = hold_s + jump_s
    done = []
    for duration, n in zip(durations.tolist(), n_samples.tolist(), strict=True):
        pairs = int(2 * duration / mean) + 8
        knots, moved = np.zeros(1), np.zeros(1)
        while knots[-1] <= duration:
            hold = rng.gamma(EPOCH_SHAPE, hold_s / EPOCH_SHAPE, pairs)
            jump = rng.gamma(EPOCH_SHAPE, jump_s / EPOCH_SHAPE, pairs)
            lengths = np.column_stack([hold, jump]).ravel()
            steps = np.column_stack([np.zeros(pairs), jump]).ravel()
            knots = np.concatenate([knots, knots[-1] + np.cumsum(lengths)])
            moved = np.concatenate([moved, moved[-1] + np.cumsum(steps)])
        whole = np.interp(duration, knots, moved)
        times = (np.arange(n) + 0.5) * STEP
        progress = np.interp(times, knots, moved) / whole if whole > 0 else times / duration
        done.append(np.minimum(progress, 1.0))
    return np.concatenate([np.zeros(0), *done])


def diffuse_on_graph(
    graph: TrackGraph, start: np.ndarray, step_sd: float, n_steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Brownian paths on a track: reflected at its ends, any way where paths part.

    Parameters
    ----------
    graph : TrackGraph
    start : array (path,)
        Track positions, m.
    step_sd : float
        SD of the displacement a step, m.
    n_steps : int
    rng : numpy.random.Generator

    Returns
    -------
    array (step, path)
        Track positions from the start on, m.
    """
    incident = [np.argwhere(graph.edge_node == node) for node in range(len(graph.node_position))]
    degree = np.array([len(ends) for ends in incident])
    ways = np.zeros((degree.size, degree.max(), 2), dtype=int)
    for node, ends in enumerate(incident):
        ways[node, : len(ends)] = ends
    edge = graph.edge_of(start)
    along = start - graph.edge_start[edge]
    places = np.empty((n_steps, start.size))
    for step in range(n_steps):
        places[step] = graph.edge_start[edge] + along
        along = along + rng.normal(0, step_sd, start.size)
        while True:
            length = graph.edge_length[edge]
            out = np.flatnonzero((along < 0) | (along > length))
            if out.size == 0:
                break
            beyond = along[out] > length[out]
            excess = np.where(beyond, along[out] - length[out], -along[out])
            node = graph.edge_node[edge[out], beyond.astype(int)]
            choice = (rng.random(out.size) * degree[node]).astype(int)
            through = (ways[node, 0, 0] == edge[out]) & (ways[node, 0, 1] == beyond)
            choice = np.where(degree[node] == 2, through.astype(int), choice)
            edge[out], at_end = ways[node, choice].T
            along[out] = np.where(at_end == 1, graph.edge_length[edge[out]] - excess, excess)
    return places


def diffuse_in_arena(
    side: float, start: np.ndarray, step_sd: float, n_steps: int, rng: np.random.Generator
) -> np.ndarray:
    """Brownian paths (step, path, space) in an arena, reflected at its walls, m.

    Starts (path,) stand for a straight track: paths (step, path), reflected at its ends.
    """
    steps = rng.normal(0, step_sd, (n_steps, *start.shape))
    steps[:1] = start
    folded = np.mod(np.cumsum(steps, axis=0), 2 * side)
    return np.minimum(folded, 2 * side - folded)
