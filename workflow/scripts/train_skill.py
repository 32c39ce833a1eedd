"""Train an agent with memory and a plain LSTM on a skill that needs memory."""

from collections.abc import Mapping
from pathlib import Path

import xarray as xr
from _job import job

from neurosim.files import Provenance, save
from neurosim.models.skill_study import SkillParameters, compare_on_skill


def main(*, out: Path, seed: int, name: str, agent: Mapping, skills: Mapping) -> None:
    """Write ``results/memory/skills/{skill}.nc`` with the memory of an episode in ``/trace``."""
    given = SkillParameters.from_mapping(skills["tasks"][name], skills, agent)
    results, trace = compare_on_skill(given, skills["n_seeds"], seed)
    parameters = {"name": name, "agent": agent, "skills": skills}
    save(
        xr.DataTree.from_dict({"/": results, "/trace": trace}),
        out,
        Provenance(f"Skill that needs memory: {name}", "train_skill", seed, parameters),
    )


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
