"""Readers side by side: who wins where, and what no model may do."""

import numpy as np
import pytest

from neurosim import MissingData
from neurosim.models.chain_scores import MEASURES
from neurosim.models.chain_study import (
    ESTIMATORS,
    StudyParameters,
    compare_readers,
    split_laps,
)
from neurosim.models.chain_training import TrainingParameters
from neurosim.models.chain_transformer import ModelParameters
from neurosim.models.choice_study import AGENTS, choices_in, choose_by_models
from neurosim.models.discount_study import vary_discount
from neurosim.models.environment_study import separate_environments
from neurosim.models.sleep_study import REGIMES, learn_from_sleep, regimes_of
from neurosim.tasks.chains import chains_of, moved_on
from neurosim.tasks.event_graphs import laps_in_maze
from neurosim.tasks.mazes import decision_maze, hourglass, similar_pair

PARAMETERS = StudyParameters(
    n_seeds=2,
    test_fraction=0.25,
    model=ModelParameters(16, 2, 1),
    training=TrainingParameters(n_steps=150, batch_size=32, learning_rate=0.01),
)
TINY = StudyParameters(2, 0.25, ModelParameters(8, 2, 1), TrainingParameters(10, 16, 0.01))
MAZES = {
    "converging": hourglass(2, 0, 0.6, 1.0, 2),
    "diverging": hourglass(0, 2, 1.0, 0.6, 2),
    "matched": hourglass(2, 2, 0.7, 0.7, 1),
}


@pytest.fixture(scope="module")
def compared():
    found = {}
    for name, maze in MAZES.items():
        laps = laps_in_maze(maze, 500, np.random.default_rng(0))
        found[name] = compare_readers(laps, laps, maze, PARAMETERS, 1, name)
    return found


def mean(data, measure, estimator):
    return float(data[measure].sel(estimator=estimator).mean())


def test_forward_wins_where_paths_meet_and_reverse_where_they_part(compared):
    """Both trees as sign-flip controls, the double tree as null."""
    gain = {
        name: mean(data, "total_bits", "forward") - mean(data, "total_bits", "reverse")
        for name, data in compared.items()
    }
    assert gain["converging"] == pytest.approx(-2 * 0.971, abs=0.25)
    assert gain["diverging"] == pytest.approx(2 * 0.971, abs=0.25)
    assert gain["matched"] == pytest.approx(0.0, abs=0.25)
    assert mean(compared["converging"], "similarity", "forward") == 1.0
    assert mean(compared["diverging"], "similarity", "reverse") == 1.0


def test_models_come_near_the_law_and_never_beat_it(compared):
    """A model beyond the bound is a leak."""
    for data in compared.values():
        for estimator in ("forward", "reverse", "masked", "n_gram"):
            assert (data["excess_bits"].sel(estimator=estimator) > -0.05).all()
        for estimator in ("forward", "reverse"):
            assert mean(data, "bayes_fraction", estimator) >= 0.95
            assert mean(data, "excess_bits_per_step", estimator) < 0.1


def test_the_law_itself_has_no_excess_and_is_calibrated(compared):
    for data in compared.values():
        for estimator in ("bayes", "bayes_forward"):
            assert np.allclose(data["excess_bits"].sel(estimator=estimator), 0.0)
            assert mean(data, "bayes_fraction", estimator) == pytest.approx(1.0)
            assert mean(data, "calibration_error", estimator) < 0.06


def test_reverse_pays_nothing_where_paths_part_and_all_where_they_meet(compared):
    data = compared["matched"]
    assert mean(data, "decision_accuracy", "reverse") == 1.0
    assert mean(data, "decision_accuracy", "forward") < 0.85
    assert mean(data, "merge_accuracy", "forward") == 1.0
    assert mean(data, "merge_accuracy", "reverse") < 0.85


def test_both_sides_tell_a_hidden_step_better_than_one(compared):
    data = compared["matched"]
    both, one = (mean(data, "hidden_step_accuracy", name) for name in ("masked", "reverse"))
    assert both > one


def test_every_measure_is_there_and_the_example_is_a_chain(compared):
    for data in compared.values():
        assert set(MEASURES) <= set(data)
        assert data["estimator"].values.tolist() == list(ESTIMATORS)
        probability = data["example_probability"].sel(estimator="reverse").values
        there = np.isfinite(probability[:, 0])
        assert np.allclose(probability[there].sum(axis=1), 1.0, atol=1e-4)


