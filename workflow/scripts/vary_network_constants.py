"""Vary each constant of a network and measure what comes out."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.calibration.network_sensitivity import vary_constants
from neurosim.emergent import NetworkParameters
from neurosim.files import Provenance, save
from neurosim.network.ca3_constants import read_constants


def main(
    *,
    constants: Path,
    out: Path,
    network: Mapping,
    number: int,
    factors: Sequence[float],
    varied: Sequence[str],
    seed: int,
) -> None:
    """Write ``results/emergent/sensitivity/{number}.nc``."""
    used = {"network": network, "factors": list(factors), "constants": list(varied)}
    save(
        vary_constants(
            NetworkParameters.from_mapping(network),
            read_constants(constants),
            varied,
            factors,
            seed,
            number,
        ),
        out,
        Provenance(
            "Outcomes of a network while its constants vary",
            "vary_network_constants",
            seed,
            used,
            {"constants": constants},
        ),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
