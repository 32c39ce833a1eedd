"""Adapters: blind to the truth, free of torch, and clear when something is wrong."""

import importlib
import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import _job
import netCDF4
import numpy as np
import pytest
import xarray as xr
import yaml
from running import PROJECT, same_variables

from neurosim import NeurosimError
from neurosim.files import load, read_attributes
from neurosim.recording import group_names, open_truth

SCRIPTS = sorted(p.stem for p in (PROJECT / "workflow" / "scripts").glob("[a-z]*.py"))
CONFIG = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text())


def run(name, **arguments):
    importlib.import_module(name).main(**arguments)


def decode_everything(recording: Path, folder: Path) -> None:
    """Run every adapter that decodes a recording, as the rules do."""
    replay, heading = CONFIG["replay"], CONFIG["heading"]
    shared = {"recording": recording, "seed": 1}
    out = {
        n: folder / f"{n}.nc"
        for n in (
            *("fields", "maps", "wake", "candidates", "events", "dynamics"),
            *("p", "tracks", "turns", "heading", "virtual", "inactivation", "g", "checks"),
        )
    }
    fit = {"fields": replay["fields"], "bin_s": replay["fit_bin_s"]}
    run("fit_place_fields", **shared, out=out["fields"], maps=out["maps"], **fit)
    wake = {"fields": replay["fields"], "wake": replay["wake"]}
    run("decode_wake_position", **shared, out=out["wake"], **wake)
    run("find_candidate_events", **shared, out=out["candidates"], candidates=replay["candidates"])
    run(
        "decode_events",
        **shared,
        fields=out["fields"],
        candidates=out["candidates"],
        out=out["events"],
        trajectories=replay["trajectories"],
    )
    run(
        "compare_dynamics",
        **shared,
        fields=out["fields"],
        candidates=out["candidates"],
        out=out["dynamics"],
        decoder={"bin_s": replay["trajectories"]["bin_s"]} | replay["dynamics"],
    )
    checked = {name: replay[name] for name in ("fields", "fit_bin_s")}
    checked |= {name: replay["candidates"][name] for name in ("states", "min_cells")}
    run(
        "check_recording",
        **shared,
        candidates=out["candidates"],
        out=out["checks"],
        subject="s",
        checks=checked | {"n_shuffles": 50},
    )
    names = ("shuffles", "bin_s")
    tested = {name: replay["significance"][name] for name in names} | {"n_shuffles": 50}
    own = shared | {"candidates": out["candidates"], "subject": "s", "significance": tested}
    run("shuffle_events", **own, fields=out["fields"], out=out["p"])
    run("compare_track_maps", **own, maps=out["maps"], out=out["tracks"])
    run(
        "measure_signatures",
        **shared,
        maps=out["maps"],
        candidates=out["candidates"],
        out=out["g"],
        subject="s",
        fields=replay["fields"],
        fit_bin_s=replay["fit_bin_s"],
        signatures=replay["signatures"],
    )
    turns = {name: heading[name] for name in ("turn_cells", "turn_events")}
    run("measure_turns", **shared, out=out["turns"], subject="s", **turns)
    part = {name: heading[name] for name in ("tuning", "decoding")}
    run("decode_heading", **shared, out=out["heading"], subject="s", **part)
    run(
        "relate_turns",
        **shared,
        decoded=out["heading"],
        turns=out["turns"],
        out=out["virtual"],
        subject="s",
        relation=heading["relation"],
    )
    run(
        "measure_inactivation",
        **shared,
        decoded=out["heading"],
        out=out["inactivation"],
        inactivation={
            name: heading["inactivation"][name] for name in ("bin_s", "reversal_deg", "max_gap_s")
        },
    )


def without_truth(recording: Path, out: Path) -> Path:
    """Copy a recording without its truth."""
    names = [name for name in group_names(recording) if not name.startswith("truth")]
    tree = xr.DataTree.from_dict({f"/{name}": load(recording, name) for name in names})
    tree.attrs.update(read_attributes(recording))
    tree.to_netcdf(out)
    return out


def with_shuffled_truth(recording: Path, out: Path, rng) -> Path:
    """Copy a recording with every variable of its truth permuted."""
    out.write_bytes(recording.read_bytes())
    with netCDF4.Dataset(out, "a") as file:
        for name in group_names(out):
            if not name.startswith("truth/"):
                continue
            for variable in file[name].variables.values():
                variable.set_auto_mask(False)
                values = np.asarray(variable[...])
                variable[...] = rng.permuted(values.ravel()).reshape(values.shape)
    return out


