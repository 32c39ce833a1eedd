"""Rows that tests of the summary, the figures and the report share."""

import numpy as np
import xarray as xr

from neurosim.calibration.papers import DIRECTIONS, GROUPS, KINDS, PLACES, READERS
from neurosim.decode.dynamics import DYNAMICS as OURS
from neurosim.decode.published.diffusion import lags
from neurosim.decode.published.models import MODELS
from neurosim.decode.published.sequences import ORDERS
from neurosim.decode.published.states import DYNAMICS
from neurosim.files import flags
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


def papers_dataset(n: int = 40) -> xr.Dataset:
    """What published estimators read of events whose truth is simple, as replicate_papers does.

    Every second event runs forward at 9 m/s, the others rest; two populations. The published
    models take the running ones for diffusion.
    """
    event = np.arange(n)
    moves = event % 2 == 0
    speed = np.where(moves[:, None], [10.0, 8.0, 5.0, 9.0, 9.0], np.nan)
    speed[~moves, 2] = 0.0
    bins = np.zeros((n, len(DYNAMICS)), int)
    bins[moves, DYNAMICS.index("continuous")] = 50
    bins[~moves, DYNAMICS.index("stationary-continuous")] = 40
    ours, published = (
        flags(np.where(moves, running, "stationary"), names, "event", "model")
        for running, names in (("directed", OURS), ("diffusion", MODELS))
    )
    lag = lags()
    grown = np.stack([lag**2, lag, 0.9 * lag**2])[:, None] * np.ones((len(GROUPS), 1))
    line_p_value = np.where(moves, 0.01, 0.3)
    return xr.Dataset(
        {
            "kind": flags(np.where(moves, "forward", "stationary"), KINDS, "event", "kind"),
            "direction": flags(np.where(moves, "forward", "none"), DIRECTIONS, "event", "way"),
            "source": ("event", event // (n // 2)),
            "duration": ("event", np.full(n, 0.1)),
            "true_speed": ("event", np.where(moves, 9.0, np.nan)),
            "speed": (("event", "reader"), speed),
            "letters": (("event", "map"), np.tile([6, 2], (n, 1))),
            "matched": (
                ("event", "map", "order"),
                np.stack([np.stack([moves, ~moves & moves], -1)] * 2, 1) * [[1], [0]],
            ),
            "match_compression": (("event", "map", "order"), np.full((n, 2, 2), 20.0)),
            "match_duration": (("event", "map", "order"), np.full((n, 2, 2), 0.08)),
            "line_p_value": ("event", line_p_value),
            "dynamic_bins": (("event", "dynamic"), bins),
            "dynamic_speed": (("event", "dynamic"), np.where(bins > 0, speed[:, 2:3], np.nan)),
            "published_model": published,
            "our_model": ours,
            "model_share": (("population", "model"), np.tile([0.1, 0.5, 0.3, 0.1, 0.0], (2, 1))),
            "recovered_share": (
                ("population", "planted_model", "model"),
                np.stack([0.6 * np.eye(5) + 0.4 * np.eye(5)[[1, 0, 2, 3, 4]]] * 2),
            ),
            "forward_probability": ("event", np.where(moves, 1.0, 0.5)),
            "correlation_p_value": ("event", line_p_value),
            "correlation_graded": ("event", line_p_value),
            "displacement": (("population", "place", "group", "lag"), np.stack([grown] * 2)),
        },
        coords={
            "reader": list(READERS),
            "order": list(ORDERS),
            "dynamic": list(DYNAMICS),
            "model": list(MODELS),
            "planted_model": list(MODELS),
            "place": list(PLACES),
            "group": list(GROUPS),
            "lag": lag,
        },
        attrs={"alpha": 0.05, "calibrated_alpha": 0.03, "run_speed_m_s": 0.5},
    )
