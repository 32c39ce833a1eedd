"""What is made of representations whose structure is known."""

from pathlib import Path

import numpy as np
import pytest
from planted_instruction import (
    LEVELS,
    SCORES,
    SQUARE,
    effect_of,
    measured,
    representation,
    rows_of,
)

from analysis import instruction_geometry, instruction_units
from analysis.instruction_ccgp import ccgp_table, measure_of
from analysis.instruction_data import Measurements, by_task
from analysis.instruction_units import CHANGES, changes_in, over_networks
from neurosim.models.instructed.unit_tuning import WINDOWS
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.catalogue import TASKS, held_out_tasks

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
SETS = ("set_1", "set_6", "set_10")
HELD = [task for name in SETS for task in held_out_tasks(name)]
WORDED = ("hidden_5", "hidden_6", "information", "network")


def near(value: float, by: float = 0.004):
    return pytest.approx(value, abs=by)


def represented(numbers: tuple[int, ...] = (0,)) -> list:
    return [
        representation(name, hold_out, number, **({"layers": WORDED} if "sbert" in name else {}))
        for name in LEVELS
        for hold_out in SETS
        for number in numbers
    ]


@pytest.fixture(scope="module")
def given():
    return measured(hold_outs=SETS, numbers=(0,), representation=represented())


@pytest.fixture(scope="module")
def tree(given):
    return instruction_geometry.analyse(given, REFERENCES)


@pytest.fixture(scope="module")
def rows(tree):
    return rows_of(tree)


@pytest.fixture(scope="module")
def units(given):
    return rows_of(instruction_units.analyse(given, REFERENCES))


@pytest.mark.parametrize("network", list(LEVELS))
def test_ccgp_of_units_is_the_planted_one_over_held_out_tasks(rows, network):
    row = rows.loc["ccgp", "test,all sets,network", network]
    planted = 0.5 + 0.5 * LEVELS[network] + np.mean([effect_of(task) for task in HELD])
    assert row.estimate == near(planted)
    assert (row.n, row.n_unit) == (len(HELD), "task")


def test_every_layer_and_scaling_is_a_row_and_trained_tasks_are_their_own(rows):
    for layer in WORDED[:-1]:
        row = rows.loc["ccgp", f"test,all sets,{layer}", "sbertnet"]
        assert row.estimate == near(SCORES[layer] + np.mean([effect_of(task) for task in HELD]))
    assert ("ccgp", "test,all sets,network,unit", "bownet") in rows.index
    trained = rows.loc["ccgp", "test,all sets,network,trained", "bownet"]
    assert trained.n == len(TASKS)
    assert ("ccgp", "test,all sets,hidden_5", "bownet") not in rows.index


def test_swapped_instructions_lose_what_was_planted(rows):
    lost = rows.loc["ccgp_swapped_drop", "test,all sets,network", "structurenet"]
    assert lost.estimate == near(0.205, 0.006)
    assert lost.p_value < 1e-10
    swapped = rows.loc["ccgp", "test,all sets,network,swapped", "structurenet"]
    told = rows.loc["ccgp", "test,all sets,network", "structurenet"]
    assert told.estimate - swapped.estimate == near(lost.estimate, 1e-9)


def test_only_held_out_tasks_count_as_swapped():
    table = ccgp_table([representation("bownet", "set_1")])
    swapped = by_task(table, measure_of("network", "unit", "swapped"), "bownet")
    assert set(swapped.columns) == set(held_out_tasks("set_1"))


def test_the_correlation_is_over_networks_and_tasks_and_within_networks(rows):
    both = rows.loc["ccgp_correlation", "test,all sets"]
    whole = both.loc["all networks"]
    assert (whole.n, whole.reference_id) == (4 * len(HELD), "G016")  # without the control
    assert whole.verdict == "no reference"  # of 15 tasks, and MiniLM is among the networks
    assert "15 of 50 tasks" in whole.test
    assert both.loc["task means"].n == len(HELD)
    assert both.loc["within networks"].estimate > 0.95  # the planted effects of tasks
    assert both.loc["bownet"].n == len(HELD)
    assert "sbertnet,shuffled" not in both.index


def test_a_correlation_between_networks_alone_is_none_within_them(given):
    """Levels of networks differ, and what tasks have more is shuffled."""
    rng = np.random.default_rng(1)
    shuffled = []
    for data in given.representation:
        data = data.copy(deep=True)
        ccgp = data["ccgp"].sel(layer="network").values
        data["ccgp"].loc[{"layer": "network"}] = rng.permuted(ccgp, axis=-1)
        shuffled.append(data)
    changed = measured(hold_outs=SETS, numbers=(0,), representation=shuffled)
    found = rows_of(instruction_geometry.analyse(changed, REFERENCES))
    both = found.loc["ccgp_correlation", "test,all sets"]
    assert both.loc["all networks"].estimate > 0.7
    assert abs(both.loc["within networks"].estimate) < 0.4


