"""Inactivations summarised: what is claimed can fail, and few animals are said to be few."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from inactivated import DRIFTS, N_BLOCKS, write_animals

from analysis import inactivation
from analysis.inactivation_blocks import load_blocks, measure
from neurosim import MissingData
from neurosim.files import Provenance, save_or_explain
from neurosim.stats.references import load_references

ROOT = Path(__file__).parents[2]
FIXED = DRIFTS | {"ttx_right": -2500.0, "ttx_left": 2500.0}


def summary_of(paths, simulated=None) -> pd.DataFrame:
    measured, planted = paths
    simulated = [path.stem for path in measured] if simulated is None else simulated
    references = load_references(ROOT / "config" / "references.csv")
    tree = inactivation.analyse(measured, planted, simulated, 500, references, 1)
    return tree["summary"].to_dataset().to_dataframe()


def row_of(summary: pd.DataFrame, quantity: str, condition: str, **wanted) -> pd.Series:
    keep = (summary.quantity == quantity) & (summary.condition == condition)
    for name, value in wanted.items():
        keep &= summary[name] == value
    assert keep.sum() == 1, (quantity, condition)
    return summary[keep].iloc[0]


@pytest.fixture(scope="module")
def summary(tmp_path_factory) -> pd.DataFrame:
    return summary_of(
        write_animals(tmp_path_factory.mktemp("turned"), np.random.default_rng(1), FIXED)
    )


def test_net_rotation_is_that_of_the_ring_and_tested_on_blocks(summary):
    for condition, drift in FIXED.items():
        row = row_of(summary, "net_rotation", condition)
        assert row.estimate == pytest.approx(row.truth, abs=30)
        assert row.estimate == pytest.approx(drift, abs=500)
        origin = "planted" if condition == "saline" else "emergent"
        assert (row.n, row.n_unit, row.origin) == (4, "subject", origin)
    assert row_of(summary, "net_rotation", "ttx_right").p_value == pytest.approx(1 / 500)
    assert row_of(summary, "net_rotation", "ttx_right").reference_id == "C006"
    assert np.isnan(row_of(summary, "net_rotation", "none").p_value)
    for state in ("nrem", "wake"):
        assert np.isfinite(row_of(summary, "net_rotation", f"ttx_right,{state}").estimate)
    assert "allow no p below" in row_of(summary, "net_rotation", "saline,wake").test


def test_what_saline_does_is_planted_and_what_ttx_does_on_both_sides_is_not(summary):
    about = summary[summary.condition.str.startswith("saline")]
    assert set(about.origin) == {"planted"}
    assert set(about.quantity) >= {"net_rotation", "net_rotation_effect", "inactivation_claim"}
    measured = about[about.quantity != "inactivation_claim"]
    assert set(measured.verdict) == {"no reference"}  # no rotation was planted to recover
    assert row_of(summary, "inactivation_claim", "ttx_both,inside_null").origin == "emergent"


def test_every_animal_has_a_row_with_its_null_interval(summary):
    for name in ("mouse9", "mouse10", "mouse11", "mouse12"):
        row = row_of(summary, "net_rotation", f"ttx_right,subject={name}")
        assert (row.n, row.n_unit) == (N_BLOCKS["ttx_right"], "block")
        assert "null interval" in row.test
        assert row.p_value < 0.05


def test_full_turns_and_clockwise_fraction(summary):
    right = row_of(summary, "full_turns", "ttx_right,cw")
    assert right.estimate > 2
    assert right.estimate == pytest.approx(right.truth, rel=0.3)
    assert row_of(summary, "full_turns", "ttx_right,ccw").estimate == 0
    assert row_of(summary, "clockwise_fraction", "ttx_right").estimate > 0.8
    assert row_of(summary, "clockwise_fraction", "ttx_left").estimate < 0.2


@pytest.mark.parametrize(
    ("quantity", "condition"),
    [("full_turns", "ttx_right,cw"), ("full_turns", "ttx_left,ccw")]
    + [("clockwise_fraction", side) for side in ("ttx_right", "ttx_left")],
)
def test_turns_and_directions_are_tested_on_blocks_within_every_animal(
    summary, quantity, condition
):
    over = row_of(summary, quantity, condition)
    assert over.p_value == pytest.approx(1 / 500)
    assert "blocks exchanged with none and saline within the animal" in over.test
    each = [row_of(summary, quantity, f"{condition},subject=mouse{k}") for k in (9, 10, 11, 12)]
    assert np.mean([row.estimate for row in each]) == pytest.approx(over.estimate)
    for row in each:
        assert (row.n, row.n_unit) == (N_BLOCKS[condition.partition(",")[0]], "block")
        assert row.p_value < 0.05
        assert "null interval" in row.test


def test_the_blocks_of_a_measure_together_are_the_measure(tmp_path):
    measured, planted = write_animals(tmp_path, np.random.default_rng(1), FIXED, n_animals=1)
    blocks = load_blocks(measured, planted, ["mouse9"])
    for column in ("net", "cw_turns", "ccw_turns", "clockwise"):
        compared = blocks.compared("rem", "ttx_right", ("none",), ["mouse9"], column)
        here = compared.treated
        mean = np.average(compared.value[here], weights=compared.weight[here])
        whole = measure(column)(blocks.of("rem", "ttx_right", "mouse9"), "")
        assert mean == pytest.approx(whole), column


def test_effects_say_how_few_animals_are(summary):
    row = row_of(summary, "net_rotation_effect", "ttx_right", estimator="permutation")
    assert row.estimate == pytest.approx(-2500, abs=500)
    assert "4 subjects alone: p = 0.125, at least 0.125" in row.test
    model = row_of(summary, "net_rotation_effect", "ttx_right", estimator="mixed_model")
    assert "4 animals are few" in model.test
    assert model.n_unit == "block"
    mirrored = row_of(summary, "net_rotation_effect", "ttx_right+ttx_left")
    assert mirrored.ci_low < 0 < mirrored.ci_high


def test_pooled_bins_stand_beside_the_published_d_and_a_warning(summary):
    row = row_of(summary, "rem_velocity_ks", "ttx_right", estimator="pooled_bins")
    assert row.reference == pytest.approx(0.1065)
    assert "pseudo-replicates" in row.test
    assert row.p_value == pytest.approx(1 / 500)
    location = row_of(summary, "rem_velocity_ks_location", "ttx_right")
    assert (location.reference, location.unit) == (50.0, "degree s-1")
    assert location.test.startswith("clockwise positive, as published")
    assert location.estimate > 0 > row_of(summary, "net_rotation", "ttx_right").estimate
    assert "clockwise" not in row.test
    each = row_of(summary, "rem_velocity_ks", "ttx_right", estimator="each_subject")
    assert each.ci_low < row.estimate + 0.05
    assert (each.n, each.verdict) == (4, "differs" if each.ci_low > 1.2 * 0.1065 else each.verdict)


def test_claims_hold_where_they_are_true_and_fail_where_they_are_not(summary, tmp_path):
    for condition in ("ttx_right,clockwise", "ttx_left,counter_clockwise"):
        row = row_of(summary, "inactivation_claim", condition)
        assert (row.estimate, row.verdict, row.origin) == (1.0, "holds", "planted")
    # Now saline and both-sided TTX turn it, and TTX on the right does not.
    wrong = DRIFTS | {"saline": 3000.0, "ttx_right": 3000.0, "ttx_both": -3000.0}
    other = summary_of(write_animals(tmp_path, np.random.default_rng(2), wrong))
    for condition in ("ttx_right,clockwise", "saline,inside_null", "ttx_both,inside_null"):
        assert row_of(other, "inactivation_claim", condition).verdict == "does not hold"


def test_with_too_few_blocks_nothing_is_claimed_of_null_intervals(tmp_path):
    few = dict.fromkeys(N_BLOCKS, 2)
    summary = summary_of(write_animals(tmp_path, np.random.default_rng(1), FIXED, n_blocks=few))
    row = row_of(summary, "inactivation_claim", "saline,inside_null")
    assert row.verdict == "inconclusive"
    assert "too few blocks" in row.test


def test_results_do_not_depend_on_anything_but_the_seed(tmp_path):
    first, second = (
        summary_of(write_animals(tmp_path / name, np.random.default_rng(1), n_animals=2))
        for name in ("a", "b")
    )
    pd.testing.assert_frame_equal(first, second)


def explain(path: Path, reason: str) -> Path:
    def nothing():
        raise MissingData(reason)

    save_or_explain(nothing, path, Provenance("a test", "make_test", 1, {}, {}))
    return path


def test_imported_recordings_are_measured_or_say_why_not(tmp_path):
    measured, planted = write_animals(tmp_path, np.random.default_rng(1), n_animals=3)
    measured.append(explain(tmp_path / "m" / "imported.nc", "no inactivation was recorded"))
    planted = planted[:2]  # there is no truth of mouse11: it is taken for an imported one
    summary = summary_of((measured, planted), simulated=["mouse9", "mouse10"])
    imported = row_of(summary, "net_rotation", "ttx_right,recording=mouse11")
    assert imported.origin == "measured"
    assert np.isnan(imported.truth)
    assert imported.p_value < 0.2
    absent = row_of(summary, "net_rotation", "ttx_right,recording=imported")
    assert absent.verdict == "not run"
    assert "no inactivation was recorded" in absent.test
    assert row_of(summary, "net_rotation", "ttx_right").n == 2


def test_a_condition_that_nobody_had_is_not_run(tmp_path):
    without = {name: drift for name, drift in DRIFTS.items() if name != "ttx_left"}
    summary = summary_of(write_animals(tmp_path, np.random.default_rng(1), without, n_animals=2))
    assert row_of(summary, "net_rotation", "ttx_left").verdict == "not run"
    assert row_of(summary, "inactivation_claim", "ttx_left,counter_clockwise").verdict == "not run"
    assert row_of(summary, "net_rotation", "ttx_right").verdict != "not run"


def test_without_any_inactivation_the_figure_says_so(tmp_path):
    measured = [explain(tmp_path / f"mouse{k}.nc", "nothing was inactivated") for k in (1, 2)]
    references = load_references(ROOT / "config" / "references.csv")
    tree = inactivation.analyse(measured, measured, ["mouse1", "mouse2"], 500, references, 1)
    texts = [text.get_text() for axes in inactivation.draw(tree).axes for text in axes.texts]
    assert any("inactivated" in text for text in texts)
    rows = tree["summary"].to_dataset().to_dataframe()
    assert set(rows.verdict) == {"not run"}


@pytest.mark.parametrize("n_animals", [1, 3, 5])
def test_the_figure_draws_any_number_of_animals(tmp_path, n_animals):
    paths = write_animals(tmp_path, np.random.default_rng(1), n_animals=n_animals)
    references = load_references(ROOT / "config" / "references.csv")
    names = [path.stem for path in paths[0]]
    tree = inactivation.analyse(*paths, names, 200, references, 1)
    drawn = inactivation.draw(tree)
    drawn.draw_without_rendering()
    assert len(drawn.axes) == min(n_animals, 4) + 3
