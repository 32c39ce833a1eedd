"""Relate turns of the decoded heading in REM to turn commands, to the head and to the eyes."""

from collections.abc import Mapping
from pathlib import Path

from _job import job
from _turns import found_cells, found_events

from neurosim.decode.turn_relations import RelationParameters, relate_turns
from neurosim.files import Provenance, load, save_or_explain
from neurosim.recording import open_recording
from neurosim.seeds import generator


def main(
    *,
    recording: Path,
    decoded: Path,
    turns: Path | list[Path],
    out: Path,
    subject: str,
    seed: int,
    relation: Mapping,
) -> None:
    """Write ``results/heading/virtual/{subject}.nc``, a group a relation."""
    how = RelationParameters.from_mapping(relation)
    inputs = {"recording": recording, "decoded": decoded}
    inputs |= {"turns": turns} if isinstance(turns, Path) else {}
    save_or_explain(
        lambda: relate_turns(
            open_recording(recording),
            load(decoded, "tuning"),
            lambda: found_cells(turns, recording),
            lambda: found_events(turns, recording),
            how,
            generator(seed, "relate_turns", subject),
        ),
        out,
        Provenance("Virtual turns", "relate_turns", seed, dict(relation), inputs),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
