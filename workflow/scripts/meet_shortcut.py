"""Let agents meet a wall that opens."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.agents.learning import LearningParameters
from neurosim.agents.studies import meet_shortcuts
from neurosim.files import Provenance, save


def main(*, out: Path, seed: int, shortcut: Mapping) -> None:
    """Write ``results/imagination/shortcut.nc``."""
    n_steps = shortcut["n_steps_before"], shortcut["n_steps_after"]
    parameters = LearningParameters(n_writes=shortcut["n_writes"])
    given = parameters, n_steps, shortcut["n_agents"], seed
    data = meet_shortcuts(shortcut["policies"], shortcut["bonuses"], *given)
    save(data, out, Provenance("A wall that opens", "meet_shortcut", seed, dict(shortcut), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
