"""Count sessions without replay in which sequenceness is significant."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.calibration.sequenceness import BACKGROUNDS, false_positives
from neurosim.decode.tdlm import Tdlm
from neurosim.files import Provenance, save
from neurosim.seeds import generator
from neurosim.tasks.scrambled_subject import ScrambledStudy


def main(*, out: Path, seed: int, background: str, calibration: Mapping) -> None:
    """Write ``results/imagination/false_sequences/{background}.nc``."""
    name = background.replace("_", " ")
    methods = [
        Tdlm(form, n_permutations=calibration["n_permutations"]) for form in calibration["forms"]
    ]
    numbers = calibration["n_null"], calibration["n_heads"]
    rng = generator(seed, "count_false_sequences", background)
    data = false_positives(ScrambledStudy(), methods, {name: BACKGROUNDS[name]}, *numbers, rng)
    data = data.squeeze("background", drop=True)
    title = f"False sequences: {name}"
    save(data, out, Provenance(title, "count_false_sequences", seed, dict(calibration), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
