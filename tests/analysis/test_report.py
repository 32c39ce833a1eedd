"""The page holds what it must, escapes what it is given and asks the network for nothing."""

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from rows import not_run_row

from analysis import page, report
from analysis.plots import figure, save_figure
from neurosim import NeurosimError
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import COLUMNS, Reference
from neurosim.stats.summary import Row, make_row

NAN = float("nan")
QUESTIONS = {"replay": ["compression"], "heading": []}
CONFIG = {
    "seed": 7,
    "recordings": {"mine": "mine.nc"},
    "simulation": {
        "subjects": ["rat1", "rat2"],
        "environments": {"linear": {"duration_s": 120.0}, "w": None},
        "session": {"rest_s": 60.0},
        "place_cells": {"n_cells": 80},
    },
}
CLAIM = Reference("A1", 20.0, 15.0, 25.0, "", "primary", "x", "speed", "A & B 1999", "10.1/x<y", "")


SPEED = Path(__file__).parents[2] / "docs" / "results" / "benchmarks.csv"


def row(quantity: str = "compression_ratio", **changes) -> Row:
    given = {
        "estimate": Estimate(17.5423, 15.0, 19.0, 4),
        "origin": "recovered",
        "unit": "1",
        "n_unit": "subject",
        "condition": "rest",
        "estimator": "likelihood",
    }
    return make_row("replay", quantity, **given | changes)


class Page(HTMLParser):
    """Elements of a page, with their attributes and the text of all of it."""

    def __init__(self, html: str):
        super().__init__()
        self.elements: list[tuple[str, dict]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    def every(self, tag: str) -> list[dict]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def render(tmp_path_factory):
    """Render a page of rows, with one figure and two events."""
    folder = tmp_path_factory.mktemp("report")
    references = folder / "references.csv"
    cells = {"id": "A1", "value": "20", "low": "15", "high": "25", "trust": "primary"}
    cells |= {"quantity": "speed", "source": "A & B 1999", "doi": "10.1/x<y"}
    lines = [",".join(COLUMNS), ",".join(cells.get(name, "") for name in COLUMNS)]
    references.write_text("\n".join(lines) + "\n")
    pages = [folder / "compression.svg", folder / "0.png", folder / "1.png"]
    with figure(1, 1) as (drawn, _):
        save_figure(drawn, pages[0])
        drawn.suptitle("rat1\ndecoded <b>forward</b>")
        save_figure(drawn, *pages[1:])

    def rendered(rows, events=pages[1:], benchmarks=folder, config=CONFIG, recordings=()) -> str:
        return report.render_report(
            rows=rows,
            references=references,
            figures=pages[:1],
            events=events,
            questions=QUESTIONS,
            config=config,
            benchmarks=Path(benchmarks),
            speed=SPEED,
            pages=recordings,
        )

    return rendered


def test_first_screen_tells_what_was_run_and_what_came_out(render):
    rows = [row(truth=17.0), row(truth=40.0), row(reference=CLAIM, origin="learned")]
    rows.append(row(origin="measured"))
    text = Page(render(rows)).text
    assert "2: rat1, rat2" in text
    assert "mine" in text
    assert "3 min a subject" in text
    assert "seed 7" in text
    assert "1 of 2 planted values are recovered" in text
    assert "1 agree and 0 differ" in text
    assert "rat-like CA1 with mouse-like ADN" in text


def test_rows_that_differ_stand_on_the_first_screen_with_their_source(render):
    far = row("far", reference=CLAIM, estimate=Estimate(90.0, 80.0, 99.0, 4))
    lost = row("lost", truth=40.0)
    html = render([row("fine", truth=17.0), far, lost])
    first = html[html.index('id="top"') : html.index('id="replay"')]
    text = Page(first).text
    assert "far" in text
    assert "planted 40" in text
    assert "published 20 (15 to 25)" in text
    assert "A & B 1999" in text
    assert "fine" not in text
    assert 'href="#row-1"' in first
    assert 'id="row-1"' in html


def test_a_row_shows_all_that_is_known_of_it(render):
    html = render([row(truth=18.0, reference=CLAIM, p_value=0.0001, test="paired t test")])
    text = Page(html).text
    for shown in ("compression_ ratio", "rest", "17.5 [15, 19]", "4 subjects", "recovered"):
        assert shown in text
    for shown in ("paired t test", "p < 0.001", "primary", "recovers"):
        assert shown in text
    assert 'href="#ref-A1"' in html
    assert 'id="ref-A1"' in html


def test_rows_that_were_not_run_give_their_reason(render):
    rows = [
        not_run_row("replay", "speed", condition="recording=x", origin="measured", reason="no CA1")
    ]
    html = render(rows)
    assert "not run: no CA1" in html
    assert "1 could not be computed" in html
    assert "nan" not in Page(html).text.split()


def test_everything_is_escaped(render):
    nasty = "<script>alert(1)</script>&"
    rows = [
        row(nasty, condition=nasty, estimator=nasty, unit=nasty, test=nasty, n_unit=nasty),
        not_run_row("replay", "speed", condition=nasty, origin="measured", reason=nasty),
    ]
    html = render(rows, config=CONFIG | {"note": nasty})
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;" in html
    assert "<b>forward" not in html
    assert len(Page(html).every("script")) == 1


def test_nothing_comes_from_the_network(render):
    html = render([row(reference=CLAIM)])
    page = Page(html)
    assert set(re.findall(r"https?://[^/\"']*", html)) == {"https://doi.org"}
    assert all(image["src"].startswith("data:image/") for image in page.every("img"))
    assert len(page.every("img")) == 3
    assert all(link["rel"] == "icon" for link in page.every("link"))
    assert not any("src" in script for script in page.every("script"))
    assert "@import" not in html
    assert "url(" not in html
    policy = page.every("meta")[2]["content"]
    assert policy.startswith("default-src 'none'")


def test_pages_of_recordings_are_linked_near_the_top_with_what_they_say(render, tmp_path):
    page = tmp_path / "pages" / "mine.html"
    page.parent.mkdir()
    page.write_text(
        '<head><meta name="description" content="31 units; a &lt;b&gt; &amp; c"></head>'
    )
    html = render([row()], recordings=[page])
    found = Page(html)
    assert "pages/mine.html" in [link["href"] for link in found.every("a")]
    assert "31 units; a <b> & c" in found.text
    assert html.index('id="recordings"') < html.index('id="replay"')
    assert "recordings" not in [tag.get("id") for tag in Page(render([row()])).every("section")]


def test_doi_is_quoted_in_its_address(render):
    links = [link["href"] for link in Page(render([row(reference=CLAIM)])).every("a")]
    assert "https://doi.org/10.1/x%3Cy" in links


def test_links_inside_the_page_lead_somewhere(render):
    page = Page(render([row(truth=40.0, reference=CLAIM), row(reference=CLAIM)]))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    targets = {a["href"][1:] for a in page.every("a") if a["href"].startswith("#")}
    assert targets <= set(ids)
    assert len(ids) == len(set(ids))


def test_headings_sort_by_keyboard(render):
    page = Page(render([row()]))
    sortable = [heading for heading in page.every("th") if "aria-sort" in heading]
    assert len(sortable) > 10
    assert all(button["type"] == "button" for button in page.every("button"))


def test_events_are_listed_by_what_the_file_says_of_them(render):
    page = Page(render([row()]))
    assert len(page.every("option")) == 2
    assert "1: rat1; decoded <b>forward</b>" in page.text


@pytest.mark.parametrize("rows", [[], [row()]])
def test_a_page_without_events_benchmarks_or_configuration(render, tmp_path, rows):
    page = Page(render(rows, events=[], benchmarks=tmp_path / "none", config={}))
    assert f"{len(rows)} numbers." in page.text
    assert "No benchmark files were found." in page.text
    assert not page.every("option")


def test_a_study_without_a_title_keeps_its_name(render):
    other = make_row(
        "dreams", "length", estimate=Estimate(1, NAN, NAN, 1), origin="planted", unit="", n_unit=""
    )
    assert "Dreams" in Page(render([other])).text


def test_timings_are_read_from_benchmarks(tmp_path):
    head = "s\th:m:s\tmax_rss\n"
    (tmp_path / "decode").mkdir()
    (tmp_path / "decode" / "rat1.tsv").write_text(head + "3.0\t0:00:03\t100\n")
    (tmp_path / "decode" / "rat2.tsv").write_text(head + "5.0\t0:00:05\tNA\n")
    (tmp_path / "collect.tsv").write_text(head + "2.0\t0:00:02\t-\n")
    (tmp_path / "make_report.tsv").write_text(head + "9.0\t0:00:09\t1\n")
    decode, collect = report.read_timings(tmp_path)
    assert decode == report.Timing("decode", 2, 8.0, 5.0, 100.0, 0.8)
    assert (collect.rule, collect.share) == ("collect", 0.2)


@pytest.mark.parametrize(
    ("value", "text"),
    [(NAN, ""), (0.0, "0"), (1234.5, "1234"), (-2.5, "−2.5"), (0.03202, "0.032"), (1e7, "1e+07")],
)
def test_numbers_are_short(value, text):
    assert page.format_number(value) == text


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        ("recovers", "good"),
        ("differs", "bad"),
        ("holds only when fed", "open"),
        ("not run", "none"),
    ],
)
def test_kinds_of_verdicts(verdict, kind):
    assert page.kind_of(verdict) == kind


