"""Tables to commit: the rows as they are, and where they came from."""

import json

import pytest

from analysis.results import result
from analysis.tables import main
from neurosim.files import Provenance, save
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import make_row, read_csv


@pytest.fixture
def question(tmp_path):
    row = make_row(
        "replay",
        "compression_bias",
        condition="cells=80,ratio=20",
        estimate=Estimate(1.0, 0.9, 1.1, 4),
        origin="recovered",
        unit="1",
        n_unit="population",
        truth=1.0,
    )
    path = tmp_path / "question.nc"
    save(result([row]), path, Provenance("A question", "ask", 3, {"n_events": 2000}))
    return path, row


def test_rows_and_their_source_are_written(question, tmp_path):
    path, row = question
    out = tmp_path / "docs" / "question.csv"
    assert main([str(path), str(out)]) == 0
    assert repr(read_csv(out)) == repr([row])
    source = json.loads(out.with_suffix(".json").read_text())
    assert source["seed"] == 3
    assert source["configuration"] == {"ask": {"n_events": 2000}}
    assert source["versions"]["neurosim"]


def test_a_missing_file_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.nc"), str(tmp_path / "out.csv")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_wrong_arguments_show_how_to_call(capsys):
    assert main(["one"]) == 2
    assert "docs/results" in capsys.readouterr().err
