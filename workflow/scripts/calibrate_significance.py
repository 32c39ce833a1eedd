"""Find the alpha of each shuffle on null events, and measure false positives on others."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.false_positives import SignificanceDesign, calibrate_significance
from neurosim.calibration.population import PopulationParameters, draw_populations
from neurosim.files import Provenance, save
from neurosim.seeds import generator


def main(*, out: Path, seed: int, table: str, population: Mapping, events: Mapping) -> None:
    """Write ``results/replay/calibration/significance/{table}.nc``."""
    parameters = PopulationParameters.from_mapping(population)
    populations = draw_populations(parameters, generator(seed, "calibrate_significance", table))
    design = SignificanceDesign(
        **{name: tuple(v) if isinstance(v, list) else v for name, v in events.items()}
    )
    rng = generator(seed, "calibrate_significance", table, "events")
    measured = calibrate_significance(populations, design, rng)
    measured.attrs["n_cells"] = parameters.cells.n_cells
    used = {"table": table, "population": dict(population), "events": dict(events)}
    save(
        measured,
        out,
        Provenance("False positives and power of shuffles", "calibrate_significance", seed, used),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
