"""What reward does to emergent replay: networks that learned with and without it, pair by pair."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.emergent_networks import Networks, condition_of
from neurosim.network.neuromodulation import STATES
from neurosim.stats.intervals import Estimate, mean_interval
from neurosim.stats.references import Reference
from neurosim.stats.summary import NAN, Row, make_row

PUBLISHED = "A058"  # Ambrose et al. 2016: reverse replay rises with reward, forward does not
DIRECTIONS = ("reverse", "forward")
NOTHING = "no network with and without reward that replayed from that end"
COUNTED = (
    "natural logarithm of rewarded over unrewarded rate of replays that start in the third of the "
    "track at the rewarded end, one half added to each count; networks paired by number (same "
    "laps, fields and noise); t interval over pairs; derived from cited constants"
)
CLAIM = (
    "reverse replays from the rewarded end become more frequent, and forward ones do not: 95 % "
    "intervals of the logarithm of the ratio, over pairs of networks; estimate: the share of "
    "pairs in which the reverse rate rose by more than the forward rate; derived from cited "
    "constants"
)


def reward_rows(networks: Networks, references: Mapping[str, Reference]) -> list[Row]:
    """Rows of the effect of reward on reverse and forward replay, and of the claim."""
    rows: list[Row] = []
    for name, design in networks.designs.items():
        base = unrewarded(networks, design) if design.get("is_rewarded") else None
        if base is None:
            continue
        for state in STATES:
            rows += _rows_in(networks, (name, base), state, references[PUBLISHED])
    return rows


def unrewarded(networks: Networks, design: Mapping) -> str | None:
    """Name of the design that differs from one in nothing but reward."""
    wanted = condition_of({**design, "is_rewarded": False})
    names = (n for n, d in networks.designs.items() if condition_of(d) == wanted)
    return next(names, None)


def log_ratios(rewarded: pd.DataFrame, plain: pd.DataFrame, direction: str) -> np.ndarray:
    """Logarithm of the ratio of rates (pair,), rewarded over not.

    Parameters
    ----------
    rewarded, plain : DataFrame
        Numbers of networks in a state, by number; only numbers that both have are paired.
    direction : str
        ``forward`` or ``reverse``.

    Returns
    -------
    array (pair,)
        NaN where neither network replayed that way from that end.
    """
    both = rewarded.index.intersection(plain.index)
    column = f"n_{direction}_at_end"
    counts = [table.loc[both, column].to_numpy(float) for table in (rewarded, plain)]
    times = [table.loc[both, "seconds"].to_numpy(float) for table in (rewarded, plain)]
    ratio = np.log((counts[0] + 0.5) / times[0]) - np.log((counts[1] + 0.5) / times[1])
    return np.where(counts[0] + counts[1] > 0, ratio, np.nan)


def _rows_in(
    networks: Networks, designs: tuple[str, str], state: str, published: Reference
) -> list[Row]:
    name, base = designs
    found = {d: log_ratios(networks.of(name, state), networks.of(base, state), d)
             for d in DIRECTIONS}  # fmt: skip
    effects = {direction: mean_interval(values) for direction, values in found.items()}
    where = condition_of(networks.designs[base], state)
    shared = {"origin": "emergent", "unit": "1", "n_unit": "pair of networks"}
    shared["reason"] = networks.reason(name, networks.reason(base, NOTHING))
    rows = [
        make_row(
            "replay",
            "emergent_reward_effect",
            condition=f"{where},{direction}",
            estimator="log_ratio",
            estimate=effect,
            test=COUNTED,
            **shared,
        )
        for direction, effect in effects.items()
    ]
    both = np.isfinite(found["reverse"]) & np.isfinite(found["forward"])
    rose = (found["reverse"] > found["forward"])[both]
    share = Estimate(float(rose.mean()) if rose.size else NAN, NAN, NAN, rose.size)
    claim = make_row(
        "replay",
        "emergent_reward_effect",
        condition=f"{where},reverse_rises_forward_does_not",
        estimator="claim",
        estimate=share,
        reference=published,
        test=CLAIM,
        **shared,
    )
    return [*rows, replace(claim, verdict=_verdict(effects)) if rose.size else claim]


def _verdict(effects: Mapping[str, Estimate]) -> str:
    """Whether the reverse effect lies above zero and the forward one does not."""
    reverse, forward = effects["reverse"], effects["forward"]
    if not np.isfinite([reverse.low, forward.low]).all():
        return "inconclusive"
    if reverse.high < 0 or forward.low > 0:
        return "does not hold"
    return "holds" if reverse.low > 0 else "inconclusive"
