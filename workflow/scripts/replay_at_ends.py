"""List what agents replay before laps and after reward."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.agents.laps import LapParameters, settings_of
from neurosim.agents.replay_paths import paths_dataset
from neurosim.agents.studies import replay_at_ends
from neurosim.files import Provenance, save


def main(*, out: Path, seed: int, laps: Mapping) -> None:
    """Write ``results/imagination/laps.nc``."""
    names = ("n_places", "n_laps", "n_practice")
    settings = settings_of(LapParameters(**{name: laps[name] for name in names}))
    counts, events = replay_at_ends(settings, laps["n_agents"], seed)
    n_laps = counts["n_laps"].isel(setting=0)
    paths = paths_dataset(events, n_laps, laps["n_places"])
    data = xr.DataTree.from_dict({"/counts": counts, "/paths": paths})
    title = "What agents replay at the ends of laps"
    save(data, out, Provenance(title, "replay_at_ends", seed, dict(laps), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
