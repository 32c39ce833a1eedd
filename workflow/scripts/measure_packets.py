"""Measure the packets of networks in CA3 itself, beside their decoded events."""

from collections.abc import Sequence
from pathlib import Path

from _job import job

from neurosim.decode.packet_matching import network_occupancy, packets_beside
from neurosim.files import Provenance, load, save_or_explain
from neurosim.progress import progress
from neurosim.recording import open_recording, open_truth

TOPICS = ("cells/CA3", "ca3_spikes", "network", "weights")


def main(
    *, recordings: Sequence[Path], events: Sequence[Path], out: Sequence[Path], seed: int
) -> None:
    """Write ``results/emergent/packets/{network}.nc``, one after the other."""
    files = list(zip(recordings, events, out, strict=True))
    for recording, decoded, target in progress(files, "packets", "network"):

        def make(recording: Path = recording, decoded: Path = decoded):
            data = open_recording(recording)
            truth = {topic: open_truth(recording, topic) for topic in TOPICS}
            packets = packets_beside(load(decoded), data.track_graph(), truth)
            return packets.assign(network_occupancy=network_occupancy(data, truth))

        inputs = {"recording": recording, "events": decoded}
        save_or_explain(
            make,
            target,
            Provenance("Packets beside decoded events", "measure_packets", seed, {}, inputs),
        )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
