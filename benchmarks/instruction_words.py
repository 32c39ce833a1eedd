"""What instructions say of a task that no reader has seen, axis by axis: embedding or bag of words.

``python -m benchmarks.instruction_words RESULTS`` takes the embedding of a run of the instruction
study and writes ``instruction_words.csv``. A linear reader (ridge regression) learns a task's
places on the axes of the task set from the instructions of 45 tasks, and reads them off those of
the five that a published set holds out; so once for each of the ten sets. No network is trained, so
that what is told is parted from what a network makes of it.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, GroupKFold

from analysis.reverse_models import corrected
from benchmarks.peers import ROOT
from benchmarks.run import write_table
from neurosim.files import load
from neurosim.models.instructed.network import features_of
from neurosim.tasks.psychophysics.catalogue import AXES, HOLD_OUTS, TASKS
from neurosim.tasks.psychophysics.instructions import read_instructions

NETWORKS = ("bownet", "sbertnet")
WORDINGS = ("as trained", "kept for validation")
PENALTIES = np.logspace(-3, 4, 8)
N_FOLDS = 5  # of the tasks that are read, to choose a penalty
COLUMNS = (
    "axis", "wordings", *NETWORKS, "sbertnet_more", "low", "high", "p_value", "n_tasks",
)  # fmt: skip


def read_places(features: np.ndarray, n_each: int, n_train: int) -> np.ndarray:
    """Squared errors (wording, task, axis) of what is read of tasks that were held out.

    Parameters
    ----------
    features : (telling, feature) array
        Task after task, `n_each` wordings of each.
    n_each, n_train : int
        Wordings of a task; those that a reader learns from, which come first.
    """
    task, wording = np.divmod(np.arange(len(features)), n_each)
    places = np.stack([found.structure for found in TASKS.values()])
    errors = np.full((n_each, len(TASKS), len(AXES)), np.nan)
    for names in HOLD_OUTS:
        left_out = [list(TASKS).index(name) for name in names]
        known = ~np.isin(task, left_out) & (wording < n_train)
        folds = GroupKFold(N_FOLDS).split(features[known], groups=task[known])
        reader = GridSearchCV(Ridge(), {"alpha": PENALTIES}, cv=list(folds))
        reader.fit(features[known], places[task[known]])
        for each in left_out:
            errors[:, each] = (reader.predict(features[task == each]) - places[each]) ** 2
    return errors


def rows_of(errors: dict[str, np.ndarray], n_train: int) -> list[dict]:
    """Rows of each axis and kind of wording: means over tasks, compared in pairs.

    Parameters
    ----------
    errors : dict of network to (wording, task, axis) array
    n_train : int
        Wordings that a reader learned from.
    """
    rows = []
    for kind, part in zip(WORDINGS, (slice(n_train), slice(n_train, None)), strict=True):
        bag, other = (errors[name][part].mean(axis=0) for name in NETWORKS)
        tests = {
            axis: stats.ttest_1samp(more, 0.0)
            for axis, more in zip(AXES, (other - bag).T, strict=True)
        }
        p_values = corrected({axis: float(test.pvalue) for axis, test in tests.items()})
        for number, (axis, test) in enumerate(tests.items()):
            interval = test.confidence_interval(0.95)
            rows.append(
                {
                    "axis": axis,
                    "wordings": kind,
                    "bownet": f"{bag[:, number].mean():.3f}",
                    "sbertnet": f"{other[:, number].mean():.3f}",
                    "sbertnet_more": f"{(other - bag)[:, number].mean():.3f}",
                    "low": f"{interval.low:.3f}",
                    "high": f"{interval.high:.3f}",
                    "p_value": f"{p_values[axis]:.2g}",
                    "n_tasks": len(bag),
                }
            )
    return rows


def main(arguments: Sequence[str] | None = None) -> list[dict]:
    """Measure, write the table, and give its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results/instruction of a run with SBERTNET")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    args = parser.parse_args(arguments)
    instructions = read_instructions(ROOT / "config" / "instructions.csv")
    hidden = load(args.run / "embeddings" / "sbertnet.nc")["hidden"].values[-1]
    errors = {}
    for name in NETWORKS:
        features, wordings = features_of(name, instructions, hidden, np.random.default_rng(0))
        errors[name] = read_places(features.astype(float), wordings.total, wordings.train)
    rows = rows_of(errors, wordings.train)
    write_table(args.out / "instruction_words.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main()
