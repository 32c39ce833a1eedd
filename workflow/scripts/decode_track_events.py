"""Decode a recording's candidate events along the routes of one of its tracks."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.significance import nearest_alpha
from neurosim.decode.route_events import RouteDecoding, decode_route_events
from neurosim.decode.scores import SCORES
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    candidates: Path,
    maps: Path,
    table: Path,
    out: Path,
    seed: int,
    environment: str,
    decoding: Mapping,
) -> None:
    """Write ``results/reverse/events/{environment}-{subject}.nc``."""
    data, significance = open_recording(recording), decoding["significance"]
    shuffles = tuple(significance["shuffles"])

    def decode():
        fields = load(maps, environment)
        alpha = nearest_alpha([load(table)], fields.sizes["unit"], shuffles, SCORES[0])
        parameters = RouteDecoding(
            TrajectoryParameters(**decoding["trajectories"]),
            ShuffleOptions(significance["n_shuffles"], shuffles, grid=None),
            significance["bin_s"],
            alpha,
            decoding["fields"]["min_speed_m_s"],
        )
        rng = generator(seed, "decode_track_events", data.name, environment)
        return decode_route_events(data, fields, load(candidates), parameters, rng)

    title = f"Candidate events decoded along the routes of {environment}"
    inputs = {"recording": recording, "candidates": candidates, "maps": maps, "table": table}
    save_or_explain(decode, out, Provenance(title, "decode_track_events", seed, decoding, inputs))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
