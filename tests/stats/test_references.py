"""Published values: a sound table, and verdicts by their definition."""

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim import NeurosimError
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import (
    COLUMNS,
    DECIDING_TRUST,
    TRUST,
    Reference,
    decides_on,
    load_references,
    verdict,
)

TABLE = Path(__file__).parents[2] / "config" / "references.csv"
NAN = float("nan")
NUMBER = re.compile(r"(?<![\w.])[-+]?\d*\.?\d+")
RANGE = Reference("A1", 10.0, 8.0, 14.0, "", "primary", "x", "speed", "Someone 2001", "", "")
SINGLE = replace(RANGE, low=NAN, high=NAN)
ESTIMATES = st.floats(-100, 100)


def table_rows() -> list[dict[str, str]]:
    with open(TABLE, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, *rows: dict[str, str]) -> Path:
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for row in rows:
            writer.writerow({"id": "A1", "trust": "primary", **row})
    return path


def test_every_row_of_the_table_has_an_id_of_its_own_and_a_known_trust():
    rows = table_rows()
    assert len(rows) > 200
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)
    assert {row["trust"] for row in rows} <= set(TRUST)
    assert all(re.fullmatch(r"[A-Z]\d{3}[a-z]?", name) for name in ids)


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_no_value_of_the_table_holds_several_numbers():
    """An id that holds several numbers is split: B005a, B005b."""
    several = {
        row["id"]: row["value"]
        for row in table_rows()
        if not is_number(row["value"]) and len(NUMBER.findall(row["value"])) > 1
    }
    assert several == {}


def test_limits_of_the_table_are_numbers_or_empty():
    for row in table_rows():
        assert all(is_number(row[name] or "nan") for name in ("low", "high")), row["id"]


def test_ranges_of_the_table_are_ordered():
    for name, reference in load_references(TABLE).items():
        if np.isfinite([reference.low, reference.high]).all():
            assert reference.low <= reference.high, name


def test_the_table_is_read_as_it_stands():
    references = load_references(TABLE)
    rows = {row["id"]: row for row in table_rows()}
    assert references.keys() == rows.keys()
    for name, reference in references.items():
        assert reference.trust == rows[name]["trust"]
        assert reference.note == rows[name]["n_or_note"]
        value = reference.text or reference.value
        assert str(value) == rows[name]["value"] or np.isclose(
            float(value), float(rows[name]["value"] or "nan"), equal_nan=True
        )


def test_values_that_are_no_numbers_are_kept_as_text(tmp_path):
    path = write_table(
        tmp_path / "t.csv",
        {"id": "A1", "value": "mostly forward"},
        {"id": "A2", "value": "19.7", "low": "15", "high": ""},
    )
    references = load_references(path)
    assert references["A1"].text == "mostly forward"
    assert np.isnan(references["A1"].value)
    assert (references["A2"].value, references["A2"].low) == (19.7, 15.0)
    assert np.isnan(references["A2"].high)
    assert references["A2"].text == ""


@pytest.mark.parametrize(
    ("rows", "named"),
    [
        ([{"id": "A1"}, {"id": "A2"}, {"id": "A1"}], "'A1'"),
        ([{"trust": "hearsay"}], "'hearsay'"),
    ],
    ids=["repeated id", "unknown trust"],
)
def test_a_table_that_is_not_sound_is_refused(tmp_path, rows, named):
    path = write_table(tmp_path / "t.csv", *rows)
    with pytest.raises(NeurosimError) as error:
        load_references(path)
    assert named in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("content", [None, "", "id,value\nA1,2\n"])
def test_a_missing_table_or_column_is_named(tmp_path, content):
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_text(content)
    with pytest.raises(NeurosimError, match=re.escape(str(path))):
        load_references(path)


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        (RANGE, (8.0, 14.0)),
        (SINGLE, (8.0, 12.0)),
        (replace(SINGLE, value=-10.0), (-12.0, -8.0)),
        (replace(RANGE, high=NAN), (8.0, 12.0)),
    ],
)
def test_the_range_is_the_published_one_else_20_percent_around_the_value(reference, expected):
    assert reference.range == pytest.approx(expected)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "expected"),
    [
        (NAN, NAN, NAN, "not run"),
        (10.0, 9.0, 11.0, "recovers"),
        (12.0, 9.0, 15.0, "inconclusive"),  # covered though far
        (10.9, 10.5, 11.3, "recovers"),  # within 10 % though not covered
        (11.2, 11.1, 11.3, "does not recover"),
        (8.9, 8.8, 9.0, "does not recover"),
        (10.5, NAN, NAN, "recovers"),  # one unit: no interval, but near
        (20.0, NAN, NAN, "does not recover"),
    ],
)
def test_a_planted_value_is_recovered_if_near_and_missed_if_not_covered(
    estimate, low, high, expected
):
    found = Estimate(estimate, low, high, 4)
    for origin in ("planted", "recovered"):
        assert verdict(found, origin, 10.0, None) == expected
        assert verdict(found, origin, 10.0, replace(RANGE, value=500.0)) == expected
    negative = Estimate(-estimate, -high, -low, 4)
    assert verdict(negative, "recovered", -10.0, None) == expected


