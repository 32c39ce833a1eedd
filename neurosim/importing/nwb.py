"""Other people's recordings: an NWB file becomes a recording file.

Units with their regions, position, head direction, tables of intervals and rewards are found by
type, name and label (`guess`); a map says the rest (`mapping`). A file that this project exported
comes back as it was (`neurosim.nwb.restore`).
"""

import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from neurosim import NeurosimError
from neurosim.errors import choices
from neurosim.importing.angles import LENGTHS, LIKELY_SPAN, radians, resampled
from neurosim.importing.assembly import Source, write_recording
from neurosim.importing.contents import Contents
from neurosim.importing.epochs import Epoch, EpochColumns
from neurosim.importing.guess import guess_map
from neurosim.importing.intervals import Labelled, combine
from neurosim.importing.mapping import ImportMap, UnitsMap
from neurosim.importing.nwb_contents import (
    all_series,
    converted,
    find_contents,
    place_of,
    reward_tables,
    times_of,
)
from neurosim.importing.nwb_units import unit_arrays
from neurosim.importing.positions import Scale
from neurosim.nwb.library import opened_nwb
from neurosim.nwb.restore import is_own, restore_recording
from neurosim.nwb.session import SESSION, session_of

log = logging.getLogger(__name__)


def import_nwb(path: Path, out: Path, given: ImportMap | None = None) -> None:
    """Turn an NWB file into a recording file.

    Parameters
    ----------
    path : Path
        The NWB file.
    out : Path
        The recording to write.
    given : ImportMap or None
        What is what; what it leaves out is guessed.

    Raises
    ------
    NeurosimError
        In one line, naming the file and what in it.
    """
    path = Path(path)
    if given is not None and given.arrays:
        raise NeurosimError(
            f"{path}: expected no names of arrays (--rename, or arrays in a map), which .npz files "
            "have; name series and columns in a map instead (--show writes it, --map uses it)"
        )
    if given is None and is_own(path):
        restore_recording(path, out)
        return
    with opened_nwb(path) as nwbfile:
        contents = find_contents(nwbfile, path)
        chosen = completed(given or ImportMap(), guess_map(contents))
        arrays, scale = _read(nwbfile, contents, chosen, path)
        session = session_of(nwbfile)
    source = Source(path, "nwb", {"map": as_parameters(chosen)}, {SESSION: session})
    epochs = epoch_columns(contents, chosen, path)
    write_recording(arrays, epochs, out, source=source, region=None, scale=scale)


def completed(given: ImportMap, guessed: ImportMap) -> ImportMap:
    """Fill what a map does not say with what was guessed; what it says is null stays so."""
    units = given.units
    if replace(units, region=None) == UnitsMap():
        units = replace(guessed.units, region=units.region)
    position, heading = given.position, given.head_direction
    if "position.series" not in given.said:
        position = replace(position, series=guessed.position.series)
        if "position.columns" not in given.said:
            position = replace(position, columns=guessed.position.columns)
    if "head_direction.series" not in given.said:
        heading = replace(heading, series=guessed.head_direction.series)
    return replace(
        given,
        units=units,
        position=position,
        head_direction=heading,
        epochs=given.epochs if given.epochs or "epochs" in given.said else guessed.epochs,
        rewards=given.rewards if "rewards" in given.said else guessed.rewards,
    )


def as_parameters(chosen: ImportMap) -> dict[str, Any]:
    """A map as nested dicts and lists, for the provenance."""

    def plain(value: Any) -> Any:
        if hasattr(value, "__dataclass_fields__"):
            names = [name for name in value.__dataclass_fields__ if name != "said"]
            return {name: plain(getattr(value, name)) for name in names}
        if isinstance(value, dict):
            return {key: plain(each) for key, each in value.items()}
        return [plain(each) for each in value] if isinstance(value, tuple) else value

    return plain(chosen)


def epoch_columns(contents: Contents, chosen: ImportMap, path: Path) -> EpochColumns:
    """Epochs that a map gives, one by one or by tables of intervals.

    Raises
    ------
    NeurosimError
        If a table or column is not there, or `neurosim.importing.intervals.combine` refuses.
    """
    if chosen.epochs and isinstance(chosen.epochs[0], Epoch):
        return EpochColumns.of(chosen.epochs)
    tables = []
    for wanted in chosen.epochs:
        table = _named(wanted.intervals, {t.path: t for t in contents.intervals}, "intervals", path)
        if wanted.column is not None and wanted.column not in table.columns:
            raise NeurosimError(
                f"{path}: intervals {table.path!r}: expected a column out of "
                f"{choices(table.columns)}, found {wanted.column!r}"
            )
        labels = table.labels(wanted.column).tolist()
        unknown = sorted(set(wanted.values) - set(labels))
        if unknown:
            raise NeurosimError(
                f"{path}: intervals {table.path!r}: expected labels out of {choices(set(labels))}, "
                f"found {unknown[0]!r} in the map"
            )
        tables.append(Labelled(table.path, table.start, table.stop, labels, wanted.values))
    return combine(tables, path)


