"""Why a bag of words does as well as a sentence embedding: one thing changed at a time.

``python -m benchmarks.instruction_order RESULTS`` takes the embedding and the thresholds of a run
of the instruction study at the medium scale, trains BOWNET and SBERTNET again on the same trials,
for fewer updates, with one thing changed each time, and writes ``instruction_order.csv``: zero-shot
performance over the held-out tasks. Changed are the steps (beside the study's own number), the
wordings, the tasks, the embedding's scale (whitened), and what it says badly: the modality, and the
order of two stimuli, are told beside it as numbers, as STRUCTURENET has them, or said louder: read
off the embedding itself by a linear reader of the trained tasks, so that nothing is added.

With ``--work FOLDER`` each training that is done is kept there, so that a run that was stopped goes
on; after a change of the library take a new folder.
"""

import argparse
import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
import torch
import yaml
from scipy import stats

from benchmarks.instruction_words import linear_reader
from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.aside import written_aside
from neurosim.files import load
from neurosim.models.instructed.evaluation import performance
from neurosim.models.instructed.experiment import Experiment
from neurosim.models.instructed.information import N_INFORMATION, wordings_of
from neurosim.models.instructed.network import build_network, features_of
from neurosim.models.instructed.training import Training, train
from neurosim.seeds import generator
from neurosim.tasks.psychophysics.catalogue import AXES, TASKS
from neurosim.tasks.psychophysics.instructions import Instructions, read_instructions

HOLD_OUTS = {"full": ("set_1", "set_10", "set_6", "set_7"), "small": ("set_1", "set_10")}
N_UPDATES = {"full": 8000, "small": 2}
N_TRIALS = {"full": 256, "small": 4}
FEW_WORDINGS = 5
FEW_FAMILIES = ("go", "decision", "comparison")
NETWORKS = ("sbertnet", "bownet")
COLUMNS = (
    "changed", "network", "updates", "training", "zero_shot", "n_tasks",
    "gain", "gain_low", "gain_high", "behind_bownet", "behind_bownet_low", "behind_bownet_high",
    "note",
)  # fmt: skip
What = tuple[str, str, str]  # a change, a network and what is held out
Measured = tuple[np.ndarray, dict[str, float]]  # of trained tasks, and of those held out


@dataclass(frozen=True)
class Change:
    """What is changed.

    Attributes
    ----------
    n_wordings : int, optional
        That each task is trained with; all if not given.
    families : tuple of str, optional
        Of the tasks; all if not given.
    is_whitened : bool
        Whether features are replaced by their first components, each of variance 1.
    told : tuple of str
        Axes of the task set that are told as numbers beside the features.
    louder : tuple of str
        Axes that are told so as a linear reader finds them in the features.
    networks : tuple of str
    """

    n_wordings: int | None = None
    families: tuple[str, ...] | None = None
    is_whitened: bool = False
    told: tuple[str, ...] = ()
    louder: tuple[str, ...] = ()
    networks: tuple[str, ...] = NETWORKS


UNCHANGED = "nothing"
CHANGES = {
    UNCHANGED: Change(),
    f"{FEW_WORDINGS} wordings": Change(n_wordings=FEW_WORDINGS),
    "three families": Change(families=FEW_FAMILIES),
    "whitened": Change(is_whitened=True, networks=("sbertnet",)),
    "modality told": Change(told=("modality",), networks=("sbertnet",)),
    "modality and order told": Change(told=("modality", "first_second")),
    "modality and order louder": Change(
        louder=("modality", "first_second"), networks=("sbertnet",)
    ),
}


def fewer(instructions: Instructions, n: int) -> Instructions:
    """Keep the first wordings of each task to train with."""
    return replace(
        instructions, train={task: texts[:n] for task, texts in instructions.train.items()}
    )


def view_of(
    name: str,
    change: Change,
    instructions: Instructions,
    hidden: np.ndarray,
    trained: Sequence[str],
) -> np.ndarray:
    """Give the features (telling, feature) of a network, changed.

    Parameters
    ----------
    name : str
    change : Change
    instructions : Instructions
        As they are told, with as many wordings as the change leaves.
    hidden : (telling, feature) array
        A language model's view of them.
    trained : sequence of str
        Tasks; what is done to features rests on their wordings to train with alone.
    """
    features, wordings = features_of(name, instructions, hidden, np.random.default_rng(0))
    task, number = np.divmod(np.arange(len(features)), wordings.total)
    known = np.isin(np.array(list(TASKS))[task], trained) & (number < wordings.train)
    centre = features[known].mean(axis=0)
    size = np.sqrt(((features[known] - centre) ** 2).sum(axis=1).mean())
    if change.is_whitened:
        _, spread, axes = np.linalg.svd(features[known] - centre, full_matrices=False)
        kept = axes[:N_INFORMATION] / spread[:N_INFORMATION, None]
        features = np.sqrt(known.sum()) * (features - centre) @ kept.T
    told = [features]
    if change.told:
        places = np.stack([found.structure for found in TASKS.values()])[task]
        told.append(size * places[:, [AXES.index(axis) for axis in change.told]])
    if change.louder:
        read = linear_reader(features[known].astype(float), task[known]).predict(features)
        told.append(size * read[:, [AXES.index(axis) for axis in change.louder]])
    return np.concatenate(told, axis=1).astype(np.float32)


def kept_views(hidden: np.ndarray, n_train: int, n: int) -> np.ndarray:
    """Views (telling, feature) of the first wordings of each task, and of all to validate with."""
    by_task = hidden.reshape(len(TASKS), -1, hidden.shape[1])
    return np.concatenate([by_task[:, :n], by_task[:, n_train:]], axis=1).reshape(
        -1, hidden.shape[1]
    )


