"""What would each paper have reported of the same planted events?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.dynamics import F1, MISREAD, f1_score
from analysis.literature_figure import draw
from analysis.literature_numbers import (
    MODEL_DYNAMIC,
    PUBLISHED_TRAJECTORIES,
    REPORTS,
    TRAJECTORIES,
    Number,
    Population,
    Report,
    populations_of,
)
from analysis.results import result
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.published import PAPERS
from neurosim.decode.published.diffusion import exponent
from neurosim.files import load
from neurosim.stats.intervals import (
    Estimate,
    fraction_interval,
    geometric_interval,
    mean_interval,
    median_interval,
)
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

__all__ = ["analyse", "draw"]

CLAIM = "A002"
CLAIM_SOURCE = (
    "attributed to Wilson & McNaughton 1994, whose abstract reports pairwise co-firing only "
    "(A001); Lee & Wilson 2002 tested reverse order in sleep and found none (A048)"
)


def analyse(
    papers: Path,
    compression: Path,
    references: Mapping[str, Reference],
    simulated: Sequence[str],
) -> xr.DataTree:
    """Put each paper's number, ours and the planted one side by side.

    Numbers are computed within a population and averaged over populations (t interval; on
    logarithms where they are no fractions); exponents from the displacement over all populations,
    with a jackknife interval. The seed's claim stands beside reverse events of NREM sleep.

    Parameters
    ----------
    papers : Path
        Output of replicate_papers.
    compression : Path
        Output of summarise_events for the question `compression`.
    references : Mapping of id to Reference
    simulated : sequence of str
        Names of the simulated subjects.

    Returns
    -------
    DataTree
        ``/summary``; ``/papers``: what the figure shows.
    """
    data = load(papers)
    populations = populations_of(data)
    rows = [row for report in REPORTS for row in _rows(report, populations, references)]
    rows += _recovery_rows(populations, references)
    rows += _exponent_rows(data["displacement"], references["A072"])
    rows += _claim_rows(load(compression, "events"), references[CLAIM], simulated)
    rows = [_with_source(row) for row in rows]
    return result(rows, {"papers": data})


def _with_source(row: Row) -> Row:
    """Add what was published of reverse order in sleep, which is no number."""
    if row.condition != "lee_wilson2002,reverse_match_fraction":
        return row
    text = "tested and absent: Z = 1.1, p = .16"
    return replace(row, reference_id="A048", reference_text=text, trust="primary")


def _rows(
    report: Report, populations: Sequence[Population], references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of one number: the paper's and ours."""
    reference = references.get(report.reference)
    if reference is not None and reference.unit == "ms":
        reference = reference.in_unit(1e-3, report.unit)
    interval = fraction_interval if report.is_fraction else geometric_interval
    truth = _over(report.planted, populations, interval).value if report.planted else NAN
    sources = ((PAPERS[report.paper].estimator, report.published), (report.ours_by, report.ours))
    return [
        make_row(
            "replay",
            "published_estimate",
            condition=f"{report.paper},{report.what}",
            estimator=estimator,
            estimate=_over(number, populations, interval),
            origin="recovered" if report.planted else "emergent",
            unit=report.unit,
            n_unit="population",
            truth=truth,
            reference=reference,
            test="t interval over populations"
            + ("" if report.is_fraction else " on logarithms of the median"),
            reason="no event that the estimator accepts",
        )
        for estimator, number in sources
        if number is not None
    ]


def _recovery_rows(
    populations: Sequence[Population], references: Mapping[str, Reference]
) -> list[Row]:
    """Rows of how well the published models, and our dynamics, find a path and tell which.

    In events that the published models made, as published, and in the planted mix.
    """
    published = PAPERS["krause2022"].estimator
    recovered = [population.recovered_share for population in populations]
    values = [recovered_f1(share) for share in recovered]
    rows = [_recovery_row("", "own_models", published, values, references[F1])]
    for made, taken in permutations(PUBLISHED_TRAJECTORIES):
        values = [float(share.loc[made, taken]) for share in recovered]
        reference = references[MISREAD[MODEL_DYNAMIC[made], MODEL_DYNAMIC[taken]]]
        rows.append(_recovery_row(made, taken, published, values, reference))
    for estimator, column in ((published, "published_dynamic"), ("evidence", "our_model")):
        read = [p.events[["planted"]].assign(read=p.events[column]) for p in populations]
        rows.append(_recovery_row("", "mix", estimator, [f1_score(events) for events in read]))
        for planted, taken in product(DYNAMICS, TRAJECTORIES):
            chosen = [events.read[events.planted == planted] for events in read]
            values = [float((taken_for == taken).mean()) for taken_for in chosen]
            rows.append(_recovery_row(planted, taken, estimator, values))
    return rows


def recovered_f1(share: pd.DataFrame) -> float:
    """F1 of a trajectory against the rest, from the shares of models (column) by planted (row).

    Examples
    --------
    >>> models = ["momentum", "diffusion", "stationary", "gaussian", "random"]
    >>> perfect = pd.DataFrame(np.eye(5), models, models)
    >>> recovered_f1(perfect)
    1.0
    """
    path = share[list(PUBLISHED_TRAJECTORIES)].sum(axis=1)
    moves = path.index.isin(PUBLISHED_TRAJECTORIES)
    hits, false = path[moves].mean(), path[~moves].mean()
    return float(2 * hits / (hits + false + 1))


