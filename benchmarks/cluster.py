"""What a lab with some cores gets: measured seconds a job, and the graph of jobs.

``python -m benchmarks.cluster RUN`` reads a finished run (a project folder): its graph of jobs and
the seconds that Snakemake's benchmark files give for each, and writes ``cluster.csv``. Times on
more cores than were measured are computed: jobs start in the order of their way to the end
(`benchmarks.makespan`), each takes as long as it was measured, and on a cluster so many seconds
longer as a submission costs there. Groups are those of ``workflow/profiles/slurm``.

``--measured 2=486`` says how many seconds the run itself took, on two cores here: that is set
beside what is computed. With another scale (``--configfile``) than that of the run, jobs that the
run did not have count as the mean of their rule, or as ``--seconds RULE=SECONDS`` says; how many
jobs were measured is in the table.
"""

import argparse
import csv
import sys
from collections.abc import Hashable, Mapping
from pathlib import Path
from statistics import fmean

import yaml

from benchmarks.job_graph import Job, graph_of, groups_of
from benchmarks.makespan import critical_chain, critical_path, grouped, makespan
from benchmarks.peers import ROOT
from benchmarks.run import write_table

CORES = (1, 2, 4, 8, 16, 32, 100)
SUBMISSION = 6.0  # s a submission to SLURM, measured on one node
COLUMNS = (
    *("run", "where", "cores", "jobs", "jobs_measured", "submissions", "work_s", "seconds"),
    *("measured_s", "speed_up", "critical_path_s"),
)
PROFILE = ROOT / "workflow" / "profiles" / "slurm" / "config.yaml"
Seconds = dict[int, float]
Needs = dict[int, set[int]]


def seconds_of(
    jobs: Mapping[int, Job], folder: Path, given: Mapping[str, float]
) -> tuple[Seconds, int]:
    """Seconds of each job, and of how many they were measured; 0 for those that name others."""
    seconds, n_measured = {}, 0
    means: dict[str, float] = {}
    for number, job in jobs.items():
        path = folder / job.benchmark
        if not job.benchmark:
            seconds[number] = 0.0
        elif job.rule in given:
            seconds[number] = given[job.rule]
        elif path.exists():
            seconds[number], n_measured = measured_seconds(path), n_measured + 1
        else:
            if job.rule not in means:
                means[job.rule] = mean_seconds(job.rule, folder / "results" / "benchmarks")
            seconds[number] = means[job.rule]
    return seconds, n_measured


def measured_seconds(path: Path) -> float:
    """Seconds of a job, from Snakemake's benchmark file."""
    with path.open(newline="") as file:
        return float(next(csv.DictReader(file, delimiter="\t"))["s"])


def mean_seconds(rule: str, folder: Path) -> float:
    """Mean seconds of the jobs of a rule that were measured."""
    files = [*folder.glob(f"{rule}.tsv"), *folder.joinpath(rule).rglob("*.tsv")]
    if not files:
        sys.exit(
            f"{folder}: expected benchmarks of {rule}, found none; give a finished run, or "
            f"--seconds {rule}=SECONDS"
        )
    return fmean(map(measured_seconds, files))


def rows_of(
    seconds: Seconds, needs: Needs, group: Mapping[int, Hashable], measured: Mapping[int, float]
) -> list[dict]:
    """Rows for this machine, a cluster, and a cluster with groups.

    Parameters
    ----------
    seconds, needs : dict
        By number of the job.
    group : Mapping
        Group of each grouped job.
    measured : Mapping
        Seconds that the run took here, by number of cores.
    """
    work = sum(seconds.values())
    gathered, waits = grouped(seconds, needs, group)
    cases = {
        "local": (seconds, needs, 0.0),
        "slurm": (seconds, needs, SUBMISSION),
        "slurm, grouped": (gathered, waits, SUBMISSION),
    }
    rows = []
    for where, (jobs, before, overhead) in cases.items():
        timed = {job: s + overhead if s else 0.0 for job, s in jobs.items()}
        longest = critical_path(timed, before)
        for cores in CORES:
            took = makespan(timed, before, cores)
            known = measured.get(cores) if where == "local" else None
            rows.append(
                {
                    "where": where,
                    "cores": cores,
                    "jobs": sum(s > 0 for s in seconds.values()),
                    "submissions": sum(s > 0 for s in timed.values()) if overhead else 0,
                    "work_s": f"{work:.0f}",
                    "seconds": f"{took:.0f}",
                    "measured_s": "" if known is None else f"{known:.0f}",
                    "speed_up": f"{work / took:.2f}",
                    "critical_path_s": f"{longest:.0f}",
                }
            )
    return rows


def main(arguments: list[str] | None = None) -> list[dict]:
    """Read a run and write the table; rows of other runs stay in it.

    Returns
    -------
    list of dict
        Its rows of the run.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.cluster", description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path, help="a project folder with a finished run")
    parser.add_argument("--run", default="default", help="name of the run in the table")
    parser.add_argument("--configfile", nargs="*", default=[], help="as of the run")
    parser.add_argument("--target", nargs="*", default=[], help="as of the run")
    pairs = {"nargs": "*", "default": [], "metavar": "NAME=SECONDS"}
    parser.add_argument("--measured", help="the whole run, by cores", **pairs)
    parser.add_argument("--seconds", help="a job, by rule", **pairs)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    jobs, needs = graph_of(asked.folder, asked.configfile, asked.target)
    seconds, n_measured = seconds_of(jobs, asked.folder, pairs_of(asked.seconds))
    group = groups_of(jobs, needs, yaml.safe_load(PROFILE.read_text(encoding="utf-8")))
    measured = {int(cores): value for cores, value in pairs_of(asked.measured).items()}
    about = {"run": asked.run, "jobs_measured": n_measured}
    rows = [about | row for row in rows_of(seconds, needs, group, measured)]
    for row in rows:
        print(" | ".join(str(row[column]) for column in COLUMNS))
    chain = [n for n in critical_chain(seconds, needs) if seconds[n]]
    print("critical path:", ", ".join(f"{jobs[n].rule} {seconds[n]:.1f} s" for n in chain))
    table = asked.out / "cluster.csv"
    write_table(table, COLUMNS, [*other_rows(table, asked.run), *rows])
    return rows


def pairs_of(entries: list[str]) -> dict[str, float]:
    """Read ``NAME=SECONDS``."""
    split = [entry.partition("=") for entry in entries]
    return {name: float(value) for name, _, value in split}


def other_rows(table: Path, run: str) -> list[dict]:
    """Rows of a table that are about other runs."""
    if not table.exists():
        return []
    with table.open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["run"] != run]


if __name__ == "__main__":
    main(sys.argv[1:])
