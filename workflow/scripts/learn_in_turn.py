"""Learn the tasks of a sequence one after another, with each method against forgetting."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.memory_study import learn_in_turn, networks_of


def main(
    *, own: Sequence[Path], out: Path, seed: int, name: str, networks: Mapping, tasks: Mapping
) -> None:
    """Write ``results/memory/sequences/{sequence}.nc``."""
    make = partial(learn_in_turn, networks=networks_of(networks), seed=seed, **tasks)
    used = {"networks": dict(networks), "tasks": dict(tasks)}
    inputs = {path.stem: path for path in own}
    provenance = Provenance(f"Tasks learned in turn: {name}", "learn_in_turn", seed, used, inputs)
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
