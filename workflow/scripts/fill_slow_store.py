"""Replay at night into a slow learner, and test it without the fast store."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.agents.learning import LearningParameters
from neurosim.agents.slow_store import NightParameters
from neurosim.agents.studies import fill_slow_store
from neurosim.files import Provenance, save


def main(*, out: Path, seed: int, maze: str, nights: Mapping) -> None:
    """Write ``results/imagination/nights/{maze}.nc``."""
    names = ("n_nights", "n_episodes", "n_writes", "learning_rate", "n_tests")
    parameters = NightParameters(**{name: nights[name] for name in names})
    given = nights["policies"], LearningParameters(), parameters, nights["n_agents"], seed
    data = fill_slow_store(maze, *given)
    title = f"Nights of replay into a slow learner: {maze}"
    save(data, out, Provenance(title, "fill_slow_store", seed, dict(nights), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
