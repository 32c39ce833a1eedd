"""Trials of the gallery are those that a network did."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from neurosim.files import Provenance, load, save
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.gallery import N_DRAWN, draw_gallery
from neurosim.models.instructed.network import build_network, features_of
from neurosim.tasks.psychophysics.instructions import read_instructions

WORDS = read_instructions(Path(__file__).parents[3] / "config" / "instructions.csv")
TASKS = ["Go", "AntiGo", "COMP1", "DMS"]
EXPERIMENT = Experiment.from_mapping(
    {"tasks": TASKS, "n_units": 8, "n_steps": 30, "training": {"n_updates": 1}}, 1
)


class Turner(nn.Module):
    """Does Go whatever it is told: fixates until its cue is gone, then follows the stimulus."""

    def forward(self, inputs, information):
        fixation = inputs[:, :, :1]
        shown = (inputs[:, :, 1:33] + inputs[:, :, 33:]).sum(dim=1, keepdim=True)
        bump = 0.9 * torch.softmax(3 * shown, dim=-1) / torch.softmax(3 * shown, -1).amax(-1, True)
        response = torch.where(fixation > 0.5, 0.05, bump)
        output = torch.cat([0.05 + 0.8 * fixation, response], dim=2)
        return output, torch.zeros(*inputs.shape[:2], 8)


def network():
    rng = np.random.default_rng(1)
    made = build_network("bownet", *features_of("bownet", WORDS, None, rng), 8, rng)
    made.sensorimotor = Turner()
    return made


@pytest.fixture(scope="module")
def gallery():
    return draw_gallery(network(), "set_10", 0, EXPERIMENT)


def test_a_network_that_does_go_is_right_there_and_wrong_where_it_is_opposite(gallery):
    go, anti = (gallery.sel(task=task) for task in ("Go", "AntiGo"))
    assert (go["is_right"], go["performance"]) == (1, 1.0)
    assert (anti["is_right"], anti["performance"]) == (0, 0.0)

    def between(one):
        return abs(np.angle(np.exp(1j * float(one["answer"] - one["direction"]))))

    assert between(go) < np.pi / 5
    assert between(anti) > np.pi - np.pi / 5


def test_trials_that_call_for_a_response_are_shown(gallery):
    assert np.isfinite(gallery["direction"]).all()
    late = gallery["target"].isel(step=-1).values[:, 1:]
    assert np.allclose(late.max(axis=1), 0.85, atol=0.05)
    # half of the matching and comparison trials call for none, and Go responds in all
    assert 0 < gallery["performance"].sel(task="DMS") < 1


def test_it_says_what_was_held_out_and_when_the_response_begins(gallery):
    assert gallery["task"].values.tolist() == TASKS
    assert gallery["is_held_out"].values.tolist() == [0, 1, 0, 0]
    start = gallery["epoch_start"].sel(epoch="response").values
    for task, first in zip(TASKS, start, strict=True):
        fixation = gallery["target"].sel(task=task).values[:, 0]
        assert np.allclose(fixation[:first], 0.85)
        assert np.allclose(fixation[first:], 0.05)


def test_the_same_seed_gives_the_same_file(gallery, tmp_path):
    again = draw_gallery(network(), "set_10", 0, EXPERIMENT)
    assert again.identical(gallery)
    save(gallery, tmp_path / "gallery.nc", Provenance("made", "test", 1))
    read = load(tmp_path / "gallery.nc")
    assert np.array_equal(read["response"], gallery["response"])
    assert read.attrs["hold_out"] == "set_10"
    assert f"of {N_DRAWN} trials" in read["performance"].attrs["long_name"]
