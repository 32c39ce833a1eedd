"""Summarise bias, intervals and direction of the estimators over the calibration tables."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from analysis import estimators
from analysis.plots import save_figure
from neurosim.files import Provenance, save


def main(
    *,
    tables: Sequence[Path],
    described: Mapping[str, Mapping],
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    min_probability: float,
) -> None:
    """Write ``results/replay/estimators.nc`` and its figure."""
    tree = estimators.analyse(tables, described, min_probability)
    inputs = {f"tables/{path.stem}": path for path in tables}
    used = {"tables": dict(described), "min_probability": min_probability}
    save(tree, out, Provenance("Replay: estimators", "summarise_estimators", seed, used, inputs))
    save_figure(estimators.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
