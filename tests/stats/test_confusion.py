"""Counts of what was understood."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import confusion_matrix

from neurosim import NeurosimError
from neurosim.stats.confusion import OTHER, count_confusions

TASKS = ["Go", "AntiGo", "DM"]
MESSAGES = st.lists(st.tuples(st.sampled_from(TASKS), st.sampled_from([*TASKS, OTHER])))


@given(MESSAGES)
def test_counts_are_those_of_scikit_learn(messages):
    meant, understood = ([m[k] for m in messages] for k in (0, 1))
    found = count_confusions(meant, understood, TASKS)
    assert found["count"].dims == ("meant", "understood")
    assert found["count"].values.sum() == len(messages)
    if messages:
        expected = confusion_matrix(meant, understood, labels=[*TASKS, OTHER])
        assert (found["count"].values == expected[:3]).all()


def test_shares_are_of_the_messages_of_each_task():
    found = count_confusions(["Go"] * 4, ["Go", "Go", "DM", OTHER], TASKS)
    assert found["share"].sel(meant="Go").values.tolist() == [0.5, 0.0, 0.25, 0.25]
    assert np.isnan(found["share"].sel(meant="DM")).all()
    assert found["understood"].values.tolist() == [*TASKS, OTHER]


@pytest.mark.parametrize(
    ("meant", "understood", "tasks", "message"),
    [
        (["Go"], [], TASKS, "for each of 1"),
        (["Stop"], ["Go"], TASKS, "found 'Stop'"),
        (["Go"], ["Stop"], TASKS, "found 'Stop'"),
        ([OTHER], ["Go"], TASKS, "found 'other'"),
        (["Go"], ["Go"], ["Go", "Go"], "different names"),
        (["Go"], ["Go"], ["Go", OTHER], "different names"),
    ],
)
def test_messages_that_cannot_be_counted_are_refused(meant, understood, tasks, message):
    with pytest.raises(NeurosimError, match=message):
        count_confusions(meant, understood, tasks)
