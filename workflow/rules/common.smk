# What all rules share; the only place with functions.
import gc
import logging
import sys
from pathlib import Path

from neurosim import NeurosimError
from workflow.cohort import animal_simulation
from workflow.config_files import check_files
from workflow.configuration import check_configuration
from workflow.disk import check_writable
from workflow.instruction import (
    conversation,
    in_files,
    input_trainings,
    language_model,
    memory_of_language,
    memory_of_training,
    of_files,
    speakers,
    trainings,
    with_confidence,
)
from workflow.memory import (
    families_of,
    own_files,
    sequence_names,
    sequence_parameters,
    skills_of,
    varied_tasks,
)
from workflow.networks import (
    design_of,
    designs_of,
    example_network,
    network_names,
    network_parameters,
    sensitivity_parameters,
)
from workflow.requests import memory_for_recording
from workflow.reverse import maze_groups
from workflow.source_hash import SourceHasher

logging.raiseExceptions = False  # a full disk is said once, not at every line of Snakemake's log
# Thousands of jobs are made and stay: looking for rubbish among them was a tenth of planning.
gc.set_threshold(100_000, 20, 100)

ROOT = Path(workflow.basedir)
SOURCES = SourceHasher(ROOT, cache=Path(".snakemake/source_hash.json"))
REFERENCES = "config/references.csv"
CONSTANTS = "config/ca3_constants.csv"
TEMPLATES = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("analysis/templates/*"))
ENVIRONMENT = "../../environment.yml"

try:
    check_files(workflow.configfiles)
    check_configuration(config, workflow.configfiles)
except NeurosimError as error:
    sys.exit(f"error in the configuration: {error}")
try:
    check_writable([".snakemake"])  # Snakemake wants it even for a dry run
except NeurosimError as error:
    sys.exit(f"error: {error}")


onstart:
    try:
        check_writable(["results"])
    except NeurosimError as error:
        sys.exit(f"error: {error}")


SIMULATED = list(config["simulation"]["subjects"])
COHORT = {k: v for k, v in config["simulation"]["cohort"]["animals"].items() if v}
RECORDED = list(config["recordings"])
NETWORKS = network_names(config["emergent"])
EXAMPLE_NETWORK = example_network(config["emergent"])
SUBJECTS = SIMULATED + RECORDED
# Animals of the heading study: all that may have head-direction cells; those that may have SC
# units; those that may have been inactivated. Imported recordings say themselves what they lack.
HEADING_SIMULATED = SIMULATED + list(COHORT)
HEADING_SUBJECTS = HEADING_SIMULATED + RECORDED
TURN_SUBJECTS = (
    SIMULATED + [name for name, animal in COHORT.items() if animal["n_turn_cells"]] + RECORDED
)
TURN_SIMULATED = [name for name in TURN_SUBJECTS if name not in RECORDED]
INACTIVATED = [name for name, animal in COHORT.items() if animal.get("inactivations")] + RECORDED
# Recordings that get twins: imported ones, and some simulated ones to see whether it works.
TWINNED = SIMULATED[: config["replay"]["twins"]["n_simulated"]] + RECORDED
# Recordings that get a page: imported ones, and a simulated one to compare with.
PAGED = RECORDED + [name for name in TWINNED if name not in RECORDED][:1]
FILES_OF_RECORDING = ["wake", "fields", "candidates", "events", "significance", "own", "dynamics"]
EVENT_QUESTIONS = ["compression", "direction", "significance"]
SIGNATURE_QUESTIONS = [
    "map_similarity",
    "theta_compression",
    "reward_discount",
    "rem_compression",
]
HEADING_QUESTIONS = ["heading_error", "heading_tuning", "drift", "virtual_turns"]
LINEAR = next(
    name for name, e in config["simulation"]["environments"].items() if e and e["kind"] == "linear"
)
TRACKS = {name: track for name, track in config["reverse"]["tracks"].items() if track}
TRACKS |= {name: {"recording": name} for name in RECORDED}
MAZES = [name for name, maze in config["reverse"]["mazes"].items() if maze]
MAZE_GROUPS = maze_groups({name: config["reverse"]["mazes"][name]["kind"] for name in MAZES})
OF_NETWORKS = ("true_paths", "replay_decoded")
KEPT = [f"wake_kept_{round(100 * part)}" for part in config["reverse"]["kept_fractions"]]
CHAIN_SOURCES = {  # networks have laps and replays of their own; they were run to replay
    name: [s for s in config["reverse"]["sources"] if "design" not in track or s in OF_NETWORKS]
    + (["wake_decoded"] + KEPT if name == config["reverse"]["sleep"]["track"] else [])
    for name, track in TRACKS.items()
}
CHAIN_SOURCES = {name: list(dict.fromkeys(sources)) for name, sources in CHAIN_SOURCES.items()}
REVERSE_QUESTIONS = [
    *(
        "similarity",
        "crossover",
        "step_accuracy",
        "discount",
        "sleep",
        "environments",
        "choices",
        "noise",
    ),
    *("chain_example", "reverse_claims"),
]
AGENT_QUESTIONS = ["learning_curves", "replay_content", "closed_loop", "slow_store", "sequenceness"]
LEARNERS = ["imagination", "movie"]
SEQUENCES = sequence_names(config["memory"])
FAMILIES = families_of(config["memory"])
SKILLS = skills_of(config["memory"])
VARIED = list(config["memory"]["sensitivity"]["values"])
TRAININGS = trainings(config["instruction"])
INPUT_TRAININGS = input_trainings(config["instruction"])
SPEAKERS = speakers(config["instruction"])
INSTRUCTION_QUESTIONS = [
    f"instruction_{question}"
    for question in (
        *("learning", "controls", "geometry", "units", "communication", "gallery", "claims"),
    )
]
MEMORY_QUESTIONS = ["skills", "forgetting", "few_shot", "memory_sensitivity", "memory_claims"]
QUESTIONS = {
    "replay": [
        *("position", *EVENT_QUESTIONS, *SIGNATURE_QUESTIONS, "estimators", "dynamics"),
        *("false_positives", "bursts", "tracks", "own_cells", "literature"),
    ],
    "heading": [
        *HEADING_QUESTIONS,
        "turn_cells",
        "turn_events",
        "inactivation",
        "internal_model",
    ],
    "emergent": ["emergent", "emergent_sensitivity", "emergent_event"],
    "reverse": REVERSE_QUESTIONS,
    "imagination": AGENT_QUESTIONS,
    "memory": MEMORY_QUESTIONS,
    "instruction": INSTRUCTION_QUESTIONS,
}


