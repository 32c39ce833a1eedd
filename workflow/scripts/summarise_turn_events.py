"""Summarise population turn events over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import turn_events, turn_events_figure
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    turns: Sequence[Path],
    planted: Path,
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    simulated: Sequence[str],
) -> None:
    """Write ``results/heading/turn_events.nc`` and its figure."""
    found = turn_events.load_turn_events(turns, planted, simulated)
    tree = turn_events.analyse(found, load_references(references))
    inputs = {f"turns/{path.stem}": path for path in turns}
    inputs |= {"planted": planted, "references": references}
    title = "Heading: population turn events"
    save(tree, out, Provenance(title, "summarise_turn_events", seed, {}, inputs))
    save_figure(turn_events_figure.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
