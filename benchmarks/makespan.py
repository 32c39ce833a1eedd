"""How long a graph of jobs takes on some cores: list scheduling, longest way to the end first.

Graham's bound (doi:10.1137/0117039) holds: at most (2 - 1/m) times the best possible on m cores,
and never less than the critical path or the work over the cores.
"""

import heapq
from collections.abc import Hashable, Mapping
from graphlib import TopologicalSorter

Jobs = Mapping[Hashable, float]
"""Seconds of each job."""
Needs = Mapping[Hashable, set[Hashable]]
"""Jobs that have to be done before each job; none for jobs that are not there."""


def ways_to_the_end(jobs: Jobs, needs: Needs) -> dict[Hashable, float]:
    """Seconds from the start of each job to the end of all that waits for it, cores aplenty."""
    after = _waiting(jobs, needs)
    way: dict[Hashable, float] = {}
    for job in reversed(list(_ordered(jobs, needs))):
        way[job] = jobs[job] + max((way[later] for later in after[job]), default=0.0)
    return way


def critical_chain(jobs: Jobs, needs: Needs) -> list[Hashable]:
    """Jobs of the longest chain, from first to last.

    Examples
    --------
    >>> critical_chain({"a": 2.0, "b": 3.0, "c": 4.0}, {"b": {"a"}})
    ['a', 'b']
    """
    way, after = ways_to_the_end(jobs, needs), _waiting(jobs, needs)
    chain, following = [], list(jobs)
    while following:
        chain.append(max(following, key=way.__getitem__))
        following = after[chain[-1]]
    return chain


def critical_path(jobs: Jobs, needs: Needs) -> float:
    """Seconds of the longest chain of jobs: what no number of cores goes below."""
    return sum(jobs[job] for job in critical_chain(jobs, needs))


def makespan(jobs: Jobs, needs: Needs, n_cores: int) -> float:
    """Seconds on some cores, each job on one of them.

    Parameters
    ----------
    jobs : Mapping
    needs : Mapping
    n_cores : int

    Examples
    --------
    >>> makespan({"a": 2.0, "b": 3.0, "c": 4.0}, {"b": {"a"}}, 1)
    9.0
    """
    way = ways_to_the_end(jobs, needs)
    place = {job: number for number, job in enumerate(jobs)}  # equal ways: as given
    graph = TopologicalSorter({job: needs.get(job, ()) for job in jobs})
    graph.prepare()
    ready: list[tuple[float, int, Hashable]] = []
    running: list[tuple[float, int, Hashable]] = []
    now = 0.0
    while graph.is_active():
        for job in graph.get_ready():
            heapq.heappush(ready, (-way[job], place[job], job))
        while ready and len(running) < n_cores:
            _, number, job = heapq.heappop(ready)
            heapq.heappush(running, (now + jobs[job], number, job))
        now, _, job = heapq.heappop(running)
        graph.done(job)
    return now


def grouped(jobs: Jobs, needs: Needs, group: Mapping[Hashable, Hashable]) -> tuple[dict, dict]:
    """Put jobs of a group into one that does them one after another.

    Parameters
    ----------
    jobs, needs : Mapping
    group : Mapping of job to group
        A job without one stays alone. Groups must not wait for one another in a circle.

    Returns
    -------
    jobs, needs : dict
    """
    seconds: dict[Hashable, float] = {}
    before: dict[Hashable, set[Hashable]] = {}
    for job, duration in jobs.items():
        own = group.get(job, job)
        seconds[own] = seconds.get(own, 0.0) + duration
        before.setdefault(own, set()).update(group.get(one, one) for one in needs.get(job, ()))
    return seconds, {own: others - {own} for own, others in before.items()}


def _waiting(jobs: Jobs, needs: Needs) -> dict[Hashable, list[Hashable]]:
    """Jobs that wait for each job."""
    after: dict[Hashable, list[Hashable]] = {job: [] for job in jobs}
    for job in jobs:
        for needed in needs.get(job, ()):
            after[needed].append(job)
    return after


def _ordered(jobs: Jobs, needs: Needs):
    return TopologicalSorter({job: needs.get(job, ()) for job in jobs}).static_order()
