"""Look at single events: raster sorted by field, posterior, decoded path and truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from matplotlib.figure import Figure

from analysis.plots import (
    BLACK,
    BLUE,
    COLOURS,
    GREY,
    POSTERIOR_MAP,
    RED,
    figure,
    say_nothing_to_draw,
)
from neurosim import MissingData
from neurosim.decode.shuffles import is_significant
from neurosim.files import flag_names, load
from neurosim.recording import Recording, open_recording
from neurosim.world.laps import DIRECTIONS

MARGIN = 0.1  # s shown before and after an event


@dataclass(frozen=True)
class DecodedRecording:
    """All that the browser shows of one recording.

    Attributes
    ----------
    recording : Recording
    fields, events, significance : Dataset
        Outputs of fit_place_fields, decode_events, shuffle_events.
    planted : Dataset or None
        Output of match_planted_events.
    alpha : float
        Level of each shuffle.
    """

    recording: Recording
    fields: xr.Dataset
    events: xr.Dataset
    significance: xr.Dataset
    planted: xr.Dataset | None
    alpha: float


def load_decoded(recording: Recording, paths: dict[str, Path], alpha: float) -> DecodedRecording:
    """Load what the browser shows; an imported recording has no planted events."""
    try:
        planted = load(paths["planted"])
    except MissingData:
        planted = None
    loaded = {name: load(paths[name]) for name in ("fields", "events", "significance")}
    return DecodedRecording(recording, planted=planted, alpha=alpha, **loaded)


def choose_events(decoded: DecodedRecording, n_events: int) -> np.ndarray:
    """Choose events (event,) for the browser: all kinds in turn, the strongest bursts first.

    The kinds are what was decoded (forward, reverse, unresolved, not significant), so that an
    imported recording is shown in the same way as a simulated one.
    """
    significant = is_significant(decoded.significance["p_value"].values, decoded.alpha)
    label = np.where(significant, flag_names(decoded.events["direction"]), "not significant")
    by_strength = np.argsort(-decoded.events["peak_z"].values, kind="stable")
    queues = [by_strength[label[by_strength] == kind] for kind in np.unique(label)]
    rounds = [queue[k] for k in range(n_events) for queue in queues if k < queue.size]
    return np.sort(np.array(rounds[:n_events], dtype=int))


def draw_event(decoded: DecodedRecording, event: int) -> Figure:
    """Draw one event.

    Parameters
    ----------
    decoded : DecodedRecording
    event : int
        Index of the candidate event.

    Returns
    -------
    Figure
        Above: spikes sorted by the field's peak, coloured by preferred running direction.
        Below: posterior of the position, the most likely straight path, the planted path.
    """
    chosen = decoded.events.isel(event=event)
    start, stop = float(chosen["start"]), float(chosen["stop"])
    with figure(5.2, 5.4, nrows=2, sharex=True, height_ratios=[1.2, 1]) as (drawn, (top, below)):
        _draw_raster(top, decoded, start, stop)
        _draw_posterior(below, decoded, event, start)
        drawn.suptitle(_caption(decoded, event), fontsize=9, ha="left", x=0.02)
        return drawn


def _caption(decoded: DecodedRecording, event: int) -> str:
    chosen = decoded.events.isel(event=event)
    significant = is_significant(decoded.significance["p_value"].values[[event]], decoded.alpha)[0]
    state = flag_names(chosen["state"].expand_dims("event"))[0]
    direction = flag_names(chosen["direction"].expand_dims("event"))[0]
    duration = 1000 * float(chosen["stop"] - chosen["start"])
    ratio = float(chosen["compression"].sel(estimator="likelihood"))
    text = (
        f"{decoded.recording.name}, {state}, {duration:.0f} ms: decoded {direction}, "
        f"{ratio:.1f}x, {'significant' if significant else 'not significant'}"
    )
    if decoded.planted is not None:
        planted = decoded.planted.isel(event=[event])
        kind = flag_names(planted["planted_kind"])[0]
        true_ratio = float(planted["planted_compression"].values[0])
        text += f"\nplanted: {kind}" + (f", {true_ratio:.1f}x" if np.isfinite(true_ratio) else "")
    return text


def _draw_raster(axes, decoded: DecodedRecording, start: float, stop: float) -> None:
    rate = decoded.fields["rate"].values
    peak = rate.max(axis=1)  # (direction, unit)
    preferred = peak.argmax(axis=0)
    where = rate.argmax(axis=1)[preferred, np.arange(rate.shape[2])]
    rank = np.argsort(np.argsort(where, kind="stable"), kind="stable")
    times, unit = decoded.recording.spikes_of(decoded.fields["unit_index"].values)
    shown = (times >= start - MARGIN) & (times <= stop + MARGIN)
    for code, colour in enumerate((BLUE, RED)):
        here = shown & (preferred[unit] == code)
        axes.plot(
            1000 * (times[here] - start),
            rank[unit[here]],
            "|",
            ms=5,
            color=colour,
            label=f"prefers {DIRECTIONS[code]}",
        )
    axes.axvspan(0, 1000 * (stop - start), color=GREY, alpha=0.12, lw=0)
    axes.set(ylabel="unit, sorted by field", ylim=(-1, rank.size))
    axes.legend(fontsize=7, loc="upper right")


def _draw_posterior(axes, decoded: DecodedRecording, event: int, start: float) -> None:
    events = decoded.events
    rows = events["bin_event"].values == event
    posterior = events["posterior"].values[rows]
    edges = 1000 * (events["bin_time"].values[rows] - start)
    half = (edges[1] - edges[0]) / 2 if edges.size > 1 else 2.5
    length = float(decoded.fields.attrs["track_length_m"])
    extent = [edges[0] - half, edges[-1] + half, 0, length]
    axes.imshow(
        posterior.T, origin="lower", aspect="auto", extent=extent, cmap=POSTERIOR_MAP, vmin=0
    )
    line = events.isel(event=event).sel(estimator="likelihood")
    axes.plot(
        extent[:2],
        [float(line["path_start"]), float(line["path_stop"])],
        color=COLOURS["posterior_regression"],
        lw=2,
        label="most likely path",
    )
    if decoded.planted is not None:
        planted = decoded.planted.isel(event=event)
        span = 1000 * (
            np.array([float(planted["planted_start"]), float(planted["planted_stop"])]) - start
        )
        path = [float(planted["planted_path_start"]), float(planted["planted_path_stop"])]
        axes.plot(span, path, "--", color=BLACK, lw=1.5, label="planted path")
    axes.set(xlabel="time in the event (ms)", ylabel="position (m)", ylim=(0, length))
    axes.set_xlim(-1000 * MARGIN, extent[1] + 1000 * MARGIN)
    axes.legend(fontsize=7, loc="upper right")


def draw_browser(
    recordings: Sequence[Path], files: Mapping[str, Sequence[Path]], n_pages: int, alpha: float
) -> Iterator[Figure]:
    """Draw the chosen events of all recordings, the same number from each, one a page.

    Parameters
    ----------
    recordings : sequence of Path
    files : Mapping of str to sequence of Path
        ``fields``, ``events``, ``significance``, ``planted``, in the order of the recordings.
    n_pages : int
        Number of figures; where there are fewer events the last pages say so.
    alpha : float
        Level of each shuffle.
    """
    chosen: list[tuple[DecodedRecording, int]] = []
    for index, path in enumerate(recordings):
        paths = {name: of_all[index] for name, of_all in files.items()}
        try:
            decoded = load_decoded(open_recording(path), paths, alpha)
        except MissingData:
            continue
        share = n_pages * (index + 1) // len(recordings) - n_pages * index // len(recordings)
        chosen += [(decoded, int(event)) for event in choose_events(decoded, share)]
    for decoded, event in chosen:
        yield draw_event(decoded, event)
    for _ in range(n_pages - len(chosen)):
        with figure(5.2, 5.4) as (drawn, axes):
            say_nothing_to_draw(axes, "no further candidate event")
            yield drawn
