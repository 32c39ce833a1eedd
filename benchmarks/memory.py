"""The memory agent in seconds: skills beside an LSTM at equal time, a step by memory and length.

``python -m benchmarks.memory`` writes ``memory_speed.csv``: processor seconds of the trainings of
``memory.skills`` (asked for: copy of ten 20 s, recall of ten pairs 40 s, copy of twenty 60 s), with
the LSTM's seconds beside them, and of one step of an update by slots, length and order.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import torch
import yaml

from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.models.memory_agent import AgentParameters, MemoryAgent
from neurosim.models.plain_networks import new_network
from neurosim.models.skill_study import SkillParameters, skill_networks
from neurosim.models.skill_training import SkillTraining, score_skill, train_skill
from neurosim.seeds import generator
from neurosim.tasks.skills import N_BITS, N_FLAGS

BARS = {"copy_10": 20, "recall_10": 40, "copy_20": 60}  # s of one thread
SLOTS, LENGTHS = (16, 32, 64, 128, 256), (10, 20, 40)
COLUMNS = ("what", "network", "seconds", "bar", "bits", "sequences", "note")
N_UPDATES = {"full": 30, "small": 2}  # of a step's cost


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work, s."""
    start = time.process_time()
    work()
    return time.process_time() - start


def skill_rows(name: str, memory: Mapping, is_small: bool) -> list[dict]:
    """Rows of a skill: the agent, and the LSTM with its own number of updates."""
    given = SkillParameters.from_mapping(
        memory["skills"]["tasks"][name], memory["skills"], memory["agent"]
    )
    agent, lstm = skill_networks(given, generator(1, "benchmark", "weights"))
    rows = []
    for network, model, n in (
        ("memory", agent, given.training.n_updates),
        ("lstm", lstm, given.lstm_updates),
    ):
        training = replace(given.training, n_updates=2 if is_small else n)
        rng = generator(1, "benchmark", name, network)
        spent = seconds(lambda m=model, t=training, r=rng: train_skill(
            m, given.skill, given.length, t, r
        ))  # fmt: skip
        bits, sequences = score_skill(model, given.skill, given.length, given.n_test, rng)
        rows.append(
            row(name, network, spent, bar=BARS.get(name, ""), bits=f"{bits:.4f}",
                sequences=f"{sequences:.3f}", note=f"{training.n_updates} updates")
        )  # fmt: skip
    return rows


def step_rows(memory: Mapping, n_updates: int) -> list[dict]:
    """Rows of a step of an update, by order, slots and length of the copied sequence."""
    agent = AgentParameters.from_mapping(memory["agent"])
    rows = []
    for order, n_slots, length in (
        *(("steps", n, 10) for n in SLOTS),
        *(("links", n, 10) for n in SLOTS),
        *(("steps", 32, n) for n in LENGTHS),
    ):
        shape = replace(agent.memory, order=order, n_slots=n_slots)
        model = built(replace(agent, memory=shape))
        rng = generator(1, "benchmark", "step")
        spent = seconds(
            lambda m=model, n=length, r=rng: train_skill(
                m, "copy", n, SkillTraining(n_updates, full_share=1.0), r, n_test=1
            )
        )
        steps = n_updates * (2 * length + 1)
        what = f"a step of an update: {order}, {n_slots} slots, {2 * length + 1} steps"
        rows.append(row(what, "memory", spent / steps, note="16 sequences at once"))
    return rows


def built(parameters: AgentParameters) -> MemoryAgent:
    """Build an agent for the skills."""
    return new_network(
        lambda n_in, n_out: MemoryAgent(n_in, n_out, parameters),
        N_BITS + N_FLAGS,
        N_BITS,
        generator(1, "benchmark", "weights"),
    )


def row(what: str, network: str, spent: float, **other: object) -> dict:
    """Make a row and print it."""
    made = dict.fromkeys(COLUMNS, "") | other
    made |= {"what": what, "network": network, "seconds": f"{spent:.3g}"}
    print(" | ".join(str(made[column]) for column in COLUMNS))
    return made


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.memory", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=tuple(N_UPDATES), default="full")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    memory = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())["memory"]
    skills = [name for name, task in memory["skills"]["tasks"].items() if task]
    rows = [r for name in skills for r in skill_rows(name, memory, asked.scale == "small")]
    rows += step_rows(memory, N_UPDATES[asked.scale])
    write_table(asked.out / "memory_speed.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
