"""Make chains of places from laps, from decoded laps or from decoded replay."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.bins import group_name
from neurosim.decode.event_tests import passes
from neurosim.files import Provenance, flag_names, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.tasks.chains import Chains, chains_dataset, join_chains
from neurosim.tasks.track_chains import replay_chains, true_path_chains, wake_chains


def _chains(source: str, files: Mapping[str, Path], options: Mapping) -> Chains:
    """Chains of one subject."""
    size = options["n_places"], options["min_steps"]
    if source == "true_paths":
        return true_path_chains(open_recording(files["recordings"]), *size)
    if source == "wake_decoded":
        decoded = load(files["decoded"], group_name(options["wake_bin_s"]))
        return wake_chains(open_recording(files["recordings"]), decoded, *size)
    events = load(files["decoded"])
    after_running = flag_names(events["phase"]) == "post"
    return replay_chains(
        events,
        passes(load(files["significance"]), options["alpha"]) & after_running,
        files["decoded"].stem,
        *size,
        options["replay_bin_s"],
    )


def main(*, out: Path, seed: int, source: str, options: Mapping, **inputs: Sequence[Path]) -> None:
    """Write ``results/reverse/chains/{source}.nc`` from the files of all subjects."""
    subjects = [
        dict(zip(inputs, files, strict=True)) for files in zip(*inputs.values(), strict=True)
    ]

    def make() -> xr.Dataset:
        return chains_dataset(join_chains([_chains(source, files, options) for files in subjects]))

    named = {f"{name}/{file.stem}": file for name, files in inputs.items() for file in files}
    provenance = Provenance(f"Chains of places: {source}", "make_chains", seed, options, named)
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
