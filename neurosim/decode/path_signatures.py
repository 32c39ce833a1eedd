r"""What rewards and decision points do to replay: firing along events, and where they start.

**Firing.** Along an event, the spikes :math:`y_t` of all units in a bin are Poisson around what
the place fields give at the decoded place, times the event's gain, a discount for each step back
from the reward and a factor near the points where paths part:

.. math:: \log E y_t = \alpha_{event} + \log \sum_i f_i(x_t) + \beta s_t + \gamma d_t .

The intercepts of events are conditioned on (`conditional_poisson`), so that bursts may differ in
gain. The decoded place is uncertain: :math:`f`, steps and indicator are means over the paths'
posterior, weighted by expected spikes. What bias remains: where the posterior is wider than the
radius around a decision point the indicator is blurred, and paths that were weighed under a
constant gain lean towards where the gain is high; both pull :math:`\gamma` towards 0. The bins at
an event's edges, where the burst has begun or ended within the bin, are left out.

**Starts.** Given its length, a path can start wherever it fits on a route that is run (routes
weighed by how often). The number of events that start there falls by a discount a step:

.. math:: p(start \mid length) \propto w_{route} \, \delta^{s(start)} .

It reads somewhat too steep where firing is discounted too: bursts that start far from the reward
are weaker and more often missed, and the weak end of a burst falls below the level at which it is
cut, so that its path is read as shorter than it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neurosim.decode.path_lines import EventPaths, RouteSpace

DISCOUNTS = np.exp(np.linspace(np.log(0.3), np.log(3.0), 461))  # grid of `starts_discount`
N_STARTS = 100  # places on a route at which a path may start
MAX_STEPS = 30  # of Newton's method
TOLERANCE = 1e-10


def conditional_poisson(
    spikes: np.ndarray, log_expected: np.ndarray, regressors: np.ndarray, event: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Fit a Poisson regression with an intercept for each event, which is conditioned on.

    Given an event's spikes their bins are multinomial, and the intercepts drop out; estimates
    are those of the regression with one indicator an event.

    Parameters
    ----------
    spikes : array (bin,)
    log_expected : array (bin,)
        Offset.
    regressors : array (bin, regressor)
    event : array (bin,) of int
        From 0.

    Returns
    -------
    coefficient : array (regressor,)
    covariance : array (regressor, regressor)
        NaN, both, where the data say nothing of a regressor.
    """
    n = regressors.shape[1]
    nothing = np.full(n, np.nan), np.full((n, n), np.nan)
    if spikes.sum() == 0:
        return nothing
    n_events = int(event.max()) + 1
    total = np.bincount(event, spikes, minlength=n_events)
    coefficient = np.zeros(n)
    for _ in range(MAX_STEPS):
        weight = np.exp(log_expected + regressors @ coefficient)
        share = weight / np.bincount(event, weight, minlength=n_events)[event]
        mean = np.stack(
            [np.bincount(event, share * x, minlength=n_events) for x in regressors.T], axis=1
        )
        centred = regressors - mean[event]
        information = (centred * (share * total[event])[:, None]).T @ centred
        if np.linalg.cond(information) > 1e12:
            return nothing
        step = np.linalg.solve(information, centred.T @ spikes)
        coefficient = coefficient + np.clip(step, -1, 1)
        if np.abs(step).max() < TOLERANCE:
            break
    return coefficient, np.linalg.inv(information)


