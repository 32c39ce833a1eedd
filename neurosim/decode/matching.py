"""Which detected event is which planted one: for comparisons with truth only."""

import numpy as np
import xarray as xr

from neurosim.cells.paths import KINDS
from neurosim.cells.planted import EVENT_DIRECTIONS, MAPS
from neurosim.contract import STATES
from neurosim.files import flag_names, flags


def match_intervals(found: np.ndarray, planted: np.ndarray, min_overlap: float) -> np.ndarray:
    """Match detected intervals to planted ones by overlap, one to one.

    Parameters
    ----------
    found, planted : array (event, 2)
        Start and stop times, s; planted ones sorted and disjoint.
    min_overlap : float
        Smallest overlap as a fraction of the shorter of the two.

    Returns
    -------
    array (event,) of int
        For each detected event the index of the planted one, or -1. Pairs with the largest
        overlap are matched first.
    """
    match = np.full(len(found), -1)
    first = np.searchsorted(planted[:, 1], found[:, 0], side="right")
    last = np.searchsorted(planted[:, 0], found[:, 1], side="left")
    pairs = [(row, column) for row in range(len(found)) for column in range(first[row], last[row])]
    if not pairs:
        return match
    rows, columns = np.array(pairs).T
    overlap = np.minimum(found[rows, 1], planted[columns, 1])
    overlap -= np.maximum(found[rows, 0], planted[columns, 0])
    shorter = np.minimum(np.ptp(found[rows], axis=1), np.ptp(planted[columns], axis=1))
    taken: set[int] = set()
    for pair in np.argsort(-overlap, kind="stable"):
        row, column = int(rows[pair]), int(columns[pair])
        if overlap[pair] < min_overlap * shorter[pair]:
            continue
        if match[row] < 0 and column not in taken:
            match[row] = column
            taken.add(column)
    return match


def planted_beside(candidates: xr.Dataset, truth: xr.Dataset, min_overlap: float) -> xr.Dataset:
    """Put what was planted beside each candidate event.

    Parameters
    ----------
    candidates : Dataset (event)
        From `neurosim.decode.bursts.find_candidates`.
    truth : Dataset (event)
        The recording's ``truth/events``.
    min_overlap : float
        See `match_intervals`.

    Returns
    -------
    Dataset (event)
        ``planted_index`` (-1 where nothing was planted); flags ``planted_kind``, ``_direction``,
        ``_environment``, ``_map`` and ``_state`` (``none`` where nothing was planted); and
        ``planted_start``, ``_stop``, ``_path_start``, ``_path_stop``, ``_speed``, ``_compression``
        (NaN where nothing was planted). ``n_planted`` (state) counts all planted events, found or
        not; the attribute ``home`` names the track on which events are decoded.
    """
    bounds = [np.column_stack([d["start"].values, d["stop"].values]) for d in (candidates, truth)]
    match = match_intervals(*bounds, min_overlap)
    found = match >= 0
    variables = {"planted_index": ("event", match.astype(np.int32), {"long_name": "planted event"})}
    places = tuple(str(truth["environment"].attrs["flag_meanings"]).split())
    for name, meanings in (
        ("kind", (*KINDS, "none")),
        ("direction", EVENT_DIRECTIONS),
        ("environment", places),
        ("map", MAPS),
        ("state", (*STATES, "none")),
    ):
        names = np.full(match.size, "none", dtype=object)
        names[found] = flag_names(truth[name])[match[found]]
        variables[f"planted_{name}"] = flags(
            names, meanings, "event", f"planted {truth[name].attrs['long_name']}"
        )
    for name in ("start", "stop", "path_start", "path_stop", "speed", "compression"):
        values = np.full(match.size, np.nan)
        values[found] = truth[name].values[match[found]]
        variables[f"planted_{name}"] = ("event", values, truth[name].attrs)
    states = flag_names(truth["state"])
    variables["n_planted"] = (
        "state",
        [int((states == state).sum()) for state in STATES],
        {"long_name": "planted events, found or not"},
    )
    return xr.Dataset(variables, {"state": list(STATES)}, {"home": truth.attrs["home"]})