def _recovery_row(
    planted: str,
    taken: str,
    estimator: str,
    values: Sequence[float],
    reference: Reference | None = None,
) -> Row:
    """Make a row of F1, or of the share of planted events that are taken for something."""
    truth = NAN if planted and planted != taken else 1.0
    return make_row(
        "replay",
        "dynamics_confusion" if planted else "dynamics_f1",
        condition=f"krause2022,{planted}->{taken}" if planted else f"krause2022,{taken}",
        estimator=estimator,
        estimate=fraction_interval(np.array(values)),
        origin="recovered" if np.isfinite(truth) else "emergent",
        unit="1",
        n_unit="population",
        truth=truth,
        reference=reference,
        test="t interval over populations",
        reason="a dynamic has no event",
    )


def _over(
    number: Number,
    populations: Sequence[Population],
    interval: Callable[[np.ndarray], Estimate],
) -> Estimate:
    values = np.array([number(population) for population in populations], dtype=float)
    if interval is geometric_interval:
        values = np.where(values > 0, values, np.nan)
    return interval(values)


def pooled_exponent(displacement: np.ndarray, lag: np.ndarray, *, weighted: bool) -> Estimate:
    """Exponent of the mean displacement of populations (population, lag), jackknife interval."""

    def of(kept: np.ndarray) -> float:
        return exponent(kept.mean(axis=0), lag, weighted=weighted)

    n, whole = len(displacement), of(displacement)
    if n < 2 or not np.isfinite(whole):
        return Estimate(whole, NAN, NAN, n)
    without = np.array([of(np.delete(displacement, k, axis=0)) for k in range(n)])
    spread = mean_interval(n * whole - (n - 1) * without)
    half = 0.5 * (spread.high - spread.low)
    return Estimate(whole, whole - half, whole + half, n)


def _exponent_rows(displacement: xr.DataArray, reference: Reference) -> list[Row]:
    """Rows of the displacement's exponent by group of events; the truth is fitted alike."""
    rows = []
    lag = displacement["lag"].values
    for group in displacement["group"].values:
        by_place = displacement.sel(group=group)
        for place, estimator, weighted in (
            ("stella2019", PAPERS["stella2019"].estimator, False),
            ("ours", "split_half_displacement", True),
        ):
            found, planted = (
                pooled_exponent(by_place.sel(place=name).values, lag, weighted=weighted)
                for name in (place, "planted")
            )
            rows.append(
                make_row(
                    "replay",
                    "published_estimate",
                    condition=f"stella2019,{group}",
                    estimator=estimator,
                    estimate=found,
                    origin="recovered",
                    unit="1",
                    n_unit="population",
                    truth=planted.value,
                    reference=reference,
                    test="jackknife interval over populations",
                    reason="no displacement that grows",
                )
            )
    return rows


def _claim_rows(events: xr.Dataset, reference: Reference, simulated: Sequence[str]) -> list[Row]:
    """Rows of the seed's claim: compression of reverse events of NREM sleep."""
    columns = ("recording", "state", "phase", "direction", "significant")
    if not events.data_vars:
        groups = {}
    else:
        numbers = [c for c in ("compression_likelihood", "planted_compression") if c in events]
        frame = events[[*columns, *numbers]].to_dataframe()
        chosen = (frame.state == "nrem") & (frame.phase == "post") & (frame.direction == "reverse")
        frame = frame[chosen & (frame.significant == 1)]
        groups = dict(list(frame.groupby("recording")))
    subjects = [groups[name] for name in simulated if name in groups]
    medians = [float(g.compression_likelihood.median()) for g in subjects]
    planted = [float(g.planted_compression.median()) for g in subjects]
    rows = [
        _claim_row("seed,nrem,reverse", geometric_interval(medians), reference,
                   truth=geometric_interval(planted).value, origin="recovered",
                   n_unit="subject", interval="t interval over subjects on logarithms")
    ]  # fmt: skip
    rows += [
        _claim_row(f"seed,nrem,reverse,recording={name}",
                   median_interval(group.compression_likelihood), reference, truth=NAN,
                   origin="measured", n_unit="event",
                   interval="order-statistic interval over events")
        for name, group in groups.items() if name not in simulated
    ]  # fmt: skip
    return rows


def _claim_row(
    condition: str, estimate: Estimate, reference: Reference, *, interval: str, **given
) -> Row:
    """Make the row of a claim; what was planted can only be recovered, not confirmed."""
    row = make_row(
        "replay",
        "published_estimate",
        condition=condition,
        estimator="likelihood",
        estimate=estimate,
        reference=reference,
        unit="1",
        test=interval,
        reason="no significant reverse event of NREM sleep after running",
        **given,
    )
    if not np.isfinite(estimate.value):
        return replace(row, reference_text=CLAIM_SOURCE)
    return replace(row, reference_text=CLAIM_SOURCE, verdict=claim_verdict(row))


def claim_verdict(row: Row) -> str:
    """Judge a claim by its range: in simulated sleep it holds only because it was planted."""
    low, high = row.reference_low, row.reference_high
    if row.origin == "recovered":
        return "holds only when planted" if low <= row.estimate <= high else "inconclusive"
    if low <= row.ci_low and row.ci_high <= high:
        return "holds"
    return "does not hold" if row.ci_high < low or row.ci_low > high else "inconclusive"
