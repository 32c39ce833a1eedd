"""The summary: the same rows in csv and netCDF and back."""

import csv
from dataclasses import astuple, replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rows import not_run_row

from neurosim import NeurosimError
from neurosim.files import Provenance, load, save
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import (
    COLUMNS,
    Row,
    dataset_to_rows,
    make_row,
    read_csv,
    rows_to_dataset,
    write_csv,
)

NAN = float("nan")
REFERENCE = Reference("A8", 17.5, 15.0, 20.0, "", "primary", "x", "c", "Davidson 2009", "", "")
COLUMNS_OF_THE_DESIGN = (
    "study, quantity, condition, estimator, estimate, ci_low, ci_high, n, n_unit, unit, origin, "
    "truth, reference_id, reference, reference_low, reference_high, reference_text, trust, test, "
    "p_value, verdict"
)
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"), include_characters="\n\t"),
    max_size=12,
)
NUMBER = st.floats(allow_nan=True, allow_infinity=True)
BY_TYPE = {str: TEXT, float: NUMBER, int: st.integers(0, 2**53)}
ROWS = st.lists(
    st.builds(Row, **{name: BY_TYPE[Row.__annotations__[name]] for name in COLUMNS}),
    max_size=6,
)
SLOW_FILES = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def same(rows: list[Row], others: list[Row]) -> bool:
    """Equal in every cell and type; NaN equals NaN."""

    def cells(row: Row) -> list[tuple]:
        return [(type(value), "nan" if value != value else value) for value in astuple(row)]

    return [cells(row) for row in rows] == [cells(row) for row in others]


def a_row(**changes: object) -> Row:
    wanted = {
        "estimate": Estimate(17.0, 16.0, 18.0, 4),
        "origin": "emergent",
        "unit": "x",
        "n_unit": "subjects",
        "condition": "nrem,post",
        "estimator": "likelihood",
    }
    return make_row("replay", "compression", **wanted | changes)


@given(ROWS)
@SLOW_FILES
def test_rows_to_csv_and_back_are_the_same_rows(tmp_path, rows):
    out = tmp_path / "summary.csv"
    write_csv(rows, out)
    assert same(read_csv(out), rows)


@given(ROWS)
@SLOW_FILES
def test_rows_to_netcdf_and_back_are_the_same_rows(tmp_path, rows):
    out = tmp_path / "summary.nc"
    save(rows_to_dataset(rows), out, Provenance("summary", "summarise", 1))
    assert same(dataset_to_rows(load(out)), rows)


@given(ROWS)
@SLOW_FILES
def test_csv_to_netcdf_to_csv_is_the_same_file(tmp_path, rows):
    first, between, last = (tmp_path / name for name in ("a.csv", "b.nc", "c.csv"))
    write_csv(rows, first)
    save(rows_to_dataset(read_csv(first)), between, Provenance("summary", "summarise", 1))
    write_csv(dataset_to_rows(load(between)), last)
    assert last.read_bytes() == first.read_bytes()


def test_the_columns_are_those_of_the_design():
    assert ", ".join(COLUMNS) == COLUMNS_OF_THE_DESIGN


def test_missing_numbers_and_texts_are_empty_cells(tmp_path):
    out = tmp_path / "summary.csv"
    write_csv([a_row(estimate=Estimate(1.0, NAN, NAN, 1), condition="")], out)
    with open(out, newline="", encoding="utf-8") as file:
        (cells,) = csv.DictReader(file)
    for name in ("ci_low", "ci_high", "truth", "condition", "reference_id", "reference"):
        assert cells[name] == "", name
    assert cells["estimate"] == "1.0"


@pytest.mark.parametrize("number", [np.float64(1.5), np.float32(1.5)])
def test_numbers_of_numpy_are_written_as_numbers(tmp_path, number):
    out = tmp_path / "summary.csv"
    write_csv([replace(a_row(), estimate=number, n=np.int64(4))], out)
    (row,) = read_csv(out)
    assert row.estimate == 1.5
    assert row.n == 4


def test_a_row_carries_its_reference_and_the_verdict_that_follows():
    row = a_row(reference=REFERENCE)
    assert (row.reference_id, row.reference, row.reference_low, row.reference_high, row.trust) == (
        "A8",
        17.5,
        15.0,
        20.0,
        "primary",
    )
    assert row.verdict == "agrees"
    assert a_row().verdict == "no reference"
    assert a_row().reference_id == ""
    planted = a_row(truth=17.5, origin="recovered", reference=REFERENCE)
    assert (planted.truth, planted.verdict) == (17.5, "recovers")


def test_a_row_from_an_interval_keeps_its_numbers():
    estimate = mean_interval(np.array([1.0, 2.0, 4.0]))
    row = a_row(estimate=estimate)
    assert (row.estimate, row.ci_low, row.ci_high, row.n) == (
        estimate.value,
        estimate.low,
        estimate.high,
        3,
    )


def test_a_reference_in_words_is_kept_as_text():
    words = replace(REFERENCE, value=NAN, low=NAN, high=NAN, text="mostly forward")
    row = a_row(reference=words)
    assert row.reference_text == "mostly forward"
    assert np.isnan(row.reference)
    assert row.verdict == "no reference"


def test_what_was_not_run_says_why():
    row = not_run_row(
        "replay", "compression", condition="nrem", origin="recovered", reason="no CA1 units"
    )
    assert row.verdict == "not run"
    assert "no CA1 units" in row.test
    assert row.n == 0
    assert np.isnan(row.estimate)


def test_an_unknown_origin_is_refused_with_the_allowed_ones():
    with pytest.raises(NeurosimError, match=r"planted.*'guessed'"):
        a_row(origin="guessed")


@pytest.mark.parametrize(
    ("name", "text"), [("estimate", "about 3"), ("n", ""), ("n", "3.5"), ("p_value", "<.05")]
)
def test_a_cell_that_is_no_number_is_refused_by_line_and_column(tmp_path, name, text):
    out = tmp_path / "summary.csv"
    write_csv([a_row(), a_row()], out)
    with open(out, newline="", encoding="utf-8") as file:
        table = list(csv.DictReader(file))
    table[1][name] = text
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(table)
    with pytest.raises(NeurosimError) as error:
        read_csv(out)
    for part in (str(out), "line 3", f"'{name}'"):
        assert part in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_or_column_is_named(tmp_path):
    out = tmp_path / "summary.csv"
    with pytest.raises(NeurosimError, match="no such file"):
        read_csv(out)
    out.write_text("study,quantity\nreplay,speed\n")
    with pytest.raises(NeurosimError, match="'condition'"):
        read_csv(out)
    with pytest.raises(NeurosimError, match="'verdict'"):
        dataset_to_rows(rows_to_dataset([a_row()]).drop_vars("verdict"))


def test_a_row_cut_short_is_refused(tmp_path):
    out = tmp_path / "summary.csv"
    write_csv([a_row()], out)
    out.write_text(out.read_text().rsplit(",", 6)[0] + "\n")
    with pytest.raises(NeurosimError, match="line 2"):
        read_csv(out)
