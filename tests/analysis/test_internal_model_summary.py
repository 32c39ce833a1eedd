"""Experiments summarised: free numbers with their range, claims that can fail."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from analysis import internal_model
from analysis.internal_model_figure import short_name
from neurosim.calibration.compass_constants import BASELINE, CONDITIONS
from neurosim.calibration.internal_model import TRAININGS, WIRINGS
from neurosim.stats.references import load_references

REFERENCES = load_references(Path(__file__).parents[2] / "config" / "references.csv")
N = 4


def constants_dataset(changed: bool = True) -> xr.Dataset:
    names = [BASELINE] * N + (["compass.synapse_s"] * 2 + ["movement.turn_sd_deg_s"] * 2) * changed
    values = [np.nan] * N + [0.005, 0.02, 30.0, 90.0] * changed
    ttx = np.array([-9.0, -10.0, -11.0, -10.0] + [-10.0, -12.0, -5.0, -30.0] * changed)
    rotation = np.stack([np.zeros(ttx.size), 1000 * ttx], axis=1)
    spread = np.arange(ttx.size, dtype=float)
    rotation = np.column_stack([rotation, 2 * rotation[:, 1]])
    dims = ("variant", "condition")
    return xr.Dataset(
        {
            "constant": ("variant", np.array(names, dtype=object)),
            "value": ("variant", values),
            "net_rotation": (dims, rotation),
            "clockwise_turns": (dims, -rotation / 360),
            "counter_clockwise_turns": (dims, 0 * rotation),
            "turn_amplitude": ("variant", 80 + spread),
            "commanded_amplitude": ("variant", 79 + spread),
            "turn_lag": ("variant", 18 + spread),
        },
        {"condition": list(CONDITIONS)},
    )


def experiments(rng, *, dreams_one_way: bool = False, changed: bool = True) -> xr.DataTree:
    def near(*means: float) -> np.ndarray:
        return np.array(means)[..., None] + 0.01 * rng.normal(size=(len(means), N))

    errors = np.stack([near(27, 0, 0), near(27, 170, 95)])
    errors[0, 1:] = 0.0
    share = np.stack([near(0.5, 0.5), near(0.85, 0.95 if dreams_one_way else 0.52)])
    neglected = near(80, 30 if dreams_one_way else 70)
    gain = np.stack([np.linspace(0.6, end, 10) + np.zeros((N, 1)) for end in (0.9, 0.6, 0.1)])
    groups = {
        "/constants": constants_dataset(changed),
        "/wirings": xr.Dataset(
            {
                "heading_error": (("wiring", "network"), near(3, 3.2, 26)),
                "anticipation": (("wiring", "network"), near(20, -15, 21)),
                "best_lead_error": (("wiring", "network"), near(1.5, 2.5, 25)),
                "best_lead": (("wiring", "network"), near(18, -14, 20)),
            },
            {"wiring": list(WIRINGS)},
            {"stretch_s": 30.0},
        ),
        "/errors": xr.Dataset(
            {"prediction_error": (("gate", "state", "network"), errors)},
            {"gate": ["gated", "gate_open"], "state": ["run", "rem", "nrem"]},
        ),
        "/neglect": xr.Dataset(
            {
                "clockwise_fraction": (("group", "state", "network"), share),
                "turn_amplitude": (
                    ("group", "direction", "network"),
                    np.stack([near(80, 78), neglected]),
                ),
            },
            {
                "group": ["intact", "neglect"],
                "state": ["run", "rem"],
                "direction": ["clockwise", "counter_clockwise"],
            },
        ),
        "/training": xr.Dataset(
            {
                "gain": (("training", "network", "time"), gain),
                "error_before": (("training", "network"), near(69, 69, 69)),
                "error_after": (("training", "network"), near(32, 69, 142)),
            },
            {"training": list(TRAININGS), "time": np.arange(10.0)},
        ),
    }
    return xr.DataTree.from_dict(groups)


def summary_of(tree: xr.DataTree) -> pd.DataFrame:
    table = internal_model.analyse(tree, REFERENCES)["summary"].to_dataset().to_dataframe()
    return table.set_index(["quantity", "condition"])


def test_free_numbers_stand_with_their_range_and_the_constants_that_make_it(rng):
    rows = summary_of(experiments(rng))
    row = rows.loc[("net_rotation", "ttx_right,ring,constants")]
    assert (row.ci_low, row.ci_high) == (-30_000, -5_000)
    assert row.estimate == rows.loc[("net_rotation", "ttx_right,ring")].estimate == -10_000
    assert "free: no published number; not an interval but the range over 2 constants" in row.test
    assert "from movement.turn_sd_deg_s = 90 to movement.turn_sd_deg_s = 30" in row.test
    assert (row.n, row.n_unit, row.verdict) == (4, "variant", "no reference")
    for quantity in ("turn_lag", "turn_amplitude"):
        assert rows.loc[(quantity, "rem,ring,constants")].ci_high > 24
    assert rows.loc[("turn_amplitude", "rem,ring")].truth == pytest.approx(80.5)
    assert rows.loc[("net_rotation", "ttx_right,ring,at_once")].estimate == -20_000
    assert rows.loc[("full_turns", "ttx_right,cw,ring")].estimate == pytest.approx(10_000 / 360)


def test_without_other_constants_there_is_no_range(rng):
    rows = summary_of(experiments(rng, changed=False))
    assert ("net_rotation", "ttx_right,ring") in rows.index
    assert not [condition for _, condition in rows.index if condition.endswith("constants")]


def test_errors_that_the_model_gates_off_are_planted(rng):
    rows = summary_of(experiments(rng))
    for state in ("rem", "nrem"):
        row = rows.loc[("prediction_error", state)]
        assert (row.estimate, row.origin, row.verdict) == (0.0, "planted", "recovers")
        assert rows.loc[("prediction_error", f"{state},gate_open")].estimate > 90
    assert rows.loc[("prediction_error", "wake")].origin == "emergent"
    assert rows.loc["prediction_error"].test.str.contains("sensed minus predicted angular").all()


def test_claims_hold_or_do_not(rng):
    claims = summary_of(experiments(rng)).loc["internal_model_claim"].verdict
    assert claims["neglect,rem_turns_both_ways"] == "holds"
    text = summary_of(experiments(rng)).loc["internal_model_claim"].test
    assert "planted by construction" in text["neglect,rem_turns_both_ways"]
    assert claims["trained,wake,learns"] == "holds"
    assert claims["trained,rem,gated,learns"] == "does not hold"
    assert claims["trained,rem,gate_open,learns"] == "does not hold"
    other = summary_of(experiments(rng, dreams_one_way=True)).loc["internal_model_claim"].verdict
    assert other["neglect,rem_turns_both_ways"] == "does not hold"


def test_what_the_gate_and_the_commands_fix_is_planted(rng):
    rows = summary_of(experiments(rng))
    gain = rows.loc[("prediction_gain", "trained,rem,gated")]
    assert (gain.origin, gain.verdict) == ("planted", "recovers")
    assert gain.truth == pytest.approx(0.6)
    error = rows.loc[("prediction_error", "wake,trained,rem,gated")]
    assert (error.origin, error.verdict) == ("planted", "recovers")
    assert rows.loc[("internal_model_claim", "trained,rem,gated,learns")].origin == "planted"
    for training in ("wake", "rem,gate_open"):
        assert rows.loc[("prediction_gain", f"trained,{training}")].origin == "emergent"
    share = rows.loc["clockwise_fraction"]
    assert "both colliculi intact" in share.test["neglect,wake"]
    assert "neglect" not in share.test["intact,wake"]
    assert set(share.origin) == {"planted"}
    assert share.verdict["neglect,wake"] == "holds only when planted"
    assert share.verdict["neglect,rem"] == share.verdict["intact,wake"] == "recovers"
    one_way = summary_of(experiments(rng, dreams_one_way=True))
    assert one_way.loc[("clockwise_fraction", "neglect,rem")].verdict == "does not recover"


def test_cut_wires_have_error_and_lead(rng):
    rows = summary_of(experiments(rng))
    assert rows.loc[("anticipation", "ring,no_efference")].estimate == pytest.approx(-15, abs=0.1)
    least = rows.loc[("ring_heading_error", "wake,full,best_lead")]
    assert least.estimate == pytest.approx(1.5, abs=0.1)
    assert "18 ms ahead" in least.test
    assert "30 s" in rows.loc[("ring_heading_error", "wake,no_feedback")].test


@pytest.mark.parametrize("changed", [True, False])
def test_the_figure_shows_every_experiment(rng, changed):
    tree = internal_model.analyse(experiments(rng, changed=changed), REFERENCES)
    drawn = internal_model.draw(tree)
    drawn.draw_without_rendering()
    assert len(drawn.axes) == 7
    texts = [text.get_text() for axes in drawn.axes for text in axes.texts]
    assert ("no constants were changed" in texts) is not changed


def test_constants_are_named_with_their_unit():
    assert short_name("compass.synapse_s") == "synapse (s)"
    assert short_name("colliculus_cells.gain_hz_per_deg_s") == "gain (Hz s/deg)"
    assert short_name("movement.turns.amplitude_deg") == "amplitude (deg)"
    assert short_name("colliculus_cells.n_population") == "n population"
