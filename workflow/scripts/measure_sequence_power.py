"""Count sessions with planted replay in which it is found."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.sequenceness import BACKGROUNDS, detection_power
from neurosim.decode.tdlm import Tdlm
from neurosim.files import Provenance, save
from neurosim.seeds import generator
from neurosim.tasks.scrambled_subject import ScrambledStudy

AUTOREGRESSIVE = "autoregressive"  # the noise in which power is measured


def main(*, out: Path, seed: int, calibration: Mapping) -> None:
    """Write ``results/imagination/sequence_power.nc``."""
    methods = [
        Tdlm(form, n_permutations=calibration["n_permutations"]) for form in calibration["forms"]
    ]
    backgrounds = {AUTOREGRESSIVE: BACKGROUNDS[AUTOREGRESSIVE]}
    numbers = calibration["n_events"], calibration["n_planted"], calibration["n_heads"]
    rng = generator(seed, "measure_sequence_power")
    data = detection_power(ScrambledStudy(), methods, backgrounds, *numbers, rng)
    title = "Power to find planted sequences"
    save(data, out, Provenance(title, "measure_sequence_power", seed, dict(calibration), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
