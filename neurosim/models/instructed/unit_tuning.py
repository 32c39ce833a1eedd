"""Tuning of units in two tasks that demand opposite things: does it turn, or change sign?

Units in Go prefer a direction and in AntiGo the opposite one; in DM they follow the stronger of
two stimuli, ramping the steeper the stronger the contrast, and in AntiDM the weaker; in DMS they
follow the distance between two directions, in COMP1 the contrast between two strengths, with the
opposite sign in DNMS and COMP2 (Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 4).
All units are tested, not chosen ones: units that hold what was shown need not turn, and do not, so
that turns can gather at 0 and at pi.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import xarray as xr

from neurosim.models.instructed.evaluation import respond
from neurosim.models.instructed.network import InstructedNetwork
from neurosim.stats.circular import turned
from neurosim.stats.intervals import Estimate
from neurosim.stats.preferred_directions import (
    compare_directions,
    contrast_direction,
    fit_directions,
)
from neurosim.stats.unit_slopes import compare_slopes, fit_slopes
from neurosim.tasks.psychophysics.catalogue import TASKS, dichotomy
from neurosim.tasks.psychophysics.source import NUMBERS, TrialSource
from neurosim.tasks.psychophysics.timing import EPOCHS
from neurosim.tasks.psychophysics.trials import Trials

WINDOWS = ("stimuli", "response", "ramp")
_POLES = ("first", "second")
ABOUT = {
    "preferred_direction": ("rad", "direction that a unit prefers"),
    "tuning_depth": ("1", "amplitude of the tuning to direction, activity by strength"),
    "turn": ("rad", "turn of the preferred direction from the first task to the second"),
    "turn_tuned": ("1", "whether a unit is tuned to direction in both tasks"),
    "turn_n": ("1", "units tuned to direction in both tasks"),
    "turn_mean": ("rad", "mean turn of tuned units"),
    "turn_low": ("rad", "lower end of the 95 % interval of the mean turn"),
    "turn_high": ("rad", "upper end of the 95 % interval of the mean turn"),
    "turn_resultant": ("1", "length of the mean vector of turns"),
    "turn_rayleigh_p": ("1", "p value of no common turn"),
    "turn_v_p": ("1", "p value of no common turn, against one of pi"),
    "turn_near": ("1", "share of tuned units that turn by pi, within pi/4"),
    "turn_near_low": ("1", "lower end of the 95 % interval of the share that turns"),
    "turn_near_high": ("1", "upper end of the 95 % interval of the share that turns"),
    "turning_held_out": ("1", "whether a task of the pair was held out"),
    "slope": ("1", "activity by distance (rad) or contrast"),
    "flip_tuned": ("1", "whether a unit has a slope in both tasks"),
    "flip_n": ("1", "units with a slope in both tasks"),
    "flip_share": ("1", "share of tuned units whose slope changes its sign"),
    "flip_share_low": ("1", "lower end of the 95 % interval of the share that changes sign"),
    "flip_share_high": ("1", "upper end of the 95 % interval of the share that changes sign"),
    "flip_p": ("1", "p value of as many slopes that change their sign as keep it"),
    "flip_correlation": ("1", "correlation over units of tuning in both tasks"),
    "flip_correlation_low": ("1", "lower end of the 95 % interval of the correlation"),
    "flip_correlation_high": ("1", "upper end of the 95 % interval of the correlation"),
    "flipping_held_out": ("1", "whether a task of the pair was held out"),
}


class Recorded(NamedTuple):
    """Trials of one task, and what the units did in each window.

    Attributes
    ----------
    trials : Trials
    activity : (window, trial, unit) array
        At the last step before the response epoch, the mean over that epoch after its grace, and
        the ramp: how far a line through the activity rises over the last stimulus.
    """

    trials: Trials
    activity: np.ndarray


def record(
    network: InstructedNetwork,
    task: str,
    source: TrialSource,
    n_trials: int,
    rng: np.random.Generator,
) -> Recorded:
    """Record trials of a task, told in the words to train with."""
    trials = source.draw(task, n_trials, rng)
    telling = network.information.tell(np.full(n_trials, NUMBERS[task]), rng)
    with torch.no_grad():
        information = network.information(torch.from_numpy(telling))
    _, activity = respond(network.sensorimotor, trials.inputs, information)
    return Recorded(trials, windowed(activity, trials))


def windowed(activity: np.ndarray, trials: Trials) -> np.ndarray:
    """Give the activity (window, trial, unit) at the end of the stimuli, in the response, its ramp.

    Parameters
    ----------
    activity : (trial, step, unit) array
    trials : Trials
        Of one task.
    """
    response = trials.epochs[:, EPOCHS.index("response")]
    step = np.arange(activity.shape[1])
    late = step >= (response + trials.timing.grace)[:, None]
    mean = np.einsum("ts,tsu->tu", late / late.sum(axis=1, keepdims=True), activity)
    at_end = activity[np.arange(len(activity)), response - 1]
    return np.stack([at_end, mean, _ramps(activity, _last_onset(trials), response)])


def _last_onset(trials: Trials) -> np.ndarray:
    """First step (trial,) of the last stimulus: in Go and Decision there is one alone in time."""
    one = list(TASKS.values())[trials.task[0]].family in ("go", "decision")
    return trials.epochs[:, EPOCHS.index("stimulus_1" if one else "stimulus_2")]


def _ramps(activity: np.ndarray, start: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """Rise (trial, unit) of the least-squares line through the steps from start to before stop."""
    step = np.arange(activity.shape[1])
    within = (step >= start[:, None]) & (step < stop[:, None])
    n = within.sum(axis=1, keepdims=True)
    centred = np.where(within, step - (start + stop - 1)[:, None] / 2, 0.0)
    weight = (n - 1) * centred / np.sum(centred**2, axis=1, keepdims=True)
    return np.einsum("ts,tsu->tu", weight, activity)


def turning_pairs(tasks: Sequence[str]) -> list[tuple[str, str]]:
    """Find pairs of tasks of a study between which preferred directions should turn by pi.

    Pro and anti tasks whose stimuli end before the response, and choices of the stronger and the
    weaker.

    >>> turning_pairs(["Go", "AntiGo", "RTGo", "AntiRTGo", "DMMod1", "AntiDMMod1", "ConDM"])
    [('Go', 'AntiGo'), ('DMMod1', 'AntiDMMod1')]
    """
    pairs = [pair for axis in ("pro_anti", "strongest_weakest") for pair in dichotomy(axis)]
    return [
        pair
        for pair in pairs
        if set(pair) <= set(tasks)
        and TASKS[pair[0]].family in ("go", "decision")
        and not (TASKS[pair[0]].reaction or TASKS[pair[0]].confidence)
    ]


def flipping_pairs(tasks: Sequence[str]) -> list[tuple[str, str]]:
    """Find pairs of tasks of a study between which slopes should change their sign.

    Matching by direction and its opposite, and comparisons that name the first and the second.

    >>> flipping_pairs(["DMS", "DNMS", "DMC", "DNMC", "COMP1", "COMP2", "Dur1", "Dur2"])
    [('DMS', 'DNMS'), ('COMP1', 'COMP2')]
    """
    matching = [pair for pair in dichotomy("match_nonmatch") if not TASKS[pair[0]].category]
    comparison = [
        pair for pair in dichotomy("first_second") if TASKS[pair[0]].family == "comparison"
    ]
    return [pair for pair in [*matching, *comparison] if set(pair) <= set(tasks)]


def stimuli_that_count(trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    """Give directions (rad) and strengths of the stimuli by which the task is done.

    Parameters
    ----------
    trials : Trials
        Of one task.

    Returns
    -------
    direction, strength : (trial, stimulus) array
        Of the modality that counts; summed over both where both do.
    """
    modality = list(TASKS.values())[trials.task[0]].modality
    direction, strength, *_ = trials.shown
    if modality is None:
        return direction[:, :, 0], strength.sum(axis=2)
    return direction[:, :, modality], strength[:, :, modality]


def direction_shown(trials: Trials) -> tuple[np.ndarray, np.ndarray]:
    """Give the direction (trial,) to go by, rad, and how strong it is: of one, or of a contrast."""
    direction, strength = stimuli_that_count(trials)
    if list(TASKS.values())[trials.task[0]].family == "go":
        return direction[:, 0], strength[:, 0]
    return contrast_direction(direction, strength)


def number_shown(trials: Trials) -> np.ndarray:
    """Give the number (trial,) to go by: distance (rad), or first strength less the second."""
    direction, strength = stimuli_that_count(trials)
    if list(TASKS.values())[trials.task[0]].family == "matching":
        return np.abs(turned(direction[:, 1], direction[:, 0]))
    return strength[:, 0] - strength[:, 1]


def measure_turns(first: Recorded, second: Recorded) -> xr.Dataset:
    """Measure how far preferred directions turn from one task to another.

    Returns
    -------
    Dataset
        ``preferred_direction``, rad, and ``tuning_depth`` (window, pole, unit) in the first and the
        second task; ``turn``, rad, and ``turn_tuned`` (window, unit), whether a unit is tuned in
        both tasks; over tuned units (window): their number ``turn_n``, the mean ``turn_mean`` with
        ``turn_low`` and ``turn_high``, ``turn_resultant``, p values of Rayleigh's test
        ``turn_rayleigh_p`` and of the V test for pi ``turn_v_p``, and the share within pi/4 of pi
        ``turn_near`` with ``turn_near_low`` and ``turn_near_high``.
    """
    rows = []
    for one, other in zip(first.activity, second.activity, strict=True):
        fits = (
            fit_directions(one, *direction_shown(first.trials)),
            fit_directions(other, *direction_shown(second.trials)),
        )
        found = compare_directions(*fits)
        rows.append(
            {
                "preferred_direction": (("pole", "unit"), [fit.direction for fit in fits]),
                "tuning_depth": (("pole", "unit"), [fit.depth for fit in fits]),
                "turn": ("unit", found.shift),
                "turn_tuned": ("unit", found.tuned.astype(np.int8)),
                "turn_n": int(found.tuned.sum()),
                **_named("turn_mean", "turn", found.directions.mean),
                "turn_resultant": found.directions.resultant,
                "turn_rayleigh_p": found.directions.rayleigh_p,
                "turn_v_p": found.directions.v_p,
                **_named("turn_near", "turn_near", found.share_near),
            }
        )
    return _by_window(rows)


def measure_flips(first: Recorded, second: Recorded) -> xr.Dataset:
    """Measure how many slopes change their sign from one task to another.

    Returns
    -------
    Dataset
        ``slope`` (window, pole, unit) in the first and the second task, and ``flip_tuned``
        (window, unit), whether a unit has a slope in both; over tuned units (window): their number
        ``flip_n``, the share that changes sign ``flip_share`` with ``flip_share_low`` and
        ``flip_share_high``, and the p value of a sign test ``flip_p``; over all units the
        correlation of their coefficients ``flip_correlation`` with ``flip_correlation_low`` and
        ``flip_correlation_high``.
    """
    rows = []
    for one, other in zip(first.activity, second.activity, strict=True):
        slopes = (
            fit_slopes(one, number_shown(first.trials)),
            fit_slopes(other, number_shown(second.trials)),
        )
        found = compare_slopes(*slopes)
        rows.append(
            {
                "slope": (("pole", "unit"), [each.slope for each in slopes]),
                "flip_tuned": ("unit", found.tuned.astype(np.int8)),
                "flip_n": int(found.tuned.sum()),
                **_named("flip_share", "flip_share", found.share_flipped),
                "flip_p": found.sign.p_value,
                **_named("flip_correlation", "flip_correlation", found.correlation.r),
            }
        )
    return _by_window(rows)


def measure_tuning(
    record_task: Callable[[str], Recorded], tasks: Sequence[str], held_out: Sequence[str]
) -> list[xr.Dataset]:
    """Measure all turns and flips that the tasks of a study allow.

    Parameters
    ----------
    record_task : callable
        Gives trials of a task by its name.
    tasks, held_out : sequence of str
        Of the study, and which of them were not trained.

    Returns
    -------
    list of Dataset
        Turns with a dimension ``turning``, named by the pair of tasks ("Go, AntiGo"), and
        ``turning_held_out`` (turning, pole), whether each was held out; flips likewise with
        ``flipping``. None where the study has no such pair.
    """
    kinds: Mapping[str, tuple] = {
        "turning": (turning_pairs(tasks), measure_turns),
        "flipping": (flipping_pairs(tasks), measure_flips),
    }
    found = []
    for dim, (pairs, measure) in kinds.items():
        if pairs:
            names = {dim: [", ".join(pair) for pair in pairs]}
            rows = [measure(record_task(first), record_task(second)) for first, second in pairs]
            left_out = np.isin(pairs, list(held_out)).astype(np.int8)
            whole = xr.concat(rows, dim).assign_coords(names)
            found.append(whole.assign({f"{dim}_held_out": ((dim, "pole"), left_out)}))
    return found


def _named(value: str, ends: str, estimate: Estimate) -> dict[str, float]:
    return {value: estimate.value, f"{ends}_low": estimate.low, f"{ends}_high": estimate.high}


def _by_window(rows: Sequence[Mapping]) -> xr.Dataset:
    names = {"window": list(WINDOWS), "pole": list(_POLES)}
    return xr.concat([xr.Dataset(row) for row in rows], "window").assign_coords(names)
