"""Decode the events of a network's recording, blind to what CA3 did."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from _job import job

from neurosim.calibration.significance import nearest_alpha
from neurosim.contract import STATES
from neurosim.decode.bursts import BurstDetection, find_candidates
from neurosim.decode.position import fit_place_fields
from neurosim.decode.rhythm import event_rhythm
from neurosim.decode.route_events import RouteDecoding, decode_route_events, seconds_in
from neurosim.decode.scores import SCORES
from neurosim.decode.shuffles import ShuffleOptions
from neurosim.decode.trajectories import TrajectoryParameters
from neurosim.decode.tuning import FieldParameters
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *, recording: Path, table: Path, out: Path, name: str, seed: int, decoding: Mapping
) -> None:
    """Write ``results/emergent/events/{network}.nc``."""
    data, significance = open_recording(recording), decoding["significance"]
    found, parameters = decoding["candidates"], FieldParameters(**decoding["fields"])
    shuffles = tuple(significance["shuffles"])

    def make():
        fields = fit_place_fields(data, parameters, decoding["fit_bin_s"])
        detection = BurstDetection(**{**found, "states": tuple(found["states"])})
        candidates = find_candidates(data, detection)
        alpha = nearest_alpha([load(table)], fields.sizes["unit"], shuffles, SCORES[0])
        events = decode_route_events(
            data,
            fields,
            candidates,
            RouteDecoding(
                TrajectoryParameters(**decoding["trajectories"]),
                ShuffleOptions(significance["n_shuffles"], shuffles, grid=None),
                significance["bin_s"],
                alpha,
                parameters.min_speed_m_s,
            ),
            generator(seed, "decode_network_events", name),
        )
        start, stop = (np.asarray(events[edge]) for edge in ("start", "stop"))
        rhythm = event_rhythm(data, start, stop, events["state"])
        return events.assign(**rhythm, seconds=seconds_in(data, STATES[1:]))

    inputs = {"recording": recording, "table": table}
    save_or_explain(
        make,
        out,
        Provenance("Decoded events of a network", "decode_network_events", seed, decoding, inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
