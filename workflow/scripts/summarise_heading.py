"""Answer the questions about decoded headings over all recordings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import drift, heading_error, heading_tuning, virtual_turns
from analysis.headings import load_headings
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references

MODULES = {
    "heading_error": heading_error,
    "heading_tuning": heading_tuning,
    "drift": drift,
    "virtual_turns": virtual_turns,
}


def main(
    *,
    questions: Sequence[str],
    decoded: Sequence[Path],
    turns: Sequence[Path],
    virtual: Sequence[Path],
    planted: Sequence[Path],
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    simulated: Sequence[str],
    bin_s: float,
    limits: Mapping,
) -> None:
    """Write ``results/heading/{question}.nc`` and a figure for each question."""
    kinds = {"decoded": decoded, "turns": turns, "virtual": virtual, "planted": planted}
    given = load_headings(kinds, simulated, bin_s, limits)
    published = load_references(references)
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    used = {"bin_s": bin_s, "turns": dict(limits)}
    for question, *outputs in zip(questions, out, png, svg, strict=True):
        tree = MODULES[question].analyse(given, published)
        title = f"Heading: {question}"
        save(tree, outputs[0], Provenance(title, "summarise_heading", seed, used, inputs))
        save_figure(MODULES[question].draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