def test_parallel_axes_are_rows_where_one_of_the_four_was_held_out(rows):
    row = rows.loc["axis_parallelism", "test,set_10,network,strongest_weakest", "structurenet"]
    assert (row.estimate, row.n_unit) == (pytest.approx(0.9), "training")
    assert "AntiDMMod1 was never trained" in row.test
    assert (row.ci_low, row.ci_high) == (pytest.approx(0.85), pytest.approx(0.95))
    conditions = rows.loc["axis_parallelism"].index.get_level_values("condition")
    assert not conditions.str.contains("set_6").any()  # holds out none of the four
    assert conditions.str.contains("set_1,information,modality").any()


def test_two_trainings_have_no_interval_that_stands_beside_those_over_samples():
    data = [representation("bownet", "set_10", number) for number in (0, 1)]
    found = rows_of(
        instruction_geometry.analyse(Measurements("test", representation=data), REFERENCES)
    )
    row = found.loc["axis_parallelism", "test,set_10,network,modality", "bownet"]
    assert row.n == 2
    assert np.isnan([row.ci_low, row.ci_high]).all()
    assert "found 2" in row.test


def test_frozen_layers_have_no_interval_and_tasks_are_said_to_share_decodings(rows, tree):
    for layer in ("hidden_5", "hidden_6"):
        row = rows.loc["ccgp", f"test,all sets,{layer}", "sbertnet"]
        assert np.isnan([row.ci_low, row.ci_high]).all()
        assert "frozen" in row.test
    assert np.isfinite(rows.loc["ccgp", "test,all sets,information", "sbertnet"].ci_low)
    ccgp = rows.loc["ccgp"]
    assert ccgp.test[np.isfinite(ccgp.estimate)].str.contains("share decodings").all()
    shown = tree["layers"].to_dataset().sel(network="sbertnet")
    assert np.isnan(shown["low"].sel(layer="hidden_5"))
    assert np.isfinite(shown["low"].sel(layer="network"))


def test_axes_are_rows_by_layer_over_trained_networks(rows, tree):
    row = rows.loc["ccgp_axis", "test,all sets,network,modality", "bownet"]
    assert (row.estimate, row.n, row.n_unit) == (pytest.approx(0.4), 3, "trained network")
    assert np.isnan(row.p_value)
    frozen = rows.loc["ccgp_axis", "test,all sets,hidden_6,strongest_weakest", "sbertnet"]
    assert frozen.estimate == pytest.approx(0.9)
    assert np.isnan(frozen.ci_low)
    assert "frozen" in frozen.test
    shown = tree["axes"]["ccgp"].sel(network="sbertnet", axis="modality")
    assert np.allclose(shown, 0.4)
    titles = [axes.get_title() for axes in instruction_geometry.draw(tree).axes]
    titles += [axes.get_title(loc="left") for axes in instruction_geometry.draw(tree).axes]
    assert "By axis: units" in titles


def test_axes_that_no_pair_of_the_study_is_on_are_left_out():
    data = representation("bownet", "set_10")
    data["ccgp_axis"] = data["ccgp_axis"].where(data["axis"] != "modality")
    tree = instruction_geometry.analyse(Measurements("test", representation=[data]), REFERENCES)
    found = rows_of(tree).loc["ccgp_axis"].index.get_level_values("condition")
    assert found.str.endswith(",strongest_weakest").all()
    assert tree["axes"]["axis"].values.tolist() == ["strongest_weakest"]


def test_axes_of_several_trainings_have_an_interval_over_them():
    data = [representation("bownet", "set_10", number) for number in (0, 1, 2)]
    for number, each in enumerate(data):
        each["parallelism"] = each["parallelism"] + 0.1 * (number - 1)
    found = rows_of(
        instruction_geometry.analyse(Measurements("test", representation=data), REFERENCES)
    )
    row = found.loc["axis_parallelism", "test,set_10,network,modality", "bownet"]
    assert row.n == 3
    assert row.estimate == pytest.approx(LEVELS["bownet"])
    assert row.ci_high - row.ci_low == pytest.approx(2 * 4.302653 * 0.1 / 3**0.5)


