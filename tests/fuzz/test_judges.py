"""The judges of the fuzzing: what a silently wrong result, a crash or a hang is called."""

import os
import signal
import time

import pytest
from configuration_border import differing_keys
from configuration_border import outcome as of_configuration
from isolation import Ended, isolated
from mutated_configurations import Mutated, overlay
from recording_border import outcome as of_recording

from neurosim import NeurosimError
from workflow.config_files import merged

SOUND = {"fields": "ab", "wake": "cd"}
REFUSED = "refused: rat1.nc: expected a clock, found none"


@pytest.mark.parametrize(
    ("kind", "results", "judged"),
    [
        ("damage", {"fields": "ab", "wake": "cd"}, "same result"),
        ("damage", {"fields": "ab", "wake": "xx"}, "silently wrong"),
        ("contradiction", {"fields": "xx", "wake": REFUSED}, "silently wrong"),
        ("content", {"fields": "xx", "wake": "cd"}, "another result"),
        ("content", {"fields": "not run: no track", "wake": "cd"}, "not run"),
        ("damage", {"fields": "ab", "wake": REFUSED}, "refused"),
        ("damage", {"fields": "ab", "wake": REFUSED + "\nand more"}, "refused badly"),
    ],
)
def test_results_of_a_mutated_recording_are_judged(kind, results, judged):
    assert of_recording(kind, Ended("returned", results), SOUND) == judged


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(
    ("call", "how"),
    [
        (lambda: 3, "returned"),
        (lambda: fail(NeurosimError("rat1.nc: expected")), "refused"),
        (lambda: fail(KeyError("x")), "raised"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "crashed"),
        (lambda: os._exit(0), "crashed"),
        (lambda: time.sleep(60), "hung"),
    ],
)
def test_what_becomes_of_a_call_is_seen_from_outside(call, how):
    assert isolated(call, limit_s=1.0).how == how


def test_a_mutated_configuration_that_changes_another_key_is_silently_wrong(tmp_path):
    sound = {"seed": 1, "session": {"rest_s": 2.0, "bins_s": [1, 2]}}
    base, above = tmp_path / "base.yaml", tmp_path / "above.yaml"
    base.write_bytes(overlay(sound, ("session",), sound["session"]).content + b"seed: 1\n")
    mutated = overlay(sound, ("session", "bins_s", 1), 5)
    above.write_bytes(mutated.content)
    found = merged([base, above])
    assert found["session"] == {"rest_s": 2.0, "bins_s": [1, 5]}
    judged = of_configuration(mutated, Ended("returned", found), sound, [base, above])
    assert judged == "accepted"
    elsewhere = Mutated(mutated.content, ("seed",))
    judged = of_configuration(elsewhere, Ended("returned", found), sound, [base, above])
    assert judged == "silently wrong"
    assert differing_keys(sound, found) >= {("session", "bins_s", 1)}
    judged = of_configuration(mutated, Ended("returned", sound), sound, [base, above])
    assert judged == "read otherwise"
