"""Train models of chains on the laps and replays of a track, and ask them about held-out laps."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr
from _job import job

from neurosim import MissingData
from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.chain_study import ESTIMATORS, StudyParameters, compare_readers
from neurosim.tasks.chains import chains_from_dataset
from neurosim.tasks.mazes import maze_from_dataset

TWINS = ("forward", "reverse", "bayes", "bayes_forward")  # where noise alone is asked about


def main(
    *,
    chains: Path,
    out: Path,
    seed: int,
    name: str,
    sources: Sequence[str],
    study: Mapping,
) -> None:
    """Write ``results/reverse/tracks/{track}.nc``, a group a source; a gap has only its reason."""

    def compare(source: str) -> xr.Dataset:
        known = chains_from_dataset(load(chains, source))
        true = chains_from_dataset(load(chains, "true_paths"))
        return compare_readers(
            known,
            true if known.counts is None else known,  # true paths too, with their spikes
            maze_from_dataset(load(chains, "maze")),
            StudyParameters.from_mapping(study),
            seed,
            f"{name}-{source}",
            estimators=TWINS if source.startswith("wake_kept") else ESTIMATORS,
            checkpoints=out.parent.parent / "checkpoints" / f"{name}-{source}",
        )

    def compare_all() -> xr.DataTree:
        groups, gaps = {}, []
        for source in sources:
            try:
                groups[f"/{source}"] = compare(source)
            except MissingData as gap:
                gaps.append(gap)
                groups[f"/{source}"] = xr.Dataset(attrs={"missing": str(gap)})
        if len(gaps) == len(groups):
            raise gaps[0]
        return xr.DataTree.from_dict(groups)

    used = {"sources": list(sources), "study": study}
    inputs, title = {"chains": chains}, f"Models of chains trained on {name}"
    save_or_explain(compare_all, out, Provenance(title, "train_on_track", seed, used, inputs))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
