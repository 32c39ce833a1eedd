"""All questions about instructed networks, in the order in which they are answered."""

from collections.abc import Mapping
from types import ModuleType

import xarray as xr

from analysis import (
    instruction_claims,
    instruction_communication,
    instruction_controls,
    instruction_gallery,
    instruction_geometry,
    instruction_learning,
    instruction_units,
)
from analysis.instruction_data import Measurements
from neurosim.stats.references import Reference
from neurosim.stats.summary import dataset_to_rows

QUESTIONS: dict[str, ModuleType] = {
    "instruction_learning": instruction_learning,
    "instruction_controls": instruction_controls,
    "instruction_geometry": instruction_geometry,
    "instruction_units": instruction_units,
    "instruction_communication": instruction_communication,
    "instruction_gallery": instruction_gallery,
}
CLAIMS = "instruction_claims"


def answers(
    measured: Measurements, references: Mapping[str, Reference]
) -> dict[str, tuple[ModuleType, xr.DataTree]]:
    """Answer all questions.

    Parameters
    ----------
    measured : Measurements
    references : Mapping of id to Reference

    Returns
    -------
    dict of str to (module, DataTree)
        By question; ``module.draw(tree)`` makes its figure. Claims come last: they judge the rows
        of all others.
    """
    found = {name: (each, each.analyse(measured, references)) for name, each in QUESTIONS.items()}
    rows = [row for _, tree in found.values() for row in dataset_to_rows(tree["summary"].dataset)]
    claims = instruction_claims.analyse(measured, references, rows)
    return found | {CLAIMS: (instruction_claims, claims)}