wildcard_constraints:
    subject="[A-Za-z][A-Za-z0-9_-]*",
    network="[a-z][a-z0-9_]*-[0-9]+",
    number="[0-9]+",
    track="[A-Za-z][A-Za-z0-9_-]*",
    maze="[a-z][a-z0-9_]*",
    group="[a-z_]+",
    learner="[a-z]+",
    background="[a-z_]+",
    loop="[a-z_]+",
    environment="[a-z][a-z0-9_]*",
    sequence="[A-Za-z][A-Za-z0-9_]*",
    family="[a-z][a-z0-9_]*",
    skill="[a-z][a-z0-9_]*",
    varied="[a-z_]+",
    instructed="[a-z][a-z0-9_+]*",
    hold_out="[a-z][a-z0-9_]*",
    language="[a-z][a-z0-9_]*",


def modules(script):
    """Hash of the library behind a script: Snakemake does not see edits in imported modules."""
    return SOURCES.of(ROOT / "workflow" / "scripts" / f"{script}.py")


def simulation_of_each():
    """What every simulated recording depends on: not which other subjects there are."""
    others = ("subjects", "cohort")
    return {key: value for key, value in config["simulation"].items() if key not in others}


def simulation_of(wildcards):
    """What the recording of a subject depends on."""
    name = wildcards.subject
    if name not in COHORT:
        return simulation_of_each()
    return animal_simulation(simulation_of_each(), config["simulation"]["cohort"], COHORT[name])


def recording_of(wildcards):
    """The recording file of a subject: simulated here, or made by the user's import."""
    simulated = f"results/recordings/{wildcards.subject}.nc"
    return config["recordings"].get(wildcards.subject, simulated)


def memory_of(usual_mb):
    """Memory of a rule that reads one recording."""
    return lambda wildcards, input, attempt: memory_for_recording(
        Path(str(input.recording)), usual_mb, attempt
    )


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


def turns_of(wildcards):
    """What was found of a subject's colliculus; nothing where no unit of it was recorded."""
    name = wildcards.subject
    return f"results/heading/turns/{name}.nc" if name in TURN_SUBJECTS else []


def recordings_of_track(track):
    """Names of the recordings or networks whose laps and replays on a track are learned."""
    given = TRACKS[track]
    if "design" in given:
        return [name for name in NETWORKS if design_of(name)[0] == given["design"]]
    return [given["recording"]] if "recording" in given else SIMULATED


