"""Sensitivities against constants whose effect is known."""

import numpy as np
import pytest
import xarray as xr
from emergent_events import sensitivity_dataset

from analysis import emergent_sensitivity
from analysis.emergent_sensitivity import deciding, effect_of, read_sensitivity
from analysis.emergent_sensitivity_figure import SHOWN, constant_label, shown
from neurosim import MissingData, NeurosimError
from neurosim.calibration.network_sensitivity import OUTCOMES as MEASURED
from neurosim.files import Provenance, save

OUTCOMES = tuple(MEASURED)
EFFECTS = {
    "strong": {"packet_speed": 2.0, "forward_share": 0.3},
    "weak": {"packet_speed": -0.5, "forward_share": -0.4},
    "needed": dict.fromkeys(OUTCOMES, np.nan),
}
PROVENANCE = Provenance("test", "test", 1, {})


@pytest.fixture
def read(tmp_path, rng) -> xr.Dataset:
    """Three networks that differ a little."""
    paths = [tmp_path / f"{number}.nc" for number in (1, 2, 3)]
    for path in paths:
        noise = 0.02 * rng.normal(size=(len(EFFECTS), len(OUTCOMES)))
        save(sensitivity_dataset(EFFECTS, OUTCOMES, noise), path, PROVENANCE)
    return read_sensitivity(paths)


def test_effects_are_ratios_between_the_ends_of_the_range(read):
    tree = emergent_sensitivity.analyse(read)
    rows = tree["summary"].to_dataset().to_dataframe().set_index("condition")
    assert len(rows) == len(EFFECTS) * len(OUTCOMES)
    strong = rows.loc["constant=strong,outcome=packet_speed"]
    assert strong.estimate == pytest.approx(9.0, rel=0.05)  # (1.5 / 0.5) squared
    assert strong.ci_low < strong.estimate < strong.ci_high
    assert (strong.n, strong.origin, strong.unit) == (3, "emergent", "1")
    share = rows.loc["constant=weak,outcome=forward_share"]
    assert (share.estimate, share.estimator) == (pytest.approx(-0.4), "difference")
    gone = rows.loc["constant=needed,outcome=event_rate"]
    assert gone.verdict == "not run"
    assert "no network has this outcome both at 1.5 x and at 0.5 x" in gone.test
    kept = tree["sensitivity"].to_dataset()
    assert kept["value"].shape == (3, 3, 3, 7)
    assert float(kept["effect"].sel(constant="strong", outcome="packet_speed")) == pytest.approx(
        np.log(strong.estimate)
    )


def test_constants_are_ordered_by_what_they_decide(read):
    decides = emergent_sensitivity.analyse(read)["decides"].to_dataset()
    names = decides["name"].sel(outcome="packet_speed").values.tolist()
    assert names == ["needed", "strong", "weak"]  # without the first there is no packet
    assert decides["name"].sel(outcome="forward_share").values.tolist()[1:] == ["weak", "strong"]
    assert decides["vanishes"].sel(outcome="packet_speed").values.tolist() == [1, 0, 0]


def test_only_sure_effects_in_the_same_context_decide(read):
    data = emergent_sensitivity.analyse(read)["sensitivity"].to_dataset()
    context = "nrem,linear,symmetric"
    assert deciding(data, "packet_speed", context) == ["needed", "strong", "weak"]
    assert deciding(data, "packet_speed", context, most=1) == ["needed"]
    assert deciding(data, "packet_speed", "rest,linear,symmetric") == []
    assert deciding(data, "event_duration", context) == ["needed"]  # the others are noise


def test_networks_without_both_ends_are_left_out():
    values = np.array([[1.0, 1, 2], [np.nan, 1, 5], [1, 1, 8]])
    assert effect_of(values, "event_duration").value == pytest.approx(4.0)
    assert effect_of(values, "event_duration").n == 2
    assert effect_of(values - 1, "sequence_share").value == pytest.approx(4.0)
    assert effect_of(values[1:2], "event_duration").n == 0


def test_networks_must_have_been_varied_alike(tmp_path, rng):
    noise = np.zeros((len(EFFECTS), len(OUTCOMES)))
    whole = sensitivity_dataset(EFFECTS, OUTCOMES, noise)
    save(whole, tmp_path / "1.nc", PROVENANCE)
    save(whole.isel(constant=slice(2)), tmp_path / "2.nc", PROVENANCE)
    with pytest.raises(NeurosimError, match="constant: expected the same as in 1, found others"):
        read_sensitivity([tmp_path / "1.nc", tmp_path / "2.nc"])
    with pytest.raises(MissingData, match="at least one network"):
        read_sensitivity([])


def test_the_figure_shows_the_strongest_of_many_constants_in_groups(rng):
    n = 40
    effects = {f"c{k}": {"packet_speed": k / n} for k in range(n)}
    data = sensitivity_dataset(effects, OUTCOMES, np.zeros((n, len(OUTCOMES))))
    parts = ("constant", np.array([f"g{k % 3}" for k in range(n)], dtype=object))
    whole = data.assign(value=data["value"].expand_dims("network"), group=parts)
    tree = emergent_sensitivity.analyse(whole)
    kept = tree["sensitivity"].to_dataset().isel(constant=shown(tree["sensitivity"].to_dataset()))
    assert set(kept["constant"].values) == {f"c{k}" for k in range(n - SHOWN, n)}
    groups = kept["group"].values.tolist()
    assert len(set(groups)) == 3
    changes = sum(a != b for a, b in zip(groups[1:], groups[:-1], strict=True))
    assert changes == 2  # each group stands together
    assert kept["constant"].values[0] == f"c{n - 1}"
    drawn = emergent_sensitivity.draw(tree)
    drawn.draw_without_rendering()
    assert "15 constants with smaller effects are not shown" in drawn.axes[0].get_title(loc="left")


def test_the_figure_says_where_there_was_nothing(read):
    drawn = emergent_sensitivity.draw(emergent_sensitivity.analyse(read))
    drawn.draw_without_rendering()
    texts = [text.get_text() for axes in drawn.axes[:2] for text in axes.texts]
    assert texts.count("none at low") == len(OUTCOMES)


@pytest.mark.parametrize(
    ("name", "value", "unit", "label"),
    [
        ("pc_reset_mv", 45.4497, "mV", "pc reset = 45.4 mV"),
        ("plasticity_speed_m_s", 0.05, "m s-1", "plasticity speed = 0.05 m s-1"),
        ("place_cell_fraction", 0.5, "1", "place cell fraction = 0.5"),
        ("recurrent_inputs", 800.0, "cells", "recurrent inputs = 800 cells"),
    ],
)
def test_constants_are_named_with_their_value(name, value, unit, label):
    assert constant_label(name, value, unit) == label
