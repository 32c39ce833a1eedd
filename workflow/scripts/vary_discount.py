"""Train the reverse model under several discounts."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.chain_study import StudyParameters
from neurosim.models.discount_study import vary_discount
from neurosim.seeds import generator
from neurosim.tasks.event_graphs import laps_in_maze, make_maze


def main(
    *,
    out: Path,
    seed: int,
    name: str,
    maze: Mapping,
    discounts: Sequence[float],
    n_laps: int,
    study: Mapping,
) -> None:
    """Write ``results/reverse/discounts/{maze}.nc``."""
    built = make_maze(**maze)

    def vary():
        laps = laps_in_maze(built, n_laps, generator(seed, "laps_in_maze", name))
        parameters = StudyParameters.from_mapping(study)
        return vary_discount(laps, built, parameters, discounts, seed, name)

    used = {"maze": dict(maze), "discounts": list(discounts), "n_laps": n_laps, "study": study}
    save_or_explain(vary, out, Provenance(f"Discounts: {name}", "vary_discount", seed, used, {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
