"""Plant what agents replay in rest and sleep of a simulated recording."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.agents.replay_paths import repertoire_of
from neurosim.files import Provenance, load
from neurosim.recording import save_recording
from neurosim.simulation import SimulationParameters, simulate_recording, with_repertoire


def main(
    *, laps: Path, out: Path, condition: str, seed: int, simulation: Mapping, loop: Mapping
) -> None:
    """Write ``results/imagination/loop/recordings/{condition}.nc``."""
    paths = load(laps, "paths")
    parameters = SimulationParameters.from_mapping(simulation)
    repertoire = repertoire_of(paths, condition, parameters.tracks[parameters.linear].length)
    rate = float(paths["per_lap"].sel(condition=condition)) / loop["lap_s"]
    given = with_repertoire(parameters, repertoire, rate, loop["empty_fraction"])
    groups = simulate_recording(given, seed, "agent")  # one animal, the same laps
    title = f"Recording of what agents replay: {condition}"
    used = {"simulation": dict(simulation), "loop": dict(loop)}
    provenance = Provenance(title, "plant_replays", seed, used, {"laps": laps})
    save_recording(groups, out, provenance, origin="simulated")


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
