"""Learn a track from wake, from replay and from both, and keep it over other experience."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, load, save_or_explain
from neurosim.models.chain_study import StudyParameters
from neurosim.models.sleep_study import learn_from_sleep, regimes_of
from neurosim.tasks.chains import chains_from_dataset, moved_on


def main(
    *,
    chains: Path,
    gap: Path,
    out: Path,
    seed: int,
    name: str,
    study: Mapping,
) -> None:
    """Write ``results/reverse/sleep/{track}.nc``."""

    def learn():
        asked, awake, replayed, elsewhere = (
            chains_from_dataset(load(path, source))
            for path, source in (
                (chains, "true_paths"),
                (chains, "wake_decoded"),
                (chains, "replay_decoded"),
                (gap, "true_paths"),
            )
        )
        is_reverse = load(chains, "replay_decoded")["is_reverse"].values == 1
        n_places = asked.n_places + elsewhere.n_places
        return learn_from_sleep(
            asked,
            regimes_of(awake, replayed, is_reverse),
            moved_on(elsewhere, asked.n_places, n_places),
            replayed,
            StudyParameters.from_mapping(study),
            seed,
            name,
        )

    inputs = {"chains": chains, "gap": gap}
    title = f"Learned from wake and from replay: {name}"
    save_or_explain(learn, out, Provenance(title, "learn_from_sleep", seed, study, inputs))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
