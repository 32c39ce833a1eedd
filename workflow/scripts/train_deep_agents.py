"""Train deep Q-networks in a maze, with each replay policy."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save
from neurosim.models.dqn_study import compare_deep_policies


def main(*, out: Path, seed: int, maze: str, deep: Mapping) -> None:
    """Write ``results/imagination/deep/{maze}.nc``."""
    data = compare_deep_policies(
        maze, deep["policies"], deep["n_steps"], deep["n_cells"], deep["n_agents"], seed
    )
    title = f"Deep Q-networks in {maze}"
    save(data, out, Provenance(title, "train_deep_agents", seed, dict(deep), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
