"""Train models of chains in a group of mazes whose laws are known."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.chain_study import StudyParameters, compare_readers
from neurosim.seeds import generator
from neurosim.tasks.event_graphs import laps_in_maze, make_maze
from neurosim.tasks.mazes import maze_dataset


def main(
    *,
    out: Path,
    seed: int,
    group: str,
    mazes: Mapping[str, Mapping],
    splits: Mapping[str, str],
    n_laps: int,
    study: Mapping,
) -> None:
    """Write ``results/reverse/mazes/{group}.nc``: a group a maze, and the maze itself in it."""
    parameters = StudyParameters.from_mapping(study)

    def compare_all() -> xr.DataTree:
        groups = {}
        for name, options in mazes.items():
            built = make_maze(**options)
            laps = laps_in_maze(built, n_laps, generator(seed, "laps_in_maze", name))
            given = laps, laps, built, parameters, seed, name, splits[name]
            checkpoints = out.parent.parent / "checkpoints" / name
            groups[f"/{name}"] = compare_readers(*given, checkpoints=checkpoints)
            groups[f"/{name}/maze"] = maze_dataset(built)
        return xr.DataTree.from_dict(groups)

    used = {"mazes": dict(mazes), "splits": dict(splits), "n_laps": n_laps, "study": study}
    title = f"Models of chains in mazes: {group}"
    save_or_explain(compare_all, out, Provenance(title, "train_on_mazes", seed, used, {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