def chain_inputs(wildcards):
    """What chains of a track are made from, in the order of the recordings."""
    given, names = TRACKS[wildcards.track], recordings_of_track(wildcards.track)
    if "design" in given:
        files = {"recordings": [f"results/emergent/recordings/{name}.nc" for name in names]}
    else:
        files = {
            "recordings": [
                config["recordings"].get(name, f"results/recordings/{name}.nc") for name in names
            ]
        }
    if "replay_decoded" not in CHAIN_SOURCES[wildcards.track]:
        return files
    if "design" in given:
        return files | {"events": [f"results/emergent/events/{name}.nc" for name in names]}
    if given.get("environment", LINEAR) != LINEAR:
        return files | {"events": track_events(given["environment"])}
    return files | {
        "events": of_subjects("replay/events", names),
        "significance": of_subjects("replay/significance", names),
    }


def track_events(environment):
    """Events of the simulated subjects decoded along the routes of a track."""
    return [f"results/reverse/events/{environment}-{name}.nc" for name in SIMULATED]


def places_of_chains():
    """How places are told apart in chains."""
    names = ("place_m", "wake_bin_s", "replay_bin_s")
    given = {name: config["reverse"][name] for name in names}
    return given | {"alpha": config["replay"]["significance"]["alpha"]}


def track_of_chains(wildcards):
    """What chains of a track depend on besides the recordings."""
    given = dict(TRACKS[wildcards.track])
    if "design" in given:
        track = config["emergent"]["tracks"][
            designs_of(config["emergent"])[given["design"]]["track"]
        ]
        return given | {"kind": track["kind"], "rewarded_wells": track.get("rewarded_wells")}
    if "recording" in given:
        return given
    track = config["simulation"]["environments"][given["environment"]]
    return given | {"kind": track["kind"], "rewarded_wells": track.get("rewarded_wells")}


def study_of_chains():
    """Size and budget of models of chains."""
    names = ("n_seeds", "test_fraction", "model", "training")
    return {name: config["reverse"][name] for name in names}


def splits_of(group):
    """What is held out in each maze of a group."""
    mazes = config["reverse"]["mazes"]
    return {name: mazes[name].get("split", "groups") for name in MAZE_GROUPS[group]}


def maze_options(name):
    """What a maze is: its kind and measures."""
    given = {k: v for k, v in config["reverse"]["mazes"][name].items() if k != "split"}
    return given | ({"name": name} if given["kind"] == "events" else {})


def simulation_of_loop():
    """A session on the first track, with much rest and sleep after it."""
    simulation = {k: v for k, v in config["simulation"].items() if k not in ("subjects", "cohort")}
    loop = config["imagination"]["loop"]
    session = simulation["session"] | {k: loop[k] for k in ("rest_s", "post_sleep_s")}
    home = {LINEAR: simulation["environments"][LINEAR]}
    return simulation | {"session": session, "environments": home}


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
            "duration_s": table.get("wake_s", calibration["wake_s"]),
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


def dynamics_table(name):
    """What a calibration table of dynamics differs in."""
    return config["replay"]["calibration"]["dynamics"]["tables"][name]


def dynamics_decoder():
    """Priors of the dynamics, and the time bin within events."""
    return {"bin_s": config["replay"]["trajectories"]["bin_s"]} | config["replay"]["dynamics"]


def planted_dynamics():
    """Events of the calibration tables of dynamics: paths as in the simulation."""
    paths, decoder = config["simulation"]["paths"], dynamics_decoder()
    return {
        "width_s": decoder["bin_s"],
        "min_span_m": decoder["min_span_m"],
        "acceleration_factor": paths["acceleration_factor"],
        "hold_s": paths["hold_s"],
        "jump_s": paths["jump_s"],
        "diffusion_m": paths["diffusion_sd_m"],
        "fragment_s": paths["fragment_s"],
        "gain": config["simulation"]["bursts"]["gain"],
    }


def significance_table(name):
    """What a calibration table of significance differs in."""
    return config["replay"]["calibration"]["significance"]["tables"][name]


def null_population_of(table):
    """Populations of a table of significance: half of them set alpha, half are counted."""
    number = config["replay"]["calibration"]["significance"]["n_populations"]
    return population_of(table) | {"n_populations": number}


