r"""Krause & Drugowitsch 2022 (10.1016/j.neuron.2021.11.014): the model that explains an event best.

What is known, some of it from the authors' published code: bins of 3 ms and 4 cm; Poisson
likelihood, all fields scaled by the slope of the cells' mean rates in ripples on those while
running (2.9 there). Five models, whose parameters are summed over a grid:

``momentum``
    A velocity that decays and is driven by noise (`neurosim.decode.momentum`), from rest: the
    first step has an SD of 10 m/s times the bin, times the root of the bin.
``diffusion``
    A Gaussian walk, SD in m s-1/2.
``stationary``
    One place.
``gaussian``
    A new place in every bin, from a Gaussian about one place.
``random``
    A new place in every bin.

The prior over the grid is fitted to the session: a distribution of the parameters that fit each
event best, where these are not at the grid's edge. The shares of the models in a session are those
of a random-effects analysis (Gibbs sampling, Dirichlet prior of 5 a model). Momentum and diffusion
are trajectories: they explain 89.7 % of ripples best (A068), momentum alone 84.9 % (A068a). Speeds
are those of the most probable path under diffusion of 0.74 m s-1/2: on average 6.75 times those
of running (A028).

What is simplified: one dimension instead of two, and a map for each running direction, one of
which an event keeps; coarser grids over the same range of parameters; the fitted priors are
log-normal for all parameters (there inverse gamma where there is one); momentum's noise is
adjusted to the bin once (the published loop adjusts it again with every decay); the Dirichlet
prior is as strong beside our events as theirs was beside 372 ripples, their mean session.

What to know of it: at 4 cm and 3 ms one bin a step is 13 m/s, and a slower path is a step now and
then among rests. With little noise momentum rests where it began, so it holds the stationary model;
what either explains, random effects give to the commoner one. Jumps between places that are held
for some bins are a walk of long steps, not random.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.dynamics import DynamicsEvidence, dynamics_evidence
from neurosim.decode.geometry import line_geometry
from neurosim.decode.momentum import TINY, Momentum, momentum_evidence
from neurosim.decode.published.events import FineEvents
from neurosim.decode.published.rows import LikelihoodRows

MODELS = ("momentum", "diffusion", "stationary", "gaussian", "random")
TRAJECTORIES = MODELS[:2]
BIN = 0.003  # s
MOMENTUM_SD = 10 ** np.linspace(1.6, 2.6, 6)  # m s-3/2
DECAY = np.array([1.0, 50.0, 100.0, 200.0, 400.0, 800.0])  # 1/s
FIRST_STEP = 10.0 * BIN * np.sqrt(BIN)  # m
REACH = 0.28  # m: no step is longer; a track of 2 m would be over in 21 ms
DIFFUSION_SD = 10 ** np.linspace(-1, 0.8, 10)  # m s-1/2
GAUSSIAN_SD = 10 ** np.linspace(-2, 0.3, 10)  # m
PATH_SD = 0.74  # m s-1/2
MIN_FITTED = 5  # events whose parameters are not at the edge, for a prior to be fitted
PSEUDO_EVENTS = 5 / 372  # of each model, for every event
N_SAMPLES, N_BURN_IN = 500, 50


@dataclass(frozen=True)
class ModelPriors:
    """Log priors of the models' parameters, on their grids.

    Attributes
    ----------
    momentum : array (sd, decay)
        On `MOMENTUM_SD` and `DECAY`.
    diffusion, gaussian : array (sd,)
        On `DIFFUSION_SD` and `GAUSSIAN_SD`.
    """

    momentum: np.ndarray
    diffusion: np.ndarray
    gaussian: np.ndarray


@dataclass(frozen=True)
class ModelEvidence:
    """What the five models say of the events of a session.

    Attributes
    ----------
    log_evidence : array (event, model)
        Of `MODELS`, up to a constant of each event.
    share : array (model,)
        Of the session's events, by random effects.
    speed : array (event,)
        Length of the most probable path over its duration, m s-1.
    priors : ModelPriors
        Under which parameters were summed over.
    """

    log_evidence: np.ndarray
    share: np.ndarray
    speed: np.ndarray
    priors: ModelPriors

    def best(self) -> np.ndarray:
        """Model of the largest evidence (event,), as an index into `MODELS`."""
        return self.log_evidence.argmax(axis=1)


def krause_drugowitsch_2022(
    events: FineEvents, rng: np.random.Generator, priors: ModelPriors | None = None
) -> ModelEvidence:
    """Weigh the paper's models, and find the most probable paths.

    Parameters
    ----------
    events : FineEvents
        Of one session, each of at least a bin.
    rng : numpy.random.Generator
        For the random effects.
    priors : ModelPriors, optional
        Of the parameters; without, they are fitted to the session.
    """
    track, step = events.track, events.track.step
    scaled = rate_scaling(events) * track.rate
    rows = LikelihoodRows.of(events.binned(BIN), scaled, track.visited)
    momentum, diffusion, gaussian = (
        rows.by_event(of(rows, step)) for of in (_momentum, _diffusion, _gaussian)
    )
    if priors is None:
        priors = ModelPriors(
            fitted_prior(momentum, (MOMENTUM_SD, DECAY)),
            fitted_prior(diffusion, (DIFFUSION_SD,)),
            fitted_prior(gaussian, (GAUSSIAN_SD,)),
        )
    anywhere = np.log(np.einsum("brp,rp->br", rows.likelihood, rows.prior))
    evidence = np.column_stack(
        [
            logsumexp(momentum + priors.momentum, axis=(1, 2)),
            logsumexp(diffusion + priors.diffusion, axis=1),
            rows.by_event(logsumexp(rows.summed, axis=1, b=rows.prior)),
            logsumexp(gaussian + priors.gaussian, axis=1),
            rows.by_event(anywhere.sum(axis=0)),
        ]
    )
    speed = path_speed(rows, step)
    return ModelEvidence(evidence, random_effects(evidence, rng), speed, priors)


def rate_scaling(events: FineEvents) -> float:
    """Slope, through zero, of the cells' mean rates in events on those while running."""
    track = events.track
    running = track.rate[track.visited].mean(axis=0)
    replayed = events.spikes.counts.mean(axis=0) / events.spikes.width
    return float(running @ replayed / (running @ running))


