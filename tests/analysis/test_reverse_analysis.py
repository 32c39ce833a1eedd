"""Claims about reverse models: the verdict follows the numbers, whichever way they point."""

import numpy as np
import pytest
import xarray as xr

from analysis import (
    chain_example,
    choices,
    claim_rows,
    crossover,
    discount,
    environments,
    noise,
    reverse_claims,
    similarity,
    sleep,
    step_accuracy,
)
from analysis.reverse_models import (
    Reversed,
    corrected,
    effect_size,
    equivalence_p_value,
    paired_p_value,
)
from neurosim.models.chain_scores import MEASURES, N_DISTANCES
from neurosim.models.chain_study import ESTIMATORS
from neurosim.models.choice_study import AGENTS
from neurosim.models.sleep_study import GAPS, REGIMES
from neurosim.stats.references import load_references
from neurosim.tasks.mazes import hourglass, maze_dataset

N_SEEDS = 6
MODULES = (
    similarity, crossover, step_accuracy, discount, sleep, environments, choices, noise,
    chain_example, reverse_claims,
)  # fmt: skip


def measured(first, last, noise_sd=0.01, seed=0, **levels):
    """Measures of one maze: (forward, reverse) levels; the others stand where forward does."""
    rng = np.random.default_rng(seed)
    data = {}
    for measure in MEASURES:
        forward, reverse = levels.get(measure, (0.5, 0.5))
        level = np.array([reverse if name == "reverse" else forward for name in ESTIMATORS])
        values = level + noise_sd * rng.standard_normal((N_SEEDS, len(ESTIMATORS)))
        data[measure] = (("seed", "estimator"), values)
    shape = N_SEEDS, len(ESTIMATORS), N_DISTANCES
    data["accuracy_by_distance"] = ("seed", "estimator", "distance"), rng.random(shape)
    data["loss"] = ("seed", "estimator", "update"), rng.random((N_SEEDS, len(ESTIMATORS), 5))
    token = np.zeros((len(ESTIMATORS), 7), int)
    token[:, :4] = [4, 3, 5, 2]
    data["example_token"] = ("estimator", "example_step"), token
    data["example_probability"] = (
        ("estimator", "example_step", "token"),
        rng.random((len(ESTIMATORS), 7, 11)),
    )
    data["example_true"] = "example_step", np.array([2, 1, 0, 6, -1, -1, -1])
    return xr.Dataset(
        data,
        coords={"estimator": list(ESTIMATORS)},
        attrs={"entropy_first": first, "entropy_last": last, "n_places": 8},
    )


def discounted(best):
    grid = np.array([0.5, 0.9, 1.0])
    rng = np.random.default_rng(0)
    bits = 5 + 3 * np.abs(grid - best)[None, :, None] + 0.01 * rng.random((2, 3, N_SEEDS))
    names = ("similarity", "total_bits", "excess_bits")
    data = dict.fromkeys(names, (("place", "discount", "seed"), bits))
    return xr.Dataset(data, {"place": ["loss", "decoder"], "discount": grid})


def chosen(**errors):
    rng = np.random.default_rng(0)
    values = np.array([errors.get(agent, 0.3) for agent in AGENTS])
    values = values + 0.01 * rng.random((N_SEEDS, len(AGENTS)))
    return xr.Dataset({"choice_errors": (("seed", "agent"), values)}, {"agent": list(AGENTS)})


def slept(gain):
    rng = np.random.default_rng(0)
    shape = N_SEEDS, len(REGIMES), 2
    kept = 0.4 + 0.01 * rng.random((*shape, 2))
    kept[..., 1] += gain
    return xr.Dataset(
        {
            "similarity": (("seed", "regime", "estimator"), 0.8 + 0.01 * rng.random(shape)),
            "retention": (("seed", "regime", "estimator", "gap"), kept),
        },
        {"regime": list(REGIMES), "estimator": ["forward", "reverse"], "gap": list(GAPS)},
    )


def strayed(change):
    rng = np.random.default_rng(0)
    values = 0.2 + 0.01 * rng.random((N_SEEDS, 3, 2))
    values[:, 2] += change
    return xr.Dataset(
        {
            "confusion": (("seed", "regime", "estimator"), values),
            "similarity": (("seed", "regime", "estimator"), values),
            "learned_confusion": ("regime", [0.1, 0.2, 0.15]),
        },
        {"regime": ["wake", "replay", "wake_and_replay"], "estimator": ["forward", "reverse"]},
    )


