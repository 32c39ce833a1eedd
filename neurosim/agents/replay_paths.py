"""Sequences that agents replay, as paths along a real track.

The agent's places lie side by side along the track; its outbound lane is the first route between
the two wells, its inbound lane the second, as the maps of place cells are.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import xarray as xr

from neurosim import MissingData
from neurosim.agents.laps import ReplayEvent
from neurosim.cells.virtual import Repertoire

Kept = Callable[[ReplayEvent], bool]
CONDITIONS: dict[str, tuple[str, Kept]] = {  # reward condition and which of its events
    "before_run": ("baseline", lambda e: e.when == "before_run"),
    "after_reward": ("baseline", lambda e: e.when == "after_reward"),
    "raised_usual": ("raised", lambda e: _at_changed_end(e) and not e.changed),
    "raised_changed": ("raised", lambda e: _at_changed_end(e) and e.changed),
    "removed_usual": ("removed", lambda e: _at_changed_end(e) and not e.changed),
    "removed_changed": ("removed", lambda e: _at_changed_end(e) and e.changed),
}


def _at_changed_end(event: ReplayEvent) -> bool:
    return event.when == "after_reward" and event.end == "last"


def paths_dataset(
    events: Mapping[str, Sequence[Sequence[ReplayEvent]]], n_laps: xr.DataArray, n_places: int
) -> xr.Dataset:
    """List the paths of each condition, and how many there are a lap.

    Parameters
    ----------
    events : Mapping of reward to sequence of sequence of ReplayEvent
        Agents a list each, from `neurosim.agents.studies.replay_at_ends`.
    n_laps : DataArray (reward, agent, changed, end)
    n_places : int
        Of the track.

    Returns
    -------
    Dataset (path, condition)
        ``condition_index``, ``route``, ``start`` and ``stop`` (path,), the latter parts of the
        track from the beginning of the route; ``per_lap`` (condition,). Sequences that turn on
        the way, and steps back that are replayed in their order, are left out
        (``turning_per_lap``): a decoder cannot tell their direction.
    """
    rows, rates, left_out = [], [], []
    for number, (reward, keeps) in enumerate(CONDITIONS.values()):
        every = [event for agent in events[reward] for event in agent if keeps(event)]
        kept = [event for event in every if _is_path(event, n_places)]
        rows += [(number, *_path(event, n_places)) for event in kept]
        n = _laps_of(number, n_laps.sel(reward=reward))
        rates.append(len(kept) / n if n else np.nan)
        left_out.append((len(every) - len(kept)) / n if n else np.nan)
    table = np.array(rows, dtype=float).reshape(-1, 4)
    described = {
        "condition_index": (table[:, 0].astype(np.int32), "", "condition"),
        "route": (table[:, 1].astype(np.int32), "", "route: outbound, inbound"),
        "start": (table[:, 2], "1", "beginning of the path, part of its route"),
        "stop": (table[:, 3], "1", "end of the path, part of its route"),
    }
    per_lap = {"units": "1", "long_name": "sequences a lap"}
    return xr.Dataset(
        {name: ("path", values, {"units": unit, "long_name": text})
         for name, (values, unit, text) in described.items()}
        | {
            "per_lap": ("condition", rates, per_lap),
            "turning_per_lap": ("condition", left_out, per_lap | {
                "long_name": "sequences a lap that turn and are left out"}),
        },
        coords={"condition": list(CONDITIONS)},
    )  # fmt: skip


def is_one_way(states: Sequence[int]) -> bool:
    """Whether a sequence never turns."""
    return np.unique(np.sign(np.diff(states))).size == 1


def _is_path(event: ReplayEvent, n_places: int) -> bool:
    """Whether a sequence is a path whose way along its route is that of its steps."""
    if not is_one_way(event.states):
        return False
    _, start, stop = _path(event, n_places)
    return (stop > start) == (event.direction == "forward")


def _laps_of(condition: int, n_laps: xr.DataArray) -> int:
    """Laps in which a condition is met."""
    name = list(CONDITIONS)[condition]
    if name.endswith(("usual", "changed")):
        changed = "changed" if name.endswith("changed") else "same"
        return int(n_laps.sel(changed=changed, end="last").sum())
    return int(n_laps.sum())


def _path(event: ReplayEvent, n_places: int) -> tuple[int, float, float]:
    """Route, and parts of it at which the path begins and ends."""
    route = event.states[0] // n_places
    ends = np.array([event.states[0], event.states[-1]]) % n_places
    along = (ends if route == 0 else n_places - 1 - ends) + 0.5
    return route, *(along / n_places).tolist()


def repertoire_of(paths: xr.Dataset, condition: str, length_m: float) -> Repertoire:
    """Paths of a condition on a track of some length, m.

    Raises
    ------
    MissingData
        If nothing was replayed in that condition.
    """
    number = paths["condition"].values.tolist().index(condition)
    here = paths.isel(path=np.flatnonzero(paths["condition_index"].values == number))
    if here.sizes["path"] == 0:
        raise MissingData(f"{condition}: expected sequences that agents replay, found none")
    ends = length_m * here["start"].values, length_m * here["stop"].values
    return Repertoire(here["route"].values, *ends)
