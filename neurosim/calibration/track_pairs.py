"""Two tracks as a judge of detectors where no truth is known (Takigawa et al. 2024).

Each event is tested on each track as if there were no other. The log odds, which know nothing of
the order of spikes, then say whether the events detected as one track's replay are of its cells
(10.7554/eLife.85635).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import xarray as xr

from neurosim.calibration.significance import detector_p_values, with_shuffles_of
from neurosim.decode.log_odds import log_odds_difference, track_log_odds
from neurosim.decode.shuffles import ShuffleOptions, event_p_values
from neurosim.decode.templates import EventCounts, Templates


def by_track(
    events: EventCounts, templates: Templates, options: ShuffleOptions, rng: np.random.Generator
) -> list[xr.Dataset]:
    """Test events on each of two tracks as if there were no other."""
    n_maps = len(templates.rate) // 2
    return [
        event_p_values(
            events,
            replace(templates, rate=templates.rate[maps], visited=templates.visited[maps]),
            options,
            rng,
            "events of a track",
        )
        for maps in (slice(n_maps), slice(n_maps, None))
    ]


def compare_tracks(
    events: EventCounts, templates: Templates, options: ShuffleOptions, rng: np.random.Generator
) -> xr.Dataset:
    """Say of every event which of two tracks its cells belong to, and on which it is a sequence.

    Parameters
    ----------
    events, templates, options, rng
        As in `track_pair_table`. An event must pass all of the shuffles.

    Returns
    -------
    Dataset (event, track)
        ``log_odds`` (event): z score, positive for the first track. ``p_value`` and
        ``graded_p_value`` (event, track): the highest of the shuffles', of the first score; NaN
        where an event could not be tested.
    """
    log_odds = track_log_odds(events, templates, options.n_shuffles, rng)
    detector = "+".join(options.shuffles)
    tested = by_track(events, templates, options, rng)
    levels = np.stack([detector_p_values(track, detector)[:, 0] for track in tested], axis=2)
    one = {"units": "1"}
    return xr.Dataset(
        {
            "log_odds": (
                "event",
                log_odds,
                one | {"long_name": "log odds of the first track, z score"},
            ),
            "p_value": (
                ("event", "track"),
                levels[0],
                one | {"long_name": "highest p value of the shuffles on the track"},
            ),
            "graded_p_value": (
                ("event", "track"),
                levels[1],
                one | {"long_name": "highest p value, ties broken by the z score"},
            ),
        }
    )


def track_pair_table(
    events: EventCounts,
    templates: Templates,
    alphas: Sequence[float],
    detectors: Sequence[str],
    options: ShuffleOptions,
    rng: np.random.Generator,
) -> xr.Dataset:
    """Compare the log odds of events detected on either of two tracks.

    Parameters
    ----------
    events : EventCounts
    templates : Templates
        Maps of the first track, then as many of the second. Units that have fields on both tracks
        make the log odds independent of rates alone; choosing them is up to the caller.
    alphas : sequence of float
        Levels of each track's test, held against graded p values.
    detectors : sequence of str
        Shuffles, or several joined by ``+``.
    options : ShuffleOptions
        Its shuffles are replaced by those of the detectors.
    rng : numpy.random.Generator

    Returns
    -------
    Dataset (detector, score, alpha)
        ``difference``, the mean z-scored log odds of events detected as track 1 less that of track
        2, its ``standard_error``, and ``detected_fraction`` (of the events that could be tested,
        on at least one track). ``n_both`` events were detected on both and are left out of the
        difference.
    """
    log_odds = track_log_odds(events, templates, options.n_shuffles, rng)
    tested = by_track(events, templates, with_shuffles_of(options, detectors), rng)
    shape = (len(detectors), len(options.scores), len(alphas))
    values = np.full((4, *shape), np.nan)
    for d, detector in enumerate(detectors):
        first, second = (detector_p_values(track, detector)[1] for track in tested)
        for s, a in np.ndindex(shape[1:]):
            found = log_odds_difference(log_odds, first[s] <= alphas[a], second[s] <= alphas[a])
            known = np.isfinite(first[s])
            either = (first[s][known] <= alphas[a]) | (second[s][known] <= alphas[a])
            fraction = either.mean() if known.any() else np.nan
            values[:, d, s, a] = found.difference, found.standard_error, fraction, found.n_both
    dims = ("detector", "score", "alpha")
    one = {"units": "1"}
    return xr.Dataset(
        {
            "difference": (dims, values[0], one | {"long_name": "difference of mean log odds, z"}),
            "standard_error": (dims, values[1], one | {"long_name": "its standard error"}),
            "detected_fraction": (dims, values[2], one | {"long_name": "events of either track"}),
            "n_both": (dims, values[3].astype(int), {"long_name": "events of both tracks"}),
        },
        coords={
            "detector": list(detectors),
            "score": list(options.scores),
            "alpha": list(alphas),
        },
    )