def _momentum(rows: LikelihoodRows, step: float) -> np.ndarray:
    """Log evidence (sd, decay, row) of momentum."""
    arguments = rows.likelihood, rows.length, rows.prior, step, REACH
    return np.array(
        [
            [
                momentum_evidence(*arguments, Momentum.of_velocity(decay, sd, BIN, FIRST_STEP))
                for decay in DECAY
            ]
            for sd in MOMENTUM_SD
        ]
    )


def _spread(n_positions: int, step: float, sd: np.ndarray) -> np.ndarray:
    """Gaussians (sd, from, to) between places; they sum to one over the track."""
    place = np.arange(n_positions) * step
    away = (place[:, None] - place) / np.asarray(sd)[:, None, None]
    weight = np.exp(-0.5 * away**2)
    return weight / weight.sum(axis=2, keepdims=True)


def _diffusion(rows: LikelihoodRows, step: float) -> np.ndarray:
    """Log evidence (sd, row) of a walk."""
    kernel = _spread(rows.prior.shape[1], step, DIFFUSION_SD * np.sqrt(BIN)).astype(np.float32)
    current = np.tile(rows.prior.astype(np.float32), (len(kernel), 1, 1))
    evidence = np.zeros(current.shape[:2])
    for number, likelihood in enumerate(rows.likelihood):
        n = rows.n_active(number)
        if number:
            current = current[:, :n] @ kernel
        current *= likelihood[:n]
        current += TINY
        total = current.sum(axis=2)
        evidence[:, :n] += np.log(total.astype(float))
        current /= total[..., None]
    return evidence


def _gaussian(rows: LikelihoodRows, step: float) -> np.ndarray:
    """Log evidence (sd, row) of places about one place."""
    evidence = []
    for kernel in _spread(rows.prior.shape[1], step, GAUSSIAN_SD).astype(np.float32):
        about = np.log(rows.likelihood @ kernel.T + TINY).sum(axis=0, dtype=float)
        evidence.append(logsumexp(about, axis=1, b=rows.prior))
    return np.array(evidence)


