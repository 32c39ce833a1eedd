"""What emergent replay should do if decoder and theory are right, and whether it does."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.emergent_networks import Networks, condition_of
from neurosim.network.neuromodulation import STATES
from neurosim.stats.intervals import (
    Estimate,
    fraction_interval,
    geometric_interval,
    mean_interval,
    proportion_interval,
)
from neurosim.stats.summary import NAN, Row, make_row

SPEED_WITHIN = 0.15  # of the direct speed, in the median
AGREEING = 0.95  # least share of replays decoded in the direction of their packet
REPLAYING = 0.7  # least share of events that are replays
EACH_WAY = 0.15  # least share of events that run either way
ENOUGH = 300  # events, pooled over networks
CHANCE = 0.05  # largest share of sequences where there should be none
NEVER = 0.001  # of the time
STILL = ("no_adaptation", "symmetric")  # control and rule of networks whose bumps stay
SET_IN = "nrem"  # the state in which the gain is set
NO_REPLAY = "no replay in this state"
DERIVED = "derived from cited constants"


@dataclass(frozen=True)
class Check:
    """A number that says how right the decoder is.

    Attributes
    ----------
    estimator, column : str
        In the summary, and in `Networks.table`.
    interval : callable
        Estimate from the numbers of networks (network,).
    words : str
        What it is.
    truth, within : float
        It holds up to so far from the truth; NaN: it is not judged.
    """

    estimator: str
    column: str
    interval: Callable[[np.ndarray], Estimate]
    words: str
    truth: float = 1.0
    within: float = NAN


MEDIANS = "interval over networks of the median over replays"
CHECKS = (
    Check(
        "crossing",
        "speed_ratio_crossing",
        geometric_interval,
        f"decoded over direct speed, both between 20 and 80 % of the displacement; {MEDIANS}, on "
        f"logarithms; holds within {SPEED_WITHIN:.0%}",
        within=SPEED_WITHIN,
    ),
    Check(
        "crossing_error",
        "speed_error",
        mean_interval,
        f"size of the relative error of the decoded speed; {MEDIANS}; holds up to "
        f"{SPEED_WITHIN:.0%}",
        truth=0.0,
        within=SPEED_WITHIN,
    ),
    Check(
        "likelihood",
        "speed_ratio_likelihood",
        geometric_interval,
        f"speed of the most likely straight line over the direct one; {MEDIANS}, on logarithms; "
        "packets that rest where they begin make lines slow",
    ),
    Check(
        "direction_agreement",
        "direction_agreement",
        fraction_interval,
        "share of replays decoded in the direction of their packet; t interval over networks; "
        f"holds from {AGREEING:g}",
        within=1 - AGREEING + 1e-9,
    ),
)


def claim_rows(networks: Networks) -> list[Row]:
    """Rows that check the decoder against packets, and the networks against theory."""
    rows: list[Row] = []
    for name, design in networks.designs.items():
        control = design.get("control", "none")
        if control in ("none", "short_term_depression"):
            for state in STATES:
                rows += _checks(networks, name, state)
        if control in ("none", "no_adaptation"):
            rows.append(_pooled_forward(networks, name))
        rows += _claims(networks, name)
    return rows


def _checks(networks: Networks, design: str, state: str) -> list[Row]:
    """Speed and direction as decoded from CA1, against packets measured in CA3."""
    table, rows = networks.of(design, state), []
    n_replays, n_checked = int(table.n_replays.sum()), int(table.n_checked.sum())
    for check in CHECKS:
        values = table[check.column].to_numpy(float)
        estimate = check.interval(values[np.isfinite(values)])
        row = make_row(
            "replay",
            "emergent_speed_check",
            condition=condition_of(networks.designs[design], state),
            estimator=check.estimator,
            estimate=estimate,
            origin="emergent",
            unit="1",
            n_unit="network",
            truth=check.truth,
            test=f"{check.words}; {n_replays} replays, {n_checked} with a direction in CA3 and "
            f"decoded; {DERIVED}",
            reason=networks.reason(design, NO_REPLAY),
        )
        if np.isfinite(check.within):
            row = judged(row, abs(estimate.value - check.truth) <= check.within)
        rows.append(row)
    return rows


def judged(row: Row, holds: bool, *, enough: bool = True) -> Row:
    """Word whether a claim holds; a row without a number stays ``not run``."""
    if not np.isfinite(row.estimate):
        return row
    return replace(
        row, verdict="inconclusive" if not enough else "holds" if holds else "does not hold"
    )


def _row(
    networks: Networks, design: str, claim: str, estimate: Estimate, words: str, unit: str = "1"
) -> Row:
    return make_row(
        "replay",
        "emergent_claim",
        condition=condition_of(networks.designs[design], SET_IN) + f",{claim}",
        estimator="pooled",
        estimate=estimate,
        origin="emergent",
        unit=unit,
        n_unit="event" if unit == "1" else "network",
        test=f"{words}; events pooled over networks; {DERIVED}",
        reason=networks.reason(design, "no events in this state"),
    )


def _pooled_forward(networks: Networks, design: str) -> Row:
    """Forward among forward and reverse replays of all networks together."""
    table = networks.of(design, SET_IN)
    counts = table[["n_forward", "n_reverse"]].sum().astype(int)
    ways = np.repeat([True, False], [counts.n_forward, counts.n_reverse])
    return make_row(
        "replay",
        "emergent_forward_share",
        condition=condition_of(networks.designs[design], SET_IN),
        estimator="pooled",
        estimate=proportion_interval(ways),
        origin="emergent",
        unit="1",
        n_unit="replay",
        test="Wilson interval over replays pooled over networks, which differ more than that; "
        f"{DERIVED}",
        reason=networks.reason(design, NO_REPLAY),
    )


def _claims(networks: Networks, design: str) -> list[Row]:
    """What a design is there to show, in the state in which the gain is set."""
    described, table = networks.designs[design], networks.of(design, SET_IN)
    control, rule = described.get("control", "none"), described["rule"]
    n_events = int(table.n_events.sum())
    replays = np.arange(n_events) < table.n_replays.sum()
    share = proportion_interval(replays)
    if control == "none":
        words = f"at least {REPLAYING:.0%} of events are replays of {networks.min_span:g} m or more"
        rows = [_row(networks, design, "events_are_replays", share, words)]
        rows = [judged(rows[0], share.value >= REPLAYING)]
        return rows + ([_both_ways(networks, design, table)] if rule == "symmetric" else [])
    rows = []
    if control in ("shuffled_weights", "no_learning"):
        rows.append(_no_events(networks, design, table))
    if control in ("shuffled_weights", "no_learning") or (control, rule) == STILL:
        rows.append(_no_sequences(networks, design, table))
    return rows


def _no_events(networks: Networks, design: str, table: pd.DataFrame) -> Row:
    """Whether CA3 itself stays out of events, whatever bursts the noise of CA1 makes."""
    values = table.network_occupancy[np.isfinite(table.network_occupancy)]
    words = (
        f"CA3 itself is never in an event (at most {NEVER:g} of the time, in every network); "
        "bursts that noise makes in CA1 may still be candidate events"
    )
    estimate = Estimate(float(values.mean()) if len(values) else NAN, NAN, NAN, len(values))
    row = replace(_row(networks, design, "no_events", estimate, words), n_unit="network")
    return judged(row, bool((values <= NEVER).all()))


def _no_sequences(networks: Networks, design: str, table: pd.DataFrame) -> Row:
    """Whether replays are no more frequent than the level of their test allows."""
    seconds, n_replays = float(table.seconds.sum()), int(table.n_replays.sum())
    n_events = int(table.n_events.sum())
    share = proportion_interval(np.arange(n_events) < n_replays)
    words = (
        f"replays of {networks.min_span:g} m or more a second, {n_replays} of {n_events} events "
        "(a bump that stays for good is none; emergent_network_events has it); "
        f"holds up to a share of {CHANCE:g}, the level of the test, inconclusive if the share's "
        "interval holds that"
    )
    rate = Estimate(n_replays / seconds if seconds else NAN, NAN, NAN, len(table))
    row = _row(networks, design, "no_sequences", rate, words, "s-1")
    none = n_replays == 0 or share.value <= CHANCE
    return judged(row, none, enough=none or share.low > CHANCE)


def _both_ways(networks: Networks, design: str, table: pd.DataFrame) -> Row:
    """Whether the rarer direction still is a fair share of all events."""
    n_events = int(table.n_events.sum())
    rarer = int(min(table.n_forward.sum(), table.n_reverse.sum()))
    share = proportion_interval(np.arange(n_events) < rarer)
    words = (
        f"forward and reverse replays are at least {EACH_WAY:.0%} of events each (estimate: the "
        f"rarer); inconclusive below {ENOUGH} events"
    )
    row = _row(networks, design, "replays_run_both_ways", share, words)
    return judged(row, share.value >= EACH_WAY, enough=n_events >= ENOUGH)
