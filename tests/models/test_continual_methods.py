"""Methods by name, and what they and their budgets refuse."""

import pytest

from neurosim import NeurosimError
from neurosim.models.continual_methods import (
    LearnerParameters,
    MetaParameters,
    Method,
    ablations,
)
from neurosim.models.maml import InnerParameters


def test_the_parts_of_the_agent_are_left_out_alone_and_together():
    found = ablations()
    assert len(found) == 8
    assert found["agent"] == Method("agent", "prioritised", meta=True, lesion=True)
    assert found["agent,no_memory"] == Method("controller", "prioritised", meta=True)
    assert found["agent,no_replay,no_meta"] == Method("agent")
    assert found["agent,no_memory,no_replay,no_meta"] == Method("controller")


def test_parameters_come_from_nested_keys():
    given = {"n_epochs": 3, "beta": [0.5, 1], "meta": {"every": 4, "inner": {"rate": 0.2}}}
    found = LearnerParameters.from_mapping(given)
    assert (found.n_epochs, found.beta) == (3, (0.5, 1.0))
    assert found.meta == MetaParameters(InnerParameters(rate=0.2), every=4)
    assert LearnerParameters.from_mapping({}) == LearnerParameters()
    with pytest.raises(NeurosimError, match="meta: expected options among"):
        LearnerParameters.from_mapping({"meta": {"evry": 4}})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replay": "dreams"}, "expected one of 'imagination', 'movie_forward'"),
        ({"answers": 0.5}, "expected 0 with replay None"),
        ({"answers": 0.5, "replay": "imagination"}, "only what was experienced"),
        ({"joint": True, "replay": "uniform"}, "expected no replay with all tasks at hand"),
    ],
)
def test_what_does_not_go_together_is_refused(options, message):
    with pytest.raises(NeurosimError, match=message):
        Method(**options)
