"""The claim that like steps between tasks are parallel: each network beside SIMPLENET.

Riveland & Pouget 2024, doi:10.1038/s41593-024-01607-5, figs. 3a to 3d.
"""

from dataclasses import replace

import numpy as np

from analysis.instruction_asked import told_what_to_do
from analysis.instruction_data import Measurements, networks_in
from analysis.instruction_rows import BASE, instruction_row
from analysis.instruction_square import FOLLOWED, parallelism_of
from analysis.instruction_verdicts import FAILS, FEWEST, HOLDS, UNCLEAR
from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import Row


def axes_claims(measured: Measurements) -> list[Row]:
    """Rows of the step from DM to AntiDM, of which one was never trained, beside SIMPLENET's."""
    space, axis = "network", "strongest_weakest"
    found = {}
    for name in networks_in(measured.representation):
        own = [
            data
            for data in measured.representation
            if data.attrs["network"] == name and data.attrs["hold_out"] == FOLLOWED
            if "parallelism" in data
        ]
        if own:
            found[name] = parallelism_of(own, space, axis)
    base = found.pop(BASE, None)
    if base is None:
        return []
    rows = []
    for name, (estimate, n_unit, how) in found.items():
        if not told_what_to_do(name) or not np.isfinite(estimate.value):
            continue
        fewest = min(estimate.n, base[0].n)
        said = "the step from DM to AntiDM is more alike in both modalities than that of SIMPLENET"
        said += f" ({base[0].value:.2f}, {base[0].low:.2f} to {base[0].high:.2f})"
        if fewest < FEWEST:
            said += f"; not decided: {FEWEST} trainings of both are needed, found {fewest}"
        row = instruction_row(
            "claim_parallel_axes",
            measured.condition(FOLLOWED, space, axis),
            name,
            estimate,
            n_unit=n_unit,
            test=f"{said}; holds if intervals are apart; {how}",
        )
        verdict = apart(estimate, base[0]) if fewest >= FEWEST else UNCLEAR
        rows.append(replace(row, verdict=verdict))
    return rows


def apart(first: Estimate, second: Estimate) -> str:
    """Whether one number is above another, judged by whether their intervals are apart."""
    if first.low > second.high:
        return HOLDS
    return FAILS if first.high < second.low else UNCLEAR
