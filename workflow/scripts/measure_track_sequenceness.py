"""Measure sequenceness along the track in rest and sleep after running."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.segments import track_sequenceness
from neurosim.decode.tdlm import Tdlm
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *, recording: Path, maps: Path, out: Path, seed: int, environment: str, track: Mapping
) -> None:
    """Write ``results/imagination/tracks/{subject}.nc``."""
    data = open_recording(recording)
    method = Tdlm(track["form"], track["bin_s"], track["max_lag_s"], track["n_permutations"])

    def measure() -> xr.Dataset:
        fields = load(maps, environment)
        found = [
            track_sequenceness(
                data,
                fields,
                method,
                generator(seed, "track_sequenceness", data.name, state),
                n_segments=track["n_segments"],
                state=state,
                phase="post",
            )
            for state in track["states"]
        ]
        along = xr.Variable("state", list(track["states"]), {"long_name": "state"})
        joined = xr.concat(found, dim=along, combine_attrs="drop_conflicts")
        return joined.assign_attrs(form=method.form)

    title = f"Sequenceness along the track: {data.name}"
    inputs = {"recording": recording, "maps": maps}
    given = Provenance(title, "measure_track_sequenceness", seed, dict(track), inputs)
    save_or_explain(measure, out, given)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
