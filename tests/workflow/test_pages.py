"""Pages of recordings at test scale: what they are made from, and what they say."""

import html
import json
import re

import pytest
import yaml
from running import PROJECT, planned_rules, snakemake

from neurosim.decode.checks.verdicts import checks_of
from neurosim.files import load, read_attributes

DECODING = {
    "fit_place_fields",
    "decode_wake_position",
    "find_candidate_events",
    "decode_events",
    "compare_dynamics",
    "shuffle_events",
    "calibrate_recording",
    "decode_heading",
    "check_recording",
}


def page(finished, name):
    return (finished.results / "pages" / f"{name}.html").read_text()


def text_of(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.mark.parametrize("name", ["own", "rat1"])
def test_a_page_opens_from_disk_alone(finished, name):
    markup = page(finished, name)
    assert "default-src 'none'" in markup
    assert re.findall(r'src="(?!data:)', markup) == []
    assert set(re.findall(r"https?://[^/\"'<]*", markup)) == {"https://doi.org"}
    assert markup.count("<img src=") == 2 + 6  # overview, own cells, events


def test_the_first_screen_answers_in_words(finished):
    first = text_of(page(finished, "own").partition('id="checks"')[0].partition("</nav>")[2])
    assert re.search(r"\d+ CA1 units; .*min running", first)
    assert re.search(r"laps on a linear track of \d\.\d\d m: \d+ outbound, \d+ inbound", first)
    worth = r"This recording (cannot tell|hardly tells|can tell) replay from chance"
    assert re.search(worth, first)
    assert re.search(r"\d+ of \d+ candidate events in NREM pass the test; \d+ \(", first)
    assert "median error of the decoded position is" in first
    assert "What to look at" in first


def test_a_simulated_recording_has_its_heading_and_its_truth(finished):
    text = text_of(page(finished, "rat1"))
    assert "It was simulated" in text
    assert "the decoded heading is off by" in text
    assert "wake_ heading_ error_ median" in text
    assert "does not recover" in text or "recovers" in text


def test_every_check_is_on_the_page(finished):
    text = text_of(page(finished, "own"))
    checks = checks_of(load(finished.results / "checks" / "own.nc"))
    assert len(checks) == 18
    for check in checks:
        assert check.name.replace("_", " ") in text
        assert " ".join(check.sentence.split()) in text


def test_methods_are_those_of_the_test_scale(finished):
    text = text_of(page(finished, "own").partition('id="methods"')[2])
    scale = yaml.safe_load((PROJECT / "config" / "test.yaml").read_text())["replay"]
    twins = scale["twins"]
    assert f"in {twins['n_twins']} twins" in text
    assert f"in {twins['n_events']} events in all" in text
    assert f"against {scale['significance']['n_shuffles']} shuffles" in text
    assert "Head-direction tuning" not in text  # none was recorded
    assert "no ripple power was recorded" in text


def test_the_report_links_to_the_pages_and_they_to_it(finished):
    report = (finished.results / "report.html").read_text()
    for name in ("own", "rat1"):
        assert f'href="pages/{name}.html"' in report
        found = re.search(r'name="description" content="([^"]*)"', page(finished, name))
        assert found[1] in report
        assert 'href="../report.html"' in page(finished, name)
    assert "pages/rat2.html" not in report


def test_a_page_waits_for_no_other_recording_and_no_table(finished):
    run = snakemake(finished.folder, "--dry-run", "--forceall", "results/pages/own.html")
    assert planned_rules(run) == DECODING | {"describe_recording"}
    inputs = json.loads(read_attributes(finished.results / "replay/significance/own.nc")["inputs"])
    assert set(inputs) == {"recording", "fields", "candidates", "own"}
