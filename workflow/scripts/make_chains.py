"""Make chains of places from laps, from decoded laps, from decoded replay or with spikes."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from _job import job

from neurosim import MissingData
from neurosim.decode.event_tests import passes
from neurosim.decode.route_events import routes_of
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, flag_names, load, save_or_explain
from neurosim.recording import Recording, open_recording
from neurosim.seeds import generator
from neurosim.tasks.chains import Chains, chains_dataset, join_chains
from neurosim.tasks.mazes import Maze, maze_dataset
from neurosim.tasks.track_chains import (
    place_mass,
    replay_chains,
    rewards_of_places,
    spike_chains,
    thinned,
    true_path_chains,
    wake_chains,
)
from neurosim.tasks.track_mazes import TrackPlaces, track_maze, trips_of_task, trips_run


def _maze(recording: Recording, name: str, place_m: float, options: Mapping):
    """Places and law: of the task, or of an imported recording's own trips."""
    places = TrackPlaces(recording.track_graph(name), place_m)
    if "kind" in options:
        wells = options["rewarded_wells"]
        trips = trips_of_task(places.graph, options["kind"])
        return places, track_maze(places, trips, None if wells is None else tuple(wells))
    anywhere = track_maze(places, trips_of_task(places.graph, "linear"))
    laps = true_path_chains(recording, name, places, anywhere)
    return places, track_maze(places, trips_run(places, laps))


def _replayed(
    recording: Recording,
    name: str,
    places: TrackPlaces,
    maze: Maze,
    files: Mapping[str, Path],
    decoding: Mapping,
    rng: np.random.Generator,
) -> tuple[Chains, np.ndarray]:
    """Chains of the events after running that pass, and which of them ran in reverse."""
    events = load(files["events"])
    after = flag_names(events["phase"]) == "post"
    along = None
    if "route" in events:
        chosen = after & (events["significant"].values == 1)
        graph = recording.track_graph(name)
        n = events.sizes["position"]
        along = np.stack(
            [graph.along(r, (np.arange(n) + 0.5) * r.length / n)[0] for r in routes_of(graph)]
        )
    else:
        chosen = after & passes(load(files["significance"]), decoding["alpha"])
    laps = true_path_chains(recording, name, places, maze)
    mass = place_mass(places, events, chosen, along)
    return replay_chains(mass, rewards_of_places(maze), laps, decoding["replay_bin_s"], rng)


def main(
    *,
    out: Path,
    seed: int,
    track: str,
    source: str,
    options: Mapping,
    decoding: Mapping,
    **inputs: Sequence[Path],
) -> None:
    """Write ``results/reverse/chains/{track}-{source}.nc``: chains, and the maze that they run."""
    kept = int(source.rsplit("_", 1)[1]) / 100 if source.startswith("wake_kept") else 1.0

    def of_recording(files: Mapping[str, Path]) -> tuple[Chains, np.ndarray, Maze]:
        recording = open_recording(files["recordings"])
        name = options.get("environment") or recording.track_name()
        places, maze = _maze(recording, name, decoding["place_m"], options)
        rng = generator(seed, "make_chains", track, source, recording.name)
        if source == "replay_decoded":
            chains, is_reverse = _replayed(recording, name, places, maze, files, decoding, rng)
            return chains, is_reverse, maze
        if source.startswith("wake"):
            heard = recording if kept == 1 else thinned(recording, kept, rng)
            fields = FieldParameters(**decoding["fields"])
            given = fields, decoding["wake_bin_s"], decoding["n_folds"]
            chains = wake_chains(heard, name, places, maze, *given)
        elif source == "spikes":
            chains = spike_chains(recording, name, places, maze, decoding["wake_bin_s"])
        else:
            chains = true_path_chains(recording, name, places, maze)
        return chains, np.zeros(chains.size, dtype=bool), maze

    def make() -> xr.DataTree:
        found, gaps = [], []
        for files in zip(*inputs.values(), strict=True):
            try:
                found.append(of_recording(dict(zip(inputs, files, strict=True))))
            except MissingData as gap:
                gaps.append(gap)
        if not found:
            raise gaps[0]
        chains = chains_dataset(join_chains([one for one, _, _ in found]))
        reverse = np.concatenate([way for _, way, _ in found]).astype(np.int8)
        chains["is_reverse"] = "chain", reverse, {"long_name": "1 where an event ran in reverse"}
        return xr.DataTree.from_dict({"/chains": chains, "/maze": maze_dataset(found[0][2])})

    named = {f"{name}/{file.stem}": file for name, files in inputs.items() for file in files}
    used = {"track": dict(options), "decoding": dict(decoding)}
    provenance = Provenance(
        f"Chains of places: {track}, {source}", "make_chains", seed, used, named
    )
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
