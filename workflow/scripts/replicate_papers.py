"""Plant one mix of events and read it with the estimators of published papers and with ours."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.papers import PaperDesign, replicate_papers
from neurosim.calibration.population import PopulationParameters, draw_populations
from neurosim.cells.virtual import PathParameters
from neurosim.files import Provenance, save
from neurosim.seeds import generator


def main(*, out: Path, seed: int, population: Mapping, events: Mapping) -> None:
    """Write ``results/replay/calibration/papers.nc``."""
    parameters = PopulationParameters.from_mapping(population)
    populations = draw_populations(parameters, generator(seed, "replicate_papers"))
    design = PaperDesign(**(dict(events) | {"paths": PathParameters(**events["paths"])}))
    table = replicate_papers(populations, design, generator(seed, "replicate_papers", "events"))
    used = {"population": dict(population), "events": dict(events)}
    save(table, out, Provenance("Published estimators", "replicate_papers", seed, used))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
