"""Train networks on a family of tasks, and let them learn unseen ones in a few steps."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save
from neurosim.models.memory_study import learn_to_learn, networks_of


def main(
    *,
    out: Path,
    seed: int,
    name: str,
    n_seeds: int,
    networks: Mapping,
    family: Mapping,
    few_shot: Mapping,
) -> None:
    """Write ``results/memory/few_shot/{family}.nc``."""
    others = ("kind", "networks")
    options = {key: value for key, value in family.items() if key not in others}
    used = {"networks": dict(networks), "family": dict(family), "few_shot": dict(few_shot)}
    provenance = Provenance(f"Learning to learn: {name}", "learn_to_learn", seed, used, {})
    save(
        learn_to_learn(
            family["kind"],
            options,
            family["networks"],
            few_shot,
            networks_of(networks),
            n_seeds,
            seed,
        ),
        out,
        provenance,
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
