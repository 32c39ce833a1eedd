"""What would each paper have reported of the same planted events?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from analysis.literature_figure import draw
from analysis.results import result
from neurosim.calibration.papers import MOVING
from neurosim.decode.published import PAPERS
from neurosim.decode.published.diffusion import exponent
from neurosim.decode.published.sequences import MIN_LETTERS
from neurosim.files import flag_names, load
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
TRAJECTORIES = ("directed", "diffusive")


@dataclass(frozen=True)
class Population:
    """What was read of one population's events.

    Attributes
    ----------
    events : DataFrame
        A row an event.
    trials : DataFrame
        A row an event and map with enough letters: `forward` and `reverse` matches, and
        `compression` and `duration` of the forward one.
    calibrated_alpha : float
    """

    events: pd.DataFrame
    trials: pd.DataFrame
    calibrated_alpha: float


Number = Callable[[Population], float]


@dataclass(frozen=True)
class Report:
    """A number as a paper would report it, and as we do.

    Attributes
    ----------
    paper : str
        Key of `PAPERS`.
    what : str
        Second part of the condition.
    published, planted : callable
        The paper's number and the planted one of a population.
    ours : callable, optional
    ours_by : str
        Our estimator.
    reference : str
        Row of the published values.
    unit : str
        Fractions have an arithmetic mean over populations, all else a geometric one.
    """

    paper: str
    what: str
    published: Number
    planted: Number | None
    ours: Number | None = None
    ours_by: str = "evidence"
    reference: str = ""
    unit: str = "1"
    is_fraction: bool = True


def _share(column: str, value: object = True) -> Number:
    return lambda p: float((p.events[column] == value).mean())


def _share_of(column: str, values: Sequence[str]) -> Number:
    return lambda p: float(p.events[column].isin(values).mean())


def _of_trials(column: str) -> Number:
    return lambda p: float(p.trials[column].mean()) if len(p.trials) else np.nan


def _median(column: str, of: Callable[[pd.DataFrame], pd.Series] | None = None) -> Number:
    def median(p: Population) -> float:
        values = p.events[column][of(p.events)] if of else p.events[column]
        return float(values.median())

    return median


def _matched(column: str) -> Number:
    return lambda p: float(p.trials[column][p.trials.forward].median())


def _is(kind: str) -> Callable[[pd.DataFrame], pd.Series]:
    return lambda events: events.kind == kind


def _moves(events: pd.DataFrame) -> pd.Series:
    return events.kind.isin(MOVING)


def _goes_forward(events: pd.DataFrame) -> pd.Series:
    return events.direction == "forward"


def _read_forward(events: pd.DataFrame) -> pd.Series:
    return (events.our_model == "directed") & (events.forward_probability > 0.5)


def _trials_going(direction: str) -> Number:
    return lambda p: float((p.trials.direction == direction).mean())


def _commonest_speed(p: Population) -> float:
    """Median speed in the dynamic with most bins of all events."""
    numbers = p.events.main.value_counts()
    return float(p.events[f"speed_{numbers.index[0]}"].median()) if len(numbers) else np.nan


def _calibrated_share(p: Population) -> float:
    return float((p.events.correlation_graded <= p.calibrated_alpha).mean())


def _read_compression(p: Population) -> float:
    return float(p.events.compression_ours[_read_forward(p.events)].median())


REPORTS = (
    Report(
        "lee_wilson2002", "compression", _matched("compression"),
        _median("true_compression", _goes_forward), _read_compression, "likelihood", "A006",
        is_fraction=False,
    ),
    Report(
        "lee_wilson2002", "forward_match_fraction", _of_trials("forward"),
        _trials_going("forward"), reference="A047",
    ),
    Report(
        "lee_wilson2002", "reverse_match_fraction", _of_trials("reverse"),
        _trials_going("reverse"),
    ),
    Report(
        "lee_wilson2002", "duration", _matched("duration"), _median("duration", _goes_forward),
        reference="A030", unit="s", is_fraction=False,
    ),
    *(
        Report(
            "davidson2009", what, _median("speed_davidson2009", of),
            _median("true_speed", of), _median("speed_ours", of), "likelihood", reference,
            "m s-1", is_fraction=False,
        )
        for what, of, reference in (
            ("speed", None, "A020"),
            ("forward", _is("forward"), "A021"),
            ("reverse", _is("reverse"), "A022"),
        )
    ),
    Report(
        "davidson2009", "significant_fraction", _share("significant_line"),
        _share_of("kind", MOVING), _share("our_model", "directed"), reference="A042",
    ),
    Report(
        "denovellis2021", "speed", _commonest_speed, _median("true_speed"),
        _median("speed_ours"), "likelihood", "A026", "m s-1", is_fraction=False,
    ),
    Report(
        "denovellis2021", "speed_continuous", _median("speed_continuous"),
        _median("true_speed"), _median("speed_ours"), "likelihood", "", "m s-1",
        is_fraction=False,
    ),
    Report(
        "denovellis2021", "speed_mixture", _median("speed_stationary-continuous", _moves),
        _median("true_speed"), _median("speed_ours", _moves), "likelihood", "A026", "m s-1",
        is_fraction=False,
    ),
    Report("denovellis2021", "classified", _share("is_classified"), None, reference="A060"),
    Report(
        "denovellis2021", "only_stationary_continuous", _share("only_stationary-continuous"),
        None, reference="A064",
    ),
    Report(
        "denovellis2021", "only_stationary", _share("only_stationary"),
        _share("kind", "stationary"), _share("our_model", "stationary"), reference="A065",
    ),
    Report(
        "denovellis2021", "any_continuous", _share("has_continuous"),
        _share_of("kind", (*MOVING, "diffusive")), _share_of("our_model", TRAJECTORIES),
        reference="A063",
    ),
    Report(
        "denovellis2021", "any_fragmented", _share("has_fragmented"),
        _share("kind", "fragmented"), _share("our_model", "fragmented"), reference="A062",
    ),
    *(
        Report(
            "krause2022", what, _share_of("published_model", model), _share_of("kind", kinds),
            _share_of("our_model", model), reference=reference,
        )
        for what, model, kinds, reference in (
            ("trajectory", TRAJECTORIES, (*MOVING, "diffusive"), "A068"),
            ("momentum", ("directed",), MOVING, "A068b"),
            ("diffusion", ("diffusive",), ("diffusive",), "A068c"),
        )
    ),
    Report(
        "takigawa2024", "nominal", _share("significant_correlation"), _share_of("kind", MOVING),
        _share("our_model", "directed"), reference="F008b",
    ),
    Report(
        "takigawa2024", "calibrated", _calibrated_share, _share_of("kind", MOVING),
        reference="F008",
    ),
)  # fmt: skip


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
    populations = _populations(data)
    rows = [row for report in REPORTS for row in _rows(report, populations, references)]
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


def _populations(data: xr.Dataset) -> list[Population]:
    """Sort what was read by population."""
    events = _event_frame(data)
    trials = _trial_frame(data, events)
    alpha = data.attrs["calibrated_alpha"]
    return [
        Population(group, trials[trials.source == source], alpha)
        for source, group in events.groupby("source")
    ]


def _event_frame(data: xr.Dataset) -> pd.DataFrame:
    """Make a table of events."""
    alpha, run_speed = data.attrs["alpha"], data.attrs["run_speed_m_s"]
    names = ("source", "duration", "true_speed", "forward_probability", "correlation_graded")
    frame = pd.DataFrame({name: data[name].values for name in names})
    for name in ("kind", "direction", "published_model", "our_model"):
        frame[name] = flag_names(data[name])
    for reader in data["reader"].values:
        frame[f"speed_{reader}"] = data["speed"].sel(reader=reader).values
    frame["true_compression"] = frame.true_speed / run_speed
    frame["compression_ours"] = frame.speed_ours / run_speed
    frame["significant_line"] = data["line_p_value"].values <= alpha
    frame["significant_correlation"] = data["correlation_p_value"].values <= alpha
    bins, dynamics = data["dynamic_bins"].values, data["dynamic"].values
    frame["is_classified"] = bins.any(axis=1)
    classified = np.where(frame.is_classified, dynamics[bins.argmax(axis=1)], None)
    frame["main"] = pd.Series(classified, dtype=object)
    for column, name in enumerate(dynamics):
        frame[f"has_{name}"] = bins[:, column] > 0
        frame[f"only_{name}"] = (bins[:, column] > 0) & ((bins > 0).sum(axis=1) == 1)
        frame[f"speed_{name}"] = data["dynamic_speed"].values[:, column]
    return frame


def _trial_frame(data: xr.Dataset, events: pd.DataFrame) -> pd.DataFrame:
    """Make a table of events and maps with enough letters for a low-probability match."""
    event, number = np.nonzero(data["letters"].values >= MIN_LETTERS)
    matched = data["matched"].values[event, number] == 1
    return pd.DataFrame(
        {
            "source": events.source.to_numpy()[event],
            "direction": events.direction.to_numpy()[event],
            "forward": matched[:, 0],
            "reverse": matched[:, 1],
            "compression": data["match_compression"].values[event, number, 0],
            "duration": data["match_duration"].values[event, number, 0],
        }
    )


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
