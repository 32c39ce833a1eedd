"""A recording of head-direction cells alone: what it answers, and what it says it cannot."""

import importlib
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
from running import PROJECT

from neurosim.files import Provenance, load
from neurosim.recording import group_names, open_truth, save_recording

HEADING = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())["heading"]
QUESTIONS = ("heading_error", "heading_tuning", "drift", "virtual_turns")
REFERENCES = PROJECT / "config" / "references.csv"
ANSWERED = {
    "wake_heading_error_median",
    "anticipation",
    "wake_drift_speed",
    "rem_drift_speed",
    "nrem_drift_speed",
    "drift_ratio",
    "pair_correlation_similarity",
    "rem_turn_rate",
}
OPEN = {"turn_probability", "turn_amplitude", "turn_lag", "eye_heading_correlation"}


def run(name: str, **arguments: object) -> None:
    importlib.import_module(name).main(seed=1, **arguments)


def heading_cells_of(recording: Path, out: Path) -> Path:
    """Write the ADN units of a recording as one that was imported: no SC, no eyes, no truth."""
    wanted = ("behaviour", "track", "epochs", "units", "spikes")
    groups = {name: load(recording, name) for name in wanted}
    groups["behaviour"] = groups["behaviour"].drop_vars("eye_position")
    units = np.flatnonzero(groups["units"]["region"].values == "ADN")
    spikes = groups["spikes"]
    spikes = spikes.isel(spike=np.isin(spikes["unit_index"].values, units))
    renumbered = np.searchsorted(units, spikes["unit_index"].values).astype(np.int32)
    groups["spikes"] = spikes.assign(unit_index=spikes["unit_index"].copy(data=renumbered))
    groups["units"] = groups["units"].isel(unit=units)
    save_recording(groups, out, Provenance("ADN alone", "import", 0, {}), origin="imported")
    return out


@pytest.fixture(scope="module")
def rows(recording_path, tmp_path_factory):
    """Run the rules of the heading study; rows by file."""
    folder = tmp_path_factory.mktemp("adn")
    recording = heading_cells_of(recording_path, folder / "adn.nc")
    assert not [name for name in group_names(recording) if name.startswith("truth")]
    of = {"recording": recording, "subject": "adn"}
    path = {name: folder / name / "adn.nc" for name in ("decoded", "turns", "virtual", "blocks")}
    for out in path.values():
        out.parent.mkdir()
    turns = {name: HEADING[name] for name in ("turn_cells", "turn_events")}
    run("measure_turns", **of, out=path["turns"], **turns)
    decoding = {name: HEADING[name] for name in ("tuning", "decoding")}
    run("decode_heading", **of, out=path["decoded"], **decoding)
    seen = {"decoded": path["decoded"], "turns": path["turns"]}
    run("relate_turns", **of, **seen, out=path["virtual"], relation=HEADING["relation"])
    rotation = {n: HEADING["inactivation"][n] for n in ("bin_s", "reversal_deg", "max_gap_s")}
    run(
        "measure_inactivation",
        recording=recording,
        decoded=path["decoded"],
        out=path["blocks"],
        inactivation=rotation,
    )

    def outputs(names: tuple[str, ...], kind: str) -> list[Path]:
        return [folder / f"{name}.{kind}" for name in names]

    run(
        "summarise_heading",
        questions=QUESTIONS,
        **{kind: [path[kind]] for kind in ("decoded", "turns", "virtual")},
        planted=[],
        references=REFERENCES,
        **{kind: outputs(QUESTIONS, kind) for kind in ("png", "svg")},
        out=outputs(QUESTIONS, "nc"),
        simulated=[],
        bin_s=HEADING["bin_s"],
        limits=HEADING["turns"],
    )
    run(
        "summarise_inactivation",
        measured=[path["blocks"]],
        planted=[],
        references=REFERENCES,
        **{kind: folder / f"inactivation.{kind}" for kind in ("png", "svg")},
        out=folder / "inactivation.nc",
        simulated=[],
        n_permutations=HEADING["inactivation"]["n_permutations"],
    )
    return {
        name: xr.load_dataset(folder / f"{name}.nc", group="summary").to_dataframe()
        for name in (*QUESTIONS, "inactivation")
    }


def test_what_head_direction_cells_answer_is_measured(rows):
    found = [row for name in QUESTIONS for row in rows[name].itertuples()]
    answered = {row.quantity for row in found if np.isfinite(row.estimate)}
    assert answered >= ANSWERED
    for row in found:
        if np.isfinite(row.estimate):
            assert row.origin == "measured"
            assert "recording=adn" in row.condition


def test_what_needs_a_colliculus_or_eyes_is_said_not_to_be_answered(rows):
    found = [row for name in QUESTIONS for row in rows[name].itertuples()]
    for quantity in OPEN:
        about = [row for row in found if row.quantity == quantity]
        assert about, quantity
        assert {row.verdict for row in about} == {"not run"}, quantity
        assert all(row.test.startswith("not run: adn") for row in about), quantity


def test_what_needs_an_inactivation_is_said_not_to_be_answered(rows):
    found = rows["inactivation"]
    about = found[found.condition.str.contains("recording=adn")]
    assert len(about)
    assert set(about.verdict) == {"not run"}


def test_the_decoded_heading_is_as_good_as_with_all_regions(rows, recording_path):
    error = rows["heading_error"].estimate.to_numpy()
    assert np.nanmax(error) < 15
    assert open_truth(recording_path, "heading").sizes["time"]  # there, and not needed
