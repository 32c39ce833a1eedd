"""Answer the questions about candidate events over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import compression, direction, significance
from analysis.plots import save_figure
from analysis.results import event_tables
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references

MODULES = {"compression": compression, "direction": direction, "significance": significance}


def main(
    *,
    questions: Sequence[str],
    events: Sequence[Path],
    p_values: Sequence[Path],
    dynamics: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    simulated: Sequence[str],
    states: Sequence[str],
    alpha: float,
) -> None:
    """Write ``results/replay/{question}.nc`` and a figure for each question."""
    tables = event_tables(events, p_values, planted, simulated, alpha, dynamics)
    published = load_references(references)
    used = {"states": list(states), "alpha": alpha}
    kinds = {"events": events, "p_values": p_values, "dynamics": dynamics, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    for question, *outputs in zip(questions, out, png, svg, strict=True):
        tree = MODULES[question].analyse(tables, published, states)
        provenance = Provenance(f"Replay: {question}", "summarise_events", seed, used, inputs)
        save(tree, outputs[0], provenance)
        save_figure(MODULES[question].draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