def test_glyph_keeps_the_order_of_numbers():
    glyph = page.make_glyph(row(truth=30.0, reference=CLAIM))
    assert glyph.interval[0] < glyph.estimate < glyph.interval[1] < glyph.truth
    assert glyph.band[0] == pytest.approx(glyph.interval[0])  # both 15
    assert 0 <= min(glyph.interval) < max(glyph.truth, sum(glyph.band)) <= 100


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_glyph_of_a_lone_number(value):
    glyph = page.make_glyph(row(estimate=Estimate(value, NAN, NAN, 1)))
    assert glyph.estimate == 50.0
    assert (glyph.interval, glyph.truth, glyph.band) == (None, None, None)


def test_no_glyph_without_an_estimate():
    assert page.make_glyph(row(estimate=Estimate(np.nan, NAN, NAN, 0))) is None


def test_peers_stand_beside_each_other_with_their_ratios(render):
    text = render([row()])
    for peer in report.read_peers(SPEED):
        assert peer["tool"].replace("_", " ") in text
        assert peer["seconds"] in text


def test_a_table_of_peers_without_a_column_is_named(tmp_path):
    path = tmp_path / "benchmarks.csv"
    path.write_text("workload,tool\nsimulate,neurosim\n")
    with pytest.raises(NeurosimError, match=r"benchmarks.csv.*'version'.*make benchmark"):
        report.read_peers(path)
