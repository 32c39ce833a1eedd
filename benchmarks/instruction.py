"""A training step of the sensorimotor network beside torch's GRU, and its trials beside the step.

``python -m benchmarks.instruction`` writes ``instruction_speed.csv``: processor milliseconds of a
step (forward, backward, Adam) of the published size (256 units, 150 steps, batches of 64) and of
the study's; asked for: at most 1.15 times ``torch.nn.GRU`` with the same read-out, and trials in
less than a tenth of a step. Rounds of all networks alternate; the median of a network's rounds
counts. Then 200 updates of ``config/paper.yaml`` as they are trained, from which the hours of all
its trainings follow: of these nothing else was run.
"""

import argparse
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch
import yaml
from snakemake.utils import update_config
from torch import Tensor, nn

from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.models.instructed.information import RULES, structure_features
from neurosim.models.instructed.network import build_network
from neurosim.models.instructed.sensorimotor import (
    N_INFORMATION,
    SensorimotorNetwork,
    task_loss,
)
from neurosim.models.instructed.training import Training, TrainingParameters
from neurosim.seeds import generator
from neurosim.tasks.examples import made
from neurosim.tasks.psychophysics.catalogue import TASKS
from neurosim.tasks.psychophysics.encoding import N_INPUTS, N_OUTPUTS
from neurosim.tasks.psychophysics.source import TrialSource, without_confidence
from neurosim.tasks.psychophysics.timing import Timing
from workflow.instruction import trainings

SIZES = ((256, 150), (128, 52))  # units and steps: as published, and of the medium scale
N_TASKS, N_EACH = 8, 8
COLUMNS = ("what", "units", "steps", "milliseconds", "ratio", "bar", "note")
ROUNDS = {"full": 9, "small": 1}
N_PAPER = {"full": 200, "small": 1}  # updates at the published size


class PlainGRU(nn.Module):
    """torch's own GRU (with tanh) that is told the task at every step, and a read-out."""

    def __init__(self, n_units: int) -> None:
        super().__init__()
        self.recurrent = nn.GRU(N_INPUTS + N_INFORMATION, n_units, batch_first=True)
        self.read_out = nn.Linear(n_units, N_OUTPUTS)

    def forward(self, inputs: Tensor, information: Tensor) -> tuple[Tensor, Tensor]:
        """Output and activity, as of the sensorimotor network."""
        told = information[:, None].expand(-1, inputs.shape[1], -1)
        activity, _ = self.recurrent(torch.cat([inputs, told], dim=2))
        return torch.sigmoid(self.read_out(activity)), activity


def milliseconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work, ms."""
    start = time.process_time()
    work()
    return 1e3 * (time.process_time() - start)


def rows_of(n_units: int, n_steps: int, n_rounds: int) -> list[dict]:
    """Rows of a size: our step, torch's, and the drawing of a batch."""
    source, names = TrialSource(Timing(n_steps)), without_confidence(list(TASKS))
    rng = generator(1, "benchmark", "instruction")
    networks = {"step": SensorimotorNetwork(n_units), "step of nn.GRU": PlainGRU(n_units)}
    trainers = {name: Trainer(network) for name, network in networks.items()}
    spent: dict[str, list[float]] = {name: [] for name in (*networks, "trials")}
    for number in range(n_rounds + 1):  # the first one warms up
        chosen = list(rng.choice(names, N_TASKS, replace=False))
        batch = {}

        def draw(chosen: list[str] = chosen, batch: dict = batch) -> None:
            batch["trials"] = source.draw_mixed(chosen, N_EACH, rng)

        found = {"trials": milliseconds(draw)}
        for name, trainer in trainers.items():
            found[name] = milliseconds(lambda t=trainer, b=batch: t.step(b["trials"]))
        if number:
            for name, value in found.items():
                spent[name].append(value)
    middle = {name: median(values) for name, values in spent.items()}
    bars = {"step": (middle["step of nn.GRU"], 1.15), "trials": (middle["step"], 0.1)}
    rows = []
    for name, value in middle.items():
        other, bar = bars.get(name, (None, ""))
        rows.append(
            {
                "what": name,
                "units": n_units,
                "steps": n_steps,
                "milliseconds": f"{value:.1f}",
                "ratio": f"{value / other:.3f}" if other else "",
                "bar": bar,
                "note": f"median of {n_rounds}, batch of {N_TASKS * N_EACH}",
            }
        )
    return rows


class Trainer:
    """Steps of Adam on a network, all told the same."""

    def __init__(self, network: nn.Module) -> None:
        self._network = network
        self._optimiser = torch.optim.Adam(network.parameters(), lr=1e-3, fused=True)

    def step(self, trials: object) -> None:
        """Make one step on a batch of trials."""
        inputs, target, mask = map(torch.from_numpy, (trials.inputs, trials.target, trials.mask))
        output, _ = self._network(inputs, inputs.new_ones(len(inputs), N_INFORMATION))
        self._optimiser.zero_grad()
        task_loss(output, target, mask).backward()
        self._optimiser.step()


def paper_rows(n_updates: int) -> list[dict]:
    """Rows of a training at the published size: seconds of some updates, and hours of all."""
    given = {}
    for name in ("config", "paper"):
        update_config(given, yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text()))
    study = given["instruction"]
    training = made(TrainingParameters, study["training"], "training")
    rng = generator(1, "benchmark", "paper")
    features, wordings = structure_features(rng), RULES
    network = build_network("structurenet", features, wordings, study["n_units"], rng)
    source = TrialSource(Timing(study["n_steps"]))
    under_way = Training(network, without_confidence(list(TASKS)), training, rng, source)
    spent = milliseconds(lambda: under_way.advance(n_updates)) / n_updates
    hours = spent * training.n_updates / 3.6e6
    chosen = trainings(study)
    shape = {"units": study["n_units"], "steps": study["n_steps"], "ratio": "", "bar": ""}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    return [
        shape
        | {
            "what": "update of config/paper.yaml",
            "milliseconds": f"{spent:.1f}",
            "note": f"mean of {n_updates}; {memory:.0f} MB at most; {training.n_updates} updates "
            f"of a training: {hours:.1f} h of one thread; {len(chosen)} trainings: "
            f"{hours * len(chosen):.0f} h (extrapolated, not run; language models not counted)",
        }
    ]


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure all sizes and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(
        prog="benchmarks.instruction", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--scale", choices=tuple(ROUNDS), default="full")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    sizes = SIZES if asked.scale == "full" else ((8, 30),)
    rows = [row for size in sizes for row in rows_of(*size, ROUNDS[asked.scale])]
    rows += paper_rows(N_PAPER[asked.scale])
    for row in rows:
        print(" | ".join(str(row[column]) for column in COLUMNS))
    write_table(asked.out / "instruction_speed.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
