"""What every recording must have, and the checks that hold it to that."""

from collections.abc import Mapping

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.files import flag_names
from neurosim.physical import check_magnitudes, check_numbers, check_units

STATES = ("run", "rest", "nrem", "rem")
PHASES = ("pre", "run", "post")
INACTIVATIONS = ("none", "saline", "ttx_left", "ttx_right", "ttx_both")
REGIONS = ("CA1", "ADN", "SC")

# group -> variable -> dimensions; what every recording must have.
REQUIRED = {
    "behaviour": {
        "time": ("time",),
        "position": ("time", "space"),
        "speed": ("time",),
        "environment": ("time",),
    },
    "epochs": {
        "start": ("epoch",),
        "stop": ("epoch",),
        "state": ("epoch",),
        "phase": ("epoch",),
        "environment": ("epoch",),
        "inactivation": ("epoch",),
    },
    "units": {"region": ("unit",), "hemisphere": ("unit",), "name": ("unit",)},
    "spikes": {"time": ("spike",), "unit_index": ("spike",)},
}
OPTIONAL = {
    "behaviour": {
        "track_position": ("time",),
        "head_direction": ("time",),
        "eye_position": ("time",),
        "edge": ("time",),
        "lap": ("time",),
    },
    "track": {
        "node_position": ("node", "space"),
        "node_environment": ("node",),
        "well": ("node",),
        "edge_node": ("edge", "end"),
        "edge_environment": ("edge",),
        "edge_length": ("edge",),
    },
    "oscillations": {
        "theta_phase": ("sample",),
        "ripple_power": ("sample",),
        "field_potential": ("sample",),
    },
}
# Groups that a recording may lack, and what they must have where they are there.
OPTIONAL_GROUPS = {
    "track": {
        "node_position": ("node", "space"),
        "node_environment": ("node",),
        "edge_node": ("edge", "end"),
    },
    "rewards": {
        "time": ("reward",),
        "position": ("reward",),
        "well": ("reward",),
        "environment": ("reward",),
    },
    "oscillations": {"time": ("sample",)},
}
# Groups whose values are read, and checked, on first use alone: they are large.
READ_ON_USE = ("oscillations",)
# Gaps in tracking and in the field potential are allowed here (NaN); everywhere else a NaN is an
# error.
MAY_BE_MISSING = {"track_position", "head_direction", "eye_position", "position", "speed"}


def validate(groups: Mapping[str, xr.Dataset], source: str) -> None:
    """Hold the groups of a recording to the contract.

    Parameters
    ----------
    groups : Mapping of group name to Dataset
        Those of `REQUIRED`, and of `OPTIONAL_GROUPS` where there are any. Of `READ_ON_USE` only
        names, dimensions and units are looked at.
    source : str
        Where it comes from; the beginning of every message.

    Raises
    ------
    NeurosimError
        Naming the file, the variable, what was expected, what was found and what to do.
    """
    optional = {name: groups[name] for name in OPTIONAL_GROUPS if name in groups}
    for group, variables in (REQUIRED | {g: OPTIONAL_GROUPS[g] for g in optional}).items():
        dataset = groups[group]
        for name, dims in variables.items():
            if name not in dataset.variables:
                raise NeurosimError(f"{source}: expected a variable '/{group}/{name}', found none")
            _check_dims(dataset, group, name, dims, source)
        for name, dims in OPTIONAL.get(group, {}).items():
            if name in dataset.variables:
                _check_dims(dataset, group, name, dims, source)
    check_units(groups, source)
    _check_behaviour(groups["behaviour"], source)
    _check_epochs(groups["epochs"], source)
    _check_names(groups["units"], source)
    _check_spikes(groups["spikes"], groups["units"].sizes["unit"], source)
    if "track" in optional:
        _check_track(optional["track"], source)
    _check_track_positions(groups["behaviour"], optional.get("track"), source)
    if "rewards" in optional:
        _check_rewards(optional["rewards"], optional.get("track"), source)
    for group, dataset in groups.items():
        if group not in READ_ON_USE:
            check_magnitudes(group, dataset, source)


def validate_oscillations(oscillations: xr.Dataset, source: str) -> None:
    """Hold the values of the group ``/oscillations`` to the contract.

    Where the field potential was lost, phase and power are NaN.

    Raises
    ------
    NeurosimError
        Naming the file, the variable, what was expected, what was found and what to do.
    """
    _check_clock(oscillations["time"], "/oscillations/time", source)
    for name in OPTIONAL["oscillations"]:
        if name in oscillations and np.isinf(oscillations[name].values).any():
            raise NeurosimError(
                f"{source}: '/oscillations/{name}': expected numbers, or NaN where the field "
                "potential was lost, found infinity; write NaN there"
            )
    check_magnitudes("oscillations", oscillations, source)


