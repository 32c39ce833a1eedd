"""Training of the chain models: tokens a second, beside a plain ``nn.Transformer`` of one size.

``python -m benchmarks.chains`` writes ``chain_speed.csv``. What ours does more is embed reward and
context, weight the loss and keep what a checkpoint needs; generation is timed too, since equal
outcomes are generated once.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import nn

from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.models.chain_training import Training, TrainingParameters
from neurosim.models.chain_transformer import ModelParameters, new_model, size_of_task
from neurosim.seeds import generator
from neurosim.tasks.chains import PAD, START, Task, task_of
from neurosim.tasks.event_graphs import laps_in_maze
from neurosim.tasks.mazes import hourglass
from neurosim.tasks.readers import generate

SIZES = {"full": 300, "small": 5}  # updates
BATCH, N_REPEATS, N_LAPS = 64, 3, 2000
MODEL = ModelParameters(width=32, n_heads=2, n_layers=1)
COLUMNS = ("what", "tool", "tokens_per_s", "ratio", "note")


class Plain(nn.Module):
    """Embedding, ``nn.Transformer`` and read-out: nothing else."""

    def __init__(self, n_tokens: int, longest: int, width: int, n_heads: int) -> None:
        super().__init__()
        self.token = nn.Embedding(n_tokens, width, padding_idx=PAD)
        self.place = nn.Embedding(longest, width)
        self.transformer = nn.Transformer(
            width, n_heads, 1, 1, 2 * width, dropout=0.0, batch_first=True
        )
        self.read_out = nn.Linear(width, n_tokens)

    def forward(self, source: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Logits (chain, step, token)."""
        n = tokens.shape[1]
        ahead = nn.Transformer.generate_square_subsequent_mask(n)
        read = self.token(tokens) + self.place(torch.arange(n))
        return self.read_out(self.transformer(self.token(source), read, tgt_mask=ahead))


def plain_training(model: Plain, task: Task, n_steps: int, rng: np.random.Generator) -> None:
    """Train as any script would."""
    source, target = torch.from_numpy(task.source), torch.from_numpy(task.target)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(n_steps):
        rows = torch.from_numpy(rng.integers(0, len(source), BATCH))
        logits = model(source[rows], target[rows, :-1])
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), target[rows, 1:].flatten(), ignore_index=PAD
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()


def plain_generation(model: Plain, source: np.ndarray, max_steps: int) -> None:
    """Generate greedily as any script would: every chain, every step."""
    read, tokens = torch.from_numpy(source), torch.full((len(source), 1), START)
    with torch.no_grad():
        for _ in range(max_steps):
            tokens = torch.cat([tokens, model(read, tokens)[:, -1:].argmax(dim=2)], dim=1)


def seconds(work: Callable[[], object]) -> float:
    """Least processor time of some repetitions, s."""
    spent = []
    for _ in range(N_REPEATS):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return min(spent)


def main(arguments: list[str] | None = None) -> list[dict]:
    """Measure and write the table.

    Returns
    -------
    list of dict
        Its rows.
    """
    parser = argparse.ArgumentParser(prog="benchmarks.chains", description=__doc__.split("\n")[0])
    parser.add_argument("--scale", choices=tuple(SIZES), default="full")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    n_steps = SIZES[asked.scale]
    laps = laps_in_maze(hourglass(3, 3, 0.7, 0.7, 2), N_LAPS, generator(1, "benchmark", "laps"))
    task = task_of(laps, "reverse")
    size = size_of_task(task.source, task.target, laps.n_places)
    n_trained = n_steps * BATCH * (task.target.shape[1] - 1)
    n_generated = N_LAPS * (task.target.shape[1] - 1)

    def ours() -> object:
        model = new_model("transformer", size, MODEL, generator(1, "benchmark", "weights"))
        parameters = TrainingParameters(n_steps, BATCH, 0.003)
        training = Training(model, task, parameters, generator(1, "benchmark", "batches"))
        training.advance(n_steps)
        return model

    def theirs() -> object:
        torch.manual_seed(1)  # of this script alone
        model = Plain(size.n_tokens, size.longest, MODEL.width, MODEL.n_heads)
        plain_training(model, task, n_steps, generator(1, "benchmark", "batches"))
        return model

    trained = ours(), theirs()
    max_steps = task.target.shape[1] - 1
    measured = {
        "training": (seconds(ours), seconds(theirs), n_trained),
        "greedy generation": (
            seconds(lambda: generate(trained[0], task.source, max_steps)),
            seconds(lambda: plain_generation(trained[1], task.source, max_steps)),
            n_generated,
        ),
    }
    rows = []
    for what, (own, plain, n_tokens) in measured.items():
        for tool, spent in (("neurosim", own), ("plain nn.Transformer", plain)):
            rows.append(
                {
                    "what": what,
                    "tool": tool,
                    "tokens_per_s": f"{n_tokens / max(spent, 1e-9):.3g}",
                    "ratio": f"{spent / max(own, 1e-9):.2f}",
                    "note": f"width {MODEL.width}, batch {BATCH}, one core",
                }
            )
            print(" | ".join(f"{rows[-1][column]}" for column in COLUMNS))
    write_table(asked.out / "chain_speed.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main(sys.argv[1:])
