"""Configuration files: read as plain values, each key once; names and paths that do no harm."""

import copy
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from running import PROJECT
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from benchmarks.project import environment
from neurosim import NeurosimError
from workflow.config_files import MOST_VALUES, merged, read_file
from workflow.configuration import check_configuration
from workflow.disk import check_writable
from workflow.names import path_problems
from workflow.plain_values import text_problems

SHIPPED = sorted((PROJECT / "config").glob("*.yaml"))


def refusal(path: Path) -> str:
    with pytest.raises(NeurosimError) as raised:
        read_file(path)
    assert "\n" not in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_files_are_read_as_snakemake_reads_them(path):
    theirs: dict = {}
    for file in (PROJECT / "config" / "config.yaml", path):
        update_config(theirs, load_configfile(str(file)))
    assert merged([PROJECT / "config" / "config.yaml", path]) == theirs


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("ab:-1 "),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc"), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text("abc", min_size=1), values, min_size=1, max_size=4))
def test_what_was_written_is_read(tmp_path_factory, config):
    path = tmp_path_factory.mktemp("config") / "mine.yaml"
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    assert read_file(path) == config


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ["keys and values", "nothing"]),
        (b"- seed\n", ["keys and values", "a list"]),
        (b"seed: 1\nseed: 2\n", ["line 2", "once", "'seed'"]),
        (b'{"seed": 1, "seed": 2}', ["once", "'seed'"]),
        (b"simulation:\n  session: {a: 1, a: 2}\n", ["line 2", "'a'"]),
        ("# für\nseed: 3\n".encode("latin-1"), ["UTF-8", "0xfc", "at 3"]),
        (b"seed: [1\n", ["expected YAML"]),
        (b"seed: !!python/name:os.system\n", ["expected YAML", "python/name"]),
        (b"recordings: &r\n  x: *r\n", ["anchor", "within itself"]),
        (b"3: 4\n", ["text as key", "quote"]),
        (b"seed: 010\n", ["010", "reads as 8"]),
        (b"seed: 1:30\n", ["1:30", "reads as 90"]),
        (b"__use_yte__: true\nseed: 3\n", ["__use_yte__", "template"]),
        (b"seed: 2020-13-45\n", ["plain values", "month"]),
        (b"seed: " + b"[" * 5000, ["YAML"]),
    ],
)
def test_a_file_that_says_something_else_than_it_seems_to_is_refused(tmp_path, content, words):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content)
    message = refusal(path)
    assert "mine.yaml" in message
    for word in words:
        assert word in message


@pytest.mark.parametrize(("start", "stop"), ["[]", "{}"])
def test_anchors_that_multiply_are_refused_before_they_do(tmp_path, start, stop):
    lines = ["a0: &a0 " + ("[x]" if start == "[" else "{k: x}")]
    for n in range(1, 40):
        pair = f"*a{n - 1}, *a{n - 1}" if start == "[" else f"k: *a{n - 1}, l: *a{n - 1}"
        lines.append(f"a{n}: &a{n} {start}{pair}{stop}")
    path = tmp_path / "mine.yaml"
    path.write_text("\n".join(lines))
    assert f"at most {MOST_VALUES} values" in refusal(path)


def test_a_missing_file_is_named(tmp_path):
    assert "no such configuration file" in refusal(tmp_path / "mine.yaml")
    assert "mine.yaml: expected a file" in refusal_of_folder(tmp_path / "mine.yaml")


def refusal_of_folder(path: Path) -> str:
    path.mkdir()
    return refusal(path)


@pytest.mark.parametrize("text", ["rat1\n", "a\tb", "a\0b", "x" * 201, "ab" * 20, "\u2028"])
def test_texts_that_no_name_can_hold_are_found_as_keys_and_as_values(text):
    assert text_problems({"a": [{"b": text}]})[0].startswith("a.0.b: expected ")
    assert text_problems({"a": {text: 1}})[0].startswith("a: expected ")
    assert not text_problems({"a": {"b": "två ord, 1.5 \u00b5m"}})


@pytest.mark.parametrize(
    "path", ["results/x.nc", "./results/recordings/rat1.nc", "a/../results/x", "{x}.nc", "a*.nc"]
)
def test_paths_that_rules_would_make_or_read_as_patterns_are_refused(path):
    (problem,) = path_problems("recordings.mine", path)
    assert problem.startswith("recordings.mine: expected a path ")


@pytest.mark.parametrize("path", ["mine.nc", "../results/mine.nc", "/data/results/a b.nc"])
def test_other_paths_are_the_users_own(path):
    assert not path_problems("recordings.mine", path)


@pytest.mark.parametrize(
    ("key", "name", "words"),
    [
        ("recordings", "linear_track", ["reverse.tracks, recordings", "share files"]),
        ("recordings", "RAT1", ["simulation.subjects", "'rat1' and 'RAT1'"]),
        ("recordings", "a" + 4 * "0123456789", ["at most 40"]),
    ],
)
def test_names_that_would_share_files_are_refused(tmp_path, recording_path, key, name, words):
    config = copy.deepcopy(merged([PROJECT / "config" / "config.yaml"]))
    config[key] = {name: str(recording_path)}
    with pytest.raises(NeurosimError) as raised:
        check_configuration(config, ["mine.yaml"])
    for word in words:
        assert word in str(raised.value)


def test_files_are_checked_without_snakemake(tmp_path):
    bad = tmp_path / "bad.yaml"
    bad.write_bytes(b"seed: \xff\n")
    command = [sys.executable, "-m", "workflow.config_files"]
    said = {"cwd": PROJECT, "env": environment(PROJECT), "capture_output": True, "text": True}
    run = subprocess.run([*command, "config/test.yaml", bad], **said)
    assert run.returncode == 1
    (line,) = run.stderr.splitlines()
    assert "UTF-8" in line
    run = subprocess.run([*command, "config/test.yaml"], **said)
    assert run.returncode == 0
    assert "nothing wrong" in run.stdout


def test_a_folder_that_can_be_written_to_is_left_as_it_was(tmp_path):
    check_writable([str(tmp_path), str(tmp_path / "not" / "yet")])
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_named():
    with pytest.raises(NeurosimError, match=r"^/proc/results: expected a folder to write to"):
        check_writable(["/proc/results"])