def null_events_of(table):
    """Events of a table of significance; the detector of recordings is among them if asked for."""
    calibration = config["replay"]["calibration"]["significance"]
    names = (
        "n_null_events",
        "n_transfer_events",
        "n_planted_events",
        "n_shuffles",
        "scores",
    )
    recordings = config["replay"]["significance"]
    used = ["+".join(recordings["shuffles"])] if recordings["calibrated"] else []
    return {name: calibration[name] for name in names} | {
        "detectors": list(dict.fromkeys([*calibration["detectors"], *used])),
        "gain": config["simulation"]["bursts"]["gain"],
        "bin_s": table.get("bin_s", config["replay"]["significance"]["bin_s"]),
    }


def shuffles_of_events():
    """How the events of recordings are shuffled."""
    names = ("n_shuffles", "shuffles", "bin_s")
    return {name: config["replay"]["significance"][name] for name in names}


def twins():
    """How twins of a recording are made."""
    given, decoded = config["replay"]["twins"], config["replay"]["trajectories"]
    return {k: v for k, v in given.items() if k not in ("n_simulated", "n_shuffles")} | {
        name: decoded[name] for name in ("slowest_ratio", "fastest_ratio")
    }


def analysis_of_twins():
    """How twins are analysed: as recordings are, with fewer shuffles."""
    replay = config["replay"]
    return {
        "fields": replay["fields"],
        "fit_bin_s": replay["fit_bin_s"],
        "trajectories": replay["trajectories"],
        "significance": shuffles_of_events() | {"n_shuffles": replay["twins"]["n_shuffles"]},
    }


def own_calibration_of(wildcards):
    """The calibration of an imported recording on its own cells; none of a simulated one."""
    own = wildcards.subject in RECORDED and config["replay"]["significance"]["calibrated"]
    return {"own": f"results/replay/own/{wildcards.subject}.nc"} if own else {}


def calibrating_tables(wildcards):
    """Tables that differ from recordings in the number of cells alone; none if not asked for.

    An imported recording has a calibration of its own, and waits for no table.
    """
    if not config["replay"]["significance"]["calibrated"] or wildcards.subject in RECORDED:
        return []
    tables = config["replay"]["calibration"]["significance"]["tables"]
    return [
        f"results/replay/calibration/significance/{name}.nc"
        for name, table in tables.items()
        if set(table) == {"n_cells"}
    ]


def checks_of_recordings():
    """What is checked of a recording: what its analysis makes of it."""
    replay = config["replay"]
    candidates = {name: replay["candidates"][name] for name in ("states", "min_cells")}
    given = {name: replay[name] for name in ("fields", "fit_bin_s")}
    return given | candidates | {"n_shuffles": replay["checks"]["n_shuffles"]}


def files_of_recording(wildcards):
    """All that the page of a recording is made from: files of this recording alone."""
    name = wildcards.subject
    files = {kind: f"results/replay/{kind}/{name}.nc" for kind in FILES_OF_RECORDING}
    files |= {
        "checks": f"results/checks/{name}.nc",
        "heading": f"results/heading/decoded/{name}.nc",
    }
    if name in SIMULATED:
        files["planted"] = f"results/replay/planted/{name}.nc"
        files["planted_heading"] = f"results/heading/planted/{name}.nc"
    return files


def questions_of_recording():
    """How the questions are asked of one recording, and how many of its events are shown."""
    return {
        "states": config["replay"]["candidates"]["states"],
        "alpha": config["replay"]["significance"]["alpha"],
        "bins_s": config["replay"]["wake"]["bins_s"],
        "heading_bin_s": config["heading"]["bin_s"],
        "turns": config["heading"]["turns"],
        "n_events": config["replay"]["checks"]["n_events"],
    }


