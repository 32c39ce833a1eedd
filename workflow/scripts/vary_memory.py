"""Vary a constant of the agent, and see what it learns and what it forgets."""

from collections.abc import Mapping
from pathlib import Path

from _job import job

from neurosim.files import Provenance, save
from neurosim.models.memory_sensitivity import OF_MEMORY, vary_skill
from neurosim.models.memory_study import vary_sequence
from neurosim.models.skill_study import SkillParameters


def main(
    *,
    out: Path,
    seed: int,
    varied: str,
    networks: Mapping,
    tasks: Mapping,
    skills: Mapping,
    sensitivity: Mapping,
) -> None:
    """Write ``results/memory/sensitivity/{varied}.nc``."""
    values, n_seeds = sensitivity["values"][varied], tasks["n_seeds"]
    agent, skill = networks["agent"], sensitivity["skill"]
    found = vary_sequence(tasks, networks, varied, values, seed)
    given = SkillParameters.from_mapping({**skill, "lstm_updates": 0}, skills, agent)
    found["bits"] = vary_skill(given, varied, values, n_seeds, seed)
    about = {"units": "1", "long_name": varied.replace("_", " ")}
    found = found.assign_coords(value=("value", [float(v) for v in values], about))
    of = agent["memory"] if varied in OF_MEMORY else tasks["learner"]
    found.attrs = {"varied": varied, "chosen": float(of[varied])}
    found.attrs |= {"sequence": sensitivity["sequence"], "skill": f"{given.skill}_{given.length}"}
    used = {"networks": networks, "tasks": tasks, "skills": skills, "sensitivity": sensitivity}
    save(found, out, Provenance(f"Sensitivity to {varied}", "vary_memory", seed, used))


if __name__ == "__main__":
    with job(snakemake) as given:
        main(**given)
