"""What only several keys of the imagination study together make impossible."""

from collections.abc import Mapping
from typing import Any


def imagination_problems(config: Mapping[str, Any]) -> list[str]:
    """Find laps, lags and sleep that do not go together."""
    given = config["imagination"]
    laps, track, loop = given["laps"], given["track_sequences"], given["loop"]
    problems = []
    if laps["n_laps"] < laps["n_practice"] + 4:
        problems.append(
            "imagination.laps.n_laps: expected at least 4 more than n_practice "
            f"{laps['n_practice']}, found {laps['n_laps']}"
        )
    if track["max_lag_s"] < 2 * track["bin_s"]:
        problems.append(
            "imagination.track_sequences.max_lag_s: expected at least two bins of "
            f"{track['bin_s']} s, found {track['max_lag_s']}"
        )
    if loop["rest_s"] + loop["post_sleep_s"] <= 0:
        problems.append(
            "imagination.loop.post_sleep_s: expected rest or sleep in which to replay, found none"
        )
    return problems
