"""Animals of the heading study: their cells, their sleep, and no CA1."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from neurosim.contract import OPTIONAL_GROUPS, REQUIRED, validate
from neurosim.files import flag_names
from neurosim.recording import open_recording, save_recording
from neurosim.simulation import SimulationParameters, simulate_recording
from workflow.cohort import animal_simulation

ROOT = Path(__file__).parents[2]
SIMULATION = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["simulation"]
COHORT = SIMULATION["cohort"]


def simulated(name: str) -> dict:
    values = animal_simulation(SIMULATION, COHORT, COHORT["animals"][name])
    groups = simulate_recording(SimulationParameters.from_mapping(values), 1, name)
    checked = (*REQUIRED, *(group for group in OPTIONAL_GROUPS if group in groups))
    validate({group: groups[group] for group in checked}, name)
    return groups


def seconds(groups: dict, **wanted: str) -> float:
    epochs = groups["epochs"]
    keep = np.ones(epochs.sizes["epoch"], dtype=bool)
    for name, value in wanted.items():
        keep &= flag_names(epochs[name]) == value
    return float((epochs["stop"] - epochs["start"]).values[keep].sum())


@pytest.mark.parametrize(
    ("name", "turn_cells", "clockwise"), [("mouse2", 30, 26), ("mouse4", 7, 3)]
)
def test_a_dual_recorded_animal_has_its_published_cells_and_sleep(name, turn_cells, clockwise):
    groups = simulated(name)
    assert set(groups["units"]["region"].values) == {"ADN", "SC"}
    preferred = groups["truth/cells/SC"]["preferred_turn"].values
    assert preferred.size == 2 * turn_cells
    assert np.count_nonzero(preferred) == turn_cells
    assert np.count_nonzero(preferred == -1) == clockwise
    side = groups["units"]["hemisphere"].values[groups["truth/cells/SC"]["unit_index"].values]
    assert set(side) == {"left"}
    rem = seconds(groups, state="rem", phase="post")
    published = COHORT["animals"][name]["rem_s"] * COHORT["rem_fraction"]
    assert rem == pytest.approx(published, rel=0.35)  # bouts have random lengths


def test_an_inactivated_animal_has_no_colliculus_and_every_condition(tmp_path, provenance):
    groups = simulated("mouse9")
    save_recording(groups, tmp_path / "mouse9.nc", provenance, origin="simulated")
    assert open_recording(tmp_path / "mouse9.nc").track_environments == ()
    assert set(groups["units"]["region"].values) == {"ADN"}
    for drug in ("saline", "ttx_right", "ttx_left", "ttx_both"):
        assert seconds(groups, state="rem", inactivation=drug) == pytest.approx(240.0, rel=0.35)
        assert seconds(groups, state="run", inactivation=drug) == pytest.approx(40.0)
    assert "truth/events" not in groups
    assert "oscillations" not in groups
