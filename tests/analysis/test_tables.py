"""Tables to commit: the rows as they are, and where they came from."""

import json

import pandas as pd
import pytest
import xarray as xr

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
    assert sorted(p.name for p in out.parent.iterdir()) == ["question.csv", "question.json"]


def test_a_table_of_its_own_is_written_beside_the_rows(question, tmp_path):
    _, row = question
    table = pd.DataFrame({"estimator": ["likelihood", "line_fit"], "coverage": [0.9, None]})
    path, out = tmp_path / "with_table.nc", tmp_path / "docs" / "question.csv"
    tree = result(
        [row], {"table": xr.Dataset.from_dataframe(table.rename_axis("row")).drop_vars("row")}
    )
    save(tree, path, Provenance("A question", "ask", 3, {}))
    assert main([str(path), str(out)]) == 0
    pd.testing.assert_frame_equal(pd.read_csv(out.with_name("question_table.csv")), table)


def test_a_missing_file_is_one_line(tmp_path, capsys):
    assert main([str(tmp_path / "none.nc"), str(tmp_path / "out.csv")]) == 1
    said = capsys.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1


def test_wrong_arguments_show_how_to_call(capsys):
    assert main(["one"]) == 2
    assert "docs/results" in capsys.readouterr().err
