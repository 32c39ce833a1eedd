"""Regimes of communication: who was trained on what, what is told, and what was published of it.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, fig. 5f.
"""

from collections.abc import Mapping, Sequence

import pandas as pd
import xarray as xr

from analysis.instruction_data import Measurements, as_table
from neurosim.stats.references import Reference

PARTNER_IDS = {  # published numbers by regime, what is told, and partner
    ("all", "instruction", "all"): "G019a",
    ("all", "instruction", "held_out"): "G019b",
    ("all", "novel", "all"): "G020a",
    ("all", "novel", "held_out"): "G020b",
    ("all", "embedding", "all"): "G021a",
    ("all", "embedding", "held_out"): "G021b",
    ("held_out", "instruction", "all"): "G022a",
    ("held_out", "instruction", "held_out"): "G022b",
    ("held_out", "embedding", "all"): "G023a",
    ("held_out", "embedding", "held_out"): "G023b",
    ("held_out_by_writer", "instruction", "all"): "G024a",
    ("held_out_by_writer", "instruction", "held_out"): "G024b",
}
NOVEL_IDS = {"all": "G018", "held_out": "G022c"}
REGIME_WORDS = {
    "all": "an instructor that trained on all tasks",
    "held_out": "an instructor that never trained the task, whose writer knows its instructions",
    "held_out_by_writer": "an instructor that never trained the task, nor did its writer",
}
PARTNER_WORDS = {"all": "trained on all tasks", "held_out": "that never trained the task"}
TOLD_WORDS = {
    "wording": "told in one of the project's wordings",
    "instruction": "told what was written",
    "novel": "told what was written, where it is none of the instructions that the writer learned",
    "embedding": "given a copy of the inferred embedding",
}
PUBLISHED_OF = "published of SBERTNET (L)"
ANY = ""  # hold-out of a table of regimes
SCALARS = {"novel": "novel", "retold": "retold"}  # variables (regime, task)


def communication_table(datasets: Sequence[xr.Dataset]) -> pd.DataFrame:
    """Put what partners did with each task into one table.

    Parameters
    ----------
    datasets : sequence of Dataset
        With ``partner_performance`` (regime, partner, told, task), and ``novel`` and ``retold``
        (regime, task).

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; measures are ``regime,partner,told``, and ``regime,novel``. The hold-out
        is left out: a regime names what was held out of whom.
    """
    rows = []
    for data in datasets:
        about = (str(data.attrs["network"]), ANY, int(data.attrs["number"]))
        tasks = data["task"].values.astype(str)
        for regime in data["regime"].values.astype(str):
            at = data.sel(regime=regime)
            parts = {
                f"{regime},{partner},{told}": at["partner_performance"].sel(
                    partner=partner, told=told
                )
                for partner in data["partner"].values.astype(str)
                for told in data["told"].values.astype(str)
            }
            parts |= {f"{regime},{name}": at[name] for name in SCALARS if name in data}
            for measure, values in parts.items():
                shown = values.values.astype(float)
                rows += [(*about, task, measure, v) for task, v in zip(tasks, shown, strict=True)]
    return as_table(rows).dropna(subset="value")


def regimes_in(datasets: Sequence[xr.Dataset]) -> list[str]:
    """Regimes of all files, in the order of the words for them."""
    there = {str(regime) for data in datasets for regime in data["regime"].values}
    return [regime for regime in REGIME_WORDS if regime in there]


def known(references: Mapping[str, Reference], name: str | None) -> Reference | None:
    """Find a published percentage as a share."""
    found = references.get(name or "")
    return found.in_unit(0.01, "1") if found else None


def condition_of(measured: Measurements, regime: str, partner: str, told: str) -> str:
    """Condition of a partner's row."""
    return measured.condition(f"instructor={regime}", f"partner={partner}", f"told={told}")
