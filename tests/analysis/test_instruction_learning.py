"""What is made of networks whose performance is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from planted_instruction import (
    DEFICIT,
    GAP,
    LEVELS,
    WITHHELD,
    effect_of,
    held_out,
    input_learning,
    measured,
    rows_of,
)

from analysis import instruction_controls, instruction_learning
from analysis.instruction_data import (
    Measurements,
    by_task,
    curves_of,
    in_order,
    networks_in,
    read_measurements,
    task_table,
)
from analysis.instruction_published import reads
from analysis.instruction_rows import words
from neurosim.files import Provenance, save, save_or_explain
from neurosim.models.instructed.language_sources import MissingModel
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.catalogue import CONDITIONAL, TASKS

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
MEAN = np.mean([effect_of(task) for task in TASKS])  # over all tasks, of what they have more
ALL = "test,all sets"
TWO = ("set_1", "set_10")


def near(value: float, by: float = 0.004):
    return pytest.approx(value, abs=by)


@pytest.fixture(scope="module")
def all_sets():
    return measured()


@pytest.fixture(scope="module")
def rows(all_sets):
    return rows_of(instruction_learning.analyse(all_sets, REFERENCES))


@pytest.fixture(scope="module")
def controls():
    given = measured(hold_outs=("set_1", "set_10", "family_go", "family_matching"))
    return rows_of(instruction_controls.analyse(given, REFERENCES))


@pytest.mark.parametrize("network", list(LEVELS))
def test_zero_shot_performance_is_the_planted_one_over_all_tasks(rows, network):
    row = rows.loc["zero_shot", "test,all sets", network]
    assert row.estimate == near(LEVELS[network] + MEAN)
    assert (row.n, row.n_unit) == (50, "task")
    assert row.ci_low < row.estimate < row.ci_high


def test_published_numbers_stand_beside_ours_as_shares(rows):
    row = rows.loc["zero_shot", "test,all sets", "structurenet"]
    assert (row.reference_id, row.reference) == ("G009", pytest.approx(0.88))
    assert row.verdict == "agrees"
    assert rows.loc["zero_shot", "test,all sets", "simplenet"].verdict == "differs"
    assert rows.loc["zero_shot", "test,set_1", "structurenet"].reference_id == ""
    assert rows.loc["zero_shot", "test,all sets", "sbertnet,shuffled"].reference_id == ""


def test_the_language_model_that_is_not_the_published_one_is_named(rows):
    said = reads("sbertnet")
    assert said in rows.loc["zero_shot", "test,all sets", "sbertnet"].test
    assert said not in rows.loc["zero_shot", "test,all sets", "bownet"].test


def test_networks_that_were_not_trained_say_why(rows):
    missing = rows.loc["zero_shot", "test,all sets", "sbertnet_l"]
    assert (missing.verdict, missing.reference) == ("not run", pytest.approx(0.83))
    assert "expected a cache" in missing.test
    other = rows.loc["zero_shot", "test,all sets", "gptnet_xl"]
    assert "not trained at this scale" in other.test


def test_baselines_are_estimators_of_zero_shot_performance(rows):
    withheld = rows.loc["zero_shot", "test,all sets", "withholding"]
    assert withheld.estimate == near(WITHHELD)
    assert rows.loc["zero_shot", "test,set_1", "bownet,neighbour"].estimate == near(0.4, 0.02)


def test_differences_are_paired_over_tasks_and_corrected(rows):
    row = rows.loc["zero_shot_difference", "test,all sets,over=simplenet", "structurenet"]
    assert row.estimate == near(LEVELS["structurenet"] - LEVELS["simplenet"])
    assert row.p_value < 1e-20
    assert "Welch's t over tasks and trainings" in row.test
    # an unpaired interval is as wide as tasks differ; pairs take that out
    assert row.ci_high - row.ci_low < 0.01
    shuffled = rows.loc["zero_shot_difference", "test,all sets,over=simplenet", "sbertnet,shuffled"]
    assert shuffled.estimate == near(0.0)


def test_tasks_that_some_trainings_lack_count_in_differences():
    data = [held_out(n, "set_1", k) for n in ("simplenet", "bownet") for k in (0, 1)]
    data += [held_out(n, "set_2") for n in ("simplenet", "bownet")]
    found = rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES))
    assert found.loc["zero_shot_difference", f"{ALL},over=simplenet", "bownet"].n == 10


def test_the_worst_trained_task_and_the_criterion_are_rows():
    low = held_out("simplenet", "set_1")
    low["training"][:] = 0.99
    low["training"][3] = 0.5
    found = rows_of(instruction_learning.analyse(Measurements("test", [low]), REFERENCES))
    worst = found.loc["worst_trained_task", "test,set_1", "simplenet"]
    assert worst.estimate == 0.5
    assert str(low["trained"].values[3]) in worst.test
    share = found.loc["tasks_at_criterion", "test,set_1", "simplenet"]
    assert share.estimate == pytest.approx(44 / 45)
    assert "44 of 45" in share.test


@pytest.mark.parametrize(("level", "expected"), [(0.9, 6.0), (0.1, np.nan)])
def test_batches_to_the_criterion_have_a_median_where_half_come_to_it(level, expected):
    data = Measurements("test", [held_out("bownet", "set_1", level=level)])
    found = rows_of(instruction_learning.analyse(data, REFERENCES))
    row = found.loc["batches_to_criterion", "test,all sets", "bownet"]
    assert row.estimate == pytest.approx(expected, nan_ok=True)
    assert ("not run" in row.test) == bool(np.isnan(expected))
    reached = found.loc["batches_to_criterion_reached", "test,all sets", "bownet"]
    assert reached.estimate == float(np.isfinite(expected))


def test_the_median_counts_curves_that_never_come_to_the_criterion():
    data = held_out("bownet", "set_1", level=0.9)
    data["batches_to_criterion"][:] = [[2, 3], [4, 5], [6, np.inf], [np.inf] * 2, [np.inf] * 2]
    found = rows_of(instruction_learning.analyse(Measurements("test", [data]), REFERENCES))
    row = found.loc["batches_to_criterion", "test,all sets", "bownet"]
    assert np.isnan(row.estimate)  # five of ten: the middle lies between 6 and never
    data["batches_to_criterion"][3] = [7, np.inf]
    found = rows_of(instruction_learning.analyse(Measurements("test", [data]), REFERENCES))
    row = found.loc["batches_to_criterion", "test,all sets", "bownet"]
    assert row.estimate == 6.5
    assert np.isnan(row.ci_high)
    assert row.ci_low < 6


def test_of_networks_trained_on_everything_there_is_training_and_nothing_held_out():
    data = Measurements("test", [held_out("simplenet", "none")])
    tree = instruction_learning.analyse(data, REFERENCES)
    found = rows_of(tree)
    assert found.loc["training_performance", "test,nothing held out", "simplenet"].n == 50
    assert found.loc["zero_shot", "test,all sets", "simplenet"].verdict == "not run"
    instruction_learning.draw(tree)


def test_a_run_without_networks_has_rows_that_say_so():
    for module in (instruction_learning, instruction_controls):
        tree = module.analyse(Measurements("test"), REFERENCES)
        assert (tree["summary"]["verdict"] == "not run").all()
        module.draw(tree)


def test_every_published_number_of_these_questions_has_one_row(rows, controls):
    wanted = {f"G{number:03d}" for number in (*range(1, 10), 12, 13, 14, 25)}
    wanted |= {f"G010{part}" for part in "ab"} | {f"G011{part}" for part in "abc"}
    wanted |= {f"G015{part}" for part in "abcd"} | {f"G017{part}" for part in "abc"}
    found = [*rows.reference_id, *controls.reference_id]
    assert sorted(name for name in found if name) == sorted(wanted)


@pytest.mark.parametrize(
    ("quantity", "measure"),
    [("zero_shot_swapped", "swapped"), ("zero_shot_composed", "composed")],
)
def test_other_ways_of_telling_cost_what_was_planted(controls, quantity, measure):
    told = controls.loc[quantity, "test,all sets", "sbertnet"]
    drop = controls.loc[f"{measure}_drop", "test,all sets", "sbertnet"]
    assert drop.estimate == near(GAP[measure])
    assert drop.p_value < 1e-6
    assert told.estimate + drop.estimate == near(
        LEVELS["sbertnet"] + np.mean([effect_of(t) for s in TWO for t in _tasks(s)]), 0.01
    )


def _tasks(hold_out: str) -> list[str]:
    return held_out("bownet", hold_out)["held_out"].values.tolist()


def test_rules_have_no_other_words(controls):
    assert ("zero_shot_validation", "test,all sets", "simplenet") not in controls.index
    assert ("validation_performance", "test,all sets", "structurenet") not in controls.index
    assert controls.loc["validation_performance", "test,all sets", "bownet"].estimate == near(0.93)


def test_families_are_their_own_rows_and_leave_the_sets_alone(controls):
    row = controls.loc["zero_shot_family", "test,all families", "structurenet"]
    assert (row.n, row.reference_id) == (8, "G011c")
    assert "2 of 12 families" in row.test
    assert controls.loc["zero_shot_family", "test,family_go", "bownet"].n == 4
    less = controls.loc["family_difference", "test,all families,over=structurenet", "bownet"]
    assert less.estimate == near(-0.3, 0.01)


def test_input_weights_are_judged_on_the_end_of_the_curve(controls):
    row = controls.loc["input_weights_only", "test,all sets", "bownet"]
    assert row.estimate == near(0.97)
    assert controls.loc["input_weights_batches", "test,all sets", "bownet"].estimate == 12


def test_the_conditional_deficit_is_the_planted_one_beside_its_null(all_sets):
    tree = instruction_controls.analyse(all_sets, REFERENCES)
    assert tree["deficit"]["null"].shape == (len(LEVELS), 50)
    assert np.abs(tree["deficit"]["null"]).max() < DEFICIT
    found = rows_of(tree)
    row = found.loc["conditional_deficit", "test,all sets", "bownet"]
    spread = {kind: [effect_of(t) for t in TASKS if (t in CONDITIONAL) == kind] for kind in (1, 0)}
    assert row.estimate == near(np.mean(spread[1]) - np.mean(spread[0]))
    assert row.estimate == near(-DEFICIT, 0.02)
    assert row.p_value == pytest.approx(1 / 51)
    t = found.loc["conditional_deficit_t", "test,all sets", "structurenet"]
    assert (t.reference, t.n_unit) == (-36.46, "training")
    more = found.loc["conditional_deficit_difference", "test,all sets,over=structurenet", "bownet"]
    assert more.estimate == near(0.0)


def test_a_tuned_language_model_is_a_row_of_its_network():
    pair = [held_out("bownet", "set_1"), held_out("bownet", "set_1", level=0.8)]
    pair[1].attrs["network"] = "bownet,tuned"
    found = rows_of(instruction_controls.analyse(Measurements("test", pair), REFERENCES))
    row = found.loc["zero_shot_tuned", "test,all sets", "bownet"]
    assert row.estimate > 0.7
    assert "+0.2" in row.test


def test_tables_are_means_over_repeats_and_hold_outs():
    first, second = held_out("bownet", "set_1"), held_out("bownet", "set_2")
    first["training"][:], second["training"][:] = 0.2, 0.6
    table = task_table([first, second])
    values = by_task(table, "training", "bownet")
    assert values.shape == (1, 50)
    both = [t for t in values if t in first["trained"].values and t in second["trained"].values]
    assert len(both) == 40
    assert np.allclose(values[both], 0.4)
    assert np.allclose(values.drop(columns=both).iloc[0].sort_values(), [0.2] * 5 + [0.6] * 5)
    assert by_task(table, "training", "bownet", "set_1").shape == (1, 45)
    assert by_task(table, "training", "other").empty


def test_curves_of_trainings_are_averaged_by_task():
    one, two = input_learning("bownet", "set_1"), input_learning("bownet", "set_1", 1)
    two["curve"] = two["curve"] + 0.01
    found = curves_of([one, two, input_learning("bownet", "set_2")], "bownet")
    assert found.sizes == {"task": 10, "batch": 20}
    expected = one["curve"].sel(held_out="RTGo").values + 0.005
    assert np.allclose(found.sel(task="RTGo").values, expected)
    assert not curves_of([one], "simplenet").size


def test_files_of_networks_that_could_not_be_trained_give_their_reason(tmp_path):
    about = Provenance("made", "test", 1)
    paths = [tmp_path / "set_1" / f"{name}_0.nc" for name in ("bownet", "sbertnet,mlp")]
    save(held_out("bownet", "set_1"), paths[0], about)

    def missing() -> xr.Dataset:
        raise MissingModel("language model x: expected the package x, found none")

    save_or_explain(missing, paths[1], about)
    found = read_measurements("small", held_out=paths)
    assert networks_in(found.held_out) == ["bownet"]
    assert list(found.missing) == ["sbertnet,mlp"]
    assert "expected the package x" in found.missing["sbertnet,mlp"]
    row = rows_of(instruction_learning.analyse(found, REFERENCES)).loc[
        "zero_shot", "small,all sets", "sbertnet,mlp"
    ]
    assert row.verdict == "not run"


def test_networks_are_sorted_from_what_tells_nothing_to_what_tells_all():
    names = ["structurenet", "mine", "sbertnet,shuffled", "sbertnet", "simplenet,plus", "simplenet"]
    assert in_order(names) == [
        *("simplenet", "simplenet,plus", "sbertnet", "sbertnet,shuffled", "structurenet", "mine")
    ]


@pytest.mark.parametrize(
    ("name", "worded"),
    [
        ("simplenet", "SIMPLENET"),
        ("gptnet_xl", "GPTNET (XL)"),
        ("sbertnet,mlp,shuffled", "SBERTNET, mlp, shuffled"),
        ("blank_words", "blank words"),
        ("sbertnet_published", "sbertnet published"),
    ],
)
def test_names_are_worded_as_published(name, worded):
    assert words(name) == worded


@pytest.mark.parametrize("module", [instruction_learning, instruction_controls])
@pytest.mark.parametrize("names", [tuple(LEVELS), ("bownet",)])
def test_figures_name_every_network(module, names):
    given = replace(measured(names, (*TWO, "family_go"), (0,)), missing={})
    drawn = module.draw(module.analyse(given, REFERENCES))
    labels = [label.get_text() for axes in drawn.axes for label in axes.get_yticklabels()]
    assert all(words(name) in labels for name in names)
