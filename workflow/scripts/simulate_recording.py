"""Simulate one subject's recording."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance
from neurosim.recording import save_recording
from neurosim.simulation import SimulationParameters, simulate_recording


def main(*, out: Path, subject: str, seed: int, simulation: Mapping) -> None:
    """Write ``results/recordings/{subject}.nc``."""
    groups = simulate_recording(SimulationParameters.from_mapping(simulation), seed, subject)
    provenance = Provenance(
        f"Simulated recording of {subject}", "simulate_recording", seed, simulation
    )
    save_recording(groups, out, provenance, origin="simulated")


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
