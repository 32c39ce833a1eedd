"""Types, units and magnitudes of what is measured in a recording.

A number without a unit is taken to be in the one that the contract names. Magnitudes are bounds
that no recording comes near: they catch microseconds, clocks of another machine and broken values,
not unlikely ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import xarray as xr

from neurosim import NeurosimError
from neurosim.errors import choices

LENGTH_UNITS = ("m", "track")
# Of the amplitude of the ripple band; 1 where it was z-scored. Squares have heavier tails, so that
# the same z would mean less.
AMPLITUDE_UNITS = ("1", "V", "mV", "uV")
FIELD_UNITS = ("V", "mV", "uV", "pA")  # pA: the synaptic current of a model, which a field follows
LONGEST_S = 3e6  # five weeks; an hour in ms is longer


@dataclass(frozen=True)
class Quantity:
    """What a physical variable is held to.

    Attributes
    ----------
    units : tuple of str
        Those that are allowed; ``{length}`` stands for the recording's unit of length.
    largest : float
        Bound of the absolute values.
    remedy : str
        What to do about another unit.
    """

    units: tuple[str, ...]
    largest: float = np.inf
    remedy: str = "convert the values, or correct the attribute 'units' if they are in it"


TIME = Quantity(("s",), 1e10)  # seconds since 1970 are a fifth of it
LENGTH, ANGLE = Quantity(("{length}",), 1e5), Quantity(("rad",), 1e5)
RIPPLE = Quantity(
    AMPLITUDE_UNITS, remedy="write the envelope of the band, not its square, or its z score"
)
QUANTITIES = {
    "behaviour": {
        "time": TIME,
        "position": LENGTH,
        "speed": Quantity(("{length} s-1",), 1e5),
        "track_position": LENGTH,
        "head_direction": ANGLE,
        "eye_position": ANGLE,
    },
    "epochs": {"start": TIME, "stop": TIME},
    "spikes": {"time": TIME},
    "track": {"node_position": LENGTH, "edge_length": LENGTH},
    "rewards": {"time": TIME, "position": LENGTH},
    "oscillations": {
        "time": TIME,
        "theta_phase": Quantity(("rad",)),
        "ripple_power": RIPPLE,
        "field_potential": Quantity(FIELD_UNITS),
    },
}
CLOCKS = {("behaviour", "time"), ("spikes", "time"), ("rewards", "time"), ("oscillations", "time")}


def check_units(groups: Mapping[str, xr.Dataset], source: str) -> None:
    """Hold every physical variable to numbers and to its unit; no value is looked at.

    Raises
    ------
    NeurosimError
        Naming the file, the variable, what was expected, what was found and what to do.
    """
    length = groups["behaviour"]["position"].attrs.get("units", "m")
    if length not in LENGTH_UNITS:
        raise NeurosimError(
            f"{source}: '/behaviour/position': expected the units {choices(LENGTH_UNITS)}, "
            f"found {length!r}; convert the positions"
        )
    for group, quantities in QUANTITIES.items():
        for name, quantity in quantities.items():
            if group in groups and name in groups[group].variables:
                variable, label = groups[group][name], f"/{group}/{name}"
                check_numbers(variable, label, source)
                units = tuple(unit.format(length=length) for unit in quantity.units)
                found = variable.attrs.get("units", units[0])
                if not isinstance(found, str) or found not in units:
                    raise NeurosimError(
                        f"{source}: '{label}': expected the units {choices(units)}, found "
                        f"{found!r}; {quantity.remedy}"
                    )


def check_numbers(variable: xr.DataArray, label: str, source: str, kinds: str = "fiu") -> None:
    """Hold a variable to numbers, or to whole ones where `kinds` is ``iu``."""
    if variable.dtype.kind not in kinds:
        wanted = "numbers" if "f" in kinds else "integers"
        raise NeurosimError(f"{source}: '{label}': expected {wanted}, found {variable.dtype}")


def check_magnitudes(group: str, dataset: xr.Dataset, source: str) -> None:
    """Hold the values of a group to what can be, and its clock to a recording's length.

    Raises
    ------
    NeurosimError
        Naming the file, the variable, what was expected, what was found and what to do.
    """
    for name, quantity in QUANTITIES.get(group, {}).items():
        if name not in dataset.variables or not np.isfinite(quantity.largest):
            continue
        values = dataset[name].values.ravel()
        if _largest(values) > quantity.largest:
            bad = np.flatnonzero(np.abs(values) > quantity.largest)
            raise NeurosimError(
                f"{source}: '/{group}/{name}': expected at most {quantity.largest:g} "
                f"{dataset[name].attrs.get('units', '')}, found {values[bad[0]]} at index "
                f"{bad[0]} ({bad.size} in all); is it in another unit, or broken?"
            )
        if (group, name) in CLOCKS and values.size:
            _check_span(values.min(), values.max(), f"/{group}/{name}", source)
    if group == "epochs" and dataset.sizes["epoch"]:
        first, last = dataset["start"].values.min(), dataset["stop"].values.max()
        _check_span(first, last, "/epochs", source)


def _largest(values: np.ndarray) -> float:
    """Largest absolute value (n,), NaN left out, without an array of them all; 0 of none."""
    if not values.size:
        return 0.0
    return float(np.fmax(-np.fmin.reduce(values), np.fmax.reduce(values)))


def _check_span(first: float, last: float, label: str, source: str) -> None:
    if last - first > LONGEST_S:
        raise NeurosimError(
            f"{source}: '{label}': expected times in s within {LONGEST_S:g} s, found {first} to "
            f"{last}; are they in ms, or is one of them broken?"
        )
