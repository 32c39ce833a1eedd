"""Answer the questions about agents that replay."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import closed_loop, learning_curves, replay_content, sequenceness, slow_store
from analysis.plots import save_figure
from analysis.results import available
from neurosim.files import Provenance, load, save
from neurosim.stats.references import load_references


def main(
    *,
    learning: Sequence[Path],
    deep: Sequence[Path],
    laps: Path,
    shortcut: Path,
    nights: Sequence[Path],
    scrambled: Sequence[Path],
    false_sequences: Sequence[Path],
    power: Path,
    tracks: Sequence[Path],
    loop: Sequence[Path],
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
) -> None:
    """Write ``results/imagination/{question}.nc`` and a figure for each question."""

    def all_of(paths: Sequence[Path]) -> dict:
        return {path.stem: load(path) for path in paths}

    published = load_references(references)
    answers = (
        (learning_curves, learning_curves.analyse(all_of(learning), all_of(deep), published)),
        (replay_content, replay_content.analyse(load(laps, "counts"), load(shortcut), published)),
        (closed_loop, closed_loop.analyse(load(laps, "paths"), available(loop)[0])),
        (slow_store, slow_store.analyse(all_of(nights))),
        (
            sequenceness,
            sequenceness.analyse(
                all_of(scrambled),
                all_of(false_sequences),
                load(power),
                available(tracks)[0],
                published,
            ),
        ),
    )
    files = [*learning, *deep, laps, shortcut, *nights]
    files += [*scrambled, *false_sequences, power, *tracks, *loop]
    inputs = {f"{path.parent.name}/{path.stem}": path for path in files}
    inputs |= {"references": references}
    for (module, tree), *outputs in zip(answers, out, png, svg, strict=True):
        title = f"Imagination: {outputs[0].stem}"
        save(tree, outputs[0], Provenance(title, "summarise_imagination", seed, {}, inputs))
        save_figure(module.draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
