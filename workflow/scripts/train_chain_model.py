"""Train one order of the sequence model with several seeds."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.sequence import ModelParameters, train_models
from neurosim.tasks.chains import chains_from_dataset


def main(
    *,
    chains: Path,
    out: Path,
    seed: int,
    source: str,
    order: str,
    n_seeds: int,
    test_fraction: float,
    model: Mapping,
) -> None:
    """Write ``results/reverse/models/{source}_{order}.nc``."""
    used = {
        "order": order,
        "n_seeds": n_seeds,
        "test_fraction": test_fraction,
        "model": dict(model),
    }
    title = f"The {order} model trained on {source}"
    save_or_explain(
        lambda: train_models(
            chains_from_dataset(load(chains)),
            order,
            ModelParameters(**model),
            test_fraction,
            seed,
            source,
            n_seeds,
        ),
        out,
        Provenance(title, "train_chain_model", seed, used, {"chains": chains}),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
