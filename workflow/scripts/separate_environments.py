"""Learn two similar environments from what was decoded in them, awake and from replay."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from _job import job

from neurosim import MissingData
from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.chain_study import StudyParameters
from neurosim.models.environment_study import separate_environments
from neurosim.recording import open_recording
from neurosim.seeds import generator
from neurosim.tasks.chains import join_chains
from neurosim.tasks.environment_chains import Experience, Pair

REGIMES = ("wake", "replay", "wake_and_replay")


def main(
    *,
    recordings: Sequence[Path],
    maps: Sequence[Path],
    first_events: Sequence[Path],
    first_significance: Sequence[Path],
    second_events: Sequence[Path],
    out: Path,
    seed: int,
    similar: Sequence[str],
    decoding: Mapping,
    study: Mapping,
) -> None:
    """Write ``results/reverse/environments/similar.nc``."""

    def of_subject(recording: Path, fields: Path, *files: Path) -> tuple[Pair, Experience]:
        data = open_recording(recording)
        known = {name: load(fields, name) for name in similar}
        pair = Pair(data, known, tuple(similar), decoding["place_m"])
        first, significance, second = (load(path) for path in files)
        bins = decoding["wake_bin_s"], decoding["replay_bin_s"]
        rng = generator(seed, "separate_environments", data.name)
        return pair, pair.experience((first, second), significance, bins, decoding["alpha"], rng)

    def learn():
        found, gaps = [], []
        files = recordings, maps, first_events, first_significance, second_events
        for subject in zip(*files, strict=True):
            try:
                found.append(of_subject(*subject))
            except MissingData as gap:
                gaps.append(gap)
        if not found:
            raise gaps[0]
        pair = found[0][0]
        asked, wake, replay = (join_chains([one[i] for _, one in found]) for i in range(3))
        learned = dict(zip(REGIMES, (wake, replay, join_chains([wake, replay])), strict=True))
        parameters = StudyParameters.from_mapping(study)
        return separate_environments(asked, learned, pair.environment, parameters, seed, "similar")

    kinds = {
        "recordings": recordings,
        "maps": maps,
        "first_events": first_events,
        "first_significance": first_significance,
        "second_events": second_events,
    }
    named = {f"{kind}/{path.stem}": path for kind, paths in kinds.items() for path in paths}
    used = {"similar": list(similar), "decoding": dict(decoding), "study": study}
    title = "Similar environments told apart"
    save_or_explain(learn, out, Provenance(title, "separate_environments", seed, used, named))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
