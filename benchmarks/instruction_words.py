"""What instructions say of a task that no reader has seen, axis by axis: embedding or bag of words.

``python -m benchmarks.instruction_words RESULTS`` takes the embedding of a run of the instruction
study and writes ``instruction_words.csv``. A linear reader (ridge regression) learns a task's
places on the axes of the task set from the instructions of 45 tasks, and reads them off those of
the five that a published set holds out; so once for each of the ten sets. Beside its errors stands
how loudly an axis is told: the part of the variance of features that lies between its two poles. No
network is trained, so that what is told is parted from what a network makes of it.
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
from neurosim.tasks.psychophysics.catalogue import AXES, DICHOTOMIES, HOLD_OUTS, TASKS, dichotomy
from neurosim.tasks.psychophysics.instructions import read_instructions

NETWORKS = ("bownet", "sbertnet")
WORDINGS = ("as trained", "kept for validation")
N_EACH, N_TRAIN = 20, 15  # wordings of a task; those to train with
PENALTIES = np.logspace(-3, 4, 8)
N_FOLDS = 5  # of the tasks that are read, to choose a penalty
COLUMNS = (
    "axis", "wordings", "n_tasks", "bownet_error", "sbertnet_error", "error_more", "error_low",
    "error_high", "p_value", "n_pairs", "bownet_share", "sbertnet_share", "share_more", "share_low",
    "share_high",
)  # fmt: skip


def read_places(features: np.ndarray) -> np.ndarray:
    """Squared errors (wording, task, axis) of what is read of tasks that were held out.

    Parameters
    ----------
    features : (telling, feature) array
        Task after task, `N_EACH` wordings of each, of which a reader learns from the first
        `N_TRAIN`.
    """
    task, wording = np.divmod(np.arange(len(features)), N_EACH)
    places = np.stack([found.structure for found in TASKS.values()])
    errors = np.full((N_EACH, len(TASKS), len(AXES)), np.nan)
    for names in HOLD_OUTS:
        left_out = [list(TASKS).index(name) for name in names]
        known = ~np.isin(task, left_out) & (wording < N_TRAIN)
        reader = linear_reader(features[known], task[known])
        for each in left_out:
            errors[:, each] = (reader.predict(features[task == each]) - places[each]) ** 2
    return errors


def linear_reader(features: np.ndarray, task: np.ndarray) -> GridSearchCV:
    """Fit a reader of places on `AXES` to instructions, its penalty chosen over unseen tasks.

    Parameters
    ----------
    features : (telling, feature) array
    task : (telling,) array
        Number of the task that each is of.
    """
    places = np.stack([found.structure for found in TASKS.values()])
    folds = list(GroupKFold(N_FOLDS).split(features, groups=task))
    return GridSearchCV(Ridge(), {"alpha": PENALTIES}, cv=folds).fit(features, places[task])


def told_shares(features: np.ndarray, axis: str) -> np.ndarray:
    r"""Part (pair,) of the variance of features that lies between the poles of an axis.

    For the mean difference d of two tasks that differ on it alone it is
    :math:`|d|^2 / 4` over the variance of all features: what the axis adds to it where half of the
    instructions are at either pole. :math:`|d|^2` is the mean product of differences of *different*
    wordings, so that what wordings differ by adds nothing (as in Walther et al. 2016,
    doi:10.1016/j.neuroimage.2015.12.012).

    Parameters
    ----------
    features : (task, wording, feature) array
    axis : str
        One of `DICHOTOMIES`.
    """
    variance = ((features - features.mean(axis=(0, 1))) ** 2).sum(axis=-1).mean()
    of_task = dict(zip(TASKS, features, strict=True))
    shares = []
    for first, second in dichotomy(axis):
        differences = of_task[first] - of_task[second]
        products = differences @ differences.T
        n = len(products)
        shares.append((products.sum() - np.trace(products)) / (n * (n - 1)) / 4 / variance)
    return np.array(shares)


def rows_of(errors: dict[str, np.ndarray], features: dict[str, np.ndarray]) -> list[dict]:
    """Rows of each axis and kind of wording: means over tasks, and over pairs of them.

    Parameters
    ----------
    errors : dict of network to (wording, task, axis) array
    features : dict of network to (task, wording, feature) array
    """
    rows = []
    for kind, part in zip(WORDINGS, (slice(N_TRAIN), slice(N_TRAIN, None)), strict=True):
        pairs = [errors[name][part].mean(axis=0).T for name in NETWORKS]
        p_values = corrected(
            {
                axis: float(stats.ttest_rel(*pair).pvalue)
                for axis, *pair in zip(AXES, *pairs, strict=True)
            }
        )
        for axis, *pair in zip(AXES, *pairs, strict=True):
            row = {"axis": axis, "wordings": kind, "p_value": f"{p_values[axis]:.2g}"}
            row |= {"n_tasks": len(pair[0])} | _cells("error", *pair)
            if axis in DICHOTOMIES:
                shares = [told_shares(features[name][:, part], axis) for name in NETWORKS]
                row |= {"n_pairs": len(shares[0])} | _cells("share", *shares)
            rows.append(row)
    return rows


def _cells(title: str, bag: np.ndarray, other: np.ndarray) -> dict[str, str]:
    """Cells of two means and of their difference, with its t interval over units."""
    interval = stats.ttest_rel(other, bag).confidence_interval(0.95)
    values = {
        f"{name}_{title}": each.mean() for name, each in zip(NETWORKS, (bag, other), strict=True)
    }
    values |= {f"{title}_more": (other - bag).mean()}
    values |= {f"{title}_low": interval.low, f"{title}_high": interval.high}
    return {name: f"{value:.4f}" for name, value in values.items()}


def main(arguments: Sequence[str] | None = None) -> list[dict]:
    """Measure, write the table, and give its rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="results/instruction of a run with SBERTNET")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "results")
    args = parser.parse_args(arguments)
    instructions = read_instructions(ROOT / "config" / "instructions.csv")
    hidden = load(args.run / "embeddings" / "sbertnet.nc")["hidden"].values[-1]
    features = {
        name: np.asarray(
            features_of(name, instructions, hidden, np.random.default_rng(0))[0], float
        )
        for name in NETWORKS
    }
    errors = {name: read_places(each) for name, each in features.items()}
    by_task = {name: each.reshape(len(TASKS), N_EACH, -1) for name, each in features.items()}
    rows = rows_of(errors, by_task)
    write_table(args.out / "instruction_words.csv", COLUMNS, rows)
    return rows


if __name__ == "__main__":
    main()
