r"""Recovery of the models of Krause & Drugowitsch 2022: events that they made, read by them.

As the paper does it (`neurosim.decode.published.models`): parameters are drawn from the priors that
were fitted to a session, paths are made in steps of 1 ms, and what would leave the track is drawn
again. Momentum begins with a step of SD 1 m s-1/2, which is 32 m/s, and goes on as

.. math:: x_t = x_{t-1} + (1 - \lambda \tau) (x_{t-1} - x_{t-2}) + \sigma \tau^{3/2} \xi_t .

Here durations are those of the session, and parameters are points of the priors' grids.
"""

import numpy as np
from scipy.special import ndtr, ndtri

from neurosim.calibration.population import (
    PATH_STEP,
    Population,
    VirtualPaths,
    join_paths,
    plant,
)
from neurosim.decode.kinematics import Track
from neurosim.decode.published import models
from neurosim.decode.published.events import FineEvents
from neurosim.decode.published.models import MODELS, ModelPriors
from neurosim.decode.templates import EventCounts

FIRST_SD = 1.0  # m s-1/2
HARDLY = 0.005  # probability of staying on the track below which a path is given up


def recovered_shares(
    population: Population,
    duration: np.ndarray,
    gain: float,
    priors: ModelPriors,
    rng: np.random.Generator,
) -> np.ndarray:
    """Plant events of each model, and let the models share them by random effects.

    Parameters
    ----------
    population : Population
    duration : array (planted model, event)
        s, a multiple of a millisecond.
    gain : float
        Rate within events over the rate while running.
    priors : ModelPriors
    rng : numpy.random.Generator

    Returns
    -------
    array (planted model, model)
        Each row sums to one.
    """
    parts = [
        draw_model_paths(model, seconds, population.length, gain, priors, rng)
        for model, seconds in zip(MODELS, duration, strict=True)
    ]
    bins, counts = plant(population, join_paths(parts), PATH_STEP, rng)
    track = Track(population.rate, population.visited, population.length)
    events = FineEvents(EventCounts(counts, bins.interval, duration.size, PATH_STEP), track)
    found = models.krause_drugowitsch_2022(events, rng, priors).log_evidence
    return np.stack(
        [models.random_effects(part, rng) for part in found.reshape(*duration.shape, -1)]
    )


def draw_model_paths(
    model: str,
    duration: np.ndarray,
    length: float,
    gain: float,
    priors: ModelPriors,
    rng: np.random.Generator,
) -> VirtualPaths:
    """Draw paths of one of the published models.

    Parameters
    ----------
    model : str
        Out of `neurosim.decode.published.models.MODELS`.
    duration : array (event,)
        s.
    length : float
        Of the track, m.
    gain : float
    priors : ModelPriors
    rng : numpy.random.Generator
    """
    samples = np.rint(duration / PATH_STEP).astype(int)
    n_steps = int(samples.max(initial=1))
    drawn = np.empty((n_steps, duration.size))
    missing = np.arange(duration.size)
    while missing.size:
        paths = _paths(model, missing.size, n_steps, length, priors, rng)
        alive = np.isfinite(paths) | (np.arange(n_steps)[:, None] >= samples[missing])
        drawn[:, missing] = paths
        missing = missing[~alive.all(axis=0)]
    event = np.repeat(np.arange(duration.size), samples)
    first = np.cumsum(samples) - samples
    outbound = rng.random(duration.size) < 0.5
    position = drawn[np.arange(event.size) - first[event], event]
    return VirtualPaths(duration, outbound, first, position, gain)


def _paths(
    model: str,
    n: int,
    n_steps: int,
    length: float,
    priors: ModelPriors,
    rng: np.random.Generator,
) -> np.ndarray:
    """Places (step, event), m; NaN from where a path is given up."""
    place = np.empty((n_steps, n))
    place[0] = rng.uniform(0, length, n)
    if model == "stationary":
        return np.broadcast_to(place[0], place.shape)
    if model == "random":
        return rng.uniform(0, length, place.shape)
    if model == "gaussian":
        sd = _drawn(priors.gaussian, rng, n, models.GAUSSIAN_SD)
        return _within(np.broadcast_to(place[0], place.shape), sd, length, rng)
    if model == "diffusion":
        carry = np.zeros(n)
        spread = first = _drawn(priors.diffusion, rng, n, models.DIFFUSION_SD) * PATH_STEP**0.5
    else:
        number = rng.choice(priors.momentum.size, n, p=np.exp(priors.momentum).ravel())
        sd, decay = np.unravel_index(number, priors.momentum.shape)
        carry = 1 - models.DECAY[decay] * PATH_STEP
        spread = models.MOMENTUM_SD[sd] * PATH_STEP**1.5
        first = np.full(n, FIRST_SD * PATH_STEP**0.5)
    place[1:2] = _within(place[0], first, length, rng)
    for step in range(2, n_steps):
        mean = place[step - 1] + carry * (place[step - 1] - place[step - 2])
        place[step] = _within(mean, spread, length, rng)
    return place


def _drawn(prior: np.ndarray, rng: np.random.Generator, n: int, grid: np.ndarray) -> np.ndarray:
    return rng.choice(grid, n, p=np.exp(prior))


def _within(
    mean: np.ndarray, sd: np.ndarray, length: float, rng: np.random.Generator
) -> np.ndarray:
    """Draw from Gaussians cut at the ends of the track; NaN where hardly anything is within."""
    low, high = ndtr(-mean / sd), ndtr((length - mean) / sd)
    value = mean + sd * ndtri(low + (high - low) * rng.random(mean.shape))
    return np.where(high - low > HARDLY, value.clip(0, length), np.nan)
