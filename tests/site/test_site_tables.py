"""What fills the pages in, from the repository."""

import math
from xml.etree import ElementTree

import pytest
import site_figures as figures
import verdict_tables
from api_modules import modules_of, public_names
from mathml import mathml
from recording_tables import columns, groups
from site_offline import loaded
from site_pages import filled_in
from workflow_tables import rules_of, schema_of

from neurosim import contract
from neurosim.stats.summary import COLUMNS, read_csv


def test_a_row_shows_its_numbers_and_verdict():
    (row,) = verdict_tables.chosen("heading_tuning")
    shown = verdict_tables.verdicts("heading_tuning")
    assert row.verdict == "recovers"
    assert "[recovers]{.good}" in shown
    assert f"planted {row.truth:.3g}" in shown
    assert shown.count("\n| ") == 2  # the line below the header, and the row


def test_patterns_choose_rows():
    path = verdict_tables.RESULTS / "reverse_claims.csv"
    wanted = {"claim_consolidates", "claim_best_discount"}
    expected = [row for row in read_csv(path) if row.quantity in wanted]
    found = verdict_tables.chosen("reverse_claims", "claim_consolidates|claim_best*")
    assert [r.quantity for r in found] == [r.quantity for r in expected]


def test_a_pattern_without_rows_is_an_error():
    with pytest.raises(ValueError, match="found none"):
        verdict_tables.verdicts("reverse_claims", "no_such_claim")


def test_more_rows_than_a_person_reads_are_an_error():
    with pytest.raises(ValueError, match="at most 40 rows, found 66"):
        verdict_tables.verdicts("reverse_claims")


def test_a_table_that_is_not_committed_is_said_to_be_missing():
    assert "committed yet" in verdict_tables.verdicts("no_such_table")


def test_verdicts_are_counted():
    rows = read_csv(verdict_tables.RESULTS / "heading_error.csv")
    differing = sum(row.verdict == "differs" for row in rows)
    assert f"{len(rows)} rows: {differing} differs" in verdict_tables.tally("heading_error")


def test_cells_end_no_cell():
    assert verdict_tables.table(["a"], [["x|y *"]]).splitlines()[-1] == r"| x\|y \* |"


def test_rows_without_an_estimate_say_why():
    shown = verdict_tables.verdicts("reverse_claims", "claim_experts_prefer_reverse")
    assert "not run: no experts" in shown


def test_the_contract_is_shown_whole():
    shown = groups()
    needed = {
        (group, name)
        for part in (contract.REQUIRED, contract.OPTIONAL, contract.OPTIONAL_GROUPS)
        for group, variables in part.items()
        for name in variables
    }
    assert len(shown.splitlines()) == 2 + len(needed)
    assert all(f"| `/{group}` | `{name}` |" in shown for group, name in needed)


def test_every_column_of_the_summary_is_shown_with_its_meaning():
    shown = columns()
    assert all(f"`{name}`" in shown for name in COLUMNS)
    assert all(line.split("|")[3].strip() for line in shown.splitlines()[2:])


def test_rules_are_found_with_output_and_message():
    found = rules_of("own_cells")
    output, message = found["calibrate_recording"]
    assert output == "results/replay/own/{subject}.nc"
    assert message == "Plant replay in the cells of {subject}"


def test_unknown_keys_are_refused():
    assert schema_of("replay.twins.n_events")["description"]
    assert schema_of("simulation.cohort.animals.mouse1.rem_s")
    with pytest.raises(KeyError):
        schema_of("replay.twins.no_such_key")


def test_modules_and_what_they_define_are_found():
    assert "neurosim.stats.intervals" in modules_of("neurosim.stats")
    names = public_names("neurosim.stats.intervals")
    assert "median_interval" in names
    assert not [name for name in names if name.startswith("_")]


@pytest.mark.parametrize(
    "formula", [r"\bar\lambda_i = \sum_i x^2", r"0 \dots n - 1", r"a &= b \\ c &= d"]
)
def test_formulas_are_elements_that_browsers_draw(formula):
    root = ElementTree.fromstring(mathml(formula, as_block=True))
    assert root.tag.endswith("math")
    assert not list(root.iter("munder"))[1:]  # an index goes beside an accent, not under it


def test_captions_are_those_of_the_report():
    assert figures.CAPTIONS["crossover"] in figures.figure("crossover")


def test_a_figure_that_nobody_keeps_is_an_error():
    with pytest.raises(FileNotFoundError, match="no_such_figure"):
        figures.figure("no_such_figure")


@pytest.mark.parametrize(
    ("text", "suffix", "n"),
    [
        ('<script src="_static/a.js"></script><a href="https://doi.org/1">x</a>', ".html", 0),
        ('<script async src="https://cdn.example/a.js"></script>', ".html", 1),
        ('<link href="//fonts.example/a.css" rel="stylesheet" />', ".html", 1),
        ("body { background: url(https://example.org/a.png) }", ".css", 1),
    ],
)
def test_what_pages_load_from_other_hosts_is_found(text, suffix, n):
    assert len(loaded(text, suffix)) == n


def test_a_page_is_filled_in():
    assert filled_in('{{ title("replay") }}') == "Replay"


def test_numbers_of_a_kept_table_are_finite_where_they_are_shown():
    rows = verdict_tables.chosen("inactivation", "net_rotation", "none|ttx_right")
    assert all(math.isfinite(row.estimate) for row in rows)
