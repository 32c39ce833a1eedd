"""How fast does the decoded heading drift asleep, and do cells keep their correlations?"""

import itertools
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.figure import Figure

from analysis.headings import ALPHA, Headings, imported_names, single, with_p_values
from analysis.plots import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    WIDTH,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import Answer, Quantity, judged_as_planted, result, rows_of_quantity
from neurosim.decode.heading_states import ESTIMATORS, STATES
from neurosim.stats.intervals import geometric_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row

DECODED, CONTROL = ESTIMATORS
SPEEDS = {"wake": "B005a", "rem": "B005b", "nrem": "B005c"}  # deg/s; the bin is not published
ABSTRACT = {"rem": "B002", "nrem": "B001"}  # ratios; the bin is not published
REANALYSIS = {"rem": "B005d", "nrem": "B005e"}
PAIRS = {"rem": "B007c", "nrem": "B007d"}  # by session
STATE_COLOURS = {"wake": BLACK, "rem": BLUE, "nrem": ORANGE}
STATE_WORDS = {"wake": "wake", "rem": "REM", "nrem": "NREM"}
NOT_DECODED = "the state was not recorded"


def analyse(headings: Headings, references: Mapping[str, Reference]) -> xr.DataTree:
    """Summarise drift speeds, their ratios to wake, and the correlations of pairs.

    A ratio stands beside the abstract's value (B001, B002) at every bin width, since that names
    none; beside the re-analysis (B005) stands its mean over all widths. The control's ratio is
    that of cells shifted apart, asleep, to the decoded heading awake: how fast the decoder's
    noise alone would seem to drift.

    Returns
    -------
    DataTree
        ``/summary``; ``/drift`` (recording, state, bin, estimator); ``/pairs`` (state, pair) of
        the first animal.
    """
    data, missing = headings.get("decoded", "drift")
    planted, _ = headings.get("planted", "decoded")
    speeds = {name: found["drift_speed"] for name, found in data.items()}
    truths = {name: found["drift_speed"] for name, found in planted.items()}
    rows: list[Row] = []
    for quantity, condition, reference, answers in (
        *_speeds(headings.bin_s, speeds, truths),
        *_ratios(speeds, truths),
    ):
        shown = references[reference] if reference else None
        rows += rows_of_quantity(
            quantity, condition, answers, missing, headings.simulated, shown, NOT_DECODED
        )
    pairs, no_pairs = headings.get("decoded", "pair_correlations")
    rows += _pair_rows(pairs, no_pairs, headings, references)
    shown = {}
    if speeds:
        joined = xr.concat(speeds.values(), xr.Variable("recording", list(speeds)))
        shown["drift"] = joined.to_dataset(name="drift_speed")
    first = [pairs[name] for name in (*headings.simulated, *pairs) if name in pairs]
    if first:
        shown["pairs"] = first[0][["correlation"]]
    return result(rows, shown)


Numbers = Mapping[str, xr.DataArray]
Asked = tuple[Quantity, str, str | None, dict[str, Answer]]


def _speeds(bin_s: float, speeds: Numbers, truths: Numbers) -> Iterator[Asked]:
    """Drift speeds by state and bin width; beside the published ones at one width."""
    for state, reference in SPEEDS.items():
        quantity = Quantity("heading", f"{state}_drift_speed", "degree s-1", DECODED, "recovered")
        for width in _widths(speeds, bin_s):
            answers = {
                name: single(
                    float(found.sel(state=state, bin=width, estimator=DECODED)),
                    float(truths[name].sel(state=state, bin=width)) if name in truths else NAN,
                )
                for name, found in speeds.items()
            }
            yield quantity, _ms(width), reference if width == bin_s else None, answers


