"""Mutated files and configurations: never a traceback, never a silently wrong result.

`make test` tries a few of each; `make fuzz` tries 500 of each, has Snakemake plan with every
configuration that is accepted, and writes the table of outcomes.
"""

import csv
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest
import yaml
from configuration_border import accepted, project_of_links, try_configuration
from mutated_arrays import try_arrays
from recording_border import results_of, try_recording

SEED = 20240229
NUMBERS = range(*map(int, os.environ.get("FUZZ", "0:130:9").split(":")))
TABLE = os.environ.get("FUZZ_TABLE")  # where the counts are added to
PROJECT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((PROJECT / "config" / "config.yaml").read_text(encoding="utf-8"))
BAD = {
    *("raised", "crashed", "hung", "refused badly", "silently wrong"),
    *("read otherwise", "no plan", "makes files elsewhere"),
}


def test_a_mutated_recording_is_refused_or_changes_nothing_silently(recording_path, tmp_path):
    sound = results_of(recording_path, CONFIG, tmp_path)
    report(
        "recording",
        [
            try_recording(number, SEED, recording_path, sound, CONFIG, tmp_path)
            for number in NUMBERS
        ],
    )


def test_a_mutated_configuration_is_refused_or_changes_what_it_says(
    recording_path, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    project = project_of_links(PROJECT, tmp_path)
    for name in ("own.nc", "a b.nc", "own.npz"):
        shutil.copy(recording_path, project / name)
    sound = accepted([project / "config" / "config.yaml", project / "config" / "test.yaml"])
    report(
        "configuration",
        [
            try_configuration(number, SEED, sound, project, with_plan=TABLE is not None)
            for number in NUMBERS
        ],
    )


def test_a_mutated_archive_is_refused_or_changes_nothing_silently(tmp_path):
    report("archive", [try_arrays(number, SEED, tmp_path) for number in NUMBERS])


def report(what: str, tried: list[tuple[str, str, str, str]]) -> None:
    counts = Counter((what, kind, name, ended) for kind, name, ended, _ in tried)
    if TABLE:
        add_to_table(Path(TABLE), counts)
    bad = [
        f"{number} {name}: {ended}: {said}"
        for number, (_, name, ended, said) in zip(NUMBERS, tried, strict=True)
        if ended in BAD
    ]
    if bad:
        pytest.fail("\n".join(bad), pytrace=False)


def add_to_table(table: Path, counts: Counter) -> None:
    """Add counts to those of a table that is there, so that it can be made in parts."""
    whole = Counter(counts)
    if table.exists():
        with table.open(newline="") as file:
            whole.update({tuple(row[:-1]): int(row[-1]) for row in list(csv.reader(file))[1:]})
    with table.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("input", "kind", "mutation", "outcome", "count"))
        writer.writerows((*key, count) for key, count in sorted(whole.items()))
    totals = Counter()
    for (what, _, _, ended), count in whole.items():
        totals[what, ended] += count
    for (what, ended), count in sorted(totals.items()):
        print(f"{count:5} {what}s: {ended}")
