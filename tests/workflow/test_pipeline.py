"""The real pipeline at test scale: what it leaves, what it reruns, what a user sees."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import xarray as xr
from netCDF4 import Dataset
from running import planned_rules, same_variables, snakemake

from benchmarks.project import copy_project, environment
from neurosim.files import load, read_attributes
from neurosim.recording import group_names
from neurosim.stats.summary import dataset_to_rows, read_csv

QUANTITIES = {
    "replay": {
        "compression_ratio",
        "direction_accuracy",
        "direction_unresolved_fraction",
        "wake_position_error_median",
        "significant_fraction",
        "dynamics_f1",
        "dynamics_confusion",
        "dynamics_share",
        "false_positive_rate",
        "detection_power",
        "burst_edge_error",
        "burst_detection_rate",
        "burst_precision",
        "track_log_odds_difference",
        "remote_event_accuracy",
        "published_estimate",
    },
    "heading": {
        "wake_heading_error_median",
        "rem_heading_error_median",
        "anticipation",
        "drift_ratio",
        "rem_drift_speed",
        "pair_correlation_similarity",
        "rem_turn_rate",
        "turn_probability",
        "turn_amplitude",
        "turn_lag",
        "eye_heading_correlation",
        "turn_cell_precision",
        "turn_cell_recall",
        "turn_event_rate",
        "turn_event_ratio_rem_wake",
        "wake_turn_probability",
        "pattern_similarity",
    },
    "reverse": {
        "similarity",
        "bleu",
        "exact_match",
        "total_bits",
        "excess_bits",
        "bayes_fraction",
        "legal_fraction",
        "best_discount",
        "decision_point_accuracy",
        "choice_errors",
        "retention",
        "claim_reverse_more_similar",
        "claim_best_discount",
        "claim_experts_prefer_reverse",
    },
    "imagination": {
        "steps_to_criterion",
        "learning_area",
        "forward_share",
        "reverse_at_end",
        "reward_effect",
        "slow_store_gain",
        "sequenceness_lag",
        "sequenceness_peak",
        "tdlm_false_positive_rate",
        "tdlm_power",
        "structure_lead",
    },
    "memory": {
        "copy_accuracy",
        "recall_accuracy",
        "sequence_accuracy",
        "average_error",
        "average_accuracy",
        "choice_accuracy",
        "forgetting",
        "backward_transfer",
        "forward_transfer",
        "forgetting_reduction",
        "ablation_difference",
        "beats_trivial",
        "five_step_gain",
        "five_step_performance",
        "five_step_difference",
        "steps_to_criterion",
        "memory_sensitivity",
        "memory_operations",
        "claim_error_just_learned",
        "claim_error_with_replay",
        "claim_error_without_replay",
        "claim_old_task_error",
        "claim_forgetting_reduction",
        "claim_average_error_reduction",
        "claim_five_steps",
        "claim_fewer_than_ten_steps",
        "claim_flat_curve",
        "claim_skill_is_learned",
        "claim_memory_is_read",
        "claim_joint_is_the_bound",
        "claim_no_worse_than_er",
        "claim_better_than_er_on_mazes",
        "claim_replay_halves_forgetting",
    },
    "instruction": {
        "training_performance",
        "validation_performance",
        "zero_shot",
        "zero_shot_family",
        "zero_shot_swapped",
        "zero_shot_tuned",
        "zero_shot_composed",
        "batches_to_criterion",
        "input_weights_only",
        "conditional_deficit",
        "ccgp",
        "ccgp_correlation",
        "axis_parallelism",
        "partner_performance",
        "novel_instructions",
        "zero_shot_difference",
        "unit_clusters",
        "preferred_direction_turn",
        "claim_order",
        "claim_shuffled_control",
        "claim_training_criterion",
    },
}
OF_TRUTH = {  # no row of an imported recording
    "published_estimate",
    "dynamics_f1",
    "dynamics_confusion",
    "direction_accuracy",
    "false_positive_rate",
    "detection_power",
    "burst_edge_error",
    "burst_detection_rate",
    "burst_precision",
    "remote_event_accuracy",
}
SIMULATION = {"simulate_recording"}
REPORTING = {"collect_summary", "make_report"}
PAGES = {"describe_recording"}
SIGNATURES = {
    "map_similarity": {"linear,linear", "linear,linear_b"},
    "theta_compression": {"run"},
    "reward_discount": {
        f"{direction},{kind}{bulk}"
        for direction in ("reverse", "forward")
        for kind in ("firing", "starts")
        for bulk in ("", ",planted in bulk")
    },
    "decision_point_gain": {"firing", "firing,planted in bulk"},
    "rem_compression": {"rem"},
}


def netcdf_files(finished):
    return sorted(finished.results.rglob("*.nc"))


def test_a_cluster_can_be_told_the_wildcards_of_every_job(finished):
    """Snakemake lists them as NAME=VALUE, parted by commas, to a job on another node."""
    files = [p.relative_to(finished.results) for p in finished.results.rglob("*.tsv")]
    told = [str(path) for path in files if set(",=: ") & set(str(path))]
    assert len(files) > 100
    assert told == []


def test_run_leaves_summary_report_and_figures(finished):
    for name in ("summary.csv", "summary.nc", "report.html"):
        assert (finished.results / name).stat().st_size > 0
    questions = ("position", "compression", "direction", "significance", "similarity")
    others = ("dynamics", "false_positives", "bursts", "tracks", "literature")
    for question in (*questions, *others):
        for kind in ("png", "svg"):
            assert (finished.results / "figures" / f"{question}.{kind}").exists()
    assert len(list((finished.results / "figures" / "events").glob("*.png"))) == 3


def test_summary_has_the_stable_rows(finished):
    rows = read_csv(finished.results / "summary.csv")
    for study, quantities in QUANTITIES.items():
        assert quantities <= {row.quantity for row in rows if row.study == study}
    conditions = {row.condition for row in rows if row.quantity == "compression_ratio"}
    assert {"rest", "nrem"} <= conditions
    estimators = {row.estimator for row in rows if row.quantity == "similarity"}
    assert {"forward", "reverse", "masked", "n_gram", "bayes"} <= estimators
    conditions = {row.condition for row in rows if row.quantity == "similarity"}
    assert {"converging,true_paths", "linear_track,replay_decoded", "w_track,spikes"} <= conditions
    assert {"emergent_linear,replay_decoded", "own,true_paths"} <= conditions


@pytest.mark.parametrize("quantity", SIGNATURES)
def test_signatures_have_their_rows_for_simulated_and_imported_recordings(finished, quantity):
    rows = [r for r in read_csv(finished.results / "summary.csv") if r.quantity == quantity]
    assert SIGNATURES[quantity] <= {row.condition for row in rows}
    own = [row for row in rows if "recording=own" in row.condition]
    assert own
    assert all(np.isfinite(row.estimate) or row.test.startswith("not run: ") for row in own)


def test_summary_in_netcdf_equals_the_one_in_csv(finished):
    from_csv = read_csv(finished.results / "summary.csv")
    from_netcdf = dataset_to_rows(load(finished.results / "summary.nc"))
    assert repr(from_csv) == repr(from_netcdf)


def test_likelihood_recovers_what_was_planted_and_the_regression_reads_too_slow(finished):
    rows = read_csv(finished.results / "summary.csv")
    ratio = {
        row.estimator: row.estimate / row.truth
        for row in rows
        if row.quantity == "compression_ratio" and row.condition == "nrem"
    }
    assert ratio["likelihood"] == pytest.approx(1, abs=0.15)
    assert ratio["posterior_regression"] < ratio["likelihood"]


def test_imported_recording_goes_through_the_same_rules(finished):
    rows = [r for r in read_csv(finished.results / "summary.csv") if "recording=own" in r.condition]
    measured = {row.quantity for row in rows if np.isfinite(row.estimate)}
    assert QUANTITIES["replay"] - OF_TRUTH - {"track_log_odds_difference"} <= measured
    planted_in_its_cells = {row.quantity for row in rows if row.origin != "measured"}
    assert planted_in_its_cells == {name for name in measured if name.startswith("own_")}


def test_what_an_imported_recording_lacks_is_said_in_a_row(finished):
    rows = [
        row
        for row in read_csv(finished.results / "summary.csv")
        if row.study == "heading" and "recording=own" in row.condition
    ]
    assert rows
    assert {row.verdict for row in rows} == {"not run"}
    assert all("own" in row.test for row in rows)


def test_every_file_says_where_it_comes_from(finished):
    for path in netcdf_files(finished):
        attributes = read_attributes(path)
        assert attributes["Conventions"].startswith("CF-")
        assert attributes["title"]
        assert attributes["source"].startswith("neurosim ")
        assert int(attributes["seed"]) == 1
        assert json.loads(attributes["configuration"])
        for checksum in json.loads(attributes["inputs"]).values():
            assert re.fullmatch(r"[0-9a-f]{64}", checksum)


def test_configuration_of_upstream_rules_is_handed_on(finished):
    configuration = json.loads(
        read_attributes(finished.results / "replay" / "compression.nc")["configuration"]
    )
    used = {"simulate_recording", "decode_events", "shuffle_events", "calibrate_significance"}
    assert used <= set(configuration)


def test_every_variable_is_described_and_physical_ones_have_units(finished):
    for path in netcdf_files(finished):
        with Dataset(path) as file:
            for group in described_groups(file, path):
                for name, variable in group.variables.items():
                    if name in group.dimensions and variable.dtype.kind == "S":
                        continue  # labels of a dimension
                    assert getattr(variable, "long_name", ""), f"{path}: {group.path}/{name}"
                    if variable.dtype.kind == "f":
                        assert getattr(variable, "units", ""), f"{path}: {group.path}/{name}"


def described_groups(file, path):
    """Groups whose variables carry units; a summary has a column for them."""
    names = [name for name in group_names(path) if name != "summary"]
    return ([] if path.name == "summary.nc" else [file]) + [file[name] for name in names]


def test_files_open_as_data_trees(finished):
    with xr.open_datatree(finished.results / "replay" / "compression.nc") as tree:
        assert "summary" in tree.children


def test_second_run_has_nothing_to_do(finished):
    run = snakemake(finished.folder, "--dry-run")
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr


def test_changed_alpha_reruns_only_what_uses_it(finished):
    config = {"replay": {"significance": {"alpha": 0.04}}}
    run = snakemake(finished.folder, "--dry-run", config=config)
    assert planned_rules(run) == REPORTING | PAGES | {
        "summarise_events",
        "summarise_tracks",
        "draw_events",
        "make_chains",
        "train_on_track",
        "learn_from_sleep",
        "separate_environments",
        "summarise_reverse",
        "replicate_papers",
        "summarise_literature",
    }


def test_changed_heading_config_leaves_place_and_models_alone(finished):
    config = {"heading": {"turns": {"min_angle_deg": 45.0}}}
    run = snakemake(finished.folder, "--dry-run", config=config)
    heading = {"match_planted_heading", "summarise_heading"}
    assert planned_rules(run) == REPORTING | PAGES | heading


def test_another_subject_leaves_the_others_recordings_alone(finished):
    config = {"simulation": {"subjects": ["rat1", "rat2", "rat3"]}}
    run = snakemake(finished.folder, "--dry-run", config=config)
    output = run.stdout + run.stderr
    assert "Simulate the recording of rat3" in output
    for name in ("rat1", "rat2"):
        assert f"Simulate the recording of {name}" not in output
        assert f"Decode the candidate events of {name}" not in output


def test_edited_template_makes_the_pages_anew_and_nothing_else(finished):
    template = finished.folder / "analysis" / "templates" / "report.css"
    before = template.stat()
    os.utime(template)
    template.write_text(template.read_text() + "\n/* edited */\n")
    assert planned_rules(snakemake(finished.folder, "--dry-run")) == PAGES | {"make_report"}
    text = template.read_text().removesuffix("\n/* edited */\n")
    template.write_text(text)
    os.utime(template, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_edited_library_module_reruns_only_what_imports_it(finished):
    module = finished.folder / "neurosim" / "models" / "choice_study.py"
    before = module.read_text()
    try:
        module.write_text(before + "\n# a comment\n")
        assert planned_rules(snakemake(finished.folder, "--dry-run")) == set()
        module.write_text(before + "\nADDED = 1\n")
        rules = planned_rules(snakemake(finished.folder, "--dry-run"))
    finally:
        module.write_text(before)
    assert rules == REPORTING | {"choose_by_models", "summarise_reverse"}


def test_one_analysis_needs_nothing_of_other_studies(finished, tmp_path):
    run = snakemake(finished.folder, "--dry-run", "--forceall", "results/replay/compression.nc")
    assert planned_rules(run) == SIMULATION | {
        "fit_place_fields",
        "find_candidate_events",
        "decode_events",
        "calibrate_significance",
        "calibrate_recording",
        "shuffle_events",
        "compare_dynamics",
        "match_planted_events",
        "summarise_events",
    }


@pytest.mark.parametrize(
    "study",
    ["replay", "heading", "emergent", "reverse", "imagination", "memory", "instruction"],
)
def test_each_study_is_a_target(finished, study):
    run = snakemake(finished.folder, "--dry-run", study)
    assert run.returncode == 0
    assert "Nothing to be done" in run.stdout + run.stderr


def test_one_core_gives_the_same_bytes(finished, tmp_path_factory):
    folder = copy_project(tmp_path_factory.mktemp("again"))
    targets = ["results/replay/significance/rat1.nc", "results/heading/decoded/rat2.nc"]
    run = snakemake(folder, *targets, cores=1)
    assert run.returncode == 0, run.stderr[-3000:]
    made = sorted((folder / "results").rglob("*.nc"))
    assert len(made) == 8
    for path in made:
        assert same_variables(path, finished.folder / path.relative_to(folder)), path


def test_nothing_is_left_aside(finished):
    assert not list(finished.results.rglob(".*.tmp*"))


def test_a_killed_run_leaves_whole_files_and_the_next_one_completes(finished, tmp_path_factory):
    folder = copy_project(tmp_path_factory.mktemp("killed"))
    target = "results/heading/decoded/rat1.nc"
    kill_when_writing(folder, target)
    for path in (folder / "results").rglob("[!.]*.nc"):
        load(path)
    assert snakemake(folder, "--unlock").returncode == 0
    run = snakemake(folder, "--rerun-incomplete", target)
    assert run.returncode == 0, run.stderr[-3000:]
    assert same_variables(folder / target, finished.folder / target)
    assert not list((folder / "results").rglob(".*.tmp*"))


def kill_when_writing(folder, target):
    """Kill the whole process group while the first file is written aside."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", target]
    process = subprocess.Popen(
        [*command, "--configfile", "config/test.yaml"],
        cwd=folder,
        env=environment(folder),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not list((folder / "results").rglob(".*.tmp*")):
        time.sleep(0.005)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
