"""Recordings from pynapple objects, and pynapple objects from recordings.

pynapple rounds times to nanoseconds, and takes a microsecond off an epoch that ends where the next
one begins; else nothing is lost.
"""

import warnings
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.contract import REGIONS
from neurosim.errors import choices
from neurosim.files import flag_names
from neurosim.importing.angles import resampled
from neurosim.importing.assembly import assemble
from neurosim.importing.epochs import EpochColumns
from neurosim.importing.intervals import Labelled, combine
from neurosim.importing.labels import MEANINGS, Meaning, meaning_of, region_of
from neurosim.importing.positions import Scale
from neurosim.recording import Recording

REGION_COLUMNS = ("region", "location", "brain_area", "brain_region", "area", "structure")
HERE = Path("pynapple")  # the beginning of every message
SERIES = ("head_direction", "track_position", "speed", "eye_position")


def load_pynapple() -> ModuleType:
    """Import pynapple.

    Raises
    ------
    NeurosimError
        If it is not installed.
    """
    try:
        import pynapple
    except ImportError as error:
        raise NeurosimError(
            f"pynapple cannot be imported ({error}); install it: pip install pynapple"
        ) from error
    return pynapple


def recording_from_pynapple(
    spikes: Any,
    position: Any,
    epochs: Any,
    head_direction: Any = None,
    *,
    name: str = "recording",
    region: str | None = None,
    scale: Scale | None = None,
) -> Recording:
    """Make a recording of pynapple objects.

    Parameters
    ----------
    spikes : pynapple.TsGroup
        Units; with a column of regions (one of `REGION_COLUMNS`), or all of one `region`. Those of
        other regions are left out. Columns ``hemisphere`` and ``unit_name`` are kept.
    position : pynapple.TsdFrame or pynapple.Tsd
        x and y (its first two columns), or the position along a track.
    epochs : Mapping of label to pynapple.IntervalSet, or pynapple.IntervalSet
        Labels such as ``linear track``, ``open field``, ``nrem``; later ones win where they
        overlap. Or one set with the columns ``state`` and, where there are any, ``phase``,
        ``environment`` and ``inactivation``.
    head_direction : pynapple.Tsd, optional
        rad, counter-clockwise; on any clock.
    name : str
    region : str, optional
        CA1, ADN or SC: region of all units.
    scale : Scale, optional
        How positions become metres; they are metres without it.

    Returns
    -------
    Recording
        In memory; `neurosim.recording.save_recording` writes its `Recording.groups`.

    Raises
    ------
    NeurosimError
        If a label or region is not understood, or what is there breaks the contract.
    """
    load_pynapple()
    arrays = _unit_arrays(spikes, region)
    values = np.asarray(position.values, dtype=float).reshape(len(position), -1)
    arrays["position_time_s"] = np.asarray(position.t, dtype=float)
    arrays["x"] = values[:, 0]
    arrays["y"] = values[:, 1] if values.shape[1] > 1 else np.zeros(len(values))
    if head_direction is not None:
        clock, angle = np.asarray(head_direction.t), np.asarray(head_direction.values, float)
        arrays["head_direction_rad"] = resampled(clock, angle, arrays["position_time_s"])
    columns = _epoch_columns(epochs)
    groups, _ = assemble(arrays, columns, HERE, region=region, scale=scale or Scale(1.0))
    return Recording.of_groups(name, groups, {"origin": "imported"})


def _unit_arrays(spikes: Any, region: str | None) -> dict[str, np.ndarray]:
    """Arrays on units and spikes under documented names."""
    columns = {column: spikes.get_info(column) for column in spikes.metadata_columns}
    n_units = len(spikes)
    if region is not None:
        regions = np.full(n_units, region)
    else:
        column = next((c for c in REGION_COLUMNS if c in columns), None)
        if column is None:
            raise NeurosimError(
                f"pynapple: expected units with a column out of {choices(REGION_COLUMNS)}, found "
                f"{choices(columns)}; give region, one of {choices(REGIONS)}"
            )
        found = np.asarray(columns[column]).astype(str)
        regions = np.array([region_of(each) or "" for each in found.tolist()], dtype=str)
        if not (regions != "").any():
            raise NeurosimError(
                f"pynapple: expected units of {choices(REGIONS)}, found "
                f"{choices(set(found.tolist()))}"
            )
    keep = np.flatnonzero(regions != "")
    keys = list(spikes.keys())
    trains = [np.asarray(spikes[keys[index]].t, dtype=float) for index in keep]
    unit = np.repeat(np.arange(keep.size), [train.size for train in trains])
    times = np.concatenate([np.empty(0), *trains])
    order = np.argsort(times, kind="stable")
    names = columns.get("unit_name", np.array([f"unit{key}" for key in keys]))
    arrays = {
        "spike_time_s": times[order],
        "spike_unit": unit[order],
        "unit_region": regions[keep],
        "unit_name": np.asarray(names).astype(str)[keep],
    }
    if "hemisphere" in columns:
        arrays["unit_hemisphere"] = np.asarray(columns["hemisphere"]).astype(str)[keep]
    return arrays


