"""The 50 tasks by their published names: what each demands, and how they are held out and paired.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices

FAMILIES = ("go", "decision", "comparison", "duration", "matching")
AXES = (
    "pro_anti",
    "standard_rt",
    "modality",
    "strongest_weakest",
    "multi",
    "confidence",
    "first_second",
    "longest_shortest",
    "match_nonmatch",
    "stimulus_category",
)
DICHOTOMIES = tuple(axis for axis in AXES if axis not in ("multi", "confidence"))
_OF_ANTI = {  # the axis on which a task of each family is an anti task
    "go": "pro_anti",
    "decision": "strongest_weakest",
    "comparison": "strongest_weakest",
    "duration": "longest_shortest",
    "matching": "match_nonmatch",
}


@dataclass(frozen=True)
class Task:
    """A task, by what it demands.

    Attributes
    ----------
    name : str
    family : str
        One of `FAMILIES`.
    anti : bool
        Respond opposite, to the weaker, to the shorter, or where the stimuli do not match.
    reaction : bool
        Respond as soon as the stimulus appears; fixation never goes off.
    modality : {0, 1, None}
        The only modality that counts, where stimuli are in both.
    multi : bool
        Stimuli are in both modalities and their sum counts.
    confidence : bool
        Respond only if the stimuli are told apart with confidence.
    second : bool, optional
        Whether the second stimulus may call for the response; the first if not.
    category : bool, optional
        Whether the stimuli are matched by category; by direction if not.
    """

    name: str
    family: str
    anti: bool = False
    reaction: bool = False
    modality: int | None = None
    multi: bool = False
    confidence: bool = False
    second: bool | None = None
    category: bool | None = None

    @property
    def in_both(self) -> bool:
        """Whether its stimuli are shown in both modalities; in a random one if not."""
        return self.multi or self.modality is not None

    @property
    def conditional(self) -> bool:
        """Whether its instruction is a condition (30 tasks) and not an imperative (20)."""
        return self.family in ("comparison", "duration", "matching") or self.confidence

    @property
    def structure(self) -> np.ndarray:
        """Its place on each of `AXES`: 1 and -1 are its poles, 0 where it has none (axis,)."""
        place = dict.fromkeys(AXES, 0)
        place[_OF_ANTI[self.family]] = _pole(self.anti)
        if self.family == "go":
            place["standard_rt"] = _pole(self.reaction)
        place["modality"] = _pole(self.modality)
        place["first_second"] = _pole(self.second)
        place["stimulus_category"] = _pole(self.category)
        place["multi"], place["confidence"] = int(self.multi), int(self.confidence)
        return np.array(list(place.values()))


def _pole(second: int | None) -> int:
    return 0 if second is None else 1 - 2 * int(second)


def _tasks() -> list[Task]:
    """All tasks, family after family."""
    tasks = []
    for modality, reaction, anti in product((None, 0, 1), (False, True), (False, True)):
        name = f"{_anti(anti)}{'RT' if reaction else ''}Go{_mod(modality)}"
        tasks.append(Task(name, "go", anti=anti, reaction=reaction, modality=modality))
    for anti in (False, True):
        dm = f"{_anti(anti)}DM"
        tasks.append(Task(dm, "decision", anti))
        tasks.append(Task(f"{_anti(anti)}MultiDM", "decision", anti, multi=True))
        tasks.append(Task(f"Con{dm}", "decision", anti, confidence=True))
        tasks += [Task(f"{dm}{_mod(m)}", "decision", anti, modality=m) for m in (0, 1)]
    for stem, family in (("COMP", "comparison"), ("Dur", "duration")):
        for anti, multi, second in product((False, True), repeat=3):
            name = f"{_anti(anti)}{'Multi' if multi else ''}{stem}{second + 1}"
            tasks.append(Task(name, family, anti, multi=multi, second=second))
        for second, modality in product((False, True), (0, 1)):
            name = f"{stem}{second + 1}{_mod(modality)}"
            tasks.append(Task(name, family, modality=modality, second=second))
    for category, anti in product((False, True), repeat=2):
        name = f"D{'N' if anti else ''}M{'C' if category else 'S'}"
        tasks.append(Task(name, "matching", anti, category=category))
    return tasks


def _anti(anti: bool) -> str:
    return "Anti" if anti else ""


def _mod(modality: int | None) -> str:
    return "" if modality is None else f"Mod{modality + 1}"


TASKS: dict[str, Task] = {task.name: task for task in _tasks()}
CONDITIONAL = tuple(name for name, task in TASKS.items() if task.conditional)

HOLD_OUTS: tuple[tuple[str, ...], ...] = tuple(
    tuple(names.split())
    for names in (
        "AntiDMMod2 RTGo DM MultiCOMP2 AntiMultiDur1",
        "COMP1Mod1 AntiGoMod2 DMS AntiDur1 RTGoMod2",
        "RTGoMod1 AntiCOMP2 AntiRTGo Dur2 MultiCOMP1",
        "GoMod2 AntiMultiCOMP2 DMMod2 AntiRTGoMod1 AntiDur2",
        "MultiDM COMP2Mod2 AntiMultiCOMP1 AntiGoMod1 Dur1Mod1",
        "AntiDM AntiRTGoMod2 Dur2Mod2 AntiCOMP1 DNMS",
        "MultiDur1 GoMod1 COMP2 DMC Dur2Mod1",
        "COMP2Mod1 AntiMultiDM DNMC DMMod1 Dur1Mod2",
        "ConAntiDM COMP1 MultiDur2 COMP1Mod2 Go",
        "AntiGo Dur1 ConDM AntiDMMod1 AntiMultiDur2",
    )
)
FAMILY_HOLD_OUTS: dict[str, tuple[str, ...]] = {
    title: tuple(names.split())
    for title, names in {
        "Go": "Go AntiGo RTGo AntiRTGo",
        "Go modality": "GoMod1 GoMod2 AntiGoMod1 AntiGoMod2",
        "RT modality": "RTGoMod1 RTGoMod2 AntiRTGoMod1 AntiRTGoMod2",
        "Decision": "DM AntiDM MultiDM AntiMultiDM ConDM ConAntiDM",
        "Decision modality": "DMMod1 DMMod2 AntiDMMod1 AntiDMMod2",
        "Comparison": "COMP1 COMP2 MultiCOMP1 MultiCOMP2",
        "Anti comparison": "AntiCOMP1 AntiCOMP2 AntiMultiCOMP1 AntiMultiCOMP2",
        "Comparison modality": "COMP1Mod1 COMP1Mod2 COMP2Mod1 COMP2Mod2",
        "Duration": "Dur1 Dur2 MultiDur1 MultiDur2",
        "Anti duration": "AntiDur1 AntiDur2 AntiMultiDur1 AntiMultiDur2",
        "Duration modality": "Dur1Mod1 Dur1Mod2 Dur2Mod1 Dur2Mod2",
        "Matching": "DMS DNMS DMC DNMC",
    }.items()
}


def find_task(name: str) -> Task:
    """Find a task by name.

    Raises
    ------
    NeurosimError
        If there is no such task.
    """
    if name not in TASKS:
        raise NeurosimError(
            f"psychophysical task: expected one of {choices(TASKS)}, found {name!r}"
        )
    return TASKS[name]


def dichotomy(axis: str) -> tuple[tuple[str, str], ...]:
    """Give the pairs of tasks that differ on one axis only, its two poles.

    Parameters
    ----------
    axis : str
        One of `DICHOTOMIES`.

    Returns
    -------
    tuple of (str, str)
        Names of the tasks at pole 1 and at pole -1.

    Raises
    ------
    NeurosimError
        If the axis has no two poles.
    """
    if axis not in DICHOTOMIES:
        raise NeurosimError(f"dichotomy: expected one of {choices(DICHOTOMIES)}, found {axis!r}")
    column = AXES.index(axis)
    places = {name: tuple(task.structure) for name, task in TASKS.items()}
    found = {place: name for name, place in places.items()}
    pairs = []
    for name, place in places.items():
        across = (*place[:column], -1, *place[column + 1 :])
        if place[column] == 1 and across in found:
            pairs.append((name, found[across]))
    return tuple(pairs)


def held_out_tasks(hold_out: str) -> tuple[str, ...]:
    """Name the tasks that a hold-out leaves out of training.

    Parameters
    ----------
    hold_out : str
        ``none``, ``set_1`` to ``set_10``, or ``family_`` and the title of a family in small
        letters with low lines.

    Raises
    ------
    NeurosimError
        If there is no such hold-out.

    Examples
    --------
    >>> held_out_tasks("family_go")
    ('Go', 'AntiGo', 'RTGo', 'AntiRTGo')
    """
    known = {"none": ()}
    known |= {f"set_{number}": tasks for number, tasks in enumerate(HOLD_OUTS, 1)}
    for title, tasks in FAMILY_HOLD_OUTS.items():
        known[f"family_{title.lower().replace(' ', '_')}"] = tasks
    if hold_out not in known:
        raise NeurosimError(f"hold-out: expected one of {choices(known)}, found {hold_out!r}")
    return known[hold_out]
