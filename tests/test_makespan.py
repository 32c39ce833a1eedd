"""Times of a graph of jobs on some cores, held to closed forms, bounds and brute force."""

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.makespan import (
    critical_chain,
    critical_path,
    grouped,
    makespan,
    ways_to_the_end,
)

CHAIN = {n: {n - 1} for n in range(1, 10)}


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 7))
    seconds = draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))
    needs = {
        job: {one for one in range(job) if draw(st.booleans()) and draw(st.booleans())}
        for job in range(n)
    }
    return dict(enumerate(map(float, seconds))), needs


@pytest.mark.parametrize("cores", [1, 3, 100])
def test_a_chain_takes_its_sum_whatever_the_cores(cores):
    jobs = dict.fromkeys(range(10), 2.5)
    assert makespan(jobs, CHAIN, cores) == critical_path(jobs, CHAIN) == 25


@pytest.mark.parametrize(("cores", "seconds"), [(1, 24), (2, 12), (5, 6), (12, 2), (100, 2)])
def test_equal_jobs_that_need_nothing_go_in_rounds(cores, seconds):
    assert makespan(dict.fromkeys(range(12), 2.0), {}, cores) == seconds


def test_the_long_way_goes_first():
    jobs = {"short1": 1.0, "short2": 1.0, "first": 1.0, "long": 5.0}
    needs = {"long": {"first"}}
    assert ways_to_the_end(jobs, needs)["first"] == 6
    assert makespan(jobs, needs, 2) == 6


@given(graphs(), st.integers(1, 4))
def test_bounds_hold(graph, cores):
    jobs, needs = graph
    took, work, path = makespan(jobs, needs, cores), sum(jobs.values()), critical_path(jobs, needs)
    assert max(path, work / cores) - 1e-9 <= took <= path + (work - path) / cores + 1e-9
    assert makespan(jobs, needs, 1) == pytest.approx(work)
    assert makespan(jobs, needs, len(jobs)) == pytest.approx(path)


@given(graphs())
def test_critical_path_is_the_longest_of_all_chains(graph):
    jobs, needs = graph
    longest = max(jobs.values())
    for length in range(2, min(len(jobs), 5) + 1):
        for chain in permutations(jobs, length):
            if all(a in needs[b] for a, b in pairwise(chain)):
                longest = max(longest, sum(jobs[one] for one in chain))
    if len(jobs) <= 5:
        assert critical_path(jobs, needs) == longest
    else:
        assert critical_path(jobs, needs) >= longest


@given(graphs())
def test_the_chain_is_one_and_takes_that_long(graph):
    jobs, needs = graph
    chain = critical_chain(jobs, needs)
    assert all(first in needs[then] for first, then in pairwise(chain))
    assert not needs[chain[0]]
    assert not any(chain[-1] in before for before in needs.values())
    assert critical_path(jobs, needs) == max(ways_to_the_end(jobs, needs).values())


def test_groups_keep_the_work_and_what_they_wait_for():
    jobs = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 4.0}
    needs = {"b": {"a"}, "c": {"b"}, "d": {"a"}}
    seconds, before = grouped(jobs, needs, {"b": "g", "c": "g"})
    assert seconds == {"a": 1.0, "g": 5.0, "d": 4.0}
    assert before == {"a": set(), "g": {"a"}, "d": {"a"}}
