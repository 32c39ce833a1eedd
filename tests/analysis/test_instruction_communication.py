"""What is made of partners whose performance is known, and of trials that were drawn."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_instruction import HEARD, communication, effect_of, rows_of

from analysis import instruction_communication, instruction_gallery
from analysis.instruction_communication_figure import REGIMES
from analysis.instruction_data import Measurements
from analysis.instruction_gallery import GAP, N_UNITS, STRIP, picture_of
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
    for (regime, told, partner), name in PARTNER_IDS.items():
        row = rows.loc["partner_performance", WHERE.format(regime, partner, told), "bownet"]
        assert row.reference_id == name
        assert row.reference == pytest.approx(REFERENCES[name].value / 100)
    for regime, name in NOVEL_IDS.items():
        row = rows.loc["novel_instructions", f"test,instructor={regime}", "bownet"]
        assert (row.reference_id, row.estimate) == (name, 0.5)


def test_words_are_compared_with_copies_over_the_same_tasks(rows):
    row = rows.loc["words_over_copies", "test,instructor=all,partner=all", "bownet"]
    said = rows.loc["partner_performance", WHERE.format("all", "all", "instruction"), "bownet"]
    copied = rows.loc["partner_performance", WHERE.format("all", "all", "embedding"), "bownet"]
    assert row.estimate == pytest.approx(said.estimate - copied.estimate)
    assert row.p_value < 1e-10


def test_what_was_inferred_is_a_row(rows):
    row = rows.loc["inferred_embedding", "test,instructor", "bownet"]
    assert row.estimate == pytest.approx(0.92)


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


@pytest.fixture(scope="module")
def gallery(instructed):
    return instructed["gallery"]


def test_pictures_of_trials_hold_what_was_shown_asked_for_and_done(gallery):
    trial = gallery[0].isel(task=0)
    picture, middles = picture_of(trial)
    assert picture.shape == (4 * N_UNITS + 3 * STRIP + 3 * GAP + 3, trial.sizes["step"])
    for middle, name, first in zip(
        middles, ("inputs", "inputs", "target", "response"), (1, 1 + N_UNITS, 1, 1), strict=True
    ):
        top = round(middle + 0.5) - N_UNITS // 2
        block = picture[top : top + N_UNITS]
        values = trial[name].transpose("step", ...).values[:, first : first + N_UNITS]
        assert np.array_equal(block, values.T)


def test_the_gallery_has_a_panel_a_task_and_a_row(gallery):
    given = Measurements("test", gallery=gallery)
    tree = instruction_gallery.analyse(given, REFERENCES)
    row = rows_of(tree).loc["gallery_right", "test,set_10", "bownet"]
    assert (row.n, row.unit) == (gallery[0].sizes["task"], "1")
    drawn = instruction_gallery.draw(tree)
    titles = [axes.get_title() for axes in drawn.axes] + [
        axes.get_title(loc="left") for axes in drawn.axes
    ]
    for task in gallery[0]["task"].values:
        assert any(title.startswith(str(task)) for title in titles)
    assert any("AntiDMMod1, never trained" in title for title in titles)


def test_a_run_without_trials_says_so():
    tree = instruction_gallery.analyse(replace(GIVEN, communication=()), REFERENCES)
    assert rows_of(tree).loc["gallery_right", "test,all sets", ""].verdict == "not run"
    instruction_gallery.draw(tree)
