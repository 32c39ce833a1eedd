"""How alike are the maps of two environments? Beside the maps as they were drawn."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    COLOURS,
    WIDTH,
    draw_rows,
    figure,
    figure_height,
    finish,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, result, rows_of_quantity
from analysis.signatures import Signatures
from neurosim.stats.intervals import Estimate
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

ESTIMATORS = ("population_vector", "population_vector_corrected")
NO_PAIR = "expected maps of both environments with the same bins, found none"


def _table(signatures: Signatures) -> pd.DataFrame:
    """All pairs of all recordings: a row a pair."""
    rows = []
    for name, data in signatures.data["maps"].items():
        truth = signatures.truth(name, "map_similarity")
        for pair in range(data.sizes["pair"]):
            a, b = (str(data[f"environment_{side}"].values[pair]) for side in "ab")
            known = NAN if truth is None else float(truth.values[pair])
            values = {estimator: float(data[estimator].values[pair]) for estimator in ESTIMATORS}
            rows.append({"recording": name, "a": a, "b": b, "truth": known, **values})
    return pd.DataFrame(rows, columns=["recording", "a", "b", "truth", *ESTIMATORS])


def analyse(signatures: Signatures, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise the similarity of every pair of environments whose maps have the same bins.

    Beside each pair stands, for either environment, that of the halves of its laps: what noise
    leaves of a similarity of 1. No published value belongs to these simulated environments.

    Returns
    -------
    DataTree
        ``/summary``; ``/pairs``: the numbers of each recording.
    """
    table = _table(signatures)
    across = table[table.a != table.b][["a", "b"]].drop_duplicates().itertuples(index=False)
    across = [(a, b) for a, b in across]
    own = dict.fromkeys([name for pair in across for name in pair] or table.a[:1])
    rows: list[Row] = []
    for a, b in [*((name, name) for name in own), *across]:
        for estimator in ESTIMATORS if a != b else ESTIMATORS[:1]:
            quantity = Quantity(
                "replay",
                "map_similarity",
                "1",
                estimator,
                "recovered" if a != b else "emergent",
            )
            here = table[(table.a == a) & (table.b == b)]
            answers = {
                row.recording: Answer(Estimate(getattr(row, estimator), NAN, NAN, 1), row.truth)
                for row in here.itertuples()
            }
            missing = dict(signatures.missing["maps"])
            missing |= {name: NO_PAIR for name in signatures.data["maps"] if name not in answers}
            rows += rows_of_quantity(quantity, f"{a},{b}", answers, missing, signatures.simulated)
    return result(rows, {"pairs": _pairs_dataset(table)})


def _pairs_dataset(table: pd.DataFrame) -> xr.Dataset:
    described = {
        "recording": "recording",
        "a": "first environment",
        "b": "second environment",
        "truth": "similarity of the maps as drawn",
        "population_vector": "mean correlation of population vectors",
        "population_vector_corrected": "the same, corrected for the reliability of the maps",
    }
    return xr.Dataset(
        {
            name: (
                "row",
                table[name].to_numpy(float if table[name].dtype.kind == "f" else object),
                {"long_name": long_name}
                | ({"units": "1"} if table[name].dtype.kind == "f" else {}),
            )
            for name, long_name in described.items()
        }
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw the similarity of each pair, and subject by subject against the maps as drawn."""
    summary = tree["summary"].to_dataset().to_dataframe()
    pairs = tree["pairs"].to_dataset().to_dataframe()
    with figure(WIDTH, figure_height(summary), ncols=2) as (drawn, (left, right)):
        draw_rows(left, summary, "similarity of maps (correlation)")
        finish(left, "Maps of two environments", columns=2, lines=2)
        known = pairs[(pairs.a != pairs.b) & np.isfinite(pairs.truth)]
        if known.empty:
            say_nothing_to_draw(right, "no pair of environments whose maps are known")
            return drawn
        ends = [known.truth.min() - 0.1, known.truth.max() + 0.1]
        right.plot(ends, ends, "--", color=BLACK, lw=1.5, label="estimated = planted")
        for estimator, marker in zip(ESTIMATORS, "os", strict=True):
            label = estimator.replace("_", " ")
            right.plot(
                known.truth, known[estimator], marker, ms=7, color=COLOURS[estimator], label=label
            )
        right.set(
            xlabel="similarity of the maps as drawn (correlation)",
            ylabel="estimated (correlation)",
        )
        finish(right, "A point a subject", columns=2, lines=2)
        return drawn