def _named(name: str, found: dict[str, Any], what: str, path: Path) -> Any:
    """Find an object by where it is, or by the end of that where it is clear."""
    fitting = [key for key in found if key == name] or [k for k in found if k.endswith(f"/{name}")]
    if len(fitting) == 1:
        return found[fitting[0]]
    among = choices(fitting or found) if found else "none"
    raise NeurosimError(f"{path}: expected {what} {name!r} to be one of: {among}")


def _read(
    nwbfile: Any, contents: Contents, chosen: ImportMap, path: Path
) -> tuple[dict[str, np.ndarray], Scale]:
    """Arrays under documented names, and the scale of the position."""
    series = all_series(nwbfile)
    arrays = unit_arrays(nwbfile, contents, chosen.units, path)
    scale = chosen.position.scale
    if chosen.position.series is not None:
        found = _named(chosen.position.series, series, "the position series", path)
        arrays["position_time_s"] = times_of(found, path)
        arrays["x"], arrays["y"] = _coordinates(found, chosen.position.columns, path)
        scale = _known_scale(found, scale, path)
    elif len(contents.of_kind("position")) > 1:
        names = [each.path for each in contents.of_kind("position")]
        raise NeurosimError(
            f"{path}: expected one position series, found {choices(names)}; choose one as "
            "position.series in a map (--show writes it, --map uses it)"
        )
    if chosen.head_direction.series is not None:
        found = _named(chosen.head_direction.series, series, "the head direction series", path)
        angle = radians(
            converted(found).reshape(len(found.data), -1)[:, 0], chosen.head_direction, found, path
        )
        clock = times_of(found, path)
        if "x" not in arrays:  # heading without position is enough for the heading study
            log.warning("%s: no position series: positions are missing", path.name)
            arrays["position_time_s"] = clock
            arrays["x"] = arrays["y"] = np.full(clock.size, np.nan)
            scale = Scale(1.0)
        arrays["head_direction_rad"] = resampled(clock, angle, arrays["position_time_s"])
    elif "head_direction.series" not in chosen.said and contents.of_kind("head direction"):
        names = [each.path for each in contents.of_kind("head direction")]
        log.warning(
            "%s: several series may be the head direction (%s): none was taken; choose one, or "
            "null, as head_direction.series in a map",
            path.name,
            choices(names),
        )
    if "x" not in arrays:
        raise NeurosimError(
            f"{path}: expected a position series (a SpatialSeries in Position) or a head direction "
            "(CompassDirection), found neither; name the series in a map (--show lists all)"
        )
    if chosen.rewards is not None:
        tables = reward_tables(nwbfile)
        found = _named(chosen.rewards, series | tables, "the rewards", path)
        is_table = isinstance(found, np.ndarray)
        arrays["reward_time_s"] = found if is_table else times_of(found, path)
    return arrays, scale


def _coordinates(
    series: Any, columns: tuple[int, ...], path: Path
) -> tuple[np.ndarray, np.ndarray]:
    """X and y (time,) in the unit of a series; y is 0 where it runs along a track."""
    values = converted(series)
    values = values.reshape(len(values), -1)
    if max(columns) >= values.shape[1]:
        raise NeurosimError(
            f"{path}: {place_of(series)!r}: expected columns 0 to {values.shape[1] - 1} as "
            f"position.columns, found {max(columns)}"
        )
    x = values[:, columns[0]]
    return x, values[:, columns[1]] if len(columns) > 1 else np.zeros_like(x)


def _known_scale(series: Any, scale: Scale, path: Path) -> Scale:
    """Scale of a position: as given, else by the unit of its series."""
    if scale != Scale():
        return scale
    unit, place = str(series.unit or "").strip().lower(), place_of(series)
    if unit not in LENGTHS:
        raise NeurosimError(
            f"{path}: {place!r}: expected a unit of length, found {series.unit!r}; give "
            "--metres-per-unit, --track-length (in m) or --unknown-scale, or "
            "position.metres_per_unit in a map"
        )
    values = converted(series) * LENGTHS[unit]
    span = float(np.nanmax(values) - np.nanmin(values)) if np.isfinite(values).any() else 0.0
    if span > LIKELY_SPAN:
        log.warning(
            "%s: %s spans %.0f m, if its unit is %r: that looks like pixels or centimetres; give "
            "--metres-per-unit if so",
            path.name,
            place,
            span,
            series.unit,
        )
    return Scale(LENGTHS[unit])
