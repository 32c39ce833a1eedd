"""Rows that tests of the summary, the figures and the report share."""

from neurosim.stats.intervals import Estimate
from neurosim.stats.summary import NAN, Row, make_row


def not_run_row(study: str, quantity: str, *, condition: str, origin: str, reason: str) -> Row:
    return make_row(
        study,
        quantity,
        condition=condition,
        estimate=Estimate(NAN, NAN, NAN, 0),
        origin=origin,
        unit="",
        n_unit="",
        reason=reason,
    )
