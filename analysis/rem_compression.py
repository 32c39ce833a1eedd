"""How fast does REM run through a track, relative to the laps?"""

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
from neurosim.stats.intervals import geometric_interval, median_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

# Louie & Wilson 2001: "equivalent timescale", read in the abstract. The mean and range of A009 are
# recalled, and are durations over those of running: one over our compression.
REFERENCE = "A010"
GROUPS = {"likelihood": "rem_likelihood", "template_correlation": "rem_template"}
NO_SEQUENCE = "no sequence of the first track in REM"


def analyse(signatures: Signatures, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise the compression of sequences in REM: medians over those of a recording.

    Simulated subjects: geometric mean over subjects of the median, t interval on logarithms; the
    truth is the same of all sequences of the first track that were planted, found or not.

    Returns
    -------
    DataTree
        ``/summary``; ``/sequences``: all of them, by source.
    """
    rows: list[Row] = []
    table = []
    for estimator, group in GROUPS.items():
        quantity = Quantity(
            "replay",
            "rem_compression",
            "1",
            estimator,
            "recovered",
            interval=geometric_interval,
            test="t interval over subjects on logarithms",
            single_unit="sequence",
            single_test="order-statistic interval over sequences",
        )
        answers = {}
        for name, data in signatures.data[group].items():
            known = signatures.truth(name, "rem_compression")
            truth = NAN if known is None else median_interval(known.values).value
            answers[name] = Answer(median_interval(data["compression"].values), truth)
            table += [(name, estimator, value) for value in data["compression"].values.tolist()]
        rows += rows_of_quantity(
            quantity,
            "rem",
            answers,
            signatures.missing[group],
            signatures.simulated,
            references[REFERENCE],
            NO_SEQUENCE,
        )
    for name, data in signatures.planted.items():
        table += [(name, "planted", value) for value in data["rem_compression"].values.tolist()]
    columns = ["recording", "source", "compression"]
    return result(rows, {"sequences": _dataset(pd.DataFrame(table, columns=columns))})


def _dataset(table: pd.DataFrame) -> xr.Dataset:
    described = {
        "recording": {"long_name": "recording"},
        "source": {"long_name": "estimator, or planted"},
        "compression": {"long_name": "time of the laps over that of the sequence", "units": "1"},
    }
    return xr.Dataset(
        {
            name: (
                "row",
                table[name].to_numpy(float if "units" in attributes else object),
                attributes,
            )
            for name, attributes in described.items()
        }
    )


def draw(tree: xr.DataTree) -> Figure:
    """Draw all sequences by source, and the medians."""
    summary = tree["summary"].to_dataset().to_dataframe()
    sequences = tree["sequences"].to_dataset().to_dataframe()
    height = figure_height(summary)
    with figure(WIDTH, height, ncols=2) as (drawn, (left, right)):
        _draw_sequences(left, sequences)
        draw_rows(right, summary, "compression (lap time / sequence time)")
        finish(right, "Median over sequences", columns=2, lines=2)
        return drawn


def _draw_sequences(axes, sequences: pd.DataFrame) -> None:
    """Draw the distribution of the compression by source: the share of sequences below."""
    sequences = sequences[np.isfinite(sequences.compression)]
    if sequences.empty:
        return say_nothing_to_draw(axes, "no sequence in REM in this run")
    for source, group in sequences.groupby("source", sort=False):
        values = np.sort(group.compression)
        share = (np.arange(values.size) + 0.5) / values.size
        colour = COLOURS.get(source, BLACK)
        label = f"{source.replace('_', ' ')} (n = {values.size})"
        axes.step(values, share, where="mid", color=colour, lw=2, label=label)
    axes.set_xscale("log")
    axes.set_xticks([0.25, 0.5, 1, 2, 4], ["0.25", "0.5", "1", "2", "4"])
    axes.minorticks_off()
    axes.set(xlabel="compression (ratio)", ylabel="share of sequences below (1)", ylim=(0, 1))
    finish(axes, "Sequences in REM", columns=2, lines=2)
