"""The jobs of a run and what each needs, as Snakemake sees them, and how a profile groups them."""

import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import networkx


@dataclass(frozen=True)
class Job:
    """A job of a run.

    Attributes
    ----------
    rule : str
    benchmark : str
        Its benchmark file; empty for jobs that only name others.
    threads : int
    """

    rule: str
    benchmark: str
    threads: int


def graph_of(
    folder: Path, configs: Sequence[str], targets: Sequence[str] = ()
) -> tuple[dict[int, Job], dict[int, set[int]]]:
    """Jobs of a run by number, and what each needs, as if everything had to be made.

    A process of its own builds the graph: the workflow is that of the folder, with its modules.
    """
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        return pool.submit(_graph_of, Path(folder).resolve(), list(configs), set(targets)).result()


def _graph_of(
    folder: Path, configs: list[str], targets: set[str]
) -> tuple[dict[int, Job], dict[int, set[int]]]:
    from snakemake.api import SnakemakeApi
    from snakemake.settings.types import (
        ConfigSettings,
        DAGSettings,
        OutputSettings,
        Quietness,
        ResourceSettings,
    )

    os.chdir(folder)
    sys.path.insert(0, str(folder))
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow = api.workflow(
            ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=[Path(config) for config in configs]),
            snakefile=Path("Snakefile"),
        )
        workflow.dag(DAGSettings(targets=targets, forceall=True))
        inner = workflow._workflow  # no public way leads to the jobs
        inner._prepare_dag(forceall=True, ignore_incomplete=True, lock_warn_only=True)
        inner._build_dag()
        dag = inner.dag
        number_of = {job: number for number, job in enumerate(dag.jobs)}
        needs = {
            n: {number_of[one] for one in dag.dependencies[job]} for job, n in number_of.items()
        }
        jobs = {
            number: Job(job.rule.name, str(job.benchmark or ""), job.threads)
            for job, number in number_of.items()
        }
    return jobs, needs


def groups_of(
    jobs: Mapping[int, Job], needs: Mapping[int, set[int]], profile: Mapping[str, Any]
) -> dict[int, Hashable]:
    """Group of each grouped job (by number): connected jobs, and several such parts together.

    Parameters
    ----------
    jobs, needs : Mapping
    profile : Mapping
        Of Snakemake: ``groups`` and ``group-components``, a list of ``NAME=VALUE`` each.
    """
    wanted = dict(entry.split("=") for entry in profile["groups"])
    size = {name: int(n) for name, n in (e.split("=") for e in profile["group-components"])}
    name_of = {n: wanted[job.rule] for n, job in jobs.items() if job.rule in wanted}
    within = networkx.Graph()
    within.add_nodes_from(name_of)
    within.add_edges_from(
        (number, needed)
        for number, name in name_of.items()
        for needed in needs[number]
        if name_of.get(needed) == name
    )
    found: dict[int, Hashable] = {}
    n_parts: Counter[str] = Counter()
    for part in networkx.connected_components(within):
        name = name_of[next(iter(part))]
        found |= dict.fromkeys(part, (name, n_parts[name] // size[name]))
        n_parts[name] += 1
    return found
