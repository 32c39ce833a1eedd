"""Count what a step of an agent costs by the size of its memory."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save
from neurosim.models.memory_agent import AgentParameters
from neurosim.models.memory_cost import count_costs


def main(*, out: Path, seed: int, agent: Mapping, cost: Mapping) -> None:
    """Write ``results/memory/cost.nc``."""
    found = count_costs(AgentParameters.from_mapping(agent), cost["n_slots"], cost["lengths"])
    parameters = {"agent": agent, "cost": cost}
    save(found, out, Provenance("Cost of a memory", "count_memory_cost", seed, parameters))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
