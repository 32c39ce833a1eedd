"""The course of a session: sleep, each environment in turn, rest, sleep."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.contract import INACTIVATIONS, PHASES, STATES
from neurosim.files import flags
from neurosim.world.track import ENVIRONMENTS, Arena, Environment


@dataclass(frozen=True)
class Session:
    """How long a session's sleep and rest last, in s.

    Attributes
    ----------
    pre_sleep_s, rest_s, post_sleep_s : float
        Durations of the parts, in this order; the environments come after the first sleep.
    nrem_bout_s, rem_bout_s : float
        Mean durations of the alternating bouts of sleep, which begins with NREM.
    inactivations : tuple of str
        Conditions of `neurosim.contract.INACTIVATIONS` that follow after all that, one after
        the other, each with a run in the first arena and then sleep.
    inactivation_run_s, inactivation_sleep_s : float
        Durations of that run and that sleep.
    """

    pre_sleep_s: float
    rest_s: float
    post_sleep_s: float
    nrem_bout_s: float
    rem_bout_s: float
    inactivations: tuple[str, ...] = ()
    inactivation_run_s: float = 60.0
    inactivation_sleep_s: float = 240.0


BOUT_SHAPE = 8.0  # gamma shape of a bout's duration: coefficient of variation 0.35


def _sleep_bouts(duration: float, session: Session, rng: np.random.Generator) -> list[tuple]:
    """Split a sleep into whole NREM-REM cycles whose bouts have random durations."""
    cycle = session.nrem_bout_s + session.rem_bout_s
    n_cycles = max(1, round(duration / cycle))
    means = np.tile([session.nrem_bout_s, session.rem_bout_s], n_cycles)
    lengths = rng.gamma(BOUT_SHAPE, means / BOUT_SHAPE)
    lengths *= duration / lengths.sum()
    return list(zip(["nrem", "rem"] * n_cycles, lengths, strict=True))


def hypnogram(
    session: Session, environments: Sequence[Environment], rng: np.random.Generator
) -> xr.Dataset:
    """Draw the epochs of a session.

    Parameters
    ----------
    session : Session
        Durations of sleep and rest.
    environments : sequence of TrackEnvironment or Arena
        Where the animal runs, in this order, and how long.
    rng : numpy.random.Generator
        Draws the bouts of sleep (gamma, scaled to the sleep's duration).

    Returns
    -------
    Dataset (epoch)
        ``start``, ``stop`` in s from the session's beginning; flags ``state``, ``phase``,
        ``environment``, ``inactivation``.

    Raises
    ------
    NeurosimError
        If a duration is not positive, so that a state would never be visited.
    """
    durations = {f"session.{k}": v for k, v in vars(session).items() if k != "inactivations"}
    durations |= {f"environments.{e.name}.duration_s": e.duration_s for e in environments}
    for name, duration in durations.items():
        if not duration > 0:
            raise NeurosimError(
                f"{name}: expected more than 0 s, found {duration}; "
                "a state that is never visited cannot be analysed"
            )
    parts = _parts(session, environments, rng)
    phase, state, environment, drug, lengths = (np.array(c) for c in zip(*parts, strict=True))
    edges = np.concatenate([[0.0], np.cumsum(lengths.astype(float))])
    names = ("none", *(place.name for place in environments))
    return epochs_dataset(edges[:-1], edges[1:], state, phase, environment, names, drug)


def _parts(
    session: Session, environments: Sequence[Environment], rng: np.random.Generator
) -> list[tuple[str, str, str, str, float]]:
    """Phase, state, environment, inactivation and duration (s) of each epoch in turn."""

    def sleep(phase: str, duration: float, drug: str) -> list[tuple]:
        bouts = _sleep_bouts(duration, session, rng)
        return [(phase, state, "none", drug, length) for state, length in bouts]

    parts = sleep("pre", session.pre_sleep_s, "none")
    parts += [("run", "run", place.name, "none", place.duration_s) for place in environments]
    parts += [("post", "rest", "none", "none", session.rest_s)]
    parts += sleep("post", session.post_sleep_s, "none")
    if session.inactivations:
        arena = _first_arena(environments)
        for drug in session.inactivations:
            parts += [("post", "run", arena, drug, session.inactivation_run_s)]
            parts += sleep("post", session.inactivation_sleep_s, drug)
    return parts


def _first_arena(environments: Sequence[Environment]) -> str:
    for place in environments:
        if isinstance(place, Arena):
            return place.name
    raise NeurosimError(
        "session.inactivations: expected an environment of the kind 'arena' to run in, found none; "
        "add one"
    )


def epochs_dataset(
    start: np.ndarray,
    stop: np.ndarray,
    state: np.ndarray,
    phase: np.ndarray,
    environment: np.ndarray,
    environments: tuple[str, ...] = ENVIRONMENTS,
    inactivation: np.ndarray | None = None,
) -> xr.Dataset:
    """Put epochs into the form that a recording wants: times in s, flags by name (epoch,)."""
    if inactivation is None:
        inactivation = np.full(len(start), "none")
    return xr.Dataset(
        {
            "start": (
                "epoch",
                np.asarray(start, float),
                {"units": "s", "long_name": "epoch start"},
            ),
            "stop": ("epoch", np.asarray(stop, float), {"units": "s", "long_name": "epoch stop"}),
            "state": flags(state, STATES, "epoch", "behavioural or sleep state"),
            "phase": flags(phase, PHASES, "epoch", "phase of the session"),
            "environment": flags(environment, environments, "epoch", "environment"),
            "inactivation": flags(inactivation, INACTIVATIONS, "epoch", "inactivation"),
        }
    )
