"""Changes to what SBERTNET and BOWNET are told, and the table of what they make of it."""

import numpy as np
import pytest
import xarray as xr

from benchmarks import instruction_order
from benchmarks.instruction_order import CHANGES, FEW_WORDINGS, Change, fewer, kept_views, view_of
from benchmarks.peers import ROOT
from neurosim.models.instructed.information import N_INFORMATION, bag_of_words, in_order
from neurosim.tasks.psychophysics.catalogue import TASKS
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
    rows = instruction_order.main([str(tmp_path), "--scale", "small", "--out", str(tmp_path)])
    assert [(row["changed"], row["network"]) for row in rows] == [
        (label, name) for label, change in CHANGES.items() for name in change.networks
    ]
    assert all(0 <= float(row["zero_shot"]) <= 1 for row in rows)
    assert all(row["n_tasks"] == 10 for row in rows if row["changed"] != "three families")
    assert all(row["behind_bownet"] for row in rows if row["network"] == "sbertnet")
    assert (tmp_path / "instruction_order.csv").exists()
