"""Answer the questions about networks that are told what to do."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis.instruction import answers
from analysis.instruction_data import read_measurements
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references
from neurosim.tasks.psychophysics.instructions import find_vocabulary, read_instructions


def main(
    *,
    held_out: Sequence[Path],
    input_learning: Sequence[Path],
    representation: Sequence[Path],
    communication: Sequence[Path],
    gallery: Sequence[Path],
    instructions: Path,
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    scale: str,
    thresholds: Path | None = None,
) -> None:
    """Write ``results/instruction/{question}.nc`` and a figure for each question."""
    files = {
        "held_out": held_out,
        "input_learning": input_learning,
        "representation": representation,
        "communication": communication,
        "gallery": gallery,
    }
    words = len(find_vocabulary(read_instructions(instructions)))
    measured = read_measurements(scale, thresholds=thresholds, words=words, **files)
    found = answers(measured, load_references(references))
    inputs = {
        f"{name}/{path.parent.name}/{path.stem}": path
        for name, paths in files.items()
        for path in paths
    } | {"references": references, "instructions": instructions}
    for path, *figures in zip(out, png, svg, strict=True):
        module, tree = found[path.stem]
        title = f"Instruction: {path.stem}"
        save(tree, path, Provenance(title, "summarise_instruction", seed, {}, inputs))
        save_figure(module.draw(tree), *figures)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