def fitted_prior(evidence: np.ndarray, grid: tuple[np.ndarray, ...]) -> np.ndarray:
    """Fit a log-normal prior to each event's best parameters, where these are not at the edge.

    Parameters
    ----------
    evidence : array (event, parameter, ...)
        Log evidence of each point of the grid.
    grid : tuple of array
        Values of each parameter, rising.

    Returns
    -------
    array (parameter, ...)
        Logs that sum to one; flat where too few events have such parameters.
    """
    shape = evidence.shape[1:]
    best = np.stack(np.unravel_index(evidence.reshape(len(evidence), -1).argmax(axis=1), shape), 1)
    inside = np.all((best > 0) & (best < np.array(shape) - 1), axis=1)
    points = np.stack(np.meshgrid(*map(np.log, grid), indexing="ij"), axis=-1)
    if inside.sum() < MIN_FITTED:
        return np.full(shape, -np.log(points[..., 0].size))
    chosen = points[tuple(best[inside].T)]
    # A grid says nothing of what is narrower than its steps.
    step = np.array([np.mean(np.diff(np.log(values))) for values in grid])
    covariance = np.cov(chosen.T).reshape(len(grid), -1) + np.diag(step**2 / 12)
    away = points - chosen.mean(axis=0)
    log_weight = -0.5 * np.einsum("...i,ij,...j", away, np.linalg.inv(covariance), away)
    return log_weight - logsumexp(log_weight)


def random_effects(log_evidence: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share of each model among events whose models are not known, only weighed.

    Gibbs sampling: shares given the events' models, models given the shares.

    Parameters
    ----------
    log_evidence : array (event, model)
    rng : numpy.random.Generator

    Returns
    -------
    array (model,)
        Posterior mean; sums to one.
    """
    n_events, n_models = log_evidence.shape
    weight = np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))
    counts = np.zeros(n_models)
    samples = np.empty((N_SAMPLES, n_models))
    for number in range(N_SAMPLES):
        samples[number] = rng.dirichlet(PSEUDO_EVENTS * n_events + counts)
        bound = np.cumsum(weight * samples[number], axis=1)
        drawn = (rng.random(n_events) * bound[:, -1])[:, None] >= bound[:, :-1]
        counts = np.bincount(drawn.sum(axis=1), minlength=n_models)
    return samples[N_BURN_IN:].mean(axis=0)


def path_speed(rows: LikelihoodRows, step: float) -> np.ndarray:
    """Length of the most probable path under diffusion, over its duration (event,), m s-1."""
    kernel = _spread(rows.prior.shape[1], step, [PATH_SD * np.sqrt(BIN)])[0]
    with np.errstate(divide="ignore"):  # where not visited, or too far
        likelihood, score, kernel = map(np.log, (rows.likelihood, rows.prior, kernel))
    score = score + likelihood[0]
    before = []
    for number in range(1, len(likelihood)):
        n = rows.n_active(number)
        through = score[:n, :, None] + kernel
        before.append(through.argmax(axis=1))
        score[:n] = np.take_along_axis(through, before[-1][:, None], axis=1)[:, 0]
        score[:n] += likelihood[number, :n]
    place = score.argmax(axis=1)
    total = score.max(axis=1) + rows.peak
    length = np.zeros(place.size)
    for came in reversed(before):
        n = len(came)
        earlier = came[np.arange(n), place[:n]]
        length[:n] += np.abs(place[:n] - earlier) * step
        place[:n] = earlier
    speed = length / (rows.length * BIN)
    by_map = np.empty((2, speed.size))
    by_map[:, rows.order] = total, speed
    total, speed = by_map.reshape(2, -1, rows.n_maps)
    return speed[np.arange(len(speed)), total.argmax(axis=1)]


def event_dynamics(events: FineEvents, bin_s: float) -> DynamicsEvidence:
    """Weigh our dynamics of events in bins of a width (s)."""
    binned, track = events.binned(bin_s), events.track
    rate = track.rate.reshape(-1, track.rate.shape[2])
    return dynamics_evidence(
        binned.counts @ np.log(rate).T,
        bin_s * rate.sum(axis=1),
        binned.counts.sum(axis=1),
        binned.event,
        line_geometry(events.positions),
        DynamicsParameters(bin_s=bin_s),
        track.visited,
    )
