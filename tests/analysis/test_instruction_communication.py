"""What is made of partners whose performance is known, and of trials that were drawn."""

from pathlib import Path

import numpy as np
import pytest
from planted_instruction import HEARD, communication, effect_of, rows_of

from analysis import instruction_communication
from analysis.instruction_communication_figure import REGIMES
from analysis.instruction_data import Measurements
from analysis.instruction_regimes import NOVEL_IDS, PARTNER_IDS
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.catalogue import TASKS

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
TASKS_TAUGHT = tuple(TASKS)[:12]
GIVEN = Measurements("test", communication=[communication("bownet", k) for k in (0, 1)])
WHERE = "test,instructor={},partner={},told={}"


@pytest.fixture(scope="module")
def tree():
    return instruction_communication.analyse(GIVEN, REFERENCES)


@pytest.fixture(scope="module")
def rows(tree):
    return rows_of(tree)


@pytest.mark.parametrize("told", list(HEARD))
def test_partners_do_what_was_planted(rows, told):
    row = rows.loc["partner_performance", WHERE.format("all", "all", told), "bownet"]
    values = np.clip([HEARD[told] + effect_of(task) for task in TASKS_TAUGHT], 0, 1)
    if told == "embedding":
        values = values * np.linspace(0.9, 1.1, len(values))
    assert row.estimate == pytest.approx(np.mean(values))
    assert (row.n, row.n_unit) == (12, "task")
    assert "over 2 trainings" in row.test


def test_every_published_number_stands_beside_the_regime_it_is_of(rows):
    said = {  # as in the text of the paper
        ("all", "all", "instruction"): 0.93,
        ("all", "held_out", "instruction"): 0.78,
        ("all", "all", "novel"): 0.88,
        ("all", "held_out", "novel"): 0.75,
        ("all", "all", "embedding"): 0.31,
        ("all", "held_out", "embedding"): 0.28,
        ("held_out", "all", "instruction"): 0.82,
        ("held_out", "held_out", "instruction"): 0.73,
        ("held_out", "all", "embedding"): 0.3,
        ("held_out", "held_out", "embedding"): 0.37,
        ("held_out_by_writer", "all", "instruction"): 0.71,
        ("held_out_by_writer", "held_out", "instruction"): 0.63,
    }
    for parts, value in said.items():
        row = rows.loc["partner_performance", WHERE.format(*parts), "bownet"]
        assert row.reference == pytest.approx(value)
    assert len(said) == len(PARTNER_IDS)
    for regime, name in NOVEL_IDS.items():
        row = rows.loc["novel_instructions", f"test,instructor={regime}", "bownet"]
        assert (row.reference_id, row.estimate) == (name, 0.5)


def test_words_are_compared_with_copies_over_the_same_tasks(rows):
    row = rows.loc["words_over_copies", "test,instructor=all,partner=all", "bownet"]
    said = rows.loc["partner_performance", WHERE.format("all", "all", "instruction"), "bownet"]
    copied = rows.loc["partner_performance", WHERE.format("all", "all", "embedding"), "bownet"]
    assert row.estimate == pytest.approx(said.estimate - copied.estimate)
    assert row.p_value < 1e-10


def test_what_was_inferred_is_a_row_an_instructor_and_counts_once():
    """The two writers of an instructor that never trained a task word the same embeddings."""
    data = communication()
    data["embedding_performance"].loc[{"regime": ["held_out", "held_out_by_writer"]}] = 0.5
    found = instruction_communication.analyse(
        Measurements("test", communication=[data]), REFERENCES
    )
    rows = rows_of(found).loc["inferred_embedding"]
    assert rows.estimate.to_dict() == {
        ("test,instructor=all", "bownet"): pytest.approx(0.92),
        ("test,instructor=held_out", "bownet"): pytest.approx(0.5),
    }


def test_other_instructors_than_the_published_one_are_not_decided_about(rows):
    own = rows[rows.reference_id != ""]
    row = own.loc["partner_performance", WHERE.format("all", "all", "instruction"), "bownet"]
    assert (row.verdict, row.reference) == ("no reference", pytest.approx(0.93))
    assert "of 12 of 50 tasks (a bag of words" in row.test
    assert set(own.verdict) <= {"no reference", "not run"}


@pytest.mark.parametrize(
    ("network", "n", "decided"),
    [("sbertnet_l", 50, True), ("sbertnet_l", 12, False), ("sbertnet", 50, False),
     ("gptnet_xl", 50, False), ("structurenet", 50, False)],
)  # fmt: skip
def test_the_published_instructor_on_all_tasks_is_decided_about(network, n, decided):
    data = communication(network, tasks=tuple(TASKS)[:n])
    found = instruction_communication.analyse(
        Measurements("test", communication=[data]), REFERENCES
    )
    where = WHERE.format("all", "all", "instruction")
    row = rows_of(found).loc["partner_performance", where, network]
    assert (row.verdict != "no reference") == decided


def test_regimes_that_were_not_run_say_so():
    data = communication(regimes=("all",))
    data["partner_performance"].loc[{"partner": "held_out"}] = np.nan
    found = instruction_communication.analyse(
        Measurements("test", communication=[data]), REFERENCES
    )
    rows = rows_of(found)
    assert ("words_over_copies", "test,instructor=all,partner=held_out", "bownet") not in rows.index
    missing = rows[rows.verdict == "not run"]
    assert len(missing) == len(PARTNER_IDS) - 3 + len(NOVEL_IDS) - 1
    assert missing.test.str.contains("not run at this scale").all()
    instruction_communication.draw(found)


def test_tasks_that_were_not_taught_are_left_out():
    data = communication()
    data["partner_performance"].loc[{"task": list(TASKS_TAUGHT[:2]), "regime": "held_out"}] = np.nan
    given = Measurements("test", communication=[data])
    rows = rows_of(instruction_communication.analyse(given, REFERENCES))
    where = WHERE.format("held_out", "all", "instruction")
    assert rows.loc["partner_performance", where, "bownet"].n == 10


def test_a_run_without_instructors_says_why():
    given = Measurements("test", missing={"sbertnet": "language model x: found none"})
    tree = instruction_communication.analyse(given, REFERENCES)
    rows = rows_of(tree)
    assert (rows.verdict == "not run").all()
    where = WHERE.format("all", "all", "instruction")
    assert "found none" in rows.loc["partner_performance", where, "sbertnet_l"].test
    instruction_communication.draw(tree)


def test_the_confusion_is_a_share_of_each_task_over_trainings(tree):
    share = tree["confusion"]["share"]
    assert share.sel(regime="all", task="Go", understood="Go") == 0.5
    assert share.sel(regime="all", task="Go", understood="other") == 0.5
    assert np.allclose(share.sum("understood"), 1)


def test_the_figure_has_a_matrix_a_regime(tree):
    drawn = instruction_communication.draw(tree)
    shapes = [image.get_array().shape for axes in drawn.axes for image in axes.images]
    assert shapes.count((12, 51)) == len(REGIMES)
