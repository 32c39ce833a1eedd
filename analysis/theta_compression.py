"""How compressed are theta sequences? By the lags of cell pairs, and decoded within cycles."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLUE,
    POSTERIOR_MAP,
    RED,
    WIDTH,
    draw_rows,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, result, rows_of_quantity
from analysis.signatures import Signatures
from neurosim.stats.intervals import Estimate, geometric_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

CONDITION = "run"
# Gupta 2012 on the prevailing model: the only one of A017 to A019 that was checked; the ranges of
# Skaggs 1996 (A017) and Dragoi & Buzsaki 2006 (A018) lie inside it.
REFERENCE = "A019"
ESTIMATORS = ("theta_lag", "theta_sweep")
SHOWN_PAIRS = 400


def analyse(signatures: Signatures, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise the compression of theta sequences while running on the first track.

    It is emergent: no parameter is a compression. The truth of ``theta_lag`` is what the planted
    precession brings about at the measured running speed (`neurosim.cells.theta`);
    ``theta_sweep`` has none, as no formula says how far decoding with fields of running shortens
    a sweep.

    Returns
    -------
    DataTree
        ``/summary``; ``/pairs`` and ``/sweep`` of the first recording that has them.
    """
    rows: list[Row] = []
    for estimator in ESTIMATORS:
        quantity = Quantity(
            "replay",
            "theta_compression",
            "1",
            estimator,
            "emergent",
            interval=geometric_interval,
            test="t interval over subjects on logarithms",
        )
        answers = {}
        for name, data in signatures.data[estimator].items():
            known = signatures.truth(name, "theta_compression")
            truth = float(known) if known is not None and estimator == "theta_lag" else NAN
            answers[name] = Answer(Estimate(data["compression"].item(), NAN, NAN, 1), truth)
        rows += rows_of_quantity(
            quantity,
            CONDITION,
            answers,
            signatures.missing[estimator],
            signatures.simulated,
            references[REFERENCE],
        )
    shown = {
        group: next(iter(signatures.data[estimator].values()), None)
        for group, estimator in (("pairs", "theta_lag"), ("sweep", "theta_sweep"))
    }
    return result(rows, {name: data for name, data in shown.items() if data is not None})


def draw(tree: xr.DataTree) -> Figure:
    """Draw lags against distance, what spikes represent by theta phase, and the compression."""
    summary = tree["summary"].to_dataset().to_dataframe()
    with figure(WIDTH, 3.9, ncols=3, width_ratios=[1, 1, 1.1]) as (drawn, (left, middle, right)):
        if "pairs" in tree:
            _draw_lags(left, tree["pairs"].to_dataset())
        else:
            say_nothing_to_draw(left, "no pair of overlapping fields")
        if "sweep" in tree:
            _draw_sweep(drawn, middle, tree["sweep"].to_dataset())
        else:
            say_nothing_to_draw(middle, "no recording with theta")
        draw_rows(right, summary, "compression (sequence / running)")
        finish(right, "Compression", columns=2, lines=2)
        return drawn


def _draw_lags(axes, pairs: xr.Dataset) -> None:
    """Draw the pairs with the most spikes, and the slope with its cycles."""
    top = np.argsort(-pairs["weight"].values, kind="stable")[:SHOWN_PAIRS]
    distance = 100 * pairs["distance"].values[top]
    lag = 1000 * pairs["lag"].values[top]
    axes.plot(distance, lag, ".", ms=4, color=BLUE, alpha=0.5, mew=0, rasterized=True)
    half = 500 / pairs["frequency"].item()
    line = np.linspace(distance.min(), distance.max(), 400)
    straight = 10 * pairs["lag_slope"].item() * line
    wrapped = np.mod(straight + half, 2 * half) - half
    wrapped[np.concatenate([[False], np.abs(np.diff(wrapped)) > half])] = np.nan
    axes.plot(line, wrapped, color=RED, lw=2, label="slope, known up to whole cycles")
    axes.set(xlabel="distance of fields (cm)", ylabel="theta-scale lag (ms)", ylim=(-half, half))
    finish(axes, "Lags of cell pairs", columns=1, lines=2)


def _draw_sweep(drawn: Figure, axes, sweep: xr.Dataset) -> None:
    """Draw the posterior of a spike's displacement over two cycles, and the best line."""
    phase = np.rad2deg(sweep["theta_phase"].values)
    ahead = 100 * sweep["displacement"].values
    values = sweep["spike_probability"].values.T
    twice = np.concatenate([phase, phase + 360])
    image = axes.pcolormesh(
        twice, ahead, np.hstack([values, values]), cmap=POSTERIOR_MAP, rasterized=True
    )
    drawn.colorbar(image, ax=axes, label="posterior (1 a bin)")
    clock = np.linspace(-0.5, 0.5, 50)
    place = 100 * (sweep["sweep_middle"].item() + sweep["sweep_span"].item() * clock)
    cut = np.rad2deg(sweep["sweep_cut"].item())
    for number, cycle in enumerate((-1, 0, 1)):
        label = "best line" if number == 0 else None
        axes.plot(cut + 360 * (clock + 0.5 + cycle), place, color=RED, lw=2, label=label)
    axes.set(xlabel="theta phase (deg)", ylabel="ahead of the animal (cm)", xlim=(0, 720))
    axes.set_xticks([0, 180, 360, 540, 720])
    finish(axes, "Sweeps within the cycle", columns=1, lines=2)
