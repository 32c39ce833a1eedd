"""Teaching between networks made by hand: words carry a task, copied embeddings need not."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import xarray as xr
from planted_talk import ANTI, CSV, PRO, SOURCE, TASKS, instructions, planted_network

from neurosim import NeurosimError
from neurosim.models.instructed.audience import PARTNERS
from neurosim.models.instructed.communication import (
    CommunicationParameters,
    measure_communication,
)
from neurosim.models.instructed.communication_files import communicate_from_files
from neurosim.models.instructed.communication_table import (
    REGIMES,
    TOLD,
    join_communication,
    mean_or_nan,
)
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.information import Wordings, bag_of_words
from neurosim.models.instructed.motor_feedback import FeedbackParameters
from neurosim.models.instructed.network import build_network
from neurosim.models.instructed.readers import bag_reader
from neurosim.models.instructed.trained import network_to_dataset
from neurosim.models.instructed.training import TrainingParameters
from neurosim.models.instructed.writer_training import WriterParameters
from neurosim.stats.confusion import OTHER
from neurosim.tasks.psychophysics.instructions import tokenise

SET_3 = "set_3"  # holds AntiRTGo out
LIKE, UNLIKE = planted_network(1, n_each=1), planted_network(-1, n_each=1)
INSTRUCTIONS = instructions(1)  # what is written is then one of two texts, or a mixture
EXPERIMENT = Experiment(TASKS, 2, SOURCE, TrainingParameters(n_updates=1), seed=1)
SMALL = {
    "n_messages": 8,
    "n_trials": 10,
    "feedback": {"n_embeddings": 2, "n_trials": 32, "n_batches": 40},
    "writer": {
        "n_units": 24,
        "n_epochs": 3,
        "n_updates": 30,
        "n_trials": 20,
        "n_batch": 16,
        "learning_rate": 0.01,
        "falls_by": 0.5,
    },
}


def teach(hold_out="none", partners=None, instructor=LIKE, **changes):
    return measure_communication(
        instructor,
        {"none": [UNLIKE], SET_3: [LIKE]} if partners is None else partners,
        hold_out,
        0,
        EXPERIMENT,
        INSTRUCTIONS,
        bag_reader(INSTRUCTIONS),
        replace(CommunicationParameters.from_mapping(SMALL), **changes),
    )


@pytest.fixture(scope="module")
def taught():
    return teach()


@pytest.fixture(scope="module")
def taught_held_out():
    return teach(SET_3)


def test_words_teach_another_network_and_copied_embeddings_mislead_it(taught):
    told = taught["partner_performance"].sel(regime="all", partner="all")
    assert (told.sel(told="wording") > 0.9).all()
    assert (told.sel(told="instruction") > 0.9).all()
    assert (told.sel(told="embedding") == 0).all()


def test_embeddings_suit_a_network_like_the_instructor(taught):
    told = taught["partner_performance"].sel(regime="all", partner="held_out")
    assert told.sel(told="embedding", task=ANTI) > 0.7
    assert told.sel(task=PRO).isnull().all()  # no partner lacks it


def test_what_is_written_is_counted_as_what_it_is(taught):
    assert taught["confusion"].dims == ("regime", "task", "understood")
    assert (taught["confusion"].sum("understood") == SMALL["n_messages"]).all()
    for task in TASKS:
        at = {"regime": "all", "task": task}
        for text, whose in zip(
            taught["message_text"].sel(at).values,
            taught["message_understood"].sel(at).values,
            strict=True,
        ):
            known = [
                t for t in TASKS for w in INSTRUCTIONS.train[t] if tokenise(w) == tokenise(text)
            ]
            assert known == ([] if whose == OTHER else [whose])
        share = taught["confusion"].sel({**at, "understood": OTHER}) / SMALL["n_messages"]
        assert taught["novel"].sel(at) == share


def test_performance_is_the_mean_over_messages_and_over_novel_ones(taught, taught_held_out):
    for found in (taught, taught_held_out):
        each, told = found["message_performance"], found["partner_performance"]
        xr.testing.assert_allclose(
            each.mean("message"), told.sel(told="instruction", drop=True).transpose(*each.dims[:-1])
        )
        novel = each.where(found["message_understood"] == OTHER).mean("message")
        xr.testing.assert_allclose(novel, told.sel(told="novel", drop=True).transpose(*novel.dims))


def test_an_instructor_with_a_hold_out_makes_both_other_regimes(taught_held_out):
    assert taught_held_out["regime"].values.tolist() == ["held_out", "held_out_by_writer"]
    assert taught_held_out["task"].values.tolist() == [ANTI]
    told = taught_held_out["partner_performance"].sel(task=ANTI)
    assert (told.sel(told="instruction", regime="held_out") > 0.7).all()
    same = taught_held_out["embedding_performance"]
    assert (same[0] == same[1]).all()


def test_a_writer_that_never_saw_a_task_writes_none_of_its_instructions(taught_held_out):
    counts = taught_held_out["confusion"].sel(regime="held_out_by_writer", task=ANTI)
    assert counts.sel(understood=ANTI) == 0
    assert counts.sum() == SMALL["n_messages"]
    assert taught_held_out["retold"].sel(regime="held_out_by_writer", task=ANTI) == 0
    assert taught_held_out["retold"].sel(regime="held_out", task=ANTI) > 0.7


def test_dimensions_are_as_promised(taught):
    assert taught["partner_performance"].dims == ("regime", "partner", "told", "task")
    assert tuple(taught["told"].values) == TOLD
    assert tuple(taught["partner"].values) == PARTNERS
    assert taught.attrs == {"network": "bownet", "hold_out": "none", "number": 0}
    assert all(taught[name].attrs["long_name"] for name in taught.data_vars)


def test_the_same_seed_says_the_same(taught_held_out):
    xr.testing.assert_identical(teach(SET_3), taught_held_out)


def test_only_what_partners_lack_is_taught_if_asked_for(taught):
    before = {key: value.clone() for key, value in LIKE.state_dict().items()}
    found = teach(held_out_only=True)
    assert all(torch.equal(value, before[key]) for key, value in LIKE.state_dict().items())
    assert found["task"].values.tolist() == [ANTI]
    xr.testing.assert_equal(
        found["partner_performance"], taught["partner_performance"].sel(task=[ANTI])
    )


def test_drawn_words_differ_from_the_likeliest():
    unsure = WriterParameters(**{**SMALL["writer"], "n_epochs": 1, "n_updates": 10})
    likeliest, drawn = (
        teach(SET_3, sampled=sampled, writer=unsure)["message_text"] for sampled in (False, True)
    )
    assert (likeliest != drawn).any()


def test_files_of_an_instructor_are_joined(taught, taught_held_out, tmp_path):
    joined = join_communication([taught, taught_held_out])
    assert joined["regime"].values.tolist() == ["all", "held_out", "held_out_by_writer"]
    assert joined["task"].values.tolist() == list(TASKS)
    for part in (taught, taught_held_out):
        at = {key: part[key].values for key in ("regime", "task")}
        for name in part.data_vars:
            here = {key: where for key, where in at.items() if key in part[name].dims}
            assert (joined[name].sel(here).values == part[name].values).all() or np.array_equal(
                joined[name].sel(here).values, part[name].values, equal_nan=True
            )
    absent = joined.sel(regime="held_out", task=PRO)
    assert absent["partner_performance"].isnull().all()
    assert (absent["message_text"] == "").all()
    assert absent["confusion"].sum() == 0
    joined.to_netcdf(tmp_path / "joined.nc")
    with xr.open_dataset(tmp_path / "joined.nc") as back:
        xr.testing.assert_equal(back["confusion"].load(), joined["confusion"])


def test_files_that_do_not_belong_together_are_refused(taught):
    for found, message in (
        ([], "found none"),
        ([taught, taught.assign_attrs(number=1)], "one instructor"),
        ([taught, taught], "in two files"),
        ([taught, taught.isel(message=slice(3))], "found 3 and 8 of message"),
    ):
        with pytest.raises(NeurosimError, match=message):
            join_communication(found)


def test_nothing_to_teach_is_refused():
    with pytest.raises(NeurosimError, match="'set_2': expected tasks to teach, found none"):
        teach("set_2", {"none": [LIKE]})
    with pytest.raises(NeurosimError, match="'none': expected tasks to teach, found none"):
        teach(partners={"none": [LIKE]}, held_out_only=True)


def test_options_that_are_wrong_are_refused():
    for options, message in (
        ({"n_messages": 0}, "n_messages"),
        ({"writer": {"n_words": 3}}, r"communication\.writer.*'n_words'"),
        ({"n_embeddings": 3}, "communication.*'n_embeddings'"),
    ):
        with pytest.raises(NeurosimError, match=message):
            CommunicationParameters.from_mapping(options)


def test_defaults_are_as_published():
    parameters = CommunicationParameters.from_mapping({})
    assert (parameters.n_messages, parameters.feedback.n_embeddings) == (50, 25)
    assert parameters.writer.n_epochs * parameters.writer.n_updates == 80 * 2400


def test_mean_without_anything_is_nan():
    values = np.array([[1.0, np.nan, 2.0], [np.nan] * 3])
    np.testing.assert_array_equal(mean_or_nan(values), [1.5, np.nan])


def test_networks_in_files_teach_each_other(tmp_path):
    """Real, untrained networks: what is tested is that files are read and hold-outs joined."""
    experiment = replace(EXPERIMENT, n_units=4)
    paths = {}
    for hold_out, number in (("none", 0), (SET_3, 0), ("none", 1)):
        found = build_network(
            "bownet",
            bag_of_words(instructions()),
            Wordings(15, 5),
            4,
            np.random.default_rng(number),
        )
        paths[hold_out, number] = tmp_path / f"{hold_out}_{number}.nc"
        network_to_dataset(found).to_netcdf(paths[hold_out, number])
    parameters = CommunicationParameters(
        n_messages=2,
        n_trials=1,
        feedback=FeedbackParameters(n_embeddings=1, n_trials=1, n_batches=1, n_test=1),
        writer=WriterParameters(n_units=2, n_epochs=1, n_updates=1, n_trials=1, n_batch=1),
    )
    taught = communicate_from_files(
        {"none": paths["none", 0], SET_3: paths[SET_3, 0]},
        {"none": [paths["none", 1]]},
        0,
        experiment,
        {"instructions": CSV},
        parameters,
    )
    assert taught["regime"].values.tolist() == list(REGIMES)
    assert taught.attrs == {"network": "bownet", "hold_out": f"none, {SET_3}", "number": 0}
    assert taught["confusion"].sum("understood").values.tolist() == [[2, 2], [0, 2], [0, 2]]
