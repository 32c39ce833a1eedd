"""Summarise the log odds of events on two tracks over all recordings."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import tracks
from analysis.plots import save_figure
from neurosim.files import Provenance, save
from neurosim.stats.references import load_references


def main(
    *,
    compared: Sequence[Path],
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
    """Write ``results/replay/tracks.nc`` and its figure."""
    beside = dict(zip([path.stem for path in compared], planted, strict=True))
    tree = tracks.analyse(
        compared, beside, tracks.Choice(tuple(simulated), tuple(states), alpha),
        load_references(references),
    )  # fmt: skip
    kinds = {"compared": compared, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    inputs["references"] = references
    used = {"states": list(states), "alpha": alpha}
    save(tree, out, Provenance("Replay: two tracks", "summarise_tracks", seed, used, inputs))
    save_figure(tracks.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
