"""What is in a netCDF file, in words."""

import json
import textwrap
from pathlib import Path

import xarray as xr

from neurosim.files import configuration_of, header, read_attributes
from neurosim.recording import group_names

WIDTH = 100


def describe(path: Path) -> str:
    """Describe groups, dimensions, variables with units, the seed and the configuration.

    Parameters
    ----------
    path : Path
        Any netCDF4 file; those of this project say more.

    Returns
    -------
    str
        Text for people.

    Raises
    ------
    NeurosimError
        If the file cannot be read.
    """
    attributes = read_attributes(path)
    lines = [str(path)]
    for name in ("title", "source", "seed", "origin", "missing"):
        if name in attributes:
            lines.append(f"  {name}: {attributes[name]}")
    for name, checksum in configuration_of({"configuration": attributes.get("inputs")}).items():
        lines.append(f"  input {name}: sha256 {checksum[:16]}")
    groups = ["/"] if "missing" in attributes else ["/", *(f"/{g}" for g in group_names(path))]
    for group in groups if "missing" not in attributes else []:
        lines += _describe_group(group, header(path, group))
    configuration = configuration_of(attributes)
    if configuration:
        lines.append("configuration")
        for rule, parameters in configuration.items():
            text = f"{rule}: {json.dumps(parameters)}"
            lines += textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")
    return "\n".join(lines)


def _describe_group(group: str, dataset: xr.Dataset) -> list[str]:
    if not dataset.variables:
        return []
    sizes = ", ".join(f"{name} {size}" for name, size in dataset.sizes.items())
    lines = [f"{group} ({sizes})"]
    for name, variable in dataset.variables.items():
        unit = variable.attrs.get("units", "")
        text = f"  {name} ({', '.join(map(str, variable.dims))}) {variable.dtype}"
        text += f" [{unit}]" if unit else ""
        meanings = variable.attrs.get("flag_meanings", "")
        label = variable.attrs.get("long_name", "") + (f": {meanings}" if meanings else "")
        lines.append(f"{text}  {label}".rstrip())
    return lines
