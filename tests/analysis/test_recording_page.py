"""The page of a recording that lacks nearly everything."""

import html
import re
from pathlib import Path

import pytest

from analysis.one_recording import Files, OneRecording, Options
from analysis.recording_page import render_page
from neurosim import MissingData
from neurosim.decode.checks.material import Material
from neurosim.decode.checks.run import check_recording
from neurosim.decode.checks.verdicts import checks_dataset
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, save, save_or_explain
from neurosim.recording import open_recording, save_recording
from neurosim.stats.references import load_references

OPTIONS = {
    "states": ["rest", "nrem"],
    "alpha": 0.05,
    "bins_s": [0.25],
    "heading_bin_s": 0.1,
    "turns": {"min_speed_deg_s": 60.0, "min_angle_deg": 30.0},
    "n_events": 3,
}
KINDS = ("wake", "fields", "candidates", "events", "significance", "own", "dynamics", "heading")
REASON = "bare: expected units in CA1, found none"


@pytest.fixture(scope="module")
def bare(tmp_path_factory, hand_made_session):
    """Page of a recording of sleep and head-direction cells alone."""
    folder = tmp_path_factory.mktemp("bare")
    about = Provenance("a test", "make_test", 1, {})
    recording = hand_made_session(regions=("ADN",) * 3)
    path = folder / "bare.nc"
    groups = {n: getattr(recording, n) for n in ("behaviour", "epochs", "units", "spikes")}
    save_recording(groups, path, about, origin="imported")

    def fails():
        raise MissingData(REASON)

    files = {kind: folder / kind / "bare.nc" for kind in KINDS}
    for out in files.values():
        save_or_explain(fails, out, about)
    fields = FieldParameters(50, 1.5, 0.08, 0.25, 0.05)
    material = Material(open_recording(path), fails, fields, 0.02, ("rest", "nrem"), 5, 19, None)
    files["checks"] = folder / "checks" / "bare.nc"
    save(checks_dataset(check_recording(material)), files["checks"], about)
    return render_page(
        OneRecording(
            Files(recording=path, **files),
            Options.from_mapping(1, OPTIONS),
            load_references(Path(__file__).parents[2] / "config" / "references.csv"),
        )
    )


def text_of(markup):
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


def test_what_is_lacking_is_said_and_nothing_fails(bare):
    text = text_of(bare.partition("<body>")[2].partition("<script>")[0])
    assert "3 ADN units; 0.2 min NREM." in text
    assert "No laps: " in text
    assert f"no replay could be planted in them ({REASON})" in text
    assert "No replay could be planted in this recording" in text
    assert f"not run: {REASON}" in text
    assert "nan" not in text.lower().split()


def test_methods_of_nothing_are_the_software_alone(bare):
    text = text_of(bare.partition('id="methods-text"')[2].partition("</div>")[0])
    assert "All of it was done with neurosim" in text
    assert "Place fields" not in text
    assert "own cells" not in text
    assert "Intervals" not in text


def test_page_comes_from_disk_alone_and_its_links_lead_somewhere(bare):
    assert "default-src 'none'; img-src data:" in bare
    assert not re.findall(r'src="(?!data:)', bare)
    ids = re.findall(r' id="([^"]+)"', bare)
    targets = set(re.findall(r'href="#([^"]+)"', bare))
    assert len(ids) == len(set(ids))
    assert targets <= set(ids)
    assert bare.count('name="description"') == 1


def test_text_to_copy_is_there_and_selected_where_there_is_no_clipboard(bare):
    assert 'data-copies="methods-text"' in bare
    assert bare.count('id="methods-text"') == 1
    script = bare.partition("<script>")[2]
    assert "selectAllChildren" in script
    assert 'execCommand("copy")' in script
