"""Simulate the recording of one network whose replay nobody planted."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.emergent import NetworkParameters, simulate_network_recording
from neurosim.files import Provenance
from neurosim.network.ca3_constants import constants_of, read_constants
from neurosim.recording import save_recording


def main(*, constants: Path, out: Path, network: Mapping, number: int, seed: int) -> None:
    """Write ``results/emergent/recordings/{network}.nc``."""
    groups = simulate_network_recording(
        NetworkParameters.from_mapping(network),
        constants_of(read_constants(constants)),
        seed,
        number,
    )
    provenance = Provenance(
        f"Recording of a network: {out.stem}",
        "simulate_network",
        seed,
        network,
        {"constants": constants},
    )
    save_recording(groups, out, provenance, origin="simulated")


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