def test_a_recovered_number_without_a_truth_does_not_recover():
    assert verdict(Estimate(10.0, 9.0, 11.0, 4), "recovered", NAN, RANGE) == "does not recover"


@pytest.mark.parametrize(
    ("reference", "estimate", "low", "high", "expected"),
    [
        (RANGE, 10.0, 8.0, 14.0, "agrees"),
        (RANGE, 13.5, 13.0, 13.9, "agrees"),
        (RANGE, 10.0, 7.9, 12.0, "inconclusive"),
        (RANGE, 10.0, 5.0, 20.0, "inconclusive"),
        (RANGE, 15.0, 14.0, 16.0, "inconclusive"),  # touching is not disjoint
        (RANGE, 15.0, 14.1, 16.0, "differs"),
        (RANGE, 5.0, 3.0, 7.9, "differs"),
        (RANGE, 10.0, NAN, NAN, "inconclusive"),
        (RANGE, NAN, NAN, NAN, "not run"),
        (SINGLE, 10.0, 8.5, 11.5, "agrees"),
        (SINGLE, 13.0, 12.5, 13.5, "differs"),
        (None, 10.0, 9.0, 11.0, "no reference"),
        (replace(SINGLE, value=NAN, text="faster"), 10.0, 9.0, 11.0, "no reference"),
    ],
)
def test_beside_a_reference_the_interval_decides(reference, estimate, low, high, expected):
    assert verdict(Estimate(estimate, low, high, 4), "emergent", NAN, reference) == expected


@pytest.mark.parametrize("trust", TRUST)
def test_only_references_that_were_checked_decide(trust):
    reference = replace(RANGE, trust=trust)
    assert reference.decides == (trust in DECIDING_TRUST)
    expected = "agrees" if trust in ("primary", "abstract", "secondary") else "no reference"
    found = Estimate(10.0, 9.0, 11.0, 4)
    assert verdict(found, "measured", NAN, reference) == expected
    translated = replace(reference, id="G012")
    assert verdict(found, "learned", NAN, translated) == "agrees"
    garbled = replace(translated, note="as stated (seed text garbled)")
    assert verdict(found, "learned", NAN, garbled) == "no reference"


@given(ESTIMATES, st.floats(0, 50), st.floats(0, 50), st.sampled_from(sorted(set(TRUST))))
def test_an_untrusted_reference_never_decides(estimate, below, above, trust):
    reference = replace(RANGE, trust=trust)
    interval = Estimate(estimate, estimate - below, estimate + above, 4)
    found = verdict(interval, "emergent", NAN, reference)
    if trust in ("recalled", "recalled-weak", "seed-claim"):
        assert found == "no reference"
    else:
        assert found in ("agrees", "differs", "inconclusive")


def test_another_unit_scales_the_number_and_its_range():
    metres = replace(RANGE, unit="cm").in_unit(0.01, "m")
    assert (metres.value, metres.low, metres.high) == pytest.approx((0.10, 0.08, 0.14))
    assert metres.unit == "m"
    assert metres.id == RANGE.id


@pytest.mark.parametrize(
    ("trust", "reference_id", "verdict", "expected"),
    [
        ("primary", "A001", "agrees", True),
        ("seed-claim", "G001", "differs", True),
        ("seed-claim", "G001", "no reference", False),  # published of other tasks or models
        ("primary", "A001", "no reference", False),
        ("recalled", "A001", "inconclusive", False),
    ],
)
def test_a_published_number_decides_where_it_is_trusted_and_of_the_same(
    trust, reference_id, verdict, expected
):
    assert decides_on(trust, reference_id, verdict) == expected
