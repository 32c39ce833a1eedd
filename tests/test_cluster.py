"""What more cores give, from a run with known times."""

import csv

import numpy as np
import pytest

from benchmarks import cluster
from benchmarks.job_graph import Job, groups_of

PROFILE = {"groups": ["fit=rec", "decode=rec"], "group-components": ["rec=2"]}


def job(rule: str, number: int | None = None) -> Job:
    where = f"{rule}.tsv" if number is None else f"{rule}/{number}.tsv"
    return Job(rule, f"results/benchmarks/{where}", 1)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A finished run: two recordings, each fitted and decoded, and their summary."""
    jobs = {n: job(rule, n // 2) for n, rule in enumerate(["fit", "decode"] * 2)}
    jobs |= {4: job("summarise"), 5: Job("all", "", 1)}
    needs = {0: set(), 1: {0}, 2: set(), 3: {2}, 4: {1, 3}, 5: {4}}
    for number, seconds in enumerate([10.0, 20.0, 10.0, 20.0, 5.0]):
        path = tmp_path / jobs[number].benchmark
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"s\tmax_rss\n{seconds}\t7\n")
    monkeypatch.setattr(cluster, "graph_of", lambda *_: (jobs, needs))
    monkeypatch.setattr(cluster, "PROFILE", tmp_path / "profile.yaml")
    cluster.PROFILE.write_text("groups: [fit=rec, decode=rec]\ngroup-components: [rec=1]\n")
    return tmp_path


def test_rows_say_what_more_cores_give(run):
    rows = cluster.main([str(run), "--out", str(run), "--measured", "1=66", "2=36"])
    table = {(row["where"], row["cores"]): row for row in rows}
    seconds = {key: float(row["seconds"]) for key, row in table.items()}
    assert seconds["local", 1] == 65
    assert seconds["local", 2] == seconds["local", 100] == 35
    assert seconds["slurm", 100] == 35 + 3 * cluster.SUBMISSION
    assert seconds["slurm, grouped", 100] == 35 + 2 * cluster.SUBMISSION
    assert seconds["slurm, grouped", 1] == 65 + 3 * cluster.SUBMISSION
    assert (table["slurm", 2]["submissions"], table["slurm, grouped", 2]["submissions"]) == (5, 3)
    assert [table["local", n]["measured_s"] for n in (1, 2, 4)] == ["66", "36", ""]
    assert table["slurm", 1]["measured_s"] == ""
    assert {row["jobs"] for row in rows} == {row["jobs_measured"] for row in rows} == {5}
    for where in ("local", "slurm", "slurm, grouped"):
        speed_ups = [float(row["speed_up"]) for row in rows if row["where"] == where]
        assert (np.diff(speed_ups) >= 0).all()


def test_the_table_keeps_other_runs(run):
    for name in ("one", "two", "one"):
        rows = cluster.main([str(run), "--out", str(run), "--run", name])
    with (run / "cluster.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert tuple(table[0]) == cluster.COLUMNS
    assert [row["run"] for row in table] == ["two"] * len(rows) + ["one"] * len(rows)


def test_what_was_not_measured_is_the_mean_of_its_rule_or_given(run):
    jobs = {0: job("fit", 0), 1: job("fit", 9), 2: job("decode", 9), 3: job("train", 0)}
    (run / "results/benchmarks/decode/1.tsv").write_text("s\n40.0\n")
    seconds, n_measured = cluster.seconds_of(jobs, run, {"train": 1000.0})
    assert seconds == {0: 10.0, 1: 10.0, 2: 30.0, 3: 1000.0}
    assert n_measured == 1
    with pytest.raises(SystemExit, match="expected benchmarks of train, found none"):
        cluster.seconds_of(jobs, run, {})


def test_groups_are_connected_jobs_and_so_many_of_them_together():
    jobs = {n: job(rule, n) for n, rule in enumerate(["simulate", "fit", "decode"] * 3)}
    needs = {n: {n - 1} if n % 3 else set() for n in jobs}
    assert groups_of(jobs, needs, PROFILE) == {
        1: ("rec", 0), 2: ("rec", 0), 4: ("rec", 0), 5: ("rec", 0), 7: ("rec", 1), 8: ("rec", 1),
    }  # fmt: skip
