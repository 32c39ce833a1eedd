"""Compare detected bursts with planted ones over all simulated subjects."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from analysis import bursts
from analysis.plots import save_figure
from neurosim.files import Provenance, save


def main(
    *,
    candidates: Sequence[Path],
    planted: Sequence[Path],
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    states: Sequence[str],
) -> None:
    """Write ``results/replay/bursts.nc`` and its figure."""
    tree = bursts.analyse(candidates, planted, states)
    kinds = {"candidates": candidates, "planted": planted}
    inputs = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    used = {"states": list(states)}
    save(tree, out, Provenance("Replay: bursts", "summarise_bursts", seed, used, inputs))
    save_figure(bursts.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
