r"""Which dynamic made an event: the evidence for directed, diffusive, stationary and fragmented.

Shuffles reject "no structure", not "not directed": a Brownian walk passes them. So the models are
compared by their evidence, the likelihood of an event's spikes averaged over the prior.

``directed``
    A straight trajectory at constant velocity; place at the event's middle and velocity are
    integrated out (flat over places, log-uniform over speeds, all directions alike). It covers
    at least `min_span_m` within the track: shorter, a line is no other than a walk.
``diffusive``
    A Gaussian random walk from anywhere, integrated over a grid of step sizes.
``stationary``
    One place throughout.
``fragmented``
    A new place in every bin.

An event replays one map (running direction) throughout; maps are averaged over with equal prior.

**Gain.** Bursts fire several times faster than place fields measured awake. With all rates
multiplied by :math:`g`, the log likelihood of counts :math:`n_i` at :math:`x` is

.. math:: \sum_i n_i \log f_i(x) - g \tau \sum_i f_i(x) + N \log g

An event's gain is unknown and integrated out under the scale-invariant prior :math:`dg / g`,
alike for all dynamics, so that their evidences compare. Where the path is fixed the integral is
closed, :math:`\Gamma(N) / X^N` with :math:`X` the exposure along the path; for the others it is a
sum over a grid around each event's own gain. The evidences are thus relative: only differences
between dynamics of one event have a meaning.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import logsumexp

from neurosim import NeurosimError
from neurosim.decode.dynamic_models import (
    DynamicsParameters,
    directed,
    event_blocks,
    stationary,
    walks,
)
from neurosim.decode.geometry import Geometry

DYNAMICS = ("directed", "diffusive", "stationary", "fragmented")


@dataclass(frozen=True)
class DynamicsEvidence:
    """Evidence of each dynamic for each event.

    Attributes
    ----------
    log_evidence : array (event, dynamic)
        Up to a constant of each event; zero for all where an event has no spikes.
    map_probability : array (event, map)
        Posterior of the map, the dynamics having equal prior.
    velocity : array (velocity, axis)
        Grid of velocities, m/s.
    velocity_probability : array (event, velocity)
        Posterior of the velocity if the event is directed.
    dynamics : tuple of str
    """

    log_evidence: np.ndarray
    map_probability: np.ndarray
    velocity: np.ndarray
    velocity_probability: np.ndarray
    dynamics: tuple[str, ...] = field(default=DYNAMICS)

    def probability(self) -> np.ndarray:
        """Posterior of the dynamics (event, dynamic) under equal prior."""
        total = logsumexp(self.log_evidence, axis=1, keepdims=True)
        return np.exp(self.log_evidence - total)

    def best(self) -> np.ndarray:
        """Dynamic of the largest evidence (event,), as an index into `dynamics`."""
        return self.log_evidence.argmax(axis=1)


def dynamics_evidence(
    log_terms: np.ndarray,
    exposure: np.ndarray,
    n_spikes: np.ndarray,
    event_index: np.ndarray,
    geometry: Geometry,
    parameters: DynamicsParameters,
    visited: np.ndarray | None = None,
) -> DynamicsEvidence:
    """Compare the dynamics of many short events.

    Parameters
    ----------
    log_terms : array (bin, map position)
        ``counts @ log(rate)``.
    exposure : array (map position,)
        Expected spikes in a bin at the rates of wake: bin width times the sum of rates.
    n_spikes : array (bin,)
        All spikes of the bin.
    event_index : array (bin,)
        Event of each bin, rising; events are numbered from zero.
    geometry : Geometry
        Of the position bins of one map.
    parameters : DynamicsParameters
    visited : array (map position,) of bool, optional
        Bins with data behind their rates.

    Returns
    -------
    DynamicsEvidence

    Raises
    ------
    NeurosimError
        If shapes do not match, an event has no bins, the events are not in order, a map was not
        visited, or a value is not finite.
    """
    n = geometry.n_positions
    _check(log_terms, exposure, n_spikes, event_index, n)
    visited = np.ones(exposure.size, bool) if visited is None else np.asarray(visited).ravel()
    visited = visited.reshape(-1, n)
    if not visited.any(axis=1).all():
        raise NeurosimError(
            f"visited: expected visited bins in each of {len(visited)} maps, found none in map "
            f"{int(np.argmin(visited.any(axis=1)))}"
        )
    finite = np.isfinite(log_terms[:, visited.ravel()]).all(axis=1)
    if not finite.all():
        raise NeurosimError(
            f"log_terms: expected finite values in visited bins, found none in bin "
            f"{int(np.argmin(finite))}; floor the rates"
        )
    if not np.all(exposure[visited.ravel()] > 0):
        raise NeurosimError("exposure: expected more than 0 in every visited bin; floor the rates")
    exposure = np.where(visited, exposure.reshape(-1, n), exposure[visited.ravel()].mean())
    length = np.bincount(event_index)
    n_events = length.size
    speeds = parameters.speeds(int(length.min()), int(length.max()), geometry.extent)
    velocity = geometry.velocities(speeds, parameters.n_headings)
    evidence = np.zeros((n_events, len(DYNAMICS), len(visited)))
    velocities = np.full((n_events, len(velocity)), 1 / len(velocity))
    for block in event_blocks(
        log_terms, n_spikes, event_index, length, visited, parameters.n_gains
    ):
        lines = directed(block, exposure, visited, geometry, velocity, parameters)
        evidence[block.events, 0] = logsumexp(lines, axis=1)
        evidence[block.events, 2] = stationary(block, exposure, visited)
        walked, jumped = walks(block, exposure, visited, geometry, parameters)
        evidence[block.events, 1], evidence[block.events, 3] = walked, jumped
        by_velocity = logsumexp(lines, axis=2)
        by_velocity -= logsumexp(by_velocity, axis=1, keepdims=True)
        velocities[block.events] = np.exp(by_velocity)
    by_map = logsumexp(evidence, axis=1)
    maps = np.exp(by_map - logsumexp(by_map, axis=1, keepdims=True))
    total = logsumexp(evidence, axis=2) - np.log(len(visited))
    return DynamicsEvidence(total, maps, velocity, velocities)


def _check(
    log_terms: np.ndarray,
    exposure: np.ndarray,
    n_spikes: np.ndarray,
    event_index: np.ndarray,
    n_positions: int,
) -> None:
    if log_terms.shape != (len(event_index), exposure.size) or len(n_spikes) != len(event_index):
        raise NeurosimError(
            f"events: expected {len(event_index)} bins x {exposure.size} states in log_terms and "
            f"as many n_spikes, found {log_terms.shape} and {len(n_spikes)}"
        )
    if exposure.size % n_positions:
        raise NeurosimError(
            f"exposure: expected a multiple of {n_positions} positions, found {exposure.size}"
        )
    steps = np.diff(event_index, prepend=-1)
    if np.any((steps != 0) & (steps != 1)):
        raise NeurosimError(
            "event_index: expected events numbered from zero, in order, each with a bin; found "
            f"a step from {event_index[np.argmax((steps < 0) | (steps > 1)) - 1]}"
        )