@pytest.fixture(scope="module")
def decoded(recording_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp("decoded")
    decode_everything(recording_path, folder)
    return folder


@pytest.mark.parametrize("kind", ["absent", "shuffled"])
def test_decoding_does_not_read_the_truth(decoded, recording_path, tmp_path, rng, kind):
    # The same name, since it names the streams of the shuffles.
    copied = tmp_path / "copy" / recording_path.name
    copied.parent.mkdir()
    if kind == "absent":
        without_truth(recording_path, copied)
        with pytest.raises(NeurosimError):
            open_truth(copied, "events")
    else:
        with_shuffled_truth(recording_path, copied, rng)
        shuffled = open_truth(copied, "events")["start"].values
        assert not np.array_equal(shuffled, open_truth(recording_path, "events")["start"].values)
    decode_everything(copied, tmp_path)
    files = sorted(decoded.glob("*.nc"))
    assert len(files) == 14
    for path in files:
        assert same_variables(path, tmp_path / path.name), path.name


def test_only_the_simulator_and_comparisons_with_truth_read_it():
    def mentioning(words: str) -> set[str]:
        return {
            path.relative_to(PROJECT).as_posix()
            for folder in ("neurosim", "analysis", "workflow")
            for path in (PROJECT / folder).rglob("*.py")
            if words in path.read_text()
        }

    groups = mentioning('"truth/') | mentioning("'truth/") | mentioning('"/truth')
    assert groups == {
        "neurosim/emergent/recording.py",
        "neurosim/importing/nwb_contents.py",  # carried into NWB files and back, not looked at
        "neurosim/nwb/placing.py",
        "neurosim/recording.py",
        "neurosim/simulation.py",
    }
    assert mentioning("open_truth") == {
        "neurosim/recording.py",
        "workflow/scripts/draw_emergent_event.py",
        "workflow/scripts/match_planted_events.py",
        "workflow/scripts/match_planted_heading.py",
        "workflow/scripts/match_planted_inactivation.py",
        "workflow/scripts/match_planted_signatures.py",
        "workflow/scripts/match_planted_turns.py",
        "workflow/scripts/measure_packets.py",
    }


def test_rules_that_train_nothing_import_no_torch():
    training = {
        "train_on_track",
        "train_on_mazes",
        "vary_discount",
        "choose_by_models",
        "learn_from_sleep",
        "separate_environments",
        "train_deep_agents",
        "learn_in_turn",
        "learn_to_learn",
        "train_skill",
        "vary_memory",
        "count_memory_cost",
        "embed_instructions",
        "find_confidence",
        "train_instructed",
        "measure_held_out",
        "learn_by_inputs",
        "measure_representation",
        "communicate",
        "draw_tasks",
    }
    assert training <= set(SCRIPTS)
    names = [name for name in SCRIPTS if name not in training]
    code = f"import sys, {', '.join(names)}; sys.exit('torch' in sys.modules)"
    path = os.pathsep.join([str(PROJECT / "workflow" / "scripts"), str(PROJECT)])
    environment = {**os.environ, "PYTHONPATH": path}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


def test_importing_the_library_is_cheap():
    code = "import sys, neurosim; print(*(n for n in sys.modules if '.' not in n))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout
    assert not {"numpy", "xarray", "torch", "scipy", "pandas", "netCDF4"} & set(output.split())


def test_every_rule_has_an_adapter_of_its_name_and_every_adapter_a_rule():
    rules = set()
    for path in (PROJECT / "workflow" / "rules").glob("*.smk"):
        lines = path.read_text().splitlines()
        rules |= {line[5:-1] for line in lines if line.startswith("rule ")}
    studies = {"replay", "heading", "emergent", "reverse", "imagination", "memory", "instruction"}
    assert rules - studies == set(SCRIPTS)


def fake_rule(tmp_path, **parts):
    parts = {"input": {}, "output": {}, "params": {}, **parts}
    return SimpleNamespace(
        rule="some_rule", log=[str(tmp_path / "logs" / "job.log")], threads=1, **parts
    )


@pytest.fixture
def root_logger():
    """Give the root logger back as it was: a job configures it for its own process."""
    root = logging.getLogger()
    handlers = root.handlers[:]
    root.handlers = []
    yield root
    for handler in root.handlers:
        handler.close()
    root.handlers = handlers
    logging.captureWarnings(False)
    logging.raiseExceptions = True


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NeurosimError("file.nc: expected spikes, found none"), ["some_rule", "file.nc: expected"]),
        (KeyError("x"), ["unexpected error", "some_rule", "KeyError", "job.log"]),
        (MemoryError("Unable to allocate 3 TiB"), ["some_rule", "memory", "3 TiB", "less"]),
    ],
)
def test_an_error_reaches_the_user_as_a_line_and_the_log_as_a_traceback(
    tmp_path, capsys, root_logger, error, words
):
    with pytest.raises(SystemExit), _job.job(fake_rule(tmp_path)):
        raise error
    shown = capsys.readouterr().err.strip()
    assert "\n" not in shown
    assert all(word in shown for word in words)
    assert "Traceback" in (tmp_path / "logs" / "job.log").read_text()


def test_a_log_that_cannot_be_written_is_said_in_a_line(tmp_path, capsys, root_logger):
    (tmp_path / "logs").write_text("a file where the folder should be")
    with pytest.raises(SystemExit), _job.job(fake_rule(tmp_path)):
        pass
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("error in some_rule: ")
    assert "job.log: expected to write the log, found: " in line


def test_arguments_are_paths_lists_of_paths_and_params(tmp_path):
    rule = fake_rule(
        tmp_path,
        input={"recording": "a.nc", "many": ["b.nc", "c.nc"]},
        output={"out": "d.nc"},
        params={"seed": 1, "modules": "hash"},
    )
    assert _job.arguments(rule) == {
        "recording": Path("a.nc"),
        "many": [Path("b.nc"), Path("c.nc")],
        "out": Path("d.nc"),
        "seed": 1,
    }


def test_one_process_alone_runs_the_pipeline():
    """Files that want the finished pipeline go to the same process; see `OF_PIPELINE`."""
    using = {
        path.stem.removeprefix("test_")
        for path in Path(__file__).parent.glob("test_*.py")
        if re.search(r"def \w+\([^)]*\bfinished\b", path.read_text())
    }
    shared = (PROJECT / "tests" / "conftest.py").read_text()
    named = shared.split("OF_PIPELINE = ")[1].split("}\n")[0]
    assert using == set(re.findall(r'"(\w+)"', named))
