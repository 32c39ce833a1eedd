"""The methods paragraph: its numbers are those of the configuration, its steps those that ran."""

import copy
import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from analysis.methods import SHUFFLES, Steps, methods_paragraph
from analysis.methods_references import WORKS
from neurosim.calibration.significance import TARGET
from neurosim.decode.checks.place_cells import ALPHA, MIN_RATE
from neurosim.decode.dynamic_models import DynamicsParameters
from neurosim.decode.kinematics import INTERVAL
from neurosim.decode.shuffles import SHUFFLES as ALL_SHUFFLES
from neurosim.stats.deconvolution import N_BOOTSTRAP, PERCENTILES

CONFIG = yaml.safe_load((Path(__file__).parents[2] / "config" / "config.yaml").read_text())
VERSIONS = {
    "neurosim": "0.1",
    "Python": "3.11",
    "numpy": "2.4",
    "scipy": "1.17",
    "xarray": "2026.9",
}
VERSIONS |= {"snakemake": "9.27"}
CONSTANTS = {*PERCENTILES, N_BOOTSTRAP, MIN_RATE, ALPHA, 1000 * DynamicsParameters.walk_s, 95}
CONSTANTS |= {100 * share for share in (*INTERVAL, TARGET)}
ALPHAS = (0.0312, 0.0201, 0.0499)


def configuration() -> dict:
    """What the rules leave in the files of a recording."""
    replay, heading = CONFIG["replay"], CONFIG["heading"]
    tested = {name: replay["significance"][name] for name in ("n_shuffles", "shuffles", "bin_s")}
    ratios = ("slowest_ratio", "fastest_ratio")
    twins = {k: v for k, v in replay["twins"].items() if k not in ("n_simulated", "n_shuffles")}
    return copy.deepcopy(
        {
            "check_recording": replay["checks"],
            "fit_place_fields": {"fields": replay["fields"], "bin_s": replay["fit_bin_s"]},
            "decode_wake_position": {"wake": replay["wake"]},
            "find_candidate_events": replay["candidates"],
            "decode_events": replay["trajectories"],
            "compare_dynamics": replay["dynamics"] | {"bin_s": replay["trajectories"]["bin_s"]},
            "shuffle_events": tested,
            "calibrate_recording": {
                "twins": twins | {name: replay["trajectories"][name] for name in ratios},
                "analysis": {
                    "significance": tested | {"n_shuffles": replay["twins"]["n_shuffles"]}
                },
            },
            "decode_heading": {"tuning": heading["tuning"], "decoding": heading["decoding"]},
        }
    )


def steps(**changed) -> Steps:
    given = configuration()
    everything = Steps(
        given, frozenset(given), VERSIONS, 7, ripples=True, alpha=ALPHAS, null="time_bin",
        corrected=True, contaminated=True,
    )  # fmt: skip
    return replace(everything, **changed)


def numbers(values) -> set[float]:
    """Every number of a configuration, also in ms and in percent."""
    if isinstance(values, dict):
        return set().union(*(numbers(value) for value in values.values()))
    if isinstance(values, list):
        return set().union(*(numbers(value) for value in values))
    known = isinstance(values, int | float) and not isinstance(values, bool)
    return {values, 1000 * values, 100 * values} if known else set()


def written(text: str) -> list[float]:
    """Numbers of a paragraph, without those of references and versions."""
    text = re.sub(r"\[[\d, ]+\]", "", text)
    for version in VERSIONS.values():
        text = re.sub(rf" {re.escape(version)}\b", "", text)
    return [float(number) for number in re.findall(r"(?<![\w.])\d+(?:\.\d+)?", text)]


def test_every_number_is_one_of_the_configuration():
    text = methods_paragraph(steps()).text
    allowed = numbers(configuration()) | CONSTANTS | {7, *ALPHAS}
    found = written(text)
    assert len(found) > 45
    for number in found:
        assert any(abs(number - known) <= 1e-9 * max(known, 1) for known in allowed), number


def changed(values, path=()):
    """Each number of a configuration, by its path, and the configuration with it changed."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, dict | list):
            yield from changed(value, (*path, key))
        elif isinstance(value, int | float) and not isinstance(value, bool):
            yield (*path, key), value


def test_every_number_of_the_configuration_changes_the_text():
    base = methods_paragraph(steps()).text
    silent = set()
    for path, value in changed(configuration()):
        other = configuration()
        node = other
        for key in path[:-1]:
            node = node[key]
        node[path[-1]] = value + 1
        if methods_paragraph(steps(configuration=other)).text == base:
            silent.add(".".join(map(str, path)))
    assert silent == {
        "check_recording.n_events",  # shown on the page
        "fit_place_fields.fields.arena_bin_m",  # of arenas; replay is on a track
        "calibrate_recording.analysis.significance.bin_s",  # told of the recording
        "decode_heading.tuning.rate_floor_hz",
    }


@pytest.mark.parametrize(
    ("step", "words"),
    [
        ("check_recording", "spatial information"),
        ("fit_place_fields", "Place fields were"),
        ("decode_wake_position", "running animal was decoded"),
        ("find_candidate_events", "Candidate events were bursts"),
        ("decode_events", "Direction and speed"),
        ("compare_dynamics", "The dynamics of"),
        ("shuffle_events", "weighted correlation"),
        ("calibrate_recording", "own cells"),
        ("decode_heading", "Head-direction tuning"),
    ],
)
def test_a_step_that_was_not_run_is_not_mentioned(step, words):
    whole = steps()
    assert words in methods_paragraph(whole).text
    assert words not in methods_paragraph(replace(whole, done=whole.done - {step})).text


def test_references_are_numbered_in_order_and_all_of_them_are_cited():
    found = methods_paragraph(steps())
    cited = [int(n) for marks in re.findall(r"\[([\d, ]+)\]", found.text) for n in marks.split(",")]
    assert list(dict.fromkeys(cited)) == list(range(1, len(found.references) + 1))
    assert set(found.references) == set(WORKS.values())
    assert all(work.doi.startswith("10.") for work in found.references)
    assert "@" not in found.text


def test_what_did_not_happen_is_told_otherwise():
    text = methods_paragraph(
        steps(alpha=None, ripples=False, corrected=False, length_unit="track", contaminated=False)
    ).text
    assert "at the nominal level of 0.05" in text
    assert "no ripple power was recorded" in text
    assert "0.08 track lengths a second" in text
    assert "log-normal" not in text
    assert "Contamination" not in text


def test_every_shuffle_has_words():
    assert set(SHUFFLES) == set(ALL_SHUFFLES)
