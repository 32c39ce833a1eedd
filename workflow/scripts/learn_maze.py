"""Let agents with each replay policy learn a maze."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.agents.learning import LearningParameters
from neurosim.agents.studies import compare_policies
from neurosim.files import Provenance, save


def main(*, out: Path, seed: int, maze: str, learning: Mapping) -> None:
    """Write ``results/imagination/learning/{maze}.nc``."""
    parameters = LearningParameters(
        n_episodes=learning["n_episodes"], max_steps=learning["max_steps"]
    )
    given = learning["policies"], learning["writes"], parameters, learning["n_agents"]
    data = compare_policies(maze, *given, seed)
    save(data, out, Provenance(f"Agents in {maze}", "learn_maze", seed, dict(learning), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
