"""Plant events of known dynamics in bulk and compare the evidence."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.dynamics import DynamicsDesign, calibrate_dynamics
from neurosim.calibration.kinds import EventParameters
from neurosim.calibration.population import PopulationParameters, draw_populations
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.files import Provenance, save
from neurosim.seeds import generator


def main(
    *,
    out: Path,
    seed: int,
    table: str,
    population: Mapping,
    n_events: int,
    events: Mapping,
    decoder: Mapping,
) -> None:
    """Write ``results/replay/calibration/dynamics/{table}.nc``."""
    parameters = PopulationParameters.from_mapping(population)
    populations = draw_populations(parameters, generator(seed, "calibrate_dynamics", table))
    design = DynamicsDesign(
        n_events, EventParameters(**events), DynamicsParameters.from_mapping(decoder)
    )
    rng = generator(seed, "calibrate_dynamics", table, "events")
    used = {
        "table": table,
        "population": dict(population),
        "n_events": n_events,
        "events": dict(events),
        "decoder": dict(decoder),
    }
    save(
        calibrate_dynamics(populations, design, rng),
        out,
        Provenance("Dynamics of planted events", "calibrate_dynamics", seed, used),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