def measure(run: Path, scale: str, what: What) -> Measured:
    """Train a network with a change and a hold-out; performance of trained and held-out tasks."""
    label, name, hold_out = what
    torch.set_num_threads(1)
    change = CHANGES[label]
    given = yaml.safe_load((ROOT / "config" / "config.yaml").read_text(encoding="utf-8"))
    medium = yaml.safe_load((ROOT / "config" / "medium.yaml").read_text(encoding="utf-8"))
    settings = given["instruction"] | medium["instruction"]
    settings["training"] = given["instruction"]["training"] | settings["training"]
    settings["training"] |= {"n_updates": N_UPDATES[scale]}
    experiment = Experiment.from_mapping(settings, given["seed"])
    experiment = experiment.with_file(run / "thresholds.nc")
    if change.families:
        tasks = tuple(task for task in experiment.tasks if TASKS[task].family in change.families)
        experiment = replace(experiment, tasks=tasks)
    instructions = read_instructions(ROOT / settings["instructions"])
    hidden = load(run / "embeddings" / "sbertnet.nc")["hidden"].values[-1]
    if change.n_wordings:
        hidden = kept_views(hidden, wordings_of(instructions).train, change.n_wordings)
        instructions = fewer(instructions, change.n_wordings)
    trained, left_out = experiment.split(hold_out)
    rng = partial(generator, experiment.seed, "instruction", "order")
    features = view_of(name, change, instructions, hidden, trained)
    network = build_network(
        name, features, wordings_of(instructions), experiment.n_units, rng("weights")
    )
    train(Training(network, trained, experiment.training, rng("trials"), experiment.source))
    score = partial(performance, network, source=experiment.source, n_trials=N_TRIALS[scale])
    found = score(left_out, rng=rng("held out"))
    held_out = dict(zip(left_out, map(float, found), strict=True))
    return score(trained, rng=rng("trained")), held_out


def measure_once(work: Path | None, run: Path, scale: str, what: What) -> Measured:
    """Measure, or read what was measured before, if there is a folder where that is kept."""
    if work is None:
        return measure(run, scale, what)
    path = work / f"{N_UPDATES[scale]} updates, {', '.join(what)}.json"
    if not path.exists():
        trained, held_out = measure(run, scale, what)
        with written_aside(path) as aside:
            aside.write_text(json.dumps({"trained": trained.tolist(), "held_out": held_out}))
    found = json.loads(path.read_text(encoding="utf-8"))
    return np.array(found["trained"]), found["held_out"]


def rows_of(found: dict[What, Measured], hold_outs: Sequence[str]) -> list[dict]:
    """Rows of all changes: means over tasks, what a change gives, and how far BOWNET leads.

    An SBERTNET that has no BOWNET with the same change is compared with the unchanged one.
    """
    zero_shot = {
        (label, name): {
            task: value
            for hold_out in hold_outs
            for task, value in found[label, name, hold_out][1].items()
        }
        for label, change in CHANGES.items()
        for name in change.networks
    }
    rows = []
    for (label, name), own in zero_shot.items():
        trained = np.concatenate([found[label, name, hold_out][0] for hold_out in hold_outs])
        row = dict.fromkeys(COLUMNS, "") | {
            "changed": label,
            "network": name,
            "training": f"{trained.mean():.3f}",
            "zero_shot": f"{np.mean(list(own.values())):.3f}",
            "n_tasks": len(own),
        }
        if label != UNCHANGED:
            row |= _compared("gain", own, zero_shot[UNCHANGED, name])
        if name != "bownet":
            other = label if (label, "bownet") in zero_shot else UNCHANGED
            row |= _compared("behind_bownet", zero_shot[other, "bownet"], own)
            row["note"] = "" if other == label else "beside the unchanged BOWNET"
        rows.append(row)
    return rows


def _compared(title: str, first: dict[str, float], second: dict[str, float]) -> dict[str, str]:
    """Cells of a difference over the tasks of both, with its t interval."""
    more = np.array([value - second[task] for task, value in first.items() if task in second])
    interval = stats.ttest_1samp(more, 0.0).confidence_interval(0.95)
    values = (more.mean(), interval.low, interval.high)
    return {
        f"{title}{end}": f"{value:.3f}"
        for end, value in zip(("", "_low", "_high"), values, strict=True)
    }


def main(arguments: Sequence[str] | None = None) -> list[dict]:
    """Measure, write the table, and give its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results/instruction of a run with medium.yaml")
    parser.add_argument("--scale", choices=tuple(N_UPDATES), default="full")
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    parser.add_argument("--work", type=Path, help="a folder to keep what is trained in")
    args = parser.parse_args(arguments)
    hold_outs = HOLD_OUTS[args.scale]
    work = [
        (label, name, hold_out)
        for hold_out, (label, change) in product(hold_outs, CHANGES.items())
        for name in change.networks
    ]
    kept = partial(measure_once, args.work, args.run, args.scale)
    with ProcessPoolExecutor(args.cores) as pool:
        found = {}
        for what, result in zip(work, pool.map(kept, work), strict=True):
            found[what] = result
            print(*what, f"{np.mean(list(result[1].values())):.3f}", sep=" | ", flush=True)
    rows = [{**row, "updates": N_UPDATES[args.scale]} for row in rows_of(found, hold_outs)]
    write_table(args.out / "instruction_order.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main()
