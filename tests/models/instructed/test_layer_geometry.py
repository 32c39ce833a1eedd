"""Geometry of layers: planted axes are found, in the layer and the task in which they are."""

from functools import partial

import numpy as np
import pytest
from instructed_networks import WORDS, experiment, ruled, worded

from neurosim import NeurosimError
from neurosim.models.instructed.layer_geometry import (
    SQUARE,
    describe_square,
    network_vectors,
    score_layers,
    score_swapped,
    told_as_next,
    told_vectors,
)
from neurosim.seeds import generator
from neurosim.tasks.psychophysics.catalogue import AXES, DICHOTOMIES, TASKS
from neurosim.tasks.psychophysics.source import NUMBERS

SQUARED = [task for poles in SQUARE for task in poles]


def placed(rng, noise=0.1, n=8, tasks=TASKS):
    """Vectors that add up what a task demands."""
    axes = rng.normal(size=(len(AXES), 20))
    return {task: TASKS[task].structure @ axes + noise * rng.normal(size=(n, 20)) for task in tasks}


def test_axes_that_add_up_score_one_and_rules_that_do_not_one_half(rng):
    rules = {task: row[None] for task, row in zip(TASKS, np.eye(50), strict=True)}
    found = score_layers({"added": placed(rng), "rules": rules}, list(TASKS))
    assert found["ccgp"].sel(layer="added").values == pytest.approx(1.0)
    assert found["ccgp_axis"].sel(layer="rules").values == pytest.approx(0.5)
    assert found["ccgp"].dims == ("layer", "scaling", "task")


def test_a_swapped_task_scores_low_and_only_the_held_out_have_a_score(rng):
    vectors = placed(rng)
    found = score_swapped(vectors, {"AntiGo": vectors["Go"], "Go": vectors["AntiGo"]})
    score = found["ccgp_swapped"].sel(scaling="published")
    # their pair is turned round on pro and anti, where they have half of their decodings
    assert (score.sel(task=["Go", "AntiGo"]) < 0.6).all()
    assert score.notnull().sum() == 2


def test_tasks_without_a_like_pair_have_no_score(rng):
    tasks = ["Go", "AntiGo", "DMS"]
    found = score_layers({"layer": placed(rng, tasks=tasks)}, tasks)
    assert found["ccgp"].isnull().all()
    assert found["ccgp_axis"].isnull().all()
    found = score_layers({"layer": placed(rng, tasks=SQUARED)}, [*SQUARED, "DMS"])
    assert found["ccgp"].sel(task="DMS").isnull().all()
    assert found["ccgp"].sel(task=SQUARED).values == pytest.approx(1.0)


def test_layers_hold_what_is_told_to_train_with(rng):
    network = worded("sbertnet")
    hidden = rng.normal(size=(4, 200, 6))
    layers = told_vectors(network, ["AntiGo", "DMS"], hidden, n_hidden=3)
    assert list(layers) == ["hidden_1", "hidden_2", "hidden_3", "information"]
    first = NUMBERS["DMS"] * WORDS.total
    assert (layers["hidden_3"]["DMS"] == hidden[3, first : first + 3]).all()
    assert layers["information"]["AntiGo"].shape == (3, 64)
    without = told_vectors(network, ["DMS"], None, 3)
    assert list(without) == ["features", "information"]
    for variant in ("shuffled", "tuned"):  # what they are told is not what the model made of it
        other = told_vectors(worded(f"sbertnet,{variant}"), ["DMS"], hidden, 3)
        assert list(other) == ["features", "information"]


@pytest.mark.parametrize("shape", [(4, 199, 6), (200, 6), (0, 200, 6)])
def test_hidden_layers_of_other_tellings_are_refused(shape):
    with pytest.raises(NeurosimError, match="200 tellings"):
        told_vectors(worded("sbertnet"), ["Go"], np.zeros(shape), 3)


def test_networks_see_the_same_trials_and_swapping_changes_what_is_told_alone():
    source = experiment().source
    tasks = ["Go", "DM"]
    draw = partial(generator, 3)
    one, same = (network_vectors(ruled(), tasks, source, 5, draw) for _ in range(2))
    assert all((one[task] == same[task]).all() for task in tasks)
    alone = network_vectors(ruled(), ["DM"], source, 5, draw)
    assert (alone["DM"] == one["DM"]).all()  # whatever else is recorded
    swapped = network_vectors(ruled(), tasks, source, 5, draw, told_as_next(tasks))
    assert not np.allclose(swapped["DM"], one["DM"])


def test_the_square_of_decisions_has_parallel_sides(rng):
    few = {task: samples[:2] for task, samples in placed(rng, noise=0, tasks=SQUARED).items()}
    found = describe_square({"network": placed(rng, tasks=SQUARED), "information": few})
    both = found["parallelism"].sel(axis=["strongest_weakest", "modality"])
    assert both.values == pytest.approx(1.0, abs=0.02)
    assert found["parallelism"].sel(axis="pro_anti").isnull().all()
    assert (found["parallelism_low"] <= found["parallelism"]).sum() == 2  # of the network
    assert found["component"].sel(space="information").isel(sample=slice(2, None)).isnull().all()
    assert found["component"].isel(sample=slice(2)).notnull().all()
    assert found["explained"].sum("axis3").values == pytest.approx(1.0, abs=0.05)
    assert list(found["axis"].values) == list(DICHOTOMIES)
