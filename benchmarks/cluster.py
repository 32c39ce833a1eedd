"""What a lab with some cores gets: measured seconds a job, and the graph of jobs.

``python -m benchmarks.cluster RUN`` reads a finished run: its graph of jobs and the seconds that
Snakemake's benchmark files give for each, and writes ``cluster.csv``. Times on more cores than
were measured are computed: jobs start in the order of their way to the end
(`benchmarks.makespan`), each takes as long as it was measured, and on a cluster so many seconds
longer as a submission costs there. Groups are those of ``workflow/profiles/slurm``.
"""

import argparse
import csv
import os
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path

import yaml

from benchmarks.makespan import critical_path, grouped, makespan
from benchmarks.peers import ROOT
from benchmarks.run import write_table

CORES = (1, 2, 4, 8, 16, 32, 100)
SUBMISSION = 6.0  # s a submission to SLURM, measured on one node
START = 2.0  # s a job of Snakemake's own, beyond what its benchmark file counts
COLUMNS = (
    "run",
    "where",
    "cores",
    "jobs",
    "submissions",
    "work_s",
    "seconds",
    "speed_up",
    "bound_s",
)
PROFILE = ROOT / "workflow" / "profiles" / "slurm" / "config.yaml"


def graph_of(folder: Path, configs: list[Path]) -> tuple[dict[int, object], dict[int, set[int]]]:
    """Jobs of a run by number, and what each needs; Snakemake builds the graph as for a rerun."""
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        OutputSettings,
        Quietness,
        ResourceSettings,
    )

    before = Path.cwd()
    os.chdir(folder)
    try:
        with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
            workflow = api.workflow(
                ResourceSettings(cores=1),
                config_settings=ConfigSettings(configfiles=configs),
                snakefile=Path("Snakefile"),
            )
            workflow.dag(DAGSettings(forceall=True))
            inner = workflow._workflow  # no public way leads to the jobs
            inner._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
            inner._build_dag()
            dag = inner.dag
            numbers = {job: number for number, job in enumerate(dag.jobs)}
            jobs = {number: job for job, number in numbers.items()}
            needs = {
                number: {numbers[one] for one in dag.dependencies[job]}
                for job, number in numbers.items()
            }
    finally:
        os.chdir(before)
    return jobs, needs


def seconds_of(job: object, folder: Path) -> float:
    """Measured seconds of a job; zero for those that only name others."""
    if not job.benchmark:
        return 0.0
    path = folder / str(job.benchmark)
    if not path.exists():
        sys.exit(f"{path}: expected the benchmark of a finished run, found none")
    with path.open(newline="") as file:
        return float(next(csv.DictReader(file, delimiter="\t"))["s"])


def groups_of(
    jobs: Mapping[int, object], needs: Mapping[int, set[int]], profile: Mapping
) -> dict[int, Hashable]:
    """Group of each grouped job (by number): connected jobs, and several such parts together."""
    wanted = dict(entry.split("=") for entry in profile["groups"])
    size = {name: int(n) for name, n in (e.split("=") for e in profile["group-components"])}
    name_of = {n: wanted[job.rule.name] for n, job in jobs.items() if job.rule.name in wanted}
    part = {number: number for number in name_of}

    def first(number: int) -> int:
        while part[number] != number:
            number = part[number]
        return number

    for number, name in name_of.items():
        for needed in needs[number]:
            if name_of.get(needed) == name:
                low, high = sorted((first(number), first(needed)))
                part[high] = low
    order: dict[str, list[int]] = {}
    for number, name in name_of.items():
        known = order.setdefault(name, [])
        if first(number) not in known:
            known.append(first(number))
    return {
        number: (name, order[name].index(first(number)) // size[name])
        for number, name in name_of.items()
    }


def rows_of(
    run: str, seconds: dict[int, float], needs: dict[int, set[int]], group: dict[int, Hashable]
) -> list[dict]:
    """Rows for this machine, a cluster, and a cluster with groups."""
    n_jobs = sum(value > 0 for value in seconds.values())
    plain = {n: s + START if s else 0.0 for n, s in seconds.items()}
    gathered, waits = grouped(plain, needs, group)
    cases = {
        "local": (plain, needs, 0.0),
        "slurm": (plain, needs, SUBMISSION),
        "slurm, grouped": (gathered, waits, SUBMISSION),
    }
    rows = []
    for where, (jobs, before, overhead) in cases.items():
        timed = {job: s + overhead if s else 0.0 for job, s in jobs.items()}
        alone = makespan(dict(plain.items()), needs, 1)
        for cores in CORES:
            took = makespan(timed, before, cores)
            rows.append(
                {
                    "run": run,
                    "where": where,
                    "cores": cores,
                    "jobs": n_jobs,
                    "submissions": sum(s > 0 for s in timed.values()) if overhead else 0,
                    "work_s": f"{sum(seconds.values()):.0f}",
                    "seconds": f"{took:.0f}",
                    "speed_up": f"{alone / took:.2f}",
                    "bound_s": f"{critical_path(timed, before):.0f}",
                }
            )
    return rows


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.cluster", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="a project folder with a finished run")
    parser.add_argument("--configfile", type=Path, nargs="*", default=[])
    parser.add_argument("--run", default="default", help="name of the run in the table")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    jobs, needs = graph_of(asked.folder, asked.configfile)
    seconds = {number: seconds_of(job, asked.folder) for number, job in jobs.items()}
    group = groups_of(jobs, needs, yaml.safe_load(PROFILE.read_text(encoding="utf-8")))
    rows = rows_of(asked.run, seconds, needs, group)
    write_table(asked.out / "cluster.csv", COLUMNS, rows)
    for row in rows:
        print(" | ".join(str(row[column]) for column in COLUMNS))
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
