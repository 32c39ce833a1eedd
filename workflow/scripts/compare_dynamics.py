"""Compare directed, diffusive, stationary and fragmented dynamics of candidate events."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.event_dynamics import compare_dynamics
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording


def main(
    *, recording: Path, fields: Path, candidates: Path, out: Path, seed: int, decoder: Mapping
) -> None:
    """Write ``results/replay/dynamics/{subject}.nc``."""
    data, parameters = open_recording(recording), DynamicsParameters.from_mapping(decoder)
    inputs = {"recording": recording, "fields": fields, "candidates": candidates}
    save_or_explain(
        lambda: compare_dynamics(data, load(fields), load(candidates), parameters),
        out,
        Provenance("Dynamics of candidate events", "compare_dynamics", seed, decoder, inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
