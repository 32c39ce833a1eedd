"""Simulate brains that replay a scrambled experience, and measure sequenceness."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.decode.tdlm import Tdlm
from neurosim.files import Provenance, save
from neurosim.progress import progress
from neurosim.seeds import generator
from neurosim.tasks.scrambled_session import scrambled_session
from neurosim.tasks.scrambled_subject import ScrambledStudy
from neurosim.tasks.sensor_replay import ReplayParameters

REPLAYED = {"imagination": "inferred", "movie": "seen"}


def main(*, out: Path, seed: int, learner: str, scrambled: Mapping) -> None:
    """Write ``results/imagination/scrambled/{learner}.nc``."""
    study = ScrambledStudy(replay=ReplayParameters(scrambled["n_events"]))
    method = Tdlm(scrambled["form"], n_permutations=scrambled["n_permutations"])
    names = ("scrambled", learner)
    sessions = [
        scrambled_session(study, REPLAYED[learner], method, generator(seed, *names, subject))
        for subject in progress(range(scrambled["n_subjects"]), f"rest, {learner}")
    ]
    about = {"long_name": "simulated subject"}
    subjects = xr.Variable("subject", range(len(sessions)), about)
    data = xr.concat(sessions, dim=subjects, combine_attrs="override").assign_attrs(
        form=method.form,
        planted_lag_s=study.replay.lag_s,
        planted_lead_s=study.replay.structure_lead_s,
    )
    title = f"Rests of brains that replay as {learner}"
    save(data, out, Provenance(title, "simulate_scrambled_rest", seed, dict(scrambled), {}))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