def _check_dims(
    dataset: xr.Dataset, group: str, name: str, dims: tuple[str, ...], source: str
) -> None:
    if dataset[name].dims != dims:
        raise NeurosimError(
            f"{source}: '/{group}/{name}': expected dimensions {dims}, found {dataset[name].dims}"
        )


def _check_finite(variable: xr.DataArray, label: str, source: str, remedy: str) -> None:
    values = variable.values.ravel()
    bad = np.flatnonzero(~np.isfinite(values))
    if bad.size:
        raise NeurosimError(
            f"{source}: '{label}': expected finite numbers, found {values[bad[0]]} at "
            f"index {bad[0]} ({bad.size} in all); {remedy}"
        )


def _check_clock(time: xr.DataArray, label: str, source: str) -> None:
    """Hold a clock to at least two times, finite and increasing."""
    if time.size < 2:
        raise NeurosimError(f"{source}: '{label}': expected at least 2 samples, found {time.size}")
    _check_finite(time, label, source, "remove those samples")
    steps = np.diff(time.values)
    if np.any(steps <= 0):
        index = int(np.flatnonzero(steps <= 0)[0]) + 1
        raise NeurosimError(
            f"{source}: '{label}': expected increasing times, found {time.values[index]} "
            f"after {time.values[index - 1]} at index {index}; sort and remove duplicates"
        )


def _check_behaviour(behaviour: xr.Dataset, source: str) -> None:
    _check_clock(behaviour["time"], "/behaviour/time", source)
    _checked_flags(behaviour["environment"], "/behaviour/environment", source)
    for name in behaviour.data_vars:
        if behaviour[name].dtype.kind != "f":
            continue
        if name not in MAY_BE_MISSING:
            _check_finite(behaviour[name], f"/behaviour/{name}", source, "interpolate them")
        elif np.isinf(behaviour[name].values).any():
            raise NeurosimError(
                f"{source}: '/behaviour/{name}': expected numbers, or NaN where tracking was "
                "lost, found infinity; write NaN there"
            )


def _check_track(track: xr.Dataset, source: str) -> None:
    _check_finite(track["node_position"], "/track/node_position", source, "place every node")
    for name in ("node_environment", "edge_environment", "well"):
        if name in track:
            _checked_flags(track[name], f"/track/{name}", source)
    _check_range(track["edge_node"], "/track/edge_node", track.sizes["node"], source)


def _check_track_positions(behaviour: xr.Dataset, track: xr.Dataset | None, source: str) -> None:
    """Positions along a track mean something only with the track."""
    if "track_position" not in behaviour:
        return
    if track is None or track.sizes["edge"] == 0:
        raise NeurosimError(
            f"{source}: '/behaviour/track_position': expected a group '/track' with the edges of "
            "the track, found none; write its nodes and edges"
        )
    if "edge" in behaviour:
        tracked = behaviour["edge"][np.isfinite(behaviour["track_position"].values)]
        _check_range(tracked, "/behaviour/edge", track.sizes["edge"], source)


def _check_rewards(rewards: xr.Dataset, track: xr.Dataset | None, source: str) -> None:
    _check_finite(rewards["time"], "/rewards/time", source, "remove those rewards")
    times = rewards["time"].values
    if np.any(np.diff(times) < 0):
        index = int(np.flatnonzero(np.diff(times) < 0)[0]) + 1
        raise NeurosimError(
            f"{source}: '/rewards/time': expected sorted times, found {times[index]} after "
            f"{times[index - 1]} at index {index}; sort all rewards by time"
        )
    _checked_flags(rewards["environment"], "/rewards/environment", source)
    n_nodes = 0 if track is None else track.sizes["node"]
    _check_range(rewards["well"], "/rewards/well", n_nodes, source)


def _check_range(variable: xr.DataArray, label: str, n: int, source: str) -> None:
    """Hold indices to whole numbers from 0 to n - 1."""
    check_numbers(variable, label, source, "iu")
    values = variable.values.ravel()
    bad = np.flatnonzero((values < 0) | (values >= n))
    if bad.size:
        raise NeurosimError(
            f"{source}: '{label}': expected indices from 0 to {n - 1}, found {values[bad[0]]} at "
            f"index {bad[0]}"
        )