TREES = {
    "converging,true_paths": measured(2.0, 0.0, similarity=(1.0, 0.5), total_bits=(0.0, 2.0)),
    "diverging,true_paths": measured(0.0, 2.0, similarity=(0.5, 1.0), total_bits=(2.0, 0.0)),
}
MATCHED = measured(
    1.0, 1.0, noise_sd=0.001, decision_accuracy=(0.6, 1.0), merge_accuracy=(1.0, 0.6)
)


@pytest.fixture
def given(references_file):
    trained = {
        **TREES,
        "matched,true_paths": MATCHED,
        "w_track,wake_decoded": measured(1.5, 1.5, similarity=(0.8, 0.8)),
        "w_track,wake_kept_25": measured(1.5, 1.5, similarity=(0.4, 0.4)),
    }
    mazes = {
        "converging": maze_dataset(hourglass(2, 0, 0.6, 1.0, 2)),
        "diverging": maze_dataset(hourglass(0, 2, 1.0, 0.6, 2)),
    }
    return Reversed(
        trained,
        mazes,
        {"emergent_w,replay_decoded": "no replay"},
        {"decision": discounted(1.0)},
        {"decision": chosen(none=0.6, habit=0.3, forward=0.0, reverse=0.0)},
        slept(0.3),
        strayed(0.0),
        load_references(references_file),
    )


@pytest.fixture(scope="session")
def references_file():
    from pathlib import Path

    return Path(__file__).parents[2] / "config" / "references.csv"


def claims(given, name):
    rows = reverse_claims.analyse(given)["summary"].to_dataset().to_dataframe()
    return rows[rows.quantity == name].set_index("condition")


def replaced(given, **changes):
    from dataclasses import replace

    return replace(given, **changes)


def test_reverse_wins_only_where_the_start_is_more_predictable(given):
    (row,) = claims(given, "claim_reverse_more_similar").itertuples()
    assert row.verdict == claim_rows.ENTROPIES
    assert "reverse wins in 1, forward in 1 of 3" in row.test


def test_reverse_that_wins_everywhere_holds_and_that_never_wins_does_not(given):
    everywhere = {
        name: measured(1.0, 1.0, similarity=(0.5, 0.9), seed=k) for k, name in enumerate(TREES)
    }
    (row,) = claims(replaced(given, trained=everywhere), "claim_reverse_more_similar").itertuples()
    assert row.verdict == "holds"
    never = {
        name: measured(1.0, 1.0, similarity=(0.9, 0.5), seed=k) for k, name in enumerate(TREES)
    }
    (row,) = claims(replaced(given, trained=never), "claim_reverse_more_similar").itertuples()
    assert row.verdict == "does not hold"


def test_matched_endpoints_are_equal_within_the_margin(given):
    rows = claims(given, "claim_equal_when_matched")
    assert set(rows.index) == {"matched,similarity", "matched,excess_bits_per_step"}
    assert (rows.verdict == "holds").all()
    apart = {"matched,true_paths": measured(1.0, 1.0, similarity=(0.5, 0.56))}
    rows = claims(replaced(given, trained=apart), "claim_equal_when_matched")
    assert rows.loc["matched,similarity"].verdict == "inconclusive"


@pytest.mark.parametrize(("best", "verdict"), [(1.0, "does not hold"), (0.9, "holds")])
def test_a_discount_holds_only_where_it_saves_bits(given, best, verdict):
    changed = replaced(given, discounts={"decision": discounted(best)})
    rows = claims(changed, "claim_best_discount")
    assert (rows.verdict == verdict).all()
    tree = discount.analyse(changed)["summary"].to_dataset().to_dataframe()
    found = tree[tree.quantity == "best_discount"]
    assert found.estimate.to_numpy() == pytest.approx(best)


def test_decision_points_are_marked_at_the_price_of_merges(given):
    rows = claims(given, "claim_marks_decision_points")
    assert rows.loc["matched"].verdict.startswith("holds only when")
    assert rows.loc["matched"].estimate == pytest.approx(0.4, abs=0.01)


@pytest.mark.parametrize(("change", "verdict"), [(-0.1, "holds"), (0.1, "does not hold")])
def test_environments_are_separated_where_confusion_falls(given, change, verdict):
    rows = claims(replaced(given, environments=strayed(change)), "claim_separates_similar")
    assert rows.iloc[0].verdict == verdict


@pytest.mark.parametrize(("gain", "verdict"), [(0.3, "holds for either order"), (-0.1, "does not")])
def test_replay_consolidates_where_more_is_kept(given, gain, verdict):
    rows = claims(replaced(given, sleep=slept(gain)), "claim_consolidates")
    assert rows.iloc[0].verdict.startswith(verdict)


