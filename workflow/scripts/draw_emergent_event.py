"""Draw one emergent event, from the spikes of CA3 to the decoded path."""

from pathlib import Path

from _job import job

from analysis import emergent_event
from analysis.plots import save_figure
from neurosim.decode.packet_example import example_of
from neurosim.files import Provenance, explained, load, save
from neurosim.recording import open_recording, open_truth


def main(
    *,
    recording: Path,
    events: Path,
    packets: Path,
    out: Path,
    png: Path,
    svg: Path,
    seed: int,
    min_span_m: float,
) -> None:
    """Write ``results/emergent/emergent_event.nc`` and its figure."""
    example = explained(
        lambda: example_of(
            open_recording(recording),
            open_truth(recording, "cells/CA3"),
            open_truth(recording, "ca3_spikes"),
            load(events),
            load(packets),
            min_span_m,
        )
    )
    tree = emergent_event.analyse(example)
    inputs = {"recording": recording, "events": events, "packets": packets}
    used = {"min_span_m": min_span_m}
    title = "Emergent replay: one event"
    save(tree, out, Provenance(title, "draw_emergent_event", seed, used, inputs))
    save_figure(emergent_event.draw(tree), png, svg)


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
