"""Estimate heading tuning, and decode the heading awake and asleep, in one recording."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.decode.heading import HeadingTuning
from neurosim.decode.heading_states import HeadingDecoding, decode_heading
from neurosim.files import Provenance, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *, recording: Path, out: Path, subject: str, seed: int, tuning: Mapping, decoding: Mapping
) -> None:
    """Write ``results/heading/decoded/{subject}.nc``: the groups of `decode_heading`."""
    how = HeadingDecoding(HeadingTuning(**tuning), **decoding)
    rng = generator(seed, "decode_heading", subject)
    used = {"tuning": dict(tuning), "decoding": dict(decoding)}
    save_or_explain(
        lambda: decode_heading(open_recording(recording), how, rng),
        out,
        Provenance("Decoded heading", "decode_heading", seed, used, {"recording": recording}),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
