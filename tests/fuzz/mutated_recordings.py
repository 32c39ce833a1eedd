"""Ways in which a recording file can be wrong, each with what it may do to a result.

A mutation is of one of three kinds. *Damage* (bytes) and *contradictions* (of the contract) must be
refused, or change no result. *Content* makes another recording that nothing speaks against, as a
spike less: its results may differ.
"""

from collections.abc import Callable
from pathlib import Path

import netCDF4
import numpy as np
from damaged_files import DAMAGE, Change
from recording_variables import (
    FLAGS,
    GROUPS,
    INDICES,
    NAMES,
    NEEDED,
    OPTIONAL,
    OPTIONAL_GROUPS,
    PHYSICAL,
    TIMES,
    TRACKED,
    WRONG_UNITS,
)


def _of(rng: np.random.Generator, names: tuple[str, ...]) -> str:
    return names[rng.integers(len(names))]


def _editing(path: Path) -> netCDF4.Dataset:
    file = netCDF4.Dataset(path, "r+")
    file.set_auto_mask(False)
    return file


def _rename(file: netCDF4.Dataset, name: str, new: str) -> netCDF4.Dataset:
    group, _, variable = name.rpartition("/")
    parent = file[group] if group else file
    if variable in parent.groups:
        parent.renameGroup(variable, new)
    else:
        parent.renameVariable(variable, new)
    return parent


def dropped(names: tuple[str, ...]) -> Change:
    """A variable or group under a name that nothing looks for."""

    def change(path: Path, rng: np.random.Generator) -> str:
        name = _of(rng, names)
        with _editing(path) as file:
            _rename(file, name, "zzz")
        return f"without {name}"

    return change


def emptied_group(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, (*GROUPS, "/track", "/rewards", "/oscillations"))
    with _editing(path) as file:
        _rename(file, name, "zzz").createGroup(name.lstrip("/"))
    return f"{name} empty"


def replaced(
    names: tuple[str, ...], make: Callable[[np.ndarray], np.ndarray], label: str
) -> Change:
    """The same variable of another type, with its attributes."""

    def change(path: Path, rng: np.random.Generator) -> str:
        name = _of(rng, names)
        with _editing(path) as file:
            old = file[name]
            values = make(old[...])
            group = _rename(file, name, "zzz")
            kind = str if values.dtype.kind in "UO" else values.dtype
            new = group.createVariable(name.rpartition("/")[2], kind, old.dimensions[: values.ndim])
            attributes = {a: old.getncattr(a) for a in old.ncattrs() if a != "_FillValue"}
            if values.dtype.kind in "UO":  # of numbers, which texts cannot have
                attributes.pop("flag_values", None)
            new.setncatts(attributes)
            new[...] = values
        return f"{name} {label}"

    return change


def as_texts(values: np.ndarray) -> np.ndarray:
    return values.astype(str).astype(object)


def set_values(
    names: tuple[str, ...], values: tuple[float, ...], count: int = 1, label: str = ""
) -> Change:
    """Some values of a variable are others."""

    def change(path: Path, rng: np.random.Generator) -> str:
        name, value = _of(rng, names), values[rng.integers(len(values))]
        with _editing(path) as file:
            found = file[name][...]
            places = rng.integers(found.size, size=count)
            with np.errstate(all="ignore"):
                found.flat[places] = np.asarray(value).astype(found.dtype)
            file[name][...] = found
        return f"{name} {label or value} at {places.tolist()[:3]}"

    return change


def unsorted(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, TIMES)
    with _editing(path) as file:
        values = file[name][...]
        first, second = sorted(rng.choice(values.size, size=2, replace=False).tolist())
        values[[first, second]] = values[[second, first]]
        file[name][...] = values
    return f"{name} {first} and {second} exchanged"


def repeated_time(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, ("/behaviour/time", "/oscillations/time"))
    with _editing(path) as file:
        values = file[name][...]
        place = int(rng.integers(1, values.size))
        values[place] = values[place - 1]
        file[name][...] = values
    return f"{name} {place} twice"


def repeated_spikes(path: Path, rng: np.random.Generator) -> str:
    """Spikes of a unit that are there twice, at the same time."""
    with _editing(path) as file:
        times, units = file["/spikes/time"][...], file["/spikes/unit_index"][...]
        places = rng.integers(1, times.size, size=rng.integers(1, 2000))
        times[places], units[places] = times[places - 1], units[places - 1]
        order = np.argsort(times, kind="stable")
        file["/spikes/time"][...], file["/spikes/unit_index"][...] = times[order], units[order]
    return f"{places.size} spikes twice"


def scaled(names: tuple[str, ...], factors: tuple[float, ...]) -> Change:
    """All values in another unit, without a word."""

    def change(path: Path, rng: np.random.Generator) -> str:
        name, factor = _of(rng, names), factors[rng.integers(len(factors))]
        with _editing(path) as file, np.errstate(all="ignore"):
            file[name][...] = file[name][...] * file[name].dtype.type(factor)
        return f"{name} times {factor:g}"

    return change


def wrong_units(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, PHYSICAL)
    units = WRONG_UNITS[rng.integers(len(WRONG_UNITS))]
    with _editing(path) as file:
        file[name].setncattr("units", units if rng.random() < 0.9 else 3)
    return f"{name} in {units!r}"


def without_units(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, PHYSICAL)
    with _editing(path) as file:
        file[name].delncattr("units")
    return f"{name} without units"


def wrong_dimension(path: Path, rng: np.random.Generator) -> str:
    group, name = (("/behaviour", "time"), ("/spikes", "spike"), ("/epochs", "epoch"))[
        rng.integers(3)
    ]
    with _editing(path) as file:
        file[group].renameDimension(name, "n")
    return f"{group} along n"


