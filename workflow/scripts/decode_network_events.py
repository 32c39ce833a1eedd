"""Decode the events of a network's recording, blind to what CA3 did."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from _job import job

from neurosim.calibration.significance import nearest_alpha
from neurosim.decode.blind import BlindDecoding, decode_blind, fitted_fields
from neurosim.decode.rhythm import event_rhythm
from neurosim.decode.scores import SCORES
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *, recording: Path, table: Path, out: Path, name: str, seed: int, decoding: Mapping
) -> None:
    """Write ``results/emergent/events/{network}.nc``."""
    data, settings = open_recording(recording), BlindDecoding.from_mapping(decoding)
    shuffles = settings.events.shuffles.shuffles

    def make():
        fields = fitted_fields(data, settings)
        alpha = nearest_alpha([load(table)], fields.sizes["unit"], shuffles, SCORES[0])
        rng = generator(seed, "decode_network_events", name)
        events = decode_blind(data, fields, settings.with_alpha(alpha), rng)
        start, stop = (np.asarray(events[edge]) for edge in ("start", "stop"))
        return events.assign(event_rhythm(data, start, stop, events["state"]))

    inputs = {"recording": recording, "table": table}
    provenance = Provenance(
        "Decoded events of a network", "decode_network_events", seed, decoding, inputs
    )
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