def _check_epochs(epochs: xr.Dataset, source: str) -> None:
    for name in ("start", "stop"):
        _check_finite(epochs[name], f"/epochs/{name}", source, "give every epoch both times")
    start, stop = epochs["start"].values, epochs["stop"].values
    if start.size == 0:
        raise NeurosimError(f"{source}: '/epochs': expected at least one epoch, found none")
    if np.any(stop <= start):
        index = int(np.flatnonzero(stop <= start)[0])
        raise NeurosimError(
            f"{source}: '/epochs/stop': expected stop after start, found {start[index]} to "
            f"{stop[index]} s at index {index}; correct or remove that epoch"
        )
    if np.any(start[1:] < stop[:-1] - 1e-9):
        index = int(np.flatnonzero(start[1:] < stop[:-1] - 1e-9)[0]) + 1
        raise NeurosimError(
            f"{source}: '/epochs/start': expected epochs in order without overlap, found "
            f"{start[index]} s before the end of the one before ({stop[index - 1]} s) at index "
            f"{index}; sort or trim them"
        )
    allowed = {"state": STATES, "phase": PHASES, "inactivation": INACTIVATIONS}
    for name in (*allowed, "environment"):
        found = set(_checked_flags(epochs[name], f"/epochs/{name}", source))
        meanings = allowed.get(name, found)
        unknown = sorted(found - set(meanings))
        if unknown:
            raise NeurosimError(
                f"{source}: '/epochs/{name}': expected one of {choices(meanings)}, "
                f"found {unknown[0]!r}"
            )


def _checked_flags(variable: xr.DataArray, label: str, source: str) -> np.ndarray:
    """Names behind a CF flag variable; an error names the file and the variable."""
    for attribute in ("flag_meanings", "flag_values"):
        if attribute not in variable.attrs:
            raise NeurosimError(
                f"{source}: '{label}': expected a CF flag variable with the attribute "
                f"{attribute!r}, found none"
            )
    try:
        return flag_names(variable)
    except ValueError as error:
        raise NeurosimError(f"{source}: '{label}': {error}") from error


def _check_names(units: xr.Dataset, source: str) -> None:
    for name in REQUIRED["units"]:
        if units[name].dtype.kind not in "OU":
            raise NeurosimError(
                f"{source}: '/units/{name}': expected texts, found {units[name].dtype}"
            )


def _check_spikes(spikes: xr.Dataset, n_units: int, source: str) -> None:
    times, unit = spikes["time"], spikes["unit_index"]
    _check_finite(times, "/spikes/time", source, "remove those spikes")
    index = first_unsorted(times.values)
    if index is not None:
        raise NeurosimError(
            f"{source}: '/spikes/time': expected sorted times, found {times.values[index]} after "
            f"{times.values[index - 1]} at index {index}; sort times and unit_index together"
        )
    check_numbers(unit, "/spikes/unit_index", source, "iu")
    if n_units == 0:
        raise NeurosimError(f"{source}: '/units': expected at least one unit, found none")
    if unit.size and (unit.values.min() < 0 or unit.values.max() >= n_units):
        index = int(np.flatnonzero((unit.values < 0) | (unit.values >= n_units))[0])
        raise NeurosimError(
            f"{source}: '/spikes/unit_index': expected 0 to {n_units - 1}, found "
            f"{unit.values[index]} at index {index}"
        )
    twice = repeated_spikes(times.values, unit.values)
    if twice.size:
        raise NeurosimError(
            f"{source}: '/spikes/time': expected one spike of a unit at a time, found unit "
            f"{unit.values[twice[0]]} twice at {times.values[twice[0]]} s (index {twice[0]}; "
            f"{twice.size} in all); remove the copies"
        )


def first_unsorted(times: np.ndarray) -> int | None:
    """Index of the first time (n,) that is earlier than the one before; None if there is none."""
    earlier = times[1:] < times[:-1]  # no differences: of a day's spikes they are half a gigabyte
    return int(np.argmax(earlier)) + 1 if earlier.any() else None


def repeated_spikes(times: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """Find spikes (spike,), sorted by time, whose unit has fired at the very same time before."""
    tied = np.flatnonzero(times[1:] == times[:-1])
    if not tied.size:
        return tied
    candidates = np.union1d(tied, tied + 1)
    order = candidates[np.lexsort((unit[candidates], times[candidates]))]
    same = (np.diff(times[order]) == 0) & (np.diff(unit[order]) == 0)
    return np.sort(order[1:][same])
