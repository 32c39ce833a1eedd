"""Look at single events: raster sorted by field, posterior, decoded path and truth."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.figure import Figure
from matplotlib.image import AxesImage

from analysis.plots import (
    BLACK,
    BLUE,
    COLOURS,
    HALO,
    PALE,
    POSTERIOR_MAP,
    RED,
    figure,
    finish,
    say_nothing_to_draw,
)
from analysis.results import is_steady
from neurosim import MissingData
from neurosim.decode.event_tests import passes
from neurosim.files import flag_names, load
from neurosim.recording import Recording, open_recording
from neurosim.world.laps import DIRECTIONS

MARGIN = 0.05  # s shown before and after an event
SIZE = 7.0, 6.6  # inches


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
    significant = passes(decoded.significance, decoded.alpha)
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
        Below: posterior of the position, the most likely straight path, the planted path if
        it is straight.
    """
    chosen = decoded.events.isel(event=event)
    start, stop = float(chosen["start"]), float(chosen["stop"])
    with figure(*SIZE, nrows=2, sharex=True, height_ratios=[1.15, 1]) as (drawn, (top, below)):
        _draw_raster(top, decoded, start, stop)
        image = _draw_posterior(below, decoded, event, start)
        below.set_xlim(-1000 * MARGIN, 1000 * (stop - start + MARGIN))
        drawn.colorbar(image, ax=below, label=f"probability (each {_step(decoded)})", aspect=25)
        drawn.suptitle("\n".join(_caption(decoded, event)), fontsize=11, ha="left", x=0.015)
        return drawn


def position_label(recording: Recording) -> str:
    """Label of an axis with positions along the track."""
    return f"position ({'m' if recording.length_unit == 'm' else 'part of the track'})"


def _step(decoded: DecodedRecording) -> str:
    """Word the width of a position bin."""
    step = 100 * float(np.diff(decoded.fields["position"].values[:2])[0])
    return f"{step:.3g} {'cm' if decoded.recording.length_unit == 'm' else '% of the track'}"


def _caption(decoded: DecodedRecording, event: int) -> list[str]:
    """Word what was decoded and, on a line of its own, what was planted."""
    chosen = decoded.events.isel(event=[event])
    significant = passes(decoded.significance.isel(event=[event]), decoded.alpha)[0]
    state, direction = flag_names(chosen["state"])[0], flag_names(chosen["direction"])[0]
    duration = 1000 * float((chosen["stop"] - chosen["start"]).values[0])
    ratio = _times(float(chosen["compression"].sel(estimator="likelihood").values[0]))
    lines = [
        f"{decoded.recording.name}, {state}, {duration:.0f} ms",
        f"decoded: {direction}{ratio}, {'' if significant else 'not '}significant",
    ]
    if decoded.planted is not None:
        planted = decoded.planted.isel(event=[event])
        true = _times(float(planted["planted_compression"].values[0]))
        place = flag_names(planted["planted_environment"])[0]
        where = "" if place in ("none", planted.attrs["home"]) else f" in {place}"
        lines.append(f"planted: {flag_names(planted['planted_kind'])[0]}{where}{true}")
    return lines


def _times(ratio: float) -> str:
    """Word a compression; nothing where there is none."""
    return f", compressed {ratio:.1f}-fold" if np.isfinite(ratio) else ""


def _draw_raster(axes, decoded: DecodedRecording, start: float, stop: float) -> None:
    """Draw spikes by unit, sorted by the field's peak, coloured by preferred direction."""
    rate = decoded.fields["rate"].values
    peak = rate.max(axis=1)  # (direction, unit)
    preferred = peak.argmax(axis=0)
    where = rate.argmax(axis=1)[preferred, np.arange(rate.shape[2])]
    rank = np.argsort(np.argsort(where, kind="stable"), kind="stable")
    times, unit = decoded.recording.spikes_of(decoded.fields["unit_index"].values)
    shown = (times >= start - MARGIN) & (times <= stop + MARGIN)
    axes.axvspan(0, 1000 * (stop - start), color=PALE, lw=0, label="event")
    for code, colour in enumerate((BLUE, RED)):
        here = shown & (preferred[unit] == code)
        axes.plot(
            1000 * (times[here] - start),
            rank[unit[here]],
            "|",
            ms=7,
            mew=1.8,
            color=colour,
            label=f"unit prefers {DIRECTIONS[code]}",
        )
    axes.set(ylabel="unit (rank of its field)", ylim=(-1, rank.size))
    finish(axes, "Spikes", columns=3)


def _draw_posterior(axes, decoded: DecodedRecording, event: int, start: float) -> AxesImage:
    """Draw the posterior by time bin, grey where no unit fired, with both paths over it."""
    rows = decoded.events["bin_event"].values == event
    silent = decoded.events["bin_silent"].values[rows] == 1
    posterior = np.where(silent[:, None], np.nan, decoded.events["posterior"].values[rows])
    centres = 1000 * (decoded.events["bin_time"].values[rows] - start)
    half = (centres[1] - centres[0]) / 2 if centres.size > 1 else 2.5
    length = float(decoded.fields.attrs["track_length"])
    span = [centres[0] - half, centres[-1] + half]
    colours = mpl.colormaps[POSTERIOR_MAP].with_extremes(bad=PALE)
    image = axes.imshow(
        posterior.T, origin="lower", aspect="auto", extent=[*span, 0, length], cmap=colours, vmin=0
    )
    line = decoded.events.isel(event=event).sel(estimator="likelihood")
    path = [float(line["path_start"]), float(line["path_stop"])]
    _draw_path(axes, span, path, "-", COLOURS["posterior_regression"], "most likely path")
    if decoded.planted is not None:
        planted = decoded.planted.isel(event=event)
        true = [1000 * (float(planted[f"planted_{end}"]) - start) for end in ("start", "stop")]
        path = [float(planted[f"planted_path_{end}"]) for end in ("start", "stop")]
        if is_steady(decoded.planted)[event]:
            _draw_path(axes, true, path, "--", BLACK, "planted path")
    axes.fill_between([], [], color=PALE, label="no spikes")
    place = position_label(decoded.recording)
    axes.set(xlabel="time from the event's start (ms)", ylabel=place, ylim=(0, length))
    finish(axes, "Decoded position", columns=3)
    return image


def _draw_path(axes, span: list, path: list, style: str, colour: str, label: str) -> None:
    if np.isfinite([*span, *path]).all():
        axes.plot(span, path, style, color=colour, lw=2, path_effects=HALO, label=label)


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
        with figure(*SIZE) as (drawn, axes):
            say_nothing_to_draw(axes, "no further candidate event")
            yield drawn