def paper_events():
    """Events that published estimators read, and what they read them with."""
    papers, replay = config["replay"]["calibration"]["papers"], config["replay"]
    simulation = config["simulation"]
    return {
        **{key: value for key, value in papers.items() if key != "n_cells"},
        "gain": simulation["bursts"]["gain"],
        "run_speed_m_s": simulation["movement"]["track_speed_m_s"],
        "slowest_ratio": replay["trajectories"]["slowest_ratio"],
        "fastest_ratio": replay["trajectories"]["fastest_ratio"],
        "bin_s": replay["trajectories"]["bin_s"],
        "alpha": replay["significance"]["alpha"],
        "paths": simulation["paths"],
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


def rotation_of_blocks():
    """How rotation is measured in blocks that may be inactivated."""
    names = ("bin_s", "reversal_deg", "max_gap_s")
    return {name: config["heading"]["inactivation"][name] for name in names}


def simulation_of_compass():
    """What of the simulation the inner compass depends on."""
    others = ("place_cells", "bursts", "up_states", "paths", "events")
    return {k: v for k, v in simulation_of_each().items() if k not in others}


def design_of_experiments():
    """How large the experiments with the inner compass are."""
    given = config["heading"]["internal_model"]
    reversal = config["heading"]["inactivation"]["reversal_deg"]
    return {k: v for k, v in given.items() if k != "constants"} | {"reversal_deg": reversal}


def arena_of_calibration():
    """The arena of the cohort's animals, in which turn cells are planted in bulk."""
    environments = config["simulation"]["environments"].values()
    arena = next(e for e in environments if e and e["kind"] == "arena")
    return arena | {"duration_s": config["simulation"]["cohort"]["arena_s"]}


def turn_event_rule():
    """What counts as a population turn event."""
    given = config["heading"]["turn_events"]
    return {key: value for key, value in given.items() if key not in ("turn", "patterns")}


def of_networks(folder):
    """The files of all networks in a folder of results."""
    return [f"results/emergent/{folder}/{network}.nc" for network in NETWORKS]


def varied_networks():
    """The files of the networks whose constants are varied."""
    numbers = range(1, config["emergent"]["sensitivity"]["n_networks"] + 1)
    return [f"results/emergent/sensitivity/{number}.nc" for number in numbers]


def network_of(wildcards):
    """What the recording of a network depends on."""
    return network_parameters(config, design_of(wildcards.network)[0])


def nearest_table():
    """The table of calibrated significance whose number of cells is nearest to that of CA1."""
    tables = config["replay"]["calibration"]["significance"]["tables"]
    n_cells = config["simulation"]["place_cells"]["n_cells"]
    plain = {name: t["n_cells"] for name, t in tables.items() if set(t) == {"n_cells"}}
    name = min(plain, key=lambda name: abs(plain[name] - n_cells))
    return f"results/replay/calibration/significance/{name}.nc"


def decoding_of_networks():
    """How the events of networks are found, decoded and tested."""
    replay = config["replay"]
    return {
        "fields": replay["fields"],
        "fit_bin_s": replay["fit_bin_s"],
        "candidates": config["emergent"]["candidates"],
        "trajectories": replay["trajectories"],
        "significance": shuffles_of_events(),
    }


def networks_of_memory():
    """Networks that learn tasks one after another."""
    return {name: config["memory"][name] for name in ("agent", "seed_agent")}


def tasks_of(wildcards):
    """What a sequence of tasks is, and how it is learned."""
    return sequence_parameters(config["memory"], wildcards.sequence)


def own_tasks_of(wildcards):
    """The user's own files of a sequence; nothing for those that are made here."""
    return own_files(config["memory"]["own"], wildcards.sequence)


def family_of(wildcards):
    """What a family of tasks is."""
    return config["memory"]["few_shot"]["families"][wildcards.family]


def few_shot_training():
    """How networks learn to learn."""
    return {k: v for k, v in config["memory"]["few_shot"].items() if k != "families"}


def experiment():
    """What all instructed networks share."""
    names = ("tasks", "n_units", "n_steps", "training")
    return {name: config["instruction"][name] for name in names}


def thresholds():
    """The file of the thresholds of the confidence tasks; none where there are no such tasks."""
    needed = with_confidence(config["instruction"])
    return "results/instruction/thresholds.nc" if needed else []


def embedding_of(wildcards):
    """What the language model of a network makes of the instructions, if it has one."""
    language = language_model(of_files(wildcards.instructed), config["instruction"])
    if language is None:
        return {}
    return {"embedding": f"results/instruction/embeddings/{language}.nc"}


def told_by(wildcards):
    """What a network needs besides the instructions: a language model's view, or its untuned self."""
    files = embedding_of(wildcards)
    *before, last = wildcards.instructed.split("+")
    if before and last == "tuned":
        folder = f"results/instruction/networks/{wildcards.hold_out}"
        files["untuned"] = f"{folder}/{'+'.join(before)}_{wildcards.number}.nc"
    return files


def of_trainings(folder, chosen=TRAININGS):
    """The files of trainings in a folder of results."""
    return [
        f"results/instruction/{folder}/{each.hold_out}/{in_files(each.network)}_{each.number}.nc"
        for each in chosen
    ]


def talking(wildcards):
    """The network that instructs, and those of its name that listen."""
    found = conversation(config["instruction"], of_files(wildcards.instructed), wildcards.hold_out)
    return {role: of_trainings("networks", chosen) for role, chosen in found.items()}


def communication():
    """How instructors and partners are measured."""
    others = ("networks", "hold_outs", "n_partners")
    given = config["instruction"]["communication"]
    return {key: value for key, value in given.items() if key not in others}
