"""Answer the questions about reverse models."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis.plots import save_figure
from analysis.reverse import MODULES
from analysis.reverse_models import load_reversed
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    questions: Sequence[str],
    tracks: Sequence[Path],
    mazes: Sequence[Path],
    discounts: Sequence[Path],
    sleep: Path,
    environments: Path,
    choices: Sequence[Path],
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    sources: Mapping[str, Sequence[str]],
    unseen: Sequence[str],
) -> None:
    """Write ``results/reverse/{question}.nc`` and a figure for each question."""
    published = load_references(references)
    given = load_reversed(
        tracks, sources, mazes, discounts, choices, sleep, environments, published, unseen
    )
    files = [*tracks, *mazes, *discounts, *choices, sleep, environments]
    inputs = {f"{path.parent.name}/{path.stem}": path for path in files}
    inputs |= {"references": references}
    used = {"sources": {track: list(names) for track, names in sources.items()}}
    used |= {"unseen": list(unseen)}
    for question, *outputs in zip(questions, out, png, svg, strict=True):
        tree = MODULES[question].analyse(given)
        title = f"Reverse: {question}"
        save(tree, outputs[0], Provenance(title, "summarise_reverse", seed, used, inputs))
        save_figure(MODULES[question].draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
