"""Answer the questions about networks that are told what to do."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis.instruction import answers
from analysis.instruction_data import read_measurements
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    held_out: Sequence[Path],
    input_learning: Sequence[Path],
    representation: Sequence[Path],
    communication: Sequence[Path],
    gallery: Sequence[Path],
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    scale: str,
) -> None:
    """Write ``results/instruction/{question}.nc`` and a figure for each question."""
    files = {
        "held_out": held_out,
        "input_learning": input_learning,
        "representation": representation,
        "communication": communication,
        "gallery": gallery,
    }
    found = answers(read_measurements(scale, **files), load_references(references))
    inputs = {
        f"{name}/{path.parent.name}/{path.stem}": path
        for name, paths in files.items()
        for path in paths
    } | {"references": references}
    for path, *figures in zip(out, png, svg, strict=True):
        module, tree = found[path.stem]
        title = f"Instruction: {path.stem}"
        save(tree, path, Provenance(title, "summarise_instruction", seed, {}, inputs))
        save_figure(module.draw(tree), *figures)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
