"""Draw the events of the report's browser."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis.event_browser import draw_browser
from analysis.plots import save_figure


def main(
    *,
    recordings: Sequence[Path],
    fields: Sequence[Path],
    events: Sequence[Path],
    p_values: Sequence[Path],
    planted: Sequence[Path],
    pages: Sequence[Path],
    alpha: float,
) -> None:
    """Write ``results/figures/events/{number}.png``."""
    files = {"fields": fields, "events": events, "significance": p_values, "planted": planted}
    drawn = draw_browser(recordings, files, len(pages), alpha)
    for figure, page in zip(drawn, pages, strict=True):
        save_figure(figure, page)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
