"""Numbers that papers report, each as a function of what was read of the planted events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from neurosim.calibration.papers import MOVING
from neurosim.decode.dynamics import DYNAMICS
from neurosim.decode.published.models import TRAJECTORIES as PUBLISHED_TRAJECTORIES
from neurosim.decode.published.sequences import MIN_LETTERS
from neurosim.files import flag_names

TRAJECTORIES = DYNAMICS[:2]
KIND_DYNAMIC = {"forward": "directed", "reverse": "directed"}  # others are called what they are
MODEL_DYNAMIC = {
    "momentum": "directed",
    "diffusion": "diffusive",
    "stationary": "stationary",
    "gaussian": "stationary",
    "random": "fragmented",
}


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
    model_share : Series
        Of the published models, by random effects.
    recovered_share : DataFrame
        Of each model (column) in events that a model (row) made.
    calibrated_alpha : float
    """

    events: pd.DataFrame
    trials: pd.DataFrame
    model_share: pd.Series
    recovered_share: pd.DataFrame
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


def _model_share(*models: str) -> Number:
    return lambda p: float(p.model_share[list(models)].sum())


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


def _mean(column: str) -> Number:
    return lambda p: float(p.events[column].mean())


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
            "krause2022", what, _model_share(*models), _share_of("kind", kinds),
            _share_of("our_model", ours), reference=reference,
        )
        for what, models, kinds, ours, reference in (
            ("trajectory", PUBLISHED_TRAJECTORIES, (*MOVING, "diffusive"), TRAJECTORIES, "A068"),
            ("momentum", ("momentum",), MOVING, ("directed",), "A068a"),
            ("diffusion", ("diffusion",), ("diffusive",), ("diffusive",), "A068b"),
        )
    ),
    Report(
        "krause2022", "compression", _mean("compression_krause2022"), _mean("true_compression"),
        _mean("compression_ours"), "likelihood", "A028", is_fraction=False,
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


def populations_of(data: xr.Dataset) -> list[Population]:
    """Sort what was read by population."""
    events = _event_frame(data)
    trials = _trial_frame(data, events)
    alpha = data.attrs["calibrated_alpha"]
    return [
        Population(
            group,
            trials[trials.source == source],
            data["model_share"].isel(population=number).to_pandas(),
            data["recovered_share"].isel(population=number).to_pandas(),
            alpha,
        )
        for number, (source, group) in enumerate(events.groupby("source"))
    ]


def _event_frame(data: xr.Dataset) -> pd.DataFrame:
    """Make a table of events."""
    alpha, run_speed = data.attrs["alpha"], data.attrs["run_speed_m_s"]
    names = ("source", "duration", "true_speed", "forward_probability", "correlation_graded")
    frame = pd.DataFrame({name: data[name].values for name in names})
    for name in ("kind", "direction", "published_model", "our_model"):
        frame[name] = flag_names(data[name])
    frame["planted"] = frame.kind.replace(KIND_DYNAMIC)
    frame["published_dynamic"] = frame.published_model.map(MODEL_DYNAMIC)
    for reader in data["reader"].values:
        frame[f"speed_{reader}"] = data["speed"].sel(reader=reader).values
    frame["true_compression"] = frame.true_speed / run_speed
    for reader in ("krause2022", "ours"):
        frame[f"compression_{reader}"] = frame[f"speed_{reader}"] / run_speed
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
