"""Read back what agents replay from a recording, blind."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.significance import nearest_alpha
from neurosim.decode.blind import BlindDecoding, decode_blind, fitted_fields
from neurosim.decode.scores import SCORES
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *, recording: Path, table: Path, out: Path, name: str, seed: int, decoding: Mapping
) -> None:
    """Write ``results/imagination/loop/events/{loop}.nc``."""
    data, settings = open_recording(recording), BlindDecoding.from_mapping(decoding)
    shuffles = settings.events.shuffles.shuffles

    def make():
        fields = fitted_fields(data, settings)
        alpha = nearest_alpha([load(table)], fields.sizes["unit"], shuffles, SCORES[0])
        rng = generator(seed, "read_back_replays", name)
        return decode_blind(data, fields, settings.with_alpha(alpha), rng)

    inputs = {"recording": recording, "table": table}
    provenance = Provenance(
        "What agents replay, read back", "read_back_replays", seed, decoding, inputs
    )
    save_or_explain(make, out, provenance)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