def _ratios(speeds: Numbers, truths: Numbers) -> Iterator[Asked]:
    """Drift speeds asleep over that awake: decoded, and of the control."""

    def quantity(estimator: str, origin: str) -> Quantity:
        return Quantity(
            "heading",
            "drift_ratio",
            "1",
            estimator,
            origin,
            interval=geometric_interval,
            test="t interval over subjects on logarithms",
        )

    for state in ("rem", "nrem"):
        decoded, control, planted = {}, {}, {}
        for name, found in speeds.items():
            awake = found.sel(state="wake", estimator=DECODED)
            decoded[name] = found.sel(state=state, estimator=DECODED) / awake
            control[name] = found.sel(state=state, estimator=CONTROL) / awake
            if name in truths:
                planted[name] = truths[name].sel(state=state) / truths[name].sel(state="wake")
        for width in _widths(speeds, NAN):
            condition = f"{state}/wake,{_ms(width)}"
            yield (
                quantity(DECODED, "recovered"),
                condition,
                ABSTRACT[state],
                {
                    n: single(
                        float(ratio.sel(bin=width)),
                        float(planted[n].sel(bin=width)) if n in planted else NAN,
                    )
                    for n, ratio in decoded.items()
                },
            )
            answers = {n: single(float(ratio.sel(bin=width))) for n, ratio in control.items()}
            yield quantity(CONTROL, "emergent"), condition, None, answers
        answers = {
            n: single(_over_bins(ratio), _over_bins(planted[n]) if n in planted else NAN)
            for n, ratio in decoded.items()
        }
        yield quantity(DECODED, "recovered"), f"{state}/wake,all bins", REANALYSIS[state], answers


def _widths(speeds: Numbers, otherwise: float) -> list[float]:
    found = next(iter(speeds.values()), None)
    return found["bin"].values.tolist() if found is not None else [otherwise]


def _ms(width: float) -> str:
    return f"{width * 1000:g}ms" if np.isfinite(width) else "any bin"


def _over_bins(ratio: xr.DataArray) -> float:
    """Geometric mean over bin widths."""
    return float(np.exp(np.log(ratio).mean()))


def _pair_rows(
    pairs: Mapping[str, xr.Dataset],
    missing: Mapping[str, str],
    headings: Headings,
    references: Mapping[str, Reference],
) -> list[Row]:
    """Correlation over pairs of their correlations awake and asleep, beside permuted cells.

    The simulated ring keeps its packet in every state, so that the correlation is planted.
    """
    rows = []
    bin_s = next((float(found.attrs["bin_s"]) for found in pairs.values()), headings.bin_s)
    for state, reference in PAIRS.items():
        condition = f"wake/{state},{_ms(bin_s)}"
        alike = {name: found["similarity"].sel(sleep=state) for name, found in pairs.items()}
        null = {name: found["null"].sel(sleep=state).values for name, found in pairs.items()}
        values = {name: float(value) for name, value in alike.items()}
        quantity = Quantity("heading", "pair_correlation_similarity", "1", "correlation", "planted")
        answers = {name: single(value) for name, value in values.items()}
        given = (missing, headings.simulated)
        made = rows_of_quantity(
            quantity, condition, answers, *given, references[reference], NOT_DECODED
        )
        tested = with_p_values(made, values, null, headings.simulated, "cells")
        rows += [judged_as_planted(row, row.p_value < ALPHA) for row in tested]
        top = {
            name: single(float(np.nanquantile(drawn, 0.99)) if np.isfinite(drawn).any() else NAN)
            for name, drawn in null.items()
        }
        quantity = Quantity(
            "heading",
            "pair_correlation_similarity",
            "1",
            "permuted_cells",
            "emergent",
            test="99th percentile over permutations of cells; t interval over subjects",
            single_test="99th percentile over permutations of cells",
        )
        rows += rows_of_quantity(quantity, condition, top, *given, None, NOT_DECODED)
    return rows


def draw(tree: xr.DataTree) -> Figure:
    """Draw drift by bin width, its ratio to wake, and pairs awake and asleep."""
    with figure(WIDTH, 4.0, ncols=3) as (drawn, (left, middle, right)):
        if "drift" in tree:
            speed = tree["drift"]["drift_speed"]
            summary = tree["summary"].to_dataset().to_dataframe()
            _draw_speeds(left, speed, imported_names(summary))
            _draw_ratios(middle, speed, summary)
        else:
            for axes in (left, middle):
                say_nothing_to_draw(axes, "no drift was decoded in this run")
        if "pairs" in tree:
            _draw_pairs(right, tree["pairs"]["correlation"])
        else:
            say_nothing_to_draw(right, "no pairs of head-direction cells")
        return drawn


