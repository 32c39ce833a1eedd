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
    simulated: Sequence[str],
    states: Sequence[str],
    alpha: float,
) -> None:
    """Write ``results/replay/{question}.nc`` and its figure."""
    module = QUESTIONS[question]
    tables = event_tables(events, p_values, planted, simulated, alpha)
    tree = module.analyse(tables, load_references(references), states)
    used = {"states": list(states), "alpha": alpha}
    kinds = {"events": events, "p_values": p_values, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    save(tree, out, Provenance(f"Replay: {question}", "summarise_events", seed, used, inputs))
    save_figure(module.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