def test_same_seed_same_numbers_and_checkpoints_change_none(tmp_path):
    laps = laps_in_maze(MAZES["matched"], 80, np.random.default_rng(0))
    given = laps, laps, MAZES["matched"], TINY, 1, "x"
    first = compare_readers(*given)
    assert first.identical(compare_readers(*given))
    assert first.identical(compare_readers(*given, checkpoints=tmp_path))
    assert first.identical(compare_readers(*given, checkpoints=tmp_path))  # from them


def test_no_lap_nor_what_was_decoded_from_it_is_on_both_sides(rng):
    asked = laps_in_maze(MAZES["matched"], 40, rng)
    names = rng.choice(asked.group, 100)
    learned = chains_of([asked.places[0]] * 100, names, asked.n_places)
    rows, test = split_laps(learned, asked, 0.3, rng, "groups")
    held_out = set(asked.group[test])
    assert set(learned.group[rows]).isdisjoint(held_out)
    assert rows.size == sum(name not in held_out for name in names)


def test_replays_of_held_out_laps_alone_are_nothing_to_learn_from(rng):
    asked = laps_in_maze(MAZES["matched"], 4, rng)
    _, test = split_laps(asked, asked, 0.5, np.random.default_rng(0), "groups")
    only = chains_of([asked.places[0]], [asked.group[test[0]]], asked.n_places)
    with pytest.raises(MissingData, match="learn from"):
        split_laps(only, asked, 0.5, np.random.default_rng(0), "groups")


def test_discounts_share_the_row_without_one_and_a_steep_one_costs_bits():
    laps = laps_in_maze(MAZES["converging"], 300, np.random.default_rng(0))
    data = vary_discount(laps, MAZES["converging"], PARAMETERS, [0.1, 1.0], 1, "x")
    none = data["total_bits"].sel(discount=1.0)
    assert np.array_equal(none.sel(place="loss"), none.sel(place="decoder"))
    assert (data["total_bits"].sel(place="loss", discount=0.1) > none.sel(place="loss")).all()


def test_a_model_of_the_maze_errs_less_than_habit_and_chance():
    maze = decision_maze(0.3, 0.6, 0.6)
    laps = laps_in_maze(maze, 500, np.random.default_rng(0))
    data = choose_by_models(laps, maze, PARAMETERS, 1, "x")
    errors = data["choice_errors"].mean("seed")
    assert errors.sel(agent="bayes") == 0.0
    assert errors.sel(agent="bayes_forward") == 0.0
    assert errors.sel(agent="reverse") <= errors.sel(agent="habit")
    assert errors.sel(agent="none") == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert data["agent"].values.tolist() == list(AGENTS)
    assert all(set(right) < set(actions) for _, _, actions, right in choices_in(maze))


def test_sleep_teaches_each_regime_on_the_same_held_out_laps(rng):
    asked = laps_in_maze(MAZES["matched"], 60, rng)
    learned = regimes_of(asked, asked, np.arange(60) < 20)
    assert [learned[name].size for name in REGIMES] == [60, 40, 20, 60, 120]
    elsewhere = laps_in_maze(MAZES["converging"], 30, rng)
    n_places = asked.n_places + elsewhere.n_places
    other = moved_on(elsewhere, asked.n_places, n_places)
    data = learn_from_sleep(asked, learned, other, asked, TINY, 1, "x")
    # Wake and replay are the same laps here, so they teach the same.
    same = data["similarity"].sel(regime="wake"), data["similarity"].sel(regime="replay")
    assert np.array_equal(*same)
    kept = data["similarity_after"] / data["similarity"]
    there = np.isfinite(data["retention"].values)
    kept = kept.transpose(*data["retention"].dims).values
    assert np.allclose(data["retention"].values[there], kept[there])


def test_chains_stray_where_the_other_environment_was_learned(rng):
    maze = similar_pair(8, 2, 0.1)
    laps = laps_in_maze(maze, 200, rng)
    environment = np.where(maze.position[:, 1] >= 0, 0, 1)
    place_at = {tuple(p): n for n, p in enumerate(maze.position.tolist())}
    twin = np.array([place_at[x, -y] for x, y in maze.position.tolist()])
    mixed = [np.append(c[:1], twin[c[1:]]) for c in laps.places]  # begins in the right one
    wrong = chains_of(mixed, laps.group, laps.n_places, laps.reward, laps.context)
    learned = {"right": laps, "wrong": wrong}
    data = separate_environments(laps, learned, environment, PARAMETERS, 1, "x")
    confusion = data["confusion"].sel(estimator="forward").mean("seed")
    assert confusion.sel(regime="wrong") > confusion.sel(regime="right") + 0.1
