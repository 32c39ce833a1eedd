# What all rules share; the only place with functions.
import sys
from pathlib import Path

from neurosim import NeurosimError
from workflow.configuration import check_configuration
from workflow.source_hash import SourceHasher

ROOT = Path(workflow.basedir)
SOURCES = SourceHasher(ROOT, cache=Path(".snakemake/source_hash.json"))
REFERENCES = "config/references.csv"
TEMPLATES = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("analysis/templates/*"))
ENVIRONMENT = "../../environment.yml"

try:
    check_configuration(config, workflow.configfiles)
except NeurosimError as error:
    sys.exit(f"error in the configuration: {error}")

SIMULATED = list(config["simulation"]["subjects"])
RECORDED = list(config["recordings"])
SUBJECTS = SIMULATED + RECORDED
EVENT_QUESTIONS = ["compression", "direction", "significance"]
SIGNATURE_QUESTIONS = [
    "map_similarity",
    "theta_compression",
    "reward_discount",
    "rem_compression",
]
QUESTIONS = {
    "replay": ["position", *EVENT_QUESTIONS, *SIGNATURE_QUESTIONS, "estimators"],
    "heading": ["heading_error", "rem_heading"],
    "reverse": ["similarity"],
}


wildcard_constraints:
    subject="[A-Za-z][A-Za-z0-9_-]*",
    source="true_paths|wake_decoded|replay_decoded",


def modules(script):
    """Hash of the library behind a script: Snakemake does not see edits in imported modules."""
    return SOURCES.of(ROOT / "workflow" / "scripts" / f"{script}.py")


def simulation_of_each():
    """What every simulated recording depends on: not which other subjects there are."""
    return {key: value for key, value in config["simulation"].items() if key != "subjects"}


def recording_of(wildcards):
    """The recording file of a subject: simulated here, or made by the user's import."""
    simulated = f"results/recordings/{wildcards.subject}.nc"
    return config["recordings"].get(wildcards.subject, simulated)


def all_recordings(wildcards):
    """The recording files of all subjects."""
    return [
        config["recordings"].get(subject, f"results/recordings/{subject}.nc")
        for subject in SUBJECTS
    ]


def of_subjects(folder, subjects=None):
    """The files of all subjects (or of those given) in a folder of results."""
    chosen = SUBJECTS if subjects is None else subjects
    return [f"results/{folder}/{subject}.nc" for subject in chosen]


def chain_inputs(wildcards):
    """What chains of a source are made from, in the order of the simulated subjects."""
    recordings = of_subjects("recordings", SIMULATED)
    if wildcards.source == "true_paths":
        return {"recordings": recordings}
    if wildcards.source == "wake_decoded":
        return {"recordings": recordings, "decoded": of_subjects("replay/wake", SIMULATED)}
    return {
        "decoded": of_subjects("replay/events", SIMULATED),
        "significance": of_subjects("replay/significance", SIMULATED),
    }


def study_results(study):
    """The files and figures that answer the questions of a study."""
    questions = QUESTIONS[study]
    files = [f"results/{study}/{question}.nc" for question in questions]
    figures = [
        f"results/figures/{question}.{kind}" for question in questions for kind in ("png", "svg")
    ]
    return files + figures


def kinematics_table(name):
    """What a calibration table of speeds differs in."""
    return config["replay"]["calibration"]["kinematics"]["tables"][name]


def population_of(table):
    """Populations of a calibration table: the cells of the simulation, in the table's number."""
    calibration, simulation = config["replay"]["calibration"], config["simulation"]
    place, spiking = simulation["place_cells"], calibration["spikes"]
    return {
        "n_populations": calibration["n_populations"],
        "track_length_m": calibration["track_length_m"],
        "cells": {k: v for k, v in place.items() if k not in ("theta", "spiking")}
        | {"n_cells": table["n_cells"]},
        "theta": place["theta"],
        "spiking": place["spiking"] | spiking.get(table.get("spikes"), {}),
        "wake": {
            "duration_s": calibration["wake_s"],
            "bin_s": config["replay"]["fit_bin_s"],
            "movement": simulation["movement"],
            "fields": config["replay"]["fields"],
        },
    }


def planted_events_of(table):
    """Events of a calibration table, and how they are decoded."""
    kinematics, trajectories = (
        config["replay"]["calibration"]["kinematics"],
        config["replay"]["trajectories"],
    )
    return {
        "n_events": kinematics["n_events"],
        "n_short_events": kinematics["n_short_events"],
        "ratios": kinematics["ratios"],
        "gain": table.get("gain", config["simulation"]["bursts"]["gain"]),
        "bin_s": table.get("bin_s", trajectories["bin_s"]),
        "run_speed_m_s": config["simulation"]["movement"]["track_speed_m_s"],
        "slowest_ratio": trajectories["slowest_ratio"],
        "fastest_ratio": trajectories["fastest_ratio"],
    }


def planted_precession():
    """What theta sequences of simulated subjects follow from."""
    place = config["simulation"]["place_cells"]
    return {
        "field_sd_m": place["field_sd_m"],
        "precession_deg": place["precession_deg"],
        "frequency_hz": place["theta"]["frequency_hz"],
    }


def planted_rewards():
    """What rewards and decision points do in simulated subjects, a step as the analysis has it."""
    paths = config["simulation"]["paths"]
    steps = config["replay"]["signatures"]["rewards"]["reward_step_m"] / paths["reward_step_m"]
    return {
        "reward_discount": paths["reward_discount"] ** steps,
        "decision_gain": paths["decision_gain"],
    }
