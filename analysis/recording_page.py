"""The page of one recording: one HTML file that opens from disk, with no network."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from analysis import own_cells_figure, recording_figure
from analysis.event_browser import DecodedRecording, draw_event
from analysis.methods import Steps, methods_paragraph
from analysis.one_recording import OneRecording
from analysis.page import Entry, Image, embed, make_glyph, page_environment, versions
from analysis.plots import save_figure
from analysis.recording_answers import (
    came_out,
    headline,
    recorded,
    to_look_at,
    told,
    worth,
)
from neurosim.decode.event_tests import CALIBRATED, passes
from neurosim.files import flag_names
from neurosim.stats.summary import Row

AFTER = "post"
BADGES = {"fine": "good", "look": "open", "problem": "bad", "not_run": "none"}
WORDS = {"not_run": "not run"}


@dataclass(frozen=True)
class Figures:
    """What the page shows.

    Attributes
    ----------
    overview, own : Image or None
    events : sequence of Image
    """

    overview: Image | None
    own: Image | None
    events: Sequence[Image]


def best_events(one: OneRecording, n_events: int) -> np.ndarray:
    """Choose events (event,) after running: those that pass first, then by their p values."""
    tested, events = one.loaded("significance"), one.loaded("events")
    if tested is None or events is None:
        return np.empty(0, dtype=int)
    after = flag_names(events["phase"]) == AFTER
    p = tested["graded_p_value"].max(("score", "shuffle"), skipna=False).values
    usable = np.flatnonzero(after & np.isfinite(p))
    passed = passes(tested, one.options.alpha)[usable]
    return usable[np.lexsort((p[usable], ~passed))][:n_events]


def draw_figures(one: OneRecording) -> Figures:
    """Draw the overview, what the analysis is worth, and the best few single events."""
    with tempfile.TemporaryDirectory() as folder:

        def image(name: str, drawn: Figure, kind: str = "svg") -> Image:
            path = Path(folder) / f"{name}.{kind}"
            save_figure(drawn, path)
            return embed(path)

        events = one.loaded("events")
        shown = []
        if events is not None:
            decoded = DecodedRecording(
                one.recording, one.loaded("fields"), events, one.loaded("significance"),
                None if one.files.planted is None else one.loaded("planted"), one.options.alpha,
            )  # fmt: skip
            chosen = best_events(one, one.options.n_events)
            shown = [image(str(k), draw_event(decoded, int(k)), "png") for k in chosen]
        own = None
        if "twins" in one.own:
            own = image("own_cells", own_cells_figure.draw(one.own, only=one.name))
        return Figures(image("overview", recording_figure.draw(one), "png"), own, shown)


FILE_OF = {  # of each step that the methods tell of, and a group that it fills
    "check_recording": ("checks", None),
    "fit_place_fields": ("fields", None),
    "decode_wake_position": ("wake", None),
    "find_candidate_events": ("candidates", None),
    "decode_events": ("events", None),
    "compare_dynamics": ("dynamics", None),
    "shuffle_events": ("significance", None),
    "calibrate_recording": ("own", None),
    "decode_heading": ("heading", "tuning"),
}


def steps_of(one: OneRecording) -> Steps:
    """Gather what was done to a recording, from its files."""
    found = {rule: one.loaded(*where) for rule, where in FILE_OF.items()}
    own, candidates = found["calibrate_recording"], found["find_candidate_events"]
    tested, alpha = found["shuffle_events"], None
    if own is not None and tested is not None and CALIBRATED in tested.attrs:
        alpha = tuple(float(own.attrs[name]) for name in (CALIBRATED, "alpha_low", "alpha_high"))
    ran = {check.name for check in one.checks if check.verdict != "not_run"}
    done = {rule for rule, data in found.items() if data is not None}
    return Steps(
        configuration=one.configuration,
        done=frozenset(done if "place_cells" in ran else done - {"check_recording"}),
        versions=versions(),
        seed=one.options.seed,
        length_unit=one.recording.length_unit,
        ripples=candidates is not None and "z >" in candidates.attrs["ripple_rule"],
        alpha=alpha,
        null="" if own is None else str(own.attrs["null"]),
        corrected=one.row("compression_corrected") is not None,
        contaminated="unit_contamination" in ran,
        nominal=one.options.alpha,
    )


def absent(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Gather the quantities that could not be computed by the reason why."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row.verdict == "not run":
            quantities = found.setdefault(row.test.removeprefix("not run: "), [])
            if row.quantity not in quantities:
                quantities.append(row.quantity)
    return found


def render_page(one: OneRecording) -> str:
    """Render the page of a recording.

    Parameters
    ----------
    one : OneRecording

    Returns
    -------
    str
        HTML.
    """
    found = worth(one)
    figures = draw_figures(one)
    line = headline(one, found)
    rows = [row for row in one.rows if row.verdict != "not run"]
    used = sorted({row.reference_id for row in rows} & set(one.references))
    return (
        page_environment()
        .get_template("recording.html.j2")
        .render(
            title=f"{one.name}: neurosim",
            description=line,
            name=one.name,
            answers=[
                ("What was recorded", recorded(one)),
                ("What can be told from it", told(found)),
                ("What came out", came_out(one, found)),
            ],
            attention=to_look_at(one.checks),
            checks=one.checks,
            badges=BADGES,
            verdict_words=WORDS,
            figures=figures,
            entries=[Entry(index, row, make_glyph(row)) for index, row in enumerate(rows)],
            absent=absent(one.rows),
            sources={i: one.references[i] for i in used},
            methods=methods_paragraph(steps_of(one)),
            versions=versions(),
        )
    )
