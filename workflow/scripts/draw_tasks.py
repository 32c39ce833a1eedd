"""Draw a trial of each task, as a trained network does it."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.gallery import draw_gallery
from neurosim.models.instructed.trained import load_network


def main(
    *,
    network: Path,
    out: Path,
    seed: int,
    hold_out: str,
    number: int,
    experiment: Mapping,
    thresholds: Path | None = None,
) -> None:
    """Write ``results/instruction/gallery/{hold_out}/{instructed}_{number}.nc``."""
    given = Experiment.from_mapping(experiment, seed).with_file(thresholds)
    save_or_explain(
        lambda: draw_gallery(load_network(network), hold_out, number, given),
        out,
        Provenance(
            f"A trial of each task by {network.stem}", "draw_tasks", seed, {}, {"network": network}
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
