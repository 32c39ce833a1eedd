"""What is made of the results of small runs, and of trials that were drawn in one of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from planted_instruction import rows_of

from analysis import instruction, instruction_gallery
from analysis.instruction_data import Measurements
from analysis.instruction_gallery import GAP, N_UNITS, STRIP, picture_of
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.gallery import draw_gallery
from neurosim.models.instructed.held_out_study import (
    HeldOutParameters,
    measure_held_out,
    measure_input_learning,
)
from neurosim.models.instructed.learning import LearningParameters
from neurosim.models.instructed.representation import (
    RepresentationParameters,
    measure_representation,
)
from neurosim.models.instructed.trained import network_from_dataset
from neurosim.models.instructed.training_runs import train_network
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.instructions import read_instructions

ALL = "test,all sets"
REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
TASKS = (
    *("Go", "AntiGo", "RTGo", "AntiRTGo", "GoMod1", "AntiGoMod1"),
    *("DM", "AntiDM", "DMMod1", "AntiDMMod1", "DMMod2", "AntiDMMod2"),
)
CURVE = {"n_batches": 6, "n_trials": 16}


@pytest.fixture(scope="module")
def instructed() -> dict[str, list]:
    """Results of networks of 16 units after a few updates, by attribute of `Measurements`."""
    words = read_instructions(Path(__file__).parents[2] / "config" / "instructions.csv")
    training = {"n_updates": 5, "n_tasks": 4, "n_each": 4}
    given = {"tasks": list(TASKS), "n_units": 16, "n_steps": 30, "training": training}
    experiment = Experiment.from_mapping(given, 1)
    measure = {"n_trials": 32, "n_repeats": 1, "learning": CURVE}
    parameters = HeldOutParameters.from_mapping(measure)
    few = RepresentationParameters(n_trials=30, n_clusters=4, n_shuffles=2)
    found: dict[str, list] = {}

    def keep(kind: str, data) -> None:
        found.setdefault(kind, []).append(data)

    for name in ("simplenet", "bownet", "structurenet"):
        for hold_out in ("set_1", "set_10"):
            weights = train_network(name, hold_out, 0, experiment, words)
            about = (network_from_dataset(weights), hold_out, 0, experiment)
            keep("held_out", measure_held_out(*about, parameters))
            keep("input_learning", measure_input_learning(*about, LearningParameters(**CURVE)))
            if (name, hold_out) in (("simplenet", "set_10"), ("structurenet", "set_10")):
                keep("representation", measure_representation(*about, few))
            if (name, hold_out) == ("bownet", "set_10"):
                keep("gallery", draw_gallery(*about))
    return found


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
    tree = instruction_gallery.analyse(Measurements("test"), REFERENCES)
    assert rows_of(tree).loc["gallery_right", "test,all sets", ""].verdict == "not run"
    instruction_gallery.draw(tree)


def test_results_of_small_runs_are_read_as_planted_ones_are(instructed):
    """Networks of a few updates do next to nothing right; nothing must fail of that."""
    given = replace(Measurements("test"), **instructed)
    found = instruction.answers(given, REFERENCES)
    rows = {name: rows_of(tree) for name, (_, tree) in found.items()}
    own = rows["instruction_learning"].loc["zero_shot", ALL, "bownet"]
    tasks = np.concatenate([d["zero_shot"] for d in given.held_out if d.network == "bownet"])
    assert own.estimate == pytest.approx(tasks.mean())
    ccgp = rows["instruction_geometry"].loc["ccgp", f"{ALL},features"]
    assert ccgp.loc["structurenet"].estimate == pytest.approx(1.0)  # sums of vectors of poles
    assert ccgp.loc["simplenet"].estimate == pytest.approx(0.5)  # orthogonal
    parallel = rows["instruction_geometry"].loc["axis_parallelism"].estimate
    where = "test,set_10,information,strongest_weakest"
    assert parallel.loc[where, "structurenet"] == pytest.approx(1.0, abs=1e-5)
    assert parallel.loc[where, "simplenet"] == pytest.approx(0.0, abs=1e-5)
    for module, tree in found.values():
        module.draw(tree)
    assert {"claim_order", "claim_above_neighbour"} <= set(
        rows["instruction_claims"].index.get_level_values("quantity")
    )
