"""Train the sequence model and its forward twin with several seeds."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.sequence import ModelParameters, train_twins
from neurosim.tasks.chains import chains_from_dataset


def main(
    *,
    chains: Path,
    out: Path,
    seed: int,
    source: str,
    n_seeds: int,
    test_fraction: float,
    model: Mapping,
) -> None:
    """Write ``results/reverse/models/{source}.nc``."""
    used = {
        "n_seeds": n_seeds,
        "test_fraction": test_fraction,
        "model": dict(model),
    }
    title = f"Models trained on {source}"
    save_or_explain(
        lambda: train_twins(
            chains_from_dataset(load(chains)),
            ModelParameters(**model),
            test_fraction,
            seed,
            source,
            n_seeds,
        ),
        out,
        Provenance(title, "train_chain_models", seed, used, {"chains": chains}),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
