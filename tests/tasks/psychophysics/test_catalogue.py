"""The catalogue: every task once in the sets that were published, and pairs that differ in one."""

from itertools import combinations

import numpy as np
import pytest

from neurosim import NeurosimError
from neurosim.tasks.psychophysics.catalogue import (
    AXES,
    CONDITIONAL,
    DICHOTOMIES,
    FAMILIES,
    FAMILY_HOLD_OUTS,
    HOLD_OUTS,
    TASKS,
    dichotomy,
    find_task,
)

PUBLISHED_PAIRS = {
    "pro_anti": 6,
    "standard_rt": 6,
    "strongest_weakest": 9,
    "longest_shortest": 4,
    "first_second": 12,
    "match_nonmatch": 2,
    "stimulus_category": 2,
    "modality": 10,
}


def test_families_have_their_published_sizes():
    sizes = [sum(task.family == family for task in TASKS.values()) for family in FAMILIES]
    assert sizes == [12, 10, 12, 12, 4]
    assert all(name == task.name for name, task in TASKS.items())


@pytest.mark.parametrize(("sets", "n"), [(HOLD_OUTS, 10), (tuple(FAMILY_HOLD_OUTS.values()), 12)])
def test_hold_outs_have_each_task_once(sets, n):
    assert len(sets) == n
    assert sorted(name for names in sets for name in names) == sorted(TASKS)


def test_hold_outs_have_published_sizes_and_families_keep_to_one_family():
    assert {len(names) for names in HOLD_OUTS} == {5}
    assert {len(names) for names in FAMILY_HOLD_OUTS.values()} == {4, 6}
    for names in FAMILY_HOLD_OUTS.values():
        assert len({TASKS[name].family for name in names}) == 1


def test_no_two_tasks_have_the_same_structure():
    places = {tuple(task.structure) for task in TASKS.values()}
    assert len(places) == len(TASKS)
    assert {len(place) for place in places} == {len(AXES)}
    assert {value for place in places for value in place} == {-1, 0, 1}


def test_dichotomies_are_all_pairs_that_differ_in_one_axis_from_pole_to_pole():
    found = {axis: set() for axis in DICHOTOMIES}
    for a, b in combinations(TASKS, 2):
        differs = TASKS[a].structure - TASKS[b].structure
        if np.count_nonzero(differs) == 1 and np.abs(differs).max() == 2:
            pair = (a, b) if differs.max() == 2 else (b, a)
            found[AXES[int(np.flatnonzero(differs)[0])]].add(pair)
    assert {axis: set(dichotomy(axis)) for axis in DICHOTOMIES} == found
    assert {axis: len(dichotomy(axis)) for axis in DICHOTOMIES} == PUBLISHED_PAIRS


def test_poles_are_read_from_the_names():
    for axis, low in {
        "pro_anti": "Anti",
        "strongest_weakest": "Anti",
        "longest_shortest": "Anti",
        "standard_rt": "RT",
        "modality": "Mod2",
        "multi": "no task",
    }.items():
        column = AXES.index(axis)
        names = [name for name, task in TASKS.items() if task.structure[column] == -1]
        assert all(low in name for name in names)
    multi = {name for name, task in TASKS.items() if task.structure[AXES.index("multi")]}
    assert multi == {name for name in TASKS if "Multi" in name}
    assert dichotomy("match_nonmatch") == (("DMS", "DNMS"), ("DMC", "DNMC"))
    assert ("COMP1Mod2", "COMP2Mod2") in dichotomy("first_second")


def test_thirty_tasks_are_conditional():
    assert len(CONDITIONAL) == 30
    families = {"comparison", "duration", "matching"}
    plain = {name for name, task in TASKS.items() if task.family in families}
    assert set(CONDITIONAL) == plain | {"ConDM", "ConAntiDM"}


def test_unknown_names_are_told():
    with pytest.raises(NeurosimError, match=r"expected one of 'AntiCOMP1'.*found 'Stay'"):
        find_task("Stay")
    with pytest.raises(NeurosimError, match=r"dichotomy: expected one of .*found 'multi'"):
        dichotomy("multi")
