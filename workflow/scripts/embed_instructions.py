"""Let a language model read all instructions."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save_or_explain
from neurosim.models.instructed.embeddings import embed_instructions
from neurosim.tasks.psychophysics.instructions import read_instructions


def main(
    *, instructions: Path, out: Path, seed: int, language: str, language_models: Mapping
) -> None:
    """Write ``results/instruction/embeddings/{language}.nc``."""
    given = read_instructions(instructions)
    title = f"Instructions as {language} reads them"
    used = {"language": language, "language_models": language_models}
    inputs = {"instructions": instructions}
    save_or_explain(
        lambda: embed_instructions(language, given, language_models),
        out,
        Provenance(title, "embed_instructions", seed, used, inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
