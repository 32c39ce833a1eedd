"""Turn commands: the fast turns of the head that an animal intends, awake and in dreams."""

import numpy as np

from neurosim.world.movement import Movement, TurnParameters, ornstein_uhlenbeck

CLOCKWISE, COUNTER_CLOCKWISE = -1, 1  # sign of angles and angular velocities


def draw_turns(
    duration: float, state: str, parameters: TurnParameters, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw turns that do not overlap: renewal intervals, log-normal amplitudes.

    Parameters
    ----------
    duration : float
        s.
    state : {"run", "rem", "nrem"}
    parameters : TurnParameters
    rng : numpy.random.Generator

    Returns
    -------
    start, length : array (turn,)
        s.
    amplitude : array (turn,)
        rad, positive counter-clockwise.
    """
    rate = parameters.rate(state)
    n = int(2 * rate * duration) + 20
    size = np.exp(rng.normal(0, parameters.amplitude_log_sd, n))
    length = parameters.duration_s * np.sqrt(size)
    mean_gap = max(1 / max(rate, 1e-9) - float(length.mean()), 0.0)
    start = np.cumsum(rng.exponential(mean_gap, n) + np.append(0.0, length[:-1]))
    sign = np.where(
        rng.random(n) < parameters.clockwise_fraction(state), CLOCKWISE, COUNTER_CLOCKWISE
    )
    within = start < duration
    amplitude = sign * np.deg2rad(parameters.amplitude_deg) * size
    return start[within], length[within], amplitude[within]


def turning(
    n: int,
    step: float,
    movement: Movement,
    state: str,
    rng: np.random.Generator,
) -> np.ndarray:
    """Angular velocity (sample,) of intended turns in a state, rad s-1.

    Fast turns have the minimum-jerk profile of a reach (Flash & Hogan 1985,
    10.1523/JNEUROSCI.05-07-01688.1985); beneath them runs the slow turning of the movement.
    """
    sd = np.deg2rad(movement.turn_sd_deg_s)
    velocity = ornstein_uhlenbeck(n, sd, movement.turn_time_constant_s, step, rng)
    if movement.turns is None:
        return velocity
    turns = draw_turns(n * step, state, movement.turns, rng)
    for start, length, amplitude in zip(*turns, strict=True):
        first, last = np.ceil(np.array([start, start + length]) / step).astype(int)
        last = min(last, n)
        part = (np.arange(first, last) * step - start) / length
        velocity[first:last] += amplitude / length * 30 * (part * (1 - part)) ** 2
    return velocity
