"""Make chains of places from laps, from decoded laps, from decoded replay and with spikes."""

from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

import xarray as xr
from _job import job

from neurosim import MissingData
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator
from neurosim.tasks.recorded_chains import ChainParameters, Found, RecordedTrack, joined


def main(
    *,
    out: Path,
    seed: int,
    track: str,
    sources: Sequence[str],
    options: Mapping,
    decoding: Mapping,
    recordings: Sequence[Path],
    **events: Sequence[Path],
) -> None:
    """Write ``results/reverse/chains/{track}.nc``: the maze, and chains, a group a source."""
    parameters = ChainParameters.from_mapping(decoding)

    @cache
    def track_of(path: Path) -> RecordedTrack:
        recording = open_recording(path)
        name = options.get("environment") or recording.track_name()
        if "kind" not in options:
            return RecordedTrack.of_laps(recording, name, parameters.place_m)
        task = options["kind"], parameters.place_m, options["rewarded_wells"]
        return RecordedTrack.of_task(recording, name, *task)

    def chains_of(source: str, row: int) -> Found:
        here = track_of(recordings[row])
        rng = generator(seed, "make_chains", track, source, here.recording.name)
        read = source == "replay_decoded"
        decoded = {name: load(files[row]) for name, files in events.items()} if read else {}
        return here.chains(source, parameters, rng, **decoded)

    def make() -> xr.DataTree:
        groups, gaps = {}, []
        for source in sources:
            try:
                rows = range(len(recordings))
                chains, maze = joined([partial(chains_of, source, row) for row in rows])
                groups |= {f"/{source}": chains} | ({} if "/maze" in groups else {"/maze": maze})
            except MissingData as gap:
                gaps.append(gap)
                groups[f"/{source}"] = xr.Dataset(attrs={"missing": str(gap)})
        if "/maze" not in groups:
            raise gaps[0]
        return xr.DataTree.from_dict(groups)

    kinds = {"recordings": recordings, **events}
    inputs = {f"{name}/{file.stem}": file for name, files in kinds.items() for file in files}
    used = {"track": dict(options), "sources": list(sources), "decoding": dict(decoding)}
    provenance = Provenance(f"Chains of places: {track}", "make_chains", seed, used, inputs)
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
