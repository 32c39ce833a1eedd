"""Sequences in what is replayed: steps that follow on each other, or lead to each other."""

from collections.abc import Sequence
from itertools import pairwise

from neurosim.agents.memory import Experience
from neurosim.agents.replay import Replayed

WAYS, EITHER = ("forward", "reverse"), "either"


def sequences_in(backups: Replayed, min_steps: int) -> list[tuple[str, tuple[int, ...]]]:
    """Runs of replayed steps each of which follows on the one before, or leads to it.

    A backup that writes a whole sequence replays its last step: the others were replayed before.
    A step there and back fits either direction; runs of nothing else have none and are left out.

    Returns
    -------
    list of (direction, states)
        The state of each step; in forward runs also the one that the last step leads to, in
        reverse runs the one that the first leads to.
    """
    steps = [backup[-1] for backup in backups]
    found, run, way = [], steps[:1], ""
    for before, after in pairwise(steps):
        here = _way(before, after)
        if here and (here in (way, EITHER) or way in ("", EITHER)):
            run.append(after)
            way = here if way in ("", EITHER) else way
            continue
        found.append((way, run))
        run, way = ([before, after], here) if here else ([after], "")
    found.append((way, run))
    return [(way, _states(way, run)) for way, run in found if way in WAYS and len(run) >= min_steps]


def _way(before: Experience, after: Experience) -> str:
    """How a step follows on another."""
    if before.state == after.state:
        return ""
    forward, reverse = before.following == after.state, after.following == before.state
    if forward and reverse:
        return EITHER
    return "forward" if forward else "reverse" * reverse


def _states(way: str, run: Sequence[Experience]) -> tuple[int, ...]:
    states = [step.state for step in run]
    if way == "forward":
        return (*states, run[-1].following)
    return (run[0].following, *states)
