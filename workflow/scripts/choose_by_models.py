"""Let agents choose in a maze by what models generate."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.chain_study import StudyParameters
from neurosim.models.choice_study import choose_by_models
from neurosim.seeds import generator
from neurosim.tasks.event_graphs import laps_in_maze, make_maze


def main(*, out: Path, seed: int, name: str, maze: Mapping, n_laps: int, study: Mapping) -> None:
    """Write ``results/reverse/choices/{maze}.nc``."""
    built = make_maze(**maze)

    def choose():
        laps = laps_in_maze(built, n_laps, generator(seed, "laps_in_maze", name))
        return choose_by_models(laps, built, StudyParameters.from_mapping(study), seed, name)

    used = {"maze": dict(maze), "n_laps": n_laps, "study": study}
    save_or_explain(choose, out, Provenance(f"Choices: {name}", "choose_by_models", seed, used, {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
