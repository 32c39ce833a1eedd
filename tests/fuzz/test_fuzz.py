"""Mutated recordings and configurations: never a traceback, never a silently wrong result.

`make test` tries a few of each; `make fuzz` tries 500 of each and writes the table of outcomes.
"""

import os
from collections import Counter
from pathlib import Path

import pytest
import yaml
from recording_border import results_of, try_recording

SEED = 20240229
NUMBERS = range(*map(int, os.environ.get("FUZZ", "0:12").split(":")))
TABLE = os.environ.get("FUZZ_TABLE")
PROJECT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text(encoding="utf-8"))
BAD = {"raised", "crashed", "hung", "refused badly", "silently wrong"}


def test_a_mutated_recording_is_refused_or_changes_nothing_silently(recording_path, tmp_path):
    sound = results_of(recording_path, CONFIG, tmp_path)
    tried = [
        (number, *try_recording(number, SEED, recording_path, sound, CONFIG, tmp_path))
        for number in NUMBERS
    ]
    report("recording", tried)


def report(what: str, tried: list[tuple[int, str, str, str, str]]) -> None:
    counts = Counter((kind, name, ended) for _, kind, name, ended, _ in tried)
    rows = [(what, *key, str(count)) for key, count in sorted(counts.items())]
    for row in rows:
        print("  ".join(row))
    bad = [f"{n} {name}: {ended}: {said}" for n, _, name, ended, said in tried if ended in BAD]
    assert not bad, "\n".join(bad)


@pytest.fixture(autouse=True)
def quiet(recwarn):
    """Warnings of mutated files are not the question here."""
