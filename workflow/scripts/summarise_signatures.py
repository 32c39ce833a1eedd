"""Answer the questions about maps, theta, rewards and REM over all recordings."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import map_similarity, rem_compression, reward_discount, theta_compression
from analysis.plots import save_figure
from analysis.signatures import load_signatures
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references

MODULES = {
    "map_similarity": map_similarity,
    "theta_compression": theta_compression,
    "reward_discount": reward_discount,
    "rem_compression": rem_compression,
}


def main(
    *,
    questions: Sequence[str],
    signatures: Sequence[Path],
    planted: Sequence[Path],
    calibration: Path,
    references: Path,
    out: Sequence[Path],
    png: Sequence[Path],
    svg: Sequence[Path],
    seed: int,
    simulated: Sequence[str],
    rewards: Mapping,
) -> None:
    """Write ``results/replay/{question}.nc`` and a figure for each question."""
    given = load_signatures(signatures, planted, calibration, simulated, rewards)
    published = load_references(references)
    kinds = {"signatures": signatures, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs |= {"calibration": calibration, "references": references}
    for question, *outputs in zip(questions, out, png, svg, strict=True):
        tree = MODULES[question].analyse(given, published)
        used = {"rewards": dict(rewards)}
        title = f"Replay: {question}"
        save(tree, outputs[0], Provenance(title, "summarise_signatures", seed, used, inputs))
        save_figure(MODULES[question].draw(tree), *outputs[1:])


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
