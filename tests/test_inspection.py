"""What ``python -m neurosim inspect`` shows."""

import pytest
import xarray as xr

from neurosim.__main__ import main
from neurosim.errors import MissingData
from neurosim.files import Provenance, save_or_explain


def shown(path, capsys):
    assert main(["inspect", str(path)]) == 0
    return capsys.readouterr().out


def test_groups_dimensions_units_seed_and_configuration_are_shown(recording_path, capsys):
    text = shown(recording_path, capsys)
    for part in ("/spikes (spike ", "[s]", "rad", "seed: ", "/truth/events", "simulate_recording"):
        assert part in text
    assert "run nrem rem" in text or "run rest nrem rem" in text


def test_the_values_of_a_recording_stay_in_the_file(recording_path, capsys, monkeypatch):
    def refuse(self, **options):
        raise AssertionError("inspection read the data")

    monkeypatch.setattr(xr.Dataset, "load", refuse)
    assert "/truth/events" in shown(recording_path, capsys)


def test_a_reason_for_missing_data_is_shown(tmp_path, capsys):
    def fail() -> xr.Dataset:
        raise MissingData("own: expected units in ADN, found none")

    save_or_explain(fail, tmp_path / "x.nc", Provenance("T", "rule", 1))
    assert "missing: own: expected units in ADN" in shown(tmp_path / "x.nc", capsys)


def test_a_foreign_netcdf_file_can_be_inspected(tmp_path, capsys):
    xr.Dataset({"a": ("x", [1.0])}).to_netcdf(tmp_path / "foreign.nc")
    assert "a (x) float64" in shown(tmp_path / "foreign.nc", capsys)


def test_a_foreign_configuration_is_no_error(tmp_path, capsys):
    dataset = xr.Dataset({"a": ("x", [1.0])}, attrs={"configuration": "not json", "inputs": "3"})
    dataset.to_netcdf(tmp_path / "foreign.nc")
    assert "a (x) float64" in shown(tmp_path / "foreign.nc", capsys)


@pytest.mark.parametrize("content", [b"", b"CDF", b"\x89HDF\r\n\x1a\nbroken"])
def test_a_broken_file_gets_one_line(tmp_path, capsys, content):
    path = tmp_path / "broken.nc"
    path.write_bytes(content)
    assert main(["inspect", str(path)]) == 2
    error = capsys.readouterr().err.strip()
    assert "broken.nc" in error
    assert "\n" not in error