def _draw_speeds(axes, speed: xr.DataArray, imported: set[str]) -> None:
    """Draw drift speeds by bin width, a thin line an animal; dashed: cells shifted apart.

    Imported recordings have markers and names.
    """
    names = [str(name) for name in speed["recording"].values if str(name) in imported]
    marked = list(zip(names, itertools.cycle("osD^v"), strict=False))
    widths = 1000 * speed["bin"].values
    for state in STATES:
        colour = STATE_COLOURS[state]
        decoded = speed.sel(state=state, estimator=DECODED).values
        control = speed.sel(state=state, estimator=CONTROL).values
        axes.plot(widths, decoded.T, color=colour, lw=0.7, alpha=0.5)
        axes.plot(widths, control.T, color=colour, lw=0.7, alpha=0.35, ls="--")
        axes.plot([], [], color=colour, lw=2, label=STATE_WORDS[state])
        for name, marker in marked:
            mine = speed.sel(recording=name, state=state, estimator=DECODED)
            axes.plot(widths, mine, marker, color=colour, ms=5, mfc="none")
    for name, marker in marked:
        axes.plot([], [], marker, color=GREY, ms=5, mfc="none", label=name)
    axes.plot([], [], color=GREY, lw=1.5, ls="--", label="cells shifted apart")
    axes.set(yscale="log", ylabel="drift speed (deg/s)")
    axes.set_yticks([50, 100, 200, 500, 1000], ["50", "100", "200", "500", "1000"])
    _bin_axis(axes, widths)
    finish(axes, "Drift depends on the bin", columns=2, lines=2)


def _draw_ratios(axes, speed: xr.DataArray, summary: pd.DataFrame) -> None:
    """Draw drift over that awake by bin width, beside the abstract's and the re-analysis'."""
    widths = 1000 * speed["bin"].values
    awake = speed.sel(state="wake", estimator=DECODED)
    rows = summary[(summary.quantity == "drift_ratio") & summary.reference.notna()]
    published = dict(zip(rows.reference_id, rows.reference, strict=True))
    for state in ("rem", "nrem"):
        colour = STATE_COLOURS[state]
        ratio = (speed.sel(state=state, estimator=DECODED) / awake).values
        axes.plot(widths, ratio.T, color=colour, lw=0.7, alpha=0.5)
        axes.plot([], [], color=colour, lw=2, label=f"{STATE_WORDS[state]} / wake")
        axes.axhline(published[ABSTRACT[state]], color=GREEN, lw=1.2)
        axes.axhline(published[REANALYSIS[state]], color=GREEN, lw=1.2, ls=":")
    axes.plot([], [], color=GREEN, lw=1.5, label="published: abstract")
    axes.plot([], [], color=GREEN, lw=1.5, ls=":", label="re-analysis")
    axes.set(yscale="log", ylabel="drift asleep / awake (ratio)", ylim=(0.4, 14))
    axes.set_yticks([0.5, 1, 2, 5, 10], ["0.5", "1", "2", "5", "10"])
    _bin_axis(axes, widths)
    finish(axes, "An animal a line", columns=2, lines=2)


def _bin_axis(axes, widths: np.ndarray) -> None:
    axes.set(xscale="log", xlabel="bin (ms)")
    axes.set_xticks(widths, [f"{width:g}" for width in widths])
    axes.minorticks_off()


def _draw_pairs(axes, correlation: xr.DataArray) -> None:
    """Draw the correlation of each pair of the first animal, asleep against awake."""
    for state in ("nrem", "rem"):
        if np.isfinite(correlation.sel(state=state)).any():
            axes.plot(
                correlation.sel(state="wake"),
                correlation.sel(state=state),
                ".",
                color=STATE_COLOURS[state],
                ms=4,
                alpha=0.6,
                label=STATE_WORDS[state],
            )
    ends = [float(correlation.min()), float(correlation.max())]
    axes.plot(ends, ends, "--", color=PURPLE, lw=1, label="as awake")
    axes.set(xlabel="correlation awake (1)", ylabel="correlation asleep (1)")
    finish(axes, "Pairs of one animal", columns=2, lines=2)
