"""How fast a new task is learned from few examples, by what was learned before."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.memory_rows import OVER_TRAININGS, memory_row, methods_in, values_of, words
from analysis.plots import BLACK, BLUE, GREEN, GREY, ORANGE, WIDTH, figure, finish
from analysis.results import result
from analysis.reverse_models import corrected, paired_p_value
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.summary import NAN, Row
from neurosim.tasks.transfer import steps_to_criterion

N_STEPS = 5
PERFORMANCE = 0.9  # of the seed's claim
OTHERS = ("scratch", "pretrained")  # what MAML has to be better than
COLOURS = {"maml": BLUE, "first_order": GREEN, "pretrained": ORANGE, "scratch": GREY}
STYLES = ("-", "--", ":", "-.")


def analyse(families: Mapping[str, xr.Dataset]) -> xr.DataTree:
    """Rows of what five steps gain and of the steps to a criterion.

    Parameters
    ----------
    families : Mapping of family to Dataset (learner, seed, task, step)
        From `neurosim.models.few_shot_study.compare_few_shot`.

    Returns
    -------
    DataTree
        ``/summary``; a group a family with ``performance``.
    """
    rows: list[Row] = []
    shown = {}
    for name, data in families.items():
        for method in methods_in(data):
            rows += _rows_of(name, data, method)
        rows += _differences(name, data)
        about = {"units": "1", "long_name": "performance on unseen tasks"}
        part = performance(data).assign_attrs(about).to_dataset(name="performance")
        shown[name] = part.assign_attrs(trivial=trivial_performance(data))
    return result(rows, shown)


def performance(data: xr.Dataset) -> xr.DataArray:
    """Performance (learner, seed, task, step): accuracy, or the part of the variance explained.

    The latter is 1 - error / error of the mean answers of the supports, the mean over all unseen
    tasks: functions that hardly vary would otherwise decide everything.
    """
    if data.attrs["kind"] == "classification":
        return 1 - data["error"]
    return 1 - data["error"] / data["mean_error"].mean("task")


def trivial_performance(data: xr.Dataset) -> float:
    """Performance of the mean answer of the support, or of its most frequent class."""
    return 0.0 if data.attrs["kind"] == "regression" else 1 - float(data["mean_error"].mean())


def steps_needed(data: xr.Dataset) -> xr.DataArray:
    """Steps (learner, seed, task) until the performance is 0.9; infinite where it never is."""
    missing = 1 - performance(data)
    return missing.isel(step=0, drop=True).copy(
        data=steps_to_criterion(missing.transpose(..., "step").values, 1 - PERFORMANCE)
    )


def met_by_mean(data: xr.Dataset) -> np.ndarray:
    """Whether the mean answer of the support has that performance itself (seed, task).

    There a network that says the same whatever it is shown would come to the criterion too.
    """
    missing = data["mean_error"].transpose("seed", "task")
    if data.attrs["kind"] == "regression":
        missing = missing / missing.mean("task")
    return missing.values <= 1 - PERFORMANCE


def _rows_of(name: str, data: xr.Dataset, method: str) -> list[Row]:
    error = values_of(data, "error", method)
    gained = error[..., 0] - error[..., N_STEPS]
    n_tasks = gained.shape[1]
    over = f"{OVER_TRAININGS} of means over {n_tasks} unseen tasks each"
    shown = values_of(performance(data).to_dataset(name="shown"), "shown", method)
    needed = values_of(steps_needed(data).to_dataset(name="needed"), "needed", method)
    met, easy = np.isfinite(needed), met_by_mean(data)
    middle = float(np.median(needed))
    most = data.sizes["step"] - 1
    return [
        memory_row(
            "five_step_gain",
            name,
            method,
            gained.mean(axis=1),
            test=f"error before minus after {N_STEPS} inner steps, of the adapted parameters; "
            f"more than 0 in {(gained > 0).mean():.0%} of tasks; {over}",
        ),
        memory_row(
            "five_step_performance", name, method, shown[..., N_STEPS].mean(axis=1), test=over
        ),
        memory_row(
            "steps_to_criterion",
            name,
            method,
            needed.ravel(),
            unit="step",
            n_unit="task",
            estimate=Estimate(middle if np.isfinite(middle) else NAN, NAN, NAN, needed.size),
            test=f"median over unseen tasks of the first step with a performance of {PERFORMANCE:g}"
            f" (accuracy, or part of the variance); {_counted(met)} came to it in {most} steps; "
            f"the mean answer has it in {easy.mean():.0%} of them",
            reason=f"{_counted(met)} tasks came to a performance of {PERFORMANCE:g} in {most} "
            "steps, so that the median has no number",
        ),
    ]


def _differences(name: str, data: xr.Dataset) -> list[Row]:
    """Rows of the error after five steps that other trainings have more than MAML, by network."""
    after = {
        method: values_of(data, "error", method)[..., N_STEPS].mean(axis=1)
        for method in methods_in(data)
    }
    more = {}
    for method, error in after.items():
        training, comma, network = method.partition(",")
        maml = f"maml{comma}{network}"
        if training in OTHERS and maml in after:
            more[maml, method] = np.round(error - after[maml], 12)  # equal ones differ by rounding
    p_values = corrected({pair: paired_p_value(each) for pair, each in more.items()})
    return [
        memory_row(
            "five_step_difference",
            f"{name},over={other}",
            maml,
            each,
            test=f"error of {other} minus that of {maml} after {N_STEPS} inner steps, means over "
            f"the same unseen tasks, paired by seed; paired t test, Holm over these; "
            f"{OVER_TRAININGS}",
            p_value=p_values[maml, other],
        )
        for (maml, other), each in more.items()
    ]


def _counted(met: np.ndarray) -> str:
    return f"{int(met.sum())} of {met.size}"


def draw(tree: xr.DataTree) -> Figure:
    """Draw performance on unseen tasks by the number of inner steps."""
    names = [name for name in tree.children if name != "summary"]
    with figure(WIDTH, 4.0, ncols=len(names), squeeze=False) as (drawn, (row,)):
        for axes, name in zip(row, names, strict=True):
            _curves(axes, tree[name].to_dataset())
            finish(axes, words(name), columns=2, lines=3)
        row[0].set(ylabel="performance: accuracy, or variance explained (1)")
        return drawn


def _curves(axes, data: xr.Dataset) -> None:
    networks: list[str] = []
    for method in methods_in(data):
        training, _, network = method.partition(",")
        networks += [] if network in networks else [network]
        style = {"color": COLOURS[training], "ls": STYLES[networks.index(network)]}
        means = values_of(data, "performance", method).mean(axis=1)
        estimates = [mean_interval(step) for step in means.T]
        steps = data["step"].values
        axes.plot(steps, [e.value for e in estimates], label=words(method), **style)
        low, high = [e.low for e in estimates], [e.high for e in estimates]
        axes.fill_between(steps, low, high, color=COLOURS[training], alpha=0.12, lw=0)
    axes.axhline(PERFORMANCE, color=BLACK, ls=":", lw=1)
    axes.axhline(float(data.attrs["trivial"]), color=GREY, ls="--", lw=1, label="mean answer")
    bottom = max(axes.get_ylim()[0], -1.0)
    axes.set(xlabel="inner steps", ylim=(min(bottom, 0.0), 1.02))
