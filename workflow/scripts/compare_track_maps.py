"""Compare the candidate events of a recording with the maps of two tracks of one shape."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim import MissingData
from neurosim.calibration.track_pairs import compare_tracks
from neurosim.decode.event_tests import event_counts, track_pair, track_templates
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import group_names, open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    maps: Path,
    candidates: Path,
    out: Path,
    subject: str,
    seed: int,
    significance: Mapping,
) -> None:
    """Write ``results/replay/tracks/{subject}.nc``; a recording of one track says so there."""
    data, rng = open_recording(recording), generator(seed, "compare_track_maps", subject)
    options = ShuffleOptions(significance["n_shuffles"], tuple(significance["shuffles"]), grid=None)

    def make():
        load(maps)  # says what is missing
        found = set(group_names(maps))
        tracks = {name: load(maps, name) for name in data.track_environments if name in found}
        try:
            pair = track_pair(tracks)
        except MissingData as gap:
            raise MissingData(f"{data.name}: {gap}") from gap
        events, units = load(candidates), tracks[pair[0]]["unit_index"].values
        counts = event_counts(data, units, events, significance["bin_s"])
        templates = track_templates(*(tracks[name] for name in pair))
        compared = compare_tracks(counts, templates, options, rng)
        kept = {name: events[name] for name in ("start", "stop", "state", "phase")}
        return compared.assign(kept).assign_coords(track=list(pair))

    inputs = {"recording": recording, "maps": maps, "candidates": candidates}
    save_or_explain(
        make,
        out,
        Provenance("Events on two tracks", "compare_track_maps", seed, significance, inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
