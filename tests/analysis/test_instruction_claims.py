"""Verdicts on claims about instructed networks, on planted results and on those of small runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from planted_instruction import (
    LEVELS,
    communication,
    held_out,
    input_learning,
    measured,
    representation,
    rows_of,
)

from analysis import instruction, instruction_claims
from analysis.instruction_axes_claims import apart
from analysis.instruction_data import Measurements
from analysis.instruction_verdicts import above, all_of, below, paired_claim, within
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import load_references
from neurosim.stats.summary import dataset_to_rows, rows_to_dataset
from neurosim.tasks.psychophysics.catalogue import CONDITIONAL

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
SETS = ("set_1", "set_2", "set_10")
ALL = "test,all sets"


def claims_of(given: Measurements):
    tree = instruction_claims.analyse(given, REFERENCES, [])
    return rows_of(tree)


@pytest.fixture(scope="module")
def whole():
    """Everything is planted as published."""
    return measured(
        hold_outs=(*SETS, "family_go"),
        representation=[representation(n, h) for n in LEVELS for h in SETS],
        communication=[communication("bownet")],
    )


@pytest.fixture(scope="module")
def answers(whole):
    return instruction.answers(whole, REFERENCES)


@pytest.fixture(scope="module")
def rows(answers):
    return rows_of(answers["instruction_claims"][1])


def test_the_published_order_holds_where_it_was_planted(rows):
    order = rows.loc["claim_order"]
    assert (order.verdict == "holds").all()
    whole = order.loc[ALL, "all networks"]
    assert whole.estimate == pytest.approx(0.15, abs=0.01)  # the smallest step
    assert "STRUCTURENET > SBERTNET > BOWNET > SIMPLENET" in whole.test
    assert "MiniLM" in whole.test


@pytest.mark.parametrize(("sbertnet", "verdict"), [(0.5, "does not hold"), (0.75, "holds")])
def test_one_step_the_wrong_way_ends_the_order(sbertnet, verdict):
    levels = {"simplenet": 0.3, "bownet": 0.6, "sbertnet": sbertnet, "structurenet": 0.9}
    data = [held_out(n, h, level=level) for n, level in levels.items() for h in SETS]
    rows = claims_of(Measurements("test", data))
    assert rows.loc["claim_order", ALL, "all networks"].verdict == verdict
    assert rows.loc["claim_order", f"{ALL},over=bownet", "sbertnet"].verdict == verdict
    assert rows.loc["claim_order", f"{ALL},over=simplenet", "bownet"].verdict == "holds"


def test_without_a_language_model_the_order_is_of_the_others_and_says_so():
    names = ("simplenet", "bownet", "structurenet")
    rows = claims_of(measured(names, SETS))
    row = rows.loc["claim_order", ALL, "all networks"]
    assert "no network with a language model" in row.test
    assert "not decided" in row.test
    assert row.verdict == "inconclusive"


def test_a_step_the_wrong_way_ends_the_order_without_language_too():
    levels = {"simplenet": 0.6, "bownet": 0.3, "structurenet": 0.9}
    data = [held_out(n, h, level=level) for n, level in levels.items() for h in SETS]
    rows = claims_of(Measurements("test", data))
    assert rows.loc["claim_order", ALL, "all networks"].verdict == "does not hold"


def test_an_order_of_which_a_network_is_missing_is_not_run():
    row = claims_of(measured(("simplenet", "bownet"), SETS)).loc["claim_order"]
    assert row.loc[ALL, "all networks"].verdict == "not run"
    assert row.loc[f"{ALL},over=simplenet", "bownet"].verdict == "holds"


@pytest.mark.parametrize(
    ("level", "verdict"), [(0.3, "holds"), (0.6, "does not hold"), (0.1, "does not hold")]
)
def test_the_shuffled_control_is_at_the_level_of_simplenet_or_not(level, verdict):
    data = [held_out(network, name) for network in ("simplenet", "sbertnet") for name in SETS]
    data += [held_out("sbertnet,shuffled", name, level=level) for name in SETS]
    row = claims_of(Measurements("test", data)).loc["claim_shuffled_control", ALL]
    assert row.loc["sbertnet,shuffled"].verdict == verdict


@pytest.mark.parametrize("sbertnet", [0.3, None])
def test_a_control_of_what_does_nothing_or_is_not_there_controls_nothing(sbertnet):
    data = [held_out(network, name) for network in ("simplenet", "sbertnet,shuffled")
            for name in SETS]  # fmt: skip
    if sbertnet:
        data += [held_out("sbertnet", name, level=sbertnet) for name in SETS]
    row = claims_of(Measurements("test", data)).loc["claim_shuffled_control", ALL]
    assert row.loc["sbertnet,shuffled"].verdict == "inconclusive"


@pytest.mark.parametrize(("final", "verdict"), [(0.97, "holds"), (0.3, "inconclusive")])
def test_what_is_not_learned_in_some_batches_may_be_in_more(final, verdict):
    data = [input_learning("bownet", name, final=final) for name in SETS]
    given = measured(("bownet",), SETS, input_learning=data)
    rows = rows_of(instruction.answers(given, REFERENCES)["instruction_claims"][1])
    assert rows.loc["claim_input_weights_suffice", ALL, "bownet"].verdict == verdict


def test_networks_are_beside_what_needs_no_instruction(rows):
    for claim in ("above_simplenet", "above_neighbour", "above_withholding"):
        for name in ("bownet", "sbertnet", "structurenet"):
            assert rows.loc[f"claim_{claim}", ALL, name].verdict == "holds"
        assert (f"claim_{claim}", ALL, "sbertnet,shuffled") not in rows.index


def test_a_trained_task_below_the_criterion_is_named():
    data = [held_out("simplenet", "set_1"), held_out("structurenet", "set_1")]
    data[0]["training"][7] = 0.94
    rows = claims_of(Measurements("test", data)).loc["claim_training_criterion", ALL]
    assert rows.loc["simplenet"].verdict == "does not hold"
    assert str(data[0]["trained"].values[7]) in rows.loc["simplenet"].test
    assert rows.loc["structurenet"].verdict == "holds"


def test_composition_that_does_not_help_is_said_not_to(rows):
    assert rows.loc["claim_composed_rules_help", ALL, "simplenet"].verdict == "does not hold"
    assert rows.loc["claim_composed_words_help_more", ALL, "sbertnet"].verdict == "holds"


@pytest.mark.parametrize(
    ("variant", "gain", "claim", "verdict"),
    [
        ("tuned", 0.1, "tuned_is_better", "holds"),
        ("tuned", -0.1, "tuned_is_better", "does not hold"),
        ("mlp", -0.1, "mlp_is_worse", "holds"),
        ("mlp", 0.1, "mlp_is_worse", "does not hold"),
        ("plus", 0.02, "plus_is_no_better", "holds"),
        ("plus", 0.3, "plus_is_no_better", "does not hold"),
    ],
)
def test_variants_are_beside_what_they_are_variants_of(variant, gain, claim, verdict):
    base = "structurenet" if variant == "plus" else "sbertnet"
    level = 0.6
    data = [held_out(base, name, level=level) for name in SETS]
    for name in SETS:
        data.append(held_out(base, name, level=level + gain))
        data[-1].attrs["network"] = f"{base},{variant}"
    row = claims_of(Measurements("test", data)).loc[f"claim_{claim}", ALL, f"{base},{variant}"]
    assert row.verdict == verdict


def test_blank_language_models_are_beside_trained_ones():
    data = [held_out("sbertnet", name) for name in SETS]
    for name in SETS:
        data.append(held_out("sbertnet", name, level=0.4))
        data[-1].attrs["network"] = "blank_words"
    rows = claims_of(Measurements("test", data))
    where = f"{ALL},over=blank_words"
    assert rows.loc["claim_training_language_matters", where, "sbertnet"].verdict == "holds"


@pytest.mark.parametrize(("lost", "verdict"), [(0.3, "holds"), (0.0, "does not hold")])
def test_wrong_instructions_are_judged_by_what_they_cost_simplenet(lost, verdict):
    data = [held_out(name, hold_out) for name in ("simplenet", "bownet") for hold_out in SETS]
    for each in data:
        noise = 0.002 * np.arange(each.sizes["held_out"])
        cost = lost + noise if each.attrs["network"] == "bownet" else 0.1
        each["swapped"] = each["zero_shot"] - cost
    rows = claims_of(Measurements("test", data))
    row = rows.loc["claim_swapped_drop_above_simplenet", ALL, "bownet"]
    assert row.estimate == pytest.approx(lost + 0.004 - 0.1)
    assert row.verdict == verdict


def test_claims_judge_the_rows_of_other_questions(rows):
    assert rows.loc["claim_conditional_deficit", ALL, "bownet"].verdict == "holds"
    correlation = rows.loc["claim_ccgp_correlation"]
    assert correlation.index.tolist() == [(ALL, "task means")]
    assert correlation.loc[ALL, "task means"].verdict == "holds"
    assert (rows.loc["claim_ccgp_correlation"].reference_id == "").all()
    where = "test,instructor=all,partner=all"
    assert rows.loc["claim_words_over_copies", where, "bownet"].verdict == "holds"
    where += ",told=novel"
    assert rows.loc["claim_novel_instructions_work", where, "bownet"].verdict != "does not hold"


def represented_claims(numbers: tuple[int, ...]):
    data = [
        representation(name, hold_out, number)
        for name in ("simplenet", "bownet", "structurenet")
        for hold_out in ("set_10",)
        for number in numbers
    ]
    for each in data:
        each["parallelism"] = each["parallelism"] + 0.01 * each.attrs["number"]
    given = Measurements("test", representation=data)
    return rows_of(instruction.answers(given, REFERENCES)["instruction_claims"][1])


@pytest.mark.parametrize(
    ("numbers", "verdict"), [((0,), "inconclusive"), ((0, 1), "inconclusive"), ((0, 1, 2), "holds")]
)
def test_what_networks_do_takes_three_trainings_to_decide(numbers, verdict):
    rows = represented_claims(numbers)
    parallel = rows.loc["claim_parallel_axes", "test,set_10,network,strongest_weakest"]
    turned = rows.loc["claim_go_units_change", f"{ALL},go,held out,response"]
    for row in (parallel.loc["structurenet"], turned.loc["structurenet"]):
        assert row.verdict == verdict
        assert ("not decided" in row.test) == (verdict == "inconclusive")


def test_axes_are_beside_those_of_simplenet(rows):
    where = "test,set_10,network,strongest_weakest"
    assert "(0.30, 0.25 to 0.35)" in rows.loc["claim_parallel_axes", where, "bownet"].test


def test_novel_instructions_are_beside_all_over_the_tasks_that_have_both():
    """Novel ones were written for the hardest tasks alone, where they do as well as all."""
    data = communication()
    best = np.linspace(0.2, 0.95, data.sizes["task"])
    at = {"regime": "all", "partner": "all"}
    data["partner_performance"].loc[at | {"told": "instruction"}] = best
    hard = np.where(np.arange(best.size) < 4, best - 0.01 * np.arange(best.size), np.nan)
    data["partner_performance"].loc[at | {"told": "novel"}] = hard
    given = Measurements("test", communication=[data])
    rows = rows_of(instruction.answers(given, REFERENCES)["instruction_claims"][1])
    where = "test,instructor=all,partner=all,told=novel"
    row = rows.loc["claim_novel_instructions_work", where, "bownet"]
    assert (row.n, row.estimate) == (4, pytest.approx(-0.015))
    assert row.verdict == "holds"


def deficits(floor: float, cost: dict[str, float]):
    """Claims where doing nothing has more of conditional tasks, and a condition costs so much."""
    data = [held_out(name, hold_out, level=0.8) for name in cost for hold_out in SETS]
    for each in data:
        hard = np.isin(each["held_out"].values, CONDITIONAL)
        spread = 0.01 * np.cos(len(each.attrs["network"]) * np.arange(hard.size))
        each["withholding"] = "held_out", 0.2 + floor * hard + 0.1 * spread
        each["zero_shot"] = "held_out", 0.7 + spread - cost[each.attrs["network"]] * hard
    given = Measurements("test", data)
    found = instruction.answers(given, REFERENCES)
    return rows_of(found["instruction_controls"][1]), rows_of(found["instruction_claims"][1])


def test_a_condition_is_judged_beside_structurenet_where_doing_nothing_has_a_deficit():
    rows, claims = deficits(0.4, {"structurenet": 0.05, "bownet": 0.2, "simplenet": -0.2})
    assert rows.loc["conditional_deficit", ALL, "withholding"].estimate == pytest.approx(0.4, 0.05)
    where = f"{ALL},over=structurenet"
    row = claims.loc["claim_conditional_deficit", where, "bownet"]
    assert (row.verdict, row.estimate) == ("holds", pytest.approx(-0.15, abs=0.02))
    assert "doing nothing has +0.4" in row.test
    simple = claims.loc["claim_conditional_deficit", where, "simplenet"]
    assert simple.verdict == "inconclusive"
    assert "hides" in simple.test
    alone = claims.loc["claim_conditional_deficit", ALL, "structurenet"]
    assert alone.verdict == "inconclusive"
    assert "withholding" not in claims.index.get_level_values("estimator")


def test_a_condition_is_judged_as_it_is_where_doing_nothing_is_the_same():
    _, claims = deficits(0.0, {"structurenet": 0.05, "bownet": 0.2})
    row = claims.loc["claim_conditional_deficit", ALL, "structurenet"]
    assert (row.verdict, row.estimate) == ("holds", pytest.approx(-0.05, abs=0.02))


def test_claims_without_a_number_are_one_row_that_says_so():
    rows = claims_of(measured(("simplenet", "bownet"), SETS))
    row = rows.loc["claim_words_over_copies", ALL, ""]
    assert row.verdict == "not run"


def test_all_questions_are_answered_and_drawn(answers):
    assert list(answers) == [
        *("instruction_learning", "instruction_controls", "instruction_geometry"),
        *("instruction_units", "instruction_communication", "instruction_gallery"),
        "instruction_claims",
    ]
    module, tree = answers["instruction_claims"]
    drawn = module.draw(tree)
    labels = [label.get_text() for axes in drawn.axes for label in axes.get_yticklabels()]
    assert "order: SBERTNET over BOWNET" in labels


def test_rows_of_all_questions_are_told_apart_by_their_names(answers):
    rows = np.concatenate(
        [
            tree["summary"].to_dataset().to_dataframe()[["quantity", "condition", "estimator"]]
            for _, tree in answers.values()
        ]
    )
    assert len({tuple(row) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    ("judge", "low", "high", "verdict"),
    [
        (above, 0.01, 0.2, "holds"),
        (above, -0.1, 0.0, "does not hold"),
        (above, -0.1, 0.1, "inconclusive"),
        (above, np.nan, np.nan, "inconclusive"),
        (below, -0.2, -0.01, "holds"),
        (below, 0.0, 0.2, "does not hold"),
        (lambda e: within(e, 0.1), -0.09, 0.09, "holds"),
        (lambda e: within(e, 0.1), 0.1, 0.3, "does not hold"),
        (lambda e: within(e, 0.1), -0.3, -0.1, "does not hold"),
        (lambda e: within(e, 0.1), 0.05, 0.2, "inconclusive"),
        (lambda e: apart(e, Estimate(0, -0.1, 0.1, 3)), 0.2, 0.3, "holds"),
        (lambda e: apart(e, Estimate(0, -0.1, 0.1, 3)), -0.3, -0.2, "does not hold"),
        (lambda e: apart(e, Estimate(0, -0.1, 0.1, 3)), 0.0, 0.3, "inconclusive"),
    ],
)
def test_intervals_are_judged_as_far_as_they_tell(judge, low, high, verdict):
    assert judge(Estimate((low + high) / 2, low, high, 9)) == verdict


def test_a_difference_whose_p_is_not_small_enough_is_inconclusive():
    less = pd.DataFrame([np.zeros(12)])
    more = pd.DataFrame([0.1 + 0.12 * (-1.0) ** np.arange(12)])
    loose, strict = (
        paired_claim("made", "", "", (more, less), "made", level=level) for level in (0.05, 1e-6)
    )
    assert 1e-6 < loose.p_value < 0.05
    assert (loose.verdict, strict.verdict) == ("holds", "inconclusive")


def test_a_claim_of_several_parts_needs_all():
    assert all_of(["holds", "holds"]) == "holds"
    assert all_of(["holds", "inconclusive"]) == "inconclusive"
    assert all_of(["inconclusive", "does not hold"]) == "does not hold"
    assert all_of([]) == "inconclusive"


def test_rows_go_into_the_summary_as_they_are(answers):
    table = answers["instruction_claims"][1]["summary"].to_dataset()
    rows = dataset_to_rows(table)
    assert {row.study for row in rows} == {"instruction"}
    assert rows_to_dataset(rows).equals(table)
