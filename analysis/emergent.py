"""What replay comes out of networks in which nobody planted any, beside what was published?

Nothing here was set to a speed, a direction or a rate; the constants are cited. So a row that
differs from the published number is a result, and what comes out is derived from cited constants.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr

from analysis.emergent_claims import claim_rows
from analysis.emergent_figure import draw
from analysis.emergent_networks import Networks, condition_of, networks_dataset
from analysis.emergent_reward import reward_rows
from analysis.emergent_sensitivity import deciding
from analysis.results import result
from neurosim.network.neuromodulation import STATES
from neurosim.stats.intervals import (
    LEVEL,
    Estimate,
    fraction_interval,
    geometric_interval,
    mean_interval,
)
from neurosim.stats.references import Reference
from neurosim.stats.summary import Row, make_row

__all__ = ["analyse", "draw"]
NO_EVENT, NO_REPLAY = "no events in this state", "no replay in this state"
OVER_NETWORKS = "t interval over networks"
ON_LOGARITHMS = "t interval over networks on logarithms"
DERIVED = "derived from cited constants"
REVERSE_ABSENT = "A048"  # Lee & Wilson 2002: in sleep all matches run forward
COMPRESSION = {"rest": ("A008", "A015"), "nrem": ("A006", "A005"), "rem": ("A010",)}
FRACTION = {"rest": ("A042",), "nrem": ("A047",)}
MILLISECONDS = ("A030", "A032", "A038")


@dataclass(frozen=True)
class Outcome:
    """A quantity of the table, and the column of networks that it summarises.

    Attributes
    ----------
    quantity, estimator, unit : str
        Columns of the summary.
    column : str
        Of `Networks.table`.
    interval : callable
        Estimate from the numbers of networks (network,).
    test : str
        What that interval is of.
    references : Mapping of state to ids
        The first stands in the row itself, every other in a row of its own.
    nothing : str
        Why there may be no number.
    varied : str
        Its name where constants were varied.
    """

    quantity: str
    estimator: str
    unit: str
    column: str
    interval: Callable[[np.ndarray], Estimate] = mean_interval
    test: str = OVER_NETWORKS
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    nothing: str = NO_EVENT
    varied: str = ""


RATE = Outcome(
    "emergent_event_rate",
    "candidates",
    "s-1",
    "event_rate",
    references={"rest": ("A080",), "nrem": ("A081",)},
    varied="event_rate",
)
OCCUPANCIES = (
    Outcome("emergent_network_events", "decoded", "1", "occupancy", fraction_interval),
    Outcome(
        "emergent_network_events",
        "network",
        "1",
        "network_occupancy",
        fraction_interval,
        nothing="the noise of REM alone exceeds the threshold, which is that of NREM",
    ),
)
SHARES = tuple(
    Outcome(
        "emergent_significant_fraction",
        estimator,
        "1",
        column,
        fraction_interval,
        references=FRACTION,
        varied="sequence_share",
    )
    for estimator, column in (("replay", "replay_share"), ("significant", "significant_share"))
)
SPAN = Outcome(
    "emergent_span",
    "likelihood",
    "m",
    "span",
    geometric_interval,
    f"{ON_LOGARITHMS} of the median over candidate events",
)
OTHERS = (
    *(
        Outcome(
            "emergent_compression",
            estimator,
            "1",
            f"compression_{estimator}",
            geometric_interval,
            f"{ON_LOGARITHMS} of the median over replays",
            COMPRESSION,
            NO_REPLAY,
            "compression",
        )
        for estimator in ("likelihood", "crossing")
    ),
    Outcome(
        "emergent_forward_share",
        "networks",
        "1",
        "forward_share",
        fraction_interval,
        f"{OVER_NETWORKS}; among forward and reverse replays",
        {"rest": ("A044c",), "nrem": (REVERSE_ABSENT,)},
        NO_REPLAY,
        "forward_share",
    ),
    Outcome(
        "emergent_event_duration",
        "candidates",
        "s",
        "candidate_duration",
        geometric_interval,
        f"{ON_LOGARITHMS} of the median",
        references={"rest": ("A032",)},
        varied="event_duration",
    ),
    Outcome(
        "emergent_event_duration",
        "replays",
        "s",
        "replay_duration",
        geometric_interval,
        f"{ON_LOGARITHMS} of the median",
        references={"rest": ("A038",), "nrem": ("A030",)},
        nothing=NO_REPLAY,
        varied="event_duration",
    ),
    Outcome(
        "emergent_ripple_frequency",
        "spectrum",
        "Hz",
        "ripple_frequency",
        test=f"{OVER_NETWORKS} of the median",
        references={"rest": ("A075a",), "nrem": ("A076",)},
        varied="ripple_frequency",
    ),
    Outcome(
        "emergent_ripple_ratio",
        "spectrum",
        "1",
        "ripple_ratio",
        geometric_interval,
        f"{ON_LOGARITHMS} of the median; 1 where events have no more of it than other times",
    ),
)
OF_CONTROL = {  # what is asked of a control; of all others everything
    "shuffled_weights": (RATE, *OCCUPANCIES, *SHARES),
    "no_learning": (RATE, *OCCUPANCIES, *SHARES),
    "no_adaptation": (RATE, *OCCUPANCIES, *SHARES, SPAN),
}
EVERYTHING = (RATE, *OCCUPANCIES, *SHARES, SPAN, *OTHERS)


def analyse(
    networks: Networks,
    references: Mapping[str, Reference],
    sensitivity: xr.Dataset | None = None,
) -> xr.DataTree:
    """Summarise what came out, by state, track, learning rule and control.

    Parameters
    ----------
    networks : Networks
        From `analysis.emergent_networks.read_networks`.
    references : Mapping of id to Reference
    sensitivity : Dataset, optional
        ``/sensitivity`` of `analysis.emergent_sensitivity.analyse`: rows of the network whose
        constants were varied say which of them decide.

    Returns
    -------
    DataTree
        ``/summary``; ``/networks``: the numbers of each network behind it.
    """
    published = in_our_units(references)
    rows: list[Row] = []
    for name, design in networks.designs.items():
        control = design.get("control", "none")
        for outcome in OF_CONTROL.get(control, EVERYTHING):
            for state in STATES:
                words = derived(outcome, condition_of(design, state), sensitivity)
                rows += outcome_rows(outcome, networks, name, state, published, words)
    rows += reward_rows(networks, references)
    rows += claim_rows(networks)
    return result(rows, {"networks": networks_dataset(networks.table)})


def in_our_units(references: Mapping[str, Reference]) -> dict[str, Reference]:
    """References in s, and the absence of reverse replay as a share of forward replay."""
    reverse = references[REVERSE_ABSENT]
    changed = {name: references[name].in_unit(0.001, "s") for name in MILLISECONDS}
    changed[REVERSE_ABSENT] = replace(
        reverse, value=1.0 - reverse.value, quantity="forward among forward and reverse"
    )
    return {**references, **changed}


def outcome_rows(
    outcome: Outcome,
    networks: Networks,
    design: str,
    state: str,
    references: Mapping[str, Reference],
    words: str,
) -> list[Row]:
    """Rows of an outcome of a design in a state: one, and one for each further reference."""
    table, described = networks.of(design, state), networks.designs[design]
    values = table[outcome.column].to_numpy(float)
    estimate = outcome.interval(values[np.isfinite(values)])
    if outcome is RATE:
        estimate = with_bound(estimate, table)
    none_happened = not (table.n_events > 0).any()
    nothing = NO_EVENT if none_happened and outcome.nothing == NO_REPLAY else outcome.nothing
    compared = described.get("control", "none") in ("none", "short_term_depression")
    ids = outcome.references.get(state, ()) if compared else ()
    return [
        make_row(
            "replay",
            outcome.quantity,
            condition=condition_of(described, state) + (f",against={name}" if place else ""),
            estimator=outcome.estimator,
            estimate=estimate,
            origin="emergent",
            unit=outcome.unit,
            n_unit="network",
            reference=references[name] if name else None,
            test=f"{outcome.test}; {words}",
            reason=networks.reason(design, nothing),
        )
        for place, name in enumerate(ids or ("",))
    ]


def derived(outcome: Outcome, condition: str, sensitivity: xr.Dataset | None) -> str:
    """Say that a number is derived from constants and, where they were varied, from which."""
    if sensitivity is None or not outcome.varied:
        return DERIVED
    contexts = sensitivity["context"].values.astype(str)
    if condition not in contexts:
        return DERIVED
    names = deciding(sensitivity, outcome.varied, condition)
    n = np.count_nonzero(contexts == condition)
    surely = f"surely decided by {', '.join(names)}" if names else "none surely decides"
    return f"{DERIVED}; of {n} that were varied in this state and network, {surely}"


def with_bound(rate: Estimate, table: pd.DataFrame) -> Estimate:
    """Cut a rate's interval at zero; a rate of zero goes up to what Poisson events allow."""
    total = float(table.seconds.sum())
    if rate.value != 0 or not total:
        return replace(rate, low=np.maximum(rate.low, 0.0))
    return Estimate(0.0, 0.0, float(-np.log((1 - LEVEL) / 2)) / total, rate.n)