def test_a_model_helps_choosing_and_the_forward_one_as_much(given):
    rows = claims(given, "claim_improves_decisions")
    assert rows.iloc[0].verdict == "holds only when compared with no model"
    better = chosen(habit=0.3, forward=0.3, reverse=0.0)
    rows = claims(replaced(given, choices={"decision": better}), "claim_improves_decisions")
    assert rows.iloc[0].verdict == "holds"


def test_half_the_similarity_left_is_not_robust(given):
    rows = claims(given, "claim_robust_to_noise")
    assert rows.iloc[0].verdict == "does not hold"
    assert rows.iloc[0].estimate == pytest.approx(0.5, abs=0.05)


def test_unseen_paths_are_judged_apart_from_held_out_laps(given):
    level = {"bayes_fraction": (0.99, 0.99)}
    trained = {
        "seen,true_paths": measured(1.0, 1.0, **level),
        "unseen,true_paths": measured(1.0, 1.0, bayes_fraction=(0.8, 0.8)),
    }
    rows = claims(
        replaced(given, trained=trained, unseen=("unseen",)), "claim_models_learn_the_law"
    )
    assert rows.verdict.to_dict() == {
        "held_out_laps,worst_of_1": "holds",
        "unseen_paths,worst_of_1": "does not hold",
    }


def test_a_difference_too_small_to_matter_is_none():
    small = 0.001 + 1e-5 * np.arange(6)
    assert claim_rows.judged(small) == "does not hold"
    assert claim_rows.judged(100 * small) == "holds"
    assert claim_rows.judged(np.array([0.5, -0.5, 0.4, -0.3])) == "inconclusive"


def test_experts_are_not_run(given):
    rows = claims(given, "claim_experts_prefer_reverse")
    assert rows.iloc[0].verdict == "not run"
    assert "causally sufficient" in rows.iloc[0].test


def test_what_is_missing_says_why(given):
    rows = similarity.analyse(given)["summary"].to_dataset().to_dataframe()
    row = rows[rows.condition == "emergent_w,replay_decoded"].iloc[0]
    assert (row.verdict, row.test) == ("not run", "not run: no replay")
    nothing = replaced(given, sleep=None, environments=None, missing={
        "sleep": "no events", "environments": "no second track"})  # fmt: skip
    for module, reason in ((sleep, "no events"), (environments, "no second track")):
        rows = module.analyse(nothing)["summary"].to_dataset().to_dataframe()
        assert rows.test.tolist() == [f"not run: {reason}"]
    for name in ("claim_consolidates", "claim_separates_similar"):
        assert claims(nothing, name).iloc[0].verdict == "not run"


def test_the_crossover_has_the_slope_of_the_identity(given):
    rows = crossover.analyse(given)["summary"].to_dataset().to_dataframe()
    slope = rows[rows.quantity == "crossover_slope"].iloc[0]
    assert slope.estimate == pytest.approx(-1.0, abs=0.01)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_every_question_is_drawn_and_drawn_of_nothing_too(given, module):
    empty = Reversed({}, {}, {}, {}, {}, None, None, given.references)
    assert module.draw(module.analyse(given)).axes
    if module in (discount, reverse_claims):  # there is always a maze, and a claim
        return
    assert module.draw(module.analyse(empty)).axes


def test_p_values_are_those_of_scipy_and_statsmodels(rng):
    from scipy import stats
    from statsmodels.stats.weightstats import ttost_paired

    first, second = rng.random(12), rng.random(12) + 0.3
    expected = stats.ttest_rel(first, second).pvalue
    assert paired_p_value(first - second) == pytest.approx(expected)
    tost = ttost_paired(first, second, -0.5, 0.5)[0]
    assert equivalence_p_value(first - second, 0.5) == pytest.approx(tost)
    assert np.isnan(paired_p_value(np.full(5, 0.2)))
    assert equivalence_p_value(np.full(5, 0.2), 0.1) == 1.0
    assert effect_size(np.array([1.0, 2.0, 3.0])) == pytest.approx(2.0)


def test_correction_is_holms():
    found = corrected({"a": 0.01, "b": 0.04, "c": 0.03, "d": float("nan")})
    assert found["a"] == pytest.approx(0.03)
    assert found["b"] == pytest.approx(0.06)
    assert found["c"] == pytest.approx(0.06)
    assert np.isnan(found["d"])
