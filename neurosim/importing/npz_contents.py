"""What is in an ``.npz``: its arrays, and which documented names they may have."""

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neurosim.importing.contents import Contents, FoundIntervals, FoundSeries
from neurosim.importing.epochs import EPOCH_NAMES
from neurosim.importing.npz import DOCUMENTED, NEEDED, load_decoded

# What people call what `neurosim.importing.npz` documents.
LIKELY_NAMES = {
    "spike_time_s": r"(spikes?_?)(times?)?(_s)?|st|times",
    "spike_unit": r"(spikes?_?)?(units?|clu(sters?)?|cells?|ids?)(_ids?)?",
    "position_time_s": r"(pos(itions?)?_?)?(t|times?|timestamps?)(_s)?",
    "x": r"(pos(itions?)?_?)?x(_\w+)?",
    "y": r"(pos(itions?)?_?)?y(_\w+)?",
    "track_position": r"lin(ear(ized|ised)?)?(_?pos(ition)?)?(_\w+)?",
    "head_direction_rad": r"(hd|head_?dir(ection)?|heading|head_?angle)(_\w+)?",
    "unit_region": r"(units?_?)?(regions?|brain_?areas?|areas?|locations?)",
    "reward_time_s": r"rewards?(_?times?)?(_s)?",
}


def guess_arrays(names: list[str]) -> dict[str, str]:
    """Guess which array is which: documented name to the name in the file, where they differ."""
    guessed: dict[str, str] = {}
    for ours, pattern in LIKELY_NAMES.items():
        if ours in names:
            continue
        free = [n for n in names if n not in DOCUMENTED and n not in guessed.values()]
        fitting = [name for name in free if re.fullmatch(pattern, name.lower())]
        if len(fitting) == 1:
            guessed[ours] = fitting[0]
    return guessed


def find_contents(path: Path, arrays: Mapping[str, str]) -> Contents:
    """List what an ``.npz`` holds.

    Parameters
    ----------
    path : Path
    arrays : Mapping
        Documented name to the name in the file, where they differ.
    """
    found = load_decoded(path)
    described = {name: _described(values) for name, values in found.items()}
    named = {theirs: ours for ours, theirs in arrays.items()}
    ours = {named.get(name, name): values for name, values in found.items()}
    unit, times = ours.get("spike_unit", np.empty(0)), ours.get("spike_time_s", np.empty(0))
    whole = unit.dtype.kind in "iu" and unit.size
    columns = {name: ours[name] for name in ("unit_region", "unit_hemisphere") if name in ours}
    return Contents(
        int(unit.max()) + 1 if whole else 0,
        times.size,
        {name: values for name, values in columns.items() if values.dtype.kind == "U"},
        tuple(_series(ours)),
        tuple(_intervals(ours)),
        described,
        tuple(name for name in NEEDED if name not in ours),
    )


def _described(values: np.ndarray) -> str:
    text = f"{values.dtype} {values.shape}"
    if values.dtype.kind in "iuf" and np.isfinite(values).any():
        text += f", {np.nanmin(values):g} to {np.nanmax(values):g}"
    return text


def _series(ours: Mapping[str, np.ndarray]) -> list[FoundSeries]:
    clock = ours.get("position_time_s")
    if clock is None or clock.dtype.kind not in "iuf" or not clock.size:
        return []
    kinds = {"x": "position", "y": "position", "head_direction_rad": "head direction"}
    found = []
    for name, kind in kinds.items():
        values = ours.get(name)
        if values is None or values.dtype.kind not in "iuf" or not np.isfinite(values).any():
            continue
        span = float(np.nanmin(clock)), float(np.nanmax(clock))
        extent = float(np.nanmin(values)), float(np.nanmax(values))
        unit = "rad" if kind == "head direction" else ""
        found.append(FoundSeries(name, kind, unit, values.shape, *span, *extent))
    return found


def _intervals(ours: Mapping[str, np.ndarray]) -> list[FoundIntervals]:
    if any(name not in ours for name in EPOCH_NAMES):
        return []
    start, stop, *labels = (ours[name] for name in EPOCH_NAMES)
    if not (start.dtype.kind in "iuf" and stop.dtype.kind in "iuf" and start.ndim == 1):
        return []
    columns = dict(zip(("state", "phase", "environment"), labels, strict=True))
    return [FoundIntervals("epochs", start, stop, {k: v.astype(str) for k, v in columns.items()})]