def test_the_figure_shows_four_networks_and_the_task_that_was_held_out(tree):
    square = tree["square"].to_dataset()
    assert square["network"].values.tolist() == ["simplenet", "bownet", "sbertnet", "structurenet"]
    assert square.attrs["hold_out"] == "set_10"
    assert square["decoded"].values[square["is_held_out"].values == 1].tolist() == ["AntiDMMod1"]
    drawn = instruction_geometry.draw(tree)
    titles = [axes.get_title(loc="left") for axes in drawn.axes]
    assert sum("AntiDMMod1: " in title for title in titles) == 4


def test_wordings_that_are_fewer_than_trials_leave_their_mean_alone(tree):
    square = tree["square"].to_dataset().sel(space="information", network="bownet")
    assert np.isfinite(square["centre"]).all()
    assert np.isfinite(square["component"]).sum("sample").max() == 15


def test_a_study_without_the_four_tasks_has_no_square():
    names = ("component", "explained", "parallelism", "parallelism_low", "parallelism_high")
    data = representation("bownet", "set_10").drop_vars(names).drop_dims(["space", "decoded"])
    tree = instruction_geometry.analyse(Measurements("test", representation=[data]), REFERENCES)
    assert rows_of(tree).loc["axis_parallelism", "test,all sets", ""].verdict == "not run"
    instruction_geometry.draw(tree)


def test_tasks_in_no_pair_are_left_out():
    data = representation("bownet", "set_10")
    data["ccgp"].loc[{"task": ["AntiGo", "Dur1"]}] = np.nan
    tree = instruction_geometry.analyse(Measurements("test", representation=[data]), REFERENCES)
    assert rows_of(tree).loc["ccgp", "test,all sets,network", "bownet"].n == 3


@pytest.mark.parametrize("module", [instruction_geometry, instruction_units])
def test_a_run_without_representations_says_so(module):
    tree = module.analyse(Measurements("test"), REFERENCES)
    assert (tree["summary"]["verdict"] == "not run").all()
    module.draw(tree)


def test_clusters_stand_beside_their_shuffles(units):
    assert units.loc["unit_clusters", "test,all sets", "bownet"].estimate == 3
    row = units.loc["cluster_silhouette", "test,all sets", "bownet"]
    assert row.estimate == pytest.approx(0.6)
    assert "at most 0.120" in row.test
    assert "in 100% of trainings" in row.test


def test_turns_of_held_out_pairs_are_apart_from_trained_ones(units):
    where = "test,all sets,go,{},response"
    held = units.loc["preferred_direction_turn", where.format("held out"), "bownet"]
    assert held.n_unit == "unit"  # AntiGo is held out in one set alone
    assert held.ci_low == near(held.estimate - 0.1)
    trained = units.loc["preferred_direction_turn", where.format("trained"), "bownet"]
    assert (trained.n, trained.n_unit) == (2, "trained network")
    assert trained.estimate == near(0.94, 0.011)
    assert np.isnan(trained.ci_low)
    assert "3 trained networks are needed" in trained.test


def test_pairs_of_one_network_are_no_networks():
    share = [Estimate(value, 0.0, 1.0, 9) for value in (0.2, 0.4, 0.6)]
    empty = Estimate(np.nan, np.nan, np.nan, 0)
    one = over_networks([share])
    assert one[0].value == pytest.approx(0.4)
    assert np.isnan(one[0].low)
    assert one[0].n == 1
    three = over_networks([share, share[:2], share[2:], [empty]])
    assert three[0].n == 3
    assert three[0].value == pytest.approx((0.4 + 0.3 + 0.6) / 3)
    assert np.isfinite(three[0].low)


def test_pairs_without_tuned_units_are_no_numbers(units):
    row = units.loc["slope_flip", "test,all sets,comparison,trained,stimuli", "bownet"]
    assert row.verdict == "not run"
    assert "no unit is tuned" in row.test


def test_every_pair_is_given_once_a_window():
    pairs = list(changes_in([representation("bownet", "set_10")], CHANGES[0]))
    assert [(p.family, p.held_out, p.window) for p in pairs] == [
        *(("go", True, window) for window in WINDOWS),
        *(("decision", False, window) for window in WINDOWS),
    ]


def test_the_figure_of_units_shows_active_ones_by_cluster(given):
    tree = instruction_units.analyse(given, REFERENCES)
    drawn = instruction_units.draw(tree)
    (picture,) = [image for axes in drawn.axes for image in axes.images]
    assert picture.get_array().shape == (len(TASKS), 29)  # one of 30 is silent
    assert tree["clusters"].attrs["network"] == "sbertnet"
    assert set(SQUARE) <= set(tree["clusters"]["task"].values)
