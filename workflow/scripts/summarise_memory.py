"""Answer the questions about memory and replay against forgetting."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import few_shot as learning_to_learn
from analysis import forgetting, memory_claims, memory_sensitivity
from analysis import skills as skills_learned
from analysis.plots import save_figure
from neurosim.files import Provenance, load, save
from neurosim.stats.references import load_references


def main(
    *,
    sequences: Sequence[Path],
    few_shot: Sequence[Path],
    skills: Sequence[Path],
    sensitivity: Sequence[Path],
    cost: Path,
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
) -> None:
    """Write ``results/memory/{question}.nc`` and a figure for each question."""

    def all_of(paths: Sequence[Path], group: str | None = None) -> dict:
        return {path.stem: load(path, group) for path in paths}

    learned, adapted, trained = all_of(sequences), all_of(few_shot), all_of(skills)
    published = load_references(references)
    answers = (
        (skills_learned, skills_learned.analyse(trained, all_of(skills, "trace"))),
        (forgetting, forgetting.analyse(learned)),
        (learning_to_learn, learning_to_learn.analyse(adapted)),
        (memory_sensitivity, memory_sensitivity.analyse(all_of(sensitivity), load(cost))),
        (memory_claims, memory_claims.analyse(learned, adapted, trained, published)),
    )
    files = [*sequences, *few_shot, *skills, *sensitivity, cost]
    inputs = {f"{path.parent.name}/{path.stem}": path for path in files}
    inputs |= {"references": references}
    for (module, tree), *outputs in zip(answers, out, png, svg, strict=True):
        title = f"Memory: {outputs[0].stem}"
        save(tree, outputs[0], Provenance(title, "summarise_memory", seed, {}, inputs))
        save_figure(module.draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