def _epoch_columns(epochs: Any) -> EpochColumns:
    """Epochs out of labelled sets, or of one with columns."""
    if isinstance(epochs, Mapping):
        tables = [
            Labelled(label, each.start, each.end, [label] * len(each), {label: _understood(label)})
            for label, each in epochs.items()
        ]
        return combine(tables, HERE)
    fields = [name for name in MEANINGS if name in epochs.metadata_columns]
    if "state" not in fields:
        raise NeurosimError(
            "pynapple: expected epochs with a column 'state', found "
            f"{choices(epochs.metadata_columns)}; or give a mapping from labels to IntervalSets"
        )
    said = [np.asarray(epochs.get_info(name)).astype(str).tolist() for name in fields]
    meanings = [Meaning(**dict(zip(fields, row, strict=True))) for row in zip(*said, strict=True)]
    for meaning in meanings:
        for name, value in meaning.fields.items():
            if value not in MEANINGS[name]:
                raise NeurosimError(
                    f"pynapple: epochs: expected a {name} out of {choices(MEANINGS[name])}, found "
                    f"{value!r}"
                )
    labels = [str(index) for index in range(len(epochs))]
    table = Labelled(
        "epochs", epochs.start, epochs.end, labels, dict(zip(labels, meanings, strict=True))
    )
    return combine([table], HERE)


def _understood(label: str) -> Meaning:
    meaning = meaning_of(label)
    if not meaning.fields:
        raise NeurosimError(
            f"pynapple: epochs: expected a label such as 'linear track', 'open field', 'rest', "
            f"'nrem' or 'rem', found {label!r}"
        )
    return meaning


def to_pynapple(recording: Recording) -> dict[str, Any]:
    """Give a recording as pynapple objects.

    Parameters
    ----------
    recording : Recording

    Returns
    -------
    dict
        ``units`` (TsGroup with region, hemisphere, unit_name), ``position`` (TsdFrame), ``epochs``
        (IntervalSet with state, phase, environment, inactivation), and where the recording has
        them ``head_direction``, ``track_position``, ``speed``, ``eye_position``,
        ``theta_phase``, ``ripple_power``, ``field_potential`` (Tsd) and ``rewards`` (Ts).
    """
    nap = load_pynapple()
    behaviour, time = recording.behaviour, recording.time
    epochs = recording.epochs
    start, stop = epochs["start"].values, epochs["stop"].values
    spike_time, spike_unit = recording.spikes["time"].values, recording.spikes["unit_index"].values
    whole = np.concatenate([time, start, stop, spike_time])
    support = nap.IntervalSet(whole.min(), whole.max())
    units = recording.units
    objects = {
        "units": nap.TsGroup(
            {
                unit: nap.Ts(spike_time[spike_unit == unit], time_support=support)
                for unit in range(units.sizes["unit"])
            },
            time_support=support,
            metadata={
                "region": units["region"].values.astype(str),
                "hemisphere": units["hemisphere"].values.astype(str),
                "unit_name": units["name"].values.astype(str),
            },
        ),
        "position": nap.TsdFrame(
            time, behaviour["position"].values, columns=["x", "y"], time_support=support
        ),
        "epochs": _interval_set(nap, epochs),
    }
    for name in SERIES:
        if name in behaviour:
            objects[name] = nap.Tsd(time, behaviour[name].values, time_support=support)
    if recording.oscillations is not None:
        clock = recording.oscillations["time"].values
        for name in ("theta_phase", "ripple_power", "field_potential"):
            if name in recording.oscillations:
                objects[name] = nap.Tsd(clock, recording.oscillations[name].values)
    if recording.rewards is not None:
        objects["rewards"] = nap.Ts(recording.rewards["time"].values, time_support=support)
    return objects


def _interval_set(nap: ModuleType, epochs: xr.Dataset) -> Any:
    names = {name: flag_names(epochs[name]).astype(str) for name in MEANINGS}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the microsecond that the module's docstring names
        return nap.IntervalSet(epochs["start"].values, epochs["stop"].values, metadata=names)
