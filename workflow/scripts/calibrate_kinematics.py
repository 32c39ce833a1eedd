"""Plant events of known speed in bulk and read them with every estimator."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.calibration.kinematics import EventDesign, calibrate_kinematics
from neurosim.calibration.population import PopulationParameters, draw_populations
from neurosim.files import Provenance, save
from neurosim.seeds import generator


def main(*, out: Path, seed: int, table: str, population: Mapping, events: Mapping) -> None:
    """Write ``results/replay/calibration/kinematics/{table}.nc``, a group a design."""
    parameters = PopulationParameters.from_mapping(population)
    populations = draw_populations(parameters, generator(seed, "calibrate_kinematics", table))
    shared = {k: v for k, v in events.items() if k not in ("n_events", "n_short_events")}
    shared["ratios"] = tuple(events["ratios"])
    tables = {
        f"/{design}": calibrate_kinematics(
            populations,
            EventDesign(design=design, n_events=events[number], **shared),
            generator(seed, "calibrate_kinematics", table, design),
        )
        for design, number in (("traversal", "n_events"), ("short", "n_short_events"))
    }
    used = {"table": table, "population": dict(population), "events": dict(events)}
    save(
        xr.DataTree.from_dict(tables),
        out,
        Provenance("Estimators on planted events", "calibrate_kinematics", seed, used),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
