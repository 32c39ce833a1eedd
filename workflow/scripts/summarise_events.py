"""Answer one question about candidate events over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import compression, direction, significance
from analysis.plots import save_figure
from analysis.results import event_tables
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references

QUESTIONS = {"compression": compression, "direction": direction, "significance": significance}


def main(
    *,
    question: str,
    events: Sequence[Path],
    p_values: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    states: Sequence[str],
    alpha: float,
) -> None:
    """Write ``results/replay/{question}.nc`` and its figure."""
    module = QUESTIONS[question]
    tables, missing = event_tables(events, p_values, planted, alpha)
    tree = module.analyse(tables, missing, load_references(references), states)
    used = {"states": list(states), "alpha": alpha}
    inputs = {f"p_values/{path.stem}": path for path in p_values} | {"references": references}
    save(tree, out, Provenance(f"Replay: {question}", "summarise_events", seed, used, inputs))
    save_figure(module.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
