"""What a mutated configuration meets: the border that the Snakefile holds, and Snakemake's plan."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from isolation import Ended, isolated
from mutated_configurations import MUTATIONS, Key, Mutated, places
from snakemake.common.configfile import load_configfile
from snakemake.utils import update_config

from benchmarks.project import PARTS
from neurosim.seeds import generator
from workflow.config_files import check_files, merged
from workflow.configuration import check_configuration


def project_of_links(source: Path, folder: Path) -> Path:
    """Make a folder in which Snakemake can plan without touching the project's own."""
    for part in PARTS:
        (folder / part).symlink_to(source / part)
    return folder


def accepted(files: Sequence[Path]) -> dict[str, Any]:
    """Read and check files as `workflow/rules/common.smk` does; NeurosimError for bad ones."""
    names = [str(file) for file in files]
    check_files(names)
    config = merged(files)
    check_configuration(config, names)
    return config


def differing_keys(config: Mapping[str, Any], other: Mapping[str, Any]) -> set[Key]:
    one, two = ({key: repr(v) for key, v in places(c)} for c in (config, other))
    return {key for key in one.keys() | two.keys() if one.get(key) != two.get(key)}


def outcome(mutated: Mutated, ended: Ended, sound: Mapping[str, Any], files: list[Path]) -> str:
    """Judge what became of a mutated configuration."""
    if ended.how in ("raised", "crashed", "hung"):
        return ended.how
    if ended.how == "refused":
        return "refused" if "\n" not in ended.value and len(ended.value) < 1000 else "refused badly"
    snakemakes: dict[str, Any] = {}
    for file in files:
        update_config(snakemakes, load_configfile(str(file)))
    if differing_keys(snakemakes, ended.value):
        return "read otherwise"
    if mutated.key is not None:
        depth = len(mutated.key)
        others = {
            key
            for key in differing_keys(sound, ended.value)
            if key[:depth] != mutated.key and key != mutated.key[: len(key)]
        }
        if others:
            return "silently wrong"
    return "accepted" if differing_keys(sound, ended.value) else "unchanged"


def try_configuration(
    index: int, seed: int, sound: dict[str, Any], project: Path, with_plan: bool
) -> tuple[str, str, str, str]:
    """Mutate a configuration and see: kind, mutation, outcome, and what was said."""
    rng = generator(seed, "fuzz", "configuration", str(index))
    name = list(MUTATIONS)[index % len(MUTATIONS)]
    mutated = MUTATIONS[name](sound, rng)
    overlay = project / "overlay.yaml"
    overlay.write_bytes(mutated.content)
    shipped = [project / "config" / "config.yaml", project / "config" / "test.yaml"]
    files = [overlay] if mutated.alone else [*shipped, overlay]
    os.chdir(project)
    ended = isolated(lambda: accepted(files), limit_s=20.0)
    said = ended.value if isinstance(ended.value, str) else ""
    how = outcome(mutated, ended, sound, files)
    if how in ("accepted", "unchanged") and with_plan and not mutated.alone:
        how, said = planned(project, how)
    short = mutated.content[:200] if mutated.key is None else f"{mutated.key}"
    return "text" if mutated.key is None else "key", name, how, f"{short!r}: {said[-1500:]}"


def planned(project: Path, how: str) -> tuple[str, str]:
    """Have Snakemake plan: every file it would make has to lie in results."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--detailed-summary"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    run = subprocess.run(
        [*command, "--configfile", "config/test.yaml", "overlay.yaml"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project), "PATH": path},
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    if run.returncode:
        return "no plan", run.stderr
    rows = [line.split("\t") for line in run.stdout.splitlines()]
    table = rows[next(n for n, row in enumerate(rows) if row[0] == "output_file") :]
    column = table[0].index("output_file")
    made = [row[column] for row in table[1:]]
    outside = [f for f in made if not f.startswith("results/") or ".." in Path(f).parts]
    return ("makes files elsewhere", str(outside)) if outside or not made else (how, "")