def another_length(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, NEEDED)
    with _editing(path) as file:
        old = file[name]
        group, values = _rename(file, name, "zzz"), old[...][:1]
        group.createDimension("n", 1)
        new = group.createVariable(name.rpartition("/")[2], old.dtype, ("n", *old.dimensions[1:]))
        new.setncatts({a: old.getncattr(a) for a in old.ncattrs() if a != "_FillValue"})
        new[...] = values
    return f"{name} of one value"


def as_one_number(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, TIMES)
    with _editing(path) as file:
        group = _rename(file, name, "zzz")
        group.createVariable(name.rpartition("/")[2], float, ())[...] = 1.0
    return f"{name} without a dimension"


def fewer_flags(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, FLAGS)
    attribute = _of(rng, ("flag_meanings", "flag_values"))
    with _editing(path) as file:
        variable = file[name]
        if rng.random() < 0.3:
            variable.delncattr(attribute)
        elif attribute == "flag_meanings":
            variable.flag_meanings = _of(rng, ("a", "", "none none none none none"))
        else:
            variable.setncattr("flag_values", np.int8([0, 0]))
    return f"{name} {attribute}"


def exchanged_flags(path: Path, rng: np.random.Generator) -> str:
    name = _of(rng, FLAGS)
    with _editing(path) as file:
        words = str(file[name].flag_meanings).split()
        file[name].flag_meanings = " ".join(rng.permutation(words))
    return f"{name}: {words} in another order"


def no_text(path: Path, rng: np.random.Generator) -> str:
    """Bytes that are no UTF-8 in names of units."""
    name = _of(rng, NAMES)
    with _editing(path) as file:
        variable = file[name]
        variable.set_auto_chartostring(False)
        values = variable[...]
        values.flat[0] = b"\xff"
        variable[...] = values
    return f"{name} no UTF-8"


def encoded(path: Path, rng: np.random.Generator) -> str:
    """An attribute that makes a reader turn good values into NaN or into others."""
    name = _of(rng, (*TIMES, *INDICES))
    with _editing(path) as file:
        variable = file[name]
        if rng.random() < 0.5:
            variable.setncattr("missing_value", variable.dtype.type(variable[...].flat[0]))
        else:
            variable.setncattr("scale_factor", "two" if rng.random() < 0.5 else np.inf)
    return f"{name} encoded otherwise"


def fewer_spikes(path: Path, rng: np.random.Generator) -> str:
    """Spikes that moved to the unit and time of others are gone; here they change their unit."""
    with _editing(path) as file:
        units = file["/spikes/unit_index"][...]
        places = rng.integers(units.size, size=rng.integers(1, 500))
        units[places] = rng.permutation(units[places])
        file["/spikes/unit_index"][...] = units
    return f"{places.size} spikes of other units"


def says_it_is_missing(path: Path, rng: np.random.Generator) -> str:
    with _editing(path) as file:
        node = file if rng.random() < 0.5 else file[_of(rng, GROUPS)]
        node.setncattr("missing", "no such region was recorded")
    return "attribute 'missing'"


HUGE = (1e12, -1e12, 1e30)
CONTRADICTIONS: dict[str, Change] = {
    "needed variable dropped": dropped(NEEDED),
    "needed group dropped": dropped(GROUPS),
    "group emptied": emptied_group,
    "NaN": set_values((*TIMES, "/track/node_position"), (np.nan,)),
    "infinity": set_values(PHYSICAL, (np.inf, -np.inf)),
    "huge values": set_values((*TIMES, *TRACKED, "/track/node_position"), HUGE, count=3),
    "huge scale": scaled((*TIMES, *TRACKED), (1e6, 1e9, -1e9, 1e30)),
    "unsorted": unsorted,
    "repeated times": repeated_time,
    "repeated spikes": repeated_spikes,
    "texts for numbers": replaced((*PHYSICAL, *INDICES, *FLAGS), as_texts, "as texts"),
    "numbers for texts": replaced(NAMES, lambda v: np.zeros(v.shape[:1]), "as numbers"),
    "fractions for indices": replaced(INDICES, lambda v: v + 0.5, "as fractions"),
    "times as whole numbers": replaced(
        ("/spikes/time", "/behaviour/time", "/oscillations/time"),
        lambda v: v.astype(np.int32),
        "as integers",
    ),
    "indices out of range": set_values(INDICES, (-2, 1000, 127), label="out of range"),
    "wrong units": wrong_units,
    "wrong dimension": wrong_dimension,
    "another length": another_length,
    "one number": as_one_number,
    "unknown flags": set_values(FLAGS, (-1, 99), label="unknown flag"),
    "fewer flags": fewer_flags,
    "no UTF-8": no_text,
    "encoded otherwise": encoded,
}
CONTENT: dict[str, Change] = {
    "units not given": without_units,
    "optional variable dropped": dropped(OPTIONAL),
    "optional group dropped": dropped(OPTIONAL_GROUPS),
    "track dropped": dropped(("/track",)),
    "gaps in tracking": set_values(TRACKED, (np.nan,), count=200),
    "spikes of other units": fewer_spikes,
    "flags exchanged": exchanged_flags,
    "single precision": replaced(TIMES, lambda v: v.astype(np.float32), "in single precision"),
    "scaled a little": scaled(TRACKED, (0.5, 2.0)),
    "times in ms, unsaid": scaled(TIMES, (1e3,)),
    "says that it is missing": says_it_is_missing,
}
KINDS = {"damage": DAMAGE, "contradiction": CONTRADICTIONS, "content": CONTENT}
MUTATIONS = [(kind, name, do) for kind, of in KINDS.items() for name, do in of.items()]
