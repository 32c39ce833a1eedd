"""How large a study is said to be, and beside which published numbers it may stand."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from planted_instruction import held_out, measured, representation, rows_of

from analysis import instruction_controls, instruction_geometry, instruction_learning
from analysis.instruction_data import Measurements, read_measurements
from analysis.instruction_neighbours import neighbour_rows
from analysis.instruction_published import (
    PUBLISHED,
    READS,
    beside,
    is_published,
    reads,
)
from neurosim.files import Provenance, save
from neurosim.models.instructed.language_sources import SOURCES
from neurosim.stats.differences import compare_means
from neurosim.stats.references import load_references
from neurosim.stats.summary import dataset_to_rows
from neurosim.tasks.psychophysics.catalogue import FAMILY_HOLD_OUTS, TASKS

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
ALL = "test,all sets"
SETS = tuple(f"set_{number}" for number in range(1, 11))


def renamed(network: str, hold_out: str, level: float = 0.9):
    found = held_out(network.split(",")[0], hold_out, level=level)
    return found.assign_attrs(network=network)


def zero_shot_row(network: str, hold_outs: tuple[str, ...], quantity: str = "zero_shot"):
    data = [renamed(network, name) for name in hold_outs]
    module = {"zero_shot": instruction_learning}.get(quantity, instruction_controls)
    tree = module.analyse(Measurements("test", data), REFERENCES)
    return rows_of(tree).loc[quantity, ALL, network]


@pytest.mark.parametrize(
    ("network", "n_sets", "decided"),
    [("structurenet", 10, True), ("structurenet", 9, False), ("bownet", 10, True),
     ("sbertnet", 10, False), ("sbertnet_published", 10, True), ("gptnet", 10, True)],
)  # fmt: skip
def test_published_numbers_decide_about_like_quantities_alone(network, n_sets, decided):
    row = zero_shot_row(network, SETS[:n_sets])
    assert row.reference_id != ""
    assert (row.verdict in ("agrees", "differs", "inconclusive")) == decided
    assert f"{5 * n_sets} of 50 tasks" in row.test
    assert reads(network) in row.test


@pytest.mark.parametrize(("n_sets", "decided"), [(10, True), (2, False)])
def test_other_wordings_are_compared_where_all_tasks_were_held_out(n_sets, decided):
    """Two sets are enough to have trained all tasks, and are not what was published."""
    row = zero_shot_row("sbertnet_l", SETS[:n_sets], "validation_performance")
    assert (row.verdict != "no reference") == decided


def test_a_mean_over_compositions_is_never_decided_about():
    data = [held_out("simplenet", name) for name in SETS]
    tree = instruction_controls.analyse(Measurements("test", data), REFERENCES)
    row = rows_of(tree).loc["zero_shot_composed", ALL, "simplenet"]
    assert (row.reference_id, row.verdict) == ("G014", "no reference")
    assert "up to four compositions" in row.test


def test_families_decide_where_all_of_them_were_held_out():
    names = [f"family_{title.lower().replace(' ', '_')}" for title in FAMILY_HOLD_OUTS]
    for chosen, decided in ((names, True), (names[:3], False)):
        data = [held_out("structurenet", name) for name in chosen]
        tree = instruction_controls.analyse(Measurements("test", data), REFERENCES)
        row = rows_of(tree).loc["zero_shot_family", "test,all families", "structurenet"]
        assert (row.verdict != "no reference") == decided


def test_a_correlation_decides_about_all_published_networks_and_no_others():
    tree = instruction_geometry.analyse(
        measured(("simplenet", "bownet"), SETS, (0,), representation=[
            representation(name, hold_out) for name in ("simplenet", "bownet") for hold_out in SETS
        ]),
        REFERENCES,
    )  # fmt: skip
    row = next(r for r in dataset_to_rows(tree["summary"].to_dataset()) if r.reference_id)
    assert row.verdict == "no reference"
    all_of_them = [name for name in PUBLISHED["zero_shot"] if name != "sbertnet"]
    for names, decided in (
        ([*all_of_them, "sbertnet_published"], True),
        ([*all_of_them, "sbertnet"], False),
        ([*all_of_them, "sbertnet_published", "bownet,mlp"], False),
        (all_of_them, False),
    ):
        changed = beside(row.__class__(**{**vars(row), "verdict": "agrees"}), TASKS, names)
        assert (changed.verdict == "agrees") == decided


def test_every_network_with_a_language_model_is_named_by_it():
    assert set(SOURCES) <= set(READS)
    assert "MiniLM" in reads("sbertnet,mlp")
    assert not is_published("sbertnet")
    assert not is_published("structurenet,plus")


def test_rows_of_sbertnet_name_minilm_always():
    given = measured(hold_outs=("set_1", "set_10"), missing={"sbertnet,tuned": "no such cache"})
    for module in (instruction_learning, instruction_controls):
        rows = rows_of(module.analyse(given, REFERENCES)).reset_index()
        own = rows[rows.estimator.str.split(",").str[0] == "sbertnet"]
        assert own.test.str.contains("MiniLM").all()
        assert {"zero_shot", "zero_shot_difference"} & set(own.quantity) or module is (
            instruction_controls
        )


def test_composed_rules_of_structurenet_are_called_a_tautology():
    given = measured(("structurenet", "bownet"), ("set_1", "set_10"))
    rows = rows_of(instruction_controls.analyse(given, REFERENCES))
    drop = rows.loc["composed_drop", ALL]
    assert (drop.loc["structurenet"].verdict, np.isnan(drop.loc["structurenet"].p_value)) == (
        "no reference", True,
    )  # fmt: skip
    assert np.isfinite(drop.loc["bownet"].p_value)
    told = rows.loc["zero_shot_composed", ALL]
    for row in (drop.loc["structurenet"], told.loc["structurenet"]):
        assert "tautology" in row.test
    assert "tautology" not in told.loc["bownet"].test


def test_neighbours_in_the_published_order_are_tested_as_published():
    given = measured(hold_outs=("set_1", "set_10"))
    rows = rows_of(instruction_learning.analyse(given, REFERENCES)).loc["zero_shot_welch"]
    order = ["structurenet", "sbertnet", "bownet", "simplenet"]
    steps = [(f"{ALL},over={other}", name) for name, other in pairwise(order)]
    assert set(rows.index) == set(steps)
    for (where, name), (_, other) in zip(steps, [*steps[1:], ("", "simplenet")], strict=True):
        both = [
            np.concatenate([d["zero_shot"] for d in given.held_out if d.network == each])
            for each in (name, other)
        ]
        expected, row = compare_means(*both), rows.loc[where, name]
        assert row.estimate == pytest.approx(expected.difference.value)
        assert row.ci_low == pytest.approx(expected.difference.low)
        assert f"Hedges' g {expected.effect.value:.2f}" in row.test
        assert expected.p_value <= row.p_value <= 3 * expected.p_value
        assert row.n == 40  # 10 tasks, two trainings, two networks


def test_pairs_of_which_one_was_not_trained_are_left_out():
    assert neighbour_rows("made", ALL, {}, ["structurenet", "bownet"], "made") == []


@pytest.mark.parametrize(("n_each", "said"), [((2, 2), "2 trainings of each network and hold-out"),
                                              ((1, 3), "1 to 3 trainings")])  # fmt: skip
def test_trainings_are_counted_by_network_and_set(n_each, said):
    """A network that was trained more often (to be told things by others) is not all of them."""
    data = [
        held_out(network, "set_1", number)
        for network, n in zip(("simplenet", "bownet"), n_each, strict=True)
        for number in range(n)
    ]
    row = rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES)).loc[
        "set_up", "test", ""
    ]
    assert said in row.test
    assert (row.n, row.n_unit) == (4, "trained network")


def test_an_interval_over_tasks_says_of_how_many_trainings_each_is():
    data = [held_out("bownet", "set_1", k) for k in (0, 1)] + [held_out("bownet", "set_2")]
    row = rows_of(instruction_learning.analyse(Measurements("test", data), REFERENCES)).loc[
        "zero_shot", ALL, "bownet"
    ]
    assert "means over 1 to 2 trainings of each" in row.test
    values = measured(("bownet",), ("set_1",), (0,))
    row = rows_of(instruction_learning.analyse(values, REFERENCES)).loc["zero_shot", ALL, "bownet"]
    assert "each of one training" in row.test


def levels(right: float, by: str) -> xr.Dataset:
    correct = np.linspace(0.5, right, 30).reshape(5, 6)
    about = {"parted_by": by, "criterion": 0.95}
    return xr.Dataset({"correct": (("noise", "contrast"), correct)}, attrs=about)


@pytest.mark.parametrize(("right", "by"), [(1.0, "criterion"), (0.9, "median")])
def test_what_parted_the_levels_of_confidence_is_a_row(right, by, tmp_path):
    path = tmp_path / "thresholds.nc"
    save(levels(right, by), path, Provenance("made", "test", 1))
    given = read_measurements("test", thresholds=path, words=120)
    rows = rows_of(instruction_learning.analyse(given, REFERENCES))
    row = rows.loc["confidence_thresholds", "test", ""]
    assert row.estimate == pytest.approx(np.mean(np.linspace(0.5, right, 30) >= 0.95))
    assert f"parted by the {by}" in row.test
    assert row.n == 30
    words = rows.loc["vocabulary_size", "test", ""]
    assert (words.estimate, words.reference, words.verdict) == (120, 181, "no reference")


def test_what_was_not_given_is_not_run():
    rows = rows_of(instruction_learning.analyse(Measurements("test"), REFERENCES))
    for quantity in ("confidence_thresholds", "vocabulary_size"):
        assert rows.loc[quantity, "test", ""].verdict == "not run"


def test_captions_do_not_say_that_all_studies_have_fifty_tasks():
    from analysis.words import CAPTIONS

    assert "which of 50 tasks" not in CAPTIONS["instruction_learning"]
