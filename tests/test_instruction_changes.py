"""Changes to what SBERTNET and BOWNET are told, and the table of what they make of it."""

import numpy as np
import pytest
import xarray as xr

from benchmarks import instruction_order
from benchmarks.instruction_order import (
    CHANGES,
    FEW_WORDINGS,
    Change,
    fewer,
    kept_views,
    measure_once,
    view_of,
)
from benchmarks.peers import ROOT
from neurosim.models.instructed.information import N_INFORMATION, bag_of_words, in_order
from neurosim.tasks.psychophysics.catalogue import TASKS, held_out_tasks
from neurosim.tasks.psychophysics.instructions import read_instructions

N_EACH = 20
TRAINED = list(TASKS)[:40]


@pytest.fixture(scope="module")
def instructions():
    return read_instructions(ROOT / "config" / "instructions.csv")


@pytest.fixture(scope="module")
def hidden():
    drawn = np.random.default_rng(1).standard_normal((N_EACH * len(TASKS), 80))
    return (drawn * np.linspace(1, 5, 80) + 2).astype(np.float32)


def test_whitened_features_have_unit_variance_over_what_is_trained(instructions, hidden):
    features = view_of("sbertnet", Change(is_whitened=True), instructions, hidden, TRAINED)
    known = features.reshape(len(TASKS), N_EACH, -1)[:40, :15].reshape(-1, N_INFORMATION)
    np.testing.assert_allclose(known.T @ known / len(known), np.eye(N_INFORMATION), atol=1e-4)
    np.testing.assert_allclose(known.mean(axis=0), 0, atol=1e-4)


def test_axes_are_told_beside_the_features(instructions, hidden):
    features = view_of("sbertnet", Change(told=("modality",)), instructions, hidden, TRAINED)
    np.testing.assert_array_equal(features[:, :-1], hidden)
    told = features[:, -1].reshape(len(TASKS), N_EACH)
    assert (told == told[:, :1]).all()
    by_task = dict(zip(TASKS, np.sign(told[:, 0]), strict=True))
    assert by_task["GoMod1"] == -by_task["GoMod2"] != 0
    assert by_task["Go"] == by_task["COMP1"] == 0


def test_axes_are_louder_as_they_are_read_of_tasks_never_seen(instructions):
    """Words that say a place give it; words of the tasks that are held out are not learned from."""
    trained = [name for name in TASKS if name not in held_out_tasks("set_1")]
    is_new = np.repeat([name not in trained for name in TASKS], N_EACH)
    rng = np.random.default_rng(7)
    places = np.stack([task.structure for task in TASKS.values()]).astype(float)
    hidden = np.repeat(places, N_EACH, axis=0) @ rng.standard_normal((places.shape[1], 30))
    louder = Change(louder=("modality",))
    features = view_of("sbertnet", louder, instructions, hidden, trained)
    told = view_of("sbertnet", Change(told=("modality",)), instructions, hidden, trained)
    np.testing.assert_allclose(features, told, atol=0.02 * np.abs(told).max())
    hidden[is_new] = 0.0
    silent = view_of("sbertnet", louder, instructions, hidden, trained)
    assert np.ptp(silent[is_new, -1]) == 0
    np.testing.assert_array_equal(silent[~is_new], features[~is_new])


def test_fewer_wordings_leave_the_first_and_all_that_validate(instructions, hidden):
    kept = fewer(instructions, FEW_WORDINGS)
    texts = in_order(instructions)
    place = {text: number for number, text in enumerate(texts)}
    expected = [place[text] for text in in_order(kept)]
    np.testing.assert_array_equal(kept_views(hidden, 15, FEW_WORDINGS), hidden[expected])
    assert len(expected) == len(TASKS) * (FEW_WORDINGS + 5)


def test_a_bag_of_words_is_told_as_it_is(instructions, hidden):
    features = view_of("bownet", Change(), instructions, hidden, TRAINED)
    np.testing.assert_array_equal(features, bag_of_words(instructions))


def test_every_change_has_its_rows(hidden, tmp_path):
    (tmp_path / "embeddings").mkdir()
    xr.Dataset({"hidden": (("layer", "telling", "feature"), hidden[None])}).to_netcdf(
        tmp_path / "embeddings" / "sbertnet.nc"
    )
    levels = {"above": [[0.1, 0.15], [0.15, 0.2]], "below": [[0.3, 0.05], [0.4, 0.02]]}
    xr.Dataset({name: (("pair", "level"), values) for name, values in levels.items()}).to_netcdf(
        tmp_path / "thresholds.nc"
    )
    given = [str(tmp_path), "--scale", "small", "--out", str(tmp_path), "--work", str(tmp_path)]
    rows = instruction_order.main(given)
    assert [(row["changed"], row["network"]) for row in rows] == [
        (label, name) for label, change in CHANGES.items() for name in change.networks
    ]
    assert all(0 <= float(row["zero_shot"]) <= 1 for row in rows)
    assert all(row["n_tasks"] == 10 for row in rows if row["changed"] != "three families")
    assert all(row["behind_bownet"] for row in rows if row["network"] == "sbertnet")
    assert all(bool(row["gain"]) == (row["changed"] != "nothing") for row in rows)
    assert (tmp_path / "instruction_order.csv").exists()


def test_a_training_that_was_kept_is_not_done_again(tmp_path, monkeypatch):
    found = np.array([0.25, 0.5]), {"Go": 0.75}
    what = "nothing", "bownet", "set_1"
    monkeypatch.setattr(instruction_order, "measure", lambda *_: found)
    first = measure_once(tmp_path, tmp_path, "small", what)
    monkeypatch.setattr(instruction_order, "measure", None)  # a call would fail
    again = measure_once(tmp_path, tmp_path, "small", what)
    np.testing.assert_array_equal([first[0], again[0]], [found[0]] * 2)
    assert first[1] == again[1] == found[1]
    with pytest.raises(TypeError, match="not callable"):
        measure_once(None, tmp_path, "small", what)


def test_gains_and_leads_are_means_over_the_same_tasks():
    rng = np.random.default_rng(6)
    values = {"Go": 0.5, "DM": 0.25, "DMS": 0.75}
    found = {}
    for label, change in CHANGES.items():
        tasks = list(values)[:2] if change.families else list(values)
        for name in change.networks:
            more = 0.125 * (name == "bownet") + 0.0625 * (label == "modality told")
            told = {task: values[task] + more + 1e-4 * rng.standard_normal() for task in tasks}
            found[label, name, "set_1"] = np.array([0.9, 1.0]), told
    rows = {
        (row["changed"], row["network"]): row for row in instruction_order.rows_of(found, ["set_1"])
    }
    for key, more in (("nothing", 0.125), ("three families", 0.125), ("modality told", 0.0625)):
        row = rows[key, "sbertnet"]
        assert float(row["behind_bownet"]) == pytest.approx(more, abs=1e-3)
        assert float(row["behind_bownet_low"]) <= more <= float(row["behind_bownet_high"])
    assert float(rows["modality told", "sbertnet"]["gain"]) == pytest.approx(0.0625, abs=1e-3)
    assert rows["three families", "bownet"]["n_tasks"] == 2
    assert float(rows["three families", "bownet"]["gain"]) == pytest.approx(0, abs=1e-3)
    assert rows["whitened", "sbertnet"]["note"] == "beside the unchanged BOWNET"
    assert rows["nothing", "bownet"]["training"] == "0.950"