def starts_discount(
    steps: Sequence[np.ndarray], weight: Sequence[np.ndarray], observed: np.ndarray
) -> float:
    """Discount a step by which the number of starts falls, by maximum likelihood.

    Parameters
    ----------
    steps, weight : sequence of array (start,)
        For each event the steps from the reward of the starts that were possible, and how often
        each was.
    observed : array (event,)
        Steps of the start that happened.

    Returns
    -------
    float
        Within 0.3 to 3; NaN without events.

    Examples
    --------
    Starts at 0 and 1 steps, equally possible, in a ratio of two to one:

    >>> round(starts_discount([np.arange(2)] * 3, [np.ones(2)] * 3, np.array([0, 0, 1])), 2)
    0.5
    """
    if len(observed) == 0:
        return float("nan")
    logs = np.log(DISCOUNTS)
    value = logs * np.sum(observed)
    for possible, often in zip(steps, weight, strict=True):
        value -= np.log(np.exp(np.outer(logs, possible)) @ often)
    return float(DISCOUNTS[int(value.argmax())])


@dataclass(frozen=True)
class Rewards:
    """What steps are counted from.

    Attributes
    ----------
    position : array (well,)
        Track positions of the wells with a reward, m.
    step : float
        Length of a step, m.
    radius : float
        How far around a point where paths part, m.
    """

    position: np.ndarray
    step: float
    radius: float

    def steps(self, space: RouteSpace, places: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Steps (place,) of places from the reward that is nearest to the path's start.

        Where several are equally far it is the first of them.
        """
        nearest = space.graph.distance(starts, self.position).argmin(axis=1)
        away = space.graph.distance(places, self.position)
        return away[np.arange(places.size), nearest] / self.step

    def is_near_decision(self, space: RouteSpace, places: np.ndarray) -> np.ndarray:
        """Whether places (place,) lie around a point where paths part."""
        nodes = [space.graph.node_position_on_track(int(n)) for n in space.graph.decision_nodes]
        return space.graph.distance(places, np.array(nodes)).min(axis=1) <= self.radius


def firing_along(
    paths: EventPaths, n_bins: int, space: RouteSpace, rewards: Rewards
) -> tuple[np.ndarray, np.ndarray]:
    """Expected firing along an event, and its regressors, over the posterior of its paths.

    Returns
    -------
    expected : array (bin,)
        Sum of the rates at the decoded place, Hz.
    regressors : array (bin, regressor)
        Steps from the reward; probability of being near a point where paths part.
    """
    lines = paths.line
    starts = space.at(lines, space.space.line_start[lines])
    part = (np.arange(n_bins) + 0.5) / n_bins
    first, last = space.space.line_start[lines], space.space.line_stop[lines]
    place = np.rint(first[:, None] + (last - first)[:, None] * part).astype(int)
    position = space.at(np.repeat(lines, n_bins), place.ravel())
    steps = rewards.steps(space, position, np.repeat(starts, n_bins)).reshape(place.shape)
    near = rewards.is_near_decision(space, position).reshape(place.shape)
    total = space.space.rate.sum(axis=1)[space.space.states(n_bins, lines)]
    share = paths.weight[:, None] * total
    expected = share.sum(axis=0)
    means = [(share * values).sum(axis=0) / expected for values in (steps, near)]
    return expected, np.stack(means, axis=1)


def possible_starts(
    space: RouteSpace, runs: np.ndarray, rewards: Rewards, span: float, reverse: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Steps from the reward of every start that a path of some length (m) could have had.

    Parameters
    ----------
    space : RouteSpace
    runs : array (way,)
        How often each route was run.
    rewards : Rewards
    span : float
    reverse : bool
        Whether the path runs against the running direction.

    Returns
    -------
    steps, weight : array (start,)
    """
    steps, weight = [], []
    for number, route in enumerate(space.routes):
        free = route.length - span
        if runs[number] and free >= 0:
            # Finer than the decoder's bins: those are no multiple of a step.
            low = (np.arange(N_STARTS) + 0.5) / N_STARTS * free
            starts, _ = space.graph.along(route, low + span if reverse else low)
            steps.append(rewards.steps(space, starts, starts))
            # As often on a long route as on a short one: its runs are shared out over places.
            weight.append(np.full(N_STARTS, runs[number] / N_STARTS))
    if not steps:
        return np.zeros(0), np.zeros(0)
    return np.concatenate(steps), np.concatenate(weight)
